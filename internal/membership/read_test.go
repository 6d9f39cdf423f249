package membership_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

func TestConcurrentReadsAreOneListing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Read: 50 * time.Millisecond}, members(0, 200, 1)...)
		h := open(f)
		var wg sync.WaitGroup
		for n := range 200 {
			wg.Go(func() {
				m, err := h.Find(t.Context(), member(n, 0))
				if err != nil || m.Key != key(n) {
					t.Errorf("found %v, %v", m.Key, err)
				}
			})
		}
		wg.Wait()
		if n := len(f.Calls()); n != 1 {
			t.Errorf("%d listings for 200 reads, want 1", n)
		}
	})
}

func TestAListingServesForThreeSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{})
		h := open(f)
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{0, 1}, {2900 * time.Millisecond, 1}, {101 * time.Millisecond, 2}, {3 * time.Second, 2}, {time.Millisecond, 3}} {
			pass(step.wait)
			if _, err := h.List(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(f.Calls()); n != step.want {
				t.Errorf("after another %v: %d listings, want %d", step.wait, n, step.want)
			}
		}
	})
}

// A listing that takes long is not handed to somebody who asks more than 3 s
// after it was begun.
func TestASlowListingIsNotJoinedLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Read: 10 * time.Second})
		h := open(f)
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = h.List(t.Context()) })
		pass(4 * time.Second)
		f.Put(member(1, 1))
		f.Put(member(2, 1))
		ms, err := h.List(t.Context())
		wg.Wait()
		if err != nil || len(ms) != 2 || len(f.Calls()) != 2 {
			t.Errorf("%d members, %v, %d listings; want 2 listings", len(ms), err, len(f.Calls()))
		}
	})
}

// Whoever reads after a change of this process was over sees the change, even
// where listings were under way.
func TestAReadSeesEveryWriteThatWasOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// A listing answers with what was so at its begin.
		f := New(Options{Write: 30 * time.Millisecond}, foreigners...)
		f.On(List).Times(0).Do(func(ctx context.Context, _ *Call, commit func() error) error {
			err := commit()
			pass(70 * time.Millisecond)
			return err
		})
		h := open(f)
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for range 5 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						_, _ = h.List(t.Context())
						pass(7 * time.Millisecond)
					}
				}
			})
		}
		for n := range 40 {
			m, err := h.Add(t.Context(), member(n, 1), false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Find(t.Context(), m); err != nil {
				t.Errorf("not found right after its add: %v", err)
			}
			if n%2 == 0 {
				if err := h.Remove(t.Context(), m); err != nil {
					t.Fatal(err)
				}
				if _, err := h.Find(t.Context(), m); !membership.Is(err, membership.MemberNotFound) {
					t.Errorf("found right after its removal (error %v)", err)
				}
			}
		}
		close(stop)
		wg.Wait()
	})
}

// A write whose answer is not known yet outdates no listing; one that is over,
// however it ended, does.
func TestAReadAfterAFailedWriteIsFresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 2, 1)...)
		h := open(f)
		if _, err := h.List(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.On(Remove).Do(FailAfter(Denied())) // it says no, and does it
		if err := h.Remove(t.Context(), member(0, 1)); err == nil {
			t.Fatal("no error")
		}
		if ms, err := h.List(t.Context()); err != nil || len(ms) != 1 {
			t.Errorf("%d members, %v; want the one that is left", len(ms), err)
		}
	})
}

func TestACancelledReaderDoesNotBreakTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Read: time.Second}, members(0, 3, 1)...)
		h := open(f)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { // the first, whose call it is
			began := time.Now()
			if _, err := h.List(ctx); !membership.Is(err, membership.Transient) {
				t.Errorf("%v, want class Transient", err)
			}
			if d := time.Since(began); d != 100*time.Millisecond {
				t.Errorf("returned after %v", d)
			}
		})
		synctest.Wait()
		for range 5 {
			wg.Go(func() {
				if ms, err := h.List(t.Context()); err != nil || len(ms) != 3 {
					t.Errorf("%d members, %v", len(ms), err)
				}
			})
		}
		wg.Wait()
		if n := len(f.Calls()); n != 1 {
			t.Errorf("%d listings, want 1", n)
		}
	})
}

func TestAListingThatNobodyWaitsForIsStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{})
		f.On(List).Do(Hang())
		h := open(f)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = h.List(ctx)
		synctest.Wait()
		if c := f.Calls()[0]; c.Ended.Sub(c.Begun) != time.Second {
			t.Errorf("the listing went on: %s", c)
		}
		if ms, err := h.List(t.Context()); err != nil || len(ms) != 0 {
			t.Errorf("the next reader got %v, %v", ms, err)
		}
	})
}

func TestAnErrorIsNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 3, 1)...)
		f.On(List).Do(Fail(Denied()))
		h := open(f)
		if _, err := h.List(t.Context()); !membership.Is(err, membership.Denied) {
			t.Errorf("%v, want class Denied", err)
		}
		if ms, err := h.List(t.Context()); err != nil || len(ms) != 3 {
			t.Errorf("%d members, %v", len(ms), err)
		}
	})
}

func TestAReadIsTriedAgainWhileTheReasonPasses(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"throttled": Throttled(0), "busy": Busy(), "reset": Reset(), "500": InternalError()} {
		bubble(t, name, func(t *testing.T) {
			f := New(Options{}, members(0, 3, 1)...)
			f.On(List).Times(4).Do(Fail(err))
			if ms, err := open(f).List(t.Context()); err != nil || len(ms) != 3 {
				t.Errorf("%d members, %v", len(ms), err)
			}
		})
	}
}

func TestAReadersMembersAreItsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := open(New(Options{}, members(0, 3, 1)...))
		first, _ := h.List(t.Context())
		first[0].Weight = 99
		if second, _ := h.List(t.Context()); second[0].Weight != 1 {
			t.Error("one caller's change shows in another's listing")
		}
	})
}

// Readers that come during writes do not slow them down with listings of
// their own: a refresh of 200 members during an apply is few calls.
func TestReadsDuringWritesStayFew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Batch: 20, Read: 20 * time.Millisecond, Write: 50 * time.Millisecond}, members(200, 400, 1)...)
		h := open(f)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				for n := 200; n < 400; n += 10 {
					_, _ = h.Find(t.Context(), member(n, 1))
				}
			})
		}
		wg.Go(func() { mustSucceed(t, h, wishes(Add, 0, 100, 1)) })
		wg.Wait()
		if n := len(f.Calls()); n > 25 {
			t.Errorf("%d calls for 5 writes and 200 reads:\n%s", n, f.Calls())
		}
	})
}
