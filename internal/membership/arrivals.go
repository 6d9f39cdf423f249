package membership

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// arrivals are the members that the verbs of one session bring into its groups.
// What takes capacity away waits at this gate until those that are waited for
// have been seen healthy, whichever resource brings them: Terraform knows no
// order between them.
type arrivals struct {
	mu      sync.Mutex
	of      map[incoming][]*arriving
	changed chan struct{}   // closed at the next change
	going   map[*Handle]int // removals that are at the gate, or have passed it and go on
	opened  time.Time       // when the first removal came, after a time without any
	lately  time.Time       // when the latest came
}

// The times of the gate.
const (
	// arrivalWindow is how long the first removals of an apply wait for
	// additions to be heard of: Terraform starts both within moments, in no order.
	arrivalWindow = 400 * time.Millisecond
	// arrivalLull is how long after the last removal the next one counts as the
	// first of another apply.
	arrivalLull = 10 * time.Second
	// arrivalMemory is how long an addition that failed holds removals up. A
	// session may serve many applies, the next of which tries again.
	arrivalMemory = time.Minute
	// arrivalCheck bounds the look at whether a member that did not become
	// healthy in time has become so since.
	arrivalCheck = 3 * time.Second
	// roomGap is how far apart an addition is tried that waits for removals which
	// nobody has sent yet.
	roomGap = 2 * time.Second
)

// incoming is what arrivals are found by.
type incoming struct {
	handle *Handle
	key    Key
}

// arriving is one member on its way in.
type arriving struct {
	handle *Handle
	by     string
	member Member
	over   bool      // its verb has told its outcome: it was taken over or, with err, it failed
	room   bool      // it found the group full, and waits for removals
	err    error     // why it failed
	at     time.Time // when
}

// Arrival is what one verb brings into a group. Its methods do nothing to nil.
type Arrival struct {
	handle *Handle
	of     map[Key]*arriving // those without an outcome
}

// Arrive announces members that a resource of a type is about to add or to move, or
// waits for, until they are healthy. Those that have a weight must be so before
// others go; see [Handle.TakeOut].
func (h *Handle) Arrive(by string, members []Member) *Arrival {
	a := &Arrival{handle: h, of: make(map[Key]*arriving, len(members))}
	as := &h.engine.arrivals
	as.mu.Lock()
	defer as.mu.Unlock()
	if as.of == nil {
		as.of = map[incoming][]*arriving{}
	}
	for _, m := range members {
		if m.Weight == 0 {
			continue
		}
		e := &arriving{handle: h, by: by, member: m}
		a.of[m.Key] = e
		as.of[e.in()] = append(as.of[e.in()], e)
	}
	return a
}

// Ends tells what became of members: without an error they have been seen
// healthy, or were taken over and not waited for.
func (a *Arrival) Ends(members []Member, outcomes []Outcome) {
	if a == nil {
		return
	}
	as := &a.handle.engine.arrivals
	as.mu.Lock()
	defer as.mu.Unlock()
	for i, o := range outcomes {
		e, is := a.of[members[i].Key]
		if !is {
			continue
		}
		delete(a.of, members[i].Key)
		// A full group needs removals, and what somebody has taken out is waited for no more.
		stands := (o.Err != nil || o.Adopted) && !Is(o.Err, Gone) && !Is(o.Err, Quota)
		as.drop(e.in(), func(other *arriving) bool { return other.over || other == e && !stands })
		e.over, e.err, e.at = true, o.Err, time.Now()
		if o.Member.Key == e.member.Key {
			e.member.ID = o.Member.ID
		}
	}
	as.notify()
}

// End ends the verb. Of what it has told no outcome nothing has come.
func (a *Arrival) End() {
	if a == nil {
		return
	}
	var left []Member
	var outcomes []Outcome
	for k := range a.of {
		left = append(left, Member{Key: k})
		outcomes = append(outcomes, Outcome{Err: &Error{Finding: NotSent, Class: Transient, Message: "it could not be added"}})
	}
	a.Ends(left, outcomes)
}

func (e *arriving) in() incoming { return incoming{e.handle, e.member.Key} }

// drop ends some arrivals of a member; as.mu is held.
func (as *arrivals) drop(in incoming, which func(*arriving) bool) {
	if left := slices.DeleteFunc(as.of[in], which); len(left) > 0 {
		as.of[in] = left
	} else {
		delete(as.of, in)
	}
}

// notify wakes those who wait for a change; as.mu is held.
func (as *arrivals) notify() {
	if as.changed != nil {
		close(as.changed)
		as.changed = nil
	}
}

// forget ends what is remembered of a member: it leaves, or is healthy.
func (as *arrivals) forget(h *Handle, k Key) {
	as.mu.Lock()
	defer as.mu.Unlock()
	as.drop(incoming{h, k}, func(e *arriving) bool { return e.over })
}

// makesRoom tells whether removals from a group are at the gate or have passed it, for
// which additions that found it full are to wait. The gate lets them pass then.
func (as *arrivals) makesRoom(h *Handle, adds []*op) bool {
	as.mu.Lock()
	defer as.mu.Unlock()
	for _, o := range adds {
		for _, e := range as.of[incoming{h, o.member.Key}] {
			e.room = true
		}
	}
	as.notify()
	return as.going[h] > 0
}

// goes counts removals from a group; -1 ends one.
func (as *arrivals) goes(h *Handle, n int) {
	as.mu.Lock()
	defer as.mu.Unlock()
	if as.going == nil {
		as.going = map[*Handle]int{}
	}
	if as.going[h] += n; as.going[h] == 0 {
		delete(as.going, h)
	}
}

// window waits until the additions that Terraform starts together with the first
// removals can have been announced.
func (as *arrivals) window(ctx context.Context) error {
	as.mu.Lock()
	now := time.Now()
	if now.Sub(as.lately) > arrivalLull {
		as.opened = now
	}
	as.lately = now
	left := as.opened.Add(arrivalWindow).Sub(now)
	as.mu.Unlock()
	if left <= 0 {
		return nil
	}
	return pause(ctx, left)
}

// settled waits until some arrivals have an outcome, or need room.
func (as *arrivals) settled(ctx context.Context, some []*arriving, tell func([]remark)) error {
	for {
		var left []remark
		var first *arriving
		as.mu.Lock()
		for _, e := range some {
			if e.over || e.room {
				continue
			}
			if left = append(left, remark{e.member, "its addition is under way"}); first == nil {
				first = e
			}
		}
		if as.changed == nil {
			as.changed = make(chan struct{})
		}
		changed := as.changed
		as.mu.Unlock()
		if first == nil {
			return nil
		}
		tell(left)
		select {
		case <-changed:
		case <-ctx.Done():
			return first.unseen(context.Cause(ctx))
		}
	}
}

// pick are some arrivals, without those that are remembered no more.
func (as *arrivals) pick(which func(*arriving) bool) (some []*arriving) {
	as.mu.Lock()
	defer as.mu.Unlock()
	for in := range as.of {
		as.drop(in, func(e *arriving) bool { return e.err != nil && time.Since(e.at) > arrivalMemory })
		for _, e := range as.of[in] {
			if which(e) {
				some = append(some, e)
			}
		}
	}
	slices.SortFunc(some, func(a, b *arriving) int { return cmp.Compare(a.member.Key.String(), b.member.Key.String()) })
	return some
}

// unseen is the error of a removal that waits for an arrival.
func (e *arriving) unseen(why error) *Error {
	cause := why
	if v, ok := errors.AsType[*Error](why); ok && v.Finding != NotHealthy {
		cause = nil // more time would not help
	}
	return &Error{Finding: NotSent, Class: Transient, Err: cause, Message: fmt.Sprintf("not started, because a removal waits until what "+
		"is added is healthy, and member %s of %s is not: %s", e.member.Key, e.handle.Name(), because(why))}
}
