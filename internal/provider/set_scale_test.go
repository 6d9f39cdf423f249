package provider_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// calls are those to the load balancer's API: the look-up of a project, once in
// a run, is not one.
func (w *world) calls(es fakecloud.Entries) int { return len(es) - es.Count("KeystoneListProjects") }

// What a set costs, in calls of all kinds.
func TestWhatASetCosts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kinds                       string
		n, create, destroy, batches int
	}{
		{"slb", 20, 3, 3, 1}, {"slb", 21, 4, 4, 2}, {"slb", 40, 4, 4, 2}, {"slb", 41, 5, 5, 3}, {"slb", 200, 12, 12, 10},
		{"elb", 200, 3, 3, 1},
	} {
		for kind, build := range worlds {
			if kind[len("cloudlb_"):][:3] != c.kinds {
				continue
			}
			t.Run(fmt.Sprint(kind, " ", c.n), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := build(t, true)
					if !w.elb() { // which has no quota here
						w.quota(5000)
					}
					s := w.newSet(t)
					spent := func(what string, calls fakecloud.Entries, most, writes int) {
						t.Helper()
						if n := w.calls(calls); n > most {
							t.Errorf("%s took %d calls, want at most %d:\n%s", what, n, most, brief(calls))
						}
						if n := len(calls.Writes()); n != writes {
							t.Errorf("%s took %d writes, want %d:\n%s", what, n, writes, brief(calls))
						}
					}
					spent("creation", s.apply(upTo(c.n), nil), c.create, c.batches)
					if got := len(w.members()); got != c.n+1 {
						t.Errorf("the group holds %d members, want %d", got, c.n+1)
					}
					mark := w.server.Log.Mark()
					if p, err := s.plan(upTo(c.n), nil); err != nil || !p.Empty {
						t.Errorf("the plan of the same: empty %v, error %v", p.Empty, err)
					}
					spent("a plan without changes", w.server.Log.Since(mark), 1, 0)
					items := upTo(c.n)
					items["m7"] = weighted(7, 5)
					spent("one change", s.apply(items, nil), 3, 1)
					spent("a destroy", s.destroy(), c.destroy, c.batches)
					w.holds(t, nil)
					if n := w.server.Log.MaxInFlight(w.lock()); n != 1 {
						t.Errorf("%d writes were in flight on one lock, want 1", n)
					}
				})
			})
		}
	}
}

// brief is a listing of calls without what they carry.
func brief(calls fakecloud.Entries) (text string) {
	for _, e := range calls {
		text += fmt.Sprintf("%s (%d) ", e.Op, e.Items)
	}
	return text
}

// The vendor's own limit of a pool is above this.
func TestTwoThousandMembersAreCreatedInFewCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := elbPool(t, true)
		items := upTo(2001)
		delete(items, "m1808") // has the address of the foreign one
		c := w.core(t)
		o := c.New(sets[w.kind].kind)
		if err := c.Apply(t.Context(), o, w.setAttributes(items, nil)); err != nil {
			t.Fatal(err)
		}
		if n := w.calls(w.server.Log.All()); n > 25 {
			t.Errorf("creation took %d calls, want at most 25:\n%s", n, brief(w.server.Log.All()))
		}
		if got := len(w.members()); got != 2001 {
			t.Errorf("the pool holds %d members, want 2001", got)
		}
	})
}
