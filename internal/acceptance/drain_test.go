package acceptance_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// drainedFirst checks that calls lowered weights, waited, and then removed.
func (w *world) drainedFirst(t *testing.T, calls fakecloud.Entries, wait time.Duration) {
	t.Helper()
	w.order(t, calls, "update", "remove")
	writes := calls.Writes()
	for i, e := range writes[1:] {
		if before := writes[i]; w.isOne(w.ops.remove, e) && w.isOne(w.ops.update, before) {
			if got := e.Start.Sub(before.Start.Add(before.Took)); got < wait || got > wait+2*time.Second {
				t.Errorf("%s between weight 0 and removal, want %s:\n%s", got, wait, calls)
			}
		}
	}
	for _, e := range writes {
		if w.isOne(w.ops.update, e) && !strings.Contains(e.Detail, "@0") && !strings.Contains(e.Detail, "weight=0") {
			t.Errorf("the change is not one to weight 0: %s", e.Detail)
		}
	}
}

func (w *world) isOne(ops []string, e fakecloud.Entry) bool { return slices.Contains(ops, e.Op) }

// Members of their own that are destroyed together drain together.
func TestTenMembersDrainTogether(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		c := w.core(t)
		var members []*acctest.Object
		for n := range 10 {
			a := w.attributes(n + 1)
			a["drain_duration"] = "5s"
			o := c.New(w.kind)
			c.MustApply(o, a)
			members = append(members, o)
		}
		c.Run()
		mark, began := w.server.Log.Mark(), time.Now()
		var all sync.WaitGroup
		for _, o := range members {
			all.Go(func() {
				if err := c.Apply(t.Context(), o, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took < 5*time.Second || took > 7*time.Second {
			t.Errorf("took %s, want about 5 s", took)
		}
		w.drainedFirst(t, w.server.Log.Since(mark), 5*time.Second)
		w.holds(t, nil)
	})
}

func TestASetDrainsOnce(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		n := 60
		drains := map[string]any{"drain_duration": "30s"}
		s := w.made(t, upTo(n), drains)
		began := time.Now()
		calls := s.apply(upTo(n-1), drains)
		w.drainedFirst(t, calls, 30*time.Second)
		if took := time.Since(began); took < 30*time.Second || took > 33*time.Second {
			t.Errorf("the removal of one took %s, want about 30 s", took)
		}
		began = time.Now()
		calls = s.destroy()
		w.order(t, calls, "update", "remove")
		if took := time.Since(began); took < 30*time.Second || took > 36*time.Second {
			t.Errorf("the removal of all took %s, want about 30 s", took)
		}
		w.holds(t, nil)
	})
}

// An interrupt puts the weights back, and state is what the cloud holds.
func TestAnInterruptedDrain(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		drains := map[string]any{"drain_duration": "30s"}
		items := map[string]listed{"m1": {n: 1}, "m2": weighted(2, 7), "m3": weighted(3, 0)}
		all := map[int]int{1: w.weight, 2: 7, 3: 0}
		s := w.made(t, items, drains)
		interrupted := func(next map[string]any) {
			t.Helper()
			s.c.Run()
			ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
			defer stop()
			err := s.c.Apply(ctx, s.o, next)
			says(t, err, "during the drain", "weight is 7 again")
			w.holds(t, all)
			s.covers()
		}
		interrupted(nil)
		s.has("m1", "m2", "m3")
		all[4] = w.weight
		interrupted(w.setAttributes(plain(1, 4), drains)) // four comes, two and three go
		s.has("m1", "m2", "m3", "m4")
		if got := s.value("m2", "weight"); got != 7 {
			t.Errorf("state has weight %v, want 7", got)
		}
		s.apply(plain(1, 4), drains)
		w.holds(t, map[int]int{1: w.weight, 4: w.weight})
		s.has("m1", "m4")

		// One member of its own, too.
		single := s.c.New(w.kind)
		a := w.attributes(9)
		a["drain_duration"] = "30s"
		s.c.Run()
		s.c.MustApply(single, a)
		s.c.Run()
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		says(t, s.c.Apply(ctx, single, nil), "during the drain", "again")
		w.holds(t, map[int]int{1: w.weight, 4: w.weight, 9: w.weight})
		if single.State.IsNull() {
			t.Error("the member is in the cloud and not in state")
		}
	})
}

// A removal that fails after the drain gives the weight back.
func TestADrainedMemberThatStays(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		drains := map[string]any{"drain_duration": "5s"}
		s := w.made(t, upTo(3), drains)
		w.refuse(2, w.ops.remove)
		_, err := s.try(plain(3), drains)
		says(t, err, w.key(2), "again")
		w.holds(t, map[int]int{2: w.weight, 3: w.weight})
		s.has("m2", "m3")
		w.server.Faults.Reset()
		s.destroy()
		w.holds(t, nil)
	})
}

// waiting is a set whose additions wait for health.
func waiting(limit string) map[string]any {
	return map[string]any{"wait_for_healthy": true, "timeouts": map[string]any{"create": limit, "update": limit}}
}

func TestACreationWaitsForHealth(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		late := func(numbers ...int) {
			w.sick(w.keys(numbers...)...)
			time.AfterFunc(5*time.Second, func() { w.healthy(w.keys(numbers...)...) })
		}
		s := w.newSet(t)
		late(1, 2, 3)
		began := time.Now()
		s.apply(upTo(3), waiting("1m"))
		if took := time.Since(began); took < 2*time.Second || took > 30*time.Second {
			t.Errorf("took %s", took)
		}
		// So does an addition, and before anything is removed.
		late(4)
		calls := s.apply(plain(2, 3, 4), waiting("1m"))
		w.order(t, calls, "add", "remove")
		writes := calls.Writes()
		if wait := writes[1].Start.Sub(writes[0].Start); wait < 2*time.Second {
			t.Errorf("the removal came %s after the addition:\n%s", wait, calls)
		}
		if w := s.c.Warnings(); len(w) != 0 {
			t.Errorf("warnings %v", w)
		}
		s.settled(plain(2, 3, 4), waiting("1m"))
		one := s.c.New(w.kind)
		a := w.attributes(9)
		a["wait_for_healthy"] = true
		s.c.MustApply(one, a)
	})
}

func TestAWaitForHealthInVain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, "cloudlb_elb_member")
		listener := w.Listener(w.group)
		sick := func(n int) {
			w.Ward.Say(fakecloud.Health{Member: w.key(n), Listener: listener, Status: fakecloud.Unhealthy, Reason: "CONNECT_TIMEOUT"})
		}
		sick(2)
		s := w.newSet(t)
		_, err := s.try(upTo(3), waiting("20s"))
		says(t, err, w.key(2), listener, "CONNECT_TIMEOUT", `ElementKeyString("m2")`, "Unhealthy member")
		if strings.Contains(err.Error(), w.key(1)) {
			t.Errorf("the error names healthy members: %v", err)
		}
		s.has("m1", "m2", "m3")
		if !s.o.Tainted {
			t.Error("the creation is not tainted")
		}
		w.holds(t, map[int]int{1: 1, 2: 1, 3: 1})
		w.healthy(w.key(2))
		s.apply(upTo(3), waiting("20s"))

		// In an update nothing is removed for a member that is not healthy.
		sick(4)
		calls, err := s.try(plain(2, 3, 4), waiting("20s"))
		says(t, err, w.key(4), listener, "CONNECT_TIMEOUT")
		w.order(t, calls, "add")
		s.has("m1", "m2", "m3", "m4")
		w.holds(t, map[int]int{1: 1, 2: 1, 3: 1, 4: 1})

		one := s.c.New(w.kind)
		a := w.attributes(9)
		a["wait_for_healthy"], a["timeouts"] = true, map[string]any{"create": "20s"}
		sick(9)
		says(t, s.c.Apply(t.Context(), one, a), w.key(9), listener, "CONNECT_TIMEOUT")
		if !one.Tainted {
			t.Error("the member of its own is not in state as tainted")
		}
	})
}

func TestNothingChecksHealth(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(c *elbfake.Cloud, pool string){
		"no listener": func(c *elbfake.Cloud, pool string) { c.SetListeners(pool) },
		"no monitor":  func(c *elbfake.Cloud, pool string) { c.SetHealthMonitor(pool, false) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := elbPool(t, true)
				change(w.server.Cloud().(*elbfake.Cloud), w.group)
				s := w.newSet(t)
				began := time.Now()
				s.apply(upTo(3), waiting("5m"))
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("took %s", took)
				}
				if warned := s.c.Warnings(); len(warned) != 1 || !strings.Contains(warned[0], "wait_for_healthy") {
					t.Errorf("warnings %q, want one", warned)
				}
				one := s.c.New(w.kind)
				a := w.attributes(9)
				a["wait_for_healthy"] = true
				s.c.MustApply(one, a)
				if warned := s.c.Warnings(); len(warned) != 1 {
					t.Errorf("warnings %q, want one", warned)
				}
			})
		})
	}
}
