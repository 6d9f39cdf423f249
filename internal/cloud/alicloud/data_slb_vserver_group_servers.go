package alicloud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*vserverGroupServersSource)(nil)

// vserverGroupServersSource is the data source
// cloudlb_slb_vserver_group_servers: the members of a vserver group.
type vserverGroupServersSource struct{ source }

func newVServerGroupServersSource() datasource.DataSource { return &vserverGroupServersSource{} }

func (d *vserverGroupServersSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_slb_vserver_group_servers"
}

func (d *vserverGroupServersSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The members of a vserver group of an SLB (CLB) load balancer, and their health.",
		Attributes: tfkit.SourceAttributes("The vserver group's id.", map[string]schema.Attribute{
			"vserver_group_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Id of the vserver group. One that does not exist is an error.",
				Validators:          []validator.String{tfkit.Name("a vserver group id")},
			},
			"servers": serverList(map[string]schema.Attribute{
				"port": schema.Int64Attribute{Computed: true, MarkdownDescription: "Port of the server."},
			}),
		}),
	}
}

type vserverGroupServersSourceModel struct {
	ID             types.String       `tfsdk:"id"`
	Region         types.String       `tfsdk:"region"`
	VServerGroupID types.String       `tfsdk:"vserver_group_id"`
	Servers        []listedPortServer `tfsdk:"servers"`
}

type listedPortServer struct {
	listedServer
	Port types.Int64 `tfsdk:"port"`
}

func (d *vserverGroupServersSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m vserverGroupServersSourceModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	const noun = "vserver group servers"
	members, health, region, diags := d.members(ctx, noun, "vserver_group_id", m.VServerGroupID, m.Region, (*session).vserverGroup)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	m.ID, m.Region, m.Servers = m.VServerGroupID, types.StringValue(region), []listedPortServer{}
	for _, member := range members {
		m.Servers = append(m.Servers, listedPortServer{newListedServer(member, health), types.Int64Value(int64(member.Key.Port))})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
