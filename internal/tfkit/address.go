package tfkit

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// SameAddress keeps the address of state where the configuration spells the
// same one differently, as is possible with IPv6. It goes before a modifier
// that looks at changes.
func SameAddress() planmodifier.String { return sameAddress{} }

type sameAddress struct{}

func (sameAddress) Description(context.Context) string {
	return "Two spellings of one IP address are the same."
}

func (m sameAddress) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (sameAddress) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	state, plan := req.StateValue, req.PlanValue
	if state.IsNull() || plan.IsNull() || plan.IsUnknown() {
		return
	}
	if membership.NormalAddress(state.ValueString()) == membership.NormalAddress(plan.ValueString()) {
		resp.PlanValue = state
	}
}
