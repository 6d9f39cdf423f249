package membership_test

import (
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// Somebody in another process takes out what was taken over, at once or after a
// drain: the second look finds it gone, and it is added again.
func TestWhatWasTakenOverIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, drain := range []time.Duration{0, 5 * time.Second} {
			bubble(t, v.name+"/drain "+drain.String(), func(t *testing.T) {
				f := New(v.opts, members(0, 2, 50)...)
				here, elsewhere := open(f), open(f) // two processes
				old, _ := f.Member(key(0))
				out := here.AddAll(t.Context(), []membership.Member{member(0, 60)}, true)
				if out[0].Err != nil || !out[0].Adopted {
					t.Fatalf("%+v", out[0])
				}
				gone := make(chan membership.Outcome)
				go func() {
					gone <- elsewhere.RemoveAll(t.Context(), []membership.Member{old}, membership.Removal{Drain: drain})[0]
				}()
				out = here.Confirm(t.Context(), out)
				if o := <-gone; o.Err != nil {
					t.Error(o.Err)
				}
				if m, ok := f.Member(key(0)); !ok || m.Weight != 60 || out[0].Err != nil {
					t.Errorf("the member is %+v (%t), the outcome %+v", m, ok, out[0])
				}
			})
		}
	}
}

// Where nobody took it out one look is enough, and where nothing was taken over
// there is none.
func TestConfirmationCostsOneLook(t *testing.T) {
	t.Parallel()
	bubble(t, "one", func(t *testing.T) {
		f := New(vendors[0].opts, members(0, 1, 50)...)
		h := open(f)
		out := h.AddAll(t.Context(), []membership.Member{member(0, 50), member(1, 50)}, true)
		seen := len(f.Calls())
		if out = h.Confirm(t.Context(), out); out[0].Err != nil || out[1].Err != nil || len(f.Calls()) != seen+1 {
			t.Errorf("%d calls, %+v", len(f.Calls())-seen, out)
		}
		seen = len(f.Calls())
		if h.Confirm(t.Context(), out[1:]); len(f.Calls()) != seen {
			t.Errorf("%d calls for what was added", len(f.Calls())-seen)
		}
	})
}
