package membership

import (
	"context"
	"errors"
	"time"
)

// listing is one reading of the group.
type listing = Reading[*roster]

// reader shares the listings of one group, and remembers what they showed.
type reader struct {
	shared Shared[*roster]

	// Guarded by shared.mu.
	done  *listing // the one begun last of those that ended well
	older *listing // one that ended well, begun at least settled before done
	// idle is since when each member of weight 0 is known to have had it.
	idle map[Key]time.Time
}

// latest are the members as the last listing showed them.
func (r *reader) latest() []Member {
	r.shared.mu.Lock()
	defer r.shared.mu.Unlock()
	if r.done == nil {
		return nil
	}
	return r.done.Value.members
}

// wrote says that a write to the group ended: nothing that was begun earlier
// serves anyone who asks later.
func (h *Handle) wrote() {
	h.reads.shared.Outdate()
	h.checks.Outdate()
}

// list reads the group, or shares a listing that is no older than age and was
// begun after the last write ended. With age 0 the listing begins after the
// call. The roster is shared: callers must not change it.
func (h *Handle) list(ctx context.Context, age time.Duration) (*roster, error) {
	l, err := h.listing(ctx, age)
	if err != nil {
		return nil, err
	}
	return l.Value, nil
}

func (h *Handle) listing(ctx context.Context, age time.Duration) (*listing, error) {
	l, err := h.reads.shared.Get(ctx, age, func(ctx context.Context, again func(error)) (*roster, error) {
		var members []Member
		err := h.engine.persist(ctx, again, func(ctx context.Context) (err error) {
			members, err = h.group.List(ctx)
			return err
		})
		return newRoster(members), err
	})
	switch {
	case err != nil:
		return nil, h.gaveUp(ctx, err)
	case l.Err != nil:
		return nil, l.Err
	}
	return l, nil
}

// gaveUp is the error of a caller who waited for a reading of the group.
func (h *Handle) gaveUp(ctx context.Context, why error) error {
	e := &Error{Class: Transient, Err: ctx.Err(), Message: because(context.Cause(ctx))}
	if g, ok := errors.AsType[*GaveUp](why); ok && g.Last != nil {
		e.Message = ended(context.Cause(ctx), g.Tries, g.Last)
	}
	return e
}

// keep takes over what a listing showed; shared.mu is held.
func (r *reader) keep(l *listing) {
	if r.done != nil && l.begun < r.done.begun {
		return // overtaken
	}
	if r.done != nil && l.At.Sub(r.done.At) >= settled {
		r.older = r.done
	}
	r.done = l
	r.noteIdle(l)
}

// noteIdle takes over which members a listing shows at weight 0; shared.mu is
// held.
func (r *reader) noteIdle(l *listing) {
	idle := map[Key]time.Time{}
	for _, m := range l.Value.members {
		if m.Weight != 0 {
			continue
		}
		idle[m.Key] = l.At
		if since, ok := r.idle[m.Key]; ok {
			idle[m.Key] = since
		}
	}
	r.idle = idle
}

// idleSince is since when, in this run, a member is known to have had weight 0.
func (h *Handle) idleSince(k Key) (time.Time, bool) {
	h.reads.shared.mu.Lock()
	defer h.reads.shared.mu.Unlock()
	since, ok := h.reads.idle[k]
	return since, ok
}
