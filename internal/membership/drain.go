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
	joined  map[int]Member // those that were in the group, as they were listed
	by      string         // the resource instance that asks
}

// drain lowers the weight of members and waits. A member that is not in the
// group, that nobody sends requests to because it fails its checks everywhere,
// or that this run has seen at weight 0 for as long, does not make it wait.
func (h *Handle) drain(ctx context.Context, members []Member, how Removal) *drain {
	d := &drain{handle: h, by: asker(ctx), members: members, how: how, failed: make([]error, len(members)), joined: map[int]Member{}}
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
		if !ok || d.spares(m) {
			continue
		}
		d.joined[i] = is
		h.drains.join(is.Key, is.Weight)
		switch {
		case sick[i]:
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
		ops[i] = changing(c)
		ops[i].drains = true
	}
	for i, o := range h.many(ctx, ops) {
		switch n := at[i]; {
		case d.spares(members[n]): // it has passed on meanwhile
		case o.Err == nil:
			h.drains.lower(d.joined[n].Key)
			until = latest(until, time.Now().Add(how.Drain))
		case Is(o.Err, NotFound), Is(o.Err, MemberNotFound):
		default:
			d.failed[n] = o.Err
			if Is(o.Err, Unknown) {
				h.drains.lower(d.joined[n].Key)
			}
		}
	}
	if until.IsZero() || pause(ctx, time.Until(until)) == nil {
		return d
	}
	for i := range members {
		if d.failed[i] == nil {
			d.failed[i] = &Error{Finding: NotSent, Err: context.Cause(ctx),
				Message: "gave up while draining: " + context.Cause(ctx).Error()}
		}
	}
	return d
}

// spares tells whether a member is left alone because it has passed on to another
// resource instance.
func (d *drain) spares(m Member) bool { return d.handle.passedOn(m, d.by) }

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

// restore ends the drain. Those members get their weight back that are in the
// group after all, because the removal failed or was given up, and that a fresh
// listing still shows at 0: a weight that somebody else has set meanwhile
// stands.
func (d *drain) restore(ctx context.Context, out []Outcome) {
	undo := map[int]Change{}
	for i, m := range d.members {
		is, joined := d.joined[i]
		if !joined {
			continue
		}
		weight, lowered, others := d.handle.drains.leave(is.Key)
		switch {
		case out[i].Err == nil:
		case d.spares(m):
			out[i] = Outcome{} // the removal would have done nothing
		case !lowered, weight == 0:
		case others:
			out[i].Err = noted(out[i].Err, "its weight is left at 0, because another removal of it is under way")
		default:
			undo[i] = Change{Member: is, Weight: &weight}
		}
	}
	if len(undo) > 0 {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTimeout)
		defer cancel()
		d.giveBack(ctx, undo, out)
	}
}

// giveBack carries out changes of members, by their index, that undo a drain.
func (d *drain) giveBack(ctx context.Context, undo map[int]Change, out []Outcome) {
	listed, err := d.handle.list(ctx, 0)
	if err == nil && slices.ContainsFunc(d.members, func(m Member) bool { return d.mayYetBeLowered(m, undo, listed) }) {
		if pause(ctx, settled) == nil { // such a member gets a second look
			listed, err = d.handle.list(ctx, 0)
		}
	}
	var changes []Change
	var at []int
	for i, m := range d.members {
		c, ok := undo[i]
		if !ok {
			continue
		}
		now, there := Member{}, false
		if err == nil {
			now, there = listed.find(c.Member)
		}
		switch {
		case Is(err, NotFound):
			out[i] = Outcome{} // out with the whole group
		case err != nil:
			d.restored(&out[i], *c.Weight, inDoubt(err))
		case !there || now.Weight == 0: // of what is not there, the change finds out more
			changes, at = append(changes, c), append(at, i)
		case d.mayYetBeLowered(m, undo, listed):
			out[i].Err = noted(out[i].Err, fmt.Sprintf("its weight is %d, and may still be 0, because it is not known whether it was lowered", now.Weight))
		default:
			out[i].Err = noted(out[i].Err, fmt.Sprintf("its weight is %d, which somebody else has set meanwhile, and not %d as before", now.Weight, *c.Weight))
		}
	}
	for n, o := range d.handle.UpdateAll(ctx, changes) {
		d.restored(&out[at[n]], *changes[n].Weight, o.Err)
	}
}

// mayYetBeLowered tells whether it is not known that a member was lowered, and
// a listing does not show it.
func (d *drain) mayYetBeLowered(m Member, undo map[int]Change, listed *roster) bool {
	for i, c := range undo {
		if d.members[i] == m && Is(d.failed[i], Unknown) {
			now, there := listed.find(c.Member)
			return there && now.Weight != 0
		}
	}
	return false
}

// restored adds to the outcome of a member what became of its weight.
func (d *drain) restored(out *Outcome, weight int, err error) {
	note := fmt.Sprintf("its weight is %d again", weight)
	switch {
	case Is(err, NotFound), Is(err, MemberNotFound):
		*out = Outcome{} // it is out, whoever took it
		return
	case Is(err, Unknown):
		note = fmt.Sprintf("its weight may still be 0, because it is not known whether it was set back to %d: %v", weight, err)
	case err != nil:
		note = fmt.Sprintf("its weight is still 0, because it could not be set back to %d: %v", weight, err)
	}
	out.Err = noted(out.Err, note)
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
