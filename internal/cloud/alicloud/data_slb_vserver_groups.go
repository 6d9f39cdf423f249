package alicloud

import (
	"cmp"
	"context"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
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
type vserverGroupsSource struct{ source }

func newVServerGroupsSource() datasource.DataSource { return &vserverGroupsSource{} }

func (d *vserverGroupsSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_slb_vserver_groups"
}

func (d *vserverGroupsSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The vserver groups of an SLB (CLB) load balancer, and the listeners that forward to them.",
		Attributes: tfkit.SourceAttributes("The load balancer's id.", map[string]schema.Attribute{
			"load_balancer_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Id of the load balancer. One that does not exist is an error.",
				Validators:          []validator.String{tfkit.Name("a load balancer id")},
			},
			"name_regex": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Regular expression ([RE2](https://github.com/google/re2/wiki/Syntax)) that the names of the groups " +
					"must match somewhere; `^web$` takes the groups named `web` alone. Without it all groups are listed.",
			},
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
	ID             types.String         `tfsdk:"id"`
	Region         types.String         `tfsdk:"region"`
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
	var pattern types.String
	at := path.Root("name_regex")
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, at, &pattern)...)
	if _, err := regexp.Compile(pattern.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(at, "Invalid regular expression", "name_regex cannot be used: "+err.Error()+".")
	}
}

func (d *vserverGroupsSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m vserverGroupsSourceModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	const noun = "vserver groups"
	pattern, err := regexp.Compile(m.NameRegex.ValueString())
	if err != nil {
		resp.Diagnostics.AddAttributeError(path.Root("name_regex"), "Invalid regular expression", err.Error())
		return
	}
	region, diags := tfkit.SourceRegion(d.session, noun, m.Region)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, tfkit.DefaultReadTimeout)
	defer cancel()
	loadBalancer := m.LoadBalancerID.ValueString()
	in, err := d.session.in(region)
	if err != nil {
		resp.Diagnostics.AddError("Unable to use the cloud's API", err.Error())
		return
	}
	var groups []slbapi.VServerGroup
	err = in.engine.Read(ctx, func(ctx context.Context) (err error) {
		groups, err = in.client.VServerGroups(ctx, loadBalancer)
		return err
	})
	if err != nil {
		resp.Diagnostics.Append(tfkit.Unreadable(noun, "SLB load balancer "+loadBalancer, err, advise(err, "load_balancer_id", "", region)))
		return
	}
	m.ID, m.Region = m.LoadBalancerID, types.StringValue(region)
	m.Groups, m.IDs, m.Names = []listedVServerGroup{}, []string{}, []string{}
	slices.SortFunc(groups, func(a, b slbapi.VServerGroup) int { return cmp.Compare(a.ID, b.ID) })
	for _, g := range groups {
		if pattern.MatchString(g.Name) {
			m.Groups = append(m.Groups, newListedVServerGroup(g))
			m.IDs, m.Names = append(m.IDs, g.ID), append(m.Names, g.Name)
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
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
