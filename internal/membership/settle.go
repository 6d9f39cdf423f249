package membership

import (
	"context"
	"slices"
	"time"
)

// existing re-reads after the vendor said that a member to add is there, deals
// with those that are, and returns the others.
func (r *round) existing(ops []*op) (others []*op) {
	listed, err := r.settleList()
	if err != nil {
		r.fail(ops, err)
		return nil
	}
	return r.parted(listed.Value, ops)
}

// reread finds out what a write of unknown outcome did. What took effect is
// settled; the rest, still in doubt, is returned. Where the group cannot be
// read, all are settled as in doubt: nothing is sent again unread.
func (r *round) reread(ops []*op) []*op {
	if r.kind != remove {
		return r.withoutEffectYet(ops)
	}
	return r.removedTwice(ops)
}

// missing finds out which of some members to remove are out, after the vendor
// said that it does not know one of them. That and a listing agree: it is out.
func (r *round) missing(ops []*op) []*op {
	for _, o := range ops {
		o.become(doubted)
	}
	return r.withoutEffectYet(ops)
}

// landed finds out what a batch of adds did that was refused as a whole: not
// every vendor carries out all of a batch or nothing of it. What is there, and
// was not before, is ours. It returns the rest.
func (r *round) landed(ops []*op) []*op {
	for _, o := range ops {
		if o.stands() == waiting {
			o.become(offered)
		}
	}
	return r.withoutEffectYet(ops)
}

// withoutEffectYet settles what a listing shows to be in effect and returns the
// rest.
func (r *round) withoutEffectYet(ops []*op) (rest []*op) {
	if len(ops) == 0 {
		return nil
	}
	listed, err := r.settleList()
	if err != nil {
		r.unreadable(ops, err)
		return nil
	}
	for _, o := range ops {
		if r.effective(o, listed.Value) {
			r.finish(o, listed.Value)
		} else {
			rest = append(rest, o)
		}
	}
	return rest
}

// removedTwice settles the removals in doubt whose member was listed before and
// is missing from two listings begun a second apart: one alone may lag, and
// nobody has said that it is out. Of a member that no listing has shown, none
// can show that it is out: it is returned with the rest.
func (r *round) removedTwice(ops []*op) (rest []*op) {
	if len(ops) == 0 {
		return nil
	}
	listed, err := r.settleList()
	if err != nil {
		r.unreadable(ops, err)
		return nil
	}
	var missing []*op
	for _, o := range ops {
		if o.seen && r.effective(o, listed.Value) {
			missing = append(missing, o)
		} else {
			rest = append(rest, o)
		}
	}
	if len(missing) == 0 {
		return rest
	}
	ctx, cancel := r.settleContext()
	defer cancel()
	again, err := r.handle.another(ctx, listed, func(second *roster) bool {
		return !slices.ContainsFunc(missing, func(o *op) bool { return !r.effective(o, second) })
	})
	if err != nil {
		r.unreadable(missing, err)
		return rest
	}
	for _, o := range missing {
		if r.effective(o, again) {
			o.settle(Member{}, nil)
		} else {
			rest = append(rest, o)
		}
	}
	return rest
}

// unreadable settles operations in doubt after which the group cannot be read.
func (r *round) unreadable(ops []*op, err error) {
	for _, o := range ops {
		if !Is(err, NotFound) && (o.stands() == offered || o.stands() == waiting) {
			o.become(doubted)
		}
		o.fail(err)
	}
}

// effective tells whether a listing shows an operation's effect.
func (r *round) effective(o *op, listed *roster) bool {
	found, ok := listed.find(o.member)
	switch {
	case r.kind == remove:
		return !ok
	case r.kind.changes():
		return ok && o.wish.Done(found)
	default:
		return ok
	}
}

// settleList reads afresh.
func (r *round) settleList() (*listing, error) {
	ctx, cancel := r.settleContext()
	defer cancel()
	return r.handle.listing(ctx, 0)
}

// settleContext bounds the readings that find out what became of operations.
// When every caller is gone they still may, for a moment: a known outcome is
// worth it.
func (r *round) settleContext() (context.Context, context.CancelFunc) {
	if !r.gone() {
		return context.WithCancel(r.ctx)
	}
	return context.WithTimeout(context.WithoutCancel(r.ctx), settleGrace)
}

// settleAccepted settles what shows of the batches before, so that those do not
// wait while a later batch is in trouble.
func (r *round) settleAccepted() {
	if len(r.accepted) == 0 {
		return
	}
	listed, err := r.settleList()
	if err != nil {
		return
	}
	r.accepted = r.lagging(r.accepted, listed.Value)
}

// lagging settles the accepted operations whose effect a listing shows and
// returns the others.
func (r *round) lagging(ops []*op, listed *roster) (others []*op) {
	for _, o := range ops {
		if r.effective(o, listed) {
			r.finish(o, listed)
		} else {
			others = append(others, o)
		}
	}
	return others
}

// verify settles what was accepted by what the vendor lists. It returns what
// is to be sent again: accepted, but without effect.
func (r *round) verify() (again []*op) {
	waiting := r.accepted
	r.accepted = nil
	began := time.Now()
	var listed *listing
	for n := 1; len(waiting) > 0; n++ {
		var err error
		if listed, err = r.settleList(); err != nil {
			r.fail(waiting, err)
			return nil
		}
		waiting = r.lagging(waiting, listed.Value)
		left := settleLag - time.Since(began)
		if len(waiting) == 0 || r.gone() || left <= 0 {
			break
		}
		r.pause(min(backoff(n, nil), left))
	}
	for _, o := range waiting {
		if r.withoutEffect(o, listed.Value) {
			again = append(again, o)
		}
	}
	return again
}

// withoutEffect deals with an operation that was accepted and does not show. It
// returns whether it is to be sent again.
func (r *round) withoutEffect(o *op, listed *roster) bool {
	_, there := listed.find(o.member)
	switch gone := r.kind.changes() && !there && o.ctx.Err() == nil; {
	case gone && o.stands() == sent:
		o.settle(Member{}, r.handle.missing(o.member)) // nothing is left to be changed
		return false
	case gone:
		r.lost(o, r.handle.missing(o.member))
		return false
	}
	// It may be in effect and the listing very late: whatever ends the next try,
	// nobody can say that nothing was done.
	if o.stands() == sent {
		o.become(doubted)
	}
	o.ignored++
	ignored := &Error{Class: Refused, Message: "the " + r.kind.noun() + " of " + o.member.Key.String() +
		" had no effect; it was accepted and then did not show in the vendor's list of members"}
	o.hears(ignored)
	if o.ignored >= maxIgnored || o.ctx.Err() != nil {
		o.fail(ignored)
		return false
	}
	return true
}

// finish settles an operation whose effect is there. An added member that the
// vendor lists with another weight or name than asked for is brought to it.
func (r *round) finish(o *op, listed *roster) {
	found, _ := listed.find(o.member)
	if r.kind == add {
		if wish := difference(found, o.member); !wish.Empty() {
			r.change(o, half, wish)
			return
		}
	}
	o.settle(found, nil)
}

// change notes that an add whose member is in is to be changed.
func (r *round) change(o *op, s standing, wish Change) {
	o.wish, o.change = wish, wish
	o.become(s)
	r.toChange = append(r.toChange, o)
}

// lost deals with an operation whose member is not there to be changed. One that
// was to be taken over is added instead: a listing that showed it was late, or
// somebody has taken it out since.
func (r *round) lost(o *op, err error) {
	if o.stands() != takenOver || o.ctx.Err() != nil || o.ignored >= maxIgnored {
		o.fail(err)
		return
	}
	o.ignored++
	o.become(waiting)
	r.toAdd = append(r.toAdd, o)
}

// alive returns the operations whose caller has not been told, after it has
// told those who gave up.
func (r *round) alive(ops []*op) []*op {
	if r.leaving.Swap(false) {
		r.tellWhoLeft()
	}
	var left []*op
	for _, o := range ops {
		if o.stands() != answered {
			left = append(left, o)
		}
	}
	return left
}

// tellWhoLeft answers the callers that gave up, wherever their operations stand
// in the round; none is in a call now. One that was sent with an unknown outcome
// gets a last look first, and one that was accepted a look at what shows.
func (r *round) tellWhoLeft() {
	if slices.ContainsFunc(r.accepted, func(o *op) bool { return o.ctx.Err() != nil && o.stands() == sent }) {
		r.settleAccepted()
	}
	var looked []*op
	for _, o := range r.ops {
		if o.ctx.Err() == nil || o.giveUp(false) {
			continue
		}
		if s := o.stands(); s == doubted {
			looked = append(looked, o)
		} else if s == half || s == takenOver {
			o.fail(o.timeIsOver())
		}
	}
	for _, o := range r.reread(looked) {
		o.fail(o.timeIsOver())
	}
}

// fail settles operations with an error that concerns them all.
func (r *round) fail(ops []*op, err error) {
	for _, o := range ops {
		o.fail(err)
	}
}

func (r *round) gone() bool {
	select {
	case <-r.allGone:
		return true
	default:
		return false
	}
}

// rest waits before the next try and returns the operations whose caller is
// still there; one that goes meanwhile is settled at once.
func (r *round) rest(ops []*op, d time.Duration) []*op {
	until := time.Now().Add(d)
	for len(ops) > 0 && r.pause(time.Until(until)) {
		ops = r.alive(ops)
	}
	return ops
}

// pause waits, and returns true when a caller went before the time was over.
func (r *round) pause(d time.Duration) (poked bool) {
	if d <= 0 {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return false
	case <-r.poked:
		return true
	}
}
