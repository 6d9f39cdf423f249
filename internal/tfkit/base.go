// Package tfkit is the Terraform side that all clouds share: the attributes
// and the verbs of the resources that are one member of a group, or many of
// them, diagnostics, and the parsing of import ids. It knows no cloud.
package tfkit

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The timeouts of a verb whose configuration names none. A drain comes on top.
const (
	DefaultReadTimeout  = 5 * time.Minute
	DefaultWriteTimeout = 10 * time.Minute
)

// Base are the attributes that every resource has, of one member or of many.
type Base struct {
	ID             types.String         `tfsdk:"id"`
	Region         types.String         `tfsdk:"region"`
	AdoptExisting  types.Bool           `tfsdk:"adopt_existing"`
	DrainDuration  timetypes.GoDuration `tfsdk:"drain_duration"`
	WaitForHealthy types.Bool           `tfsdk:"wait_for_healthy"`
	Timeouts       timeouts.Value       `tfsdk:"timeouts"`
}

// Shared is the model's common part; a model that embeds Base has it.
func (b *Base) Shared() *Base { return b }

// baseAttributes are the schema of [Base]; id says what the id is.
func baseAttributes(ctx context.Context, id string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: id,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"region": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Region of the load balancer. Defaults to the provider's. A change replaces the resource.",
			Validators:          []validator.String{Name("a region")},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"adopt_existing": schema.BoolAttribute{
			Optional: true, Computed: true,
			Default: booldefault.StaticBool(false),
			MarkdownDescription: "What to do on creation when a member is in the group already: `false`, the default, makes " +
				"it an error that says how to import it; `true` takes it over and brings it to the configuration.",
		},
		"drain_duration": schema.StringAttribute{
			Optional: true, CustomType: timetypes.GoDurationType{},
			MarkdownDescription: "How long a member gets no new requests (weight 0) before it is removed, as a duration such as " +
				"`30s`. Members removed together drain together. A member that fails its health check everywhere is removed " +
				"at once. Interrupted, the old weight is put back. Without it, members are removed at once.",
		},
		"wait_for_healthy": schema.BoolAttribute{
			Optional: true, Computed: true,
			Default: booldefault.StaticBool(false),
			MarkdownDescription: "Whether an addition returns only once the member passes its health check on every listener that " +
				"serves it. Past the timeout it fails with the reason. Where nothing checks health it returns at once, with a " +
				"warning. Defaults to `false`.",
		},
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, Read: true, Update: true, Delete: true,
			CreateDescription: timeoutText("creation", DefaultWriteTimeout),
			ReadDescription:   timeoutText("a read", DefaultReadTimeout),
			UpdateDescription: timeoutText("a change", DefaultWriteTimeout),
			DeleteDescription: timeoutText("removal", DefaultWriteTimeout),
		}),
	}
}

func timeoutText(verb string, d time.Duration) string {
	return fmt.Sprintf("How long %s may take, retries included, as a duration such as `30s` or `5m`. Defaults to `%dm`%s.",
		verb, int(d.Minutes()), map[bool]string{true: " and the drain"}[verb == "removal"])
}

// fill gives the attributes that have a default and that an import leaves
// null their default.
func (b *Base) fill(region string) {
	if b.Region.IsNull() || b.Region.IsUnknown() {
		b.Region = types.StringValue(region)
	}
	for _, v := range []*types.Bool{&b.AdoptExisting, &b.WaitForHealthy} {
		if v.IsNull() || v.IsUnknown() {
			*v = types.BoolValue(false)
		}
	}
}

// Drain is how long to drain; 0 where that is not configured.
func (b *Base) Drain() time.Duration {
	if b.DrainDuration.IsNull() || b.DrainDuration.IsUnknown() {
		return 0
	}
	d, err := time.ParseDuration(b.DrainDuration.ValueString())
	if err != nil {
		return 0 // its own validation has said so
	}
	return d
}

// checkDrain says what is wrong with a drain: it must fit into the verbs that
// it is a part of, removal and, where updates says so, a change.
func (b *Base) checkDrain(ctx context.Context, updates bool, diags *diag.Diagnostics) {
	d := b.Drain()
	if d < 0 {
		diags.AddAttributeError(path.Root("drain_duration"), "Negative drain_duration", "A drain cannot last "+d.String()+".")
	}
	if d <= 0 || b.Timeouts.IsNull() || b.Timeouts.IsUnknown() {
		return
	}
	fits := func(what, name string, timeout func(context.Context, time.Duration) (time.Duration, diag.Diagnostics)) {
		limit, more := timeout(ctx, DefaultWriteTimeout+d)
		if more.HasError() || d < limit {
			return
		}
		diags.AddAttributeError(path.Root("drain_duration"), "drain_duration is longer than timeouts."+name, fmt.Sprintf(
			"%s drains for %s and may take %s in all. Raise timeouts.%s, or shorten the drain.", what, d, limit, name))
	}
	fits("A removal", "delete", b.Timeouts.Delete)
	if updates {
		fits("An update that removes members", "update", b.Timeouts.Update)
	}
}
