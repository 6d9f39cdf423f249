package membership

import "time"

// The patience with what had better go after another one, which has not come yet:
// a lowering that would leave nobody in service, a move to a port that another
// member has. It lasts until so long after the last change under the lock, and no
// longer than so long in all.
const (
	minHold = 2 * time.Second
	maxHold = 10 * time.Second
)

// holdBack takes the last member in service out of what may go now. Where many
// callers change one group at once, as the single resources of a swap between
// two sets of servers do, those who lower weights may all come before the first
// who raises one. Then the last member that gets requests is not lowered while a
// raise may still come. w.mu is held; wait is how long to wait where nothing is
// left to go.
//
// A caller who lowers all by itself means it, and so does a drain, whose member
// mostly goes in any case: neither is held back.
func (w *writer) holdBack(ready []*op, now time.Time) (left []*op, wait time.Duration) {
	last := map[*op]bool{}
	for h, off := range w.switchedOff(ready) {
		o := h.lastServing(off)
		if o == nil || callers(off, w.underWay, w.queue) < 2 && w.crowd.known < 2 {
			continue
		}
		if h.holdsUp(o) != nil {
			continue // it is not going to be lowered
		}
		if o.held.IsZero() {
			o.held = now
		}
		if d := w.patience(o.held).Sub(now); d > 0 {
			last[o] = true
			if wait == 0 || d < wait {
				wait = d
			}
		}
	}
	if len(last) == 0 {
		return ready, 0
	}
	for _, o := range ready {
		if !last[o] {
			left = append(left, o)
		}
	}
	return left, wait
}

// patience is how long an operation that is held back waits for others who may
// yet come; w.mu is held.
func (w *writer) patience(held time.Time) (until time.Time) {
	until = latest(w.crowd.active, held).Add(minHold)
	if most := held.Add(maxHold); until.After(most) {
		until = most
	}
	return until
}

// switchedOff are the lowerings to weight 0 that may go now, by group.
func (w *writer) switchedOff(ready []*op) map[*Handle][]*op {
	off := map[*Handle][]*op{}
	for _, o := range ready {
		if o.kind == lower && !o.drains && o.wish.Weight != nil && *o.wish.Weight == 0 {
			off[o.handle] = append(off[o.handle], o)
		}
	}
	return off
}

// lastServing is the last of some lowerings after which, as far as is known, no
// member of the group gets requests any more; nil where one still does, or none
// does now.
func (h *Handle) lastServing(off []*op) (last *op) {
	byKey := make(map[Key]*op, len(off))
	for _, o := range off {
		byKey[o.member.Key] = o
	}
	for _, m := range h.reads.latest().members {
		switch o, lowered := byKey[m.Key]; {
		case m.Weight == 0:
		case !lowered:
			return nil
		default:
			last = o
		}
	}
	return last
}
