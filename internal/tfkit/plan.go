package tfkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
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
		case recorded.IsNull(): // moved here and not read yet: it is where that read would look
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

// unread are the attributes that a plan has and state has not, of what was moved
// here and not read yet: no difference, because the configuration does not name
// them.
func unread(ctx context.Context, req resource.ModifyPlanRequest) []string {
	at := path.Root("region")
	var configured, recorded types.String
	if req.Config.GetAttribute(ctx, at, &configured).HasError() || req.State.GetAttribute(ctx, at, &recorded).HasError() ||
		!configured.IsNull() || !recorded.IsNull() {
		return nil
	}
	return []string{at.String()}
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
func regionOf(ctx context.Context, session Session, noun string, model sharer, p private, diags *diag.Diagnostics) (region string, ok bool) {
	if !session.Known() {
		diags.Append(notKnown(noun, "changed"))
		return "", false
	}
	recorded := model.Shared().Region
	wanted := recorded.ValueString()
	if p != nil {
		wanted = homeOf(ctx, recorded, p)
	}
	region, more := session.Check(wanted)
	diags.Append(more...)
	if diags.HasError() {
		return "", false
	}
	fill(model, region)
	return region, true
}

// notKnown is the error of what needs a provider block that is known.
func notKnown(noun, done string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Provider configuration is not known",
		"The "+noun+" cannot be "+done+", because the provider block holds values that are known only after apply. "+
			"Apply what they come from first, for example with -target.")
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
// what an update computes, and so an update for that alone. What is named is not
// compared.
func settled(config, plan, state tftypes.Value, but ...string) bool {
	var planned, before map[string]tftypes.Value
	if !config.IsFullyKnown() || plan.As(&planned) != nil || state.As(&before) != nil {
		return false
	}
	for name, v := range planned {
		if v.IsKnown() && !v.Equal(before[name]) && !slices.Contains(but, name) {
			return false
		}
	}
	return true
}

// The keys of private state.
const (
	// tokenKey tells a resource instance apart from every other, from its
	// creation or import on.
	tokenKey = "token"
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

// bounded is ctx with a verb's timeout.
func bounded(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, d, errors.New("the timeout of "+d.String()+" is over"))
}
