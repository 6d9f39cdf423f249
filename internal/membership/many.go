package membership

import (
	"context"
	"time"
)

// Outcome is what became of one of many members: the member as the vendor
// lists it, or the error. With class NotHealthy, Gone or NotChanged it has both.
type Outcome struct {
	Member Member
	Err    error
	// Adopted tells of a member to add that it was in the group before and has
	// been taken over. One that is there because of a lost answer is not.
	Adopted bool
	// Spared tells of a member to take out that another resource instance has by
	// now, so that it was left in.
	Spared bool
}

// AddAll is [Handle.Add] for many members at once, in as few calls as the
// vendor allows. The outcomes are in the order of the members.
func (h *Handle) AddAll(ctx context.Context, members []Member, adopt bool) []Outcome {
	ops := make([]*op, len(members))
	for i, m := range members {
		ops[i] = &op{kind: add, member: m, adopt: adopt}
	}
	return h.many(ctx, ops)
}

// UpdateAll is [Handle.Update] for many members at once. A change of which
// nothing is left to do makes no call. Members that take each other's ports do
// so one after the other.
func (h *Handle) UpdateAll(ctx context.Context, changes []Change) []Outcome {
	out := h.changeAll(ctx, changes)
	h.stepAside(ctx, changes, out)
	return out
}

// changeAll is UpdateAll but for members that wait for each other in a circle:
// one of those is told errCircle.
func (h *Handle) changeAll(ctx context.Context, changes []Change) []Outcome {
	ops := make([]*op, len(changes))
	for i, c := range changes {
		ops[i] = changing(c)
	}
	return h.many(ctx, ops)
}

// Removal says how members are taken out.
type Removal struct {
	// Drain is how long members get no new requests (weight 0) before they
	// are taken out; 0 takes them out at once.
	Drain time.Duration
	// UntilGone waits until the vendor lists them no more; see [Handle.WaitGone].
	UntilGone bool
}

// RemoveAll is [Handle.Remove] for many members at once, after one drain of
// them all. A member that is not taken out has its weight back, or its error
// says otherwise.
func (h *Handle) RemoveAll(ctx context.Context, members []Member, how Removal) []Outcome {
	d, out := h.drain(members, how.Drain)
	d.by = asker(ctx)
	if how.Drain > 0 {
		d.lower(ctx)
	}
	var left []*leaving
	var ops []*op
	for _, l := range d.all {
		if l.out.Err == nil {
			left, ops = append(left, l), append(ops, &op{kind: remove, member: l.member})
		}
	}
	for i, o := range h.many(ctx, ops) {
		*left[i].out = o
	}
	d.restore(ctx)
	if how.UntilGone {
		h.untilGone(ctx, members, out)
	}
	return out
}
