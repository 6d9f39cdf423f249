package tfkit

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// check checks what no single attribute can; values may be unknown.
func (a *memberAction[C, M, P]) check(o order[M, P], diags *diag.Diagnostics) {
	o.model.Validate(diags)
	if long := o.duration(); !o.invoke.IsUnknown() && long >= o.timeout() {
		diags.AddAttributeError(path.Root(a.deed.argument), a.deed.argument+" is longer than timeouts.invoke", fmt.Sprintf(
			"The action drains for %s and may take %s in all. Raise timeouts.invoke, or shorten the drain.", long, o.timeout()))
	}
}

// checkKnown checks, when an action is invoked, what was not known when its
// configuration was validated: nobody else does.
func (a *memberAction[C, M, P]) checkKnown(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) {
	full, ok := config.Schema.(schema.Schema)
	if !ok {
		return
	}
	checkAttributes(ctx, config, path.Empty(), full.Attributes, diags)
	if timeouts, ok := full.Blocks["timeouts"].(schema.SingleNestedBlock); ok {
		checkAttributes(ctx, config, path.Root("timeouts"), timeouts.Attributes, diags)
	}
}

func checkAttributes(
	ctx context.Context, config tfsdk.Config, in path.Path, attributes map[string]schema.Attribute, diags *diag.Diagnostics,
) {
	for name, attribute := range attributes {
		at := in.AtName(name)
		missing := false
		switch attribute := attribute.(type) {
		case schema.StringAttribute:
			var text types.String
			diags.Append(config.GetAttribute(ctx, at, &text)...)
			missing = text.IsNull()
			for _, v := range attribute.Validators {
				resp := validator.StringResponse{}
				v.ValidateString(ctx, validator.StringRequest{Path: at, PathExpression: at.Expression(), Config: config, ConfigValue: text}, &resp)
				diags.Append(resp.Diagnostics...)
			}
		case schema.NumberAttribute:
			var number types.Number
			diags.Append(config.GetAttribute(ctx, at, &number)...)
			missing = number.IsNull()
			for _, v := range attribute.Validators {
				resp := validator.NumberResponse{}
				v.ValidateNumber(ctx, validator.NumberRequest{Path: at, PathExpression: at.Expression(), Config: config, ConfigValue: number}, &resp)
				diags.Append(resp.Diagnostics...)
			}
		}
		if missing && attribute.IsRequired() {
			diags.AddAttributeError(at, "Missing "+at.String(), at.String()+" is null, and required.")
		}
	}
}
