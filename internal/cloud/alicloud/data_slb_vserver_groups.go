package alicloud

import (
	"cmp"
	"context"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var (
	_ datasource.DataSourceWithConfigure      = (*vserverGroupsSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*vserverGroupsSource)(nil)
)

// vserverGroupsSource is the data source cloudlb_slb_vserver_groups: the
// vserver groups of a load balancer.
type vserverGroupsSource struct{ tfkit.Source[*session] }

func newVServerGroupsSource() datasource.DataSource {
	return &vserverGroupsSource{tfkit.SourceOf[*session](Name)}
}

func (d *vserverGroupsSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_slb_vserver_groups"
}

func (d *vserverGroupsSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The vserver groups of an SLB (CLB) load balancer, and the listeners that forward to them.",
		Attributes: tfkit.SourceAttributes("The load balancer's id.", map[string]schema.Attribute{
			defaultGroup.attribute: defaultGroup.sourceAttribute(),
			"name_regex":           nameRegexAttribute(),
			"groups": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The groups, sorted by id. Where no name matches there are none.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":           schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the group."},
					"name":         schema.StringAttribute{Computed: true, MarkdownDescription: "Name of the group, which others may have too."},
					"server_count": schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of its members."},
					"listeners": schema.ListNestedAttribute{
						Computed: true,
						MarkdownDescription: "Listeners that forward to the group, sorted by port; those that do so by a forwarding rule alone are " +
							"not among them. Null where SLB does not tell.",
						NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
							"port":     schema.Int64Attribute{Computed: true, MarkdownDescription: "Port of the listener."},
							"protocol": schema.StringAttribute{Computed: true, MarkdownDescription: "Protocol of the listener, such as `tcp` or `https`."},
						}},
					},
				}},
			},
			"ids": schema.ListAttribute{
				Computed: true, ElementType: types.StringType, MarkdownDescription: "Ids of the groups, in their order.",
			},
			"names": schema.ListAttribute{
				Computed: true, ElementType: types.StringType, MarkdownDescription: "Names of the groups, in their order.",
			},
		}),
	}
}

type vserverGroupsSourceModel struct {
	tfkit.SourceBase
	LoadBalancerID types.String         `tfsdk:"load_balancer_id"`
	NameRegex      types.String         `tfsdk:"name_regex"`
	Groups         []listedVServerGroup `tfsdk:"groups"`
	IDs            []string             `tfsdk:"ids"`
	Names          []string             `tfsdk:"names"`
}

type listedVServerGroup struct {
	ID          types.String     `tfsdk:"id"`
	Name        types.String     `tfsdk:"name"`
	ServerCount types.Int64      `tfsdk:"server_count"`
	Listeners   []listedListener `tfsdk:"listeners"`
}

type listedListener struct {
	Port     types.Int64  `tfsdk:"port"`
	Protocol types.String `tfsdk:"protocol"`
}

func (d *vserverGroupsSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	resp.Diagnostics.Append(checkNameRegex(ctx, req.Config)...)
}

// nameRegexAttribute is the schema of a filter of groups by their names.
func nameRegexAttribute() schema.Attribute {
	return schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "Regular expression ([RE2](https://github.com/google/re2/wiki/Syntax)) that the names of the groups " +
			"must match somewhere; `^web$` takes the groups named `web` alone. Without it all groups are listed.",
	}
}

// checkNameRegex is the check of such a filter.
func checkNameRegex(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	var pattern types.String
	diags := config.GetAttribute(ctx, path.Root("name_regex"), &pattern)
	_, more := compiled(pattern)
	diags.Append(more...)
	return diags
}

// compiled is name_regex as an expression.
func compiled(pattern types.String) (*regexp.Regexp, diag.Diagnostics) {
	expression, err := regexp.Compile(pattern.ValueString())
	if err != nil {
		return nil, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("name_regex"),
			"Invalid regular expression", "name_regex cannot be used: "+err.Error()+".")}
	}
	return expression, nil
}

func (d *vserverGroupsSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	const noun = "vserver groups"
	fill := func(ctx context.Context, m *vserverGroupsSourceModel, region string) diag.Diagnostics {
		pattern, diags := compiled(m.NameRegex)
		if diags.HasError() {
			return diags
		}
		in, err := d.Session.in(region)
		if err != nil {
			return tfkit.NoClient(err)
		}
		loadBalancer := m.LoadBalancerID.ValueString()
		groups, diags := tfkit.ReadList(ctx, noun, "SLB load balancer "+loadBalancer, in.engine,
			func(ctx context.Context) ([]slbapi.VServerGroup, error) {
				return in.client.VServerGroups(ctx, loadBalancer)
			},
			func(err error) tfkit.Advice { return defaultGroup.advise(err, "", region) })
		m.ID = m.LoadBalancerID
		m.observe(groups, pattern)
		return diags
	}
	tfkit.ReadSource(ctx, d.Session, noun, req, resp, fill)
}

// observe takes over the groups whose name matches.
func (m *vserverGroupsSourceModel) observe(groups []slbapi.VServerGroup, pattern *regexp.Regexp) {
	m.Groups, m.IDs, m.Names = []listedVServerGroup{}, []string{}, []string{}
	slices.SortFunc(groups, func(a, b slbapi.VServerGroup) int { return cmp.Compare(a.ID, b.ID) })
	for _, g := range groups {
		if pattern.MatchString(g.Name) {
			m.Groups = append(m.Groups, newListedVServerGroup(g))
			m.IDs, m.Names = append(m.IDs, g.ID), append(m.Names, g.Name)
		}
	}
}

func newListedVServerGroup(g slbapi.VServerGroup) listedVServerGroup {
	listed := listedVServerGroup{
		ID: types.StringValue(g.ID), Name: types.StringValue(g.Name), ServerCount: types.Int64Value(int64(g.ServerCount)),
	}
	if g.Associated {
		listed.Listeners = []listedListener{}
	}
	for _, l := range slices.SortedFunc(slices.Values(g.Listeners), byPort) {
		listed.Listeners = append(listed.Listeners, listedListener{types.Int64Value(int64(l.Port)), types.StringValue(l.Protocol)})
	}
	return listed
}
