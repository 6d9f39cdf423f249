package tfkit

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// PlannedAsWhole is the plan modifier of the map of members. It hides the map
// from the framework's walk over the attributes of each element, which copies
// the whole map for each of them, and which nothing here needs: ModifyPlan
// plans the whole map.
func PlannedAsWhole() []planmodifier.Map { return []planmodifier.Map{plannedAsWhole{}} }

type plannedAsWhole struct{}

func (plannedAsWhole) Description(context.Context) string {
	return "The members are planned all at once."
}

func (m plannedAsWhole) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (plannedAsWhole) PlanModifyMap(ctx context.Context, req planmodifier.MapRequest, resp *planmodifier.MapResponse) {
	resp.PlanValue = types.MapUnknown(req.PlanValue.ElementType(ctx))
}

// getter is a configuration, plan or state.
type getter interface {
	GetAttribute(ctx context.Context, at path.Path, target any) diag.Diagnostics
}

// itemsAt reads the members out of a configuration or state. whole is false
// where the map or an element of it is not known; the others are returned all
// the same, and the map as it is. A null element counts as left out.
func (v *SetVerbs[M, E, P, I]) itemsAt(
	ctx context.Context, from getter, diags *diag.Diagnostics,
) (items map[string]E, raw types.Map, whole bool) {
	diags.Append(from.GetAttribute(ctx, path.Root(v.Attribute), &raw)...)
	if diags.HasError() || raw.IsNull() || raw.IsUnknown() {
		return nil, raw, raw.IsNull()
	}
	items, whole = make(map[string]E, len(raw.Elements())), true
	for label, element := range raw.Elements() {
		object, ok := element.(types.Object)
		switch {
		case !ok || object.IsUnknown():
			whole = false
			continue
		case object.IsNull():
			continue
		}
		var item E
		diags.Append(object.As(ctx, &item, basetypes.ObjectAsOptions{})...)
		items[label] = item
	}
	return items, raw, whole && !diags.HasError()
}

// ValidateConfig says what members lack, and which are listed twice.
func (v *SetVerbs[M, E, P, I]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	v.walked(ctx, req.Config, 1)
	items, _, _ := v.itemsAt(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	first := map[membership.Key]string{}
	for _, label := range labels(items) {
		item := items[label]
		var faults diag.Diagnostics
		I(&item).Validate(path.Root(v.Attribute).AtMapKey(label), &faults)
		if resp.Diagnostics.Append(faults...); faults.HasError() || !I(&item).Known() {
			continue
		}
		I(&item).Default()
		k := I(&item).Member().Key
		if before, twice := first[k]; twice {
			resp.Diagnostics.AddAttributeError(path.Root(v.Attribute).AtMapKey(label), "Member listed twice",
				fmt.Sprintf("Member %s is listed as %q and as %q. A group has it once only.", k, before, label))
			continue
		}
		first[k] = label
	}
}

// ModifyPlan settles the region, completes the planned members, says at plan
// time what the provider block lacks, who else claims a member and what becomes
// of the members of others, and plans nothing where nothing differs.
func (v *SetVerbs[M, E, P, I]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		v.reviewDestroy(ctx, req, resp)
		return
	}
	items, raw, whole := v.itemsAt(ctx, req.Config, &resp.Diagnostics)
	if checkNulls(v.Session, path.Root(v.Attribute), raw, &resp.Diagnostics); resp.Diagnostics.HasError() {
		return
	}
	v.complete(ctx, items, raw, req, resp)
	if !secondPlan(ctx, req) {
		v.walked(ctx, req.Config, -1)
	}
	if v.Session == nil || !v.Session.Known() || resp.Diagnostics.HasError() {
		return
	}
	region, ok := planRegion(ctx, v.Session, req, resp)
	if !ok {
		return
	}
	inherits := v.review(ctx, region, items, whole, req, resp)
	// An import that the configuration agrees with is left as it is: whose the
	// members are changes with the first change.
	asItIs := unread(ctx, req)
	if kept(ctx, req.Private, importedKey) != "" {
		asItIs = append(asItIs, "others")
	}
	if !inherits && whole && v.asListed(ctx, items, req, resp) {
		asItIs = append(asItIs, v.Attribute)
	}
	if !inherits && !req.State.Raw.IsNull() && settled(req.Config.Raw, resp.Plan.Raw, req.State.Raw, asItIs...) {
		resp.Plan.Raw = req.State.Raw
		v.waitsAgain(ctx, items, req, resp)
	}
}

// waitsAgain is waitsAgain for the members that are planned.
func (v *SetVerbs[M, E, P, I]) waitsAgain(
	ctx context.Context, items map[string]E, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var waits types.Bool
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("wait_for_healthy"), &waits)...)
	members := slices.Collect(maps.Values(membersOf[E, I](items)))
	waitsAgain(ctx, waits, members, req, resp)
}

// walked counts a validation or, less than 0, a plan; see [Walks].
func (v *SetVerbs[M, E, P, I]) walked(ctx context.Context, config getter, n int) {
	var id types.String
	if v.Session != nil && !config.GetAttribute(ctx, path.Root(v.GroupAttribute), &id).HasError() {
		v.Session.Walk().count(shape{typ: v.Type, group: part(id)}, n)
	}
}

// gentle tells whether a plan waits for health, and whether it drains; what is
// not known yet may turn out to be.
func (v *SetVerbs[M, E, P, I]) gentle(ctx context.Context, resp *resource.ModifyPlanResponse) (waits, drains bool) {
	var wait types.Bool
	var drain types.String
	resp.Diagnostics.Append(resp.Plan.GetAttribute(ctx, path.Root("wait_for_healthy"), &wait)...)
	resp.Diagnostics.Append(resp.Plan.GetAttribute(ctx, path.Root("drain_duration"), &drain)...)
	return wait.IsUnknown() || wait.ValueBool(), drain.IsUnknown() || durationOf(drain) > 0
}

// complete fills in the planned members what the configuration leaves to
// defaults, and what state knows of those that stay: by key, whatever their
// label is. It is done for the whole map at once, because a plan modifier or a
// default at each attribute of thousands of members takes many times as long.
func (v *SetVerbs[M, E, P, I]) complete(
	ctx context.Context, items map[string]E, raw types.Map, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	at := path.Root(v.Attribute)
	var id types.String
	resp.Diagnostics.Append(resp.Plan.GetAttribute(ctx, path.Root(v.GroupAttribute), &id)...)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), id)...)
	for _, name := range []string{"displaced", "others"} {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root(name), types.ListNull(types.StringType))...)
	}
	if raw.IsNull() || raw.IsUnknown() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, at, raw)...)
		return
	}
	var before map[string]E
	if !req.State.Raw.IsNull() {
		if before, _, _ = v.itemsAt(ctx, req.State, &resp.Diagnostics); resp.Diagnostics.HasError() {
			return
		}
	}
	wished := make(map[string]membership.Member, len(items))
	for label, item := range items {
		I(&item).Default()
		if items[label] = item; I(&item).Known() {
			wished[label] = I(&item).Member()
		}
	}
	had := membersOf[E, I](before)
	change := v.Change
	if waits, drains := v.gentle(ctx, resp); waits || drains {
		change = change.gently()
	}
	stays := differ(had, wished, change, nobody).stays
	// A member that is not known yet may turn out to be the one that another
	// label's would go on to be under a new key.
	allKnown := len(wished) == len(raw.Elements())-nulls(raw)
	for label, item := range items {
		from, ok := stays[label]
		if ok && (allKnown || had[from].Key == wished[label].Key) {
			I(&item).Inherit(before[from], from == label)
		} else {
			I(&item).Await()
		}
		items[label] = item
	}
	if len(items) == len(raw.Elements()) {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, at, items)...)
		return
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, at, mixed(ctx, raw, items, &resp.Diagnostics))...)
}

// mixed is a map of members with the items that are known in their places.
func mixed[E any](ctx context.Context, raw types.Map, items map[string]E, diags *diag.Diagnostics) types.Map {
	typ, ok := raw.ElementType(ctx).(attr.TypeWithAttributeTypes)
	if !ok {
		return raw
	}
	elements := raw.Elements()
	for label, item := range items {
		object, faults := types.ObjectValueFrom(ctx, typ.AttributeTypes(), item)
		diags.Append(faults...)
		elements[label] = object
	}
	whole, faults := types.MapValue(raw.ElementType(ctx), elements)
	diags.Append(faults...)
	return whole
}
