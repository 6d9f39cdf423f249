package membership

import "slices"

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

// landed finds out what a batch did that failed as a whole: not every vendor
// carries out all of a batch or nothing of it. What is there, and was not before,
// is ours. It returns the rest.
func (r *round) landed(ops []*op) []*op {
	for _, o := range ops {
		if o.stands() == waiting {
			o.become(offered)
		}
	}
	return r.withoutEffectYet(ops)
}

// withoutEffectYet settles what a listing shows to be in effect, takes for accepted
// what it shows to be under way, and returns the rest.
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
		switch {
		case r.effective(o, listed.Value):
			r.finish(o, listed.Value)
		case r.underWay(o, listed.Value):
			r.accepted = append(r.accepted, o)
		default:
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
