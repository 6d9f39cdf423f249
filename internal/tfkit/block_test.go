package tfkit

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type outer struct {
	Text   types.String `tfsdk:"text"`
	Number types.Int64  `tfsdk:"number"`
	Inner  *inner       `tfsdk:"inner"`
}

type inner struct {
	Text types.String `tfsdk:"text"`
}

func TestReadBlock(t *testing.T) {
	t.Parallel()
	text := map[string]schema.Attribute{"text": schema.StringAttribute{Optional: true}}
	s := schema.Schema{Blocks: map[string]schema.Block{
		"ours": schema.SingleNestedBlock{
			Attributes: map[string]schema.Attribute{"text": text["text"], "number": schema.Int64Attribute{Optional: true}},
			Blocks:     map[string]schema.Block{"inner": schema.SingleNestedBlock{Attributes: text}},
		},
		"theirs": schema.SingleNestedBlock{Attributes: text},
	}}
	root := s.Type().TerraformType(t.Context()).(tftypes.Object)
	ours := root.AttributeTypes["ours"].(tftypes.Object)
	deep := ours.AttributeTypes["inner"].(tftypes.Object)
	null, unknown := any(nil), any(tftypes.UnknownValue)
	within := func(text any) any { return map[string]tftypes.Value{"text": tftypes.NewValue(tftypes.String, text)} }
	block := func(text, number, in any) any {
		return map[string]tftypes.Value{
			"text": tftypes.NewValue(tftypes.String, text), "number": tftypes.NewValue(tftypes.Number, number), "inner": tftypes.NewValue(deep, in),
		}
	}
	str := types.StringValue
	for name, tt := range map[string]struct {
		ours  any
		want  outer
		known bool
	}{
		"all":              {block("x", 7, within("y")), outer{str("x"), types.Int64Value(7), &inner{str("y")}}, true},
		"no block":         {null, outer{}, true},
		"no inner block":   {block("x", null, null), outer{Text: str("x")}, true},
		"empty block":      {block(null, null, within(null)), outer{Inner: &inner{}}, true},
		"empty texts":      {block("", 7, within("")), outer{Number: types.Int64Value(7), Inner: &inner{}}, true},
		"unknown text":     {block(unknown, 7, within("y")), outer{Number: types.Int64Value(7), Inner: &inner{str("y")}}, false},
		"unknown number":   {block("x", unknown, null), outer{Text: str("x")}, false},
		"unknown in inner": {block("x", 7, within(unknown)), outer{str("x"), types.Int64Value(7), &inner{}}, false},
		"unknown inner":    {block("x", 7, unknown), outer{Text: str("x"), Number: types.Int64Value(7)}, false},
		"unknown block":    {unknown, outer{}, false},
	} {
		for _, theirs := range []any{"x", unknown} {
			config := tfsdk.Config{Schema: s, Raw: tftypes.NewValue(root, map[string]tftypes.Value{
				"ours": tftypes.NewValue(ours, tt.ours), "theirs": tftypes.NewValue(root.AttributeTypes["theirs"], within(theirs)),
			})}
			got, known, diags := ReadBlock[outer](t.Context(), config, "ours")
			if diags.HasError() || known != tt.known || !got.Text.Equal(tt.want.Text) || !got.Number.Equal(tt.want.Number) ||
				(got.Inner == nil) != (tt.want.Inner == nil) || got.Inner != nil && !got.Inner.Text.Equal(tt.want.Inner.Text) {
				t.Errorf("%s: %+v, known %v, %v", name, got, known, diags)
			}
		}
	}
	if _, known, _ := ReadBlock[outer](t.Context(), tfsdk.Config{Schema: s, Raw: tftypes.NewValue(root, unknown)}, "ours"); known {
		t.Error("a provider block that is unknown counts as known")
	}
}
