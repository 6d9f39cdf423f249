package membership_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

func openSlow(s *Slow) *membership.Handle {
	return membership.New(membership.Options{}).Open("g", func() membership.Group { return s })
}

func keysOf(ms []membership.Member, phase membership.Phase) (keys []membership.Key) {
	for _, m := range ms {
		if m.Phase == phase {
			keys = append(keys, m.Key)
		}
	}
	return keys
}

func okAll(t *testing.T, outcomes []membership.Outcome) {
	t.Helper()
	for i, o := range outcomes {
		if o.Err != nil {
			t.Errorf("member %d: %v", i, o.Err)
		}
	}
}

// What the phases of members mean to who adds, changes and removes them.
func TestPhases(t *testing.T) {
	t.Parallel()
	const long, some = 5 * time.Minute, -1
	in := members(0, 20, 10)
	for name, tc := range map[string]struct {
		phases    Phases
		do        func(t *testing.T, s *Slow, h *membership.Handle)
		from, to  time.Duration // how long it takes
		wants     []Op          // the writes
		departing int           // members at the end
	}{
		"an add is told when the member has arrived": {
			phases: Phases{Arriving: 20 * time.Second}, from: 20 * time.Second, to: 31 * time.Second, wants: []Op{Add},
			do: func(t *testing.T, _ *Slow, h *membership.Handle) {
				okAll(t, h.AddAll(t.Context(), members(20, 40, 1), false))
			},
		},
		"an add whose answer is lost is not sent again while its member arrives": {
			phases: Phases{Arriving: 20 * time.Second}, from: 20 * time.Second, to: 31 * time.Second, wants: []Op{Add},
			do: func(t *testing.T, s *Slow, h *membership.Handle) {
				s.On(Add).Do(FailAfter(Reset()))
				okAll(t, h.AddAll(t.Context(), members(20, 40, 1), false))
			},
		},
		"an add whose caller gives up is told that it may yet fail": {
			phases: Phases{Arriving: long}, from: 10 * time.Second, to: 12 * time.Second, wants: []Op{Add},
			do: func(t *testing.T, _ *Slow, h *membership.Handle) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				if err := h.AddAll(ctx, members(20, 21, 1), false)[0].Err; !membership.Is(err, membership.Unknown) || !strings.Contains(err.Error(), "not over yet") {
					t.Errorf("%v, want that it is not over yet", err)
				}
			},
		},
		"a change is told when the vendor has made it": {
			phases: Phases{Changing: 20 * time.Second}, from: 20 * time.Second, to: 31 * time.Second, wants: []Op{Update},
			do: func(t *testing.T, _ *Slow, h *membership.Handle) {
				okAll(t, h.UpdateAll(t.Context(), []membership.Change{{Member: in[0], Weight: new(5)}}))
			},
		},
		"a removal is told when the member departs": {
			phases: Phases{Departing: long}, to: time.Second, wants: []Op{Remove}, departing: 20,
			do: func(t *testing.T, _ *Slow, h *membership.Handle) {
				okAll(t, h.RemoveAll(t.Context(), in, membership.Removal{}))
			},
		},
		"a member that departs is out already": {
			phases: Phases{Departing: long}, to: 3 * time.Second, wants: []Op{Remove}, departing: 20,
			do: func(t *testing.T, _ *Slow, h *membership.Handle) {
				okAll(t, h.RemoveAll(t.Context(), in, membership.Removal{}))
				okAll(t, h.RemoveAll(t.Context(), in, membership.Removal{Drain: time.Hour}))
				if all, err := h.List(t.Context()); err != nil || len(all) > 0 {
					t.Errorf("listed %v, %v", all, err)
				}
				all, err := h.ListAll(t.Context())
				if err != nil || len(keysOf(all, membership.Departing)) != 20 {
					t.Errorf("all listed are %v, %v", all, err)
				}
				if _, err := h.Find(t.Context(), in[0]); !membership.Is(err, membership.MemberNotFound) {
					t.Errorf("found: %v", err)
				}
				if _, err := h.Update(t.Context(), membership.Change{Member: in[0], Weight: new(1)}); !membership.Is(err, membership.MemberNotFound) {
					t.Errorf("changed: %v", err)
				}
			},
		},
		"an add waits for the one that departs, and others do not": {
			phases: Phases{Departing: long}, from: long, to: long + 11*time.Second,
			do: func(t *testing.T, _ *Slow, h *membership.Handle) {
				okAll(t, h.RemoveAll(t.Context(), in[:1], membership.Removal{}))
				began := time.Now()
				var wg sync.WaitGroup
				wg.Go(func() { okAll(t, h.AddAll(t.Context(), in[:1], false)) })
				for n := range 5 {
					pass(time.Second)
					wg.Go(func() { okAll(t, h.AddAll(t.Context(), members(20+n, 21+n, 1), false)) })
					okAll(t, h.RemoveAll(t.Context(), in[10+n:11+n], membership.Removal{}))
				}
				if d := time.Since(began); d > 20*time.Second {
					t.Errorf("others took %v", d)
				}
				wg.Wait()
			},
			departing: some,
		},
		"of twenty adds nineteen do not wait for the one": {
			phases: Phases{Departing: long}, from: long, to: long + 11*time.Second,
			do: func(t *testing.T, s *Slow, h *membership.Handle) {
				okAll(t, h.RemoveAll(t.Context(), in[:1], membership.Removal{}))
				var wg sync.WaitGroup
				wg.Go(func() { okAll(t, h.AddAll(t.Context(), append(members(20, 39, 1), in[0]), false)) })
				pass(2 * time.Second)
				if n := len(s.Members()); n != 19+19 {
					t.Errorf("%d members are in, want 38", n)
				}
				wg.Wait()
			},
		},
		"an add that waits for one that departs is seldom sent meanwhile": {
			phases: Phases{Departing: 15 * time.Minute}, from: 15 * time.Minute, to: 15*time.Minute + 9*time.Second,
			do: func(t *testing.T, s *Slow, h *membership.Handle) {
				okAll(t, h.RemoveAll(t.Context(), in[:1], membership.Removal{}))
				okAll(t, h.AddAll(t.Context(), in[:1], false))
				if n := len(s.Calls().Of(Add)); n < 10 || n > 35 {
					t.Errorf("%d additions were sent", n)
				}
			},
		},
		"a removal whose caller gives up before it is over is in doubt": {
			phases: Phases{Departing: long}, from: 10 * time.Second, to: 25 * time.Second, wants: []Op{Remove}, departing: 1,
			do: func(t *testing.T, s *Slow, h *membership.Handle) {
				s.On(Remove).Do(HangAfter())
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(10*time.Second, cancel)
				if err := h.RemoveAll(ctx, in[:1], membership.Removal{})[0].Err; !membership.Is(err, membership.Unknown) {
					t.Errorf("%v, want that nobody knows", err)
				}
			},
		},
		"one that departs is put in again where the vendor does that": {
			phases: Phases{Departing: long, Returns: true}, to: time.Second, wants: []Op{Remove, Add},
			do: func(t *testing.T, _ *Slow, h *membership.Handle) {
				okAll(t, h.RemoveAll(t.Context(), in[:1], membership.Removal{}))
				okAll(t, h.AddAll(t.Context(), in[:1], false))
			},
		},
		"a removal is not kept by one that somebody else has taken out": {
			phases: Phases{Departing: long}, to: 5 * time.Second, departing: 20,
			do: func(t *testing.T, s *Slow, h *membership.Handle) {
				if _, err := h.List(t.Context()); err != nil { // which the removal goes by
					t.Error(err)
				}
				if err := s.Remove(t.Context(), in[3:4]); err != nil {
					t.Error(err)
				}
				okAll(t, h.RemoveAll(t.Context(), in, membership.Removal{}))
			},
		},
	} {
		bubble(t, name, func(t *testing.T) {
			s := NewSlow(Options{}, tc.phases, in...)
			h, began := openSlow(s), time.Now()
			tc.do(t, s, h)
			if d := time.Since(began); d < tc.from || d > tc.to {
				t.Errorf("it took %v, want %v to %v\n%s", d, tc.from, tc.to, s.Calls())
			}
			var writes []Op
			for _, c := range s.Calls().Of(AnyWrite) {
				writes = append(writes, c.Op)
			}
			if tc.wants != nil && !slices.Equal(writes, tc.wants) {
				t.Errorf("the writes are %v, want %v\n%s", writes, tc.wants, s.Calls())
			}
			all, err := s.List(t.Context())
			if n := len(keysOf(all, membership.Departing)); err != nil || n != tc.departing && tc.departing != some {
				t.Errorf("%d members depart, want %d (%v)", n, tc.departing, err)
			}
			checkUsed(t, s.Fake)
		})
	}
}

// A removal that is to end when the members are listed no more does so, in few
// listings and with other changes going on; or says what they still do.
func TestARemovalUntilItsMembersAreGone(t *testing.T) {
	t.Parallel()
	const departing = time.Minute
	out := membership.Removal{UntilGone: true}
	for name, tc := range map[string]struct {
		within time.Duration
		first  func(*Slow)
		other  func(*testing.T, *Slow, *membership.Handle)
		want   membership.Meaning
		took   time.Duration
	}{
		"whole": {within: time.Hour, took: departing},
		"while others change the group": {within: time.Hour, took: departing, other: func(t *testing.T, _ *Slow, h *membership.Handle) {
			began := time.Now()
			okAll(t, h.AddAll(t.Context(), members(50, 60, 1), false))
			if d := time.Since(began); d > time.Second {
				t.Errorf("an add took %v meanwhile", d)
			}
		}},
		"until time is over": {within: 20 * time.Second, took: 20 * time.Second, want: membership.Draining},
		"until they are listed again": {within: time.Hour, took: 10 * time.Second, want: membership.Unknown, other: func(_ *testing.T, s *Slow, _ *membership.Handle) {
			for _, m := range members(0, 5, 1) {
				s.Put(m)
			}
		}},
		"until the group is gone": {within: time.Hour, took: 10 * time.Second, other: func(_ *testing.T, s *Slow, _ *membership.Handle) { s.Disappear() }},
		"until it cannot be read any more": {within: time.Hour, took: 10 * time.Second, want: membership.Draining, first: func(s *Slow) {
			s.On(List).Nth(7).Do(Fail(Denied()))
		}},
	} {
		bubble(t, name, func(t *testing.T) {
			s := NewSlow(Options{}, Phases{Departing: departing}, members(0, 5, 1)...)
			h := openSlow(s)
			ctx, cancel := context.WithTimeout(t.Context(), tc.within)
			defer cancel()
			if tc.first != nil {
				tc.first(s)
			}
			if tc.other != nil {
				time.AfterFunc(10*time.Second, func() { tc.other(t, s, h) })
			}
			began := time.Now()
			for _, o := range h.RemoveAll(ctx, members(0, 5, 1), out) {
				if tc.want == nil && o.Err != nil || tc.want != nil && !membership.Is(o.Err, tc.want) {
					t.Errorf("%v, want %v", o.Err, tc.want)
				}
			}
			if d := time.Since(began); d < tc.took || d > tc.took+6*time.Second {
				t.Errorf("it took %v, want %v", d, tc.took)
			}
			if n := len(s.Calls().Of(List)); n > 3+int(tc.took/(2*time.Second)) {
				t.Errorf("%d listings in %v", n, tc.took)
			}
		})
	}
}

// A vendor may take fewer members in a call that changes them.
func TestALimitOfChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Batch: 200, Update: 40})
		h := open(f)
		okAll(t, h.AddAll(t.Context(), members(0, 1000, 1), false))
		var changes []membership.Change
		for _, m := range members(0, 200, 1) {
			changes = append(changes, membership.Change{Member: m, Weight: new(2)})
		}
		okAll(t, h.UpdateAll(t.Context(), changes))
		okAll(t, h.RemoveAll(t.Context(), members(0, 1000, 1), membership.Removal{}))
		for op, want := range map[Op]int{Add: 5, Update: 5, Remove: 5} {
			if n := len(f.Calls().Of(op)); n != want {
				t.Errorf("%d calls of %s, want %d", n, op, want)
			}
		}
	})
}

// Where a vendor lists only members that fail, one is healthy when two readings
// say so.
func TestHealthIsConfirmed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 1, 1)...)
		began := time.Now()
		f.SetHealth(func(ms []membership.Member) membership.Health {
			c := membership.Check{Key: ms[0].Key, Verdict: membership.Healthy, Rule: "rule-1", Listener: membership.Listener{ID: "lsn-1"}}
			if d := time.Since(began); d > 3*time.Second && d < 10*time.Second {
				c.Verdict, c.Status = membership.Pending, "Initial"
			}
			return membership.Health{Checks: []membership.Check{c}, Confirm: 5 * time.Second}
		})
		h := open(f)
		short, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		_, errs := h.AwaitHealthy(short, members(0, 1, 1))
		if want := "listener lsn-1, rule rule-1: Initial"; !membership.Is(errs[0], membership.NotHealthy) || !strings.Contains(errs[0].Error(), want) {
			t.Errorf("%v, want %q in it", errs[0], want)
		}
		notes, errs := h.AwaitHealthy(t.Context(), members(0, 1, 1))
		if d := time.Since(began); errs[0] != nil || notes[0] != "" || d < 15*time.Second || d > 25*time.Second {
			t.Errorf("healthy after %v: %v %q", d, errs[0], notes[0])
		}
	})
}
