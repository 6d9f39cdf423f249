package acceptance_test

import (
	"maps"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// one is a resource under test that holds the member 1: a single, or a set.
type one struct {
	*ward
	c   *acctest.Core
	o   *acctest.Object
	set bool
}

// inEveryForm runs a test for the single and the set of every kind.
func inEveryForm(t *testing.T, test func(t *testing.T, r *one)) {
	for _, set := range []bool{false, true} {
		t.Run(map[bool]string{true: "set", false: "single"}[set], func(t *testing.T) {
			t.Parallel()
			inEveryWard(t, func(t *testing.T, w *ward) {
				c := w.core(t)
				test(t, &one{w, c, c.New(map[bool]string{true: w.Set, false: w.kind}[set]), set})
			})
		})
	}
}

// config is the resource with attributes of the member and of the resource.
func (r *one) config(member, extra map[string]any) map[string]any {
	if r.set {
		return r.setAttributes(map[string]listed{"m1": {1, member}}, extra)
	}
	a := r.attributes(1)
	maps.Copy(a, member)
	maps.Copy(a, extra)
	return a
}

// value is an attribute of the member in state.
func (r *one) value(attribute string) any {
	if !r.set {
		return r.c.Value(r.o, attribute)
	}
	members, _ := r.c.Value(r.o, r.Members).(map[string]any)
	m, _ := members["m1"].(map[string]any)
	return m[attribute]
}

// planned is a plan in a run of its own, after a refresh; what it is followed by
// is in the next run.
func (r *one) planned(t *testing.T, config map[string]any) acctest.Plan {
	t.Helper()
	r.c.Run()
	r.c.MustRefresh(r.o)
	p := r.c.MustPlan(r.o, config)
	r.c.Run()
	return p
}

func (r *one) apply(t *testing.T, config map[string]any) {
	t.Helper()
	r.c.MustFollow(r.o, r.planned(t, config), config)
}

// shows checks what the next refresh brings into state.
func (r *one) shows(t *testing.T, weight int, text string) {
	t.Helper()
	r.c.Run()
	r.c.MustRefresh(r.o)
	if got := r.value("weight"); got != weight {
		t.Errorf("the refresh shows weight %v, want %d", got, weight)
	}
	if got := r.value(r.text()); got != text {
		t.Errorf("the refresh shows %s %v, want %q", r.text(), got, text)
	}
}

// hasIt checks what the cloud has of the member.
func (r *one) hasIt(t *testing.T, weight int, text string) {
	t.Helper()
	if got := r.members()[r.key(1)]; got != weight {
		t.Errorf("the cloud has weight %d, want %d", got, weight)
	}
	if got := r.called(1); got != text {
		t.Errorf("the cloud has %s %q, want %q", r.text(), got, text)
	}
}

// Somebody changes a member between the plan and its apply: the result is as
// planned, what was not asked to change is not written, and the next refresh
// shows it.
func TestDriftBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change, extra map[string]any // what the configuration changes
		weight        int            // what the cloud has in the end
		text          string
		writes        int
	}{
		"text":           {change: map[string]any{"text": "two"}, weight: 33, text: "two", writes: 1},
		"weight":         {change: map[string]any{"weight": 7}, weight: 7, text: "theirs", writes: 1},
		"drain duration": {extra: map[string]any{"drain_duration": "5s"}, weight: 33, text: "theirs"},
		"both":           {change: map[string]any{"weight": 7, "text": "two"}, weight: 7, text: "two", writes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inEveryForm(t, func(t *testing.T, r *one) {
				member := map[string]any{"weight": 10, r.text(): "one"}
				r.apply(t, r.config(member, nil))
				for attribute, v := range c.change {
					if attribute == "text" {
						attribute = r.text()
					}
					member[attribute] = v
				}
				next := r.config(member, c.extra)
				plan := r.planned(t, next)
				r.reweight(1, 33)
				r.rename(1, "theirs")
				mark := r.server.Log.Mark()
				r.c.MustFollow(r.o, plan, next)
				if calls := r.server.Log.Since(mark).Writes(); len(calls) != c.writes {
					t.Errorf("%d writes, want %d:\n%s", len(calls), c.writes, calls)
				}
				if got := r.value("weight"); got != member["weight"] {
					t.Errorf("state has weight %v, want %v", got, member["weight"])
				}
				r.hasIt(t, c.weight, c.text)
				r.shows(t, c.weight, c.text)
				r.apply(t, next)
				r.hasIt(t, member["weight"].(int), member[r.text()].(string))
			})
		})
	}
}

// Somebody changes a member while its health is waited for: the creation is as
// planned, and not tainted.
func TestDriftDuringAWaitForHealth(t *testing.T) {
	t.Parallel()
	inEveryForm(t, func(t *testing.T, r *one) {
		r.sick(r.key(1))
		time.AfterFunc(5*time.Second, func() {
			r.reweight(1, 33)
			r.rename(1, "theirs")
		})
		time.AfterFunc(10*time.Second, func() { r.healthy(r.key(1)) })
		config := r.config(map[string]any{"weight": 10, r.text(): "one"}, map[string]any{"wait_for_healthy": true})
		mark := r.server.Log.Mark()
		r.apply(t, config)
		if calls := r.server.Log.Since(mark).Writes(); len(calls) != 1 || r.o.Tainted {
			t.Errorf("tainted %v, writes:\n%s", r.o.Tainted, calls)
		}
		if got, text := r.value("weight"), r.value(r.text()); got != 10 || text != "one" {
			t.Errorf("state has weight %v and %s %v", got, r.text(), text)
		}
		r.hasIt(t, 33, "theirs")
		r.shows(t, 33, "theirs")
		r.apply(t, config)
		r.hasIt(t, 10, "one")
	})
}

// The same of a member that a change of a set adds, and of those that stay.
func TestDriftDuringTheWaitOfAChange(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.made(t, map[string]listed{"m1": weighted(1, 10), "m3": {n: 3}}, waiting("30s"))
		w.sick(w.key(2))
		time.AfterFunc(5*time.Second, func() {
			for n := range 2 {
				w.reweight(n+1, 33)
				w.rename(n+1, "theirs")
			}
		})
		time.AfterFunc(10*time.Second, func() { w.healthy(w.key(2)) })
		next := map[string]listed{"m1": weighted(1, 10), "m2": weighted(2, 10)}
		w.order(t, s.apply(next, waiting("30s")), "add", "remove")
		for _, label := range []string{"m1", "m2"} {
			if got := s.value(label, "weight"); got != 10 {
				t.Errorf("state has weight %v of %s", got, label)
			}
		}
		w.holds(t, map[int]int{1: 33, 2: 33})
		if p, err := s.plan(next, waiting("30s")); err != nil || p.Empty || s.value("m1", "weight") != 33 || s.value("m2", w.text()) != "theirs" {
			t.Errorf("the plan after it: empty %v, error %v, weight %v", p.Empty, err, s.value("m1", "weight"))
		}
		w.converges(s, next, waiting("30s"))
		w.holds(t, map[int]int{1: 10, 2: 10})
	})
}
