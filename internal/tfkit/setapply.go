package tfkit

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// setJob is what one apply of a set is to do.
type setJob[E any] struct {
	state, plan map[string]E
	own         func(membership.Member) bool // of those that the plan no longer lists; the others are let go
	displaced   []string                     // keys of members of others that go
	// pending are members that an earlier apply added or moved and never saw
	// healthy; afterwards, those of which that is true then.
	pending listed
	took    listed              // members that adds have put in or taken over
	arrives *membership.Arrival // what a creation has announced
}

// apply brings the group from the items of state to those of the plan. It
// returns what state is to hold, which is what is truly in the cloud, and
// whether all of it succeeded.
func (v *SetVerbs[M, E, P, I]) apply(
	ctx context.Context, group *membership.Handle, plan P, job *setJob[E], diags *diag.Diagnostics,
) (items map[string]E, ok bool) {
	d := differ(membersOf[E, I](job.state), membersOf[E, I](job.plan), v.changer(plan.Shared()), job.own)
	if err := d.displace(ctx, group, job.displaced); err != nil {
		diags.Append(Failure{Verb: "read", Noun: v.Noun + "s", Group: group.Name(), Err: err, Advice: v.advice(err, plan, "")}.Diagnostic())
		return job.state, false
	}
	items = make(map[string]E, len(job.plan))
	for label, item := range job.plan {
		if before, stays := d.stays[label]; stays {
			items[label] = v.planned(item, I(new(job.state[before])).Member())
		}
	}
	d.goal.Healthy = plan.Shared().WaitForHealthy.ValueBool()
	d.await(&job.pending)
	if d.empty() && !(d.goal.Healthy && len(d.goal.Await) > 0) {
		return items, true
	}
	d.goal.Adopt = plan.Shared().AdoptExisting.ValueBool()
	d.goal.How = removal(plan)
	if d.goal.Arrival = job.arrives; job.arrives == nil {
		d.goal.Arrival = arrive(group, v.Type, plan.Shared(), append(slices.Clone(d.goal.Add), d.goal.Await...)...)
		defer d.goal.Arrival.End()
	}
	report := group.Reconcile(ctx, d.goal)
	report.Added = group.Confirm(ctx, report.Added)
	diags.Append(unchecked(group, report.Notes)...)

	job.pending = d.unseen(report, job.pending)
	failures := v.failures(group.Name(), d, report)
	for _, s := range d.adds {
		o := report.Added[s.index]
		if o.Err == nil || o.Adopted {
			job.took.add(o.Member)
		}
		if o.Err == nil {
			items[s.label] = v.planned(job.plan[s.label], o.Member)
		}
	}
	for _, s := range d.changes {
		if o := report.Updated[s.index]; o.Err == nil {
			job.took.moved(d.had[s.before], o.Member)
			items[s.label] = v.planned(job.plan[s.label], o.Member)
		}
	}
	if len(failures) == 0 {
		return items, true
	}
	v.report(plan, failures, diags)
	return v.truth(ctx, group, d, report, job.state, items), false
}

// changer is what can be done in place under a plan.
func (v *SetVerbs[M, E, P, I]) changer(b *Base) changer {
	if b.WaitForHealthy.ValueBool() || b.Drain() > 0 {
		return v.Change.gently()
	}
	return v.Change
}

// planned is an item as it was planned, with what the plan leaves open as the
// vendor lists it.
func (v *SetVerbs[M, E, P, I]) planned(plan E, seen membership.Member) E {
	item := plan
	I(&item).Observe(seen)
	asPlanned(plan, &item)
	return item
}

func observed[E any, I ItemPointer[E]](item E, m membership.Member) E {
	I(&item).Observe(m)
	return item
}

// truth is what state holds after a failure: every member of state or plan that
// the vendor lists now. Where it cannot be listed, what the outcomes say.
func (v *SetVerbs[M, E, P, I]) truth(
	ctx context.Context, group *membership.Handle, d difference, report membership.Report, state, items map[string]E,
) map[string]E {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), truthTimeout)
	defer cancel()
	planned := func(s step) E { return observed[E, I](*new(E), d.wished[s.label]) }
	for _, s := range d.adds {
		o := report.Added[s.index]
		switch {
		case membership.Is(o.Err, membership.NotHealthy):
			items[s.label] = observed[E, I](*new(E), o.Member)
		case membership.Is(o.Err, membership.Unknown), o.Err != nil && group.HandedOver(d.wished[s.label].Key):
			items[s.label] = planned(s)
		}
	}
	for _, s := range d.changes {
		if report.Updated[s.index].Err != nil {
			items[s.label] = state[s.before]
		}
	}
	for _, s := range d.removals {
		label := s.label
		if report.Removed[s.index].Err == nil || label == "" {
			continue
		}
		if _, taken := items[label]; taken {
			label = freeLabel(items, d.had[s.label].Key)
		}
		items[label] = state[s.label]
	}
	listed, err := group.Survey(ctx, slices.Collect(maps.Values(membersOf[E, I](items))))
	switch {
	case membership.Is(err, membership.NotFound):
		return map[string]E{}
	case err != nil:
		return items
	}
	seen, _ := v.observe(items, listed)
	for _, s := range d.adds {
		// It may yet take effect. Dropped from state it would be nobody's; a
		// later refresh, which asks twice, settles it.
		if _, in := seen[s.label]; !in && membership.Is(report.Added[s.index].Err, membership.Unknown) {
			seen[s.label] = planned(s)
		}
	}
	return seen
}

// failures are the outcomes that are not success. Phases that were not begun
// because of others are told once.
func (v *SetVerbs[M, E, P, I]) failures(group string, d difference, report membership.Report) (all []undone) {
	for _, s := range d.adds {
		if err := report.Added[s.index].Err; err != nil {
			verb := "add"
			if membership.Is(err, membership.NotHealthy) || membership.Is(err, membership.Gone) {
				verb = waitFor
			}
			all = append(all, undone{verb, s.label, d.wished[s.label], group, err})
		}
	}
	for _, s := range d.awaited {
		if err := report.Awaited[s.index].Err; err != nil {
			all = append(all, undone{waitFor, s.label, d.wished[s.label], group, err})
		}
	}
	for _, s := range d.changes {
		if err := report.Updated[s.index].Err; err != nil {
			all = append(all, undone{"change", s.label, d.had[s.before], group, err})
		}
	}
	for _, s := range d.removals {
		if err := report.Removed[s.index].Err; err != nil {
			all = append(all, undone{"remove", s.label, d.goal.Remove[s.index], group, err})
		}
	}
	return all
}

// report turns failures into diagnostics: one for all members that one cause
// befell, and at its own path where it befell one alone.
func (v *SetVerbs[M, E, P, I]) report(model P, failures []undone, diags *diag.Diagnostics) {
	for _, some := range byCause(failures) {
		f, label := failureOf(v.Noun, some), some[0].label
		if len(some) > 1 {
			label = ""
		}
		f.Set, f.Advice = true, v.advice(some[0].err, model, label)
		diags.Append(f.Diagnostic())
	}
}

// advice is the cloud's advice, at the path of the member with a label where
// there is one. It is not that of the member's attribute: Terraform shows the
// line of a member, and for anything deeper only that of the whole resource.
func (v *SetVerbs[M, E, P, I]) advice(err error, model P, label string) Advice {
	a := v.Advise(err, model)
	steps := a.Path.Steps()
	ofGroup := len(steps) > 0 && steps[0].Equal(path.PathStepAttributeName(v.GroupAttribute))
	switch {
	case ofGroup:
	case label == "":
		a.Path = path.Root(v.Attribute)
	default:
		a.Path = path.Root(v.Attribute).AtMapKey(label)
	}
	return a
}

// named is how many members one message names at most.
const named = 50

// names are members' keys as a message lists them.
func names(members []membership.Member) string {
	keys := make([]string, len(members))
	for i, m := range members {
		keys[i] = m.Key.String()
	}
	return shortened(keys)
}

// shortened is a list of which a message names no more than are read.
func shortened(items []string) string {
	text := strings.Join(items[:min(len(items), named)], ", ")
	if more := len(items) - named; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
