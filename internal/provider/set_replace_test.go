package provider_test

import (
	"maps"
	"testing"
)

// A replacement under create_before_destroy that keeps its members never takes
// one out, if it may take them over; if not, it says so and nothing changes.
func TestASetReplacedBeforeItIsDestroyed(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		adopt := map[string]any{"adopt_existing": true, "drain_duration": "5s"}
		s := w.made(t, upTo(3), adopt)
		mark := w.server.Log.Mark()
		created, err := s.c.CreateBeforeDestroy(t.Context(), s.o, w.setAttributes(upTo(3), adopt))
		if err != nil {
			t.Fatal(err)
		}
		if calls := w.server.Log.Since(mark); len(calls.Writes()) != 0 {
			t.Errorf("a replacement of nothing made writes:\n%s", calls)
		}
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight})
		// Members that only the old one has are taken out, no others.
		mark = w.server.Log.Mark()
		s.o = created
		if s.o, err = s.c.CreateBeforeDestroy(t.Context(), s.o, w.setAttributes(plain(2, 3, 4), adopt)); err != nil {
			t.Fatal(err)
		}
		w.holds(t, map[int]int{2: w.weight, 3: w.weight, 4: w.weight})
		calls := w.server.Log.Since(mark)
		w.order(t, calls, "add", "update", "remove")
		for _, e := range calls.Writes() {
			if e.Items != 1 {
				t.Errorf("more than one member is concerned:\n%s", calls)
			}
		}
		s.apply(plain(2, 3, 4), nil)
		_, err = s.c.CreateBeforeDestroy(t.Context(), s.o, w.setAttributes(plain(2, 3, 4), nil))
		says(t, err, "already in", "adopt_existing = true", "create_before_destroy")
		w.holds(t, map[int]int{2: w.weight, 3: w.weight, 4: w.weight})
		s.has("m2", "m3", "m4")
		if p, err := s.plan(plain(2, 3, 4), nil); err != nil || !p.Empty {
			t.Errorf("the plan after it: empty %v, error %v", p.Empty, err)
		}
		s.destroy()
		w.holds(t, nil)
	})
}

func TestAMemberReplacedBeforeItIsDestroyed(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		c := w.core(t)
		o := c.New(w.kind)
		with := func(extra map[string]any) map[string]any {
			a := w.attributes(1)
			maps.Copy(a, extra)
			return a
		}
		adopt := with(map[string]any{"adopt_existing": true, "drain_duration": "5s"})
		if err := c.Apply(t.Context(), o, adopt); err != nil {
			t.Fatal(err)
		}
		mark := w.server.Log.Mark()
		created, err := c.CreateBeforeDestroy(t.Context(), o, adopt)
		if err != nil {
			t.Fatal(err)
		}
		if calls := w.server.Log.Since(mark); len(calls.Writes()) != 0 {
			t.Errorf("a replacement of nothing made writes:\n%s", calls)
		}
		_, err = c.CreateBeforeDestroy(t.Context(), created, with(nil))
		says(t, err, "already in", "adopt_existing = true", "create_before_destroy")
		w.holds(t, map[int]int{1: w.weight})
		c.Run()
		if err := c.Apply(t.Context(), created, nil); err != nil {
			t.Fatal(err)
		}
		w.holds(t, nil)
	})
}

// A set takes over a member in the apply that takes its own resource away:
// whichever comes first, or both at once, it is there at the end.
func TestASetTakesOverFromASingle(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"the set first", "the single first", "both at once"} {
		for _, exists := range []bool{false, true} {
			t.Run(order+map[bool]string{true: ", which exists", false: ""}[exists], func(t *testing.T) {
				t.Parallel()
				inEveryBubble(t, func(t *testing.T, w *world) {
					s := w.newSet(t)
					single := s.c.New(w.kind)
					attributes := w.attributes(1)
					attributes["drain_duration"] = "2s"
					if err := s.c.Apply(t.Context(), single, attributes); err != nil {
						t.Fatal(err)
					}
					adopt := map[string]any{"adopt_existing": true}
					if exists {
						s.apply(plain(2), adopt)
					}
					s.c.Run()
					if err := s.c.Refresh(t.Context(), single); err != nil {
						t.Fatal(err)
					}
					mark := w.server.Log.Mark()
					take := func() error { return s.c.Apply(t.Context(), s.o, w.setAttributes(upTo(2), adopt)) }
					leave := func() error { return s.c.Apply(t.Context(), single, nil) }
					check := func(err error) {
						t.Helper()
						if err != nil {
							t.Error(err)
						}
					}
					switch order {
					case "the set first":
						check(take())
						check(leave())
						if n := w.count(mark, w.ops.remove); n != 0 {
							t.Errorf("the member was out:\n%s", w.server.Log.Since(mark))
						}
					case "the single first":
						check(leave())
						check(take())
					default:
						done := make(chan error)
						go func() { done <- leave() }()
						check(take())
						check(<-done)
					}
					w.holds(t, map[int]int{1: w.weight, 2: w.weight})
					s.has("m1", "m2")
					if p, err := s.plan(upTo(2), adopt); err != nil || !p.Empty {
						t.Errorf("the plan after it: empty %v, error %v", p.Empty, err)
					}
				})
			})
		}
	}
}

// A member handed from one set to another in one apply is there at the end.
func TestASetHandsAMemberToAnother(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		adopt := map[string]any{"adopt_existing": true}
		for _, giverFirst := range []bool{true, false} {
			c := w.core(t)
			giver, taker := &aSet{t, w, c, c.New(sets[w.kind].kind)}, &aSet{t, w, c, c.New(sets[w.kind].kind)}
			giver.apply(plain(1, 2), adopt)
			taker.apply(plain(3), adopt)
			c.Run()
			steps := []func() error{
				func() error { return c.Apply(t.Context(), giver.o, w.setAttributes(plain(1), adopt)) },
				func() error { return c.Apply(t.Context(), taker.o, w.setAttributes(plain(2, 3), adopt)) },
			}
			if !giverFirst {
				steps[0], steps[1] = steps[1], steps[0]
			}
			for _, step := range steps {
				if err := step(); err != nil {
					t.Error(err)
				}
			}
			w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight})
			giver.has("m1")
			taker.has("m2", "m3")
			giver.destroy()
			taker.destroy()
			w.holds(t, nil)
		}
	})
}

// What is tainted, or replaced for another group or region, claims nothing
// twice.
func TestAReplacedSetDoesNotConflictWithItself(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		owns := map[string]any{"exclusive": true}
		s := w.made(t, upTo(2), owns)
		s.o.Tainted = true
		s.apply(upTo(2), owns)
		p, err := s.plan(upTo(2), map[string]any{sets[w.kind].group: "another"})
		if err != nil || !p.Replace {
			t.Errorf("the plan for another group: replaces %v, error %v", p.Replace, err)
		}
		p, err = s.plan(upTo(2), map[string]any{"region": "eu-central-1"})
		if err != nil || !p.Replace {
			t.Errorf("the plan for another region: replaces %v, error %v", p.Replace, err)
		}
	})
}
