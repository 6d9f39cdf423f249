package membership

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// The pace at which health is read while somebody waits for it: every second
// at first, more slowly as the wait grows.
const (
	minCheckup, maxCheckup = time.Second, 5 * time.Second
)

// checkup shares readings of one group's health.
type checkup struct {
	mu     sync.Mutex
	newest *healthReading
}

// healthReading is one reading of the health, shared by all who wait for it.
type healthReading struct {
	at      time.Time
	done    chan struct{}
	health  Health
	err     error
	waiters int
	cancel  context.CancelFunc
}

// Health is what the health checks say of the group's members, in a reading
// that others may share. Like a listing it was begun no more than 3 s ago and
// after the last write of this process to the group was over.
func (h *Handle) Health(ctx context.Context) (Health, error) {
	r, err := h.reading(ctx, latest(time.Now().Add(-maxAge), h.reads.wroteAt()))
	if err != nil {
		return Health{}, err
	}
	return r.health, r.err
}

// reading is a reading of the health begun at or after a time. However many ask
// for one, no more than one a second is begun.
func (h *Handle) reading(ctx context.Context, since time.Time) (*healthReading, error) {
	for {
		h.checks.mu.Lock()
		r := h.checks.newest
		if r == nil || r.at.Before(since) || r.failed() && time.Since(r.at) >= minCheckup {
			if r != nil {
				if wait := time.Until(r.at.Add(minCheckup)); wait > 0 {
					h.checks.mu.Unlock()
					if err := pause(ctx, wait); err != nil {
						return nil, h.gaveUp(ctx, nil)
					}
					continue
				}
			}
			r = h.beginReading(ctx)
		}
		r.waiters++
		h.checks.mu.Unlock()
		select {
		case <-r.done:
			h.leaveReading(r)
			return r, nil
		case <-ctx.Done():
			h.leaveReading(r)
			return nil, h.gaveUp(ctx, nil)
		}
	}
}

// failed tells whether a reading is over and came to nothing. Such a one is
// shared with those who wait for it, and for the second in which no other is
// begun.
func (r *healthReading) failed() bool {
	select {
	case <-r.done:
		return r.err != nil
	default:
		return false
	}
}

// beginReading starts a reading; checkup.mu is held.
func (h *Handle) beginReading(ctx context.Context) *healthReading {
	shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &healthReading{at: time.Now(), done: make(chan struct{}), cancel: cancel}
	h.checks.newest = r
	go func() {
		defer close(r.done)
		defer cancel()
		r.err = h.engine.Read(shared, func(ctx context.Context) (err error) {
			r.health, err = h.group.Health(ctx)
			return err
		})
	}()
	return r
}

// leaveReading ends a caller's interest in a reading.
func (h *Handle) leaveReading(r *healthReading) {
	h.checks.mu.Lock()
	defer h.checks.mu.Unlock()
	if r.waiters--; r.waiters > 0 {
		return
	}
	select {
	case <-r.done:
	default:
		r.cancel()
		if h.checks.newest == r {
			h.checks.newest = nil
		}
	}
}

// AwaitHealthy waits until members pass their health check on every listener
// that serves them. Its errors, one for each member in their order, are nil
// where one does, or where nothing checks it: then the note of that member
// says why. When ctx ends first, class NotHealthy names the listeners that are
// wanting. A member that somebody takes out meanwhile is class Gone, at once.
func (h *Handle) AwaitHealthy(ctx context.Context, members []Member) (notes []string, errs []error) {
	notes, errs = make([]string, len(members)), make([]error, len(members))
	pending := make([]int, len(members))
	for i := range members {
		pending[i] = i
	}
	began := time.Now()
	since, next := began, began // how old the next reading may be, and when to ask for it
	for len(pending) > 0 {
		r, err := h.reading(ctx, since)
		if err == nil {
			err = r.err
		}
		if err == nil {
			found := r.health.index()
			var unseen []int // of pending, those that nothing speaks of
			pending = slices.DeleteFunc(pending, func(i int) (done bool) {
				checks := found.of(members[i])
				if done, notes[i], errs[i] = r.health.judge(members[i], checks); !done && len(checks) == 0 {
					unseen = append(unseen, i)
				}
				return done
			})
			for i := range h.taken(ctx, members, unseen) {
				errs[i] = &Error{Finding: Gone, Message: "somebody else has taken it out of " + h.Name() + " while its health was waited for"}
				pending = slices.DeleteFunc(pending, func(n int) bool { return n == i })
			}
		} else {
			for _, i := range pending {
				if errs[i] == nil || ctx.Err() == nil {
					errs[i] = &Error{Finding: NotHealthy, Err: err, Message: "its health could not be read: " + err.Error()}
				}
			}
		}
		if len(pending) == 0 {
			break
		}
		if err != nil && ctx.Err() == nil && !Is(err, Transient) && !Is(err, Unknown) {
			return notes, errs
		}
		// Any later reading will do, so that those who came at different times
		// share what the most eager of them begins.
		if r != nil {
			since, next = r.at.Add(1), r.at
		}
		next = next.Add(min(max(time.Since(began)/5, minCheckup), maxCheckup))
		if pause(ctx, time.Until(next)) != nil {
			for _, i := range pending {
				errs[i] = noted(errs[i], context.Cause(ctx).Error())
			}
			return notes, errs
		}
	}
	return notes, errs
}

// taken are those of some members that are not in the group any more. What
// cannot be read, or does not show twice, is no reason to end a wait.
func (h *Handle) taken(ctx context.Context, members []Member, which []int) map[int]bool {
	if len(which) == 0 {
		return nil
	}
	asked := make([]Member, len(which))
	for n, i := range which {
		asked[n] = members[i]
	}
	listed, err := h.Survey(ctx, asked)
	if err != nil {
		return nil
	}
	there := newRoster(listed)
	gone := map[int]bool{}
	for _, i := range which {
		if _, ok := there.find(members[i]); !ok {
			gone[i] = true
		}
	}
	return gone
}

// Recovered is members after a wait for their health, as a listing shows them
// that is as new as the reading which ended it: where the vendor lists a status
// of a member, the one from before the wait is of no use to anybody. What cannot
// be read is returned as it was.
func (h *Handle) Recovered(ctx context.Context, members []Member) []Member {
	if !slices.ContainsFunc(members, func(m Member) bool { return m.Observed.Status != "" }) {
		return members
	}
	h.checks.mu.Lock()
	r := h.checks.newest
	h.checks.mu.Unlock()
	if r == nil {
		return members
	}
	listed, err := h.list(ctx, max(time.Since(r.at), 1))
	if err != nil {
		return members
	}
	now := slices.Clone(members)
	for i, m := range members {
		if found, ok := listed.find(m); ok {
			now[i] = found
		}
	}
	return now
}

// judge is what a reading means for one member: whether the wait for it is
// over, a note where that is for want of a check, and what is wanting.
func (h Health) judge(m Member, checks []Check) (done bool, note string, err error) {
	var wanting []string
	watched := false
	for _, c := range checks {
		switch c.Verdict {
		case Healthy:
			watched = true
		case Unchecked:
		default:
			watched = true
			wanting = append(wanting, c.String())
		}
	}
	switch {
	case h.Unchecked != "":
		return true, fmt.Sprintf("nothing checks the health of %s: %s", m.Key, h.Unchecked), nil
	case len(wanting) > 0:
		err = &Error{Finding: NotHealthy, Message: "it does not pass its health check: " + strings.Join(wanting, ", ")}
		return false, "", err
	case watched:
		return true, "", nil
	case len(checks) > 0:
		return true, "nothing checks the health of " + m.Key.String(), nil
	}
	return false, "", &Error{Finding: NotHealthy, Message: "no listener reports its health yet"}
}

// checkIndex are checks by the member they are of.
type checkIndex struct {
	byKey map[Key][]Check
	byID  map[string][]Check
}

func (h Health) index() checkIndex {
	x := checkIndex{map[Key][]Check{}, map[string][]Check{}}
	for _, c := range h.Checks {
		x.byKey[c.Key] = append(x.byKey[c.Key], c)
		if c.ID != "" {
			x.byID[c.ID] = append(x.byID[c.ID], c)
		}
	}
	return x
}

// of are the checks of one member: by id where both have one, by key
// otherwise.
func (x checkIndex) of(m Member) []Check {
	if m.ID != "" {
		if checks, ok := x.byID[m.ID]; ok {
			return checks
		}
	}
	var own []Check
	for _, c := range x.byKey[m.Key] {
		if m.ID == "" || c.ID == "" || c.ID == m.ID {
			own = append(own, c)
		}
	}
	return own
}
