package tfkit

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Common are the attributes that every resource of one member has; a model
// embeds it.
type Common struct {
	Base
	Weight types.Int64 `tfsdk:"weight"`
}

// CommonAttributes are the schema of [Common]. defaultWeight is the vendor's.
func CommonAttributes(defaultWeight int64) map[string]schema.Attribute {
	attributes := baseAttributes("The same as the import id.")
	attributes["weight"] = schema.Int64Attribute{
		Optional: true, Computed: true,
		Default:             int64default.StaticInt64(defaultWeight),
		MarkdownDescription: weightText(defaultWeight),
		Validators:          []validator.Int64{int64validator.Between(0, 100)},
	}
	return attributes
}

func weightText(normally int64) string {
	return fmt.Sprintf("Share of new requests, 0 to 100; with 0 the member gets none. Defaults to `%d`, to which "+
		"removing it from the configuration returns. Changed in place.", normally)
}

// Model is a resource's model: what Terraform's state, plan and configuration
// are read into.
type Model interface {
	// Shared is the embedded [Base].
	Shared() *Base
	// Known tells whether all that names the member and its group is known.
	Known() bool
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
