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
	notes, errs = make([]string, len(members)), make([]error, len(members))
	pending := make([]int, len(members))
	for i := range members {
		pending[i] = i
	}
	seen := make([]time.Time, len(members)) // healthy, since which reading
	began := time.Now()
	since, next := began, began // how old the next reading may be, and when to ask for it
	for len(pending) > 0 {
		r, err := h.checkup(ctx, max(time.Since(since), 1))
		if err == nil {
			err = r.Err
		}
		if err == nil {
			found := r.Value.index()
			var unseen []int // of pending, those that nothing speaks of
			pending = slices.DeleteFunc(pending, func(i int) (done bool) {
				checks := found.of(members[i])
				if done, notes[i], errs[i] = r.Value.judge(members[i], checks); !done && len(checks) == 0 {
					unseen = append(unseen, i)
				}
				if done && notes[i] == "" {
					done, errs[i] = confirmed(r, &seen[i])
				} else {
					seen[i] = time.Time{}
				}
				return done
			})
			for i := range h.taken(ctx, members, unseen) {
				errs[i] = &Error{Finding: Gone, Message: "taken out by somebody else during the wait for its health"}
				pending = slices.DeleteFunc(pending, func(n int) bool { return n == i })
			}
		} else {
			for _, i := range pending {
				if errs[i] == nil || ctx.Err() == nil {
					errs[i] = &Error{Finding: NotHealthy, Err: err, Message: "the health could not be read: " + because(err)}
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
			since, next = r.At.Add(1), r.At
		}
		next = next.Add(min(max(time.Since(began)/5, minCheckup), maxCheckup))
		if pause(ctx, time.Until(next)) != nil {
			for _, i := range pending {
				errs[i] = endedBy(ctx, errs[i])
			}
			return notes, errs
		}
	}
	return notes, errs
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
