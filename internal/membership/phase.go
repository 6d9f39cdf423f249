package membership

import (
	"context"
	"slices"
	"time"
)

// Phase is what a vendor is doing with a member that it lists.
type Phase int

// The phases.
const (
	// Settled: nothing. The vendors that change a group at once know no other.
	Settled Phase = iota
	// Arriving: it is being put in, and may not get requests yet.
	Arriving
	// Changing: its values are those asked for, and may not be in effect yet.
	Changing
	// Departing: it was taken out and gets no new requests; what it has begun is
	// let end. To everybody but a data source it is in the group no more.
	Departing
)

// still are operations without the removals of members that leave already: those
// have their answer. A vendor may call such a removal a conflict until the member
// is gone.
func (r *roster) still(ops []*op) (left []*op) {
	for _, o := range ops {
		if o.kind == remove && r.departs(o.member) {
			o.settle(Member{}, nil)
		} else {
			left = append(left, o)
		}
	}
	return left
}

// underWay tells whether a listing shows that the vendor is about to do what an
// operation asked for: to send it again would help nobody.
func (r *round) underWay(o *op, listed *roster) bool {
	found, ok := listed.find(o.member)
	switch {
	case !ok:
		return false
	case r.kind == add:
		return found.Phase == Arriving
	}
	return r.kind.changes() && found.Phase == Changing && o.wish.Done(found)
}

// apart are operations as parts, the next one last: the adds whose member still
// departs after the others, which must not wait for them.
func apart(ops []*op) []part {
	var now, late []*op
	for _, o := range ops {
		if o.departs {
			late = append(late, o)
		} else {
			now = append(now, o)
		}
	}
	switch {
	case len(late) == 0:
		return []part{{ops: now}}
	case len(now) == 0:
		return []part{{ops: late}}
	}
	return []part{{ops: late}, {ops: now}}
}

// unhindered are those of a part that the vendor is busy for to send again soon.
// It may be busy because a member departs, for as long as that takes: of those
// removals are over, and additions are put off. To find out costs a listing, of
// every third such answer, of a vendor that takes its time.
func (r *round) unhindered(p part) []*op {
	if _, timed := r.handle.group.(Timed); timed && p.tries%3 == 2 && !r.kind.changes() {
		if listed, err := r.settleList(); err == nil {
			p.ops = listed.Value.still(p.ops)
			for _, o := range p.ops {
				o.departs = r.kind == add && listed.Value.departs(o.member)
			}
		}
	}
	return r.putOff(p.ops)
}

// maxAtWork is how far apart a vendor is asked at the most whether it is still at
// work.
const maxAtWork = 3 * time.Second

// untilIdle waits until the vendor is at work on the group no more, where it tells.
func (r *round) untilIdle(ops []*op) []*op {
	timed, tells := r.handle.group.(Timed)
	v := r.handle.vigil("waiting with %s: %s")
	for n := 2; tells && len(ops) > 0; n++ {
		var busy bool
		left, err := r.whileAlive(ops, func(ctx context.Context) error {
			return r.w.engine.Read(ctx, func(ctx context.Context) (err error) {
				busy, err = timed.AtWork(ctx)
				return err
			})
		})
		if ops = left; err != nil || !busy {
			break // the next try will tell
		}
		v.goesOn(r.ctx, r.remarks(ops, "another change of the group is under way"))
		ops = r.rest(ops, min(backoff(n, nil), maxAtWork))
	}
	return ops
}

// How often an addition whose member departs is sent at once, and then once in so
// many looks: a vendor may take it any time, but one that refuses it does so until
// the member is gone, and that a look tells.
const sentAtOnce, looksPerTry = 2, 10

// due puts off the adds, after a look, that the vendor would most likely refuse
// once more, and returns the others.
func (r *round) due(ops []*op) []*op {
	var late []*op
	ops = slices.DeleteFunc(ops, func(o *op) bool {
		if !o.departs || o.put < sentAtOnce || o.put%looksPerTry == 0 {
			return false
		}
		late = append(late, o)
		return true
	})
	r.putOff(late)
	return ops
}

// putOff puts those adds back in the queue whose member still departs, so that
// others do not wait for them, and returns the rest.
func (r *round) putOff(ops []*op) (rest []*op) {
	for _, o := range ops {
		if o.kind != add || !o.departs {
			rest = append(rest, o)
			continue
		}
		if o.put++; o.put == 1 {
			r.handle.say(r.ctx, []Member{o.member}, o.member.Key.String()+" is added when the group has let go of it: it still ends what it has begun")
		}
		r.w.mu.Lock()
		o.later = time.Now().Add(max(min(backoff(o.put, nil), maxGone), retryAfter(o.lastAnswer())))
		r.w.queue = append(r.w.queue, o)
		r.w.mu.Unlock()
	}
	return rest
}

// putOff is how long it is until an operation may go that was put off, if there
// is one; w.mu is held.
func (w *writer) putOff(now time.Time) time.Duration {
	var waits []time.Duration
	for _, o := range w.queue {
		waits = append(waits, o.later.Sub(now))
	}
	return soonest(waits...)
}

// soonest is the shortest of some waits that there are; 0 is none.
func soonest(waits ...time.Duration) (least time.Duration) {
	for _, d := range waits {
		if d > 0 && (least == 0 || d < least) {
			least = d
		}
	}
	return least
}

// The pace at which a group is listed while members leave it.
const minGone, maxGone = 2 * time.Second, 5 * time.Second

// WaitGone waits until members that were taken out are listed no more, which a
// vendor that drains them for as long as the group says does not do at once. Others
// change the group meanwhile. Its errors are in the order of the members: nil for
// one that is not listed, or had been put in again before; Unknown for one that is
// while it is waited for; Draining for one that still leaves when ctx ends.
func (h *Handle) WaitGone(ctx context.Context, members []Member) []error {
	errs := make([]error, len(members))
	began, v := time.Now(), h.vigil("waiting until the group lists %s no more: %s")
	for age := maxAge; ; {
		l, err := h.listing(ctx, age)
		if Is(err, NotFound) {
			return make([]error, len(members))
		}
		var left []remark
		var gone []Member
		for i, m := range members {
			switch {
			case err != nil && (errs[i] == nil || ctx.Err() == nil):
				errs[i] = draining("could not be read any more: "+err.Error(), err)
			case err != nil:
			case l.Value.departs(m):
				errs[i] = draining("still lets its requests end", nil)
				left = append(left, remark{m, errs[i].Error()})
			case errs[i] != nil && l.Value.lists(m):
				errs[i] = unknown("taken out, and listed again: the removal failed, or somebody put it in again", nil)
			default:
				if errs[i] != nil {
					gone = append(gone, m)
				}
				errs[i] = nil
			}
		}
		v.ends(ctx, gone, "listed no more")
		if err != nil || len(left) == 0 {
			return errs
		}
		v.goesOn(ctx, left)
		since := l.At
		if pause(ctx, time.Until(since.Add(min(max(time.Since(began)/5, minGone), maxGone)))) != nil {
			for i, err := range errs {
				if err != nil {
					errs[i] = endedBy(ctx, err)
				}
			}
			return errs
		}
		age = max(time.Since(since.Add(1)), 1)
	}
}

// untilGone is WaitGone for those members whose removal has succeeded.
func (h *Handle) untilGone(ctx context.Context, members []Member, out []Outcome) {
	var gone []Member
	var which []int
	for i, o := range out {
		if o.Err == nil && !o.Spared {
			gone, which = append(gone, members[i]), append(which, i)
		}
	}
	if len(gone) == 0 {
		return
	}
	for n, err := range h.WaitGone(ctx, gone) {
		out[which[n]].Err = err
	}
}

// lists tells whether a member is listed, and stays.
func (r *roster) lists(m Member) bool { _, ok := r.find(m); return ok }

func draining(what string, err error) error {
	return &Error{Finding: Draining, Class: Transient, Err: err,
		Message: "out of rotation, with no new requests, but the group " + what}
}
