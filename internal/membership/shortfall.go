package membership

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// shortfall is the capacity that a group was to get and has not got: the members
// whose addition or raise has failed in this session. Where several callers
// change one group, as the single resources of a swap of weights do, no caller
// sees what failed for another; the group's handle does, and does not begin what
// takes capacity away.
type shortfall struct {
	mu sync.Mutex
	of map[Key]lack
}

// lack is what one member was to bring.
type lack struct {
	kind   kind // add or raise
	weight int  // that it was to have
	since  time.Time
}

// lackLasts is how long a failure holds up others. Those of one run come closer
// together; and a session may have many runs.
const lackLasts = time.Minute

// asked notes whether an operation brings capacity, or takes it away, given the
// member as it is listed before; the zero member where it is not. A member without
// weight takes nothing away. One that is to be taken out lacks nothing any more.
func (s *shortfall) asked(o *op, now Member) {
	switch o.kind {
	case add:
		o.brings = o.member.Weight > 0
	case raise:
		o.brings = o.wish.Weight != nil && *o.wish.Weight > now.Weight
	default:
		o.takes = now.Weight > 0
	}
	if o.kind == remove || o.goes {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.of, o.member.Key)
	}
}

// ended takes over how an operation has ended. An addition that found the group
// full holds nothing up: it may come after a removal that goes after a lowering.
func (s *shortfall) ended(o *op, err error) {
	if !o.brings || Is(err, Quota) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil {
		delete(s.of, o.member.Key)
		return
	}
	if s.of == nil {
		s.of = map[Key]lack{}
	}
	weight := o.member.Weight
	if o.kind != add {
		weight = *o.wish.Weight
	}
	s.of[o.member.Key] = lack{o.kind, weight, time.Now()}
}

// forget begins anew, with a new run of the session.
func (s *shortfall) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.of)
}

// holdsUp is why an operation is not to begin; nil where it may. A failed addition
// holds up changes of weight, which the resources that stay ask for, and no
// removals, whose order among resources nobody promises. A member that is listed
// with its weight has got it all the same. What gives a member back what it had is
// not held up.
func (h *Handle) holdsUp(o *op) error {
	if !o.takes || urgent(o.ctx) {
		return nil
	}
	s := &h.short
	s.mu.Lock()
	defer s.mu.Unlock()
	owed := map[kind][]Member{}
	listed := h.reads.latest()
	for _, k := range slices.SortedFunc(maps.Keys(s.of), func(a, b Key) int { return Compare(Member{Key: a}, Member{Key: b}) }) {
		is, _ := listed.at(k)
		if l := s.of[k]; k != o.member.Key && is.Weight < l.weight && time.Since(l.since) < lackLasts {
			owed[l.kind] = append(owed[l.kind], Member{Key: k})
		}
	}
	var why []string
	if some := owed[add]; some != nil && o.kind == lower && !o.drains {
		why = append(why, brief(some)+" could not be added")
	}
	if some := owed[raise]; some != nil {
		why = append(why, "the weight of "+brief(some)+" could not be raised")
	}
	if why == nil {
		return nil
	}
	return notStarted(strings.Join(why, ", and "))
}

// begin settles the operations that are not to begin and returns the others.
// One that may be in effect already goes on.
func (r *round) begin(ops []*op) []*op {
	return slices.DeleteFunc(slices.Clone(ops), func(o *op) bool {
		if s := o.stands(); s != waiting && s != offered {
			return false
		}
		err := r.handle.holdsUp(o)
		if err != nil {
			o.settle(Member{}, err)
		}
		return err != nil
	})
}
