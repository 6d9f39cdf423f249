package membership

import "sync"

// drains are the drains under way in one group. Several callers may drain one
// member at once: the first of them knows its weight, and only the last gives
// it back, so that nobody's removal meets a member that serves again.
type drains struct {
	mu sync.Mutex
	of map[Key]*drainedMember
}

type drainedMember struct {
	weight  int  // before the first drain
	callers int  // who drain it now
	lowered bool // one of them has set it to 0, or may have
}

// join begins a caller's drain of a member that has a weight now.
func (d *drains) join(k Key, weight int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.of == nil {
		d.of = map[Key]*drainedMember{}
	}
	m, ok := d.of[k]
	if !ok {
		m = &drainedMember{weight: weight}
		d.of[k] = m
	}
	m.callers++
}

// lower notes that a caller has set a member to 0, or may have.
func (d *drains) lower(k Key) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.of[k].lowered = true
}

// leave ends a caller's drain of a member. It returns the weight from before
// the first drain, whether a drain has lowered it, and whether others go on.
func (d *drains) leave(k Key) (weight int, lowered, others bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.of[k]
	if m.callers--; m.callers == 0 {
		delete(d.of, k)
	}
	return m.weight, m.lowered, m.callers > 0
}
