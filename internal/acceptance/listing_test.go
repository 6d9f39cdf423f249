package acceptance_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// noMember is the vendor's answer that a member, or the server behind it, does
// not exist, about some member that is not this test's.
func noMember(w *world) fakecloud.Effect {
	return w.Codes.Absent.Fail("Member 1923923e-fe8a-484f-bdbc-e11559b1f48f could not be found.")
}

// A listing is about no one member, so that an answer to it which says that a
// member is gone says nothing of the resources that share the listing.
func TestAListingDropsNoResourceFromState(t *testing.T) {
	t.Parallel()
	for kind, build := range worlds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := build(t, true)
				listingFails(t, w, noMember(w), nil)
			})
		})
	}
}

// The page of a listing begins after a member that may have been removed since
// the page before was read. Whatever the vendor says of it, the listing is
// started over.
func TestAPageAfterARemovedMemberDropsNoResourceFromState(t *testing.T) {
	t.Parallel()
	later := func(c *fakecloud.Call) bool { return c.HTTP.URL.Query().Get("marker") != "" }
	for name, answer := range map[string]fakecloud.Effect{
		"404 of a member":     fakecloud.Fail(404, "ELB.8904", "Member 1923923e-fe8a-484f-bdbc-e11559b1f48f could not be found."),
		"404 of the pool":     fakecloud.Fail(404, "ELB.8904", "pool 36ce7086-a496-4666-9064-000000000001 could not be found."),
		"404 of another code": fakecloud.Fail(404, "ELB.9903", "not found"),
		"400":                 fakecloud.Fail(400, "ELB.8902", "Invalid input for marker."),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := elbPool(t, true)
				w.server.Cloud().(*elbfake.Cloud).SetBehaviour(func(b *elbfake.Behaviour) { b.PageCap = 2 })
				for n := 10; n < 14; n++ {
					w.foreign(n, 1)
				}
				listingFails(t, w, answer, later)
			})
		})
	}
}

// listingFails has the listing of a group with two resources in it fail for a
// moment, and then for good: neither ever leaves state.
func listingFails(t *testing.T, w *world, answer fakecloud.Effect, where func(*fakecloud.Call) bool) {
	t.Helper()
	core := w.core(t)
	both := []*acctest.Object{core.New(w.kind), core.New(w.kind)}
	for i, o := range both {
		core.MustApply(o, w.attributes(i+1))
	}
	for name, times := range map[string]int{"for a moment": 3, "for good": 0} {
		w.server.Faults.Reset()
		for _, action := range w.ops.read {
			w.server.Faults.On(action).Where(where).Times(times).Do(answer)
		}
		core.Run()
		for _, o := range both {
			err := core.Refresh(t.Context(), o)
			if o.State.IsNull() {
				t.Fatalf("%s: a member that is there has left state", name)
			}
			switch {
			case times > 0 && err != nil:
				t.Errorf("%s: %v", name, err)
			case times == 0 && (err == nil || !strings.Contains(err.Error(), "State is left as it was")):
				t.Errorf("%s: %v, want an error that concludes nothing", name, err)
			}
		}
		if times == 0 { // nor is what cannot be looked for taken to be out
			if err := core.Apply(t.Context(), both[0], nil); err == nil || both[0].State.IsNull() {
				t.Errorf("a removal that cannot read the group: %v", err)
			}
		}
	}
	w.server.Faults.Reset()
	core.Run()
	for _, o := range both {
		if err := core.Apply(t.Context(), o, nil); err != nil {
			t.Error(err)
		}
	}
}
