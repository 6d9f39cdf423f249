package membership

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// restoreTimeout bounds the calls that give members their weight back after a
// drain that did not end in their removal. The caller's own time may be over.
const restoreTimeout = 15 * time.Second

// sickTimeout bounds the look at the health before a drain, which may save a
// wait and must not cost one.
const sickTimeout = 5 * time.Second

// drain is the time before a removal in which members get no new requests:
// their weight is 0, the vendors' own procedure. Established connections go on.
type drain struct {
	handle  *Handle
	members []Member
	how     Removal
	failed  []error        // of the members that must not be removed
	lowered map[int]Change // what was set to 0, and how to undo it
}

// drain lowers the weight of members and waits. A member that is not in the
// group, that nobody sends requests to because it fails its checks everywhere,
// or that this run has seen at weight 0 for as long, does not make it wait.
func (h *Handle) drain(ctx context.Context, members []Member, how Removal) *drain {
	d := &drain{handle: h, members: members, how: how, failed: make([]error, len(members)), lowered: map[int]Change{}}
	listed, err := h.list(ctx, maxAge)
	switch {
	case Is(err, NotFound):
		return d // the removal finds the same, and knows what it means
	case err != nil:
		for i := range members {
			d.failed[i] = notSent(ctx, err)
		}
		return d
	}
	sick := h.sick(ctx, listed, members)
	var until time.Time
	var changes []Change
	var at []int
	for i, m := range members {
		is, ok := listed.find(m)
		switch {
		case !ok, sick[i], d.spares(m):
		case is.Weight == 0:
			since, known := h.idleSince(is.Key)
			if !known {
				since = time.Now()
			}
			until = latest(until, since.Add(how.Drain))
		default:
			zero := 0
			changes, at = append(changes, Change{Member: is, Weight: &zero}), append(at, i)
		}
	}
	ops := make([]*op, len(changes))
	for i, c := range changes {
		ops[i] = &op{kind: update, member: c.Member, change: c, spared: how.Spare}
	}
	for i, o := range h.many(ctx, ops) {
		switch n := at[i]; {
		case d.spares(members[n]): // it was put in meanwhile
		case o.Err == nil:
			d.lowered[n] = Change{Member: o.Member, Weight: &changes[i].Member.Weight}
			until = latest(until, time.Now().Add(how.Drain))
		case Is(o.Err, NotFound), Is(o.Err, MemberNotFound):
		default:
			d.failed[n] = o.Err
			if Is(o.Err, Unknown) {
				d.lowered[n] = Change{Member: changes[i].Member, Weight: &changes[i].Member.Weight}
			}
		}
	}
	if until.IsZero() || pause(ctx, time.Until(until)) == nil {
		return d
	}
	for i := range members {
		if d.failed[i] == nil {
			d.failed[i] = &Error{Class: NotSent, Err: context.Cause(ctx),
				Message: "gave up while draining: " + context.Cause(ctx).Error()}
		}
	}
	return d
}

// spares tells whether a member is left alone because this run has put it in.
func (d *drain) spares(m Member) bool { return d.how.Spare && d.handle.Holds(m) }

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// sick are the members that fail every check there is of them. Where that
// cannot be read, nobody is.
func (h *Handle) sick(ctx context.Context, listed *roster, members []Member) map[int]bool {
	serves := func(m Member) bool { is, ok := listed.find(m); return ok && is.Weight > 0 }
	if !slices.ContainsFunc(members, serves) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sickTimeout)
	defer cancel()
	health, err := h.Health(ctx)
	if err != nil {
		return nil
	}
	sick := map[int]bool{}
	found := health.index()
	for i, m := range members {
		checks := found.of(m)
		sick[i] = len(checks) > 0
		for _, c := range checks {
			sick[i] = sick[i] && c.Verdict == Unhealthy
		}
	}
	return sick
}

// restore gives those members their weight back that are in the group after
// all: the removal failed, or was given up.
func (d *drain) restore(ctx context.Context, out []Outcome) {
	var changes []Change
	var at []int
	for i, m := range d.members {
		c, lowered := d.lowered[i]
		switch {
		case out[i].Err == nil:
		case d.spares(m):
			out[i] = Outcome{} // the removal would have done nothing
		case lowered:
			changes, at = append(changes, c), append(at, i)
		}
	}
	if len(changes) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTimeout)
	defer cancel()
	for i, o := range d.handle.UpdateAll(ctx, changes) {
		n := at[i]
		note := fmt.Sprintf("its weight is %d again", *changes[i].Weight)
		switch {
		case Is(o.Err, NotFound), Is(o.Err, MemberNotFound):
			out[n] = Outcome{} // it is out, whoever took it
			continue
		case Is(o.Err, Unknown):
			note = fmt.Sprintf("its weight may still be 0, because it is not known whether it was set back to %d: %v", *changes[i].Weight, o.Err)
		case o.Err != nil:
			note = fmt.Sprintf("its weight is still 0, because it could not be set back to %d: %v", *changes[i].Weight, o.Err)
		}
		out[n].Err = noted(out[n].Err, note)
	}
}

// noted is an error with something to add.
func noted(err error, note string) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return fmt.Errorf("%w; %s", err, note)
	}
	more := *e
	if more.Message = note; e.text() != "" {
		more.Message = e.text() + "; " + note
	}
	return &more
}
