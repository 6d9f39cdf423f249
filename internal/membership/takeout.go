package membership

import (
	"cmp"
	"context"
)

// Departure is a resource that is destroyed.
type Departure struct {
	// By is the resource's type.
	By string
	// Healthy: the resource waits for health, and so does its destruction, until
	// what comes in the same session has been seen healthy.
	Healthy bool
	// Unmet are members that a destruction of the resource has waited for in vain
	// in an earlier session.
	Unmet []Unmet
	// Bound bounds the removal in time, once what is on its way in has an outcome:
	// that has a time of its own.
	Bound func(context.Context) (context.Context, context.CancelFunc)
}

// Unmet is a member that had not been seen healthy, so that others were not taken out.
type Unmet struct {
	Group string // its name
	Key   Key
	ID    string
	// Deposed: those that stayed in are what a replacement has left.
	Deposed bool
}

// TakeOut is [Handle.RemoveAll] for a resource that is destroyed. Before, it waits for
// what other resources bring into the group: until members that are added, or moved,
// by one that waits for health have been seen healthy, those included that such a one
// has taken over. Where that fails nothing is taken out, and unmet are the members
// that are wanting. What has passed on to another resource is left in without a wait.
//
// One whose destruction was planned in this session is what a replacement under
// create_before_destroy leaves: Terraform plans nothing else in the process that
// applies. Its successor may be in another group, and is of the same type, which is all
// that is known; so it waits for whatever of that type comes in any group.
func (h *Handle) TakeOut(ctx context.Context, members []Member, how Removal, d Departure) (out []Outcome, unmet []Unmet) {
	if len(members) == 0 {
		return nil, nil
	}
	as := &h.engine.arrivals
	as.goes(h, 1)
	defer as.goes(h, -1)
	g := &gate{h: h, keys: map[Key]bool{}, by: asker(ctx), Departure: d}
	g.leftover = h.leaves(g.by)
	for _, m := range members {
		g.keys[m.Key] = true
	}
	err := g.comes(ctx)
	ctx, cancel := d.Bound(ctx)
	defer cancel()
	if err == nil {
		err = g.healthy(ctx)
	}
	if err == nil {
		return h.RemoveAll(ctx, members, how), nil
	}
	out = make([]Outcome, len(members))
	for i := range out {
		out[i].Err = err
	}
	return out, g.unmet
}

// leaves tells whether the destruction of an instance was planned in this session.
func (h *Handle) leaves(token string) bool {
	h.claims.mu.Lock()
	defer h.claims.mu.Unlock()
	c, known := h.claims.plans[token]
	return known && c.Part == Leaving
}

// gate is what one removal waits for.
type gate struct {
	Departure
	h        *Handle
	by       string // the instance
	keys     map[Key]bool
	leftover bool
	unmet    []Unmet
}

// going are the members that have not passed on to another resource.
func (g *gate) going() (keys []Key) {
	for k := range g.keys {
		if !g.h.passedOn(Member{Key: k}, g.by) {
			keys = append(keys, k)
		}
	}
	return keys
}

// comes waits until all that is on its way in has an outcome.
func (g *gate) comes(ctx context.Context) error {
	as, going := &g.h.engine.arrivals, g.going()
	if !g.Healthy || len(going) == 0 {
		return nil
	}
	for _, k := range going {
		as.forget(g.h, k)
	}
	if err := as.window(ctx); err != nil {
		return notSent(ctx, 0, err)
	}
	v := g.h.vigil("a removal waits for %s: %s")
	return as.settled(ctx, as.pick(func(e *arriving) bool { return !e.over && g.waitsFor(e) }),
		func(left []remark) { v.goesOn(ctx, left) })
}

// waitsFor tells whether an arrival is to be seen healthy before the removal.
func (g *gate) waitsFor(e *arriving) bool {
	return !g.own(e) && (e.handle == g.h || g.leftover && e.by == g.By)
}

// own tells whether an arrival is of a member that is to be taken out: another's
// move to its place, for one, waits for the removal.
func (g *gate) own(e *arriving) bool { return e.handle == g.h && g.keys[e.member.Key] }

// healthy waits until what came has been seen healthy, as far as its verb has not
// done so. What failed for another reason than its health is not; what did not
// become healthy in time may be so by now. Only where nothing is wanting of all that
// does the rest get the time that the removal has.
func (g *gate) healthy(ctx context.Context) (err error) {
	if !g.Healthy || len(g.going()) == 0 {
		return nil
	}
	var late, unseen []*arriving
	for _, e := range append(g.earlier(), g.h.engine.arrivals.pick(func(e *arriving) bool { return e.over && g.waitsFor(e) })...) {
		switch {
		case e.err == nil:
			unseen = append(unseen, e)
		case Is(e.err, NotHealthy):
			late = append(late, e)
		default:
			err = g.lacks(err, e, e.err)
		}
	}
	if err == nil {
		moments, cancel := context.WithTimeout(ctx, arrivalCheck)
		defer cancel()
		err = g.sees(moments, late)
	}
	if err == nil {
		return g.sees(ctx, unseen)
	}
	for _, e := range unseen {
		err = g.lacks(err, e, nil)
	}
	return err
}

// lacks notes a member that is wanting; the first of them is told.
func (g *gate) lacks(first error, e *arriving, why error) error {
	g.unmet = append(g.unmet, Unmet{Group: e.handle.Name(), Key: e.member.Key, ID: e.member.ID, Deposed: g.leftover})
	if first == nil {
		return e.unseen(why)
	}
	return first
}

// sees waits for the health of members whose verb has told its outcome.
func (g *gate) sees(ctx context.Context, some []*arriving) (err error) {
	in := map[*Handle][]Member{}
	for _, e := range some {
		in[e.handle] = append(in[e.handle], e.member)
	}
	wanting := map[incoming]error{}
	for h, members := range in {
		_, errs := h.AwaitHealthy(ctx, members)
		for i, err := range errs {
			if err == nil || Is(err, Gone) {
				h.engine.arrivals.forget(h, members[i].Key)
			} else {
				wanting[incoming{h, members[i].Key}] = err
			}
		}
	}
	for _, e := range some {
		if why := wanting[e.in()]; why != nil {
			err = g.lacks(err, e, cmp.Or(e.err, why))
		}
	}
	return err
}

// earlier are the members that an earlier destruction has waited for, as far as this
// session knows their groups.
func (g *gate) earlier() (some []*arriving) {
	e := g.h.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, u := range g.Unmet {
		for _, h := range e.handles {
			a := &arriving{handle: h, member: Member{Key: u.Key, ID: u.ID}, over: true}
			if h.Name() == u.Group && !g.own(a) {
				some = append(some, a)
			}
		}
	}
	return some
}
