package alicloud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*backendServersSource)(nil)

// backendServersSource is the data source cloudlb_slb_backend_servers: the
// members of the default server group of a load balancer.
type backendServersSource struct{ tfkit.Source[*session] }

func newBackendServersSource() datasource.DataSource {
	return &backendServersSource{tfkit.SourceOf[*session](Name)}
}

func (d *backendServersSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_slb_backend_servers"
}

func (d *backendServersSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The members of the default server group of an SLB (CLB) load balancer, and their health. For those of a " +
			"vserver group use `cloudlb_slb_vserver_group_servers`.",
		Attributes: tfkit.SourceAttributes("The load balancer's id.", map[string]schema.Attribute{
			defaultGroup.attribute: defaultGroup.sourceAttribute(),
			"servers":              defaultGroup.serverList(),
		}),
	}
}

type backendServersSourceModel struct {
	tfkit.SourceBase
	LoadBalancerID types.String   `tfsdk:"load_balancer_id"`
	Servers        []listedServer `tfsdk:"servers"`
}

func (d *backendServersSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	fill := func(ctx context.Context, m *backendServersSourceModel, region string) (diags diag.Diagnostics) {
		m.ID = m.LoadBalancerID
		m.Servers, diags = readServers(ctx, d.Session, defaultGroup, m.LoadBalancerID, region, newListedServer)
		return diags
	}
	tfkit.ReadSource(ctx, d.Session, noun+"s", req, resp, fill)
}
