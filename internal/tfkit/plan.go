package tfkit

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// planRegion settles the region of a plan, says what the provider block lacks
// to use it, and replaces what moves to another. ok is false where there is no
// more to plan: the region is unknown, or something is wrong.
func planRegion(
	ctx context.Context, session Session, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) (region string, ok bool) {
	at := path.Root("region")
	var configured, recorded types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at, &configured)...)
	if resp.Diagnostics.HasError() || configured.IsUnknown() {
		return "", false
	}
	region, ok = usable(session, configured.ValueString(), &resp.Diagnostics)
	if !ok {
		return "", false
	}
	planned := types.StringValue(region)
	if !configured.IsNull() {
		planned = configured // "" is planned as it is, and stands for the provider's
	}
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.GetAttribute(ctx, at, &recorded)...)
		switch before := homeOf(ctx, recorded, req.Private); {
		case before == region:
			planned = recorded
		case planned.Equal(recorded):
			resp.Diagnostics.AddAttributeError(at, "The provider's region has changed", fmt.Sprintf(
				"The resource is in region %s, and region = \"\" stands for the provider's, which is %s now. To replace the resource "+
					"leave region out, or write the new one; to keep it write region = %q.", before, region, before))
		default:
			resp.RequiresReplace = append(resp.RequiresReplace, at)
		}
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, at, planned)...)
	return region, !resp.Diagnostics.HasError()
}

// usable settles a region, and says what keeps the cloud from being used in it.
// It is for what comes before an apply: a plan and the refresh in it. One error
// stops all of that, so it is said once, and not beside every resource.
func usable(session Session, wanted string, diags *diag.Diagnostics) (region string, ok bool) {
	region, problems := session.Check(wanted)
	diags.Append(session.Unsaid(problems)...)
	return region, !problems.HasError()
}

// homeOf is the region that a resource is in. Where state says "", for the
// provider's, private state says which that was.
func homeOf(ctx context.Context, recorded types.String, p private) string {
	if recorded.IsNull() || recorded.ValueString() != "" {
		return recorded.ValueString()
	}
	return kept(ctx, p, homeKey)
}

// regionOf settles a model's region for a verb that uses the cloud; p is nil
// for a creation.
func regionOf(ctx context.Context, session Session, noun string, shared *Base, p private, diags *diag.Diagnostics) (region string, ok bool) {
	if !session.Known() {
		diags.AddError("Provider configuration is not known",
			"The "+noun+" cannot be changed, because the provider block holds values that are known only after apply. "+
				"Apply what they come from first, for example with -target.")
		return "", false
	}
	wanted := shared.Region.ValueString()
	if p != nil {
		wanted = homeOf(ctx, shared.Region, p)
	}
	region, more := session.Check(wanted)
	diags.Append(more...)
	if diags.HasError() {
		return "", false
	}
	shared.fill(region)
	return region, true
}

// keepHome records the region where state does not.
func keepHome(ctx context.Context, shared *Base, p keeper) (diags diag.Diagnostics) {
	if shared.Region.ValueString() == "" {
		diags = p.SetKey(ctx, homeKey, quoted(shared.home))
	}
	return diags
}

// settled tells whether a plan has nothing left to change: every difference
// between configuration and state, such as an address in another spelling, was
// taken back by a plan modifier. The framework has by then planned to compute
// what an update computes, and so an update for that alone.
func settled(config, plan, state tftypes.Value) bool {
	var planned, before map[string]tftypes.Value
	if !config.IsFullyKnown() || plan.As(&planned) != nil || state.As(&before) != nil {
		return false
	}
	for name, v := range planned {
		if v.IsKnown() && !v.Equal(before[name]) {
			return false
		}
	}
	return true
}

// The keys of private state.
const (
	// claimKey tells the plans of one resource instance apart from those of
	// others: Terraform plans an instance that it replaces twice, and hands the
	// private state of the first plan to the second.
	claimKey = "claim"
	// runKey is the run in which the resource was created.
	runKey = "run"
	// homeKey is the region in use of a resource whose region is "".
	homeKey = "region"
)

// private is private state as a verb gets it.
type private interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

func quoted(s string) []byte {
	b, _ := json.Marshal(s) // a string always can be
	return b
}

// kept is a text from private state; "" where there is none.
func kept(ctx context.Context, p private, key string) string {
	b, diags := p.GetKey(ctx, key)
	var s string
	if diags.HasError() || b == nil || json.Unmarshal(b, &s) != nil {
		return ""
	}
	return s
}

// madeInRun tells whether a resource was created in this run. If it was not,
// what it would remove may by now belong to its own replacement.
func madeInRun(ctx context.Context, p private, run string) bool {
	return kept(ctx, p, runKey) == run
}

// claim says at plan time which members a resource answers for, and where that
// conflicts with another resource of the same configuration. at is where an
// error belongs; a member's label is added where it has one.
func claim(
	ctx context.Context, group *membership.Handle, c membership.Claim, at path.Path,
	req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	c.Token = kept(ctx, req.Private, claimKey)
	if c.Token == "" || !group.Claimed(c.Token) {
		// A token that this run does not know is one of an earlier run, and
		// may have been copied with a state.
		c.Token = rand.Text()
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, claimKey, quoted(c.Token))...)
	conflict := group.Claim(c)
	if conflict == nil {
		return
	}
	summary, detail := "Member managed twice", "In "+group.Name()+", "+conflict.Error()+". A member must be managed by one "+
		"resource only: the two would undo each other's changes, and destroying one would take the member out."
	if conflict.Exclusive {
		summary, detail = "Group owned by another resource", "In "+group.Name()+", "+conflict.Error()+". With exclusive = true a "+
			"resource removes every member that is not its own: list all members in it, or leave exclusive out."
	}
	if label := c.Members[conflict.Key]; label != "" && len(at.Steps()) > 0 && !conflict.Both {
		at = at.AtMapKey(label)
	}
	if len(at.Steps()) == 0 {
		resp.Diagnostics.AddError(summary, detail)
		return
	}
	resp.Diagnostics.AddAttributeError(at, summary, detail)
}

// bounded is ctx with a verb's timeout.
func bounded(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, errors.New("the timeout of "+d.String()+" is over"))
}
