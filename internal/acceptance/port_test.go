package acceptance_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// at is the member n on a port.
func at(n, port int) listed { return listed{n, map[string]any{"protocol_port": port}} }

// on is a member's key on another port.
func (w *ward) on(n, port int) string {
	host, _, _ := strings.Cut(w.key(n), ":")
	return host + map[int]string{80: ":80", 81: ":81", 8080: ":8080", 9090: ":9090"}[port]
}

func inAPool(t *testing.T, test func(t *testing.T, w *ward)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newWard(t, "cloudlb_elb_member")) })
}

// With wait_for_healthy or drain_duration a member on another port is another
// member: added, waited for, and only then the old one drained and removed.
func TestAnotherPortIsAnotherMemberWhereAskedToBeGentle(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		extra        map[string]any
		order        []string
		waits, drain bool
	}{
		"waits":  {waiting("30s"), []string{"add", "remove"}, true, false},
		"drains": {map[string]any{"drain_duration": "5s"}, []string{"add", "update", "remove"}, false, true},
		"both":   {gentle(), []string{"add", "update", "remove"}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inAPool(t, func(t *testing.T, w *ward) {
				s := w.made(t, upTo(2), c.extra)
				id := s.value("m1", "member_id")
				next := map[string]listed{"m1": at(1, 9090), "m2": {n: 2}}
				plan, err := s.plan(next, c.extra)
				if err != nil {
					t.Fatal(err)
				}
				if !plan.Unknown("members", "m1", "member_id") || plan.Unknown("members", "m2", "member_id") {
					t.Error("the plan does not show the one member that is another")
				}
				if c.waits {
					w.sick(w.on(1, 9090))
					calls, err := s.try(next, c.extra)
					says(t, err, w.on(1, 9090), "did not become healthy")
					w.order(t, calls, "add")
					w.holdsKeys(t, w.on(1, 8080), w.on(1, 9090), w.key(2))
					s.covers()
					w.healthy(w.on(1, 9090))
					w.order(t, s.apply(next, c.extra), c.order[1:]...)
				} else {
					w.order(t, s.apply(next, c.extra), c.order...)
				}
				w.holdsKeys(t, w.on(1, 9090), w.key(2))
				s.has("m1", "m2")
				if s.value("m1", "member_id") == id {
					t.Error("it has the id of the old one")
				}
				w.converges(s, next, c.extra)
			})
		})
	}
}

// Without them the port changes in place.
func TestAnotherPortIsChangedInPlace(t *testing.T) {
	t.Parallel()
	inAPool(t, func(t *testing.T, w *ward) {
		s := w.made(t, upTo(2), nil)
		id := s.value("m1", "member_id")
		next := map[string]listed{"m1": at(1, 9090), "m2": {n: 2}}
		if plan, err := s.plan(next, nil); err != nil || plan.Unknown("members", "m1", "member_id") {
			t.Errorf("the plan shows another member, error %v", err)
		}
		w.order(t, s.apply(next, nil), "update")
		w.holdsKeys(t, w.on(1, 9090), w.key(2))
		if got := s.value("m1", "member_id"); got != id {
			t.Errorf("it has the id %v, had %v", got, id)
		}
		// What was moved is waited for, by whichever apply asks for it first.
		w.sick(w.on(1, 9090))
		calls, err := s.try(map[string]listed{"m1": at(1, 9090)}, waiting("20s"))
		says(t, err, w.on(1, 9090), "did not become healthy")
		s.writes(calls, 0)
		w.holdsKeys(t, w.on(1, 9090), w.key(2))
		w.healthy(w.on(1, 9090))
		w.order(t, s.apply(map[string]listed{"m1": at(1, 9090)}, waiting("20s")), "remove")
	})
}

// Labels that pass their ports on to each other are members under other labels,
// and so nothing is to be done.
func TestLabelsThatSwapPorts(t *testing.T) {
	t.Parallel()
	for name, extra := range map[string]map[string]any{"plain": nil, "gentle": gentle()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inAPool(t, func(t *testing.T, w *ward) {
				s := w.made(t, map[string]listed{"a": at(1, 80), "b": at(1, 81)}, extra)
				next := map[string]listed{"a": at(1, 81), "b": at(1, 80)}
				s.writes(s.apply(next, extra), 0)
				w.converges(s, next, extra)
				w.holdsKeys(t, w.on(1, 80), w.on(1, 81))
				// And on, one port further.
				next = map[string]listed{"a": at(1, 80), "b": at(1, 9090)}
				s.apply(next, extra)
				w.converges(s, next, extra)
				w.holdsKeys(t, w.on(1, 80), w.on(1, 9090))
			})
		})
	}
}

// A single waits for its health after its port has changed.
func TestASingleWaitsAfterItsPortChanged(t *testing.T) {
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
		c.Run()
		began := time.Now()
		says(t, c.Apply(t.Context(), o, config(81)), "did not become healthy", w.on(1, 81))
		if took := time.Since(began); took < 15*time.Second {
			t.Errorf("it waited for %s only", took)
		}
		w.holdsKeys(t, w.on(1, 81))
		if got := c.Value(o, "protocol_port"); got != 81 || o.Tainted {
			t.Errorf("state has port %v, tainted %v", got, o.Tainted)
		}
		time.AfterFunc(10*time.Second, func() { w.healthy(w.on(1, 80)) })
		w.sick(w.on(1, 80))
		c.Run()
		began = time.Now()
		if err := c.Apply(t.Context(), o, config(80)); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < 10*time.Second {
			t.Errorf("it waited for %s only", took)
		}
	})
}

// Ports that pass between single members, to the next one or in a circle, have
// passed after one apply, and nobody has another id or weight. Nor is anybody
// taken for what is left of another one that was on that port before.
func TestSinglesThatPassTheirPortsOn(t *testing.T) {
	t.Parallel()
	for name, ports := range map[string]struct{ before, after []int }{
		"two change places": {[]int{80, 81}, []int{81, 80}},
		"in a circle":       {[]int{80, 81, 8080}, []int{81, 8080, 80}},
		"one further":       {[]int{80, 81, 8080}, []int{81, 8080, 9090}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inAPool(t, func(t *testing.T, w *ward) {
				s := &singles{ward: w, c: w.core(t)}
				for range ports.before {
					s.objects = append(s.objects, s.c.New(w.kind))
				}
				s.apply(t, ports.before)
				ids := s.ids()
				for _, next := range [][]int{ports.after, ports.before, ports.after} {
					s.apply(t, next)
					if now := s.ids(); !slices.Equal(now, ids) {
						t.Errorf("the ids are %v, were %v", now, ids)
					}
				}
			})
		})
	}
}

// singles are members of one address, each a resource, with a weight of its own.
type singles struct {
	*ward
	c       *acctest.Core
	objects []*acctest.Object
}

func (s *singles) config(i, port int) map[string]any {
	a := s.attributes(1)
	a["protocol_port"], a["weight"] = port, 10+i
	return a
}

func (s *singles) ids() (ids []any) {
	for _, o := range s.objects {
		ids = append(ids, s.c.Value(o, "member_id"))
	}
	return ids
}

// apply plans them all in one run, one after the other, and changes them in
// another, all at once. No call is refused.
func (s *singles) apply(t *testing.T, ports []int) {
	t.Helper()
	s.c.Run()
	mark := s.server.Log.Mark()
	plans := make([]acctest.Plan, len(ports))
	for i, port := range ports {
		var err error
		if !s.objects[i].State.IsNull() {
			if err = s.c.Refresh(t.Context(), s.objects[i]); err != nil {
				t.Fatal(err)
			}
		}
		if plans[i], err = s.c.Plan(t.Context(), s.objects[i], s.config(i, port)); err != nil || s.objects[i].State.IsNull() != (plans[i].Unknown("id")) {
			t.Errorf("the plan of port %d: id unknown %v, error %v", port, plans[i].Unknown("id"), err)
		}
	}
	for _, warning := range s.c.Warnings() {
		t.Errorf("a warning: %s", warning)
	}
	s.c.Run()
	var all sync.WaitGroup
	for i, port := range ports {
		all.Go(func() {
			if err := s.c.Follow(t.Context(), s.objects[i], plans[i], s.config(i, port)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, call := range s.server.Log.Since(mark).Writes() {
		if call.Code != "" {
			t.Errorf("%s was answered %s", call.Op, call.Code)
		}
	}
	for i, port := range ports {
		if got := s.members()[s.on(1, port)]; got != 10+i {
			t.Errorf("port %d has weight %d, want %d", port, got, 10+i)
		}
	}
}
