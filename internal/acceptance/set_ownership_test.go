package acceptance_test

import (
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// owner are the attributes of a set that owns its group.
func owner() map[string]any { return map[string]any{"exclusive": true} }

// warned checks that the warnings since it was last asked have some texts.
func (s *aSet) warned(texts ...string) {
	s.t.Helper()
	all := strings.Join(s.c.Warnings(), "\n")
	for _, text := range texts {
		if !strings.Contains(all, text) {
			s.t.Errorf("no warning says %q: %s", text, all)
		}
	}
}

// imported is a set of the world's that has just come in by an import.
func (w *world) imported(t *testing.T) *aSet {
	t.Helper()
	s := w.newSet(t)
	o := s.c.MustImport(w.Set, w.group, nil)
	s.o = o
	return s
}

// An import of a shared group brings in the members of others too. Where the
// resource does not own the group, they leave state and stay in.
func TestAnImportOfASharedGroupRemovesNobody(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		for n := range 32 {
			w.foreign(n+1, w.weight)
		}
		s := w.imported(t)
		mine := plain(3, 4)
		if _, err := s.plan(mine, nil); err != nil {
			t.Fatal(err)
		}
		s.warned("Members stay in the group", w.key(1), w.key(32), "relabelled")
		s.writes(s.apply(mine, nil), 0)
		s.has("m3", "m4")
		if n := len(w.members()); n != 33 {
			t.Errorf("the group holds %d members, want all 33", n)
		}
		s.settled(mine, nil)
		// From now on the two are its own, and no others are.
		w.order(t, s.apply(plain(3), nil), "remove")
		s.destroy()
		members := w.members()
		for n := range 32 {
			if _, in := members[w.key(n+1)]; in != (n+1 != 3 && n+1 != 4) {
				t.Errorf("member %d is in: %v", n+1, in)
			}
		}
	})
}

// With exclusive the same import plans the removal of who is not listed.
func TestAnImportByAnOwnerPlansRemovals(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.foreign(1, w.weight)
		w.foreign(2, w.weight)
		s := w.imported(t)
		w.order(t, s.apply(plain(1), owner()), "remove")
		w.holdsKeys(t, w.key(1))
		if _, in := w.members()[w.key(0)]; in {
			t.Error("the member of the seed is still in")
		}
		s.destroy()
		if got := w.members(); len(got) != 0 {
			t.Errorf("the group still holds %v", got)
		}
	})
}

// What came in by an import and was never listed goes with a destroy, which
// shows it.
func TestADestroyAfterAnImportTakesAll(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.foreign(1, w.weight)
		s := w.imported(t)
		s.destroy()
		if got := w.members(); len(got) != 0 {
			t.Errorf("the group still holds %v", got)
		}
	})
}

// Coming to own a group, at the creation or later, removes in the same apply
// exactly who the plan has named.
func TestComingToOwnAGroup(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func(*aSet){
		"created": func(*aSet) {},
		"changed": func(s *aSet) { s.apply(upTo(2), nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inEveryBubble(t, func(t *testing.T, w *world) {
				s := w.newSet(t)
				first(s)
				w.foreign(7, 9)
				plan, err := s.plan(upTo(2), owner())
				if err != nil {
					t.Fatal(err)
				}
				s.warned(w.key(7), w.key(0), "Exactly these")
				s.c.Run()
				s.c.MustFollow(s.o, plan, w.setAttributes(upTo(2), owner()))
				w.holdsKeys(t, w.key(1), w.key(2))
				s.settled(upTo(2), owner())
			})
		})
	}
}

// Who arrives after the plan is not in it: Terraform refuses the apply, and
// nothing is changed.
func TestWhoArrivesAfterThePlanStays(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.newSet(t)
		plan, err := s.plan(upTo(2), owner())
		if err != nil {
			t.Fatal(err)
		}
		w.foreign(7, 9)
		s.c.Run()
		mark := w.server.Log.Mark()
		says(t, s.c.Follow(t.Context(), s.o, plan, w.setAttributes(upTo(2), owner())), "inconsistent final plan", "displaced")
		s.writes(w.server.Log.Since(mark), 0)
		w.holds(t, map[int]int{7: 9})
		// One that arrives at an owner's later waits for a plan of its own too.
		s.apply(upTo(2), owner())
		plan, err = s.plan(upTo(3), owner())
		if err != nil {
			t.Fatal(err)
		}
		w.foreign(8, 9)
		s.c.Run()
		s.c.MustFollow(s.o, plan, w.setAttributes(upTo(3), owner()))
		w.holdsKeys(t, w.key(1), w.key(2), w.key(3), w.key(8))
		if p, err := s.plan(upTo(3), owner()); err != nil || p.Empty {
			t.Errorf("the plan after it: empty %v, error %v", p.Empty, err)
		}
	})
}

// Giving a group up lets those of others be, whom refreshes had brought in.
func TestGivingAGroupUp(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.newSet(t)
		s.apply(upTo(3), owner())
		w.foreign(7, 9)
		if _, err := s.plan(upTo(3), owner()); err != nil {
			t.Fatal(err)
		}
		s.has("m1", "m2", "m3", w.key(7))
		calls := s.apply(upTo(2), nil)
		s.warned("Members stay in the group", w.key(7))
		w.order(t, calls, "remove")
		s.has("m1", "m2")
		w.holdsKeys(t, w.key(1), w.key(2), w.key(7))
		s.settled(upTo(2), nil)
		s.destroy()
		w.holdsKeys(t, w.key(7))
	})
}

// A destroy takes what the configuration listed, though a refresh has brought
// another's in.
func TestAnOwnersDestroyLeavesOthersIn(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.newSet(t)
		s.apply(upTo(2), owner())
		w.foreign(7, 9)
		s.destroy()
		s.warned("Members stay in the group", w.key(7))
		w.holdsKeys(t, w.key(7))
		if !s.o.State.IsNull() {
			t.Errorf("state still holds %s", s.o.State)
		}
	})
}

// Where not all members are known at plan, the warning names whom the apply may
// remove.
func TestAnOwnersPlanThatIsNotKnown(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.newSet(t)
		s.apply(upTo(2), owner())
		w.foreign(7, 9)
		config := w.setAttributes(upTo(2), owner())
		config[w.Members] = acctest.Unknown
		s.c.Run()
		s.c.MustRefresh(s.o)
		s.c.Warnings()
		plan := s.c.MustPlan(s.o, config)
		s.warned("may be removed", w.key(7))
		s.c.Run()
		s.c.MustFollow(s.o, plan, w.setAttributes(upTo(2), owner()))
		w.holdsKeys(t, w.key(1), w.key(2))
	})
}

// A failed creation that has taken members over does not take them out again
// when the next apply replaces it.
func TestAFailedAdoptionLeavesTheMembersIn(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.foreign(1, w.weight)
		w.foreign(2, w.weight)
		w.refuse(3, w.ops.add)
		s := w.newSet(t)
		adopt := map[string]any{"adopt_existing": true}
		_, err := s.try(upTo(3), adopt)
		says(t, err, w.key(3))
		if !s.o.Tainted {
			t.Fatal("the creation is not tainted")
		}
		s.warned("stay in either way")
		calls, err := s.try(upTo(3), adopt)
		says(t, err, w.key(3))
		w.order(t, calls, "add")
		w.holdsKeys(t, w.key(1), w.key(2))
		w.server.Faults.Reset()
		s.apply(upTo(3), adopt)
		w.holdsKeys(t, w.key(1), w.key(2), w.key(3))
		s.destroy()
		w.holdsKeys(t)
	})
}

// A creation that meets members that are there writes nothing and leaves
// nothing behind, and says all of it at once.
func TestACreationLooksBeforeItWrites(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		for n := range 20 {
			w.foreign(n+1, 9)
		}
		s := w.newSet(t)
		calls, err := s.try(upTo(45), nil)
		says(t, err, "already in", w.key(1), w.key(20), "adopt_existing = true")
		if n := strings.Count(err.Error(), "Unable to"); n != 1 {
			t.Errorf("%d errors, want one: %v", n, err)
		}
		s.writes(calls, 0)
		if !s.o.State.IsNull() {
			t.Errorf("state holds %s", s.o.State)
		}
	})
}

// A plan that changes labels or the keys under them says with counts what is
// behind it.
func TestAPlanCountsWhatIsBehindLabels(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.made(t, upTo(6), nil)
		s.c.Warnings()
		next := map[string]listed{"m1": {n: 1}, "b": {n: 2}, "c": {n: 3}, "m4": {n: 14}, "m5": weighted(5, 0)}
		calls := s.apply(next, nil)
		s.warned("2 removed, 1 added, 1 changed, 2 relabelled. A new label changes nothing in the cloud.")
		w.order(t, calls, "add", "update", "remove")
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight, 14: w.weight, 5: 0})
		// A plan that Terraform shows as it is says nothing more.
		s.c.Warnings()
		next["m9"] = listed{n: 9}
		delete(next, "m1")
		s.apply(next, nil)
		if all := s.c.Warnings(); len(all) > 0 {
			t.Errorf("warnings: %v", all)
		}
	})
}

// A tainted set, whose destruction Terraform plans without its private state,
// leaves in whom a refresh has brought in.
func TestATaintedOwnerLeavesOthersIn(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.newSet(t)
		s.apply(upTo(2), owner())
		w.foreign(7, 9)
		if _, err := s.plan(upTo(2), owner()); err != nil {
			t.Fatal(err)
		}
		s.o.Tainted = true
		mark := w.server.Log.Mark()
		s.c.Run()
		if err := s.c.DestroyTainted(t.Context(), s.o, w.setAttributes(upTo(2), owner())); err != nil {
			t.Fatal(err)
		}
		w.holdsKeys(t, w.key(7))
		if calls := w.server.Log.Since(mark); len(calls.Writes()) == 0 {
			t.Errorf("nothing was removed:\n%s", calls)
		}
	})
}

// An imported set that is replaced takes out only what the configuration lists.
func TestAnImportThatIsReplacedRemovesNobodyElse(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.foreign(1, w.weight)
		w.foreign(2, w.weight)
		s := w.imported(t)
		s.c.Run()
		s.c.MustDestroyReplaced(s.o, w.setAttributes(plain(1), nil))
		s.warned("stay in", w.key(2))

		w.holdsKeys(t, w.key(2))
	})
}

// An update that was to own the group and failed does not own it: the next plan
// names whom it removes again.
func TestComingToOwnAGroupFailsFirst(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.newSet(t)
		s.apply(upTo(1), nil)
		w.foreign(7, 9)
		w.refuse(2, w.ops.add)
		_, err := s.try(upTo(2), owner())
		says(t, err, w.key(2))
		w.holdsKeys(t, w.key(1), w.key(7))
		s.c.Warnings()
		w.server.Faults.Reset()
		s.apply(upTo(2), owner())
		s.warned("Members of others will be removed", w.key(7))
		w.holdsKeys(t, w.key(1), w.key(2))
	})
}
