package membership_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// fiveSeconds is the drain of most of these tests.
var fiveSeconds = membership.Removal{Drain: 5 * time.Second}

// checkWeightZeroFirst looks for removals of members that the vendor was not
// asked to give weight 0 before, at least so long ago.
func checkWeightZeroFirst(t *testing.T, calls Calls, drain time.Duration) {
	t.Helper()
	zero := map[membership.Key]time.Time{}
	for _, c := range calls {
		for i, m := range c.Members {
			since, ok := zero[m.Key]
			switch {
			case c.Op == Update && *c.Changes[i].Weight == 0:
				zero[m.Key] = c.Ended
			case c.Op == Remove && (!ok || c.Begun.Sub(since) < drain):
				t.Errorf("%s is removed at %v, weight 0 since %v (%t)", m.Key, c.Begun, since, ok)
			}
		}
	}
}

// drained removes one member with a drain of 5 s and returns the error and how
// long that took.
func drained(ctx context.Context, h *membership.Handle, n int) (time.Duration, error) {
	began := time.Now()
	out := h.RemoveAll(ctx, []membership.Member{{Key: key(n)}}, fiveSeconds)
	return time.Since(began), out[0].Err
}

func TestTenSingleDrainsAreOneWait(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			opts := v.opts
			opts.Read, opts.Write = 20*time.Millisecond, 100*time.Millisecond
			f := New(opts, append(members(0, 10, 50), foreigners...)...)
			h := open(f)
			var wg sync.WaitGroup
			for n := range 10 {
				wg.Go(func() {
					if took, err := drained(t.Context(), h, n); err != nil || took > 6*time.Second || took < 5*time.Second {
						t.Errorf("%s: %v after %v, want about 5 s", key(n), err, took)
					}
				})
			}
			wg.Wait()
			calls := f.Calls()
			if n, writes := len(calls), len(calls.Of(AnyWrite)); writes != 2 || n > 8 {
				t.Errorf("%d calls with %d writes, want 2 and at most 8:\n%s", n, writes, calls)
			}
			checkWeightZeroFirst(t, calls, 5*time.Second)
			checkForeigners(t, f)
			if n := len(f.Members()); n != len(foreigners) {
				t.Errorf("%d members are left", n)
			}
		})
	}
}

func TestASetDrainsOnce(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			opts := v.opts
			opts.Read, opts.Write = 20*time.Millisecond, 100*time.Millisecond
			f := New(opts, append(members(0, 200, 50), foreigners...)...)
			began := time.Now()
			for i, o := range open(f).RemoveAll(t.Context(), members(0, 200, 0), fiveSeconds) {
				if o.Err != nil {
					t.Errorf("%s: %v", key(i), o.Err)
				}
			}
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("took %v", took)
			}
			if n, want := len(f.Calls().Of(AnyWrite)), 2*200/opts.Batch; n != want {
				t.Errorf("%d writes, want %d", n, want)
			}
			checkWeightZeroFirst(t, f.Calls(), 5*time.Second)
			checkForeigners(t, f)
		})
	}
}

func TestWhatIsAtWeightZeroDrainsAlready(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, tt := range []struct {
			seen, want time.Duration // how long ago, and the wait for the rest
		}{
			{0, 5 * time.Second}, {2 * time.Second, 3 * time.Second}, {4 * time.Second, time.Second}, {5 * time.Second, 0}, {time.Minute, 0},
		} {
			bubble(t, v.name+"/seen "+tt.seen.String()+" ago", func(t *testing.T) {
				f := New(v.opts, append(members(0, 2, 0), foreigners...)...)
				h := open(f)
				if tt.seen > 0 {
					if _, err := h.List(t.Context()); err != nil {
						t.Fatal(err)
					}
					pass(tt.seen)
				}
				took, err := drained(t.Context(), h, 0)
				if took -= 20 * time.Millisecond; err != nil || took != tt.want { // the quiet gap
					t.Errorf("%v after %v, want %v", err, took, tt.want)
				}
				if got := opsOf(f.Calls()); got != "Remove" {
					t.Errorf("calls %s, want the removal alone", got)
				}
			})
		}
	}
}

// Weight 0 is counted from when it was last set, not from when it was first seen.
func TestAMemberThatServedMeanwhileDrainsAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 2, 0)...)
		h := open(f)
		for _, weight := range []int{0, 7, 0} {
			f.Put(member(0, weight))
			if _, err := h.List(t.Context()); err != nil {
				t.Fatal(err)
			}
			pass(4 * time.Second)
		}
		if took, err := drained(t.Context(), h, 0); err != nil || took != time.Second+20*time.Millisecond {
			t.Errorf("%v after %v, want 1 s", err, took)
		}
	})
}

func TestAMemberThatNobodyAsksDrainsAtOnce(t *testing.T) {
	t.Parallel()
	https := func(n int, v membership.Verdict) membership.Check {
		return membership.Check{Key: key(n), Listener: membership.Listener{Port: 443, Protocol: "https"}, Verdict: v}
	}
	http := func(n int, v membership.Verdict) membership.Check {
		return membership.Check{Key: key(n), Listener: membership.Listener{Port: 80, Protocol: "http"}, Verdict: v}
	}
	for _, tt := range []struct {
		name   string
		checks []membership.Check
		waits  bool
	}{
		{"unhealthy everywhere", []membership.Check{https(0, membership.Unhealthy), http(0, membership.Unhealthy)}, false},
		{"healthy on one listener", []membership.Check{https(0, membership.Unhealthy), http(0, membership.Healthy)}, true},
		{"no result yet", []membership.Check{https(0, membership.Unhealthy), http(0, membership.Pending)}, true},
		{"unchecked on one listener", []membership.Check{https(0, membership.Unhealthy), http(0, membership.Unchecked)}, true},
		{"another is unhealthy", []membership.Check{https(1, membership.Unhealthy)}, true},
		{"nothing checks it", nil, true},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			f := New(Options{}, members(0, 2, 50)...)
			f.SetHealth(func([]membership.Member) membership.Health { return membership.Health{Checks: tt.checks} })
			took, err := drained(t.Context(), open(f), 0)
			want := "Health Remove"
			if tt.waits {
				want = "Health Update Remove"
			}
			if got := opsOf(f.Calls()); err != nil || got != want || (took >= 5*time.Second) != tt.waits {
				t.Errorf("calls %s after %v (%v), want %s", got, took, err, want)
			}
		})
	}
}

func TestADrainDoesNotNeedTheHealth(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]Effect{
		"denied": Fail(Denied()), "throttled": Fail(Throttled(0)), "reset": Fail(Reset()), "hangs": Hang(),
	} {
		bubble(t, name, func(t *testing.T) {
			f := New(Options{}, append(members(0, 2, 50), foreigners...)...)
			f.On(Health).Times(0).Do(trouble)
			took, err := drained(t.Context(), open(f), 0)
			if err != nil || took < 5*time.Second || took > 15*time.Second { // throttled, the calls after it are spaced
				t.Errorf("%v after %v, want 5 s and at most 5 s for the look at the health", err, took)
			}
			checkWeightZeroFirst(t, f.Calls(), 5*time.Second)
			checkUsed(t, f)
		})
	}
}

// Without a listing nobody knows which weight to give back, or whether there
// is one to lower: then nothing is removed.
func TestADrainThatCannotReadTheGroupRemovesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 2, 50)...)
		f.On(List).Do(Fail(Denied())) // once
		if _, err := drained(t.Context(), open(f), 0); !membership.Is(err, membership.Denied) {
			t.Errorf("%v, want class Denied", err)
		}
		if n := len(f.Calls().Of(AnyWrite)); n > 0 {
			t.Errorf("%d writes:\n%s", n, f.Calls())
		}
		checkUsed(t, f)
	})
}

// One whose weight cannot be lowered is not removed; the others are.
func TestOneOfManyThatCannotBeDrained(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, append(members(0, 10, 50), foreigners...)...)
			f.Refuse(key(7), Refused("i-007 is locked"))
			for i, o := range open(f).RemoveAll(t.Context(), members(0, 10, 0), fiveSeconds) {
				if membership.Is(o.Err, membership.Refused) != (i == 7) || i != 7 && o.Err != nil {
					t.Errorf("%s: %v", key(i), o.Err)
				}
			}
			if m, _ := f.Member(key(7)); m.Weight != 50 {
				t.Errorf("weight %d", m.Weight)
			}
			if slices.ContainsFunc(f.Calls().Of(Remove), func(c Call) bool { return c.Has(key(7)) }) {
				t.Error("it was removed all the same")
			}
		})
	}
}

func TestWhatVanishesDuringADrainIsOut(t *testing.T) {
	t.Parallel()
	const removal = -1 // as it is removed
	for _, v := range vendors {
		for name, vanish := range map[string]func(f *Fake){
			"the group":  (*Fake).Disappear,
			"the member": func(f *Fake) { f.Take(key(0)) },
		} {
			for _, at := range []time.Duration{0, time.Second, 4900 * time.Millisecond, removal} {
				bubble(t, v.name+"/"+name+"/"+at.String(), func(t *testing.T) {
					f := New(v.opts, append(members(0, 3, 50), foreigners...)...)
					h := open(f)
					switch at {
					case 0: // between the drain's listing and its reweight
						f.On(Update).Do(Before(func() { vanish(f) }))
					case removal:
						f.On(Remove).Do(Before(func() { vanish(f) }))
					default:
						time.AfterFunc(at, func() { vanish(f) })
					}
					began := time.Now()
					for i, o := range h.RemoveAll(t.Context(), members(0, 3, 0), fiveSeconds) {
						if o.Err != nil {
							t.Errorf("%s: %v", key(i), o.Err)
						}
					}
					if took := time.Since(began); took > 20*time.Second {
						t.Errorf("took %v", took)
					}
					for n := range 3 {
						if _, ok := f.Member(key(n)); ok {
							t.Errorf("%s is there", key(n))
						}
					}
				})
			}
		}
	}
}

// Given up, and then it turns out that somebody else took it out.
func TestAMemberThatIsGoneNeedsNoUndoing(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for name, vanish := range map[string]func(f *Fake){"the group": (*Fake).Disappear, "the member": func(f *Fake) { f.Take(key(0)) }} {
			bubble(t, v.name+"/"+name, func(t *testing.T) {
				f := New(v.opts, members(0, 1, 50)...)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(4*time.Second, func() { vanish(f); cancel() })
				if _, err := drained(ctx, open(f), 0); err != nil {
					t.Errorf("the member is out, but: %v", err)
				}
			})
		}
	}
}

func TestADrainOfMembersThatAreNotThere(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, foreigners...)
			if took, err := drained(t.Context(), open(f), 0); err != nil || took > time.Second {
				t.Errorf("%v after %v", err, took)
			}
			f = New(v.opts)
			f.Disappear()
			if took, err := drained(t.Context(), open(f), 0); err != nil || took > 0 {
				t.Errorf("no group: %v after %v", err, took)
			}
		})
	}
}
