package membership_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// bubble runs a test in virtual time.
func bubble(t *testing.T, name string, run func(t *testing.T)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, run)
	})
}

func TestConcurrentChangesGoOutTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Batch: 200}, foreigners...)
		mustSucceed(t, open(f), wishes(Add, 0, 150, 10))
		if n := len(f.Calls().Of(AnyWrite)); n != 1 {
			t.Errorf("%d writes, want 1:\n%s", n, f.Calls())
		}
		checkForeigners(t, f)
	})
}

func TestTheQuietGapIsFifteenMilliseconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 2, 1)...)
		h, began := open(f), time.Now()
		var wg sync.WaitGroup
		for n := range 2 {
			wg.Go(func() {
				pass(time.Duration(n) * 10 * time.Millisecond)
				if err := h.Remove(t.Context(), member(n, 1)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		removes := f.Calls().Of(Remove)
		if len(removes) != 1 || removes[0].Begun.Sub(began) != 25*time.Millisecond {
			t.Errorf("want one removal, 15 ms after the second caller came at 10 ms; calls from %v:\n%s", began, f.Calls())
		}
	})
}

func TestATrickleIsSentAfterAHundredMilliseconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Batch: 200}, members(0, 50, 1)...)
		h, began := open(f), time.Now()
		var wg sync.WaitGroup
		for n := range 50 {
			wg.Go(func() {
				pass(time.Duration(n) * 10 * time.Millisecond) // never quiet
				if err := h.Remove(t.Context(), member(n, 1)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		removes := f.Calls().Of(Remove)
		if d := removes[0].Begun.Sub(began); d != 100*time.Millisecond {
			t.Errorf("the first call went out after %v, want 100 ms", d)
		}
		if len(removes) > 6 {
			t.Errorf("%d calls for a trickle of 500 ms, want at most 6", len(removes))
		}
	})
}

func TestNoCallHasMoreThanTheVendorsLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Batch: 7})
		h := open(f)
		mustSucceed(t, h, wishes(Add, 0, 100, 10))
		mustSucceed(t, h, wishes(Update, 0, 100, 20))
		mustSucceed(t, h, wishes(Remove, 0, 100, 0))
		for _, op := range []Op{Add, Update, Remove} {
			calls := f.Calls().Of(op)
			if len(calls) != 15 {
				t.Errorf("%d calls of %s for 100 members in sevens, want 15", len(calls), op)
			}
			for _, c := range calls {
				if len(c.Members) > 7 || len(c.Members) == 0 {
					t.Errorf("a call of %d members", len(c.Members))
				}
			}
		}
	})
}

func TestGroupsOfOneLockAreWrittenInTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lock := NewLock("lb-1")
		e := membership.New(membership.Options{})
		var fakes []*Fake
		var wg sync.WaitGroup
		for _, name := range []string{"a", "b", "c"} {
			f := New(Options{Name: name, Lock: lock, LearnLock: name == "c", Read: 20 * time.Millisecond, Write: 200 * time.Millisecond},
				foreigners...)
			fakes = append(fakes, f)
			h := e.Open(name, func() membership.Group { return f })
			wg.Go(func() { mustSucceed(t, h, wishes(Add, 0, 30, 10)) })
		}
		wg.Wait()
		if n := lock.MaxInFlight(); n != 1 {
			t.Errorf("%d writes in flight on one lock, want 1", n)
		}
		if n := lock.BusyAnswers(); n != 0 {
			t.Errorf("%d busy answers, want 0", n)
		}
		for _, f := range fakes {
			checkForeigners(t, f)
			if n := len(f.Members()); n != 32 {
				t.Errorf("%s has %d members, want 32", f.Name(), n)
			}
		}
	})
}

func TestGroupsOfDifferentLocksAreWrittenAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := membership.New(membership.Options{})
		began := time.Now()
		var wg sync.WaitGroup
		for _, name := range []string{"a", "b", "c", "d"} {
			f := New(Options{Name: name, Write: 10 * time.Second})
			h := e.Open(name, func() membership.Group { return f })
			wg.Go(func() { mustSucceed(t, h, wishes(Add, 0, 5, 10)) })
		}
		wg.Wait()
		if d := time.Since(began); d > 11*time.Second {
			t.Errorf("four groups took %v with writes of 10 s, want one write's time", d)
		}
	})
}

// Every change of one member asked for in turn takes effect in turn, whatever
// is asked for of others meanwhile.
func TestChangesOfOneMemberKeepTheirOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Write: 50 * time.Millisecond})
		h := open(f)
		ops := []wish{
			{op: Add, n: 1, weight: 10}, {op: Update, n: 1, weight: 20}, {op: Remove, n: 1}, {op: Add, n: 1, weight: 30},
			{op: Update, n: 1, weight: 40}, {op: Update, n: 1, weight: 50}, {op: Remove, n: 1}, {op: Add, n: 1, weight: 60},
		}
		var wg sync.WaitGroup
		for _, w := range ops {
			wg.Go(func() {
				if a := w.ask(t.Context(), h); a.err != nil {
					t.Errorf("%s: %v", w.op, a.err)
				}
			})
			wg.Go(func() { // the crowd
				c := wish{op: Add, n: 100 + w.weight, weight: 1}
				_ = c.ask(t.Context(), h)
			})
			synctest.Wait() // it is in the queue before the next is asked for
		}
		wg.Wait()
		var order []Op
		for _, c := range f.Calls().Of(AnyWrite) {
			if c.Has(key(1)) {
				order = append(order, c.Op)
			}
		}
		if want := []Op{Add, Update, Remove, Add, Update, Update, Remove, Add}; !slices.Equal(order, want) {
			t.Errorf("carried out %v, want %v", order, want)
		}
		if m, _ := f.Member(key(1)); m.Weight != 60 {
			t.Errorf("weight %d in the end, want 60", m.Weight)
		}
	})
}

func TestAddsGoBeforeReweightsBeforeRemovals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 4, 1)...)
		mustSucceed(t, open(f), []wish{
			{op: Remove, n: 0}, {op: Update, n: 1, weight: 5}, {op: Add, n: 10, weight: 5},
			{op: Remove, n: 2}, {op: Update, n: 3, weight: 5}, {op: Add, n: 11, weight: 5},
		})
		var order []Op
		for _, c := range f.Calls().Of(AnyWrite) {
			order = append(order, c.Op)
		}
		if want := []Op{Add, Update, Remove}; !slices.Equal(order, want) {
			t.Errorf("calls %v, want %v", order, want)
		}
	})
}

// A stream of adds that never ends does not keep a removal waiting.
func TestARemovalIsNotStarvedByAdds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Batch: 2, Write: 100 * time.Millisecond}, member(0, 1))
		h := open(f)
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				for k := range 20 {
					a := wish{op: Add, n: 100 + 20*n + k, weight: 1}.ask(t.Context(), h)
					if a.err != nil {
						t.Error(a.err)
					}
				}
			})
		}
		synctest.Wait()
		a := wish{op: Remove, n: 0}.ask(t.Context(), h)
		if a.err != nil || a.took > 15*100*time.Millisecond {
			t.Errorf("the removal took %v among writes of 100 ms (error %v)", a.took, a.err)
		}
		wg.Wait()
	})
}

func TestAFullGroupLosesBeforeItGains(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			opts := v.opts
			opts.Quota, opts.Batch = 62, 20
			f := New(opts, append(members(0, 60, 1), foreigners...)...)
			var ws []wish
			for n := range 60 {
				ws = append(ws, wish{op: Add, n: 100 + n, weight: 1}, wish{op: Remove, n: n})
			}
			mustSucceed(t, open(f), ws)
			checkForeigners(t, f)
			if n := len(f.Members()); n != 62 {
				t.Errorf("%d members, want 62", n)
			}
		})
	}
}

// A reweight between an add that waits for room and the removal that makes it
// does not use up the add's patience.
func TestAFullGroupIsPatientAcrossReweights(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Quota: 9, Batch: 2}, members(0, 9, 1)...)
		ws := []wish{{op: Add, n: 100, weight: 1}, {op: Remove, n: 8}}
		for n := range 8 {
			ws = append(ws, wish{op: Update, n: n, weight: 7})
		}
		mustSucceed(t, open(f), ws)
	})
}

func TestTheLastPlacesAreFilled(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			opts := v.opts
			opts.Quota, opts.Batch = 5, 20
			f := New(opts, foreigners...)
			before := f.Members()
			ok := 0
			for _, a := range askAll(t.Context(), open(f), wishes(Add, 0, 20, 1)) {
				checkTruth(t, f, a, before)
				switch {
				case a.err == nil:
					ok++
				case !membership.Is(a.err, membership.Quota):
					t.Error(a.err)
				}
			}
			if ok != 3 || len(f.Members()) != 5 {
				t.Errorf("%d adds succeeded and %d members are there, want 3 and 5", ok, len(f.Members()))
			}
			// Not every quota is the group's: some vendors limit the groups that
			// a server is in, so each member has its own answer.
			if n := len(f.Calls().Of(Add)); n > 2*20-1 {
				t.Errorf("%d calls to find out that 3 of 20 fit, want at most 39:\n%s", n, f.Calls())
			}
		})
	}
}

// What Terraform does: ten at a time, each the next as soon as one is done.
func TestTwoHundredAddsByTenCallersAreFewCalls(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		name string
		opts Options
	}{
		{"ELB-like", Options{Batch: 200, Duplicates: true, IDs: true, Read: 20 * time.Millisecond, Write: 50 * time.Millisecond}},
		{"SLB-like", Options{Batch: 20, Read: 20 * time.Millisecond, Write: 200 * time.Millisecond}},
	} {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts)
			h, began := open(f), time.Now()
			next := make(chan int, 200)
			for n := range 200 {
				next <- n
			}
			close(next)
			var wg sync.WaitGroup
			for range 10 {
				wg.Go(func() {
					for n := range next {
						if a := (wish{op: Add, n: n, weight: 1}).ask(t.Context(), h); a.err != nil {
							t.Error(a.err)
						}
					}
				})
			}
			wg.Wait()
			t.Logf("%d calls, %v", len(f.Calls()), time.Since(began))
			if n := len(f.Calls()); n > 50 {
				t.Errorf("%d calls in all, want at most 50", n)
			}
			if n := f.LockState().BusyAnswers(); n != 0 {
				t.Errorf("%d busy answers, want 0", n)
			}
			if n := len(f.Members()); n != 200 {
				t.Errorf("%d members, want 200", n)
			}
		})
	}
}
