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

// swap is the goal that exchanges the weights of twenty members for those of
// twenty others, lowerings first, as labels may have it.
func swap() membership.Goal {
	return membership.Goal{Update: append(reweights(0, 20, 0), reweights(20, 40, 100)...)}
}

// A set that swaps weights raises first, whatever the order of its members.
func TestASwapOfWeightsInASet(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, batch := range []int{7, 20, 200} {
			bubble(t, fmt.Sprintf("%s/%d", v.name, batch), func(t *testing.T) {
				opts := v.opts
				opts.Batch = batch
				f := New(opts, append(members(0, 20, 100), members(20, 40, 0)...)...)
				before := f.Members()
				watchService(t, f)
				goal := swap()
				report := open(f).Reconcile(t.Context(), goal)
				if report.Failed() {
					t.Errorf("%+v", report)
				}
				checkReport(t, f, before, goal, report)
				if calls := f.Calls().Of(Update); !calls[0].Has(key(20)) || calls[0].Has(key(0)) {
					t.Errorf("the first call lowers:\n%s", calls)
				}
			})
		}
	}
}

// Nothing is lowered where a raise failed or was interrupted, and the text says
// how far it came.
func TestNothingIsLoweredUnlessAllIsRaised(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		trouble func(f *Fake, cancel func())
		says    string
	}{
		"refused":     {func(f *Fake, _ func()) { f.Refuse(key(30), Refused("no")) }, "19 of 20 were"},
		"denied":      {func(f *Fake, _ func()) { f.On(Update).Times(0).Do(Fail(Denied())) }, "0 of 20 were"},
		"interrupted": {func(_ *Fake, cancel func()) { time.AfterFunc(1500*time.Millisecond, cancel) }, "of 20 were"},
		"gone":        {func(f *Fake, _ func()) { f.Take(key(25)) }, "19 of 20 were"},
	} {
		for _, v := range vendors {
			bubble(t, name+"/"+v.name, func(t *testing.T) {
				opts := v.opts
				opts.Batch, opts.Write = 5, time.Second
				f := New(opts, append(members(0, 20, 100), members(20, 40, 0)...)...)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				tt.trouble(f, cancel)
				before, goal := f.Members(), swap()
				goal.Remove = members(0, 1, 100)
				report := open(f).Reconcile(ctx, goal)
				for i, o := range append(slices.Clone(report.Updated[:20]), report.Removed...) {
					if !membership.Is(o.Err, membership.NotSent) || !strings.Contains(o.Err.Error(), tt.says) {
						t.Errorf("%d: %v", i, o.Err)
					}
				}
				for n := range 20 {
					if m, there := f.Member(key(n)); !there || m.Weight != 100 {
						t.Errorf("%s: %+v", key(n), m)
					}
				}
				checkReport(t, f, before, goal, report)
			})
		}
	}
}

// ill makes one member fail its check, until a time from now.
func ill(f *Fake, n int, until time.Duration) {
	began := time.Now()
	f.SetHealth(func(ms []membership.Member) membership.Health {
		h := verdict(membership.Healthy, "normal")(ms)
		for i, c := range h.Checks {
			if c.Key == key(n) && time.Since(began) < until {
				h.Checks[i].Verdict, h.Checks[i].Status = membership.Unhealthy, "abnormal"
			}
		}
		return h
	})
}

// What an earlier apply added and never saw healthy is waited for before
// anything is taken away, whether or not something is added now.
func TestWhatIsAwaitedHoldsUpWhatTakesCapacityAway(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, adds := range []int{0, 2} {
			for _, passes := range []bool{false, true} {
				bubble(t, fmt.Sprintf("%s/%d/%t", v.name, adds, passes), func(t *testing.T) {
					f := New(v.opts, members(0, 6, 50)...)
					before := f.Members()
					until := time.Hour
					if passes {
						until = 20 * time.Second
					}
					ill(f, 5, until)
					goal := membership.Goal{Add: members(10, 10+adds, 7), Update: reweights(0, 1, 10), Remove: members(2, 4, 50),
						Await: []membership.Member{before[4], before[5]}, Healthy: true}
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					report := open(f).Reconcile(ctx, goal)
					checkReport(t, f, before, goal, report)
					want := "ok not healthy"
					if passes {
						want = "ok ok"
					}
					if got := classesOf(report.Awaited); got != want || report.Failed() == passes {
						t.Errorf("awaited: %s, failed %t", got, report.Failed())
					}
					if o := report.Awaited[1]; o.Member != before[5] {
						t.Errorf("%+v", o)
					}
					if _, there := f.Member(key(2)); there == passes {
						t.Errorf("the member to be removed is there: %t", there)
					}
					if m, _ := f.Member(key(0)); (m.Weight == 10) != passes {
						t.Errorf("the member to be lowered has weight %d", m.Weight)
					}
				})
			}
		}
	}
}

// One that was healthy and has died is nobody's concern, and without Healthy
// nothing is waited for.
func TestWhatIsNotAwaitedHoldsNothingUp(t *testing.T) {
	t.Parallel()
	for _, healthy := range []bool{false, true} {
		bubble(t, fmt.Sprintf("healthy %t", healthy), func(t *testing.T) {
			f := New(Options{}, members(0, 4, 50)...)
			ill(f, 1, time.Hour)
			goal := membership.Goal{Remove: members(0, 1, 50), Healthy: healthy}
			if !healthy {
				goal.Await = members(1, 2, 50)
			}
			began := time.Now()
			report := open(f).Reconcile(t.Context(), goal)
			if took := time.Since(began); report.Failed() || took > time.Second || len(f.Calls().Of(Health)) > 0 {
				t.Errorf("%+v after %v", report, took)
			}
		})
	}
}

// What was in the group before is taken over, and waited for where the same goal
// takes capacity away: an apply that was killed may have put it in.
func TestWhenWhatIsTakenOverIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		goal  membership.Goal // beside the two that are taken over, the second of which is sick
		loses bool            // the second gets no requests
		waits bool
	}{
		"it only takes over":  {membership.Goal{Update: reweights(2, 3, 90), Healthy: true}, false, false},
		"one goes":            {membership.Goal{Remove: members(2, 3, 50), Healthy: true}, false, true},
		"one is lowered":      {membership.Goal{Update: reweights(2, 3, 20), Healthy: true}, false, true},
		"it gets no requests": {membership.Goal{Remove: members(2, 3, 50), Healthy: true}, true, false},
		"nobody waits":        {membership.Goal{Remove: members(2, 3, 50)}, false, false},
	} {
		for _, v := range vendors {
			bubble(t, name+"/"+v.name, func(t *testing.T) {
				f := New(v.opts, members(0, 3, 50)...)
				ill(f, 1, time.Hour)
				before, goal := f.Members(), tt.goal
				goal.Adopt, goal.Add = true, members(0, 2, 50)
				if goal.Add[0].Weight = 60; tt.loses {
					goal.Add[1].Weight = 0
				}
				goal.Add = append(goal.Add, member(9, 50))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				report := open(f).Reconcile(ctx, goal)
				checkReport(t, f, before, goal, report)
				if report.Failed() != tt.waits || membership.Is(report.Added[1].Err, membership.NotHealthy) != tt.waits {
					t.Errorf("%+v", report)
				}
				if m, _ := f.Member(key(2)); tt.waits && m.Weight != 50 {
					t.Errorf("the one that serves has weight %d", m.Weight)
				}
				for i, o := range report.Added {
					if o.Adopted != (i < 2) {
						t.Errorf("%d: %+v", i, o)
					}
				}
			})
		}
	}
}

// A weight is raised where an addition is waited for in vain, within the same
// time, unless the run was interrupted.
func TestWeightsAreRaisedAlthoughAWaitFails(t *testing.T) {
	t.Parallel()
	for _, interrupted := range []bool{false, true} {
		for _, v := range vendors {
			bubble(t, fmt.Sprintf("interrupted %t/%s", interrupted, v.name), func(t *testing.T) {
				opts := v.opts
				opts.Write = time.Second
				f := New(opts, members(0, 3, 0)...)
				ill(f, 9, time.Hour)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				if interrupted {
					time.AfterFunc(20*time.Second, cancel)
				}
				before := f.Members()
				goal := membership.Goal{Add: members(9, 10, 50), Update: reweights(0, 2, 50), Remove: members(2, 3, 0), Healthy: true}
				report := open(f).Reconcile(ctx, goal)
				checkReport(t, f, before, goal, report)
				want := "not healthy/ok ok/not sent"
				if interrupted {
					want = "not healthy/not sent not sent/not sent"
				}
				if got := classesOf(report.Added) + "/" + classesOf(report.Updated) + "/" + classesOf(report.Removed); got != want {
					t.Errorf("outcomes %s, want %s: %+v", got, want, report)
				}
			})
		}
	}
}

// A member that is added in the place of one that moves to another port comes
// after the move, for no group holds both.
func TestAPlaceThatAMoveLeavesIsFilledAfterwards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Duplicates: true, IDs: true, Batch: 200}, members(0, 2, 50)...)
		port := 81
		goal := membership.Goal{Add: members(0, 1, 5), Update: []membership.Change{{Member: f.Members()[0], Port: &port}}}
		goal.Add[0].Subnet = "another"
		report := open(f).Reconcile(t.Context(), goal)
		if got := opsOf(f.Calls()); got != "Update Add" || report.Failed() {
			t.Errorf("calls %s; report %+v", got, report)
		}
	})
}

func TestWhichOfSomeMembersArePresent(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, members(0, 3, 50)...)
			h := open(f)
			if there, err := h.Present(t.Context(), members(5, 8, 1)); err != nil || len(there) != 0 {
				t.Errorf("%+v, %v", there, err)
			}
			if n := len(f.Calls()); n != 1 {
				t.Errorf("%d calls to learn that none is there, want 1", n)
			}
			f.Take(key(2)) // since the listing
			there, err := h.Present(t.Context(), members(1, 5, 1))
			if want, _ := f.Member(key(1)); err != nil || !slices.Equal(there, []membership.Member{want}) {
				t.Errorf("%+v, %v", there, err)
			}
			f.Disappear()
			pass(time.Minute)
			if _, err := h.Present(t.Context(), members(1, 2, 1)); !membership.Is(err, membership.NotFound) {
				t.Errorf("%v", err)
			}
		})
	}
}
