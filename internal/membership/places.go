package membership

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A member's place is its address and port, which no other member of its group
// may have. ELB moves a member to another port in place, and refuses that while
// another member is there. Where several move at once each waits for the one
// whose place it takes; of a circle, in which all wait, one steps aside.

// place is where a member is to be, by the id of the one that is there.
type place struct {
	handle *Handle
	id     string
}

// errCircle is told of an operation that waits, in the end, for itself. A caller
// hears it of a member that stands aside already, because others have closed a
// second circle through the place where it stands: that member goes back.
var errCircle = &Error{Class: Refused, Finding: Occupied, Message: "its new port is that of a member that waits for a port itself"}

// occupant is the id of the member that has the place to which an operation takes
// its own; "" where nobody has.
func (r *roster) occupant(o *op) string {
	target := o.member.Key
	switch {
	case o.wish.Port != nil:
		target.Port = *o.wish.Port
	case o.kind != add:
		return ""
	}
	if at, ok := r.at(target); ok && at.ID != o.member.ID {
		return at.ID
	}
	return ""
}

// placeTaken is the refusal of a move to a port that another member has.
func placeTaken(port int, err error) error {
	e := &Error{}
	if as, ok := errors.AsType[*Error](err); ok {
		*e = *as
	}
	e.Class, e.Finding = Refused, Occupied
	e.Message = "another member of the address has port " + itoa(port) + " and does not leave it: " + e.Message
	return e
}

// leavesPlace tells whether the place of the operation's member is free after it.
func (o *op) leavesPlace() bool { return o.kind == remove || o.wish.Port != nil }

// movesOn tells whether an operation takes its member to another place. An add
// waits for no other: where a removal is to make its place free it is the same
// member, which is not to go.
func movesOn(o *op) bool { return o != nil && o.kind != remove }

// movers are the waiting operations after which a place is free; w.mu is held.
func (w *writer) movers() map[place]*op {
	var movers map[place]*op
	for _, o := range w.queue {
		if o.taken != "" && movers == nil {
			movers = map[place]*op{}
		}
	}
	if movers == nil {
		return nil // nobody asks
	}
	for _, o := range w.queue {
		if at := (place{o.handle, o.member.ID}); o.leavesPlace() && movers[at] == nil {
			movers[at] = o
		}
	}
	return movers
}

// openCircles takes one operation out of each circle; w.mu is held.
func (w *writer) openCircles() {
	closing := map[*op]bool{}
	movers := w.movers()
	for _, o := range w.queue {
		if o.taken == "" || closing[o] {
			continue
		}
		next := movers[place{o.handle, o.taken}]
		for range w.queue {
			if next == nil || next == o || next.taken == "" || closing[next] {
				break
			}
			next = movers[place{next.handle, next.taken}]
		}
		if next == o {
			closing[o] = true
			o.settle(Member{}, errCircle)
		}
	}
	if len(closing) > 0 {
		w.drop(closing)
	}
}

// placesFirst takes out of what may go now what waits for a place: until whoever
// leaves it has gone, or, where nobody at hand does, for as long as one may yet
// come; see [writer.holdBack]. w.mu is held; wait is how long to wait where
// nothing is left to go.
func (w *writer) placesFirst(ready []*op, now time.Time) (left []*op, wait time.Duration) {
	movers := w.movers()
	if movers == nil {
		return ready, 0
	}
	for _, o := range ready {
		if o.taken == "" {
			left = append(left, o)
			continue
		}
		if o.held.IsZero() {
			o.held = now
		}
		d := w.patience(o.held).Sub(now)
		switch {
		case o.kind == add:
			left = append(left, o)
		case movers[place{o.handle, o.taken}] != nil:
		case d <= 0:
			left = append(left, o)
		case wait == 0 || d < wait:
			wait = d
		}
	}
	if len(left) == 0 && wait == 0 {
		return ready, 0 // whoever is waited for waits for something else
	}
	return left, wait
}

// vacated notes which places the operations of a round have left; w.mu is held.
func (w *writer) vacated(round []*op) {
	free := map[place]bool{}
	for _, o := range round {
		if o.leavesPlace() && o.stands() == answered && o.outcome.Err == nil {
			free[place{o.handle, o.member.ID}] = true
		}
	}
	for _, o := range w.queue {
		if free[place{o.handle, o.taken}] {
			o.taken = ""
		}
	}
}

// stepAside carries out the changes that close a circle: the member goes to a
// port that nobody has, with weight 0 because nothing may answer there, waits
// until its place is free, and takes it with its weight. One that does not get
// its place goes back to where it was.
func (h *Handle) stepAside(ctx context.Context, changes []Change, out []Outcome) {
	var which []int
	for i, o := range out {
		if errors.Is(o.Err, errCircle) {
			which = append(which, i)
		}
	}
	if len(which) == 0 {
		return
	}
	listed, err := h.list(ctx, maxAge)
	var aside, final, back []Change
	var moving []int
	zero := 0
	for _, i := range which {
		now, ok := Member{}, false
		if err == nil {
			now, ok = listed.find(listed.current(changes[i].Member))
		}
		switch {
		case err != nil:
			out[i] = Outcome{Err: beforeSend(ctx, lower, 0, err)}
			continue
		case !ok:
			out[i] = Outcome{Err: errMissing}
			continue
		}
		free, found := h.aside.take(now.Key, listed)
		if !found {
			out[i] = Outcome{Err: &Error{Class: Refused, Message: "no port of " + now.Key.Address + " is free to change places by"}}
			continue
		}
		c := changes[i]
		c.Member = now
		if c.Weight == nil {
			c.Weight = &now.Weight
		}
		defer h.aside.leave(free)
		moving = append(moving, i)
		aside = append(aside, Change{Member: now, Port: &free.Port, Weight: &zero})
		final = append(final, c)
		back = append(back, Change{Member: now, Port: &now.Key.Port, Weight: &now.Weight})
	}
	h.changePlaces(ctx, moving, aside, final, back, out)
}

// changePlaces takes members to their places by way of another.
func (h *Handle) changePlaces(ctx context.Context, which []int, aside, final, back []Change, out []Outcome) {
	pick := func(some []Change, keep func(n, i int) bool) (left []Change, of []int) {
		for n, i := range which {
			if keep(n, i) {
				left, of = append(left, some[n]), append(of, i)
			}
		}
		return left, of
	}
	for n, o := range h.changeAll(ctx, aside) {
		out[which[n]] = o
	}
	steps, of := pick(final, func(_, i int) bool { return out[i].Err == nil })
	for n, o := range h.changeAll(ctx, steps) {
		out[of[n]] = o
	}
	steps, of = pick(back, func(_, i int) bool {
		return out[i].Err != nil && !Is(out[i].Err, Unknown) && !Is(out[i].Err, MemberNotFound)
	})
	if len(steps) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTimeout)
	defer cancel()
	for n, o := range h.changeAll(ctx, steps) {
		if o.Err != nil && !Is(o.Err, MemberNotFound) {
			out[of[n]].Err = noted(out[of[n]].Err, "it stands aside, with weight 0 on another port: "+o.Err.Error())
		}
	}
}

// asides are the places at which members of a group stand aside.
type asides struct {
	mu    sync.Mutex
	taken map[Key]bool
}

// take is a place of k's address that nobody has: from the upper end of the
// ports, where servers seldom listen.
func (a *asides) take(k Key, listed *roster) (free Key, found bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for k.Port = 65535; k.Port > 0; k.Port-- {
		if _, there := listed.at(k); !there && !a.taken[k] {
			if a.taken == nil {
				a.taken = map[Key]bool{}
			}
			a.taken[k] = true
			return k, true
		}
	}
	return Key{}, false
}

func (a *asides) leave(k Key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.taken, k)
}
