package acceptance_test

import (
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// lands loses the answers of all adds; the first takes effect at a moment, the
// others never.
func (w *ward) lands(at time.Duration) {
	first := true
	w.befalls(w.ops.add, func(_ *fakecloud.Call, _ fakecloud.Cloud, execute func() fakecloud.Reply) fakecloud.Outcome {
		if first {
			first = false
			time.AfterFunc(at, func() { execute() })
		}
		return fakecloud.Outcome{Abort: true}
	})
}

// limited is a time for creations and changes.
func limited(d string) map[string]any {
	return map[string]any{"timeouts": map[string]any{"create": d, "update": d}}
}

// An add whose answer is lost, and which lands after the last look, is in state
// meanwhile; the next apply ends in agreement, whether it has landed by then or
// not.
func TestAnAddThatLandsAfterTheLastLook(t *testing.T) {
	t.Parallel()
	for name, lands := range map[string]time.Duration{"late": 70 * time.Second, "in the next apply": 90*time.Second + 200*time.Millisecond, "never": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inEveryForm(t, func(t *testing.T, r *one) {
				config := r.config(map[string]any{"weight": 7}, limited("20s"))
				plan := r.planned(t, config)
				r.lands(lands)
				began := time.Now()
				says(t, r.c.Follow(t.Context(), r.o, plan, config), r.key(1), "may or may not")
				if took := time.Since(began); took > 40*time.Second {
					t.Errorf("took %s", took)
				}
				if r.o.State.IsNull() || !r.o.Tainted {
					t.Errorf("what may be in is not in state as tainted: %s", r.o.State)
				}
				r.mended()
				<-time.After(90*time.Second - time.Since(began))
				r.settles(t, config)
				r.holds(t, map[int]int{1: 7})
			})
		})
	}
}

// settles applies until nothing is left to plan; a tainted object is replaced as
// Terraform does it.
func (r *one) settles(t *testing.T, config map[string]any) {
	t.Helper()
	r.c.Run()
	r.c.MustRefresh(r.o)
	if r.o.State.IsNull() {
		r.o.Tainted = false
	}
	if r.o.Tainted {
		plan := r.c.MustDestroyReplaced(r.o, config)
		r.c.MustFollow(r.o, plan, config)
	} else {
		r.apply(t, config)
	}
	if p := r.planned(t, config); !p.Empty {
		t.Error("the plan after it is not empty")
	}
}

// The same in a change of a set, whose other members are as they should be.
func TestAnAddOfAChangeThatLandsAfterTheLastLook(t *testing.T) {
	t.Parallel()
	for name, lands := range map[string]time.Duration{"late": 70 * time.Second, "in the next apply": 90*time.Second + 200*time.Millisecond, "never": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inEveryWard(t, func(t *testing.T, w *ward) {
				s := w.made(t, plain(1, 2), limited("20s"))
				w.lands(lands)
				began := time.Now()
				_, err := s.try(plain(1, 3), limited("20s"))
				says(t, err, w.key(3), "may or may not", w.key(2), "ot started")
				s.has("m1", "m2", "m3")
				w.mended()
				<-time.After(90*time.Second - time.Since(began))
				w.converges(s, plain(1, 3), limited("20s"))
				w.holds(t, map[int]int{1: w.weight, 3: w.weight})
				s.has("m1", "m3")
			})
		})
	}
}

// A change that fails after an adoption costs neither the member nor what state
// had: the member stays as it was, and the next apply takes it over.
func TestAFailedChangeAfterAnAdoption(t *testing.T) {
	t.Parallel()
	inEveryForm(t, func(t *testing.T, r *one) {
		r.foreign(1, 9)
		r.refuse(1, r.ops.update)
		config := r.config(map[string]any{"weight": 5}, map[string]any{"adopt_existing": true})
		for range 2 {
			mark := r.server.Log.Mark()
			says(t, r.c.Follow(t.Context(), r.o, r.planned(t, config), config), r.key(1), "not valid", "It was there before")
			if !r.o.State.IsNull() {
				t.Errorf("state holds %s", r.o.State)
			}
			r.holds(t, map[int]int{1: 9})
			if n := r.count(mark, r.ops.add) + r.count(mark, r.ops.remove); n != 0 {
				t.Errorf("it was taken out or added:\n%s", r.server.Log.Since(mark))
			}
		}
		r.server.Faults.Reset()
		r.apply(t, config)
		r.holds(t, map[int]int{1: 5})
		if p := r.planned(t, config); !p.Empty {
			t.Error("the plan after it is not empty")
		}
	})
}

// In a set that changes, the others are as planned where nothing is taken away.
func TestAFailedAdoptionInAChangeOfASet(t *testing.T) {
	t.Parallel()
	inEveryWard(t, func(t *testing.T, w *ward) {
		adopt := map[string]any{"adopt_existing": true}
		s := w.made(t, plain(1, 2), adopt)
		w.foreign(3, 9)
		w.refuse(3, w.ops.update)
		next := map[string]listed{"m1": {n: 1}, "m3": weighted(3, 5), "m4": {n: 4}}
		for range 2 {
			_, err := s.try(next, adopt)
			says(t, err, w.key(3), "not valid", w.key(2), "ot started")
			s.has("m1", "m2", "m4")
			w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: 9, 4: w.weight})
		}
		w.server.Faults.Reset()
		w.converges(s, next, adopt)
		w.holds(t, map[int]int{1: w.weight, 3: 5, 4: w.weight})
	})
}
