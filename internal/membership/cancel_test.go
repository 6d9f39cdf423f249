package membership_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// A caller that gives up is never told success of something that did not
// happen, and nothing panics, however the cancellations fall.
func TestACancelStormTellsNoLies(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{Add, Update, Remove} {
		bubble(t, string(op), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 2))
			for range 400 {
				var start []membership.Member
				if op != Add {
					start = members(0, 10, 1)
				}
				f := New(Options{Read: 5 * time.Millisecond, Write: 20 * time.Millisecond}, start...)
				h, before := open(f), f.Members()
				answers := make([]answer, 10)
				var wg sync.WaitGroup
				for n := range 10 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rnd.IntN(60_000))*time.Microsecond)
					wg.Go(func() {
						defer cancel()
						answers[n] = wish{op: op, n: n, weight: 5}.ask(ctx, h)
					})
				}
				wg.Wait()
				for _, a := range answers {
					checkTruth(t, f, a, before)
					if membership.Is(a.err, membership.NotSent) {
						checkNotSent(t, f, a.n)
					}
				}
			}
		})
	}
}

func checkNotSent(t *testing.T, f *Fake, n int) {
	t.Helper()
	for _, c := range f.Calls().Of(AnyWrite) {
		if c.Has(key(n)) && !membership.Is(c.Err, membership.Busy) && !membership.Is(c.Err, membership.Throttled) {
			t.Errorf("%s is said not to be sent, and was:\n%s", key(n), f.Calls())
		}
	}
}

func TestACallerThatGivesUpInTheQueueIsWithdrawn(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{Add, Update, Remove} {
		bubble(t, string(op), func(t *testing.T) {
			f := New(Options{Write: 10 * time.Second}, members(10, 20, 1)...)
			h := open(f)
			var wg sync.WaitGroup
			wg.Go(func() { mustSucceed(t, h, wishes(Remove, 15, 16, 0)) })
			pass(time.Second) // the removal is in flight
			n := 10
			if op == Add {
				n = 0
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Second, func() { cancel(errGaveUp) })
			a := wish{op: op, n: n, weight: 5}.ask(ctx, h)
			if !membership.Is(a.err, membership.NotSent) || !errors.Is(a.err, errGaveUp) || a.took != time.Second {
				t.Errorf("%v after %v, want class NotSent with the cause, at once", a.err, a.took)
			}
			wg.Wait()
			pass(time.Minute)
			for _, c := range f.Calls().Of(AnyWrite) {
				if c.Has(key(n)) {
					t.Errorf("sent all the same: %s", c)
				}
			}
		})
	}
}

// An add whose first try may have worked, and which then waits for room, is
// not said never to have been sent.
func TestACallerThatGivesUpInTheQueueAfterATryIsInDoubt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Read: 100 * time.Millisecond}, member(0, 1))
		f.On(Add).Do(Fail(Reset()))
		f.On(Add).Do(Fail(&membership.Error{Class: membership.Quota}))
		f.On(Remove).Do(Hang())
		h := open(f)
		var wg sync.WaitGroup
		wg.Go(func() {
			pass(50 * time.Millisecond) // the add's look is under way
			mustSucceed(t, h, wishes(Remove, 0, 1, 0))
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		a := wish{op: Add, n: 1, weight: 5}.ask(ctx, h)
		if !membership.Is(a.err, membership.Unknown) || a.took != 10*time.Second {
			t.Errorf("%v (class %v) after %v, want class Unknown after 10 s", a.err, membership.MeaningOf(a.err), a.took)
		}
		wg.Wait()
		checkUsed(t, f)
		if n := len(f.Calls().Of(Add)); n != 2 {
			t.Errorf("%d adds, want 2", n)
		}
	})
}

func TestACallerWhoseTimeIsOverSendsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{LearnLock: true}, members(0, 3, 1)...)
		h := open(f)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for range 2 { // the lock unknown, then known
			for _, op := range []Op{Add, Update, Remove} {
				if a := (wish{op: op, n: 1, weight: 5}).ask(ctx, h); !membership.Is(a.err, membership.NotSent) {
					t.Errorf("%s: %v, want class NotSent", op, a.err)
				}
			}
			if _, err := h.List(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if n := len(f.Calls().Of(AnyWrite)); n != 0 {
			t.Errorf("%d writes", n)
		}
	})
}

// Whatever a batch waits for before it is sent, one of its callers may leave:
// it is told so at once, its member is not sent, and the others are served.
func TestOneOfABatchLeavesBeforeTheSend(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		op     Op
		script func(f *Fake)
	}{
		{"look throttled", Add, func(f *Fake) { f.On(List).During(40 * time.Second).Do(Fail(Throttled(0))) }},
		{"look hangs", Add, func(f *Fake) { f.On(List).Do(Hang()) }},
		{"busy", Remove, func(f *Fake) { f.On(Remove).During(40 * time.Second).Do(Fail(Busy())) }},
		{"throttled", Update, func(f *Fake) { f.On(Update).During(40 * time.Second).Do(Fail(Throttled(0))) }},
		{"throttled with Retry-After", Remove, func(f *Fake) { f.On(Remove).Do(Fail(Throttled(40 * time.Second))) }},
		{"paced because others are throttled", Remove, nil},
	} {
		bubble(t, row.name, func(t *testing.T) {
			e := membership.New(membership.Options{})
			f := New(Options{}, members(10, 13, 1)...)
			h := e.Open("g", func() membership.Group { return f })
			if row.script != nil {
				row.script(f)
			} else {
				other := New(Options{Name: "other"})
				other.On(List).Do(Fail(Throttled(40 * time.Second)))
				var wg sync.WaitGroup
				defer wg.Wait()
				wg.Go(func() { _, _ = e.Open("o", func() membership.Group { return other }).List(t.Context()) })
				synctest.Wait()
			}
			from := 10
			if row.op == Add {
				from = 0
			}
			var wg sync.WaitGroup
			wg.Go(func() { mustSucceed(t, h, wishes(row.op, from, from+2, 5)) })
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			a := wish{op: row.op, n: from + 2, weight: 5}.ask(ctx, h)
			if !membership.Is(a.err, membership.NotSent) || a.took > 3*time.Second+10*time.Millisecond {
				t.Errorf("%v (class %v) after %v, want class NotSent after 3 s", a.err, membership.MeaningOf(a.err), a.took)
			}
			wg.Wait()
			checkNotSent(t, f, from+2)
			last := f.Calls().Of(AnyWrite)
			if c := last[len(last)-1]; c.Has(key(from + 2)) {
				t.Errorf("sent after its caller was gone: %s", c)
			}
		})
	}
}

// Wherever in the round its batch stands, a caller whose member was not sent is
// told so when it gives up, and not when the batches before have come to an end.
func TestACallerOfALaterBatchLeavesBeforeTheSend(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{Add, Update, Remove} {
		bubble(t, string(op), func(t *testing.T) {
			start := members(900, 901, 1)
			from := 0
			if op != Add {
				start = append(start, members(0, 40, 1)...)
			}
			f := New(Options{Write: 500 * time.Millisecond}, start...)
			h := open(f)
			var wg sync.WaitGroup
			wg.Go(func() { mustSucceed(t, h, wishes(Remove, 900, 901, 0)) }) // occupies the writer
			pass(100 * time.Millisecond)
			f.On(op).During(2 * time.Minute).Do(Fail(Busy()))
			wg.Go(func() { // a set of 20: the round's first batch
				for _, a := range (wish{op: op, n: from, weight: 5}).askBulk(t.Context(), h, from+20) {
					if a.err != nil {
						t.Error(a.err)
					}
				}
			})
			pass(5 * time.Millisecond)
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			for _, a := range askAll(ctx, h, wishes(op, from+20, from+40, 5)) { // the second
				if !membership.Is(a.err, membership.NotSent) || a.took != 3*time.Second {
					t.Errorf("%v (%v) after %v, want NotSent after 3 s", a.err, membership.MeaningOf(a.err), a.took)
				}
			}
			wg.Wait()
			for n := from + 20; n < from+40; n++ {
				checkNotSent(t, f, n)
			}
		})
	}
}

// One caller's end does not end the call that others wait for.
func TestTheFirstCallersEndDoesNotHarmTheOthers(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{Add, Update, Remove} {
		bubble(t, string(op), func(t *testing.T) {
			f := New(Options{Read: time.Second, Write: 4 * time.Second}, members(10, 13, 1)...)
			h, from := open(f), 10
			if op == Add {
				from = 0
			}
			before := f.Members()
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			first := make(chan answer, 1)
			go func() { first <- wish{op: op, n: from, weight: 5}.ask(ctx, h) }()
			synctest.Wait()
			mustSucceed(t, h, wishes(op, from+1, from+3, 5))
			a := <-first
			checkTruth(t, f, a, before)
			if a.err != nil {
				t.Errorf("in flight when its time was over, and the outcome was known soon after: %v", a.err)
			}
		})
	}
}

// A batch of which one caller has its answer does not go on for ever when the
// other leaves.
func TestWorkEndsWhenTheLastWaitingCallerLeaves(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{Add, Update, Remove} {
		bubble(t, string(op), func(t *testing.T) {
			f := New(Options{PerItem: true, IDs: true}, members(10, 12, 1)...)
			h, from := open(f), 10
			if op == Add {
				from = 0
			}
			f.On(op).Do(func(_ context.Context, c *Call, _ func() error) error {
				f.On(List).During(10 * time.Minute).Do(Fail(Throttled(0)))
				items := make(membership.ItemErrors, len(c.Members))
				for i, m := range c.Members {
					if items[i] = Reset(); m.Key == key(from) {
						items[i] = Refused("no")
					}
				}
				return items
			})
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			var wg sync.WaitGroup
			wg.Go(func() {
				// t's own context lasts: only its answer ends this one's interest.
				if a := (wish{op: op, n: from, weight: 5}).ask(t.Context(), h); !membership.Is(a.err, membership.Refused) {
					t.Errorf("%v, want class Refused", a.err)
				}
			})
			a := wish{op: op, n: from + 1, weight: 5}.ask(ctx, h)
			if !membership.Is(a.err, membership.Unknown) || a.took > 14*time.Second {
				t.Errorf("%v after %v", a.err, a.took)
			}
			wg.Wait()
			calls := len(f.Calls())
			pass(5 * time.Minute)
			if n := len(f.Calls()); n > calls+2 {
				t.Errorf("%d calls after the last caller was gone", n-calls)
			}
		})
	}
}

func TestAThrottledBatchIsNotTakenApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 20, 1)...)
		f.On(Remove).Times(3).Do(Fail(Throttled(0)))
		mustSucceed(t, open(f), wishes(Remove, 0, 20, 0))
		if n := len(f.Calls().Of(Remove)); n != 4 {
			t.Errorf("%d calls, want 4: three throttled and one more", n)
		}
	})
}

func TestFiveHundredCallersAtOnce(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			opts := v.opts
			opts.Read, opts.Write = 20*time.Millisecond, 50*time.Millisecond
			f := New(opts, foreigners...)
			h := open(f)
			var wg sync.WaitGroup
			for n := range 500 {
				wg.Go(func() {
					for _, w := range []wish{{op: Add, n: n, weight: 1}, {op: Update, n: n, weight: 2}, {op: Remove, n: n}} {
						if a := w.ask(t.Context(), h); a.err != nil {
							t.Errorf("%s: %v", w.op, a.err)
						}
						if _, err := h.List(t.Context()); err != nil {
							t.Error(err)
						}
					}
				})
				if n >= foreign-1 {
					t.Fatal("the foreign members' numbers are used")
				}
			}
			wg.Wait()
			checkForeigners(t, f)
			if n := len(f.Members()); n != len(foreigners) {
				t.Errorf("%d members left", n)
			}
			if n := f.LockState().MaxInFlight(); n != 1 {
				t.Errorf("%d writes in flight at once", n)
			}
			if n, most := len(f.Calls().Of(AnyWrite)), 3*500/opts.Batch*2+6; n > most {
				t.Errorf("%d writes for 3 x 500 changes, want at most %d", n, most)
			}
		})
	}
}

// Where the members of a round go one by one for minutes, a caller whose member
// is in does not wait for the others to hear it when it gives up.
func TestACallerOfALongRoundHearsOfItsOwnMember(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Batch: 1, Write: 2 * time.Second})
		h := open(f)
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			for _, o := range h.AddAll(t.Context(), members(1, 10, 5), false) {
				if o.Err != nil {
					t.Error(o.Err)
				}
			}
		})
		a := wish{op: Add, n: 0, weight: 5}.ask(ctx, h)
		if _, there := f.Member(key(0)); there != (a.err == nil) || a.took > 13*time.Second || membership.Is(a.err, membership.Unknown) {
			t.Errorf("%v after %v; it is there: %t", a.err, a.took, there)
		}
		wg.Wait()
	})
}
