package membership

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Selection is some members of one group.
type Selection struct {
	Group   *Handle
	Members []Member
}

// DrainAll gives members no new requests (weight 0) for as long as it lasts, in several
// groups at once and with one wait for them all, and leaves them at that. The outcomes
// are in the order of the selections and their members: the member at weight 0 as the
// vendor lists it, or the error. Class MemberNotFound or NotFound: it is not in its
// group. lowered, unless it is nil, is called once: all are lowered that could be, and
// the drain goes on until a time.
//
// Interrupted, each member gets its weight back as after an interrupted removal, and
// its error says so; class NotSent. One that could not be lowered does not end the
// drain of the others.
func DrainAll(ctx context.Context, all []Selection, lasts time.Duration, lowered func(until time.Time)) [][]Outcome {
	drains, outcomes := make([]*drain, len(all)), make([][]Outcome, len(all))
	for i, s := range all {
		drains[i], outcomes[i] = s.Group.drain(s.Members, lasts)
		drains[i].stays, drains[i].beside = true, len(all)-1
	}
	var ends sync.Mutex
	var until time.Time
	together(drains, func(d *drain) {
		end := d.begin(ctx)
		ends.Lock()
		defer ends.Unlock()
		until = latest(until, end)
	})
	if lowered != nil && !until.IsZero() && ctx.Err() == nil {
		lowered(until)
	}
	if !until.IsZero() && pause(ctx, time.Until(until)) != nil {
		for _, d := range drains {
			d.giveUp(ctx)
		}
	}
	together(drains, func(d *drain) {
		d.restore(ctx)
		d.confirm(ctx)
	})
	return outcomes
}

// drain is a drain of members, and where their outcomes are.
func (h *Handle) drain(members []Member, lasts time.Duration) (*drain, []Outcome) {
	out := make([]Outcome, len(members))
	d := &drain{handle: h, lasts: lasts}
	for i, m := range members {
		d.all = append(d.all, &leaving{member: m, out: &out[i]})
	}
	return d, out
}

// together does something to all drains at once: groups under one lock take turns,
// others do not wait for each other.
func together(drains []*drain, do func(*drain)) {
	var all sync.WaitGroup
	for _, d := range drains {
		all.Go(func() { do(d) })
	}
	all.Wait()
}

// confirm looks, at the end of a drain, whether those that stay are still at weight
// 0. Where the group cannot be read they are as they were when they were lowered.
func (d *drain) confirm(ctx context.Context) {
	var drained []*leaving
	for _, l := range d.all {
		if l.out.Err == nil {
			drained = append(drained, l)
		}
	}
	if len(drained) == 0 {
		return
	}
	listed, err := d.look(ctx, drained, func(l *leaving, listed *roster) bool {
		now, there := listed.find(l.member)
		return !there || now.Weight != 0
	})
	if err != nil {
		return
	}
	for _, l := range drained {
		now, there := listed.find(l.member)
		switch {
		case !there:
			*l.out = Outcome{Err: d.handle.missing(l.member)}
		case now.Weight != 0:
			*l.out = Outcome{Member: now, Err: &Error{Class: Refused, Message: fmt.Sprintf(
				"its weight is %d, which somebody else has set during the drain", now.Weight)}}
		default:
			l.out.Member = now
		}
	}
}
