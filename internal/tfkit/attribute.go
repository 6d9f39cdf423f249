package tfkit

import (
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// MemberText is an argument of a member that is a text. Its schema differs
// between a resource of a single member and an element of a set: in a set, all
// members are planned in one pass, see [SetVerbs], and what is required is
// checked there, see [RequiredText].
type MemberText struct {
	About string
	// Key tells whether the argument is part of what names the member: a change
	// of it replaces the member.
	Key bool
	// Valid is the check of the text; "" counts as left out.
	Valid validator.String
	// Required is the check of a required text, to which "" is none; nil of an
	// optional one.
	Required validator.String
	// Planned is what a single member's plan has where the argument is left
	// out; nil of a required one that is planned as it is written.
	Planned planmodifier.String
}

// Attribute is the argument's schema.
func (t MemberText) Attribute(single bool) schema.Attribute {
	required := t.Required != nil
	a := schema.StringAttribute{
		Required: required && single, Optional: !required || !single, Computed: !required,
		MarkdownDescription: about(t.About, required, t.Key, single), Validators: []validator.String{t.Valid},
	}
	if required && single {
		a.Validators = []validator.String{t.Required}
	}
	if t.Planned != nil && single {
		a.PlanModifiers = append(a.PlanModifiers, t.Planned)
	}
	if t.Key && single {
		a.PlanModifiers = append(a.PlanModifiers, stringplanmodifier.RequiresReplace())
	}
	return a
}

// MemberNumber is an argument of a member that is a whole number.
type MemberNumber struct {
	About       string
	Key         bool // as in MemberText
	Least, Most int  // the bounds, both included
	Default     *int // nil of a required one
}

// Attribute is the argument's schema; see [MemberText].
func (n MemberNumber) Attribute(single bool) schema.Attribute {
	required := n.Default == nil
	a := schema.NumberAttribute{
		Required: required && single, Optional: !required || !single, Computed: !required,
		MarkdownDescription: about(n.About, required, n.Key, single),
		Validators:          []validator.Number{Whole(int64(n.Least), int64(n.Most))},
	}
	if !required && single {
		a.Default = numberdefault.StaticBigFloat(new(big.Float).SetInt64(int64(*n.Default)))
	}
	if n.Key && single {
		a.PlanModifiers = []planmodifier.Number{numberplanmodifier.RequiresReplace()}
	}
	return a
}

// VendorsAttribute is the schema of what the vendor alone decides about a member,
// once and for all.
func VendorsAttribute(text string, single bool) schema.Attribute {
	a := schema.StringAttribute{Computed: true, MarkdownDescription: text}
	if single {
		a.PlanModifiers = []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	}
	return a
}

// GroupAttribute is the schema of the argument that names the group of a single
// member or of a set's; text says what the id is of, as in "the pool", and
// what is an id, as in "a pool id".
func GroupAttribute(text, what string, single bool) schema.Attribute {
	members := "members"
	if single {
		members = "member"
	}
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Id of " + text + ". A change replaces the " + members + ".",
		Validators:          []validator.String{Name(what)},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
}

// about is an argument's description.
func about(text string, required, key, single bool) string {
	if required && !single {
		text = RequiredText + text
	}
	if key && single {
		text += " A change replaces the member."
	}
	return text
}
