package membership

import (
	"context"
	"slices"
)

// look is the look before an add: not every vendor says that a member was
// there already. It returns those to add. A listing that other callers share
// is good enough to see that a member is not there; that one is there is worth
// a listing of its own.
func (r *round) look(ops []*op) []*op {
	var listed *roster
	ops, err := r.whileAlive(ops, func(ctx context.Context) (err error) {
		listed, err = r.handle.list(ctx, maxAge)
		return err
	})
	if err == nil && len(ops) > 0 && len(listed.present(membersOf(ops))) > 0 {
		ops, err = r.whileAlive(ops, func(ctx context.Context) (err error) {
			listed, err = r.handle.list(ctx, 0)
			return err
		})
	}
	if err != nil {
		r.fail(ops, err)
		return nil
	}
	return r.due(r.parted(listed, ops))
}

// compare sets changes against the members as they are listed now, so that
// nothing older is sent, and returns those of which something is left to do. A
// listing that others share is good enough. A member is missing when two agree.
func (r *round) compare(ops []*op) []*op {
	var first *listing
	var second *roster
	missing := func(l *roster) bool {
		return slices.ContainsFunc(ops, func(o *op) bool { _, ok := l.find(o.member); return !ok })
	}
	ops, err := r.whileAlive(ops, func(ctx context.Context) (err error) {
		if first, err = r.handle.listing(ctx, maxAge); err != nil {
			return err
		}
		if second = first.Value; missing(first.Value) {
			second, err = r.handle.another(ctx, first, missing)
		}
		return err
	})
	if err != nil {
		r.fail(ops, err)
		return nil
	}
	var left []*op
	for _, o := range ops {
		found, ok := first.Value.find(o.member)
		if !ok {
			found, ok = second.find(o.member)
		}
		switch {
		case !ok:
			r.lost(o, errMissing)
		case o.wish.Done(found):
			o.settle(found, nil)
		default:
			o.change = o.wish.of(found)
			left = append(left, o)
		}
	}
	return left
}

// parted deals with the adds whose member is listed and returns the others.
func (r *round) parted(listed *roster, ops []*op) (others []*op) {
	for _, o := range ops {
		if found, ok := listed.find(o.member); ok {
			r.present(o, found)
		} else {
			o.departs = listed.departs(o.member)
			others = append(others, o)
		}
	}
	return others
}

// present settles an add whose member is in the group already.
func (r *round) present(o *op, found Member) {
	want := o.member
	ours := o.maybeOurs() || r.handle.HandedOver(want.Key)
	switch {
	case !o.adopt && !ours:
		o.settle(Member{}, &Error{Class: AlreadyExists, Message: "what was to be added is already in the group"})
	case want.Subnet != found.Subnet:
		o.settle(Member{}, &Error{Class: AlreadyExists, Message: "what was to be added is already in the group, in another subnet, which cannot be changed in place"})
	case want.Remote != found.Remote:
		o.settle(Member{}, &Error{Class: AlreadyExists, Message: "what was to be added is already in the group, and whether its address is a remote one cannot be changed in place"})
	case want.Type != "" && found.Type != "" && want.Type != found.Type:
		o.settle(Member{}, &Error{Class: AlreadyExists, Message: "what was to be added is already in the group, with type " + found.Type + ", which cannot be changed in place"})
	default:
		s := takenOver
		if ours {
			s = half
		}
		wish := Diff(found, want)
		if wish.Empty() {
			o.become(s)
			o.settle(found, nil)
			return
		}
		r.change(o, s, wish)
	}
}
