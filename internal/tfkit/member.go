package tfkit

import (
	"fmt"

	fwlist "github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// CommonAttributes are the schema of [Base] in a resource of one member.
func CommonAttributes() map[string]schema.Attribute {
	return baseAttributes("The same as the import id.")
}

// Weight is the weight of a member.
func Weight(defaultWeight int) MemberNumber {
	return MemberNumber{
		Most: 100, Default: &defaultWeight,
		About: fmt.Sprintf("Share of new requests, 0 to 100; with 0 the member gets none. Defaults to `%d`, to which "+
			"removing it from the configuration returns. Changed in place.", defaultWeight),
		Seen: "Share of new requests, 0 to 100; with 0 the member gets none.",
		Only: "Only members with this weight, 0 to 100.",
	}
}

// Resource is what the framework is to find in every resource of members.
type Resource interface {
	resource.ResourceWithConfigure
	resource.ResourceWithImportState
	resource.ResourceWithIdentity
	resource.ResourceWithModifyPlan
	resource.ResourceWithMoveState
	resource.ResourceWithValidateConfig
}

// Single is what the framework is to find in a resource of one member.
type Single interface {
	Resource
	fwlist.ListResourceWithConfigure
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
	// Observe writes into the model what the vendor lists, the member's key and
	// the id included.
	Observe(membership.Member)
	// Identity is the value of the resource's identity schema.
	Identity() any
}
