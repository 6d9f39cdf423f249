package acceptance_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// calls are those to the load balancer's API: the look-up of a project, once in
// a run, is not one, nor is asking what became of a write.
func (w *world) calls(es fakecloud.Entries) int {
	n := len(es) - es.Count("KeystoneListProjects")
	for _, op := range w.ops.poll {
		n -= es.Count(op)
	}
	return n
}

// pages is how many calls one listing of so many members takes.
func (w *world) pages(members int) int {
	if w.Page == 0 {
		return 1
	}
	return (members + w.Page - 1) / w.Page
}

// What a set costs, in calls of all kinds. Where a batch is large one size is
// enough: the tests of the engine have thousands.
func TestWhatASetCosts(t *testing.T) {
	t.Parallel()
	for _, k := range stages.Kinds() {
		sizes := []int{k.Batch, k.Batch + 1, 10 * k.Batch}
		if k.Batch > 50 {
			sizes = []int{k.Batch + 1}
		}
		for _, n := range sizes {
			t.Run(fmt.Sprint(k.Single, " ", n), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := worlds[k.Single](t, true)
					batches, pages := (n+k.Batch-1)/k.Batch, w.pages(n+1) // with somebody else's member
					w.quota(5000)
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
					spent("creation", s.apply(upTo(n), nil), batches+1+pages, batches)
					if got := len(w.members()); got != n+1 {
						t.Errorf("the group holds %d members, want %d", got, n+1)
					}
					mark := w.server.Log.Mark()
					s.settled(upTo(n), nil)
					spent("a plan without changes", w.server.Log.Since(mark), pages, 0)
					items := upTo(n)
					items["m7"] = weighted(7, 5)
					spent("one change", s.apply(items, nil), 1+2*pages, 1)
					spent("a destroy", s.destroy(), batches+1+pages, batches)
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
