package alicloud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*backendServersSource)(nil)

// backendServersSource is the data source cloudlb_slb_backend_servers: the
// members of the default server group of a load balancer.
type backendServersSource struct{ source }

func newBackendServersSource() datasource.DataSource { return &backendServersSource{} }

func (d *backendServersSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_slb_backend_servers"
}

func (d *backendServersSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The members of the default server group of an SLB (CLB) load balancer, and their health. For those of a " +
			"vserver group use `cloudlb_slb_vserver_group_servers`.",
		Attributes: tfkit.SourceAttributes("The load balancer's id.", map[string]schema.Attribute{
			"load_balancer_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Id of the load balancer. One that does not exist is an error.",
				Validators:          []validator.String{tfkit.Name("a load balancer id")},
			},
			"servers": serverList(nil),
		}),
	}
}

type backendServersSourceModel struct {
	ID             types.String   `tfsdk:"id"`
	Region         types.String   `tfsdk:"region"`
	LoadBalancerID types.String   `tfsdk:"load_balancer_id"`
	Servers        []listedServer `tfsdk:"servers"`
}

func (d *backendServersSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m backendServersSourceModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); resp.Diagnostics.HasError() {
		return
	}
	const noun = "backend servers"
	members, health, region, diags := d.members(ctx, noun, "load_balancer_id", m.LoadBalancerID, m.Region, (*session).backendServers)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	m.ID, m.Region, m.Servers = m.LoadBalancerID, types.StringValue(region), []listedServer{}
	for _, member := range members {
		m.Servers = append(m.Servers, newListedServer(member, health))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
