package tfkit

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// ReadBlock reads a block of the provider block into a struct, whose fields for
// nested blocks are pointers to structs: nil where there is no such block. A
// text that is "" reads as null, as if its argument were left out. So does what
// is not known yet; known tells whether there is nothing of that kind.
func ReadBlock[T any](ctx context.Context, config tfsdk.Config, name string) (block T, known bool, diags diag.Diagnostics) {
	if !config.Raw.IsKnown() {
		return block, false, nil
	}
	known = true
	raw, err := tftypes.Transform(config.Raw, func(at *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		steps := at.Steps()
		if len(steps) == 0 || steps[0] != tftypes.AttributeName(name) {
			return v, nil
		}
		switch {
		case !v.IsKnown():
			known = false
		case !v.Equal(tftypes.NewValue(tftypes.String, "")):
			return v, nil
		}
		return tftypes.NewValue(v.Type(), nil), nil
	})
	if err != nil {
		diags.AddAttributeError(path.Root(name), "Unreadable provider block", fmt.Sprintf("%s: %s. This is a bug in the provider.", name, err))
		return block, known, diags
	}
	var found *T
	config.Raw = raw
	diags = config.GetAttribute(ctx, path.Root(name), &found)
	if found != nil {
		block = *found
	}
	return block, known, diags
}
