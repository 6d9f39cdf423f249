package membership

import (
	"context"
	"slices"
	"sync/atomic"
	"time"
)

// round carries out operations of one kind on one group. It sends them, in
// batches as large as the vendor takes, deals with every kind of answer, and
// ends when each operation is settled with what is true of its member.
type round struct {
	w       *writer
	handle  *Handle
	kind    kind
	ops     []*op
	ctx     context.Context // ends some time after every caller is gone
	cancel  context.CancelFunc
	poked   chan struct{} // a caller gave up
	leaving atomic.Bool   // one did whose operation has not been looked at since
	allGone chan struct{} // no caller waits: each gave up or has its answer

	accepted []*op // sent and not refused: to be verified
	toChange []*op // adds whose member is in, and is to be changed
	toAdd    []*op // adds whose member was in, was taken over, and is in no more
	ended    error // said of all operations at once: nothing more is sent
	full     error // what single members were told,
	fullFor  int   // so many in a row, that found the group full
}

func newRound(w *writer, ops []*op) *round {
	r := &round{
		w: w, handle: ops[0].handle, kind: ops[0].kind, ops: ops,
		poked: make(chan struct{}, 1), allGone: make(chan struct{}),
	}
	r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(ops[0].ctx))
	return r
}

func (r *round) run() {
	defer r.cancel()
	var left atomic.Int64
	left.Store(int64(len(r.ops)))
	for _, o := range r.ops {
		stop := context.AfterFunc(o.waited, func() {
			if left.Add(-1) == 0 {
				close(r.allGone)
				time.AfterFunc(inFlightGrace, r.cancel)
			}
			if o.ctx.Err() == nil {
				return // it has its answer
			}
			r.leaving.Store(true)
			select {
			case r.poked <- struct{}{}:
			default:
			}
		})
		defer stop()
	}
	todo := r.spare(r.ops)
	for len(todo) > 0 {
		if r.kind == add {
			todo = r.look(todo)
		}
		r.carryOut(todo)
		switch {
		case len(r.toChange) > 0:
			r.kind, todo, r.toChange = raise, r.toChange, nil
		case len(r.toAdd) > 0:
			r.kind, todo, r.toAdd = add, r.toAdd, nil
		default:
			return
		}
	}
}

// carryOut sends operations and verifies them all together.
func (r *round) carryOut(todo []*op) {
	for len(todo) > 0 {
		r.send(todo)
		if todo = r.verify(); len(todo) > 0 {
			some := r.wanted(todo)
			r.handle.say(r.ctx, some, "sending the "+r.kind.noun()+" of "+brief(some)+" again: it was accepted and does not show")
		}
	}
}

// spare settles the removals, and the drains before them, of members that are
// not the asker's to take out any more: another resource instance has them by
// now, which is success, or could not have them because they are still there,
// and then taking them out would leave them to nobody.
func (r *round) spare(ops []*op) []*op {
	return slices.DeleteFunc(slices.Clone(ops), func(o *op) bool {
		if o.kind != remove && !o.goes {
			return false
		}
		switch {
		case r.handle.passedOn(o.member, o.by):
			o.spared = true
			o.settle(Member{}, nil)
		case r.handle.wantedByAnother(o.member, o.by):
			o.settle(Member{}, &Error{Class: Refused, Message: "another resource of the configuration is to manage " +
				o.member.Key.String() + " and could not add it, because it is there, so it was left in"})
		default:
			return false
		}
		return true
	})
}

// send sends operations until the vendor has given each a final answer: they
// end in r.accepted, put back in the queue, or settled.
func (r *round) send(ops []*op) {
	work := apart(ops) // the next one last
	for len(work) > 0 {
		next := work[len(work)-1]
		work = append(work[:len(work)-1], r.step(next)...)
	}
}

// fullEnough is how many single members must have been told, one after the
// other, that the group is full, before the rest of a round is not tried: one
// alone may be about a quota of its own server.
const fullEnough = 2

// step sends a part once, or a part of it, and returns what is left to do, the
// next one last.
func (r *round) step(p part) []part {
	if p.ops = r.alive(p.ops); len(p.ops) == 0 {
		return nil
	}
	switch {
	case r.ended != nil:
		r.fail(p.ops, r.ended)
		return nil
	case r.fullFor >= fullEnough:
		p.refused()
		r.fail(p.ops, r.full)
		return nil
	case p.holdsCulprit():
		return p.halves(p.ops, p.cleared.err)
	}
	if r.kind.changes() && time.Since(p.compared) > maxAge {
		p.ops, p.compared = r.compare(p.ops), time.Now()
	}
	// An endpoint may turn out to take fewer than it was thought to.
	if limit := r.handle.limit(r.kind); len(p.ops) > limit {
		rest := p
		p.ops, rest.ops = p.ops[:limit:limit], p.ops[limit:]
		return []part{rest, p}
	}
	if p.ops = r.paced(p.ops); len(p.ops) == 0 {
		return nil
	}
	var err error
	if p.ops, err = r.write(p.ops, p.tries+1); len(p.ops) == 0 {
		return nil
	}
	p.tries++
	if err == nil {
		r.accepted = append(r.accepted, p.ops...)
		r.fullFor = 0
		return nil
	}
	return r.after(p, err)
}

// after deals with an answer that is not plain success.
func (r *round) after(p part, err error) []part {
	sent := len(p.ops)
	a := r.answer(p, err)
	if len(a.again) == 0 {
		return a.parts
	}
	if len(a.again) < sent {
		p.doubts = 0 // it gets on
	}
	if a.counts {
		p.doubts++
	}
	if p.doubts >= maxDoubts {
		return append(a.parts, r.giveUp(p, a.again, err)...)
	}
	r.settleAccepted()
	last := a.again[0].lastAnswer()
	wait := backoff(p.tries, last)
	for _, o := range a.again {
		wait = max(wait, retryAfter(o.lastAnswer()))
	}
	r.handle.saysAgain(r.ctx, r.wanted(a.again), p.tries, wait, err)
	p.ops = r.rest(a.again, wait)
	if Is(err, Busy) {
		p.ops = r.untilIdle(p.ops)
	}
	return append(a.parts, p)
}

// giveUp deals with operations that were sent often enough. Where the answer to
// all of them names some, as one may that asks to come back later and means never,
// those are to blame, and the others are sent without them.
func (r *round) giveUp(p part, ops []*op, err error) []part {
	var left []part
	if Is(err, Transient) && itemsOf(err, len(p.ops)) == nil {
		if blamed, others := named(ops, err); len(blamed) > 0 && len(others) > 0 {
			ops, left = blamed, []part{{ops: others, compared: p.compared, of: p.of}}
		}
	}
	for _, o := range ops {
		o.fail(o.lastAnswer())
	}
	return left
}

// paced waits for the turn of a call and returns the operations to send.
func (r *round) paced(ops []*op) []*op {
	ops, _ = r.whileAlive(ops, func(ctx context.Context) error {
		return r.w.engine.pacer.wait(ctx, laneOf(r.kind))
	}) // it fails only when nobody is left
	return r.alive(ops)
}

// write makes one call, for those whose caller is there to the last moment.
func (r *round) write(ops []*op, n int) (sent []*op, err error) {
	var before []standing
	queued := time.Duration(0)
	for _, o := range ops {
		if s, ok := o.leaves(); ok {
			sent, before = append(sent, o), append(before, s)
			queued = max(queued, time.Since(o.queued))
		}
	}
	if len(sent) == 0 {
		return nil, nil
	}
	ctx, cancel := r.callContext(sent)
	defer cancel()
	err = r.w.engine.call(ctx, laneOf(r.kind), Attempt{N: n, Size: len(sent), Queued: queued}, func(ctx context.Context) error {
		switch g := r.handle.group; {
		case r.kind == add:
			return g.Add(ctx, membersOf(sent))
		case r.kind.changes():
			return g.Update(ctx, changesOf(sent))
		default:
			return g.Remove(ctx, membersOf(sent))
		}
	})
	r.handle.wrote()
	items := itemsOf(err, len(sent))
	for i, o := range sent {
		if items != nil {
			o.arrives(before[i], items[i])
		} else {
			o.arrives(before[i], err)
		}
	}
	return sent, err
}

// callContext bounds a write so that, when it hangs, a fifth of the time that
// the most patient caller has left remains to find out what it did; and by the
// time that the group gives it.
func (r *round) callContext(ops []*op) (context.Context, context.CancelFunc) {
	bound := r.handle.times().Write
	var latest time.Time
	for _, o := range ops {
		d, ok := o.ctx.Deadline()
		if !ok && bound == 0 {
			return context.WithCancel(r.ctx)
		}
		if !ok {
			return context.WithTimeout(r.ctx, bound)
		}
		if d.After(latest) {
			latest = d
		}
	}
	left := max(time.Until(latest)*4/5, time.Second)
	if bound > 0 {
		left = min(left, bound)
	}
	return context.WithTimeout(r.ctx, left)
}

func membersOf(ops []*op) []Member {
	members := make([]Member, len(ops))
	for i, o := range ops {
		members[i] = o.member
	}
	return members
}

func changesOf(ops []*op) []Change {
	changes := make([]Change, len(ops))
	for i, o := range ops {
		changes[i] = o.change
	}
	return changes
}
