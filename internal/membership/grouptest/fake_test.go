package grouptest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

func sample(n int) membership.Member {
	return membership.Member{Key: membership.Key{Server: fmt.Sprintf("i-%03d", n), Port: 80}, Name: fmt.Sprintf("name-%d", n)}
}

// The fake is itself a group, whatever its rules.
func TestTheFakeConforms(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]Options{
		"SLB-like": {LearnLock: true, Read: 20 * time.Millisecond, Write: 200 * time.Millisecond},
		"ELB-like": {Batch: 200, Duplicates: true, Absent: true, IDs: true},
		"per item": {Batch: 3, Duplicates: true, Absent: true, IDs: true, PerItem: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Run(t, func(*testing.T) Subject {
				other := sample(100)
				other.Weight = 42
				f := New(opts, other)
				s := Subject{
					Group: f, True: f.Members, Disappear: f.Disappear,
					Stall: func() { f.On(Any).Times(0).Do(Hang()) },
				}
				for n := range 6 {
					s.Samples = append(s.Samples, sample(n))
				}
				return s
			})
		})
	}
}

func TestOverlappingWritesAreBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lock := NewLock("lb")
		a, b := New(Options{Lock: lock, Write: time.Second}), New(Options{Lock: lock, Write: time.Second})
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := a.Add(t.Context(), []membership.Member{sample(1)}); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		if err := b.Add(t.Context(), []membership.Member{sample(1)}); !membership.Is(err, membership.Busy) {
			t.Errorf("%v, want class Busy", err)
		}
		wg.Wait()
		if lock.MaxInFlight() != 2 || lock.BusyAnswers() != 1 || len(b.Members()) != 0 {
			t.Errorf("%d in flight, %d busy, %d members", lock.MaxInFlight(), lock.BusyAnswers(), len(b.Members()))
		}
	})
}

func TestListingsLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Lag: 5 * time.Second, StaleReads: 0})
		count := func() int {
			ms, err := f.List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return len(ms)
		}
		_ = f.Add(t.Context(), []membership.Member{sample(1)})
		pass(2 * time.Second)
		_ = f.Add(t.Context(), []membership.Member{sample(2)})
		for _, step := range []struct {
			wait time.Duration
			want int
		}{{2900 * time.Millisecond, 0}, {200 * time.Millisecond, 1}, {1800 * time.Millisecond, 1}, {200 * time.Millisecond, 2}} {
			pass(step.wait)
			if n := count(); n != step.want {
				t.Errorf("%d members listed, want %d", n, step.want)
			}
		}
	})
}

func TestStaleReadsShowTheStateBeforeTheLastWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{StaleReads: 2}, sample(1))
		_ = f.Remove(t.Context(), []membership.Member{sample(1)})
		for i, want := range []int{1, 1, 0, 0} {
			if ms, _ := f.List(t.Context()); len(ms) != want {
				t.Errorf("reading %d shows %d members, want %d", i+1, len(ms), want)
			}
		}
	})
}

// What each effect leaves behind, and what it answers.
func TestEffects(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		effect Effect
		class  membership.Class
		ok     bool
		added  int
	}{
		"fail":       {Fail(Reset()), membership.Unknown, false, 0},
		"fail after": {FailAfter(Reset()), membership.Unknown, false, 2},
		"hang":       {Hang(), membership.Unknown, false, 0},
		"hang after": {HangAfter(), membership.Unknown, false, 2},
		"ignore":     {Ignore(), 0, true, 0},
		"partly":     {Partly(1, Reset()), membership.Unknown, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := New(Options{})
				f.On(Add).Nth(2).Do(row.effect)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if err := f.Add(ctx, []membership.Member{sample(9)}); err != nil {
					t.Fatal(err)
				}
				if n := len(f.Unused()); n != 1 {
					t.Errorf("%d unused rules before the second call", n)
				}
				err := f.Add(ctx, []membership.Member{sample(1), sample(2)})
				if row.ok != (err == nil) || err != nil && !membership.Is(err, row.class) {
					t.Errorf("answer %v", err)
				}
				if n := len(f.Members()) - 1; n != row.added {
					t.Errorf("%d members added, want %d", n, row.added)
				}
				if n := len(f.Unused()); n != 0 {
					t.Errorf("%d unused rules after it", n)
				}
			})
		})
	}
}

func TestARefusedBatchLeavesNoTrace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, perItem := range []bool{false, true} {
			f := New(Options{PerItem: perItem})
			f.Refuse(sample(2).Key, Refused("no"))
			err := f.Add(t.Context(), []membership.Member{sample(1), sample(2), sample(3)})
			want := 0
			if perItem {
				want = 2
			}
			if !membership.Is(err, membership.Refused) || len(f.Members()) != want {
				t.Errorf("per item %t: %v, %d members", perItem, err, len(f.Members()))
			}
		}
	})
}

// pass lets time go by, in the bubble's own clock.
func pass(d time.Duration) { <-time.After(d) }
