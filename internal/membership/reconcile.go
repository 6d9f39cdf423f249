package membership

import (
	"context"
	"slices"
)

// Goal is what the members of a group that one caller answers for are to
// become. Members that it does not name are left alone.
type Goal struct {
	Add    []Member
	Update []Change
	Remove []Member

	Adopt   bool    // what Add does with a member that is there already
	Healthy bool    // wait until what was added passes its health check
	How     Removal // how Remove is done
}

// Report is what became of a [Goal]: for each of its members, in their order.
type Report struct {
	Added, Updated, Removed []Outcome
	// Notes are what a user should know although nothing failed.
	Notes []string
}

// Failed tells whether anything of a report did.
func (r Report) Failed() bool {
	return slices.ContainsFunc(r.Added, failed) || slices.ContainsFunc(r.Updated, failed) || slices.ContainsFunc(r.Removed, failed)
}

// Reconcile brings members to a goal without ever having fewer of them in
// service than need be: it adds, waits for health where asked, changes, and
// then drains and removes. What takes capacity away begins only when all that
// brings some has succeeded; class NotSent says what was not begun.
//
// Two kinds of members are added after the removals: those that the vendor's
// quota refused before them, and those that take the place of a removed one
// with the same key, because no group holds both.
func (h *Handle) Reconcile(ctx context.Context, goal Goal) Report {
	report := Report{
		Added: make([]Outcome, len(goal.Add)), Updated: make([]Outcome, len(goal.Update)), Removed: make([]Outcome, len(goal.Remove)),
	}
	leaving := map[Key]bool{}
	for _, m := range goal.Remove {
		leaving[m.Key] = true
	}
	var first, last []int // of goal.Add
	for i, m := range goal.Add {
		if leaving[m.Key] {
			last = append(last, i)
		} else {
			first = append(first, i)
		}
	}

	ok := h.bring(ctx, goal, first, &report, len(goal.Remove) > 0, &last)
	if !ok {
		notBegun(report.Updated, "not every member could be added")
	} else if copy(report.Updated, h.UpdateAll(ctx, goal.Update)); slices.ContainsFunc(report.Updated, failed) {
		ok = false
	}
	if !ok {
		notBegun(report.Removed, "what goes before the removals did not succeed")
		for _, i := range last {
			if report.Added[i].Err == nil {
				notBegun(report.Added[i:i+1], "what goes before did not succeed")
			}
		}
		return report
	}
	copy(report.Removed, h.RemoveAll(ctx, goal.Remove, goal.How))
	if len(last) == 0 {
		return report
	}
	// One that did not go keeps only its own successor out.
	stays := map[Key]bool{}
	for i, o := range report.Removed {
		if o.Err != nil {
			stays[goal.Remove[i].Key] = true
		}
	}
	last = slices.DeleteFunc(last, func(i int) bool {
		if stays[goal.Add[i].Key] {
			notBegun(report.Added[i:i+1], "the member whose place it takes could not be removed")
		}
		return stays[goal.Add[i].Key]
	})
	h.bring(ctx, goal, last, &report, false, nil)
	return report
}

// bring adds the members of a goal at some indexes, and waits for their health.
// Those that the quota refused go to later where room is still to be made.
func (h *Handle) bring(ctx context.Context, goal Goal, which []int, report *Report, room bool, later *[]int) (ok bool) {
	members := make([]Member, len(which))
	for n, i := range which {
		members[n] = goal.Add[i]
	}
	ok = true
	var in []Member
	var at []int
	for n, o := range h.AddAll(ctx, members, goal.Adopt) {
		i := which[n]
		report.Added[i] = o
		switch {
		case o.Err == nil:
			in, at = append(in, o.Member), append(at, i)
		case room && Is(o.Err, Quota):
			*later = append(*later, i)
		default:
			ok = false
		}
	}
	if !goal.Healthy || len(in) == 0 {
		return ok
	}
	notes, errs := h.AwaitHealthy(ctx, in)
	in = h.Recovered(ctx, in)
	for n, i := range at {
		report.Added[i].Member = in[n]
		if errs[n] != nil {
			report.Added[i].Err = errs[n] // the member is in: its outcome has both
			ok = false
		}
		if notes[n] != "" {
			report.Notes = append(report.Notes, notes[n])
		}
	}
	return ok
}

func failed(o Outcome) bool { return o.Err != nil }

// notBegun says of members that nothing was done for them, and why.
func notBegun(outcomes []Outcome, why string) {
	for i := range outcomes {
		outcomes[i] = Outcome{Err: &Error{Finding: NotSent, Message: "it was not begun, because " + why}}
	}
}
