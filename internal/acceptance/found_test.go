package acceptance_test

import (
	"slices"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// A member that a single gives up because it becomes another one, and that
// another resource takes, changes hands: refused at plan, whichever is planned
// first.
func TestWhatAReplacedSingleGivesUpChangesHands(t *testing.T) {
	t.Parallel()
	for _, giverFirst := range []bool{true, false} {
		t.Run(map[bool]string{true: "giver first", false: "taker first"}[giverFirst], func(t *testing.T) {
			t.Parallel()
			inEveryBubble(t, func(t *testing.T, w *world) {
				c := w.core(t)
				giver, taker := c.New(w.kind), c.New(w.Set)
				c.MustApply(giver, w.attributes(1))
				adopt := map[string]any{"adopt_existing": true}
				gives := func() error { _, err := c.PlanReplacement(t.Context(), giver, w.attributes(2)); return err }
				takes := func() error { _, err := c.Plan(t.Context(), taker, w.setAttributes(upTo(1), adopt)); return err }
				c.Run()
				c.MustRefresh(giver)
				steps := []func() error{gives, takes}
				if !giverFirst {
					slices.Reverse(steps)
				}
				if err := steps[0](); err != nil {
					t.Error(err)
				}
				says(t, steps[1](), "Member changes hands", w.key(1))
			})
		})
	}
}

// The destroying half of a tainted set's replacement leaves in what its failed
// creation had taken over. Terraform plans the replacement of a tainted object
// from nothing, without its private state, and gives the destruction what that
// plan has kept.
func TestATaintedSetLeavesInWhatItTookOver(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.foreign(1, w.weight)
		w.refuse(2, w.ops.add)
		s := w.newSet(t)
		adopt := map[string]any{"adopt_existing": true}
		_, err := s.try(upTo(3), adopt)
		says(t, err, w.key(2))
		s.warned("stay in either way")
		w.holds(t, map[int]int{1: w.weight, 3: w.weight})
		w.server.Faults.Reset()
		s.c.Run()
		s.c.MustRefresh(s.o)
		s.c.MustDestroyReplaced(s.o, w.setAttributes(map[string]listed{"m2": {n: 2}}, adopt))
		w.holds(t, map[int]int{1: w.weight}) // its own, which is listed no more, is out
	})
}

// Somebody takes the member out before a replacement under create_before_destroy
// is applied, so that the new half adds it; what depends on it fails, and the
// old half is left over. The next runs get rid of the leftover, and the member
// stays in.
func TestTheLeftoverOfAReplacementThatAddedItsMemberAnew(t *testing.T) {
	t.Parallel()
	inEveryForm(t, func(t *testing.T, r *one) {
		config := r.config(nil, map[string]any{"adopt_existing": true})
		r.apply(t, config)
		r.c.Run()
		plan, err := r.c.PlanReplacement(t.Context(), r.o, config)
		if err != nil {
			t.Fatal(err)
		}
		r.outside(1)
		r.c.Run()
		current := r.c.New(r.o.Type)
		r.c.MustFollow(current, plan, config)
		for _, leftoverFirst := range []bool{true, false} {
			r.c.Run()
			old, now := new(*r.o), new(*current)
			leave := func() error {
				if err := r.c.Refresh(t.Context(), old); err != nil || old.State.IsNull() {
					return err
				}
				_, err := r.c.PlanDestroy(t.Context(), old)
				return err
			}
			stay := func() error {
				if err := r.c.Refresh(t.Context(), now); err != nil {
					return err
				}
				_, err := r.c.Plan(t.Context(), now, config)
				return err
			}
			steps := []func() error{stay, leave}
			if leftoverFirst {
				slices.Reverse(steps)
			}
			for _, step := range steps {
				if err := step(); err != nil {
					t.Errorf("the plan, leftover first %v: %v", leftoverFirst, err)
				}
			}
		}
	})
}

// An error names the member, who is in it or not.
func TestTheErrorAboutAMissingMemberNamesIt(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		w.sick(w.key(1))
		single := w.core(t)
		o := single.New(w.kind)
		config := w.attributes(1)
		config["wait_for_healthy"] = true
		w.soon(func() { w.outside(1) })
		says(t, single.Apply(t.Context(), o, config), w.key(1))
	})
}

// Where the old and the new half of a replacement have both taken their member
// over, and the old one is left over, a refresh of both drops at most the
// leftover from state, whichever is read first.
func TestARefreshDoesNotTakeTheCurrentObjectForTheLeftover(t *testing.T) {
	t.Parallel()
	inEveryForm(t, func(t *testing.T, r *one) {
		r.foreign(1, r.weight)
		config := r.config(nil, map[string]any{"adopt_existing": true})
		r.apply(t, config)
		current := r.c.New(r.o.Type)
		r.c.Run()
		r.c.MustApply(current, config)
		r.c.Run()
		for _, o := range []*acctest.Object{r.o, current} {
			r.c.MustRefresh(o)
		}
		if current.State.IsNull() {
			t.Error("the current object is dropped from state")
		}
	})
}
