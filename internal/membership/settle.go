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
	return r.parted(listed.roster, ops)
}

// reread finds out what a write of unknown outcome did. What took effect is
// settled; the rest, still in doubt, is returned. Where the group cannot be
// read, all are settled as in doubt: nothing is sent again unread.
func (r *round) reread(ops []*op) []*op {
	for _, o := range ops {
		o.doubted = true
	}
	return r.withoutEffectYet(ops)
}

// unknownToVendor re-reads after the vendor said that one of those to remove
// does not exist. That and one listing which lacks a member agree: it is out.
func (r *round) unknownToVendor(ops []*op) []*op {
	for _, o := range ops {
		o.doubted, o.denied = true, true
	}
	return r.withoutEffectYet(ops)
}

// landed finds out what a batch of adds did that was refused as a whole: not
// every vendor carries out all of a batch or nothing of it. What is there, and
// was not before, is ours. It returns the rest.
func (r *round) landed(ops []*op) []*op {
	for _, o := range ops {
		o.offered = true
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
	var agrees *roster
	if err == nil {
		agrees, err = r.confirm(ops, listed)
	}
	if Is(err, NotFound) {
		r.fail(ops, err)
		return nil
	}
	for _, o := range ops {
		switch {
		case err != nil:
			o.settle(Member{}, inDoubt(err))
		case r.kind == remove && !o.denied && !(o.seen && r.effective(o, agrees)):
			rest = append(rest, o) // what no listing has shown, none shows to be out
		case r.effective(o, listed.roster):
			r.finish(o, listed.roster)
		default:
			rest = append(rest, o)
		}
	}
	return rest
}

// confirm is a second listing to ask about removals in doubt that one does not
// show any more: it may lag.
func (r *round) confirm(ops []*op, l *listing) (*roster, error) {
	doubtful := func(o *op) bool { _, ok := l.roster.find(o.member); return !ok && o.seen && !o.denied }
	if r.kind != remove || !slices.ContainsFunc(ops, doubtful) {
		return l.roster, nil
	}
	ctx, cancel := r.settleContext()
	defer cancel()
	return r.handle.another(ctx, l, func(second *roster) bool {
		return !slices.ContainsFunc(ops, func(o *op) bool { _, ok := second.find(o.member); return ok })
	})
}

// effective tells whether a listing shows an operation's effect.
func (r *round) effective(o *op, listed *roster) bool {
	found, ok := listed.find(o.member)
	switch r.kind {
	case add:
		return ok
	case update:
		return ok && o.change.Done(found)
	default:
		return !ok
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
	r.accepted = slices.DeleteFunc(r.accepted, func(o *op) bool {
		shows := r.effective(o, listed.roster)
		if shows {
			r.finish(o, listed.roster)
		}
		return shows
	})
}

// verify settles what was accepted by what the vendor lists. It returns what
// is to be sent again: accepted, but without effect.
func (r *round) verify() (again []*op) {
	waiting := r.accepted
	r.accepted = nil
	began := time.Now()
	var listed *roster
	for n := 1; len(waiting) > 0; n++ {
		l, err := r.settleList()
		if Is(err, NotFound) {
			r.fail(waiting, err)
			return nil
		}
		if err != nil {
			for _, o := range waiting {
				o.settle(Member{}, inDoubt(err))
			}
			return nil
		}
		listed = l.roster
		var lagging []*op
		for _, o := range waiting {
			if r.effective(o, listed) {
				r.finish(o, listed)
			} else {
				lagging = append(lagging, o)
			}
		}
		waiting = lagging
		if len(waiting) == 0 {
			return nil
		}
		left := settleLag - time.Since(began)
		if r.gone() || left <= 0 {
			break
		}
		r.pause(min(backoff(n, nil), left))
	}
	for _, o := range waiting {
		if _, listed := listed.find(o.member); r.kind == update && !listed && o.ctx.Err() == nil {
			r.settleFailed(o, r.handle.missing(o.member))
			continue
		}
		// It may be in effect and the listing very late: whatever ends the
		// next try, nobody can say that nothing was done.
		o.doubted = true
		o.ignored++
		o.last = &Error{Class: Refused, Message: r.withoutEffect(o)}
		if o.ignored >= maxIgnored || o.ctx.Err() != nil {
			o.settle(Member{}, inDoubt(o.last))
			continue
		}
		again = append(again, o)
	}
	return again
}

// finish settles an operation whose effect is there. An added member that the
// vendor lists with another weight or name than asked for is brought to it.
func (r *round) finish(o *op, listed *roster) {
	found, _ := listed.find(o.member)
	if r.kind == add {
		o.change = difference(found, o.member)
		if !o.change.Empty() {
			o.doubted, o.added = true, true
			r.adopted = append(r.adopted, o)
			return
		}
	}
	o.settle(found, nil)
}

func (r *round) withoutEffect(o *op) string {
	const tail = "; it was accepted and then did not show in the vendor's list of members"
	switch r.kind {
	case add:
		return "the add of " + o.member.Key.String() + " had no effect" + tail
	case update:
		return "the change of " + o.member.Key.String() + " had no effect" + tail
	default:
		return "the removal of " + o.member.Key.String() + " had no effect" + tail
	}
}

// alive settles the operations whose caller is gone and returns the others.
// One that was sent with an unknown outcome gets a last look first.
func (r *round) alive(ops []*op) []*op {
	var left, doubted []*op
	for _, o := range ops {
		switch {
		case o.ctx.Err() == nil:
			left = append(left, o)
		case o.doubted:
			doubted = append(doubted, o)
		default:
			o.settle(Member{}, notSent(o.ctx, o.last))
		}
	}
	for _, o := range r.reread(doubted) {
		r.settleFailed(o, &Error{Class: Transient, Err: context.Cause(o.ctx), Message: outOfTime(o)})
	}
	return left
}

// outOfTime says why an operation was not tried again.
func outOfTime(o *op) string {
	s := context.Cause(o.ctx).Error()
	if o.last != nil {
		s += "; the last answer was: " + o.last.Error()
	}
	return s
}

// fail settles operations with an error that concerns them all. Of a group
// that does not exist, what is to be removed is out.
func (r *round) fail(ops []*op, err error) {
	for _, o := range ops {
		r.settleFailed(o, err)
	}
}

// settleFailed settles one operation with an error. One that was sent before
// with an unknown outcome stays in doubt, whatever the vendor answers later: a
// refusal speaks of the try that it answers, and not of the one before.
func (r *round) settleFailed(o *op, err error) {
	switch c := ClassOf(err); {
	case c == NotFound && r.kind == remove:
		o.settle(Member{}, nil)
	case c == NotFound:
		o.settle(Member{}, err)
	case o.added:
		o.settle(Member{}, halfDone(err))
	case o.doubted:
		o.settle(Member{}, inDoubt(err))
	case Is(err, NotSent), c == Transient && o.ctx.Err() != nil:
		o.settle(Member{}, notSent(o.ctx, err))
	default:
		o.settle(Member{}, err)
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
