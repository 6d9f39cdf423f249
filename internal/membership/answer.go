package membership

import "errors"

// afterwards is what is left to do after a write.
type afterwards struct {
	again  []*op  // to be sent again, together
	counts bool   // so often, and no more, as maxDoubts says
	parts  []part // to be sent apart, the next one last
}

// itemsOf are a vendor's answers for each of n items; nil where it answered for
// all at once.
func itemsOf(err error, n int) ItemErrors {
	if items, ok := errors.AsType[ItemErrors](err); ok && len(items) == n {
		return items
	}
	return nil
}

// partly tells whether some of a write may be done although it failed.
func partly(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Partly
}

// answer deals with the answer to a write, which is not plain success.
func (r *round) answer(p part, err error) afterwards {
	if items := itemsOf(err, len(p.ops)); items != nil {
		return r.itemByItem(p, items)
	}
	if partly(err) {
		if p.ops = r.landed(p.ops); len(p.ops) == 0 {
			p.refused()
			return afterwards{}
		}
	}
	c := conductOf(err)
	switch c.toWrite(r.kind) {
	case repeat:
		if Is(err, Busy) {
			return afterwards{again: r.unhindered(p)}
		}
		return afterwards{again: p.ops, counts: c.counts}
	case doubt:
		return afterwards{again: r.reread(p.ops), counts: c.counts}
	case absent:
		// What is out is out; the rest is asked for in smaller parts. One that
		// the vendor does not know and still lists is about to go.
		left := r.missing(p.ops)
		if len(left) > 1 {
			return afterwards{parts: p.split(left, err)}
		}
		return afterwards{again: left, counts: true}
	case exists:
		left := r.putOff(r.existing(p.ops))
		switch {
		case len(left) == 0:
			return afterwards{}
		case len(left) < len(p.ops):
			return afterwards{again: left}
		case len(left) == 1 && (left[0].maybeOurs() || left[0].adopt):
			return afterwards{again: left, counts: true} // it may be ours or be taken over, and the listing lags
		}
		return afterwards{parts: r.blame(p, left, err)}
	case full:
		return r.isFull(p, err)
	case blame:
		return afterwards{parts: r.blame(p, p.ops, err)}
	default:
		r.ended = err
		r.fail(p.ops, err)
		return afterwards{}
	}
}

// isFull deals with adds that found the group full.
func (r *round) isFull(p part, err error) afterwards {
	ops := r.alive(p.ops)
	switch {
	case len(ops) == 0, r.w.afterRemovals(ops):
		return afterwards{}
	case len(ops) == 1 && ops[0].stands() == doubted:
		return afterwards{again: r.reread(ops), counts: true} // it may itself have the last place, and the listing lags
	case len(ops) == 1:
		r.full = err
		r.fullFor++
	}
	return afterwards{parts: r.blame(p, ops, err)}
}

// blame deals with a refusal of operations: one of the members may be to blame.
func (r *round) blame(p part, ops []*op, err error) []part {
	if len(ops) == 1 {
		p.refused()
		r.refuse(ops[0], err)
		return nil
	}
	if r.kind == add && !partly(err) {
		// Sent again unread, what landed would be said to exist already.
		if ops = r.landed(ops); len(ops) == 0 {
			p.refused()
			return nil
		}
	}
	return p.split(ops, err)
}

// refuse deals with the refusal of a single operation.
func (r *round) refuse(o *op, err error) {
	if Is(err, MemberNotFound) {
		r.lost(o, err)
	} else {
		o.fail(err)
	}
}

// itemByItem deals with a vendor's answers for each item, the plain ones first:
// who has one does not wait for a reading.
func (r *round) itemByItem(p part, items ItemErrors) (a afterwards) {
	var doubtful, there []*op
	for i, o := range p.ops {
		err := items[i]
		if err == nil {
			r.accepted = append(r.accepted, o)
			continue
		}
		c := conductOf(err)
		a.counts = a.counts || c.write == exists || c.counts
		switch c.toWrite(r.kind) {
		case repeat:
			a.again = append(a.again, o)
		case doubt:
			doubtful = append(doubtful, o)
		case absent:
			r.accepted = append(r.accepted, o)
		case exists:
			there = append(there, o)
		case full:
			if !r.w.afterRemovals([]*op{o}) {
				p.refused()
				o.fail(err)
			}
		default:
			p.refused()
			r.refuse(o, err)
		}
	}
	a.again = append(a.again, r.reread(doubtful)...)
	if len(there) == 0 {
		return a
	}
	for _, o := range r.existing(there) {
		if o.maybeOurs() || o.adopt {
			a.again = append(a.again, o)
		} else {
			o.fail(o.lastAnswer())
		}
	}
	return a
}
