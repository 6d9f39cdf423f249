package membership

import (
	"context"
	"errors"
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
// groups at once, and leaves them at that. A group that the vendor keeps waiting does
// not prolong the drain of the others, nor does its failure end it. The outcomes are in
// the order of the selections and their members: the member at weight 0 as the vendor
// lists it, or the error. Class MemberNotFound or NotFound: it is not in its group.
// lowered, unless it is nil, is called once, with the outcomes as they are then: all are
// lowered that could be, and the drain goes on until a time.
//
// Cancelled, each member gets its weight back as after an interrupted removal, and its
// error says so; class NotSent. Where the time of ctx is over that is so of the members
// alone whose drain is not.
func DrainAll(ctx context.Context, all []Selection, lasts time.Duration, lowered func(until time.Time, soFar [][]Outcome)) [][]Outcome {
	drains, outcomes := make([]*drain, len(all)), make([][]Outcome, len(all))
	for i, s := range all {
		drains[i], outcomes[i] = s.Group.drain(s.Members, lasts)
		drains[i].stays, drains[i].beside = true, len(all)-1
	}
	var begun sync.Mutex
	var until time.Time
	left := len(drains)
	together(drains, func(d *drain) {
		end := d.begin(ctx)
		begun.Lock()
		until = latest(until, end)
		if left--; left == 0 && lowered != nil && until.After(time.Now()) && ctx.Err() == nil {
			lowered(until, outcomes)
		}
		begun.Unlock()
		d.cut = !d.wait(ctx, end)
	})
	together(drains, func(d *drain) {
		if d.cut || errors.Is(ctx.Err(), context.Canceled) {
			d.giveUp(ctx)
		}
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
		now, there := listed.find(listed.current(l.member))
		return !there || now.Weight != 0
	})
	if err != nil {
		return
	}
	for _, l := range drained {
		now, there := listed.find(listed.current(l.member)) // under a new id, where it was put in again
		switch {
		case !there:
			*l.out = Outcome{Err: errMissing}
		case now.Weight != 0:
			*l.out = Outcome{Member: now, Err: &Error{Class: Refused, Message: fmt.Sprintf(
				"the weight is %d, which somebody else has set during the drain", now.Weight)}}
		default:
			l.out.Member = now
		}
	}
}
