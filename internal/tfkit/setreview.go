package tfkit

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// setReview is what a plan is looked at with.
type setReview[E any, P any] struct {
	group  *membership.Handle
	model  P            // as planned; without its members where not all are known
	items  map[string]E // the planned members that are known
	whole  bool         // all of them are
	before map[string]E // those of state; nil for a creation
	own    ownership
	owned  bool // state says that the resource owns the group
}

// review says what a user should know before a plan is applied, as far as the
// plan is known: who else claims a member, what becomes of members of others,
// and what is behind changed labels.
func (v *SetVerbs[M, E, P, I]) review(
	ctx context.Context, region string, items map[string]E, whole bool, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) (inherits bool) {
	r := setReview[E, P]{model: P(new(M)), items: items, whole: whole}
	plan := resp.Plan
	if !whole { // the framework has no way to read such a map into Go's
		resp.Diagnostics.Append(plan.SetAttribute(ctx, path.Root(v.Attribute), Items[E](nil))...)
	}
	var id types.String
	resp.Diagnostics.Append(plan.GetAttribute(ctx, path.Root(v.GroupAttribute), &id)...)
	resp.Diagnostics.Append(plan.Get(ctx, r.model)...)
	if resp.Diagnostics.HasError() {
		return false
	}
	if id.IsUnknown() {
		v.warnOfUnknown(r.model, v.GroupAttribute, resp)
		return false
	}
	if !req.State.Raw.IsNull() {
		v.recall(ctx, &r, id, req, resp)
	}
	var err error
	if r.group, err = v.Open(region, r.model); err != nil {
		resp.Diagnostics.AddError("Unable to use the cloud's API", err.Error())
	}
	if resp.Diagnostics.HasError() {
		return false
	}
	r.model.Shared().checkDrain(true, resp.Diagnostics.AddAttributeError)
	if v.Usual > 0 && len(items) > v.Usual {
		resp.Diagnostics.AddAttributeWarning(path.Root(v.Attribute), "More members than the usual quota", fmt.Sprintf(
			"%d members are configured. Unless the account has a higher quota, the cloud accepts %d.", len(items), v.Usual))
	}
	inherits = v.claim(ctx, r, req, resp)
	if whole {
		v.count(r, resp)
	}
	v.ownership(ctx, r, req, resp)
	if v.Notes != nil && r.model.Shared().Drain() > 0 && !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(v.Notes(ctx, region, r.model)...)
	}
	return inherits
}

// recall reads what state says of the set that is planned. One whose group
// changes is another one, and what it had in the old group is destroyed.
func (v *SetVerbs[M, E, P, I]) recall(
	ctx context.Context, r *setReview[E, P], group types.String, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var before types.String
	var owned types.Bool
	var others types.List
	items, _, _ := v.itemsAt(ctx, req.State, &resp.Diagnostics)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root(v.GroupAttribute), &before)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("exclusive"), &owned)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("others"), &others)...)
	own, diags := readOwnership(ctx, others, req.Private)
	resp.Diagnostics.Append(diags...)
	var goes listed
	var stay []membership.Member
	planned := byKey(membersOf[E, I](r.items))
	for _, m := range membersOf[E, I](items) {
		if _, listed := planned[m.Key]; own.imported && before == group && listed {
			goes.add(m)
		} else if !own.own(m) {
			stay = append(stay, m)
		}
	}
	if own.imported { // should it be replaced
		resp.Diagnostics.Append(goes.write(ctx, resp.Private, goesKey)...)
	}
	if before == group {
		r.before, r.own, r.owned = items, own, owned.ValueBool()
		return
	}
	v.leaveReplaced(ctx, req, resp)
	if len(stay) > 0 {
		resp.Diagnostics.AddAttributeWarning(path.Root(v.GroupAttribute), "Members stay in the old group", "In "+before.ValueString()+
			" these members stay in, which are not this resource's own: "+names(sorted(stay))+".")
	}
}

// claim claims the planned members that are known for this resource.
func (v *SetVerbs[M, E, P, I]) claim(
	ctx context.Context, r setReview[E, P], req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) (inherits bool) {
	c := membership.Claim{By: v.Type, Members: make(map[membership.Key]string, len(r.items)), Exclusive: r.model.Set().Exclusive.ValueBool()}
	c.Adopts = map[membership.Key]bool{}
	had := byKey(membersOf[E, I](r.before))
	for label, item := range r.items {
		if I(&item).Known() {
			k := I(&item).Member().Key
			c.Members[k] = label
			if _, has := had[k]; !has && r.model.Shared().AdoptExisting.ValueBool() {
				c.Adopts[k] = true
			}
		} else {
			c.Exclusive = false // it may be just the one that another resource adds
		}
	}
	if !r.whole {
		c.Exclusive = false
	} else if r.before != nil {
		for _, m := range v.difference(r).goal.Remove {
			c.Gives = append(c.Gives, m.Key)
		}
	}
	if req.State.Raw.IsNull() {
		c.Again = v.Session.Walk().ahead(shape{typ: v.Type, group: r.model.Group()})
	}
	second := secondPlan(ctx, req)
	inherits = claim(ctx, r.group, c, path.Root(v.Attribute), req, resp)
	if !req.State.Raw.IsNull() || second || resp.Diagnostics.HasError() {
		return inherits
	}
	var wanted []membership.Member
	for _, item := range r.items {
		if I(&item).Known() {
			I(&item).Default()
			wanted = append(wanted, I(&item).Member())
		}
	}
	resume(ctx, r.group, c, wanted, resp)
	return inherits
}

// difference is the way from the members of state to those planned that are
// known.
func (v *SetVerbs[M, E, P, I]) difference(r setReview[E, P]) difference {
	wished := make(map[string]membership.Member, len(r.items))
	for label, item := range r.items {
		if I(&item).Known() {
			wished[label] = I(&item).Member()
		}
	}
	return differ(membersOf[E, I](r.before), wished, v.changer(r.model.Shared()), r.own.removes(r.model.Set().Exclusive.ValueBool()))
}

// count says how many members are behind a plan that changes labels, or the key
// under a label. Terraform shows such a plan as a wall of removals and
// additions, or as a change in place, and neither is what happens.
func (v *SetVerbs[M, E, P, I]) count(r setReview[E, P], resp *resource.ModifyPlanResponse) {
	if r.before == nil {
		return
	}
	d := v.difference(r)
	if d.relabelled() == 0 && d.rekeyed == 0 {
		return
	}
	text := fmt.Sprintf("%s: %d removed, %d added, %d changed, %d relabelled.", r.group.Name(), len(d.removals), len(d.adds), len(d.changes),
		d.relabelled())
	if d.relabelled() > 0 {
		text += " A new label changes nothing in the cloud."
	}
	if d.rekeyed > 0 {
		text += " A label that stands for another member now is shown as a change, and is a removal and an addition."
	}
	resp.Diagnostics.AddAttributeWarning(path.Root(v.Attribute), "What this plan does to members", text)
}

// ownership says what becomes of the members of others.
func (v *SetVerbs[M, E, P, I]) ownership(ctx context.Context, r setReview[E, P], req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	exclusive := r.model.Set().Exclusive
	d := v.difference(r)
	switch {
	case exclusive.IsUnknown():
		v.warnOfUnknown(r.model, "exclusive", resp)
	case !exclusive.ValueBool():
		if r.whole && len(d.released) > 0 {
			resp.Diagnostics.AddAttributeWarning(path.Root(v.Attribute), "Members stay in the group",
				"In "+r.group.Name()+" these members leave the state and stay in: "+names(pick(d.had, d.released))+". They came in by an "+
					"import or were added by somebody else, so they are not this resource's own. To remove them list them, apply, and "+
					"leave them out then; or set exclusive = true.")
		}
	case r.owned:
		var kept types.List
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("displaced"), &kept)...)
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("displaced"), kept)...)
		v.warnOfForeign(r, v.foreign(r, d), resp)
	default:
		v.displace(ctx, r, d, resp)
	}
}

// warnOfUnknown says that members of others cannot be named, because something is
// not known yet. An apply never removes members of others that no plan has named.
func (v *SetVerbs[M, E, P, I]) warnOfUnknown(model P, what string, resp *resource.ModifyPlanResponse) {
	if e := model.Set().Exclusive; !e.IsUnknown() && !e.ValueBool() {
		return
	}
	resp.Diagnostics.AddAttributeWarning(path.Root("exclusive"), "Members of others cannot be named yet", what+" is known only after apply. "+
		"Should the group hold members of others by then, Terraform refuses to remove them unnamed (\"inconsistent final plan\", "+
		"displaced), and nothing is changed: plan again, and the plan names them.")
}

// warnOfForeign names the members of others in a group that the resource owns
// already. The plan shows their removal, but not whose they are: after a move
// that may be all that its old state did not name.
func (v *SetVerbs[M, E, P, I]) warnOfForeign(r setReview[E, P], foreign []membership.Member, resp *resource.ModifyPlanResponse) {
	if len(foreign) == 0 {
		return
	}
	summary, text := "Members of others will be removed", "The resource owns "+r.group.Name()+". This apply removes the members there "+
		"that are in state only because the group has them, and that the configuration does not list: "
	if !r.whole {
		summary, text = "Members of others may be removed", "Not all of "+v.Attribute+" is known yet. The resource owns "+r.group.Name()+
			": unless they turn out to be listed, this apply removes these members of others: "
	}
	resp.Diagnostics.AddAttributeWarning(path.Root("exclusive"), summary, text+names(sorted(foreign))+". To keep them list them, or leave exclusive out.")
}

// foreign are the members of state that no apply has listed, and the plan does
// not list as far as it is known.
func (v *SetVerbs[M, E, P, I]) foreign(r setReview[E, P], d difference) []membership.Member {
	var some []membership.Member
	for _, m := range d.goal.Remove {
		if !r.own.own(m) {
			some = append(some, m)
		}
	}
	return some
}

// displace plans the removal of the members of others where the resource comes
// to own the group. Terraform's state does not hold them, so that the plan has
// to read the group; and because they stand in the plan as a value that is
// known, Terraform itself holds the apply to exactly them.
func (v *SetVerbs[M, E, P, I]) displace(ctx context.Context, r setReview[E, P], d difference, resp *resource.ModifyPlanResponse) {
	ctx, cancel := bounded(ctx, r.model.Shared().timeout("read", DefaultReadTimeout))
	defer cancel()
	present, err := r.group.List(ctx)
	switch {
	case membership.Is(err, membership.NotFound):
		return // the apply says so
	case err != nil:
		resp.Diagnostics.Append(Failure{Verb: "read", Noun: v.Noun + "s", Group: r.group.Name(), Err: err,
			Advice: v.advice(err, r.model, "")}.Diagnostic())
		return
	}
	known := byKey(d.wished)
	for _, m := range d.had {
		known[m.Key] = ""
	}
	others := slices.DeleteFunc(present, func(m membership.Member) bool { _, ok := known[m.Key]; return ok })
	if len(others) == 0 {
		return
	}
	keys := make([]string, 0, len(others))
	for _, m := range sorted(others) {
		keys = append(keys, m.Key.String())
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("displaced"), keys)...)
	resp.Diagnostics.AddAttributeWarning(path.Root("exclusive"), "Members of others will be removed",
		"The resource comes to own "+r.group.Name()+". This apply removes the members there that it does not list: "+names(others)+
			". Exactly these: should one come or go before the apply, or turn out to be listed by what is not known yet, Terraform refuses "+
			"the plan as inconsistent in displaced, nothing is changed, and the next plan names what is there then.")
}

// reviewDestroy names the members of state that a destruction leaves in, and
// refuses to take out what another resource of the configuration is to manage.
func (v *SetVerbs[M, E, P, I]) reviewDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	items, _, _ := v.itemsAt(ctx, req.State, &resp.Diagnostics)
	model := P(new(M))
	if resp.Diagnostics.Append(req.State.Get(ctx, model)...); resp.Diagnostics.HasError() {
		return
	}
	goes, diags := v.goes(ctx, model, req.Private)
	resp.Diagnostics.Append(diags...)
	var stay []membership.Member
	c := membership.Claim{By: v.Type, Members: map[membership.Key]string{}}
	for label, m := range membersOf[E, I](items) {
		if goes(m) {
			c.Members[m.Key] = label
		} else {
			stay = append(stay, m)
		}
	}
	if v.Session == nil || !v.Session.Known() {
		return
	}
	var unsaid diag.Diagnostics
	if group := v.open(ctx, model, req.Private, &unsaid); !unsaid.HasError() {
		leave(ctx, group, c, req, resp)
	}
	if o, _ := readOwnership(ctx, model.Set().Others, req.Private); o.imported && len(c.Members) > 0 {
		resp.Diagnostics.AddWarning("Imported members will be removed", "The members of "+model.Group()+" came in by an import, and no apply "+
			"has changed anything since, so that it is not known which of them the configuration has listed. All of them go: "+
			names(sorted(slices.Collect(maps.Values(membersOf[E, I](items)))))+". To let them be, use a removed block with lifecycle { destroy = false }.")
	}
	if len(stay) > 0 {
		resp.Diagnostics.AddWarning("Members stay in the group", "The destruction leaves these members in, which the configuration "+
			"has not listed: "+names(sorted(stay))+".")
	}
}

// pick are the members with some labels.
func pick(from map[string]membership.Member, labels []string) []membership.Member {
	some := make([]membership.Member, 0, len(labels))
	for _, label := range labels {
		some = append(some, from[label])
	}
	return sorted(some)
}

// leaveReplaced says what a set leaves in its old group, whose new one is another.
func (v *SetVerbs[M, E, P, I]) leaveReplaced(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	items, _, _ := v.itemsAt(ctx, req.State, &resp.Diagnostics)
	before := P(new(M))
	if resp.Diagnostics.Append(req.State.Get(ctx, before)...); resp.Diagnostics.HasError() {
		return
	}
	goes, diags := v.goes(ctx, before, req.Private)
	resp.Diagnostics.Append(diags...)
	c := membership.Claim{By: v.Type, Members: map[membership.Key]string{}}
	for label, m := range membersOf[E, I](items) {
		if goes(m) {
			c.Members[m.Key] = label
		}
	}
	var unsaid diag.Diagnostics
	if group := v.open(ctx, before, req.Private, &unsaid); !unsaid.HasError() {
		leaveReplaced(ctx, group, c, req, resp)
	}
}
