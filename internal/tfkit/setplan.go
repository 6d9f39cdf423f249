package tfkit

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// itemsAt reads the members out of a configuration, plan or state; false where
// the map or an element of it is not known as a whole.
func (v *SetVerbs[M, E, P, I]) itemsAt(
	ctx context.Context, from interface {
		GetAttribute(ctx context.Context, at path.Path, target any) diag.Diagnostics
	}, diags *diag.Diagnostics,
) (items map[string]E, known bool) {
	at := path.Root(v.Attribute)
	var raw types.Map
	diags.Append(from.GetAttribute(ctx, at, &raw)...)
	if diags.HasError() || raw.IsUnknown() {
		return nil, false
	}
	for _, element := range raw.Elements() {
		if element.IsUnknown() || element.IsNull() {
			return nil, false
		}
	}
	diags.Append(from.GetAttribute(ctx, at, &items)...)
	return items, !diags.HasError()
}

// ValidateConfig says which members are listed twice.
func (v *SetVerbs[M, E, P, I]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	items, known := v.itemsAt(ctx, req.Config, &resp.Diagnostics)
	if !known {
		return
	}
	first := map[membership.Key]string{}
	for _, label := range labels(items) {
		item := items[label]
		if I(&item).Validate(path.Root(v.Attribute).AtMapKey(label), &resp.Diagnostics); !I(&item).Known() {
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
// time what the provider block lacks and who else claims a member, and plans
// nothing where nothing differs.
func (v *SetVerbs[M, E, P, I]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	items, known := v.itemsAt(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if known {
		v.complete(ctx, items, req, resp)
	}
	if v.Session == nil || !v.Session.Known() || resp.Diagnostics.HasError() {
		return
	}
	region, ok := planRegion(ctx, v.Session, req, resp)
	if !ok {
		return
	}
	if known {
		v.review(ctx, region, items, req, resp)
	}
	if !req.State.Raw.IsNull() && settled(req.Config.Raw, resp.Plan.Raw, req.State.Raw) {
		resp.Plan.Raw = req.State.Raw
	}
}

// complete fills in the planned members what the configuration leaves to
// defaults, and what state knows of those that stay: by key, whatever their
// label is. It is done for the whole map at once, because a plan modifier or a
// default at each attribute of thousands of members takes many times as long.
func (v *SetVerbs[M, E, P, I]) complete(
	ctx context.Context, items map[string]E, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var before map[string]E
	if !req.State.Raw.IsNull() {
		if before, _ = v.itemsAt(ctx, req.State, &resp.Diagnostics); resp.Diagnostics.HasError() {
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
	stays := differ(had, wished, v.Change).stays
	// A member that is not known yet may turn out to be the one that another
	// label's would go on to be under a new key.
	allKnown := len(wished) == len(items)
	for label, item := range items {
		from, ok := stays[label]
		if ok && (allKnown || had[from].Key == wished[label].Key) {
			I(&item).Inherit(before[from], from == label)
		} else {
			I(&item).Await()
		}
		items[label] = item
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root(v.Attribute), items)...)
}

// review looks at a plan whose members are known.
func (v *SetVerbs[M, E, P, I]) review(
	ctx context.Context, region string, items map[string]E, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var id types.String
	resp.Diagnostics.Append(resp.Plan.GetAttribute(ctx, path.Root(v.GroupAttribute), &id)...)
	if resp.Diagnostics.HasError() || id.IsUnknown() {
		return
	}
	model := P(new(M))
	if resp.Diagnostics.Append(resp.Plan.Get(ctx, model)...); resp.Diagnostics.HasError() {
		return
	}
	model.Shared().checkDrain(ctx, true, &resp.Diagnostics)
	if v.Usual > 0 && len(items) > v.Usual {
		resp.Diagnostics.AddAttributeWarning(path.Root(v.Attribute), "More members than the usual quota", fmt.Sprintf(
			"%d members are configured. Unless the account has a higher quota, the cloud accepts %d.", len(items), v.Usual))
	}
	handle, err := v.Open(region, model)
	if err != nil {
		resp.Diagnostics.AddError("Unable to use the cloud's API", err.Error())
		return
	}
	c := membership.Claim{By: v.Type, Members: make(map[membership.Key]string, len(items)), Exclusive: model.Set().Exclusive.ValueBool()}
	for label, item := range items {
		if I(&item).Known() {
			c.Members[I(&item).Member().Key] = label
		} else {
			c.Exclusive = false // it may be just the one that another resource adds
		}
	}
	claim(ctx, handle, c, path.Root(v.Attribute), req, resp)
	if v.Notes != nil && model.Shared().Drain() > 0 && !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(v.Notes(ctx, region, model)...)
	}
}
