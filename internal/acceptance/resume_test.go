package acceptance_test

import (
	"maps"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// again is what Terraform does about a tainted resource: one run plans that it is
// replaced, another destroys it and creates it anew. It returns the new one.
func again(t *testing.T, c *acctest.Core, o *acctest.Object, config map[string]any) (*acctest.Object, error) {
	t.Helper()
	c.Run()
	c.MustRefresh(o)
	plan := c.MustDestroyReplaced(o, config)
	created := c.New(o.Type)
	return created, c.Follow(t.Context(), created, plan, config)
}

// neverOut fails a test in which one of some members is out after a write.
func (w *ward) neverOut(t *testing.T, numbers ...int) {
	w.watched(func(held map[string]int) {
		for _, n := range numbers {
			if held[w.key(n)] == 0 {
				t.Errorf("member %d is out: %v", n, held)
			}
		}
	})
}

// The apply after a creation whose wait failed waits again, and takes nobody out.
func TestTheRetryOfAFailedCreationWaitsAgain(t *testing.T) {
	t.Parallel()
	inEveryForm(t, func(t *testing.T, r *one) {
		config := r.config(nil, waiting("20s"))
		r.sick(r.key(1))
		says(t, r.c.Apply(t.Context(), r.o, config), "did not become healthy")
		r.neverOut(t, 1)
		o, err := again(t, r.c, r.o, config)
		says(t, err, "did not become healthy", r.key(1))
		r.healthy(r.key(1))
		if o, err = again(t, r.c, o, config); err != nil || o.Tainted {
			t.Fatalf("tainted %v, error %v", o.Tainted, err)
		}
		r.holds(t, map[int]int{1: r.weight})
		r.c.Run()
		r.c.MustRefresh(o)
		r.c.Settled(o, config)
		r.mended()
		r.c.Run()
		r.c.MustApply(o, nil)
		r.holds(t, map[int]int{})
	})
}

// Of a set the healthy members serve all the time; those that the configuration
// no longer lists go, others come, and a weight that has changed is set.
func TestTheRetryOfAFailedSet(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.newSet(t)
		w.sick(w.key(4))
		_, err := s.try(upTo(4), waiting("20s"))
		says(t, err, w.key(4), "did not become healthy")
		w.neverOut(t, 1, 2)
		o, err := again(t, s.c, s.o, w.setAttributes(map[string]listed{"a": {n: 1}, "m2": weighted(2, 7), "m5": {n: 5}}, waiting("20s")))
		if err != nil {
			t.Fatal(err)
		}
		w.holds(t, map[int]int{1: w.weight, 2: 7, 5: w.weight})
		if o.Tainted {
			t.Error("it is tainted")
		}
	})
}

// What a failed creation has left goes when the resource is destroyed, and when
// a user taints what was created well it is replaced in earnest.
func TestWhatIsNotResumed(t *testing.T) {
	t.Parallel()
	inEveryForm(t, func(t *testing.T, r *one) {
		config := r.config(nil, waiting("20s"))
		r.sick(r.key(1))
		says(t, r.c.Apply(t.Context(), r.o, config), "did not become healthy")
		r.c.Run()
		r.c.MustRefresh(r.o)
		r.c.MustDestroy(r.o)
		r.holds(t, map[int]int{})
		r.healthy(r.key(1))
		o := r.c.New(r.o.Type)
		r.c.MustApply(o, config)
		o.Tainted = true // terraform taint
		out := false
		r.watched(func(held map[string]int) {
			if _, in := held[r.key(1)]; !in {
				out = true
			}
		})
		if _, err := again(t, r.c, o, config); err != nil {
			t.Fatal(err)
		}
		r.holds(t, map[int]int{1: r.weight})
		if !out {
			t.Error("what was to be replaced was left in")
		}
	})
}

// A retry that does not come to adding what was left in keeps it in state.
func TestARetryThatFailsKeepsWhatIsIn(t *testing.T) {
	t.Parallel()
	inEveryForm(t, func(t *testing.T, r *one) {
		config := r.config(nil, waiting("20s"))
		r.sick(r.key(1))
		says(t, r.c.Apply(t.Context(), r.o, config), "did not become healthy")
		r.c.Run()
		r.c.MustRefresh(r.o)
		plan, err := r.c.PlanReplacement(t.Context(), r.o, config)
		if err != nil {
			t.Fatal(err)
		}
		r.c.Run()
		r.befalls(r.ops.read, fakecloud.Fail(403, "Forbidden", "no"))
		if err := r.c.DestroyReplaced(t.Context(), r.o, plan); err != nil {
			t.Fatal(err)
		}
		o := r.c.New(r.o.Type)
		if err := r.c.Follow(t.Context(), o, plan, config); err == nil || o.State.IsNull() || !o.Tainted {
			t.Fatalf("error %v, nothing in state %v, tainted %v", err, o.State.IsNull(), o.Tainted)
		}
		r.mended()
		r.healthy(r.key(1))
		mark := r.server.Log.Mark()
		if o, err = again(t, r.c, o, config); err != nil || o.Tainted {
			t.Errorf("tainted %v, error %v", o.Tainted, err)
		}
		if writes := r.server.Log.Since(mark).Writes(); len(writes) > 0 {
			t.Errorf("nothing was to be done, but:\n%s", writes)
		}
		r.holds(t, map[int]int{1: r.weight})
	})
}

// The command itself, which runs the provider once for the plan and once for the
// apply.
func TestAccCLIARetryOfAFailedCreation(t *testing.T) {
	t.Parallel()
	inWorld(t, "cloudlb_elb_member", func(t *testing.T, w *world) {
		w.refuse(2, w.ops.add)
		cli := acctest.NewCLI(t)
		cli.Write("main.tf", acctest.Required+w.config(w.set("all", "", upTo(3))))
		if out, code := cli.Try("apply", "-auto-approve"); code == 0 {
			t.Fatalf("the creation did not fail:\n%s", out)
		}
		w.server.Faults.Reset()
		w.watched(func(held map[string]int) {
			if held[w.key(1)] == 0 || held[w.key(3)] == 0 {
				t.Errorf("a member is out: %v", held)
			}
		})
		cli.Run("apply", "-auto-approve")
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight})
		cli.Run("plan", "-detailed-exitcode")
		w.server.Faults.Reset()
		cli.Run("destroy", "-auto-approve")
		w.holds(t, map[int]int{})
	})
}

// The same in an update: the apply after one whose wait failed waits again, also
// where nothing else is to be done.
func TestAnApplyAfterAFailedWaitIsNotEmpty(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.made(t, upTo(1), waiting("20s"))
		w.sick(w.key(2))
		_, err := s.try(upTo(2), waiting("20s"))
		says(t, err, w.key(2), "did not become healthy")
		for range 2 {
			plan, err := s.plan(upTo(2), waiting("20s"))
			if err != nil || plan.Empty {
				t.Fatalf("the plan is empty %v, error %v", plan.Empty, err)
			}
			s.warned("Waits for health again")
			calls, err := s.try(upTo(2), waiting("20s"))
			says(t, err, w.key(2), "did not become healthy")
			s.writes(calls, 0)
		}
		w.healthy(w.key(2))
		s.writes(s.apply(upTo(2), waiting("20s")), 0)
		s.settled(upTo(2), waiting("20s"))
	})
}

// A single whose port was changed waits again too.
func TestASingleWaitsAgainAfterItsPortChanged(t *testing.T) {
	t.Parallel()
	inAPool(t, func(t *testing.T, w *ward) {
		c := w.core(t)
		o := c.New(w.kind)
		config := func(port int) map[string]any {
			a := w.attributes(1)
			a["protocol_port"], a["wait_for_healthy"], a["timeouts"] = port, true, map[string]any{"update": "20s"}
			return a
		}
		c.MustApply(o, config(80))
		w.sick(w.on(1, 81))
		for range 3 {
			c.Run()
			says(t, c.Apply(t.Context(), o, config(81)), "did not become healthy", w.on(1, 81))
		}
		w.healthy(w.on(1, 81))
		c.Run()
		c.MustApply(o, config(81))
		c.Run()
		c.Settled(o, config(81))
	})
}

// Under create_before_destroy the new half takes over what the failed creation
// has put in, and does not wait for it; the destruction of the old half does.
func TestTheRetryUnderCreateBeforeDestroyWaitsToo(t *testing.T) {
	t.Parallel()
	inEveryForm(t, func(t *testing.T, r *one) {
		extra := waiting("20s")
		extra["adopt_existing"], extra["timeouts"] = true, map[string]any{"create": "20s", "delete": "20s"}
		config := r.config(nil, extra)
		r.sick(r.key(1))
		says(t, r.c.Apply(t.Context(), r.o, config), "did not become healthy")
		created, err := r.c.CreateBeforeDestroy(t.Context(), r.o, config)
		says(t, err, "did not become healthy", r.key(1))
		r.holds(t, map[int]int{1: r.weight})
		if created.State.IsNull() || r.o.State.IsNull() {
			t.Error("one of the halves is not in state")
		}
	})
}

// deposed plays two applies of a replacement under create_before_destroy: the first,
// in which the new half does not become healthy, has left the old half deposed and the
// new one tainted, and the second, with its configuration, creates another new half
// and destroys both. It returns that half, and what the destructions came to: of the
// deposed object, and of the tainted one.
func deposed(t *testing.T, c *acctest.Core, old, tainted *acctest.Object, config map[string]any) (created *acctest.Object, errs [2]error) {
	t.Helper()
	c.Run() // the plan
	c.MustRefresh(tainted)
	c.MustRefresh(old)
	if _, err := c.PlanReplacement(t.Context(), tainted, config); err != nil {
		t.Fatal(err)
	}
	if _, err := c.PlanDestroy(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	c.Run() // the apply
	created = c.New(old.Type)
	c.MustApply(created, config)
	for i, o := range []*acctest.Object{old, tainted} {
		errs[i] = c.Apply(t.Context(), o, nil)
	}
	return created, errs
}

// replaced is a member, or a set of one, and what else its resource says.
func (r *one) replaced(n int) map[string]any {
	extra := waiting("20s")
	extra["adopt_existing"], extra["timeouts"] = true, map[string]any{"create": "20s", "delete": "20s"}
	if r.set {
		return r.setAttributes(map[string]listed{"m": {n: n}}, extra)
	}
	a := r.attributes(n)
	maps.Copy(a, extra)
	return a
}

// failsToReplace leaves member 1 deposed and member 2, which is not healthy, tainted.
func (r *one) failsToReplace(t *testing.T) (tainted *acctest.Object) {
	t.Helper()
	r.c.MustApply(r.o, r.replaced(1))
	r.sick(r.key(2))
	r.c.Run()
	tainted = r.c.New(r.o.Type)
	says(t, r.c.Apply(t.Context(), tainted, r.replaced(2)), "did not become healthy")
	return tainted
}

// The retry of a replacement whose new half did not become healthy leaves the old half
// in until it is, in however many applies.
func TestARetryUnderCreateBeforeDestroyKeepsTheOldHalf(t *testing.T) {
	t.Parallel()
	inEveryForm(t, func(t *testing.T, r *one) {
		tainted := r.failsToReplace(t)
		held := map[int]int{1: r.weight, 2: r.weight}
		created, errs := deposed(t, r.c, r.o, tainted, r.replaced(2))
		says(t, errs[0], "Not started", r.key(2))
		says(t, errs[1], "did not become healthy", r.key(2))
		r.holds(t, held)
		r.c.Run() // another apply, in which nothing else is touched
		says(t, r.c.Apply(t.Context(), r.o, nil), "Not started", r.key(2))
		r.holds(t, held)
		r.healthy(r.key(2))
		r.c.Run()
		r.c.MustRefresh(created)
		r.c.MustApply(r.o, nil)
		r.holds(t, map[int]int{2: r.weight})
	})
}

// Where the configuration goes back to what it was, the deposed half is spared: the
// new one takes its member over.
func TestAFailedReplacementGoesBack(t *testing.T) {
	t.Parallel()
	inEveryForm(t, func(t *testing.T, r *one) {
		tainted := r.failsToReplace(t)
		r.neverOut(t, 1)
		if _, errs := deposed(t, r.c, r.o, tainted, r.replaced(1)); errs != [2]error{} {
			t.Error(errs)
		}
		r.holds(t, map[int]int{1: r.weight})
	})
}
