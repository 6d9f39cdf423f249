package membership

import (
	"context"
	"slices"
	"time"
)

// effective tells whether a listing shows an operation's effect.
func (r *round) effective(o *op, listed *roster) bool {
	found, ok := listed.find(o.member)
	switch {
	case r.kind == remove:
		// A departing one is not found. Whether it stays out, the vendor has not
		// said of a removal in doubt: who waits no more is told so.
		return !ok && !(o.stands() == doubted && o.ctx.Err() != nil && listed.departs(o.member))
	case !ok:
		return false
	case r.underWay(o, listed):
		return false // it may fail yet
	}
	return r.kind == add || o.wish.Done(found)
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
// is to be sent again: accepted, but without effect. What is under way is waited
// for as long as somebody is there for it.
func (r *round) verify() (again []*op) {
	waiting := r.accepted
	r.accepted = nil
	began, v := time.Now(), r.handle.vigil("waiting for %s: %s")
	for n := 1; len(waiting) > 0; n++ {
		listed, err := r.settleList()
		if err != nil {
			r.fail(waiting, err)
			return again
		}
		waiting = r.lagging(waiting, listed.Value)
		wait, left := backoff(n, nil), r.handle.times().Settle-time.Since(began)
		if gone := r.gone(); gone || left <= 0 {
			waiting = slices.DeleteFunc(waiting, func(o *op) bool {
				if !gone && r.underWay(o, listed.Value) {
					return false
				}
				if r.withoutEffect(o, listed.Value) {
					again = append(again, o)
				}
				return true
			})
		} else {
			wait = min(wait, left)
		}
		if len(waiting) > 0 {
			v.goesOn(r.ctx, r.remarks(waiting, "the "+r.kind.noun()+" was accepted and does not show yet"))
			r.pause(wait)
		}
	}
	return again
}

// withoutEffect deals with an operation that was accepted and does not show. It
// returns whether it is to be sent again.
func (r *round) withoutEffect(o *op, listed *roster) bool {
	found, there := listed.find(o.member)
	switch gone := r.kind.changes() && !there && o.ctx.Err() == nil; {
	case o.ctx.Err() != nil && r.underWay(o, listed):
		o.fail(&Error{Class: Transient, Message: "the " + r.kind.noun() + " was accepted, and is not over yet" + as(found.Observed.Status)})
		return false
	case gone && o.stands() == sent:
		o.settle(Member{}, errMissing) // nothing is left to be changed
		return false
	case gone:
		r.lost(o, errMissing)
		return false
	}
	// It may be in effect and the listing very late: whatever ends the next try,
	// nobody can say that nothing was done.
	if o.stands() == sent {
		o.become(doubted)
	}
	o.ignored++
	ignored := &Error{Class: Refused, Message: "the " + r.kind.noun() + " was accepted and does not show in the vendor's list of members"}
	text := false
	if r.kind.changes() && there {
		ignored.Message = "the change was accepted, but the vendor still lists " + o.wish.wanting(found)
		text = o.wish.ofText(found) // some vendors keep a text that is to be cleared
	}
	o.hears(ignored)
	if o.ignored >= maxIgnored || text || o.ctx.Err() != nil {
		o.fail(ignored)
		return false
	}
	return true
}

// as says how the vendor lists a member; status is its word, "" where it has none.
func as(status string) string {
	if status == "" {
		return ""
	}
	return " (the member is " + status + ")"
}

// finish settles an operation whose effect is there. An added member that the
// vendor lists with another weight or name than asked for is brought to it.
func (r *round) finish(o *op, listed *roster) {
	found, _ := listed.find(o.member)
	if r.kind == add {
		if wish := Diff(found, o.member); !wish.Empty() {
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

// fail settles operations with an error that concerns them all.
func (r *round) fail(ops []*op, err error) {
	for _, o := range ops {
		o.fail(err)
	}
}
