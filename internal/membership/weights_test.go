package membership_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// watchService fails the test when no member of the group has a weight after a
// write.
func watchService(t *testing.T, f *Fake) {
	f.On(AnyWrite).Times(0).Do(func(_ context.Context, c *Call, commit func() error) error {
		err := commit()
		if !slices.ContainsFunc(f.Members(), func(m membership.Member) bool { return m.Weight > 0 }) {
			t.Errorf("nobody is in service after %s", c)
		}
		return err
	})
}

// A swap of weights between two sets of twenty, each member a resource of its
// own, never leaves the group without a member in service, in whatever order
// Terraform comes to them, ten at a time.
func TestASwapOfWeightsBySingleResources(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for seed := range uint64(12) {
			bubble(t, v.name, func(t *testing.T) {
				opts := v.opts
				opts.Read, opts.Write = 20*time.Millisecond, time.Second
				f := New(opts, append(members(0, 20, 100), members(20, 40, 0)...)...)
				watchService(t, f)
				order := make([]int, 40)
				for n := range order {
					order[n] = n // the worst order: all that go down come first
				}
				if seed > 0 {
					rand.New(rand.NewPCG(seed, 1)).Shuffle(len(order), func(i, k int) { order[i], order[k] = order[k], order[i] })
				}
				next := make(chan int, len(order))
				for _, n := range order {
					next <- n
				}
				close(next)
				h, began := open(f), time.Now()
				var wg sync.WaitGroup
				for range 10 {
					wg.Go(func() {
						for n := range next {
							pass(5 * time.Millisecond)
							weight := 0
							if n >= 20 {
								weight = 100
							}
							if a := (wish{op: Update, n: n, weight: weight}).ask(t.Context(), h); a.err != nil {
								t.Error(a.err)
							}
						}
					})
				}
				wg.Wait()
				if took := time.Since(began); took > 15*time.Second {
					t.Errorf("took %v", took)
				}
				for _, m := range f.Members() {
					if (m.Weight == 100) != (m.Key.Server >= key(20).Server) {
						t.Errorf("%+v", m)
					}
				}
			})
		}
	}
}

// Raises go before lowers, and what is meant is done: all to 0, by one caller at
// once, and by several after a moment in which the first of them might not have
// been the last.
func TestAllToZero(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 20, 50)...)
		h, began := open(f), time.Now()
		for _, o := range h.UpdateAll(t.Context(), reweights(0, 20, 0)) {
			if o.Err != nil {
				t.Error(o.Err)
			}
		}
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("one caller: %v", took)
		}
		mustSucceed(t, h, wishes(Update, 0, 20, 50))
		began = time.Now()
		mustSucceed(t, h, wishes(Update, 0, 20, 0))
		if took := time.Since(began); took < time.Second || took > 3*time.Second {
			t.Errorf("twenty callers: %v, want about 2 s", took)
		}
		if i := slices.IndexFunc(f.Members(), func(m membership.Member) bool { return m.Weight > 0 }); i >= 0 {
			t.Errorf("%+v", f.Members()[i])
		}
	})
}

// One that is held back is not sent, and its caller may leave.
func TestALoweringThatIsHeldBackIsWithdrawn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 2, 50)...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		left := 0
		for _, a := range askAll(ctx, open(f), wishes(Update, 0, 2, 0)) {
			if membership.Is(a.err, membership.NotSent) && a.took == time.Second {
				left++
				checkNotSent(t, f, a.n)
			} else if a.err != nil {
				t.Error(a.err)
			}
		}
		if left != 1 {
			t.Errorf("%d were held back, want the last one", left)
		}
	})
}

func TestRaisesGoBeforeLowers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, append(members(0, 3, 50), members(10, 13, 5)...)...)
		mustSucceed(t, open(f), append(wishes(Update, 0, 3, 10), wishes(Update, 10, 13, 60)...))
		calls := f.Calls().Of(Update)
		if len(calls) != 2 || !calls[0].Has(key(10)) || !calls[1].Has(key(0)) {
			t.Errorf("calls:\n%s", f.Calls())
		}
	})
}
