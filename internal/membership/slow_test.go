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

// A vendor that says whether it is at work on the group is asked that, and not
// written to again, while it is busy for somebody else.
func TestABusyVendorIsAsked(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lock := NewLock("shared")
		s := NewSlow(Options{Lock: lock}, Phases{})
		other := New(Options{Lock: lock, Write: 40 * time.Second})
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := other.Add(t.Context(), members(0, 1, 1)); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		h, began := openSlow(s), time.Now()
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if _, err := h.Add(ctx, member(1, 1), false); !membership.Is(err, membership.NotSent) || time.Since(began) > 11*time.Second {
				t.Errorf("who gives up is told %v after %v", err, time.Since(began))
			}
		})
		okAll(t, h.AddAll(t.Context(), members(2, 5, 1), false))
		if d := time.Since(began); d < 39*time.Second || d > 45*time.Second || lock.BusyAnswers() != 1 {
			t.Errorf("it took %v and %d busy answers", d, lock.BusyAnswers())
		}
		wg.Wait()
	})
}

// A write that failed when it was partly done is read before anything else: what is
// in is the caller's, and only the rest is sent again or split.
func TestAWriteThatFailsPartly(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err    membership.Error
		writes int
	}{
		"for a passing cause": {membership.Error{Class: membership.Busy, Partly: true}, 2},
		"because it is full":  {membership.Error{Class: membership.Quota, Partly: true}, 5},
		"because one is in":   {membership.Error{Class: membership.AlreadyExists, Partly: true}, 5},
		"refused":             {membership.Error{Class: membership.Refused, Partly: true}, 5},
	} {
		for _, op := range []Op{Add, Remove} {
			if op == Remove && tc.err.Class != membership.Busy && tc.err.Class != membership.Refused {
				continue
			}
			bubble(t, string(op)+" "+name, func(t *testing.T) {
				var start []membership.Member
				if op == Remove {
					start = members(0, 20, 1)
				}
				f := New(Options{Duplicates: true, Absent: true}, start...)
				f.On(op).Do(Partly(12, &tc.err))
				h := open(f)
				if op == Add {
					okAll(t, h.AddAll(t.Context(), members(0, 20, 1), false))
				} else {
					okAll(t, h.RemoveAll(t.Context(), members(0, 20, 1), membership.Removal{}))
				}
				writes := f.Calls().Of(AnyWrite)
				if len(writes) != tc.writes {
					t.Errorf("%d writes, want %d\n%s", len(writes), tc.writes, f.Calls())
				}
				for _, c := range writes[1:] {
					for _, m := range members(0, 12, 1) {
						if c.Has(m.Key) {
							t.Errorf("%s was done and is sent again", m.Key)
						}
					}
				}
			})
		}
	}
}

// jobbing is a group whose adapter reads a job within each addition.
type jobbing struct {
	*Slow
	polls int
	poll  func(n int) error
	read  []time.Time
}

func (g *jobbing) Add(ctx context.Context, ms []membership.Member) error {
	if err := g.Slow.Add(ctx, ms); err != nil {
		return err
	}
	for n := range g.polls {
		select {
		case <-time.After(3 * time.Second):
		case <-ctx.Done():
			return &membership.Error{Class: membership.Unknown, Err: ctx.Err()}
		}
		err := membership.Read(ctx, func(ctx context.Context) error {
			if err := membership.Turn(ctx); err != nil {
				return err
			}
			g.read = append(g.read, time.Now())
			return g.poll(n)
		})
		if err != nil {
			return &membership.Error{Class: membership.Unknown, Err: err}
		}
	}
	return nil
}

// The readings of a write's job are reads: they are paced, tried again, and do not
// use up what the vendor takes of additions; and the write may last longer than
// one request, as long as its group says.
func TestTheJobOfAWrite(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		opts  membership.Options
		times membership.Times
		polls int
		fails int // readings
		reads int
		adds  int
		took  time.Duration
	}{
		"longer than a request":        {times: membership.Times{Write: 3 * time.Minute}, polls: 40, reads: 40, adds: 1, took: 2 * time.Minute},
		"a reading that fails":         {times: membership.Times{Write: 3 * time.Minute}, polls: 2, fails: 3, reads: 5, adds: 1, took: 6 * time.Second},
		"not counted among the writes": {opts: membership.Options{WritesPerMinute: 1}, polls: 5, reads: 5, adds: 1, took: 15 * time.Second},
		"counted by the user's cap":    {opts: membership.Options{RequestsPerSecond: 0.2}, polls: 3, reads: 3, adds: 1, took: 25 * time.Second},
		"cut off, and found to be in":  {times: membership.Times{Write: 61 * time.Second}, polls: 1000, reads: 20, adds: 1, took: time.Minute},
	} {
		bubble(t, name, func(t *testing.T) {
			g := &jobbing{Slow: NewSlow(Options{}, Phases{Times: tc.times}), polls: tc.polls}
			fails := tc.fails
			g.poll = func(int) error {
				if fails > 0 {
					fails--
					return &membership.Error{Class: membership.Transient}
				}
				return nil
			}
			h := membership.New(tc.opts).Open("g", func() membership.Group { return g })
			began := time.Now()
			okAll(t, h.AddAll(t.Context(), members(0, 3, 1), false))
			if d := time.Since(began); d < tc.took || d > tc.took+10*time.Second {
				t.Errorf("it took %v, want %v", d, tc.took)
			}
			if adds := len(g.Calls().Of(Add)); adds != tc.adds || len(g.read) != tc.reads {
				t.Errorf("%d additions and %d readings, want %d and %d", adds, len(g.read), tc.adds, tc.reads)
			}
		})
	}
}

// How long an accepted change may not show is the group's to say.
func TestHowLongAChangeMayNotShow(t *testing.T) {
	t.Parallel()
	for want, lag := range map[int]time.Duration{1: 30 * time.Second, 2: 0} {
		bubble(t, lag.String(), func(t *testing.T) {
			s := NewSlow(Options{Lag: 15 * time.Second}, Phases{Times: membership.Times{Settle: lag}})
			okAll(t, openSlow(s).AddAll(t.Context(), members(0, 3, 1), false))
			if n := len(s.Calls().Of(Add)); n != want {
				t.Errorf("%d additions, want %d", n, want)
			}
		})
	}
}

// Whether an address is a remote one is said when it is added, so that a member
// which is there otherwise is not taken over.
func TestARemoteAddressIsNotTakenOverAsAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := open(New(Options{}, members(0, 1, 1)...))
		remote := member(0, 1)
		remote.Remote = true
		if _, err := h.Add(t.Context(), remote, true); !membership.Is(err, membership.AlreadyExists) {
			t.Errorf("taken over with %v", err)
		}
	})
}
