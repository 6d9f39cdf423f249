package acceptance_test

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// inEveryBubble runs a test once for each kind of group, in virtual time.
func inEveryBubble(t *testing.T, test func(t *testing.T, w *world)) {
	inBubbles(t, slices.Collect(maps.Keys(worlds)), test)
}

func inBubbles(t *testing.T, kinds []string, test func(t *testing.T, w *world)) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, worlds[kind](t, true)) })
		})
	}
}

// labels are the labels that a set's state has.
func (w *world) labels(c *acctest.Core, o *acctest.Object) []string {
	members, _ := c.Value(o, w.Members).(map[string]any)
	return slices.Sorted(maps.Keys(members))
}

func TestASetComesChangesAndGoes(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		c := w.core(t)
		o := c.New(w.Set)
		apply := func(items map[string]listed, extra map[string]any) int {
			t.Helper()
			c.Run()
			mark := w.server.Log.Mark()
			c.MustRefresh(o)
			c.MustApply(o, w.setAttributes(items, extra))
			return len(w.server.Log.Since(mark).Writes())
		}
		if n := apply(upTo(3), nil); n != 1 {
			t.Errorf("creation took %d writes, want 1", n)
		}
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight})
		if n := apply(upTo(3), nil); n != 0 {
			t.Errorf("an apply of the same made %d writes", n)
		}
		renamed := map[string]listed{"x": {n: 1}, "y": {n: 2}, "m3": {n: 3}}
		if n := apply(renamed, nil); n != 0 {
			t.Errorf("new labels made %d writes", n)
		}
		if got := w.labels(c, o); !slices.Equal(got, []string{"m3", "x", "y"}) {
			t.Errorf("state has the labels %v", got)
		}
		renamed["x"] = weighted(1, 0)
		if n := apply(renamed, nil); n != 1 {
			t.Errorf("one weight took %d writes, want 1", n)
		}
		w.holds(t, map[int]int{1: 0, 2: w.weight, 3: w.weight})
		renamed["x"] = listed{n: 1}
		if n := apply(renamed, nil); n != 1 {
			t.Errorf("the default weight took %d writes, want 1", n)
		}
		w.foreign(7, 9)
		if n := apply(plain(2, 4), nil); n != 2 {
			t.Errorf("a swap took %d writes, want 2", n)
		}
		w.holds(t, map[int]int{2: w.weight, 4: w.weight, 7: 9})
		if n := apply(plain(2, 4), map[string]any{"exclusive": true}); n != 1 {
			t.Errorf("owning the group made %d writes, want the removal of the others", n)
		}
		w.holdsKeys(t, w.key(2), w.key(4))
		c.MustApply(o, nil)
		if got := w.members(); len(got) != 0 {
			t.Errorf("the group still holds %v", got)
		}
	})
}
