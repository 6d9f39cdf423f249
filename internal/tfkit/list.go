package tfkit

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	source "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	fwlist "github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Listing is what of a type's members a list block asks for.
type Listing[P any] struct {
	// Group is the attribute that names the group, in the block and in the
	// resource.
	Group string
	// Groups finds the groups of a region that a block means which names none;
	// nil where it must name one. A group that has gone before it is read has no
	// members then.
	Groups func(ctx context.Context, region string) ([]string, diag.Diagnostics)
	// Wanted tells whether a member meets the block's filters; nil: each does.
	Wanted func(membership.Member) bool
	// Shorten takes from a resource what a configuration that is generated from
	// it should not name; nil: nothing.
	Shorten func(resource P)
}

// ListBlock is the schema of a list block in words.
type ListBlock struct {
	Of     string // whose members are listed: "a pool of an ELB v3 load balancer"
	Group  string // the attribute that names the group: "pool_id"
	Object string // what has that id: "pool"
	// Shown is how a member is shown: "10.0.0.5:8080 web-1 (36ce7086-...)".
	Shown   string
	Filters map[string]schema.Attribute
	// Or is the filter that may stand in place of the group, see
	// [Listing.Groups]; "" where there is none.
	Or string
}

// Schema is the block's.
func (b ListBlock) Schema() schema.Schema {
	group := schema.StringAttribute{
		Required: b.Or == "", Optional: b.Or != "",
		MarkdownDescription: "Id of the " + b.Object + ". One that does not exist is an error.",
		Validators:          []validator.String{Name("a " + b.Object + " id")},
	}
	if b.Or != "" {
		group.MarkdownDescription += " Where it is left out, `" + b.Or + "` is required, and every " + b.Object + " of the region is looked at."
		group.Validators = append(group.Validators, stringvalidator.AtLeastOneOf(path.MatchRoot(b.Or)))
	}
	all := map[string]schema.Attribute{
		b.Group: group,
		"region": schema.StringAttribute{
			Optional: true, MarkdownDescription: "Region of the load balancer. Defaults to the provider's.",
			Validators: []validator.String{OptionalName("a region")},
		},
	}
	maps.Copy(all, b.Filters)
	return schema.Schema{
		MarkdownDescription: "Lists the members of " + b.Of + ", whoever put them in, in the order of their keys. " +
			"Each is shown by its key, its text where it has one, and its group: `" + b.Shown + "`.",
		Attributes: all,
	}
}

// ListFilters is the schema of some of the filters in a list block.
func (all MemberAttributes) ListFilters(names ...string) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, name := range names {
		switch a := all[name].filter().(type) {
		case source.StringAttribute:
			attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
		case source.NumberAttribute:
			attributes[name] = schema.NumberAttribute{Optional: true, MarkdownDescription: a.MarkdownDescription, Validators: a.Validators}
		}
	}
	return attributes
}

// List is the body of a list resource: the members that a block asks for, group
// by group, each group's in the order of their keys. Of an error nothing comes
// after. Terraform stops at the block's limit, but the framework does not.
func (v *Verbs[M, P]) List(ctx context.Context, req fwlist.ListRequest, stream *fwlist.ListResultsStream, of Listing[P]) {
	stream.Results = func(push func(fwlist.ListResult) bool) {
		told := func(diags diag.Diagnostics) bool { // and may go on
			return len(diags) == 0 || push(fwlist.ListResult{Diagnostics: diags}) && !diags.HasError()
		}
		asked, diags := v.asked(ctx, req.Config, of)
		if !told(diags) {
			return
		}
		left := req.Limit
		for _, group := range asked.groups {
			if left == 0 {
				return
			}
			blank, members, diags := v.inGroup(ctx, req, of, asked, group)
			if !told(diags) {
				return
			}
			for _, m := range members {
				if left == 0 || ctx.Err() != nil || !push(listResult(ctx, req, of, blank, group, m)) {
					return
				}
				left--
			}
		}
	}
}

// asked are the groups that a list block asks for.
type asked struct {
	region string
	groups []string // their ids
	found  bool     // by [Listing.Groups]: the block names none
}

func (v *Verbs[M, P]) asked(ctx context.Context, config tfsdk.Config, of Listing[P]) (a asked, diags diag.Diagnostics) {
	var wanted, group types.String
	diags.Append(config.GetAttribute(ctx, path.Root("region"), &wanted)...)
	diags.Append(config.GetAttribute(ctx, path.Root(of.Group), &group)...)
	if !v.Session.Known() {
		diags.Append(notKnown(v.Noun+"s", "listed"))
	}
	if diags.HasError() {
		return a, diags
	}
	// Said in every block, not once: beside an error of another block Terraform
	// says of this one that it has no results.
	region, diags := v.Session.Check(wanted.ValueString())
	if a.region = region; diags.HasError() {
		return a, diags
	}
	a.groups, a.found = []string{group.ValueString()}, group.IsNull()
	if a.found {
		var more diag.Diagnostics
		a.groups, more = of.Groups(ctx, a.region)
		diags.Append(more...)
	}
	return a, diags
}

// inGroup are the members of a group that a list block asks for, and the
// resource that each of them is but for what is the member's own.
func (v *Verbs[M, P]) inGroup(
	ctx context.Context, req fwlist.ListRequest, of Listing[P], a asked, id string,
) (blank M, members []membership.Member, diags diag.Diagnostics) {
	empty := req.NewListResult(ctx).Resource
	diags.Append(empty.SetAttribute(ctx, path.Root(of.Group), id)...)
	if diags.Append(empty.Get(ctx, &blank)...); diags.HasError() {
		return blank, nil, diags
	}
	fill(P(&blank), a.region)
	group, err := v.Open(a.region, &blank)
	if err != nil {
		return blank, nil, NoClient(err)
	}
	ctx, cancel := bounded(ctx, DefaultReadTimeout)
	defer cancel()
	members, err = group.List(ctx)
	switch {
	case err == nil:
	case a.found && membership.Is(err, membership.NotFound):
	default:
		diags.Append(NotRead(v.Noun+"s", group.Name(), err, v.Advise(err, &blank)))
	}
	if of.Wanted != nil {
		members = slices.DeleteFunc(members, func(m membership.Member) bool { return !of.Wanted(m) })
	}
	slices.SortFunc(members, membership.Compare)
	return blank, members, diags
}

// listResult is one member: its identity, its name for people and, where the
// block asks for it, the resource as a read after its import would have it.
func listResult[M any, P Pointer[M]](ctx context.Context, req fwlist.ListRequest, of Listing[P], model M, group string, m membership.Member) fwlist.ListResult {
	result := req.NewListResult(ctx)
	P(&model).Observe(m)
	result.Diagnostics.Append(result.Identity.Set(ctx, P(&model).Identity())...)
	if req.IncludeResource {
		if of.Shorten != nil {
			of.Shorten(&model)
		}
		result.Diagnostics.Append(result.Resource.Set(ctx, &model)...)
	}
	result.DisplayName = m.Key.String()
	if m.Name != "" {
		result.DisplayName += " " + m.Name
	}
	result.DisplayName += " (" + group + ")"
	return result
}
