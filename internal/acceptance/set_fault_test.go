package acceptance_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// One bad member of many fails alone, at its own path.
func TestOneRefusedMemberFailsAlone(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.newSet(t)
		w.refuse(3, w.ops.add)
		_, err := s.try(upTo(5), nil)
		says(t, err, w.key(3), `ElementKeyString("m3")`, "not valid")
		if strings.Contains(err.Error(), w.key(2)) {
			t.Errorf("the error names others: %v", err)
		}
		s.has("m1", "m2", "m4", "m5")
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 4: w.weight, 5: w.weight})
		if !s.o.Tainted {
			t.Error("a creation that failed in part is not tainted")
		}
		if warnings := strings.Join(s.c.Warnings(), "\n"); !strings.Contains(warnings, "4 of 5 members may be in") || !strings.Contains(warnings, "stay in all the same") {
			t.Errorf("nothing is said of what becomes of them: %s", warnings)
		}
		w.server.Faults.Reset()
		s.apply(upTo(5), nil)
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight, 4: w.weight, 5: w.weight})
		// The same in an update, where nothing is tainted.
		w.refuse(7, w.ops.add)
		_, err = s.try(upTo(8), nil)
		says(t, err, w.key(7), `ElementKeyString("m7")`)
		s.has("m1", "m2", "m3", "m4", "m5", "m6", "m8")
		w.server.Faults.Reset()
		calls := s.apply(upTo(8), nil)
		s.writes(calls, 1)
		s.has("m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8")
	})
}

// A creation of which nothing came leaves nothing in state.
func TestACreationOfNothing(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.foreign(1, 9)
		s := w.newSet(t)
		_, err := s.try(upTo(1), nil)
		says(t, err, "already in", "adopt_existing = true", w.group, `ElementKeyString("m1")`)
		if !s.o.State.IsNull() {
			t.Errorf("state holds %s", s.o.State)
		}
		w.holds(t, map[int]int{1: 9})
		// Beside others, the foreign one is not in state either.
		_, err = s.try(upTo(2), nil)
		says(t, err, "already in", w.key(1))
		if !s.o.State.IsNull() {
			t.Errorf("state holds %s", s.o.State)
		}
		w.holds(t, map[int]int{1: 9})
		s.apply(upTo(2), map[string]any{"adopt_existing": true})
		w.holds(t, map[int]int{1: w.weight, 2: w.weight})
		s.destroy()
		w.holds(t, nil)
	})
}

// Nothing is taken away until everything that was to come is there.
func TestNothingIsRemovedWhereAnAddFails(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.made(t, upTo(2), nil)
		w.refuse(3, w.ops.add)
		calls, err := s.try(map[string]listed{"m1": weighted(1, 0), "m3": {n: 3}}, nil)
		says(t, err, w.key(3))
		w.order(t, calls, "add")
		s.has("m1", "m2")
		if got := s.value("m1", "weight"); got != w.weight {
			t.Errorf("state has weight %v", got)
		}
		w.holds(t, map[int]int{1: w.weight, 2: w.weight})
		w.server.Faults.Reset()
		w.order(t, s.apply(map[string]listed{"m1": weighted(1, 0), "m3": {n: 3}}, nil), "add", "update", "remove")
		w.holds(t, map[int]int{1: 0, 3: w.weight})
		s.has("m1", "m3")
	})
}

// A member that could not be removed stays in state, under a label of its own.
func TestAMemberThatStaysIsInState(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.made(t, map[string]listed{"a": {n: 1}, "b": {n: 2}, "c": {n: 3}}, nil)
		w.refuse(2, w.ops.remove)
		next := map[string]listed{"a": {n: 1}, "b": {n: 4}}
		_, err := s.try(next, nil)
		says(t, err, "Unable to remove", w.key(2))
		s.has("a", "b", w.key(2))
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 4: w.weight})
		w.server.Faults.Reset()
		w.order(t, s.apply(next, nil), "remove")
		s.has("a", "b")
		// So it does in a destroy.
		w.refuse(4, w.ops.remove)
		err = s.c.Apply(t.Context(), s.o, nil)
		says(t, err, w.key(4), `ElementKeyString("b")`)
		s.has("b")
		w.holds(t, map[int]int{4: w.weight})
		w.server.Faults.Reset()
		s.destroy()
		w.holds(t, nil)
	})
}

// In a full group, and only there, the removal comes first.
func TestASwapInAFullGroup(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.quota(3)
		s := w.made(t, upTo(2), nil)
		w.order(t, s.apply(plain(1, 3), nil), "add", "remove")
		s.apply(plain(1, 3, 4), nil)
		calls := s.apply(map[string]listed{"m1": weighted(1, 5), "m3": {n: 3}, "m5": {n: 5}}, nil)
		w.order(t, calls, "add", "update", "remove", "add")
		w.holds(t, map[int]int{1: 5, 3: w.weight, 5: w.weight})
		s.has("m1", "m3", "m5")
		_, err := s.try(plain(1, 3, 5, 6), nil)
		says(t, err, w.key(6), "quota")
		s.has("m1", "m3", "m5")
		s.destroy()
	})
}

// Each fault befalls each kind of call of an update that adds, changes and
// removes; the kinds of groups of one product take turns. State is what the cloud
// holds, and the next apply converges.
func TestFaultsInAnUpdateOfASet(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		fault    fakecloud.Effect
		times    int
		harmless bool
		reads    bool // reads fail too, from then on
		cancel   time.Duration
	}{
		"lost answer":            {fault: fakecloud.ResetAfterCommit(), times: 1, harmless: true},
		"lost request":           {fault: fakecloud.ResetBeforeCommit(), times: 1, harmless: true},
		"500 after commit":       {fault: fakecloud.FailAfterCommit(500, "InternalError", "internal"), times: 1, harmless: true},
		"a page after commit":    {fault: fakecloud.RawAfterCommit(404, "text/html", "<html>404 Not Found</html>"), times: 1, harmless: true},
		"throttled":              {fault: fakecloud.Throttle(0), times: 1, harmless: true}, // ELB states a window of a minute
		"throttled again":        {fault: fakecloud.Throttle(2 * time.Second), times: 3, harmless: true},
		"throttled for ever":     {fault: fakecloud.Throttle(0)},
		"forbidden":              {fault: fakecloud.Fail(403, "Forbidden", "no")},
		"down":                   {fault: fakecloud.Fail(503, "ServiceUnavailable", "down"), reads: true},
		"down after commit":      {fault: fakecloud.FailAfterCommit(503, "ServiceUnavailable", "down"), reads: true},
		"interrupted":            {fault: fakecloud.Hang(), cancel: 3 * time.Second},
		"interrupted after":      {fault: fakecloud.HangAfterCommit(), cancel: 3 * time.Second},
		"interrupted, throttled": {fault: fakecloud.Throttle(0), cancel: 3 * time.Second},
	}
	for i, name := range slices.Sorted(maps.Keys(cases)) {
		c := cases[name]
		for j, kind := range []string{"add", "update", "remove"} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				inBubbles(t, kindsInTurn(i+j), func(t *testing.T, w *world) {
					limit := map[string]any{"timeouts": map[string]any{"update": "2m"}}
					s := w.made(t, upTo(4), limit)
					ops := map[string][]string{"add": w.ops.add, "update": w.ops.update, "remove": w.ops.remove}[kind]
					on(c.fault, times(c.times))(w, ops)
					mark := w.server.Log.Mark()
					if c.reads {
						for _, a := range w.ops.read {
							w.server.Faults.On(a).Where(func(*fakecloud.Call) bool { return w.count(mark, ops) > 0 }).Times(0).Do(
								fakecloud.Fail(503, "ServiceUnavailable", "down"))
						}
					}
					next := map[string]listed{"m1": weighted(1, 5), "m2": {n: 2}, "x": {n: 5}, "m4": {n: 6}}
					if _, err := s.plan(next, limit); err != nil {
						t.Fatal(err)
					}
					s.c.Run()
					ctx := t.Context()
					if c.cancel > 0 {
						var stop context.CancelFunc
						ctx, stop = context.WithTimeout(ctx, c.cancel)
						defer stop()
					}
					began := time.Now()
					err := s.c.Apply(ctx, s.o, w.setAttributes(next, limit))
					if took := time.Since(began); took > 2*time.Minute+15*time.Second || c.cancel > 0 && took > c.cancel+25*time.Second {
						t.Errorf("took %s", took)
					}
					if c.harmless != (err == nil) && (c.cancel == 0 || c.harmless) {
						t.Errorf("error %v", err)
					}
					w.server.Faults.Reset()
					s.covers()
					s.apply(next, limit)
					w.holds(t, map[int]int{1: 5, 2: w.weight, 5: w.weight, 6: w.weight})
					s.has("m1", "m2", "m4", "x")
					s.destroy()
					w.holds(t, nil)
				})
			})
		}
	}
}

// covers checks that every member of the cloud but the foreign one is in state:
// none is left to nobody.
func (s *aSet) covers() {
	s.t.Helper()
	inState := map[string]bool{}
	members, _ := s.c.Value(s.o, s.w.Members).(map[string]any)
	for _, v := range members {
		m := v.(map[string]any)
		key := fmt.Sprint(m[s.w.Host])
		if s.w.Port != "" {
			key = fmt.Sprintf("%s:%v", key, m[s.w.Port])
		}
		inState[key] = true
	}
	for key := range s.w.members() {
		if key != s.w.key(0) && !inState[key] {
			s.t.Errorf("%s is in the group, and in no state: %v", key, inState)
		}
	}
}

// After a failure state holds every member that is there, even where the
// vendor's next listing lags.
func TestAListingThatLagsLosesNobody(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.made(t, upTo(1), nil)
		w.refuse(3, w.ops.update)
		s.apply(plain(1, 3), nil)
		mark := w.server.Log.Mark()
		// Two is added, the change of three is refused, and the listing after
		// that is from before the addition.
		w.server.Faults.On(w.ops.read[0]).Where(func(*fakecloud.Call) bool { return w.count(mark, w.ops.update) > 0 }).Do(fakecloud.StaleRead())
		_, err := s.try(map[string]listed{"m1": {n: 1}, "m2": {n: 2}, "m3": weighted(3, 5)}, nil)
		says(t, err, w.key(3))
		s.has("m1", "m2", "m3")
		w.server.Faults.Reset()
	})
}

func TestTheGroupGoesInMidUpdate(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.made(t, upTo(2), nil)
		for _, a := range w.ops.add {
			w.server.Faults.On(a).Do(fakecloud.Before(w.deleteGroup))
		}
		_, err := s.try(plain(1, 3), nil)
		says(t, err, w.group)
		s.has()
		w.server.Faults.Reset()
		s.c.Run()
		s.c.MustRefresh(s.o)
		if !s.o.State.IsNull() {
			t.Errorf("state holds %s of a group that is gone", s.o.State)
		}
	})
}
