// Package tfkit is the Terraform side that all clouds share: the attributes
// and the verbs of a resource that is one member of one group, diagnostics,
// and the parsing of import ids. It knows no cloud.
package tfkit

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// The timeouts of a verb whose configuration names none.
const (
	DefaultReadTimeout  = 5 * time.Minute
	DefaultWriteTimeout = 10 * time.Minute
)

// Common are the attributes that every member resource has; a model embeds it.
type Common struct {
	ID            types.String   `tfsdk:"id"`
	Region        types.String   `tfsdk:"region"`
	Weight        types.Int64    `tfsdk:"weight"`
	AdoptExisting types.Bool     `tfsdk:"adopt_existing"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// Shared is the model's common part; it makes Common satisfy that part of
// [Model].
func (c *Common) Shared() *Common { return c }

// CommonAttributes are the schema of [Common]. defaultWeight is the vendor's.
func CommonAttributes(ctx context.Context, defaultWeight int64) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The same as the import id.",
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"region": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Region of the load balancer. Defaults to the provider's. A change replaces the member.",
			Validators:          []validator.String{Name("a region")},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"weight": schema.Int64Attribute{
			Optional: true, Computed: true,
			Default: int64default.StaticInt64(defaultWeight),
			MarkdownDescription: fmt.Sprintf("Share of new requests, 0 to 100; with 0 the member gets none. Defaults to `%d`, to which "+
				"removing it from the configuration returns. Changed in place.", defaultWeight),
			Validators: []validator.Int64{int64validator.Between(0, 100)},
		},
		"adopt_existing": schema.BoolAttribute{
			Optional: true, Computed: true,
			Default: booldefault.StaticBool(false),
			MarkdownDescription: "What to do on creation when the member is in the group already: `false`, the default, makes " +
				"it an error that says how to import it; `true` takes it over and brings it to the configuration.",
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
	return fmt.Sprintf("How long %s may take, retries included, as a duration such as `30s` or `5m`. Defaults to `%dm`.",
		verb, int(d.Minutes()))
}

// Model is a resource's model: what Terraform's state, plan and configuration
// are read into.
type Model interface {
	// Shared is the embedded [Common].
	Shared() *Common
	// Member is the membership that the model speaks of.
	Member() membership.Member
	// Locate finds the model's member among all of its group. It differs from
	// Member's key only after an import, which may leave parts out.
	Locate([]membership.Member) (membership.Member, error)
	// Observe writes into the model what the vendor lists, the id included.
	Observe(membership.Member)
	// Identity is the value of the resource's identity schema.
	Identity() any
}

// fill gives the attributes that have a default and that an import leaves
// null their default.
func (c *Common) fill(region string) {
	if c.Region.IsNull() || c.Region.IsUnknown() {
		c.Region = types.StringValue(region)
	}
	if c.AdoptExisting.IsNull() || c.AdoptExisting.IsUnknown() {
		c.AdoptExisting = types.BoolValue(false)
	}
}
