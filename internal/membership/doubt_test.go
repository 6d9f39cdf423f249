package membership_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// A refusal speaks of the try that it answers. An add whose first answer was
// lost may be in all the same: it was carried out and the listing lags, or it is
// carried out later.
func TestAnAddInDoubtThatIsThenRefusedStaysInDoubt(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]error{
		"refused": Refused("no"), "member not found": &membership.Error{Class: membership.MemberNotFound, Code: "ObtainIpFail"},
	} {
		for _, late := range []bool{false, true} {
			bubble(t, name+map[bool]string{false: ", listing lags", true: ", carried out late"}[late], func(t *testing.T) {
				opts := Options{Lag: 3 * time.Second}
				if late {
					opts.Lag = 0
				}
				f := New(opts, foreigners...)
				f.On(Add).Do(func(_ context.Context, _ *Call, commit func() error) error {
					if late {
						time.AfterFunc(2*time.Second, func() { f.Put(member(1, 5)) })
					} else {
						_ = commit()
					}
					return InternalError()
				})
				f.On(Add).Do(Fail(second))
				_, err := open(f).Add(t.Context(), member(1, 5), false)
				if !membership.Is(err, membership.Unknown) {
					t.Errorf("%v, want class Unknown", err)
				}
				pass(5 * time.Second)
				if _, there := f.Member(key(1)); !there {
					t.Error("the member is not there: this shows nothing")
				}
			})
		}
	}
}

// A removal whose answer was lost, and which was not carried out, is not
// believed because a listing lags that does not show the member yet.
func TestARemovalInDoubtIsNotBelievedOnOneListing(t *testing.T) {
	t.Parallel()
	for _, lag := range []time.Duration{0, 800 * time.Millisecond, 2 * time.Second} {
		bubble(t, lag.String(), func(t *testing.T) {
			f := New(Options{Lag: lag})
			h := open(f)
			f.Put(member(1, 5)) // somebody has just added it
			f.On(Remove).Do(Fail(Reset()))
			err := h.Remove(t.Context(), member(1, 5))
			if _, there := f.Member(key(1)); err != nil || there {
				t.Errorf("%v; there: %t; calls\n%s", err, there, f.Calls())
			}
		})
	}
}

// What was listed before its removal, and is not twice afterwards, is out: it is
// not sent again.
func TestARemovalInDoubtIsBelievedOnTwoListings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 2, 1)...)
		f.On(Remove).Do(FailAfter(Reset()))
		a := wish{op: Remove}.ask(t.Context(), open(f))
		lists := f.Calls().Of(List)
		if n := len(f.Calls().Of(Remove)); a.err != nil || n != 1 || len(lists) != 3 || lists[2].Begun.Sub(lists[1].Begun) != time.Second {
			t.Errorf("%v, calls:\n%s", a.err, f.Calls())
		}
	})
}
