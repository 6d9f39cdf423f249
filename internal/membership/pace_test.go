package membership_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]error{
		"throttled": Throttled(17 * time.Second),
		"busy":      &membership.Error{Class: membership.Busy, After: 17 * time.Second},
	} {
		bubble(t, name, func(t *testing.T) {
			f := New(Options{}, members(0, 3, 1)...)
			f.On(Remove).Times(2).Do(Fail(answer))
			mustSucceed(t, open(f), wishes(Remove, 0, 3, 0))
			calls := f.Calls().Of(Remove)
			for i := 1; i < len(calls); i++ {
				if d := calls[i].Begun.Sub(calls[i-1].Ended); d < 17*time.Second || d > 20*time.Second {
					t.Errorf("%v between two tries, want 17 s and little more", d)
				}
			}
			if len(calls) != 3 {
				t.Errorf("%d tries, want 3", len(calls))
			}
		})
	}
}

// A busy vendor is asked again and again, never sooner than 0.1 s and never
// later than 10 s after the last answer, for as long as the caller waits.
func TestBusyIsAskedAgainWithBackoff(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, members(0, 3, 1)...)
			busy := Fail(Busy())
			if v.opts.PerItem {
				busy = func(_ context.Context, c *Call, _ func() error) error {
					items := make(membership.ItemErrors, len(c.Members))
					for i := range items {
						items[i] = Busy()
					}
					return items
				}
			}
			f.On(Remove).During(2 * time.Minute).Do(busy)
			mustSucceed(t, open(f), wishes(Remove, 0, 3, 0))
			calls := f.Calls().Of(Remove)
			for i := 1; i < len(calls); i++ {
				if d := calls[i].Begun.Sub(calls[i-1].Ended); d < 100*time.Millisecond || d > 10*time.Second {
					t.Errorf("%v between two tries", d)
				}
				if len(calls[i].Members) != 3 {
					t.Errorf("a busy batch of 3 was sent again as %d", len(calls[i].Members))
				}
			}
			if len(calls) > 30 {
				t.Errorf("%d calls in 2 min", len(calls))
			}
		})
	}
}

func TestAThrottleOfThirtySecondsCostsAtMostFortyFive(t *testing.T) {
	t.Parallel()
	for _, groups := range []int{1, 10, 100} {
		for _, op := range []Op{Add, Update, Remove} {
			bubble(t, fmt.Sprintf("%d groups/%s", groups, op), func(t *testing.T) {
				e := membership.New(membership.Options{})
				began := time.Now()
				var last *Fake
				var wg sync.WaitGroup
				for g := range groups {
					f := New(Options{Name: fmt.Sprintf("group %d", g)}, members(100, 103, 1)...)
					f.On(Any).During(30 * time.Second).Do(Fail(Throttled(0)))
					last = f
					h := e.Open(f.Name(), func() membership.Group { return f })
					from := 100
					if op == Add {
						from = 0
					}
					wg.Go(func() { mustSucceed(t, h, wishes(op, from, from+3, 5)) })
				}
				wg.Wait()
				if d := time.Since(began); d > 45*time.Second {
					t.Errorf("took %v", d)
				}
				if calls := last.Calls(); groups == 1 {
					for i := 1; i < len(calls); i++ {
						if d := calls[i].Begun.Sub(calls[i-1].Ended); d > 6*time.Second {
							t.Errorf("%v between two tries, want at most 5 s and the pace", d)
						}
					}
				}
			})
		}
	}
}

func TestTheUsersCapIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := membership.New(membership.Options{RequestsPerSecond: 10})
		var fakes []*Fake
		var wg sync.WaitGroup
		for g := range 5 {
			f := New(Options{Name: fmt.Sprintf("group %d", g)})
			fakes = append(fakes, f)
			h := e.Open(f.Name(), func() membership.Group { return f })
			wg.Go(func() { mustSucceed(t, h, wishes(Add, 0, 30, 5)) })
		}
		wg.Wait()
		var begun []time.Time
		for _, f := range fakes {
			for _, c := range f.Calls() {
				begun = append(begun, c.Begun)
			}
		}
		slices.SortFunc(begun, time.Time.Compare)
		for i := 1; i < len(begun); i++ {
			if d := begun[i].Sub(begun[i-1]); d < 100*time.Millisecond {
				t.Errorf("%v between two calls, with a cap of 10 a second", d)
			}
		}
	})
}
