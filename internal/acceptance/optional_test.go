package acceptance_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// blank are the optional texts of a member of a world, all of them "".
func (w *world) blank() map[string]any {
	all := map[string]any{}
	for _, name := range w.Blank {
		all[name] = ""
	}
	return all
}

// blankResource are the optional texts of every resource.
func blankResource() map[string]any {
	return map[string]any{
		"region": "", "drain_duration": "",
		"timeouts": map[string]any{"create": "", "read": "", "update": "", "delete": ""},
	}
}

// An optional text that is "" counts as left out: neither is a difference to
// the other, whichever came first.
func TestAnEmptyTextIsNone(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		c := w.core(t)
		left, empty := w.attributes(1), w.attributes(1)
		maps.Copy(empty, w.blank())
		maps.Copy(empty, blankResource())
		delete(empty, "timeouts") // a block of its own, which an empty one is not
		for name, order := range map[string][]map[string]any{"left out first": {left, empty, left}, "empty first": {empty, left, empty}} {
			o := c.New(w.kind)
			for i, config := range order {
				c.Run()
				c.MustRefresh(o)
				p, err := c.Plan(t.Context(), o, config)
				if err != nil {
					t.Fatalf("%s, configuration %d: %v", name, i, err)
				}
				if i > 0 && !p.Empty {
					t.Errorf("%s: the plan of configuration %d is not empty", name, i)
				}
				c.Run()
				if err := c.Apply(t.Context(), o, config); err != nil {
					t.Fatalf("%s, configuration %d: %v", name, i, err)
				}
			}
			w.holds(t, map[int]int{1: w.weight})
			c.MustApply(o, nil)
		}
		w.foreign(1, w.weight)
		for _, config := range []map[string]any{left, empty} {
			c.Run()
			o := c.MustImport(w.kind, w.importID(1), nil)
			c.Settled(o, config)
		}
	})
}

// The same holds for the members of a set.
func TestAnEmptyTextOfASetIsNone(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		left := plain(1)
		empty := map[string]listed{"m1": {1, w.blank()}}
		more := blankResource()
		delete(more, "timeouts")
		for name, order := range map[string][]map[string]listed{"left out first": {left, empty, left}, "empty first": {empty, left, empty}} {
			s := w.newSet(t)
			for i, items := range order {
				extra := map[string]any{}
				if items["m1"].extra != nil {
					extra = more
				}
				p, err := s.plan(items, extra)
				if err != nil || i > 0 && !p.Empty {
					t.Errorf("%s: the plan of configuration %d: empty %v, error %v", name, i, p.Empty, err)
				}
				s.apply(items, extra)
			}
			s.destroy()
		}
	})
}

// A null member counts as left out, at every moment of a set's life.
func TestANullMemberIsLeftOut(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		with := func(null ...string) map[string]any {
			items := map[string]any{}
			for _, label := range null {
				items[label] = nil
			}
			return items
		}
		config := func(items map[string]listed, null ...string) map[string]any {
			a := w.setAttributes(items, nil)
			maps.Copy(a[w.Members].(map[string]any), with(null...))
			return a
		}
		s := w.newSet(t)
		apply := func(want map[int]int, config map[string]any) {
			t.Helper()
			s.c.Run()
			s.c.MustRefresh(s.o)
			s.c.MustApply(s.o, config)
			w.holds(t, want)
			s.c.Run()
			s.c.MustRefresh(s.o)
			s.c.Settled(s.o, config)
		}
		apply(map[int]int{1: w.weight}, config(plain(1), "b"))
		apply(map[int]int{1: w.weight, 2: w.weight}, config(map[string]listed{"m1": {n: 1}, "b": {n: 2}}, "c"))
		apply(map[int]int{2: w.weight}, config(map[string]listed{"b": {n: 2}}, "m1", "c"))
		apply(map[int]int{}, config(nil, "m1", "b"))
		// A null beside a member that is not known yet is no member either.
		unknown := config(plain(1), "b")
		unknown[w.Members].(map[string]any)["u"] = acctest.Unknown
		if _, err := s.c.Plan(t.Context(), s.o, unknown); err != nil {
			t.Error(err)
		}
		s.destroy()
	})
}

// Where region = "" stands for the provider's, a provider that moves does not
// lose the member in silence.
func TestAProviderThatMovesAwayFromAnEmptyRegion(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		c := w.core(t)
		o := c.New(w.kind)
		config := w.attributes(1)
		config["region"] = ""
		c.MustApply(o, config)
		home := c.Identity(o)["region"]
		settings := maps.Clone(w.settings)
		block := maps.Clone(settings[w.Cloud].(map[string]any))
		block["region"] = "elsewhere-1"
		settings[w.Cloud] = block
		moved := acctest.NewCore(t, w.serve, settings)
		moved.MustRefresh(o)
		if o.State.IsNull() {
			t.Fatal("the member was dropped from state")
		}
		_, err := moved.Plan(t.Context(), o, config)
		says(t, err, "The provider's region has changed", home.(string))
		config["region"] = home
		moved.Settled(o, config)
		if err := moved.Apply(t.Context(), o, nil); err != nil && !strings.Contains(err.Error(), "elsewhere") {
			t.Fatal(err)
		}
		w.holds(t, nil)
	})
}
