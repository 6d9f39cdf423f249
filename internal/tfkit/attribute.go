package tfkit

import (
	"context"
	"math/big"

	source "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/numberplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// MemberAttribute is an attribute of a member, wherever one is: in a resource of
// a single member, in an element of a set, in what a data source lists, and as a
// filter of it. In a set, all members are planned in one pass, see [SetVerbs],
// and what is required is checked there, see [RequiredText].
type MemberAttribute interface {
	// Attribute is the schema in a resource of a single member, or in a set.
	Attribute(single bool) schema.Attribute
	listed() source.Attribute
	filter() source.Attribute // nil where there is none
}

// MemberAttributes are the attributes of a member by name.
type MemberAttributes map[string]MemberAttribute

// Resource is the schema in a resource of a single member, or in a set.
func (all MemberAttributes) Resource(single bool) map[string]schema.Attribute {
	attributes := make(map[string]schema.Attribute, len(all))
	for name, a := range all {
		attributes[name] = a.Attribute(single)
	}
	return attributes
}

// Listed is the schema of what a data source lists.
func (all MemberAttributes) Listed() map[string]source.Attribute {
	attributes := make(map[string]source.Attribute, len(all))
	for name, a := range all {
		attributes[name] = a.listed()
	}
	return attributes
}

// Filters is the schema of the filters of a data source.
func (all MemberAttributes) Filters() map[string]source.Attribute {
	attributes := map[string]source.Attribute{}
	for name, a := range all {
		if f := a.filter(); f != nil {
			attributes[name] = f
		}
	}
	return attributes
}

// MemberText is an argument that is a text.
type MemberText struct {
	// About, Seen and Only describe the argument, what is listed of it, and the
	// filter by it; without Only there is no filter.
	About, Seen, Only string
	// Key tells whether the argument is part of what names the member: a change
	// of it replaces the member.
	Key bool
	// Valid is the check of the text; "" counts as left out.
	Valid validator.String
	// Required is the check of a required text, to which "" is none; nil of an
	// optional one.
	Required validator.String
	// Filter is the check of the filter.
	Filter validator.String
	// Planned is what a single member's plan has where the argument is left
	// out; nil of a required one that is planned as it is written.
	Planned planmodifier.String
}

// Attribute is the argument's schema in a resource.
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
		a.PlanModifiers = append(a.PlanModifiers, replaces())
	}
	return a
}

// keyText says of an argument that it is part of what names the member.
const keyText = "A change replaces the member."

// replaces is the plan modifier of what names a member: a change of it is another
// member. What was moved here may lack it until it is read, which is no change.
func replaces() planmodifier.String {
	return stringplanmodifier.RequiresReplaceIf(
		func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
			resp.RequiresReplace = !req.StateValue.IsNull()
		}, keyText, keyText)
}

func (t MemberText) listed() source.Attribute {
	return source.StringAttribute{Computed: true, MarkdownDescription: t.Seen}
}

func (t MemberText) filter() source.Attribute { return textFilter(t.Only, t.Filter) }

func textFilter(only string, valid validator.String) source.Attribute {
	if only == "" {
		return nil
	}
	a := source.StringAttribute{Optional: true, MarkdownDescription: only}
	if valid != nil {
		a.Validators = []validator.String{valid}
	}
	return a
}

// MemberNumber is an argument that is a whole number.
type MemberNumber struct {
	About, Seen, Only string // as in MemberText
	Key               bool
	Least, Most       int  // the bounds, both included
	Default           *int // nil of a required one
}

// Attribute is the argument's schema in a resource.
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

func (n MemberNumber) listed() source.Attribute {
	return source.NumberAttribute{Computed: true, MarkdownDescription: n.Seen}
}

func (n MemberNumber) filter() source.Attribute {
	if n.Only == "" {
		return nil
	}
	return source.NumberAttribute{
		Optional: true, MarkdownDescription: n.Only, Validators: []validator.Number{Whole(int64(n.Least), int64(n.Most))},
	}
}

// MemberFlag is an argument that is true or, the default, false.
type MemberFlag struct {
	About, Seen string // as in MemberText
	Key         bool
}

// Attribute is the argument's schema in a resource.
func (f MemberFlag) Attribute(single bool) schema.Attribute {
	a := schema.BoolAttribute{Optional: true, Computed: true, MarkdownDescription: about(f.About, false, f.Key, single)}
	if single {
		a.Default = booldefault.StaticBool(false)
	}
	if f.Key && single {
		a.PlanModifiers = []planmodifier.Bool{boolplanmodifier.RequiresReplaceIf(
			func(_ context.Context, req planmodifier.BoolRequest, resp *boolplanmodifier.RequiresReplaceIfFuncResponse) {
				resp.RequiresReplace = !req.StateValue.IsNull()
			}, keyText, keyText)}
	}
	return a
}

func (f MemberFlag) listed() source.Attribute {
	return source.BoolAttribute{Computed: true, MarkdownDescription: f.Seen}
}

func (f MemberFlag) filter() source.Attribute { return nil }

// MemberFact is a text that the vendor alone decides, once and for all.
type MemberFact struct {
	About, Only string // as in MemberText
	Filter      validator.String
}

// Attribute is the fact's schema in a resource.
func (f MemberFact) Attribute(single bool) schema.Attribute {
	a := schema.StringAttribute{Computed: true, MarkdownDescription: f.About}
	if single {
		a.PlanModifiers = []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	}
	return a
}

func (f MemberFact) listed() source.Attribute {
	return source.StringAttribute{Computed: true, MarkdownDescription: f.About}
}

func (f MemberFact) filter() source.Attribute { return textFilter(f.Only, f.Filter) }

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
		text += " " + keyText
	}
	return text
}
