package tfkit

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// SetCommon are the attributes that every resource of many members has; a model
// embeds it.
type SetCommon struct {
	Base
	Exclusive types.Bool `tfsdk:"exclusive"`
	Displaced types.List `tfsdk:"displaced"`
	Others    types.List `tfsdk:"others"`
}

// Set is the embedded SetCommon; it makes SetCommon satisfy that part of
// [SetModel].
func (s *SetCommon) Set() *SetCommon { return s }

// SetText is what every resource of many members says of itself after what it is.
const SetText = "\n\n" +
	"The cloud knows a member by its key (`i-abc`, `eni-abc:10.0.0.5`, `i-abc:8080`, `10.0.0.5:8080`); the label is for people. A key " +
	"under another label is the same member, and no call is made for that. Another key under the same label is a removal and an " +
	"addition. A plan with either says in a warning how many members are behind it. A label whose member is `null` counts as left " +
	"out. Terraform drops an argument of a member that it does not know, such as a misspelt one, without a word.\n\n" +
	"An import brings in every member that is present, labelled by its key. It makes none of them this resource's own: what the " +
	"configuration does not list leaves the state and stays in the group, as the plan says, unless `exclusive` is `true`, which " +
	"plans its removal. A member becomes the resource's own by an apply that lists it and changes anything."

// SetAttributes are the schema of [SetCommon]. group says what the members
// belong to, as in "Id of the load balancer".
func SetAttributes(group string) map[string]schema.Attribute {
	attributes := baseAttributes("The same as the id of the " + group + ", which is also the import id.")
	attributes["exclusive"] = schema.BoolAttribute{
		Optional: true, Computed: true,
		Default: booldefault.StaticBool(false),
		MarkdownDescription: "Whether the resource owns the whole group. `false`, the default, manages exactly the members listed " +
			"and never touches others. With `true` a member that somebody else added shows in the plan as a removal, and " +
			"is named in a warning; where the resource comes to own the group, the plan names the members of others that go. Giving it up lets the members of others " +
			"be. A destroy removes the members that the configuration listed, not those of others.",
	}
	attributes["displaced"] = schema.ListAttribute{
		Computed: true, ElementType: types.StringType,
		MarkdownDescription: "The members of others that were removed when the resource came to own the group (`exclusive`), as " +
			"its plan has named them. Should one come or go between plan and apply, Terraform refuses the plan, and nothing is changed.",
	}
	attributes["others"] = schema.ListAttribute{
		Computed: true, ElementType: types.StringType,
		MarkdownDescription: "Members in state that are not this resource's own, by their keys: what an import has brought in, what somebody " +
			"else has added to a group that it owns, and what a creation took over that failed. They are removed only where the " +
			"resource owns the group and the plan shows it. Null where there are none.",
	}
	return attributes
}

// ItemsAttribute is the schema of the members of a set by label. What is left out
// of one gets its default when the whole set is planned; see [SetVerbs].
func ItemsAttribute(item map[string]schema.Attribute) schema.Attribute {
	return schema.MapNestedAttribute{
		Required: true,
		MarkdownDescription: "Members by label. The labels are of your choosing: renaming one changes nothing in the cloud. Where they are " +
			"known at plan, as names are and ids of new servers are not, the plan shows each member. Servers that the same configuration " +
			"destroys need `create_before_destroy`, or Terraform destroys them before it changes this resource.",
		PlanModifiers: PlannedAsWhole(),
		NestedObject:  schema.NestedAttributeObject{Attributes: item},
	}
}

// RequiredText begins the description of a member's attribute that is required,
// although its schema says that it is optional: the framework takes what is in
// an element that is not known as a whole, as with servers = { a = var.server },
// for missing (terraform-plugin-framework issue 186).
const RequiredText = "Required. "

// CheckRequired is the check of such an attribute, which counts as left out
// where it is "".
func CheckRequired(at path.Path, name string, value attr.Value, diags *diag.Diagnostics) {
	text, isText := value.(types.String)
	if value.IsNull() || isText && !text.IsUnknown() && text.ValueString() == "" {
		diags.AddAttributeError(at, "Missing attribute", at.String()+": "+name+" is required.")
	}
}

// SetModel is the model of a resource of many members.
type SetModel[E any] interface {
	// Shared is the embedded [Base], Set the embedded [SetCommon].
	Shared() *Base
	Set() *SetCommon
	// Group is the id of the group.
	Group() string
	// Items are the members by label.
	Items() *Items[E]
}

// Item is one of many members: what one element of the map is read into.
type Item interface {
	// Known tells whether all that the key is made of is known and there.
	Known() bool
	// Member is the membership that the item speaks of.
	Member() membership.Member
	// Observe writes into the item what the vendor lists.
	Observe(membership.Member)
	// Validate checks what no single attribute can.
	Validate(at path.Path, diags *diag.Diagnostics)
	// Default fills in what the configuration leaves to defaults.
	Default()
	// Await makes unknown what only the vendor can tell of a member to be
	// added.
	Await()
}

// SetPointer is a pointer to a model struct of many members.
type SetPointer[M, E any] interface {
	*M
	SetModel[E]
}

// ItemPointer is a pointer to an item struct.
type ItemPointer[E any] interface {
	*E
	Item
	// Inherit completes a planned member that is in state as before. sameLabel
	// tells whether it is there under the same label.
	Inherit(before E, sameLabel bool)
}

// membersOf are the members of items by label.
func membersOf[E any, I ItemPointer[E]](items map[string]E) map[string]membership.Member {
	members := make(map[string]membership.Member, len(items))
	for label, item := range items {
		members[label] = I(&item).Member()
	}
	return members
}

// byKey are labels by the key of their member.
func byKey(members map[string]membership.Member) map[membership.Key]string {
	index := make(map[membership.Key]string, len(members))
	for _, label := range slices.Sorted(maps.Keys(members)) {
		if _, taken := index[members[label].Key]; !taken {
			index[members[label].Key] = label
		}
	}
	return index
}

// freeLabel is a member's natural label, or one like it that is not taken.
func freeLabel[E any](items map[string]E, k membership.Key) string {
	label := k.String()
	for n := 2; ; n++ {
		if _, taken := items[label]; !taken {
			return label
		}
		label = k.String() + " (" + strconv.Itoa(n) + ")"
	}
}

// sorted are members in the order of their keys.
func sorted(members []membership.Member) []membership.Member {
	slices.SortFunc(members, func(a, b membership.Member) int {
		return cmp.Or(cmp.Compare(a.Key.Server, b.Key.Server), cmp.Compare(a.Key.Address, b.Key.Address), cmp.Compare(a.Key.Port, b.Key.Port))
	})
	return members
}
