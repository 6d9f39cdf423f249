package acceptance_test

import (
	"strings"
	"testing"
	"time"
)

// gentle is a set that waits for health and drains.
func gentle() map[string]any {
	extra := waiting("30s")
	extra["drain_duration"] = "5s"
	return extra
}

// With wait_for_healthy a second apply waits again for what the first one added
// in vain, and takes nothing away; once the servers are mended the next one
// goes on.
func TestAnApplyAfterAFailedWaitWaitsAgain(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.made(t, upTo(2), gentle())
		w.sick(w.keys(3, 4)...)
		next := map[string]listed{"m2": weighted(2, 0), "m3": {n: 3}, "m4": {n: 4}}
		calls, err := s.try(next, gentle())
		says(t, err, w.key(3), "did not become healthy", "Unhealthy")
		w.order(t, calls, "add")
		all := map[int]int{1: w.weight, 2: w.weight, 3: w.weight, 4: w.weight}
		for range 2 {
			began := time.Now()
			calls, err = s.try(next, gentle())
			says(t, err, w.key(3), w.key(4), "did not become healthy")
			if took := time.Since(began); took < 20*time.Second {
				t.Errorf("the retry did not wait: %s", took)
			}
			s.writes(calls, 0)
			w.holds(t, all)
			s.has("m1", "m2", "m3", "m4")
			s.covers()
		}
		w.healthy(w.key(3))
		calls, err = s.try(next, gentle())
		says(t, err, w.key(4), "did not become healthy")
		s.writes(calls, 0)
		w.healthy(w.key(4))
		w.order(t, s.apply(next, gentle()), "update", "remove")
		w.holds(t, map[int]int{2: 0, 3: w.weight, 4: w.weight})
		s.has("m2", "m3", "m4")
		s.settled(next, gentle())
	})
}

// It does not matter that the apply that added them did not wait.
func TestWhatAnEarlierApplyAddedUnseenIsWaitedFor(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		w.sick(w.key(2), w.key(4))
		s := w.made(t, upTo(2), nil) // two is sick from the creation on
		s.apply(plain(1, 2, 4), nil) // four from a change on
		calls, err := s.try(plain(2, 3, 4), gentle())
		says(t, err, w.key(2), w.key(4), "did not become healthy")
		w.order(t, calls, "add")
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight, 4: w.weight})
		calls, err = s.try(plain(2, 3, 4), gentle())
		says(t, err, w.key(2), w.key(4))
		s.writes(calls, 0)
		w.healthy(w.key(2), w.key(4))
		w.order(t, s.apply(plain(2, 3, 4), gentle()), "update", "remove")
		w.holds(t, map[int]int{2: w.weight, 3: w.weight, 4: w.weight})
	})
}

// A member that was seen healthy and died later does not hold up a change, nor
// does one that a change without removals took over, one that gets no requests,
// or one that goes.
func TestWhomAChangeDoesNotWaitFor(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.made(t, upTo(2), gentle())
		w.sick(w.key(2))
		w.order(t, s.apply(plain(2, 3), gentle()), "add", "update", "remove")
		w.holds(t, map[int]int{2: w.weight, 3: w.weight})

		w.foreign(5, w.weight)
		w.sick(w.key(5))
		adopts := gentle()
		adopts["adopt_existing"] = true
		s.writes(s.apply(plain(2, 3, 5), adopts), 0)
		w.order(t, s.apply(plain(2, 5), adopts), "update", "remove")
		s.has("m2", "m5")
		w.order(t, s.apply(plain(5, 6), adopts), "add", "remove") // two is sick, so that nothing has to drain
		w.holds(t, map[int]int{5: w.weight, 6: w.weight})

		w.sick(w.key(7))
		_, err := s.try(plain(5, 7), gentle())
		says(t, err, w.key(7))
		s.apply(map[string]listed{"m5": {n: 5}, "m7": weighted(7, 0)}, gentle())
		w.holds(t, map[int]int{5: w.weight, 7: 0})
		w.sick(w.key(8))
		_, err = s.try(plain(5, 8), gentle())
		says(t, err, w.key(8))
		s.apply(plain(5), gentle())
		w.holds(t, map[int]int{5: w.weight})
	})
}

// What an apply that was killed has put in is taken over by the next one, and
// waited for before what it was to replace goes; so by the one after it.
func TestWhatAKilledApplyAddedIsWaitedFor(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.made(t, upTo(2), gentle())
		w.foreign(3, w.weight) // so it is, and is not in state
		w.sick(w.key(3))
		all := map[int]int{1: w.weight, 2: w.weight, 3: w.weight}
		_, err := s.try(plain(2, 3), gentle())
		says(t, err, w.key(3), "already in", "An apply that was killed may have put them in", "adopt_existing = true")
		adopts := gentle()
		adopts["adopt_existing"] = true
		for range 2 {
			calls, err := s.try(plain(2, 3), adopts)
			says(t, err, w.key(3), "did not become healthy")
			s.writes(calls, 0)
			w.holds(t, all)
			s.has("m1", "m2", "m3")
		}
		w.healthy(w.key(3))
		w.order(t, s.apply(plain(2, 3), adopts), "update", "remove")
		w.holds(t, map[int]int{2: w.weight, 3: w.weight})
		s.settled(plain(2, 3), adopts)
	})
}

// A weight that an apply which was killed has left at 0 is set right, whatever
// becomes of an addition in the same apply.
func TestAWeightIsRaisedAlthoughAnAdditionFails(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.made(t, upTo(3), gentle())
		w.foreign(4, w.weight)
		w.reweight(2, 0)
		s.c.Run()
		s.c.MustRefresh(s.o)
		_, err := s.try(plain(1, 2, 4), gentle())
		says(t, err, "already in", w.key(4))
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight, 4: w.weight})
		s.has("m1", "m2", "m3")
		w.sick(w.key(5))
		w.reweight(1, 0)
		s.c.Run()
		s.c.MustRefresh(s.o)
		_, err = s.try(plain(1, 2, 5), gentle())
		says(t, err, w.key(5), "did not become healthy")
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight, 4: w.weight, 5: w.weight})
	})
}

// A creation that adopts waits for what it adds alone.
func TestACreationDoesNotWaitForWhatItTakesOver(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		w.foreign(1, w.weight)
		w.sick(w.key(1))
		adopts := gentle()
		adopts["adopt_existing"] = true
		s := w.made(t, upTo(2), adopts)
		w.holds(t, map[int]int{1: w.weight, 2: w.weight})
		w.foreign(3, w.weight)
		w.sick(w.key(3))
		single := s.c.New(w.kind)
		config := w.attributes(3)
		config["wait_for_healthy"], config["adopt_existing"], config["timeouts"] = true, true, map[string]any{"create": "20s"}
		if err := s.c.Apply(t.Context(), single, config); err != nil {
			t.Error(err)
		}
	})
}

// A member that somebody takes out during a wait for health ends it at once,
// and is not in state; the next apply adds it.
func TestAMemberTakenOutDuringAWait(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		w.sick(w.keys(2, 3, 9)...)
		out := func(n int) { w.soon(func() { w.outside(n) }) }
		ended := func(began time.Time, err error) {
			t.Helper()
			says(t, err, "Missing", "Taken out by somebody else", w.group, "The next plan adds it again")
			for _, wrong := range []string{"did not become healthy", "stays there"} {
				if err != nil && strings.Contains(err.Error(), wrong) {
					t.Errorf("the error says %q of a member that is gone: %v", wrong, err)
				}
			}
			if took := time.Since(began); took < 5*time.Second || took > 15*time.Second {
				t.Errorf("the wait took %s", took)
			}
		}
		s := w.newSet(t)
		began := time.Now()
		out(2)
		_, err := s.try(upTo(2), waiting("1m"))
		ended(began, err)
		s.has("m1")
		w.holds(t, map[int]int{1: w.weight})
		w.healthy(w.key(2))
		w.converges(s, upTo(2), waiting("1m"))

		began = time.Now()
		out(3)
		calls, err := s.try(plain(2, 3), waiting("1m"))
		ended(began, err)
		w.order(t, calls, "add")
		s.has("m1", "m2")
		w.healthy(w.key(3))
		w.converges(s, plain(2, 3), waiting("1m"))
		w.holds(t, map[int]int{2: w.weight, 3: w.weight})

		single := s.c.New(w.kind)
		config := w.attributes(9)
		config["wait_for_healthy"] = true
		began = time.Now()
		out(9)
		ended(began, s.c.Apply(t.Context(), single, config))
		if !single.State.IsNull() {
			t.Errorf("state holds %s", single.State)
		}
		w.healthy(w.key(9))
		if err := s.c.Apply(t.Context(), single, config); err != nil {
			t.Error(err)
		}
		w.holds(t, map[int]int{2: w.weight, 3: w.weight, 9: w.weight})
	})
}

// converges checks that an apply leads to where nothing is left to plan.
func (w *world) converges(s *aSet, items map[string]listed, extra map[string]any) {
	s.t.Helper()
	s.apply(items, extra)
	s.settled(items, extra)
}
