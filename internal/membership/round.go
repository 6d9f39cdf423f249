package membership

import (
	"context"
	"errors"
	"slices"
	"strings"
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
	allGone chan struct{} // no caller waits: each gave up or has its answer

	full     error // what they were told
	ended    error // said of all operations at once: nothing more is sent
	fullFor  int   // so many single members in a row found the group full
	accepted []*op // sent and not refused: to be verified
	adopted  []*op // adds that turned into updates
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
			select {
			case r.poked <- struct{}{}:
			default:
			}
		})
		defer stop()
	}
	todo := r.ops
	switch r.kind {
	case add:
		todo = r.look(todo)
	default:
		todo = r.spare(todo)
	}
	r.carryOut(todo)
	if len(r.adopted) > 0 {
		todo, r.adopted = r.adopted, nil
		r.kind = update
		r.carryOut(todo)
	}
}

// carryOut sends operations, batch by batch, and verifies them all together.
func (r *round) carryOut(todo []*op) {
	limit := max(r.handle.group.Limits().Batch, 1)
	for len(todo) > 0 {
		for batch := range slices.Chunk(todo, limit) {
			r.send(batch)
		}
		todo = r.verify()
	}
}

// spare settles the removals, and the drains before them, of members that this
// run has put in.
func (r *round) spare(ops []*op) []*op {
	return slices.DeleteFunc(slices.Clone(ops), func(o *op) bool {
		held := o.spared && r.handle.Holds(o.member)
		if held {
			o.settle(Member{}, nil)
		}
		return held
	})
}

// paced waits for the turn of a call and returns the operations to send.
func (r *round) paced(ops []*op) []*op {
	ops, _ = r.unsent(ops, r.w.engine.pacer.wait) // it fails only when nobody is left
	return r.alive(ops)
}

// send sends operations until the vendor has given each a final answer: they
// end in r.accepted, put back in the queue, or settled. It returns whether any
// of them was refused for what it is.
func (r *round) send(ops []*op) (refused bool) {
	for n, doubts := 1, 0; ; n++ {
		if ops = r.alive(ops); len(ops) == 0 {
			return refused
		}
		if r.ended != nil {
			r.fail(ops, r.ended)
			return refused
		}
		if r.fullFor >= fullEnough {
			for _, o := range ops {
				r.settleFailed(o, r.full)
			}
			return true
		}
		if ops = r.paced(ops); len(ops) == 0 {
			return refused
		}
		err := r.write(ops, n)
		if err == nil {
			r.accepted = append(r.accepted, ops...)
			r.fullFor = 0
			return refused
		}
		if items, ok := errors.AsType[ItemErrors](err); ok && len(items) == len(ops) {
			var blamed bool
			if ops, blamed = r.each(ops, items); len(ops) == 0 {
				return refused || blamed
			}
			refused = refused || blamed
			var wait time.Duration
			doubt := 0
			for _, o := range ops {
				wait = max(wait, backoff(n, o.last))
				if !Is(o.last, Busy) && !Is(o.last, Throttled) {
					doubt = 1
				}
			}
			if doubts += doubt; doubts >= maxDoubts {
				for _, o := range ops {
					r.settleFailed(o, o.last)
				}
				return refused
			}
			r.settleAccepted()
			ops = r.rest(ops, wait)
			continue
		}
		for _, o := range ops {
			o.last = err
		}
		switch ClassOf(err) {
		case Busy, Throttled:
		case Transient:
			doubts++
		case Unknown:
			doubts++
			ops = r.reread(ops)
		case NotFound:
			r.ended = err
			r.fail(ops, err)
			return refused
		case MemberNotFound:
			if r.kind != remove {
				return r.refuse(ops, err) || refused
			}
			// What is out is out; the rest is asked for in smaller parts. One
			// that the vendor does not know and still lists is about to go.
			doubts++
			if ops = r.unknownToVendor(ops); len(ops) > 1 {
				return r.split(ops, err) || refused
			}
		case AlreadyExists:
			if r.kind != add {
				return r.refuse(ops, err) || refused
			}
			left := r.existing(ops)
			switch {
			case len(left) < len(ops):
				ops = left
			case len(left) == 1 && (left[0].maybeOurs() || left[0].adopt):
				doubts++ // it may be ours or be taken over, and the listing lags
			default:
				return r.refuse(left, err) || refused
			}
		case Quota:
			if ops = r.alive(ops); len(ops) == 0 {
				return refused
			}
			switch {
			case r.kind == add && r.w.afterRemovals(ops):
				return refused
			case len(ops) == 1 && ops[0].doubted:
				doubts++ // it may itself have the last place, and the listing lags
				ops = r.reread(ops)
			default:
				if len(ops) == 1 {
					r.full = err
					r.fullFor++
				}
				return r.refuse(ops, err) || refused
			}
		case Refused:
			return r.refuse(ops, err) || refused
		case Denied:
			r.ended = err
			r.fail(ops, err)
			return refused
		}
		if doubts >= maxDoubts {
			r.fail(ops, err)
			return refused
		}
		r.settleAccepted()
		ops = r.rest(ops, backoff(n, err))
	}
}

// fullEnough is how many single members must have been told, one after the
// other, that the group is full, before the rest of a round is not tried: one
// alone may be about a quota of its own server.
const fullEnough = 2

// write makes one call.
func (r *round) write(ops []*op, n int) error {
	queued := time.Duration(0)
	for _, o := range ops {
		queued = max(queued, time.Since(o.queued))
	}
	ctx, cancel := r.callContext(ops)
	defer cancel()
	g := r.handle.group
	err := r.w.engine.call(ctx, Attempt{N: n, Size: len(ops), Queued: queued}, func(ctx context.Context) error {
		switch r.kind {
		case add:
			return g.Add(ctx, membersOf(ops))
		case update:
			changes := make([]Change, len(ops))
			for i, o := range ops {
				changes[i] = o.change
			}
			return g.Update(ctx, changes)
		default:
			return g.Remove(ctx, membersOf(ops))
		}
	})
	r.handle.reads.wroteNow()
	return err
}

// callContext bounds a write so that, when it hangs, a fifth of the time that
// the most patient caller has left remains to find out what it did.
func (r *round) callContext(ops []*op) (context.Context, context.CancelFunc) {
	var latest time.Time
	for _, o := range ops {
		d, ok := o.ctx.Deadline()
		if !ok {
			return context.WithCancel(r.ctx)
		}
		if d.After(latest) {
			latest = d
		}
	}
	left := time.Until(latest)
	return context.WithTimeout(r.ctx, max(left*4/5, time.Second))
}

func membersOf(ops []*op) []Member {
	members := make([]Member, len(ops))
	for i, o := range ops {
		members[i] = o.member
	}
	return members
}

// each deals with a vendor's answers for each item, the plain ones first: who
// has one does not wait for a reading. It returns those to send again, and
// whether any was refused for what it is.
func (r *round) each(ops []*op, items ItemErrors) (again []*op, refused bool) {
	byClass := map[Class][]*op{}
	for i, o := range ops {
		if items[i] == nil {
			r.accepted = append(r.accepted, o)
			continue
		}
		o.last = items[i]
		c := ClassOf(items[i])
		byClass[c] = append(byClass[c], o)
	}
	for c, some := range byClass {
		switch {
		case c == Busy, c == Throttled, c == Transient:
			again = append(again, some...)
		case c == Unknown, c == AlreadyExists && r.kind == add:
		case c == NotFound:
			r.fail(some, some[0].last)
		case c == MemberNotFound && r.kind == remove:
			r.accepted = append(r.accepted, some...)
		case c == Quota && r.kind == add && r.w.afterRemovals(some):
		default:
			refused = true
			for _, o := range some {
				r.settleFailed(o, o.last)
			}
		}
	}
	again = append(again, r.reread(byClass[Unknown])...)
	if there := byClass[AlreadyExists]; r.kind == add && len(there) > 0 {
		for _, o := range r.existing(there) {
			if o.maybeOurs() || o.adopt {
				again = append(again, o)
			} else {
				r.settleFailed(o, o.last)
			}
		}
	}
	return again, refused
}

// refuse deals with a refusal of a batch: one of its items may be to blame.
func (r *round) refuse(ops []*op, err error) (refused bool) {
	if len(ops) == 1 {
		r.settleFailed(ops[0], err)
		return true
	}
	if r.kind == add {
		// Sent again unread, what landed would be said to exist already.
		if ops = r.landed(ops); len(ops) == 0 {
			return true
		}
	}
	return r.split(ops, err)
}

// split sends a refused batch in two parts: those that the vendor's message
// names and the others, or two halves. Where the first half passes the second
// must hold the culprit, so it is split again without being sent whole. With
// one bad item of 20 it comes to at most 11 calls.
func (r *round) split(ops []*op, err error) bool {
	if named, others := r.named(ops, err); len(named) > 0 && len(others) > 0 {
		r.send(others)
		r.send(named)
		return true
	}
	half := len(ops) / 2
	first, second := ops[:half], ops[half:]
	if r.send(first) || len(second) == 1 {
		r.send(second)
		return true
	}
	return r.split(second, err)
}

// named parts the operations into those whose member an error's message names
// and the others.
func (r *round) named(ops []*op, err error) (named, others []*op) {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return nil, ops
	}
	words := strings.FieldsFunc(e.Message, func(c rune) bool {
		return !(c == '-' || c == '.' || c == '_' || c == ':' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
	})
	said := make(map[string]bool, len(words))
	for _, w := range words {
		said[strings.Trim(w, ".:")] = true
	}
	for _, o := range ops {
		m := o.member
		if said[m.Key.String()] || m.Key.Server != "" && said[m.Key.Server] || m.Key.Address != "" && said[m.Key.Address] || m.ID != "" && said[m.ID] {
			named = append(named, o)
		} else {
			others = append(others, o)
		}
	}
	return named, others
}
