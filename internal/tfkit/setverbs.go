package tfkit

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// SetVerbs are the bodies of the verbs of a resource that is many members of
// one group. The zero value is of no use; all fields but Notes, Usual and Origins
// are required, Session and Open from Configure on.
type SetVerbs[M, E any, P SetPointer[M, E], I ItemPointer[E]] struct {
	// Type is the resource's type, such as "cloudlb_elb_members".
	Type string
	// Noun is what one of the members is called in an error.
	Noun string
	// GroupAttribute and Attribute are the attributes that name the group and
	// that hold the members.
	GroupAttribute, Attribute string
	// Example is an import id, for the error about a malformed one.
	Example string
	// Session is the configured cloud; nil before the provider is configured.
	Session Session
	// Open is the group, in a region that Session.Check has passed.
	Open func(region string, model P) (*membership.Handle, error)
	// Change is what turns one member into another; false where that cannot
	// be done in place.
	Change changer
	// Advise adds what the cloud's user may do about an error of one member,
	// and which attribute it belongs to: GroupAttribute, or an attribute of
	// the member.
	Advise func(err error, model P) Advice
	// Notes are what a user of a drain should know at plan time.
	Notes func(ctx context.Context, region string, model P) diag.Diagnostics
	// Usual is the vendor's usual quota of members in a group, which accounts
	// may exceed; 0 where there is none worth a warning.
	Usual int
	// Origins are whose states a moved block may bring here.
	Origins []Origin[P]
}

// Create puts all members in. It looks first: where one is there already, and is
// not to be taken over, nothing is written, and so nothing is left behind.
func (v *SetVerbs[M, E, P, I]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	model := P(new(M))
	if resp.Diagnostics.Append(req.Plan.Get(ctx, model)...); resp.Diagnostics.HasError() {
		return
	}
	var diags diag.Diagnostics
	ctx, cancel := bounded(ctx, writeTimeout("create", model))
	defer cancel()
	group := v.open(ctx, model, nil, &diags)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	ctx, token := withToken(ctx, resp.Private, &resp.Diagnostics)
	arrives := arrive(group, v.Type, model.Shared(), slices.Collect(maps.Values(membersOf[E, I](model.Items().Present())))...)
	defer arrives.End()
	there, ok := v.look(ctx, group, model, &resp.Diagnostics)
	if !ok {
		v.keepHanded(ctx, group, model, resp)
		return
	}
	resp.Diagnostics.Append(keepHome(ctx, model.Shared(), resp.Private)...)
	job := &setJob[E]{plan: model.Items().Present(), arrives: arrives, own: nobody, displaced: displaced(ctx, model, &resp.Diagnostics)}
	items, ok := v.apply(ctx, group, model, job, &resp.Diagnostics)
	if len(items) == 0 && !ok {
		return // nothing was done
	}
	// What a failed creation has taken over is not its own: Terraform taints
	// it, and the destruction that follows must leave those members in.
	var others []membership.Member
	for _, m := range membersOf[E, I](items) {
		if !ok && there[m.Key] {
			others = append(others, m)
		}
	}
	set := model.Set()
	if set.Others = othersOf(others); !ok {
		set.Exclusive, set.Displaced = types.BoolValue(false), types.ListNull(types.StringType) // it does not own the group yet
	}
	resp.Diagnostics.Append(job.pending.write(ctx, resp.Private, pendingKey)...)
	resp.Diagnostics.Append(job.took.write(ctx, resp.Private, tookKey)...)
	v.keep(ctx, model, items, &resp.State, resp.Identity, &resp.Diagnostics)
	resp.Diagnostics.Append(made(group, v.claimOf(items, token))...)
	resp.Diagnostics.Append(finished(ctx, ok, resp.Private)...)
	if !ok {
		text := fmt.Sprintf("%d of %d members may be in %s, and are in state. Terraform shows the resource as tainted: the next apply adds "+
			"the others, and these stay in all the same.", len(items), len(job.plan), group.Name())
		if len(others) > 0 {
			text += fmt.Sprintf(" Of these, %d had been there before, and stay in either way.", len(others))
		}
		resp.Diagnostics.AddWarning("The creation is not complete", text)
	}
}

// keepHanded keeps in state what was left in for a creation that did not come to
// adding it.
func (v *SetVerbs[M, E, P, I]) keepHanded(ctx context.Context, group *membership.Handle, model P, resp *resource.CreateResponse) {
	items := model.Items().Present()
	for label, m := range membersOf[E, I](items) {
		if !group.HandedOver(m.Key) {
			delete(items, label)
			continue
		}
		items[label] = observed[E, I](items[label], m)
	}
	if len(items) == 0 {
		return
	}
	set := model.Set()
	set.Exclusive, set.Displaced, set.Others = types.BoolValue(false), types.ListNull(types.StringType), othersOf(nil)
	v.keep(ctx, model, items, &resp.State, resp.Identity, &resp.Diagnostics)
	resp.Diagnostics.Append(finished(ctx, false, resp.Private)...)
}

// look finds out which of the wanted members are in the group before anything
// is written. ok is false where that ends the creation.
func (v *SetVerbs[M, E, P, I]) look(
	ctx context.Context, group *membership.Handle, model P, diags *diag.Diagnostics,
) (there map[membership.Key]bool, ok bool) {
	wanted := membersOf[E, I](model.Items().Present())
	if len(wanted) == 0 {
		return nil, true
	}
	present, err := group.Present(ctx, slices.Collect(maps.Values(wanted)))
	if err != nil {
		diags.Append(Failure{Verb: "add", Noun: v.Noun + "s", Group: group.Name(), Err: err, Advice: v.advice(err, model, "")}.Diagnostic())
		return nil, false
	}
	there = make(map[membership.Key]bool, len(present))
	for _, m := range present {
		there[m.Key] = !group.HandedOver(m.Key)
	}
	var failures []undone
	err = &membership.Error{Class: membership.AlreadyExists, Message: "what was to be added is already in the group, so nothing was changed"}
	for _, label := range labels(wanted) {
		if m := wanted[label]; there[m.Key] {
			failures = append(failures, undone{"add", label, m, group.Name(), err})
		}
	}
	if model.Shared().AdoptExisting.ValueBool() || len(failures) == 0 {
		return there, true
	}
	v.report(model, failures, diags)
	return nil, false
}

// Update brings the members to the plan.
func (v *SetVerbs[M, E, P, I]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	state, plan := P(new(M)), P(new(M))
	resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var diags diag.Diagnostics
	ctx, cancel := bounded(ctx, writeTimeout("update", plan))
	defer cancel()
	group := v.open(ctx, plan, req.Private, &diags)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	before, diags := readOwnership(ctx, state.Set().Others, req.Private)
	resp.Diagnostics.Append(diags...)
	pending, _ := readList(ctx, req.Private, pendingKey)
	had := state.Items().Present()
	if !v.found(ctx, group, state, had, req.Private, &resp.Diagnostics) {
		return
	}
	job := &setJob[E]{
		state: had, plan: plan.Items().Present(), own: before.removes(plan.Set().Exclusive.ValueBool()),
		pending: pending,
	}
	job.took, _ = readList(ctx, req.Private, tookKey)
	if !state.Set().Exclusive.ValueBool() {
		job.displaced = displaced(ctx, plan, &resp.Diagnostics)
	}
	ctx = asInstance(ctx, req.Private)
	resp.Diagnostics.Append(keepHome(ctx, plan.Shared(), resp.Private)...)
	items, ok := v.apply(ctx, group, plan, job, &resp.Diagnostics)
	var others []membership.Member
	wished := byKey(membersOf[E, I](job.plan))
	for _, m := range membersOf[E, I](items) {
		if _, is := wished[m.Key]; !is && !before.own(m) {
			others = append(others, m)
		}
	}
	plan.Set().Others = othersOf(others)
	if !ok && !state.Set().Exclusive.ValueBool() && plan.Set().Exclusive.ValueBool() {
		// It does not own the group yet: the next plan names whom that removes.
		plan.Set().Exclusive, plan.Set().Displaced = types.BoolValue(false), state.Set().Displaced
	}
	resp.Diagnostics.Append(finished(ctx, true, resp.Private)...)
	for _, key := range []string{importedKey, goesKey} {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, key, quoted(""))...)
	}
	resp.Diagnostics.Append(job.pending.write(ctx, resp.Private, pendingKey)...)
	resp.Diagnostics.Append(job.took.write(ctx, resp.Private, tookKey)...)
	v.keep(ctx, plan, items, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Delete takes the members out that the configuration listed. Those of others,
// which a refresh has brought into the state of an exclusive resource, stay.
func (v *SetVerbs[M, E, P, I]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	model := P(new(M))
	if resp.Diagnostics.Append(req.State.Get(ctx, model)...); resp.Diagnostics.HasError() {
		return
	}
	var diags diag.Diagnostics
	parent := ctx
	ctx, cancel := bounded(ctx, writeTimeout("delete", model))
	defer cancel()
	group := v.open(ctx, model, req.Private, &diags)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	items := model.Items().Present()
	if !v.found(ctx, group, model, items, req.Private, &resp.Diagnostics) {
		return
	}
	had := membersOf[E, I](items)
	goes, diags := v.goes(ctx, model, req.Private)
	resp.Diagnostics.Append(diags...)
	var gone []membership.Member
	for _, label := range labels(had) {
		if m := had[label]; goes(m) {
			gone = append(gone, m)
		}
	}
	gone = handOver(ctx, group, gone, req.Private)
	label, all := byKey(had), maps.Clone(items)
	var failures []undone
	var spared []membership.Member
	for i, o := range takeOut(parent, group, v.Type, model, gone, req, resp) {
		if o.Spared {
			spared = append(spared, gone[i])
		}
		if o.Err == nil || membership.Is(o.Err, membership.Draining) { // it is out
			delete(items, label[gone[i].Key])
		}
		if o.Err == nil {
			continue
		}
		failures = append(failures, undone{"remove", label[gone[i].Key], gone[i], group.Name(), o.Err})
	}
	pending, _ := readList(ctx, req.Private, pendingKey)
	spared = slices.DeleteFunc(spared, func(m membership.Member) bool { return !pending.has(m) })
	for i, err := range seenThrough(parent, group, model, spared, req.Private) {
		if err != nil {
			failures = append(failures, undone{waitFor, label[spared[i].Key], spared[i], group.Name(), err})
			items[label[spared[i].Key]] = all[label[spared[i].Key]]
		}
	}
	if len(failures) == 0 {
		group.Forget(kept(ctx, req.Private, tokenKey))
		return
	}
	v.report(model, failures, &resp.Diagnostics)
	if len(items) == 0 {
		resp.State.RemoveResource(ctx)
		return
	}
	v.keep(ctx, model, items, &resp.State, resp.Identity, &resp.Diagnostics)
}

// goes tells which members of state a destruction takes out.
func (v *SetVerbs[M, E, P, I]) goes(ctx context.Context, model P, p private) (func(membership.Member) bool, diag.Diagnostics) {
	o, diags := readOwnership(ctx, model.Set().Others, p)
	if l, known := readList(ctx, p, goesKey); known && o.imported {
		return l.has, diags // it is replaced
	}
	return o.goes, diags
}

// IdentitySchema names the group.
func (v *SetVerbs[M, E, P, I]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region":         identityschema.StringAttribute{OptionalForImport: true, Description: "Region; defaults to the provider's."},
		v.GroupAttribute: identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the group."},
	}}
}

// ImportState takes a group's id; the read that follows brings its members in.
func (v *SetVerbs[M, E, P, I]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	group, region := types.StringValue(req.ID), types.StringNull()
	if ByIdentity(req) {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(v.GroupAttribute), &group)...)
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("region"), &region)...)
	}
	if !resp.Diagnostics.HasError() && !ValidName(group.ValueString()) {
		resp.Diagnostics.Append(MalformedImport(req.ID, "as the id of the group, the value of "+v.GroupAttribute, v.Example))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	SetImported(ctx, resp, map[string]types.String{v.GroupAttribute: group, "region": region})
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root(v.GroupAttribute), group)...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("region"), region)...)
}

// open settles the model's region and opens its group.
func (v *SetVerbs[M, E, P, I]) open(ctx context.Context, model P, p private, diags *diag.Diagnostics) *membership.Handle {
	region, ok := regionOf(ctx, v.Session, v.Noun+"s", model, p, diags)
	if !ok {
		return nil
	}
	group, err := v.Open(region, model)
	if err != nil {
		diags.AddError("Unable to use the cloud's API", err.Error())
	}
	return group
}
