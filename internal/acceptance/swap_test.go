package acceptance_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// swap is a swap of weights: the members 1 and 2 are to take over from 3 and 4.
type swap struct {
	*ward
	t *testing.T

	mu   sync.Mutex
	seen []string // faults of the way
}

var takeOver, giveUp = []int{1, 2}, []int{3, 4}

// swap is a group in which nobody but the members that are to give up serves.
func (w *ward) swap(t *testing.T) *swap {
	w.alone()
	return &swap{ward: w, t: t}
}

// weight is a member's before and after.
func (s *swap) weight(n int, after bool) int {
	if slices.Contains(takeOver, n) == after {
		return s.world.weight
	}
	return 0
}

func (s *swap) items(after bool) map[string]listed {
	items := plain(1, 2, 3, 4)
	for label, l := range items {
		items[label] = weighted(l.n, s.weight(l.n, after))
	}
	return items
}

// look is the group after a write: somebody serves, and nobody was lowered
// before all were raised.
func (s *swap) look(held map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	serves, raised, lowered := 0, 0, 0
	for _, n := range []int{1, 2, 3, 4} {
		w, in := held[s.key(n)]
		serves += w
		if in && slices.Contains(takeOver, n) && w > 0 {
			raised++
		}
		if in && slices.Contains(giveUp, n) && w == 0 {
			lowered++
		}
	}
	if serves == 0 {
		s.seen = append(s.seen, "nobody serves")
	}
	if lowered > 0 && raised < len(takeOver) {
		s.seen = append(s.seen, "a member is lowered before all are raised")
	}
}

func (s *swap) fine() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) > 0 {
		s.t.Errorf("on the way: %v\n%s", slices.Compact(s.seen), s.server.Log.All().Writes())
	}
}

// is checks the weights of the four.
func (s *swap) is(want map[int]int) {
	s.t.Helper()
	got := s.members()
	for n, weight := range want {
		if got[s.key(n)] != weight {
			s.t.Errorf("member %d has weight %d, want %d: %v", n, got[s.key(n)], weight, got)
		}
	}
}

func (s *swap) weights(after bool) map[int]int {
	all := map[int]int{}
	for n := 1; n <= 4; n++ {
		all[n] = s.weight(n, after)
	}
	return all
}

// The set raises before it lowers.
func TestASetThatSwapsWeightsServesAtEveryMoment(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.swap(t)
		set := w.made(t, s.items(false), nil)
		w.watched(s.look)
		w.order(t, set.apply(s.items(true), nil), "update")
		s.fine()
		s.is(s.weights(true))
	})
}

// Where a raise is refused or interrupted nothing is lowered, and the error says
// of each member what became of it.
func TestASetThatCannotRaiseLowersNothing(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.swap(t)
		set := w.made(t, s.items(false), nil)
		w.refuse(2, w.ops.update)
		_, err := set.try(s.items(true), nil)
		says(t, err, w.key(2), "not valid", w.key(3), w.key(4), "ot started", "1 of 2 were")
		if err != nil && strings.Contains(err.Error(), w.key(1)) {
			t.Errorf("the error names a member that was changed: %v", err)
		}
		before := s.weights(false)
		before[1] = s.weight(1, true)
		s.is(before)
		for label, want := range map[string]int{"m1": before[1], "m2": 0, "m3": before[3]} {
			if got := set.value(label, "weight"); got != want {
				t.Errorf("state has weight %v of %s, want %d", got, label, want)
			}
		}
		w.server.Faults.Reset()
	})
	t.Run("interrupted", func(t *testing.T) {
		inEveryWard(t, func(t *testing.T, w *ward) {
			s := w.swap(t)
			set := w.made(t, s.items(false), nil)
			if _, err := set.plan(s.items(true), nil); err != nil {
				t.Fatal(err)
			}
			w.befalls(w.ops.update, fakecloud.Hang())
			set.c.Run()
			ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
			defer stop()
			err := set.c.Apply(ctx, set.o, w.setAttributes(s.items(true), nil))
			says(t, err, w.key(1), w.key(2), w.key(3), w.key(4), "ot started", "0 of 2 were")
			s.is(s.weights(false))
			set.has("m1", "m2", "m3", "m4")
			w.mended()
			w.watched(s.look)
			set.apply(s.items(true), nil)
			s.fine()
			s.is(s.weights(true))
		})
	})
}

// singles are members of their own that have been applied.
func (s *swap) singles() (c *acctest.Core, all map[int]*acctest.Object) {
	s.t.Helper()
	c, all = s.core(s.t), map[int]*acctest.Object{}
	for n := 1; n <= 4; n++ {
		all[n] = c.New(s.kind)
		c.MustApply(all[n], s.single(n, false))
	}
	return c, all
}

func (s *swap) single(n int, after bool) map[string]any {
	a := maps.Clone(s.attributes(n))
	a["weight"] = s.weight(n, after)
	return a
}

// run applies the swap to singles in one run; those that give up come first.
func (s *swap) run(ctx context.Context, c *acctest.Core, all map[int]*acctest.Object) map[int]error {
	s.t.Helper()
	c.Run()
	plans := map[int]acctest.Plan{}
	for n, o := range all {
		var err error
		if err = c.Refresh(s.t.Context(), o); err != nil {
			s.t.Fatal(err)
		}
		if plans[n], err = c.Plan(s.t.Context(), o, s.single(n, true)); err != nil {
			s.t.Fatal(err)
		}
	}
	c.Run()
	var wg sync.WaitGroup
	var mu sync.Mutex
	errs := map[int]error{}
	for i, n := range []int{3, 4, 1, 2} {
		wg.Go(func() {
			<-time.After(time.Duration(i) * 5 * time.Millisecond)
			err := c.Follow(ctx, all[n], plans[n], s.single(n, true))
			mu.Lock()
			defer mu.Unlock()
			errs[n] = err
		})
	}
	wg.Wait()
	return errs
}

// Members of their own that change in one run are raised before others are
// lowered, whoever comes first.
func TestSinglesThatSwapWeightsServeAtEveryMoment(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.swap(t)
		c, all := s.singles()
		w.watched(s.look)
		for n, err := range s.run(t.Context(), c, all) {
			if err != nil {
				t.Errorf("member %d: %v", n, err)
			}
		}
		s.fine()
		s.is(s.weights(true))
	})
}

// An interrupt while they are raised lowers none.
func TestAnInterruptWhileSinglesAreRaisedLowersNone(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.swap(t)
		c, all := s.singles()
		w.befalls(w.ops.update, fakecloud.Hang())
		ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
		defer stop()
		for n, err := range s.run(ctx, c, all) {
			says(t, err, w.key(n), "Unable to change")
			if got := c.Value(all[n], "weight"); got != s.weight(n, false) {
				t.Errorf("state has weight %v of member %d", got, n)
			}
		}
		s.is(s.weights(false))
	})
}

// A set and singles of one group, in one run.
func TestASetAndSinglesThatSwapWeights(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.swap(t)
		set := w.made(t, map[string]listed{"m3": weighted(3, w.weight), "m4": weighted(4, w.weight)}, nil)
		c := set.c
		ones := map[int]*acctest.Object{1: c.New(w.kind), 2: c.New(w.kind)}
		for n, o := range ones {
			c.MustApply(o, s.single(n, false))
		}
		w.watched(s.look)
		c.Run()
		var wg sync.WaitGroup
		wg.Go(func() {
			down := map[string]listed{"m3": weighted(3, 0), "m4": weighted(4, 0)}
			if err := c.Apply(t.Context(), set.o, w.setAttributes(down, nil)); err != nil {
				t.Error(err)
			}
		})
		for n, o := range ones {
			wg.Go(func() {
				<-time.After(10 * time.Millisecond)
				if err := c.Apply(t.Context(), o, s.single(n, true)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		s.fine()
		s.is(s.weights(true))
	})
}
