package tfkit

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Pointer is a pointer to a model struct.
type Pointer[M any] interface {
	*M
	Model
}

// Verbs are the bodies of the verbs of a resource that is one member of one
// group. The zero value is of no use; all fields but Notes and Origins are
// required, Session and Open from Configure on.
type Verbs[M any, P Pointer[M]] struct {
	// Type is the resource's type, such as "cloudlb_elb_member".
	Type string
	// Noun is what the resource is called in an error: "backend server".
	Noun string
	// Session is the configured cloud; nil before the provider is configured.
	Session Session
	// Open is the group that a model's member belongs to, in a region that
	// Session.Check has passed.
	Open func(region string, model P) (*membership.Handle, error)
	// Change is what turns one model's member into another's.
	Change func(state, plan P) membership.Change
	// Advise adds what the cloud's user may do about an error, and which
	// attribute it belongs to.
	Advise func(err error, model P) Advice
	// Notes are what a user of a drain should know at plan time.
	Notes func(ctx context.Context, region string, model P) diag.Diagnostics
	// Origins are whose states a moved block may bring here.
	Origins []Origin[P]
}

// Create puts the member in.
func (v *Verbs[M, P]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	plan := new(M)
	resp.Diagnostics.Append(req.Plan.Get(ctx, plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	model := new(*plan)
	c := P(model).Shared()
	var diags diag.Diagnostics
	ctx, cancel := bounded(ctx, writeTimeout("create", P(model)))
	defer cancel()
	group := v.open(ctx, model, nil, &diags)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, token := withToken(ctx, resp.Private, &resp.Diagnostics)
	arrives := arrive(group, v.Type, c, P(model).Member())
	defer arrives.End()
	added := group.Confirm(ctx, group.AddAll(ctx, []membership.Member{P(model).Member()}, c.AdoptExisting.ValueBool()))[0]
	if added.Err != nil {
		arrives.Ends([]membership.Member{P(model).Member()}, []membership.Outcome{added})
		resp.Diagnostics.Append(v.failure("add", group, model, added.Err))
		if !membership.Is(added.Err, membership.Unknown) && !group.HandedOver(P(model).Member().Key) {
			return // not in by this call; one that was there before stays as it was
		}
		// It may be in. Kept in state, and tainted by the error, the next
		// apply goes on with it. It has no identity yet: an id that only the
		// vendor knows is part of one, and what is recorded of an identity may
		// never change.
		P(model).Observe(P(model).Member())
		resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
		resp.Diagnostics.Append(finished(ctx, false, resp.Private)...)
		return
	}
	P(model).Observe(added.Member)
	asPlanned(*plan, model)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, P(model).Identity())...)
	resp.Diagnostics.Append(keepHome(ctx, c, resp.Private)...)
	resp.Diagnostics.Append(made(group, v.claimOf(model, token))...)
	var took listed
	took.add(added.Member)
	resp.Diagnostics.Append(took.write(ctx, resp.Private, tookKey)...)
	if added.Adopted { // it served or not before; that is no reason to fail now, but no other may go for it
		arrives.Ends([]membership.Member{added.Member}, []membership.Outcome{added})
	} else if gone := v.await(ctx, group, model, added.Member, arrives, resp.Private, &resp.Diagnostics); gone {
		resp.State.RemoveResource(ctx)
	}
	resp.Diagnostics.Append(finished(ctx, !resp.Diagnostics.HasError(), resp.Private)...)
}

// await waits for a member's health where the model asks for it, and keeps in
// private state whether an apply has to wait again. gone tells that somebody has
// taken the member out meanwhile.
func (v *Verbs[M, P]) await(
	ctx context.Context, group *membership.Handle, model P, m membership.Member, arrives *membership.Arrival, p keeper, diags *diag.Diagnostics,
) (gone bool) {
	var pending listed
	if model.Shared().WaitForHealthy.ValueBool() {
		notes, errs := group.AwaitHealthy(ctx, []membership.Member{m})
		arrives.Ends([]membership.Member{m}, []membership.Outcome{{Member: m, Err: errs[0]}})
		if errs[0] != nil {
			diags.Append(v.failure(waitFor, group, model, errs[0]))
			gone = membership.Is(errs[0], membership.Gone)
			pending.add(m)
		}
		diags.Append(unchecked(group, notes)...)
	}
	diags.Append(pending.write(ctx, p, pendingKey)...)
	return gone
}

// Read refreshes the member, or drops it from state when it is gone.
func (v *Verbs[M, P]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	model := P(new(M))
	resp.Diagnostics.Append(req.State.Get(ctx, model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	model.Shared().home = homeOf(ctx, model.Shared().Region, req.Private)
	// Older CLIs do not keep the identity, and the framework wants one after
	// every read, that of a member that is gone included.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.Identity())...)
	if !v.Session.Known() {
		// The provider block waits for values of this very plan. What is
		// recorded is the best there is; the apply reads again.
		tflog.Warn(ctx, "provider configuration is not known yet; state is not refreshed")
		return
	}
	if _, ok := usable(v.Session, homeOf(ctx, model.Shared().Region, req.Private), &resp.Diagnostics); !ok {
		return
	}
	var diags diag.Diagnostics
	ctx, cancel := bounded(ctx, model.Shared().timeout("read", DefaultReadTimeout))
	defer cancel()
	group := v.open(ctx, model, req.Private, &diags)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	found, err := group.Seek(ctx, model.Locate)
	from, moved := arrivalOf(ctx, req.Private)
	switch {
	case moved && err != nil:
		resp.Diagnostics.Append(v.lost(group, model, from, err))
		return
	case membership.Is(err, membership.NotFound), membership.Is(err, membership.MemberNotFound):
		tflog.Warn(ctx, "member is gone; dropping it from state", map[string]any{
			"group": group.Name(), "member": model.Member().Key.String(), "reason": err.Error(),
		})
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		resp.Diagnostics.Append(v.failure("read", group, model, err))
		return
	}
	model.Observe(found)
	if moved {
		resp.Diagnostics.Append(from.settle(ctx, resp.Private)...)
	}
	key := model.Member().Key
	if see(ctx, group, v.Type, map[membership.Key]string{key: ""}, resp.Private, &resp.Diagnostics)[key] {
		tflog.Warn(ctx, "member has passed on to the resource's own replacement; dropping what an interrupted run has left of it",
			map[string]any{"group": group.Name(), "member": key.String()})
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, model.Identity())...)
}

// claimOf is a model's claim.
func (v *Verbs[M, P]) claimOf(model P, token string) membership.Claim {
	return membership.Claim{Token: token, By: v.Type, Members: map[membership.Key]string{model.Member().Key: ""}}
}

// Update changes the member in place.
func (v *Verbs[M, P]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	state, plan := new(M), new(M)
	resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	model := new(*plan)
	var diags diag.Diagnostics
	ctx, cancel := bounded(ctx, P(plan).Shared().timeout("update", DefaultWriteTimeout))
	defer cancel()
	P(state).Shared().home = homeOf(ctx, P(state).Shared().Region, req.Private)
	group := v.open(ctx, model, req.Private, &diags)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx = asInstance(ctx, req.Private)
	change := v.Change(state, model)
	changed := change.Member
	pending, _ := readList(ctx, req.Private, pendingKey)
	var arrives *membership.Arrival
	if change.Port != nil || pending.has(changed) {
		arrives = arrive(group, v.Type, P(model).Shared(), P(model).Member())
		defer arrives.End()
	}
	if !change.Empty() {
		// What the plan does not change is not looked at: whatever others did
		// to it, the next refresh shows.
		var err error
		if changed, err = group.Update(ctx, change); err != nil {
			resp.Diagnostics.Append(v.failure("change", group, model, err))
			v.keepTruth(ctx, group, state, resp)
			return
		}
	}
	P(model).Observe(changed)
	asPlanned(*plan, model)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, P(model).Identity())...)
	resp.Diagnostics.Append(keepHome(ctx, P(model).Shared(), resp.Private)...)
	resp.Diagnostics.Append(finished(ctx, true, resp.Private)...)
	if took, known := readList(ctx, req.Private, tookKey); known && change.Port != nil {
		took.moved(P(state).Member(), changed)
		resp.Diagnostics.Append(took.write(ctx, resp.Private, tookKey)...)
	}
	if (change.Port != nil || pending.has(changed)) && v.await(ctx, group, model, changed, arrives, resp.Private, &resp.Diagnostics) {
		resp.State.RemoveResource(ctx)
	}
}

// truthTimeout bounds the look after a failed change, whose own time may be
// over.
const truthTimeout = 10 * time.Second

// keepTruth leaves in state, after a failed change, what the vendor lists; the
// state before the change where that cannot be found out.
func (v *Verbs[M, P]) keepTruth(ctx context.Context, group *membership.Handle, state P, resp *resource.UpdateResponse) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), truthTimeout)
	defer cancel()
	found, err := group.Find(ctx, state.Member())
	switch {
	case membership.Is(err, membership.NotFound), membership.Is(err, membership.MemberNotFound):
		resp.State.RemoveResource(ctx)
		return
	case err == nil:
		state.Observe(found)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.Identity())...)
}

// ModifyPlan settles the region, says at plan time what the provider block
// lacks and who else claims the member, and plans nothing where nothing
// differs.
func (v *Verbs[M, P]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	switch {
	case v.Session == nil || !v.Session.Known():
		return
	case req.Plan.Raw.IsNull():
		v.leave(ctx, req, resp)
		return
	}
	region, ok := planRegion(ctx, v.Session, req, resp)
	if !ok {
		return
	}
	model := P(new(M))
	if resp.Diagnostics.Append(resp.Plan.Get(ctx, model)...); resp.Diagnostics.HasError() {
		return
	}
	inherits := false
	second := secondPlan(ctx, req)
	if !second {
		v.Session.Walk().count(v.shapeOf(model), -1)
	}
	if model.Known() {
		model.Shared().checkDrain(false, resp.Diagnostics.AddAttributeError)
		group, err := v.Open(region, model)
		if err != nil {
			resp.Diagnostics.AddError("Unable to use the cloud's API", err.Error())
			return
		}
		c := v.claimOf(model, "")
		c.Adopts = v.adopts(ctx, model, req)
		if req.State.Raw.IsNull() {
			c.Likeness, c.Again = req.Config.Raw.String(), v.Session.Walk().ahead(v.shapeOf(model))
		}
		inherits = claim(ctx, group, c, path.Empty(), req, resp)
		if req.State.Raw.IsNull() && !second && !resp.Diagnostics.HasError() {
			resume(ctx, group, c, []membership.Member{model.Member()}, resp)
		}
		if !req.State.Raw.IsNull() {
			v.leaveReplaced(ctx, group, model, req, resp)
		}
		if v.Notes != nil && model.Shared().Drain() > 0 && !resp.Diagnostics.HasError() {
			resp.Diagnostics.Append(v.Notes(ctx, region, model)...)
		}
	}
	if !inherits && !req.State.Raw.IsNull() && settled(req.Config.Raw, resp.Plan.Raw, req.State.Raw, unread(ctx, req)...) {
		resp.Plan.Raw = req.State.Raw
		waitsAgain(ctx, model.Shared().WaitForHealthy, []membership.Member{model.Member()}, req, resp)
	}
}

// adopts is the member that a plan takes over, if it may: not the one that it has.
func (v *Verbs[M, P]) adopts(ctx context.Context, model P, req resource.ModifyPlanRequest) map[membership.Key]bool {
	key := model.Member().Key
	if before := P(new(M)); !req.State.Raw.IsNull() && (req.State.Get(ctx, before).HasError() || before.Member().Key == key) {
		return nil
	}
	return map[membership.Key]bool{key: model.Shared().AdoptExisting.ValueBool()}
}

// Validated counts a validation; see [Walks].
func (v *Verbs[M, P]) Validated(ctx context.Context, config tfsdk.Config) {
	model := P(new(M))
	if v.Session != nil && !config.Get(ctx, model).HasError() {
		v.Session.Walk().count(v.shapeOf(model), 1)
	}
}

func (v *Verbs[M, P]) shapeOf(model P) shape {
	s := shape{typ: v.Type, member: anything}
	if model.Known() {
		s.member = model.Member().Key.String()
	}
	return s
}

// leave looks at a planned destruction. Where the cloud cannot be used the apply
// says so.
func (v *Verbs[M, P]) leave(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	model := P(new(M))
	if resp.Diagnostics.Append(req.State.Get(ctx, model)...); resp.Diagnostics.HasError() {
		return
	}
	var unsaid diag.Diagnostics
	if group := v.open(ctx, model, req.Private, &unsaid); !unsaid.HasError() {
		leave(ctx, group, v.claimOf(model, ""), req, resp)
	}
}

// leaveReplaced says what an instance leaves that is to become another one. A
// member that only moves to another port is none.
func (v *Verbs[M, P]) leaveReplaced(
	ctx context.Context, group *membership.Handle, model P, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	before := P(new(M))
	if resp.Diagnostics.Append(req.State.Get(ctx, before)...); resp.Diagnostics.HasError() {
		return
	}
	var unsaid diag.Diagnostics
	old := v.open(ctx, before, req.Private, &unsaid)
	if unsaid.HasError() {
		return
	}
	moved := before.Member().Key
	if v.Change(before, model).Port != nil {
		moved.Port = model.Member().Key.Port
	}
	if old.Name() != group.Name() || moved != model.Member().Key {
		leaveReplaced(ctx, old, v.claimOf(before, ""), req, resp)
	}
}

// open settles the model's region and opens its group.
func (v *Verbs[M, P]) open(ctx context.Context, model P, p private, diags *diag.Diagnostics) *membership.Handle {
	region, ok := regionOf(ctx, v.Session, v.Noun, model, p, diags)
	if !ok {
		return nil
	}
	group, err := v.Open(region, model)
	if err != nil {
		diags.AddError("Unable to use the cloud's API", err.Error())
	}
	return group
}

func (v *Verbs[M, P]) failure(verb string, group *membership.Handle, model P, err error) diag.Diagnostic {
	return Failure{
		Verb: verb, Noun: v.Noun, Member: model.Member().Key.String(), Group: group.Name(), Err: err,
		Advice: v.Advise(err, model),
	}.Diagnostic()
}
