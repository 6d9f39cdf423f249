package acceptance_test

import (
	"maps"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
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
		s.settled(plain(2, 3, 4), nil)
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
		c.MustApply(o, adopt)
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
		c.MustApply(created, nil)
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
					s.c.MustApply(single, attributes)
					adopt := map[string]any{"adopt_existing": true}
					if exists {
						s.apply(plain(2), adopt)
					}
					s.c.Run()
					s.c.MustRefresh(single)
					// The key that the set turns out to have was not known at plan.
					planned, err := s.c.PlanDestroy(t.Context(), single)
					if err != nil {
						t.Fatal(err)
					}
					s.c.Run()
					mark := w.server.Log.Mark()
					take := func() error { return s.c.Apply(t.Context(), s.o, w.setAttributes(upTo(2), adopt)) }
					leave := func() error { return s.c.Destroy(t.Context(), single, planned) }
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
					s.settled(upTo(2), adopt)
				})
			})
		}
	}
}

// A member that passes from one resource to another in one plan is refused at plan,
// whichever is planned first: the order of the apply is not known. The error
// names both and says what to write.
func TestAMemberThatChangesHandsIsRefusedAtPlan(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		adopt := map[string]any{"adopt_existing": true}
		for _, giverFirst := range []bool{true, false} {
			c := w.core(t)
			giver, taker := &aSet{t, w, c, c.New(w.Set)}, &aSet{t, w, c, c.New(w.Set)}
			single := c.New(w.kind)
			giver.apply(plain(1, 2), adopt)
			taker.apply(plain(3), adopt)
			c.Run()
			c.MustApply(single, w.attributes(5))
			drops := func() error { _, err := c.Plan(t.Context(), giver.o, w.setAttributes(plain(1), adopt)); return err }
			goes := func() error { _, err := c.PlanDestroy(t.Context(), giver.o); return err }
			singleGoes := func() error { _, err := c.PlanDestroy(t.Context(), single); return err }
			takes := func() error { _, err := c.Plan(t.Context(), taker.o, w.setAttributes(plain(2, 3), adopt)); return err }
			takesSingle := func() error {
				_, err := c.Plan(t.Context(), taker.o, w.setAttributes(plain(3, 5), adopt))
				return err
			}
			renamed := func() error { _, err := c.Plan(t.Context(), c.New(w.kind), w.attributes(5)); return err }
			for name, steps := range map[string][2]func() error{
				"a set drops it": {drops, takes}, "a set is destroyed": {goes, takes}, "a single is destroyed": {singleGoes, takesSingle},
				"a single is renamed": {singleGoes, renamed},
			} {
				c.Run()
				for _, o := range []*acctest.Object{giver.o, taker.o, single} {
					c.MustRefresh(o)
				}
				if !giverFirst {
					steps[0], steps[1] = steps[1], steps[0]
				}
				if err := steps[0](); err != nil {
					t.Errorf("%s: the first plan: %v", name, err)
				}
				says(t, steps[1](), "Member changes hands", "moved", "destroy = false", "adopt_existing = true")
			}
			w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight, 5: w.weight})
			giver.destroy()
			taker.destroy()
			c.MustApply(single, nil)
			w.holds(t, nil)
		}
	})
}

// What an interrupted create_before_destroy replacement has left of the old half
// is destroyed by a later run: the member stays in, it is the new half's. In an
// apply, Terraform plans such an object again, after it has changed the other.
func TestTheLeftoverOfAReplacementLeavesTheMemberIn(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		for _, leftoverFirst := range []bool{true, false} {
			for _, kind := range []string{w.kind, w.Set} {
				c := w.core(t)
				config := w.attributes(1)
				if kind != w.kind {
					config = w.setAttributes(plain(1, 2), nil)
				}
				config["adopt_existing"] = true
				old, current := c.New(kind), c.New(kind)
				for _, o := range []*acctest.Object{old, current} {
					c.Run()
					c.MustApply(o, config)
				}
				held := w.members()
				mark := w.server.Log.Mark()

				c.Run() // the plan
				plan := func() acctest.Plan {
					c.MustRefresh(current)
					p := c.MustPlan(current, config)
					return p
				}
				leave := func() {
					c.MustRefresh(old)
					if _, err := c.PlanDestroy(t.Context(), old); err != nil {
						t.Fatal(err)
					}
				}
				var planned acctest.Plan
				if leftoverFirst {
					leave()
					if planned = plan(); planned.Empty {
						t.Errorf("%s: the plan does not touch the resource, so that the apply would know nothing of it", kind)
					}
				} else {
					if planned = plan(); !planned.Empty {
						t.Errorf("%s: the plan is not empty", kind)
					}
					c.MustRefresh(old)
					if !old.State.IsNull() {
						t.Errorf("%s: the leftover is not dropped from state", kind)
					}
				}
				c.Run() // the apply
				if !planned.Empty {
					c.MustFollow(current, planned, config)
				}
				c.MustApply(old, nil)
				if calls := w.server.Log.Since(mark); len(calls.Writes()) != 0 || !maps.Equal(w.members(), held) {
					t.Errorf("%s, leftover first %t: the group holds %v, held %v:\n%s", kind, leftoverFirst, w.members(), held, calls)
				}
				c.Run()
				c.MustApply(current, nil)
				w.holds(t, nil)
			}
		}
	})
}

// One session may serve many walks, as terraform test has it since 1.13: each run
// of a test file validates, plans and applies in it.
func TestASessionOfManyRuns(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		for _, kind := range []string{w.kind, w.Set} {
			c := w.core(t)
			config := func(weight int) map[string]any {
				if kind == w.kind {
					a := w.attributes(1)
					a["weight"] = weight
					return a
				}
				return w.setAttributes(map[string]listed{"m1": weighted(1, weight), "m2": {n: 2}}, nil)
			}
			o := c.New(kind)
			run := func(config map[string]any, apply bool) {
				t.Helper()
				c.Validate(t.Context(), kind, config)
				c.MustRefresh(o)
				p, err := c.Plan(t.Context(), o, config)
				if err != nil || !apply {
					if err != nil {
						t.Fatalf("%s: plan: %v", kind, err)
					}
					return
				}
				if err := c.Follow(t.Context(), o, p, config); err != nil {
					t.Fatalf("%s: apply: %v", kind, err)
				}
			}
			run(config(5), false)
			run(config(5), false)
			run(config(5), true)
			run(config(7), true)
			c.MustApply(o, nil)
			w.holds(t, nil)
			run(config(9), true)
			// A replacement that creates first.
			adopt := config(9)
			adopt["adopt_existing"] = true
			run(adopt, true)
			created := c.New(kind)
			c.Validate(t.Context(), kind, adopt)
			c.MustRefresh(o)
			if _, err := c.PlanReplacement(t.Context(), o, adopt); err != nil {
				t.Fatalf("%s: the plan of a replacement: %v", kind, err)
			}
			if err := c.Apply(t.Context(), created, adopt); err != nil {
				t.Fatalf("%s: the new half: %v", kind, err)
			}
			mark := w.server.Log.Mark()
			if err := c.Apply(t.Context(), o, nil); err != nil {
				t.Fatalf("%s: the old half: %v", kind, err)
			}
			if calls := w.server.Log.Since(mark).Writes(); len(calls) != 0 {
				t.Errorf("%s: the old half took something out:\n%s", kind, calls)
			}
			c.MustApply(created, nil)
			w.holds(t, nil)
		}
	})
}
