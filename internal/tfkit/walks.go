package tfkit

import (
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Walks tells a session's walks over Terraform's graph apart, as far as two
// creations that are planned alike need it; sessions embed it.
//
// In a walk that plans, Terraform validates each instance and plans it. Two
// instances that are alike are then validated as often as they are planned, and
// are two that claim one member. Since Terraform 1.13 one session serves all of
// a test file, whose every run begins with a walk that validates and does not
// plan: an instance that comes alike in the plan and in the apply of a run, or
// in two runs, has been validated more often than it was planned.
type Walks struct {
	mu      sync.Mutex
	known   map[shape]int // validations less plans
	unknown map[shape]int // those of which a part is not known yet
}

// shape is what tells instances apart that cannot be one: their type, and of
// what their configuration says what is known.
type shape struct{ typ, group, member string }

// anything stands in a shape for what is not known.
const anything = "\x00"

// part is one part of a shape.
func part(s types.String) string {
	if s.IsUnknown() {
		return anything
	}
	return s.ValueString()
}

func (s shape) whole() bool { return s.group != anything && s.member != anything }

// fits tells whether two shapes may be of one instance.
func (s shape) fits(other shape) bool {
	same := func(a, b string) bool { return a == b || a == anything || b == anything }
	return s.typ == other.typ && same(s.group, other.group) && same(s.member, other.member)
}

// Walk is the session's.
func (w *Walks) Walk() *Walks { return w }

func (w *Walks) count(s shape, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.known == nil {
		w.known, w.unknown = map[shape]int{}, map[shape]int{}
	}
	if s.whole() {
		w.known[s] += n
	} else {
		w.unknown[s] += n
	}
}

// ahead tells whether what has a shape was validated more often than planned.
func (w *Walks) ahead(s shape) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.known[s]
	for other, more := range w.unknown {
		if s.fits(other) {
			n += more
		}
	}
	return n > 0
}
