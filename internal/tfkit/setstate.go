package tfkit

import (
	"context"
	"iter"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// What a set has in state: found in a listing, and written.

// claimOf is what a set with some members claims.
func (v *SetVerbs[M, E, P, I]) claimOf(items map[string]E, token string) membership.Claim {
	c := membership.Claim{Token: token, By: v.Type, Members: make(map[membership.Key]string, len(items))}
	for label, m := range membersOf[E, I](items) {
		c.Members[m.Key] = label
	}
	return c
}

// observe finds items among the listed members, and returns those found and
// the members that are nobody's here.
func (v *SetVerbs[M, E, P, I]) observe(items map[string]E, listed []membership.Member) (seen map[string]E, others []membership.Member) {
	index := membership.IndexOf(listed)
	taken := make([]bool, len(listed))
	seen = make(map[string]E, len(items))
	find := func(places func(membership.Member) iter.Seq[int]) {
		for _, label := range slices.Sorted(maps.Keys(items)) {
			item := items[label]
			for i := range places(I(&item).Member()) {
				if _, found := seen[label]; !found && !taken[i] {
					I(&item).Observe(listed[i])
					seen[label], taken[i] = item, true
				}
			}
		}
	}
	find(func(m membership.Member) iter.Seq[int] { return index.ByID(m.ID) })
	// Where the id is gone, somebody has taken the member out and put it in
	// again: it is the same one, with a new id. Only when all ids have found
	// theirs, for a member may have moved to the port of one that is gone.
	find(func(m membership.Member) iter.Seq[int] { return index.ByKey(m.Key) })
	for i, m := range listed {
		if !taken[i] {
			others = append(others, m)
		}
	}
	return seen, others
}

func (v *SetVerbs[M, E, P, I]) item(m membership.Member) E {
	var item E
	I(&item).Default()
	I(&item).Observe(m)
	return item
}

// keep writes the model, with these members, to state.
func (v *SetVerbs[M, E, P, I]) keep(
	ctx context.Context, model P, items map[string]E, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	*model.Items() = model.Items().With(items)
	model.Shared().ID = types.StringValue(model.Group())
	set := model.Set()
	if set.Exclusive.IsNull() || set.Exclusive.IsUnknown() {
		set.Exclusive = types.BoolValue(false)
	}
	for _, list := range []*types.List{&set.Displaced, &set.Others} {
		if list.IsUnknown() {
			*list = types.ListNull(types.StringType)
		}
	}
	diags.Append(state.Set(ctx, model)...)
	v.identify(ctx, model, identity, diags)
}

// identify writes the resource's identity.
func (v *SetVerbs[M, E, P, I]) identify(ctx context.Context, model P, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	if identity == nil {
		return
	}
	diags.Append(identity.SetAttribute(ctx, path.Root("region"), model.Shared().InRegion())...)
	diags.Append(identity.SetAttribute(ctx, path.Root(v.GroupAttribute), model.Group())...)
}
