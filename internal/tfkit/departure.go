package tfkit

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// unmetKey is the key of private state under which an instance keeps whom its
// destruction has waited for in vain, so that the next apply waits for them again:
// there Terraform may have no other reason to touch them.
const unmetKey = "unmet"

// unmetOf are the members that an earlier destruction of an instance has waited for.
func unmetOf(ctx context.Context, p private) (unmet []membership.Unmet) {
	if b, diags := p.GetKey(ctx, unmetKey); diags.HasError() || b == nil || json.Unmarshal(b, &unmet) != nil {
		return nil
	}
	return unmet
}

// arrive announces members that an instance brings in, and waits for, so that what
// is destroyed beside it waits for them too; nil where it does not wait.
func arrive(group *membership.Handle, typ string, b *Base, members ...membership.Member) *membership.Arrival {
	if !b.WaitForHealthy.ValueBool() {
		return nil
	}
	return group.Arrive(typ, members)
}

// takeOut takes members of an instance out that is destroyed, after what others bring
// in. parent is the context of the verb, before any bound.
func takeOut(
	parent context.Context, group *membership.Handle, typ string, model sharer, members []membership.Member,
	req resource.DeleteRequest, resp *resource.DeleteResponse,
) []membership.Outcome {
	out, unmet := group.TakeOut(asInstance(parent, req.Private), members, removal(model), membership.Departure{
		By: typ, Healthy: model.Shared().WaitForHealthy.ValueBool(), Unmet: unmetOf(parent, req.Private),
		Bound: func(ctx context.Context) (context.Context, context.CancelFunc) {
			return bounded(ctx, writeTimeout("delete", model))
		},
	})
	b, err := json.Marshal(unmet)
	if err != nil {
		resp.Diagnostics.AddError("Unable to keep private state", err.Error())
		return out
	}
	resp.Diagnostics.Append(resp.Private.SetKey(parent, unmetKey, b)...)
	return out
}

// Delete takes the member out.
func (v *Verbs[M, P]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	model := P(new(M))
	resp.Diagnostics.Append(req.State.Get(ctx, model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var diags diag.Diagnostics
	parent := ctx
	ctx, cancel := bounded(ctx, writeTimeout("delete", model))
	defer cancel()
	group := v.open(ctx, model, req.Private, &diags)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !v.found(ctx, group, model, req.Private, &resp.Diagnostics) {
		return
	}
	goes := handOver(ctx, group, []membership.Member{model.Member()}, req.Private)
	for _, o := range takeOut(parent, group, v.Type, model, goes, req, resp) {
		if o.Err != nil {
			resp.Diagnostics.Append(v.failure("remove", group, model, o.Err))
			if membership.Is(o.Err, membership.Draining) {
				resp.State.RemoveResource(ctx) // it is out
			}
			return
		}
		if o.Spared {
			if err := seenThrough(parent, group, model, goes, req.Private)[0]; err != nil {
				resp.Diagnostics.Append(v.failure(waitFor, group, model, err))
				return
			}
		}
	}
	group.Forget(kept(ctx, req.Private, tokenKey))
}
