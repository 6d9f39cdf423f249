package membership_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// manyGroups are groups, three under each lock, with members 0 and 1 among those of
// others; the selection is of these two.
func manyGroups(n int, opts Options) (fakes []*Fake, all []membership.Selection) {
	engine := membership.New(membership.Options{})
	for i := range n {
		o := opts
		o.Name = fmt.Sprint("group ", i)
		if i%3 > 0 {
			o.Lock = fakes[i-1].LockState()
		}
		f := New(o, append(members(0, 2, 50), foreigners...)...)
		fakes = append(fakes, f)
		h := engine.Open(o.Name, func() membership.Group { return f })
		all = append(all, membership.Selection{Group: h, Members: members(0, 2, 0)})
	}
	return fakes, all
}

func TestDrainsOfManyGroupsAreOneWait(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			opts := v.opts
			opts.Read, opts.Write = 20*time.Millisecond, 200*time.Millisecond
			fakes, all := manyGroups(30, opts)
			// That a resource instance has put them in does not keep them from being drained.
			all[0].Group.AddAll(membership.As(t.Context(), "instance"), all[0].Members, true)
			all[0].Group.UpdateAll(t.Context(), []membership.Change{{Member: member(0, 0), Weight: new(50)}})
			before := len(fakes[0].Calls())
			began, lowered := time.Now(), 0
			outcomes := membership.DrainAll(t.Context(), all, time.Minute, func(until time.Time, _ [][]membership.Outcome) {
				lowered++
				if now := time.Since(began); time.Until(until) != time.Minute || now > 2*time.Second {
					t.Errorf("lowered after %v, until %v", now, until.Sub(began))
				}
			})
			if took := time.Since(began); took < time.Minute || took > 62*time.Second || lowered != 1 {
				t.Errorf("took %v, and lowered was called %d times", took, lowered)
			}
			for i, f := range fakes {
				for n, o := range outcomes[i] {
					if m, _ := f.Member(key(n)); o.Err != nil || o.Member.Weight != 0 || m.Weight != 0 {
						t.Errorf("%s in %s: weight %d, told %+v", key(n), f.Name(), m.Weight, o)
					}
				}
				if calls := f.Calls(); i == 0 && len(calls)-before > 4 || i > 0 && len(calls) > 4 || len(calls.Of(Health)) > 0 {
					t.Errorf("%s got %d calls:\n%s", f.Name(), len(calls), calls)
				}
				checkForeigners(t, f)
			}
		})
	}
}

// Whenever it is interrupted, each group is as it was, and everybody is told so.
func TestAnInterruptedDrainOfManyGroupsIsUndone(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, after := range []time.Duration{time.Nanosecond, 150 * time.Millisecond, 400 * time.Millisecond, time.Second, 5900 * time.Millisecond} {
			bubble(t, v.name+"/"+after.String(), func(t *testing.T) {
				opts := v.opts
				opts.Read, opts.Write = 50*time.Millisecond, 200*time.Millisecond
				fakes, all := manyGroups(6, opts)
				before := fakes[5].Members()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(after, cancel)
				outcomes := membership.DrainAll(ctx, all, fiveSeconds.Drain+500*time.Millisecond, nil)
				for i, f := range fakes {
					for n, o := range outcomes[i] {
						if !membership.Is(o.Err, membership.NotSent) {
							t.Errorf("%s in %s: %v", key(n), f.Name(), o.Err)
						}
					}
					if now := f.Members(); !slices.Equal(now, before) {
						t.Errorf("%s is now %+v", f.Name(), now)
					}
				}
			})
		}
	}
}

// However many groups wait for one lock, all get their weights back.
func TestAnInterruptedDrainOfManyGroupsUnderOneLockIsUndone(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		lock := NewLock("one")
		fakes, all := manyGroups(60, Options{Lock: lock, Write: 600 * time.Millisecond})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		membership.DrainAll(ctx, all, time.Minute, func(time.Time, [][]membership.Outcome) { time.AfterFunc(10*time.Second, cancel) })
		for _, f := range fakes {
			if m, _ := f.Member(key(0)); m.Weight != 50 {
				t.Errorf("%s: weight %d", f.Name(), m.Weight)
			}
		}
		if n := lock.MaxInFlight(); n != 1 {
			t.Errorf("%d writes at once on one lock", n)
		}
	})
}

// A group that cannot be read or is gone keeps none of the others from being drained.
func TestADrainOfManyGroupsOfWhichSomeFail(t *testing.T) {
	t.Parallel()
	bubble(t, "", func(t *testing.T) {
		fakes, all := manyGroups(4, Options{})
		fakes[0].Disappear()
		fakes[1].On(List).Do(Fail(Denied()))
		fakes[2].On(Update).Do(Fail(Denied()))
		began := time.Now()
		outcomes := membership.DrainAll(t.Context(), all, 5*time.Second, nil)
		for i, want := range []membership.Meaning{membership.NotFound, membership.Denied, membership.Denied, nil} {
			for _, o := range outcomes[i] {
				if got := o.Err; want == nil && got != nil || want != nil && !membership.Is(got, want) {
					t.Errorf("%s: %v, want %v", fakes[i].Name(), got, want)
				}
			}
		}
		if took := time.Since(began); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("took %v", took)
		}
		for _, f := range fakes {
			checkUsed(t, f)
		}
	})
}
