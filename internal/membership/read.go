package membership

import (
	"context"
	"slices"
	"sync"
	"time"
)

// reader shares the listings of one group. Its clock is logical: it ticks when
// a listing begins and when a write ends, so that "after" needs no wall clock.
type reader struct {
	mu     sync.Mutex
	tick   uint64
	wrote  uint64    // when the last write ended
	over   time.Time // the same by the clock
	newest *listing  // the listing begun last, under way or done well
	done   *listing  // the one that ended well last
	older  *listing  // one that ended well, begun at least settled before done

	// idle is since when each member of weight 0 is known to have had it.
	idle map[Key]time.Time
}

// listing is one reading of the group, shared by all who wait for it. Its
// fields are guarded by reader.mu; members, roster and err are set when done
// closes.
type listing struct {
	begun   uint64    // the tick and
	at      time.Time // the time when the latest try began
	done    chan struct{}
	members []Member
	roster  *roster
	err     error
	trouble error // what the tries so far ended with
	waiters int
	cancel  context.CancelFunc // stops the reading when nobody waits
}

// wroteNow says that a write ended: no listing begun earlier serves anyone who
// asks later.
func (r *reader) wroteNow() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tick++
	r.wrote, r.over = r.tick, time.Now()
}

// wroteAt is when the last write ended.
func (r *reader) wroteAt() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.over
}

// latest are the members as the last listing showed them.
func (r *reader) latest() []Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.done == nil {
		return nil
	}
	return r.done.members
}

// list reads the group, or shares a listing that is no older than age and was
// begun after the last write ended. With age 0 the listing begins after the
// call. The roster is shared: callers must not change it.
func (h *Handle) list(ctx context.Context, age time.Duration) (*roster, error) {
	l, err := h.listing(ctx, age)
	if err != nil {
		return nil, err
	}
	return l.roster, nil
}

func (h *Handle) listing(ctx context.Context, age time.Duration) (*listing, error) {
	r := &h.reads
	r.mu.Lock()
	asked := r.tick
	r.mu.Unlock()
	for {
		r.mu.Lock()
		l := r.newest
		fits := l != nil && l.begun > r.wrote && time.Since(l.at) <= age
		if age == 0 {
			fits = l != nil && l.begun > r.wrote && l.begun > asked
		}
		if !fits {
			l = h.begin(ctx)
		}
		l.waiters++
		r.mu.Unlock()

		select {
		case <-l.done:
			_ = h.leave(l)
		case <-ctx.Done():
			return nil, h.gaveUp(ctx, h.leave(l))
		}
		if l.err != nil {
			return nil, l.err
		}
		// A write that ended while the listing was under way outdates it.
		r.mu.Lock()
		current := l.begun > r.wrote
		r.mu.Unlock()
		if current {
			return l, nil
		}
	}
}

// settled is how far apart two listings must be begun that agree that a member
// is missing. One alone may lag behind.
const settled = time.Second

// Seek finds a member the way locate picks it out of the group's members; see
// [Handle.List] for how fresh these are. What locate does not find, class
// MemberNotFound, is missing when two listings begun a second apart agree.
// Other errors, those of the group among them, are returned as they come.
func (h *Handle) Seek(ctx context.Context, locate func([]Member) (Member, error)) (Member, error) {
	l, err := h.listing(ctx, maxAge)
	if err != nil {
		return Member{}, err
	}
	found, err := locate(l.members)
	if !Is(err, MemberNotFound) {
		return found, err
	}
	again, err := h.another(ctx, l, func(r *roster) bool {
		_, err := locate(r.members)
		return Is(err, MemberNotFound)
	})
	if err != nil {
		return Member{}, err
	}
	return locate(again.members)
}

// Survey is every member of the group as a listing shows it; see
// [Handle.List] for how fresh it is. One of those wanted that the listing lacks
// is missing when another, begun a second apart, agrees; otherwise the survey
// has it.
func (h *Handle) Survey(ctx context.Context, wanted []Member) ([]Member, error) {
	l, err := h.listing(ctx, maxAge)
	if err != nil {
		return nil, err
	}
	var missing []Member
	for _, m := range wanted {
		if _, ok := l.roster.find(m); !ok {
			missing = append(missing, m)
		}
	}
	members := slices.Clone(l.members)
	if len(missing) == 0 {
		return members, nil
	}
	again, err := h.another(ctx, l, func(r *roster) bool {
		return !slices.ContainsFunc(missing, func(m Member) bool { _, ok := r.find(m); return ok })
	})
	if err != nil {
		return nil, err
	}
	for _, m := range missing {
		if found, ok := again.find(m); ok {
			members = append(members, found)
		}
	}
	return members, nil
}

// another is a second listing to ask about what l lacks: one begun at least
// settled before, if it agrees, or else one begun as long after.
func (h *Handle) another(ctx context.Context, l *listing, agrees func(*roster) bool) (*roster, error) {
	if before := h.before(l); before != nil && agrees(before.roster) {
		return before.roster, nil
	}
	h.reads.mu.Lock()
	second := l.at.Add(settled)
	h.reads.mu.Unlock()
	if pause(ctx, time.Until(second)) != nil {
		return nil, h.gaveUp(ctx, nil)
	}
	return h.list(ctx, max(time.Since(second), 1))
}

// before is a listing begun at least settled before l, and after the last
// write; nil where there is none.
func (h *Handle) before(l *listing) *listing {
	r := &h.reads
	r.mu.Lock()
	defer r.mu.Unlock()
	if o := r.older; o != nil && o.begun > r.wrote && l.at.Sub(o.at) >= settled {
		return o
	}
	return nil
}

// begin starts a listing; reader.mu is held. Its context keeps the first
// caller's values (its logger) but not its end: others may come to wait.
func (h *Handle) begin(ctx context.Context) *listing {
	shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
	l := &listing{done: make(chan struct{}), cancel: cancel}
	h.reads.newest = l
	h.reads.try(l, nil)
	go h.read(shared, l)
	return l
}

// try marks the beginning of another try; reader.mu is held.
func (r *reader) try(l *listing, trouble error) {
	r.tick++
	l.begun, l.at, l.trouble = r.tick, time.Now(), trouble
}

// leave ends a caller's interest in a listing and returns its trouble.
func (h *Handle) leave(l *listing) error {
	r := &h.reads
	r.mu.Lock()
	defer r.mu.Unlock()
	if l.waiters--; l.waiters == 0 {
		select {
		case <-l.done:
		default:
			l.cancel()
			if r.newest == l {
				r.newest = nil
			}
		}
	}
	return l.trouble
}

func (h *Handle) gaveUp(ctx context.Context, trouble error) error {
	e := &Error{Class: Transient, Err: ctx.Err(), Message: "gave up reading " + h.Name() + ": " + ctx.Err().Error()}
	if trouble != nil {
		e.Message += "; the last answer was: " + trouble.Error()
	}
	return e
}

// read carries a listing out, trying again while the reason passes.
func (h *Handle) read(ctx context.Context, l *listing) {
	r := &h.reads
	var members []Member
	err := h.engine.persist(ctx, func(err error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.try(l, err)
	}, func(ctx context.Context) (err error) {
		members, err = h.group.List(ctx)
		return err
	})
	l.cancel()
	r.mu.Lock()
	defer r.mu.Unlock()
	l.members, l.roster, l.err = members, newRoster(members), err
	switch {
	case err == nil && r.done != nil && l.begun < r.done.begun: // overtaken
	case err == nil:
		if r.done != nil && l.at.Sub(r.done.at) >= settled {
			r.older = r.done
		}
		r.done = l
		r.noteIdle(l)
	case r.newest == l:
		r.newest = nil // shared with those who wait now, and with no one later
	}
	close(l.done)
}

// noteIdle takes over which members a listing shows at weight 0; reader.mu is
// held.
func (r *reader) noteIdle(l *listing) {
	idle := map[Key]time.Time{}
	for _, m := range l.members {
		if m.Weight != 0 {
			continue
		}
		idle[m.Key] = l.at
		if since, ok := r.idle[m.Key]; ok {
			idle[m.Key] = since
		}
	}
	r.idle = idle
}

// idleSince is since when, in this run, a member is known to have had weight 0.
func (h *Handle) idleSince(k Key) (time.Time, bool) {
	h.reads.mu.Lock()
	defer h.reads.mu.Unlock()
	since, ok := h.reads.idle[k]
	return since, ok
}

// Read makes a call that reads something other than the members of one group.
// It waits its turn, is bounded, and is made again while the reason for its
// failure passes, as a listing is.
func (e *Engine) Read(ctx context.Context, do func(context.Context) error) error {
	return e.persist(ctx, func(error) {}, do)
}

// persist makes a call that only reads, again and again while the reason for
// its failure passes; again hears of each failure before the next try.
func (e *Engine) persist(ctx context.Context, again func(error), do func(context.Context) error) error {
	for n, failures := 1, 0; ; n++ {
		if err := e.pacer.wait(ctx); err != nil {
			return &Error{Finding: NotSent, Message: "gave up before the call was made", Err: err}
		}
		err := e.call(ctx, Attempt{N: n}, do)
		if err == nil {
			return nil
		}
		c := conductOf(err)
		if c.counts {
			failures++
		}
		if !c.passes || failures >= maxDoubts || pause(ctx, backoff(n, err)) != nil {
			return err
		}
		again(err)
	}
}

// call makes one call to the vendor, whose turn has come: bounded, and
// reported to the pacer.
func (e *Engine) call(ctx context.Context, a Attempt, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(WithAttempt(withTurns(ctx, e.pacer), a), e.opts.CallTimeout)
	defer cancel()
	err := do(ctx)
	e.pacer.report(err)
	return err
}
