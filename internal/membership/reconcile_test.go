package membership_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// opsOf are the calls but the listings, one letter or word each: what a
// reconciliation did, in order.
func opsOf(calls Calls) string {
	var ops []string
	for _, c := range calls {
		if c.Op != List {
			ops = append(ops, string(c.Op))
		}
	}
	return strings.Join(slices.Compact(ops), " ")
}

// verdict makes every member's check say one thing.
func verdict(v membership.Verdict, status string) func([]membership.Member) membership.Health {
	return func(ms []membership.Member) (h membership.Health) {
		for _, m := range ms {
			h.Checks = append(h.Checks, membership.Check{
				Key: m.Key, ID: m.ID, Listener: membership.Listener{Port: 443, Protocol: "https"}, Verdict: v, Status: status,
			})
		}
		return h
	}
}

func goalOf(addFrom, addTo, updateFrom, updateTo, removeFrom, removeTo int) membership.Goal {
	return membership.Goal{
		Add: members(addFrom, addTo, 7), Update: reweights(updateFrom, updateTo, 70), Remove: members(removeFrom, removeTo, 50),
	}
}

func TestAReconciliationAddsChangesAndThenRemoves(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, healthy := range []bool{false, true} {
			bubble(t, fmt.Sprintf("%s/healthy %t", v.name, healthy), func(t *testing.T) {
				f := New(v.opts, append(members(0, 60, 50), foreigners...)...)
				goal := goalOf(100, 130, 0, 30, 30, 60)
				goal.Healthy = healthy
				want := "Add Update Remove"
				if healthy {
					want = "Add Health Update Remove"
				}
				report := open(f).Reconcile(t.Context(), goal)
				if got := opsOf(f.Calls()); got != want || report.Failed() {
					t.Errorf("calls %s, want %s; failed %t", got, want, report.Failed())
				}
				checkReport(t, f, f.Members(), goal, report)
				checkForeigners(t, f)
				if n := len(f.Members()); n != 62 {
					t.Errorf("%d members, want 62", n)
				}
			})
		}
	}
}

func TestAReconciliationWithNothingToDoAsksNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, foreigners...)
		if report := open(f).Reconcile(t.Context(), membership.Goal{Healthy: true}); report.Failed() || len(f.Calls()) != 0 {
			t.Errorf("%+v, calls:\n%s", report, f.Calls())
		}
	})
}

// What takes capacity away waits for all that brings some.
func TestNothingIsTakenAwayBeforeAllIsThere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		trouble func(f *Fake, goal *membership.Goal)
		classes string // of the adds, the updates and the removals
		calls   string
	}{
		{"one add refused", func(f *Fake, _ *membership.Goal) { f.Refuse(key(101), Refused("no")) },
			"ok refused ok/ok ok ok/none", "Add Update"},
		{"one add is there already", func(f *Fake, _ *membership.Goal) { f.Put(member(101, 1)) },
			"ok already exists ok/ok ok ok/none", "Add Update"},
		{"all denied", func(f *Fake, _ *membership.Goal) { f.On(Add).Times(0).Do(Fail(Denied())) },
			"denied denied denied/ok ok ok/none", "Add Update"},
		{"add in doubt", func(f *Fake, _ *membership.Goal) {
			f.On(Add).Do(func(context.Context, *Call, func() error) error {
				f.On(List).Times(0).Do(Fail(Denied()))
				return Reset()
			})
		}, "unknown outcome unknown outcome unknown outcome/denied denied denied/none", "Add"},
		{"one add not healthy", func(f *Fake, goal *membership.Goal) {
			goal.Healthy = true
			f.SetHealth(func(ms []membership.Member) membership.Health {
				h := verdict(membership.Healthy, "normal")(ms)
				for i := range h.Checks {
					if h.Checks[i].Key == key(101) {
						h.Checks[i].Verdict = membership.Unhealthy
					}
				}
				return h
			})
		}, "ok not healthy ok/ok ok ok/none", "Add Health Update"},
		{"health denied", func(f *Fake, goal *membership.Goal) {
			goal.Healthy = true
			f.On(Health).Do(Fail(Denied()))
		}, "not healthy not healthy not healthy/ok ok ok/none", "Add Health Update"},
		{"one update refused", func(f *Fake, _ *membership.Goal) { f.Refuse(key(1), Refused("no")) },
			"ok ok ok/ok refused ok/none", "Add Update"},
		{"one update finds nothing", func(f *Fake, _ *membership.Goal) { f.Take(key(1)) },
			"ok ok ok/ok member not found ok/none", "Add Update"},
		{"one removal refused", func(f *Fake, _ *membership.Goal) { f.Refuse(key(31), Refused("no")) },
			"ok ok ok/ok ok ok/ok refused ok", "Add Update Remove"},
		{"full, and nothing but the quota's own class makes room first", func(f *Fake, _ *membership.Goal) {
			f.On(Add).Times(0).Do(Fail(Refused("QuotaExceeded in all but class")))
		}, "refused refused refused/ok ok ok/none", "Add Update"},
	} {
		for _, v := range vendors {
			bubble(t, tt.name+"/"+v.name, func(t *testing.T) {
				f := New(v.opts, append(members(0, 60, 50), foreigners...)...)
				goal := goalOf(100, 103, 0, 3, 30, 33)
				tt.trouble(f, &goal)
				before := f.Members()
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				report := open(f).Reconcile(ctx, goal)
				got := classesOf(report.Added) + "/" + classesOf(report.Updated) + "/" + classesOf(report.Removed)
				if want := strings.ReplaceAll(tt.classes, "none", "not sent not sent not sent"); got != want {
					t.Errorf("outcomes %s, want %s", got, want)
				}
				if calls := opsOf(f.Calls()); calls != tt.calls {
					t.Errorf("calls %s, want %s", calls, tt.calls)
				}
				f.Quiet()
				checkReport(t, f, before, goal, report)
				checkForeigners(t, f)
			})
		}
	}
}

func classesOf(out []membership.Outcome) string {
	var classes []string
	for _, o := range out {
		if o.Err == nil {
			classes = append(classes, "ok")
		} else {
			classes = append(classes, membership.MeaningOf(o.Err).String())
		}
	}
	return strings.Join(classes, " ")
}

// The only reason to remove first is that the vendor has no room.
func TestAFullGroupIsReconciledByRemovingFirst(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, healthy := range []bool{false, true} {
			bubble(t, fmt.Sprintf("%s/healthy %t", v.name, healthy), func(t *testing.T) {
				opts := v.opts
				opts.Quota = 12
				f := New(opts, append(members(0, 10, 50), foreigners...)...)
				h := open(f)
				goal := goalOf(100, 101, 0, 0, 0, 1)
				goal.Healthy = healthy
				report := h.Reconcile(t.Context(), goal)
				want := "Add Remove Add"
				if healthy {
					want += " Health"
				}
				if calls := opsOf(f.Calls()); calls != want || report.Failed() {
					t.Errorf("calls %s, want %s; report %+v", calls, want, report)
				}

				// Room for two of five: those two come first.
				f.Take(key(1))
				f.Take(key(2))
				pass(time.Minute)
				goal = goalOf(110, 115, 0, 0, 3, 6)
				report = h.Reconcile(t.Context(), goal)
				if report.Failed() {
					t.Errorf("%+v", report)
				}
				checkReport(t, f, f.Members(), goal, report)
				checkForeigners(t, f)
				if n := len(f.Members()); n != 12 {
					t.Errorf("%d members, want 12", n)
				}

				// No room even then.
				pass(time.Minute)
				goal, before := goalOf(120, 123, 0, 0, 6, 8), f.Members()
				report = h.Reconcile(t.Context(), goal)
				if got := classesOf(report.Added); got != "ok ok quota exceeded" || slices.ContainsFunc(report.Removed, failed) {
					t.Errorf("added %s, removed %s", got, classesOf(report.Removed))
				}
				checkReport(t, f, before, goal, report)
			})
		}
	}
}

func failed(o membership.Outcome) bool { return o.Err != nil }

// No room, and none is made when something else went wrong.
func TestAFullGroupIsLeftAloneWhenSomethingElseFails(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			opts := v.opts
			opts.Quota = 13
			f := New(opts, append(members(0, 10, 50), foreigners...)...)
			f.Refuse(key(100), Refused("no"))
			before := f.Members()
			goal := goalOf(100, 103, 0, 0, 0, 2)
			report := open(f).Reconcile(t.Context(), goal)
			if got := classesOf(report.Added); got != "refused ok quota exceeded" {
				t.Errorf("added: %s", got)
			}
			if got := classesOf(report.Removed); got != "not sent not sent" || len(f.Calls().Of(Remove)) > 0 {
				t.Errorf("removed: %s", got)
			}
			checkReport(t, f, before, goal, report)
		})
	}
}

// No group holds two members of one key.
func TestAReplacementWithTheSameKeyGoesOutFirst(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, append(members(0, 5, 50), foreigners...)...)
			old := f.Members()
			goal := goalOf(100, 101, 3, 4, 0, 2)
			for n := range 2 {
				m := member(n, 9)
				m.Subnet = "another"
				goal.Add = append(goal.Add, m)
				goal.Remove[n] = old[n]
			}
			report := open(f).Reconcile(t.Context(), goal)
			if got := opsOf(f.Calls()); got != "Add Update Remove Add" || report.Failed() {
				t.Errorf("calls %s; report %+v", got, report)
			}
			for n := range 2 {
				m, _ := f.Member(key(n))
				if m.Subnet != "another" || m.Weight != 9 || report.Added[1+n].Member != m {
					t.Errorf("%s is now %+v, reported as %+v", key(n), m, report.Added[1+n].Member)
				}
			}
			checkForeigners(t, f)
		})
	}
}

// One whose predecessor does not go is not begun, and the others go on.
func TestAReplacementWhosePredecessorStays(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, append(members(0, 5, 50), foreigners...)...)
			goal := goalOf(0, 2, 0, 0, 0, 2)
			for i := range goal.Add {
				goal.Add[i].Type = "eni"
			}
			f.On(Remove).Times(0).Where(func(c *Call) bool { return c.Has(key(0)) }).Do(Fail(Refused("i-000 is locked")))
			before := f.Members()
			report := open(f).Reconcile(t.Context(), goal)
			if got := classesOf(report.Added) + "/" + classesOf(report.Removed); got != "not sent ok/refused ok" {
				t.Errorf("outcomes %s", got)
			}
			checkReport(t, f, before, goal, report)
		})
	}
}

// A replacement is not begun, and its predecessor stays, when an add failed.
func TestAReplacementIsNotBegunAfterAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, append(members(0, 5, 50), foreigners...)...)
		goal := goalOf(100, 101, 0, 0, 0, 1)
		goal.Add = append(goal.Add, member(0, 9))
		f.Refuse(key(100), Refused("no"))
		before := f.Members()
		report := open(f).Reconcile(t.Context(), goal)
		if got := classesOf(report.Added) + "/" + classesOf(report.Removed); got != "refused not sent/not sent" {
			t.Errorf("outcomes %s", got)
		}
		checkReport(t, f, before, goal, report)
	})
}

// checkReport holds a report against the group, which was as before when the
// goal was set and whose members of the goal nobody else changed.
func checkReport(t *testing.T, f *Fake, before []membership.Member, goal membership.Goal, report membership.Report) {
	t.Helper()
	was := map[membership.Key]membership.Member{}
	for _, m := range before {
		was[m.Key] = m
	}
	if len(report.Added) != len(goal.Add) || len(report.Updated) != len(goal.Update) || len(report.Removed) != len(goal.Remove) {
		t.Fatalf("%d, %d and %d outcomes", len(report.Added), len(report.Updated), len(report.Removed))
	}
	comes, leaves := map[membership.Key]bool{}, map[membership.Key]membership.Outcome{}
	for i, m := range goal.Remove {
		leaves[m.Key] = report.Removed[i]
	}
	for i, want := range goal.Add {
		o := report.Added[i]
		now, there := f.Member(want.Key)
		comes[want.Key] = o.Err == nil || membership.Is(o.Err, membership.Unknown) || membership.Is(o.Err, membership.NotHealthy)
		old, replaced := leaves[want.Key]
		switch {
		case o.Err == nil, membership.Is(o.Err, membership.NotHealthy):
			if !there || now != o.Member || now.Weight != want.Weight || now.Type != want.Type {
				t.Errorf("added %+v (%v), but there is %+v (%t)", o.Member, o.Err, now, there)
			}
		case membership.Is(o.Err, membership.Unknown), replaced && membership.Is(old.Err, membership.Unknown):
		case replaced: // looked at below, as a removal
		case there != (was[want.Key] != membership.Member{}):
			t.Errorf("%s failed to be added (%v), but there is %+v (%t)", want.Key, o.Err, now, there)
		}
	}
	for i, c := range goal.Update {
		o := report.Updated[i]
		now, there := f.Member(c.Member.Key)
		switch {
		case membership.Is(o.Err, membership.Unknown):
		case o.Err == nil && (!there || now != o.Member || now.Weight != *c.Weight):
			t.Errorf("changed %+v, but there is %+v (%t)", o.Member, now, there)
		case o.Err != nil && now.Weight != was[c.Member.Key].Weight:
			t.Errorf("%s failed to be changed (%v), but is now %+v", c.Member.Key, o.Err, now)
		}
	}
	for i, m := range goal.Remove {
		o := report.Removed[i]
		now, there := f.Member(m.Key)
		switch {
		case membership.Is(o.Err, membership.Unknown):
		case o.Err == nil && there && !comes[m.Key]:
			t.Errorf("removed %s, but there is %+v", m.Key, now)
		case o.Err != nil && !there:
			t.Errorf("%s was not removed (%v), but is gone", m.Key, o.Err)
		case o.Err != nil && now.Weight != was[m.Key].Weight && !strings.Contains(o.Err.Error(), "be 0, because") && !strings.Contains(o.Err.Error(), "still 0"):
			t.Errorf("%s was not removed (%v), but has weight %d", m.Key, o.Err, now.Weight)
		}
	}
}
