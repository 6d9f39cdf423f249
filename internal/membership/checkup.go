package membership

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The pace at which health is read while somebody waits for it: every second
// at first, more slowly as the wait grows.
const (
	minCheckup, maxCheckup = time.Second, 5 * time.Second
)

// Health is what the health checks say of the group's members, in a reading
// that others may share. It was begun no more than 3 s before the call, and after
// the last write of this process to the group that was over then. However many
// ask for one, no more than one a second is begun.
func (h *Handle) Health(ctx context.Context) (Health, error) {
	r, err := h.checkup(ctx, maxAge)
	if err != nil {
		return Health{}, err
	}
	return r.Value, r.Err
}

func (h *Handle) checkup(ctx context.Context, age time.Duration) (*Reading[Health], error) {
	r, err := h.checks.Get(ctx, age, func(ctx context.Context, _ func(error)) (health Health, err error) {
		err = h.engine.Read(ctx, func(ctx context.Context) (err error) {
			health, err = h.group.Health(ctx)
			return err
		})
		return health, err
	})
	if err != nil {
		return nil, h.gaveUp(ctx, nil)
	}
	return r, nil
}

// AwaitHealthy waits until members pass their health check on every listener
// that serves them. Its errors, one for each member in their order, are nil
// where one does, or where nothing checks it: then the note of that member
// says why. When ctx ends first, class NotHealthy names the listeners that are
// wanting. A member that somebody takes out meanwhile is class Gone, at once.
func (h *Handle) AwaitHealthy(ctx context.Context, members []Member) (notes []string, errs []error) {
	w := &recovery{
		handle: h, members: members, notes: make([]string, len(members)), errs: make([]error, len(members)),
		seen: make([]time.Time, len(members)), vigil: h.vigil("waiting for %s to become healthy: %s"),
	}
	for i := range members {
		w.pending = append(w.pending, i)
	}
	began := time.Now()
	since, next := began, began // how old the next reading may be, and when to ask for it
	for len(w.pending) > 0 {
		r, err := h.checkup(ctx, max(time.Since(since), 1))
		if err == nil {
			err = r.Err
		}
		if err == nil {
			w.look(ctx, r)
		} else {
			w.cannotLook(ctx, err)
		}
		if len(w.pending) == 0 || err != nil && ctx.Err() == nil && !Is(err, Transient) && !Is(err, Unknown) {
			break
		}
		w.say(ctx)
		// Any later reading will do, so that those who came at different times
		// share what the most eager of them begins.
		if r != nil {
			since, next = r.At.Add(1), r.At
		}
		next = next.Add(min(max(time.Since(began)/5, minCheckup), maxCheckup))
		if pause(ctx, time.Until(next)) != nil {
			for _, i := range w.pending {
				w.errs[i] = endedBy(ctx, w.errs[i])
			}
			break
		}
	}
	return w.notes, w.errs
}

// recovery is a wait for the health of members.
type recovery struct {
	handle  *Handle
	members []Member
	notes   []string
	errs    []error
	pending []int       // those that are waited for still
	seen    []time.Time // since which reading each is healthy
	vigil   *vigil
}

// look takes over what a reading says of those that are waited for.
func (w *recovery) look(ctx context.Context, r *Reading[Health]) {
	found := r.Value.index()
	var healthy []Member
	var unseen []int // of pending, those that nothing speaks of
	w.pending = slices.DeleteFunc(w.pending, func(i int) (done bool) {
		checks := found.of(w.members[i])
		if done, w.notes[i], w.errs[i] = r.Value.judge(w.members[i], checks); !done && len(checks) == 0 {
			unseen = append(unseen, i)
		}
		if !done || w.notes[i] != "" {
			w.seen[i] = time.Time{}
			return done
		}
		if done, w.errs[i] = confirmed(r, &w.seen[i]); done {
			healthy = append(healthy, w.members[i])
		}
		return done
	})
	w.vigil.ends(ctx, healthy, "healthy")
	for i := range w.handle.taken(ctx, w.members, unseen) {
		w.errs[i] = &Error{Finding: Gone, Message: "taken out by somebody else during the wait for its health"}
		w.pending = slices.DeleteFunc(w.pending, func(n int) bool { return n == i })
	}
}

// cannotLook takes over that there is no reading. What the last one said stands
// where only the time is over.
func (w *recovery) cannotLook(ctx context.Context, err error) {
	for _, i := range w.pending {
		if w.errs[i] == nil || ctx.Err() == nil {
			w.errs[i] = &Error{Finding: NotHealthy, Err: err, Message: "the health could not be read: " + because(err)}
		}
	}
}

func (w *recovery) say(ctx context.Context) {
	all := make([]remark, len(w.pending))
	for n, i := range w.pending {
		all[n] = remark{w.members[i], w.errs[i].Error()}
	}
	w.vigil.goesOn(ctx, all)
}

// confirmed tells whether a member that a reading shows healthy was seen so long
// enough ago, as [Health.Confirm] says; at is when that was first.
func confirmed(r *Reading[Health], at *time.Time) (bool, error) {
	if at.IsZero() {
		*at = r.At
	}
	if r.At.Sub(*at) >= r.Value.Confirm {
		return true, nil
	}
	return false, &Error{Finding: NotHealthy, Message: "health check passed, but not for long enough yet"}
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
	at, known := h.checks.lastBegun()
	if !known {
		return members
	}
	listed, err := h.list(ctx, max(time.Since(at), 1))
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
	var wanting, without []string
	watched := false
	for _, c := range checks {
		switch c.Verdict {
		case Healthy:
			watched = true
		case Unchecked:
			if c.Reason != "" && !slices.Contains(without, c.Reason) {
				without = append(without, c.Reason)
			}
		default:
			watched = true
			wanting = append(wanting, c.String())
		}
	}
	switch {
	case h.Unchecked != "":
		return true, fmt.Sprintf("nothing checks the health of %s: %s", m.Key, h.Unchecked), nil
	case len(wanting) > 0:
		err = &Error{Finding: NotHealthy, Message: "health check not passed: " + strings.Join(wanting, ", ")}
		return false, "", err
	case watched:
		return true, "", nil
	case len(checks) > 0:
		note = "nothing checks the health of " + m.Key.String()
		if without != nil {
			note += ": " + strings.Join(without, ", ")
		}
		return true, note, nil
	}
	return false, "", &Error{Finding: NotHealthy, Message: "no listener reports its health yet"}
}

// checkIndex are checks by the member they are of.
type checkIndex struct {
	checks []Check
	index  Index
}

func (h Health) index() checkIndex {
	return checkIndex{h.Checks, NewIndex(len(h.Checks), func(i int) (Key, string) { return h.Checks[i].Key, h.Checks[i].ID })}
}

// of are the checks of one member; see [Index.Of].
func (x checkIndex) of(m Member) (own []Check) {
	for i := range x.index.Of(m) {
		own = append(own, x.checks[i])
	}
	return own
}
