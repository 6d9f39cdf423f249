// Package tfkit is the Terraform side that all clouds share: the attributes
// and the verbs of the resources that are one member of a group, or many of
// them, diagnostics, and the parsing of import ids. It knows no cloud.
package tfkit

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Base are the attributes that every resource has, of one member or of many.
type Base struct {
	ID             types.String `tfsdk:"id"`
	Region         types.String `tfsdk:"region"`
	AdoptExisting  types.Bool   `tfsdk:"adopt_existing"`
	DrainDuration  types.String `tfsdk:"drain_duration"`
	WaitForHealthy types.Bool   `tfsdk:"wait_for_healthy"`
	Timeouts       types.Object `tfsdk:"timeouts"`

	home string // the region in use, where Region is ""
}

// Shared is the model's common part; a model that embeds Base has it.
func (b *Base) Shared() *Base { return b }

// Blocks are the blocks of [Base]; lingers tells of a resource with [Lingering].
func Blocks(lingers bool) map[string]schema.Block {
	return map[string]schema.Block{"timeouts": timeoutsBlock(lingers)}
}

// baseAttributes are the schema of [Base] but for its blocks; id says what the id is.
func baseAttributes(id string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: id,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseNonNullStateForUnknown()},
		},
		"region": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Region of the load balancer. Defaults to the provider's. A change replaces the resource.",
			Validators:          []validator.String{OptionalName("a region")},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"adopt_existing": schema.BoolAttribute{
			Optional: true, Computed: true,
			Default: booldefault.StaticBool(false),
			MarkdownDescription: "What to do on creation when a member is in the group already: `false`, the default, makes " +
				"it an error that says how to import it; `true` takes it over and brings it to the configuration.",
		},
		"drain_duration": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "How long a member gets no new requests (weight 0) before it is removed, as a duration such as " +
				"`30s`. Members removed together drain together. A member that fails its health check everywhere is removed " +
				"at once. Interrupted, the old weight is put back. Without it, members are removed at once. A removal goes by what " +
				"the last apply recorded.",
			Validators:    []validator.String{duration{}},
			PlanModifiers: []planmodifier.String{Text("", SameDuration)},
		},
		"wait_for_healthy": schema.BoolAttribute{
			Optional: true, Computed: true,
			Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether an addition returns only once the member passes its health check on every listener that " +
				"serves it. Past the timeout it fails with the reason. Where nothing checks health it returns at once, with a " +
				"warning. Defaults to `false`.",
		},
	}
}

// fill is [fill] for what every resource has.
func (b *Base) fill(region string) {
	b.home = region
	if b.Region.IsNull() || b.Region.IsUnknown() {
		b.Region = types.StringValue(region)
	}
	for _, v := range []*types.Bool{&b.AdoptExisting, &b.WaitForHealthy} {
		if v.IsNull() || v.IsUnknown() {
			*v = types.BoolValue(false)
		}
	}
	if b.DrainDuration.IsNull() || b.DrainDuration.IsUnknown() {
		b.DrainDuration = types.StringValue("")
	}
}

// InRegion is the region in use: that of the resource, or the provider's.
func (b *Base) InRegion() types.String {
	if b.Region.ValueString() == "" && b.home != "" {
		return types.StringValue(b.home)
	}
	return b.Region
}

// Drain is how long to drain; 0 where that is not configured.
func (b *Base) Drain() time.Duration { return durationOf(b.DrainDuration) }
