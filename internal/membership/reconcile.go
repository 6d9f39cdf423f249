package membership

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Goal is what the members of a group that one caller answers for are to
// become. Members that it does not name are left alone.
type Goal struct {
	Add    []Member
	Update []Change
	Remove []Member
	// Await are members that stay, and that an earlier goal of the same caller
	// has added or moved without ever seeing them healthy. With Healthy they are
	// waited for like those that are added now.
	Await []Member

	Adopt   bool    // what Add does with a member that is there already
	Healthy bool    // wait until what was added passes its health check
	How     Removal // how Remove is done

	// Arrival are those that are added and awaited, as others wait for them; nil
	// where nobody does.
	Arrival *Arrival
}

// Report is what became of a [Goal]: for each of its members, in their order.
type Report struct {
	Added, Updated, Removed, Awaited []Outcome
	// Notes are what a user should know although nothing failed.
	Notes []string
}

// Failed tells whether anything of a report did.
func (r Report) Failed() bool {
	return slices.ContainsFunc(r.Added, failed) || slices.ContainsFunc(r.Updated, failed) ||
		slices.ContainsFunc(r.Removed, failed) || slices.ContainsFunc(r.Awaited, failed)
}

// Reconcile brings members to a goal without ever having fewer of them in
// service than need be. It adds; waits, where asked, for the health of what it
// added and of what is awaited; makes the changes that take no capacity away;
// then those that do; drains, and removes. What takes capacity away begins only
// when all that goes before has succeeded; NotSent says what was not started. What
// brings capacity back is made even where an addition or a wait has failed.
//
// A member that was there before, and was taken over, is waited for only where
// the goal takes capacity away too: it may be what an apply that was killed has
// added, to take the place of what now goes.
//
// Two kinds of members are added after the removals: those that the vendor's
// quota refused before them, and those that take the place of one that is
// removed, or that moves to another port, because no group holds both.
func (h *Handle) Reconcile(ctx context.Context, goal Goal) Report {
	report := Report{
		Added: make([]Outcome, len(goal.Add)), Updated: make([]Outcome, len(goal.Update)),
		Removed: make([]Outcome, len(goal.Remove)), Awaited: make([]Outcome, len(goal.Await)),
	}
	r := &reconciliation{h: h, goal: goal, report: &report}
	r.sort(ctx)
	r.carryOut(ctx)
	return report
}

// raisesPart is which part of the time that is left after the additions a wait
// for health leaves to the raises, restoreTimeout at most.
const raisesPart = 5

// wished is one member of a goal on its way through the phases.
type wished struct {
	member Member
	change Change
	out    *Outcome // in the report
}

// reconciliation is a goal sorted into phases, in their order.
type reconciliation struct {
	h      *Handle
	goal   Goal
	report *Report

	adds, awaited, raises, lowers, removals, last []wished
}

// sort says which phase each wish belongs to.
func (r *reconciliation) sort(ctx context.Context) {
	leaving := map[Key]bool{} // keys that are free only after a removal or a move
	for i, m := range r.goal.Remove {
		leaving[m.Key] = true
		r.removals = append(r.removals, wished{member: m, out: &r.report.Removed[i]})
	}
	listed := newRoster(nil)
	if len(r.goal.Update) > 0 {
		if l, err := r.h.list(ctx, maxAge); err == nil { // if not, the changes will say so
			listed = l
		}
	}
	for i, c := range r.goal.Update {
		w := wished{member: c.Member, change: c, out: &r.report.Updated[i]}
		now, _ := listed.find(c.Member)
		if c.Port != nil && *c.Port != c.Member.Key.Port {
			leaving[c.Member.Key] = true
		}
		if c.kindOf(now) == lower {
			r.lowers = append(r.lowers, w)
		} else {
			r.raises = append(r.raises, w)
		}
	}
	for i, m := range r.goal.Add {
		w := wished{member: m, out: &r.report.Added[i]}
		if leaving[m.Key] {
			r.last = append(r.last, w)
		} else {
			r.adds = append(r.adds, w)
		}
	}
	for i, m := range r.goal.Await {
		r.report.Awaited[i].Member = m
		r.awaited = append(r.awaited, wished{member: m, out: &r.report.Awaited[i]})
	}
}

// carryOut goes through the phases, as far as each succeeds.
func (r *reconciliation) carryOut(ctx context.Context) {
	why := r.bring(ctx, r.adds, r.awaited, len(r.removals) > 0)
	r.arrived()
	if why != "" && ctx.Err() != nil {
		notBegun(r.raises, why)
	} else if r.update(ctx, r.raises); why == "" && slices.ContainsFunc(r.raises, unfulfilled) {
		why = "not every change that goes before it could be made (" + tally(r.raises) + ")"
	}
	if why != "" {
		notBegun(r.lowers, why)
		r.stop(why)
		return
	}
	if r.update(ctx, r.lowers); slices.ContainsFunc(r.lowers, unfulfilled) {
		r.stop("not every change that goes before it could be made (" + tally(append(slices.Clone(r.raises), r.lowers...)) + ")")
		return
	}
	members := make([]Member, len(r.removals))
	for i, w := range r.removals {
		members[i] = w.member
	}
	for i, o := range r.h.RemoveAll(ctx, members, r.goal.How) {
		*r.removals[i].out = o
	}
	// One that did not go keeps only its own successor out.
	stays := map[Key]bool{}
	for _, w := range r.removals {
		stays[w.member.Key] = stays[w.member.Key] || unfulfilled(w)
	}
	var free []wished
	for _, w := range r.last {
		if stays[w.member.Key] {
			notBegun([]wished{w}, "the member whose place it takes could not be removed")
		} else {
			free = append(free, w)
		}
	}
	r.bring(ctx, free, nil, false)
}

// arrived tells what became of those that were brought first. What comes after the
// removals holds up nobody else's.
func (r *reconciliation) arrived() {
	for _, some := range [][]wished{r.adds, r.awaited, r.last} {
		for _, w := range some {
			r.goal.Arrival.Ends([]Member{w.member}, []Outcome{*w.out})
		}
	}
}

// stop says of all that goes last that it was not begun.
func (r *reconciliation) stop(why string) {
	notBegun(r.removals, why)
	for _, w := range r.last {
		if w.out.Err == nil { // of the others the quota's refusal is told
			notBegun([]wished{w}, why)
		}
	}
}

// bring adds members and waits for the health of those that it added and of
// those awaited. It returns why what comes next must not begin; "" where it may.
// With room to be made by removals, what the quota refuses is left for later.
func (r *reconciliation) bring(ctx context.Context, adds, awaited []wished, room bool) (why string) {
	members := make([]Member, len(adds))
	for i, w := range adds {
		members[i] = w.member
	}
	var in []wished
	missing := 0
	for i, o := range r.h.AddAll(ctx, members, r.goal.Adopt) {
		w := adds[i]
		*w.out = o
		switch {
		case o.Err == nil && (!o.Adopted || r.takesAway() && w.member.Weight > 0):
			in = append(in, w)
		case o.Err == nil:
		case room && Is(o.Err, Quota):
			r.last = append(r.last, w)
		default:
			missing++
		}
	}
	if missing > 0 {
		why = fmt.Sprintf("not every member could be added (%d of %d were)", len(adds)-missing, len(adds))
	}
	if in = append(in, awaited...); !r.goal.Healthy || len(in) == 0 {
		return why
	}
	if ill := r.await(ctx, in); ill > 0 && why == "" {
		why = fmt.Sprintf("not every member that was added or taken over is healthy (%d of %d are)", len(in)-ill, len(in))
	}
	return why
}

// takesAway tells whether there is something to begin only when what comes in is
// seen to serve.
func (r *reconciliation) takesAway() bool { return len(r.lowers)+len(r.removals) > 0 }

// await waits for the health of members that are in, and returns how many are
// not healthy. It ends in time for the raises that are made in any case.
func (r *reconciliation) await(ctx context.Context, in []wished) (ill int) {
	if end, bound := ctx.Deadline(); bound && len(r.raises) > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-min(restoreTimeout, time.Until(end)/raisesPart)))
		defer cancel()
	}
	members := make([]Member, len(in))
	for i, w := range in {
		members[i] = w.out.Member
	}
	notes, errs := r.h.AwaitHealthy(ctx, members)
	for i, now := range r.h.Recovered(ctx, members) {
		in[i].out.Member, in[i].out.Err = now, errs[i] // it is in: its outcome has both
		if errs[i] != nil {
			ill++
		}
		if notes[i] != "" {
			r.report.Notes = append(r.report.Notes, notes[i])
		}
	}
	return ill
}

// update makes changes.
func (r *reconciliation) update(ctx context.Context, some []wished) {
	changes := make([]Change, len(some))
	for i, w := range some {
		changes[i] = w.change
	}
	for i, o := range r.h.UpdateAll(ctx, changes) {
		*some[i].out = o
	}
}

func failed(o Outcome) bool { return o.Err != nil }

func unfulfilled(w wished) bool { return failed(*w.out) }

// tally says how many of some changes were made.
func tally(some []wished) string {
	made := 0
	for _, w := range some {
		if !unfulfilled(w) {
			made++
		}
	}
	return fmt.Sprintf("%d of %d were", made, len(some))
}

// notBegun says of members that nothing was done for them, and why.
func notBegun(some []wished, why string) {
	for _, w := range some {
		*w.out = Outcome{Err: notStarted(why)}
	}
}
