package tfkit

import (
	"context"
	"fmt"
	"net/netip"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Texts that are optional. "" in a configuration counts as left out, as
// modules that pass a variable's default have it. Terraform wants to find in
// state what it planned, and to plan what is configured, so state may hold
// either spelling; neither is a difference to the other.

// Same tells whether two texts mean the same.
type Same func(a, b string) bool

// SameAddress tells whether two texts are one IP address, which IPv6 can be
// spelt in several ways.
func SameAddress(a, b string) bool {
	return membership.NormalAddress(a) == membership.NormalAddress(b)
}

// SameDuration tells whether two texts are as long.
func SameDuration(a, b string) bool {
	return durationOf(types.StringValue(a)) == durationOf(types.StringValue(b))
}

// Text is the plan modifier of a text attribute that is optional and computed:
// left out, it is usual. What means the same as before stays as it is spelt in
// state; same is nil where only equal texts do. A modifier that looks at changes
// goes after it.
func Text(usual string, same Same) planmodifier.String { return text{usual: usual, same: same} }

// VendorsText is Text where the vendor decides what is left out, and what it
// has decided stays.
func VendorsText() planmodifier.String { return text{vendors: true} }

type text struct {
	usual   string
	same    Same
	vendors bool
}

func (text) Description(context.Context) string {
	return "An empty text counts as left out, and another spelling as no change."
}

func (t text) MarkdownDescription(ctx context.Context) string { return t.Description(ctx) }

func (t text) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	config, state := req.ConfigValue, req.StateValue
	leftOut := config.ValueString() == ""
	switch {
	case config.IsUnknown():
	case !state.IsNull() && (t.vendors && leftOut || t.Equal(config.ValueString(), state.ValueString())):
		resp.PlanValue = state
	case !config.IsNull():
		resp.PlanValue = config
	case !t.vendors:
		resp.PlanValue = types.StringValue(t.usual)
	}
}

// Equal tells whether two texts mean the same.
func (t text) Equal(a, b string) bool {
	if a == "" {
		a = t.usual
	}
	if b == "" {
		b = t.usual
	}
	return a == b || t.same != nil && t.same(a, b)
}

// Seen is what the vendor lists, in the spelling that a model has already where
// that means the same.
func Seen(now types.String, seen string, same Same) types.String {
	if !now.IsNull() && !now.IsUnknown() && (now.ValueString() == seen || same != nil && same(now.ValueString(), seen)) {
		return now
	}
	return types.StringValue(seen)
}

// OptionalName is [Name] of an id that may be left out.
func OptionalName(what string) validator.String { return unlessEmpty{Name(what)} }

// UnlessEmpty is a validator that accepts "" besides, which counts as left out.
func UnlessEmpty(v validator.String) validator.String { return unlessEmpty{v} }

type unlessEmpty struct{ validator.String }

func (v unlessEmpty) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.ValueString() != "" {
		v.String.ValidateString(ctx, req, resp)
	}
}

// Address validates an IP address as the vendors take it; "" counts as left
// out.
func Address() validator.String { return address{} }

// RequiredAddress is Address where nothing may be left out.
func RequiredAddress() validator.String { return address{required: true} }

type address struct{ required bool }

func (address) Description(context.Context) string { return "must be an IP address" }

func (v address) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v address) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	given := req.ConfigValue.ValueString()
	at := req.Path.String()
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || given == "" {
		if v.required && req.ConfigValue == types.StringValue("") {
			resp.Diagnostics.AddAttributeError(req.Path, "Missing "+at, at+" is empty, and required.")
		}
		return
	}
	if err := CheckAddress(given); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+at, at+" "+err.Error()+".")
	}
}

// CheckAddress is the check of an IP address as the vendors take it.
func CheckAddress(s string) error {
	switch a, err := netip.ParseAddr(s); {
	case err != nil:
		return fmt.Errorf("is %s: this is not an IP address, such as 10.0.0.5 or 2001:db8::5", s)
	case a.Zone() != "":
		return fmt.Errorf("is %s: an address with a zone means something on one machine only. Leave out what follows the %%", s)
	case a.Is4In6():
		return fmt.Errorf("is %s: write the IPv4 address that it stands for, %s", s, a.Unmap())
	case a.IsUnspecified():
		return fmt.Errorf("is %s: this stands for every address, and no server is at it", s)
	}
	return nil
}
