package alicloud

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var _ datasource.DataSourceWithValidateConfig = (*serverGroupsSource)(nil)

// serverGroupsSource is a data source of the server groups of ALB or NLB in a
// region.
type serverGroupsSource struct {
	tfkit.Source[*session]
	product sgapi.Product
	kind    serverKind
}

// newALBServerGroupsSource is the data source cloudlb_alb_server_groups.
func newALBServerGroupsSource() datasource.DataSource {
	return &serverGroupsSource{tfkit.SourceOf[*session](Name), sgapi.ALB, albServerGroup}
}

// newNLBServerGroupsSource is the data source cloudlb_nlb_server_groups.
func newNLBServerGroupsSource() datasource.DataSource {
	return &serverGroupsSource{tfkit.SourceOf[*session](Name), sgapi.NLB, nlbServerGroup}
}

func (d *serverGroupsSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + strings.TrimSuffix(d.kind.typ, "_server") + "s"
}

func (d *serverGroupsSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	filter := func(what, about string) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: about, Validators: []validator.String{tfkit.OptionalName(what)}}
	}
	fact := func(about string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: about}
	}
	texts := func(about string) schema.Attribute {
		return schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: about}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The server groups of " + d.kind.product + " in a region.",
		Attributes: tfkit.SourceAttributes("The region.", map[string]schema.Attribute{
			"name_regex":       nameRegexAttribute(),
			"vpc_id":           filter("a VPC id", "Only groups of this VPC."),
			"load_balancer_id": filter("a load balancer id", "Only groups that a listener or forwarding rule of this load balancer sends to."),
			"groups": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The groups, sorted by id. Where none is as asked for there are none.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":                fact("Id of the group."),
					"name":              fact("Name of the group, which others may have too."),
					"type":              fact("What its members are: `Instance` (servers), `Ip` (addresses) or, on ALB, `Fc` (a function)."),
					"protocol":          fact("Protocol in which the load balancer speaks to the members, such as `HTTP` or `TCP`."),
					"vpc_id":            fact("VPC of the group."),
					"status":            fact("What " + d.kind.product + " says of the group, such as `Available` or `Configuring`."),
					"server_count":      schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of its members."},
					"load_balancer_ids": texts("Load balancers that send to the group."),
				}},
			},
			"ids":   texts("Ids of the groups, in their order."),
			"names": texts("Names of the groups, in their order."),
		}),
	}
}

type serverGroupsSourceModel struct {
	tfkit.SourceBase
	NameRegex      types.String        `tfsdk:"name_regex"`
	VPCID          types.String        `tfsdk:"vpc_id"`
	LoadBalancerID types.String        `tfsdk:"load_balancer_id"`
	Groups         []listedServerGroup `tfsdk:"groups"`
	IDs            []string            `tfsdk:"ids"`
	Names          []string            `tfsdk:"names"`
}

type listedServerGroup struct {
	ID              string   `tfsdk:"id"`
	Name            string   `tfsdk:"name"`
	Type            string   `tfsdk:"type"`
	Protocol        string   `tfsdk:"protocol"`
	VPCID           string   `tfsdk:"vpc_id"`
	Status          string   `tfsdk:"status"`
	ServerCount     int64    `tfsdk:"server_count"`
	LoadBalancerIDs []string `tfsdk:"load_balancer_ids"`
}

func (d *serverGroupsSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	resp.Diagnostics.Append(checkNameRegex(ctx, req.Config)...)
}

func (d *serverGroupsSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	const noun = "server groups"
	fill := func(ctx context.Context, m *serverGroupsSourceModel, region string) diag.Diagnostics {
		pattern, diags := compiled(m.NameRegex)
		if diags.HasError() {
			return diags
		}
		in, err := d.Session.groupsIn(d.product, region)
		if err != nil {
			return tfkit.NoClient(err)
		}
		wanted := sgapi.Filter{VPC: m.VPCID.ValueString(), LoadBalancer: m.LoadBalancerID.ValueString()}
		groups, diags := tfkit.ReadList(ctx, noun, d.kind.product+" in "+region, in.engine,
			func(ctx context.Context) ([]sgapi.ServerGroup, error) { return in.client.Groups(ctx, wanted) },
			func(err error) tfkit.Advice { return d.kind.advise(err, "", region) })
		m.ID = types.StringValue(region)
		m.Groups, m.IDs, m.Names = []listedServerGroup{}, []string{}, []string{}
		slices.SortFunc(groups, func(a, b sgapi.ServerGroup) int { return cmp.Compare(a.ID, b.ID) })
		for _, g := range groups {
			if pattern.MatchString(g.Name) {
				m.Groups = append(m.Groups, listedServerGroup{
					ID: g.ID, Name: g.Name, Type: g.Type, Protocol: g.Protocol, VPCID: g.VPC, Status: g.Status, ServerCount: int64(g.Servers),
					LoadBalancerIDs: append([]string{}, g.LoadBalancers...),
				})
				m.IDs, m.Names = append(m.IDs, g.ID), append(m.Names, g.Name)
			}
		}
		return diags
	}
	tfkit.ReadSource(ctx, d.Session, noun, req, resp, fill)
}
