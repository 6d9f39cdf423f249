package alicloud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*vserverGroupServersSource)(nil)

// vserverGroupServersSource is the data source
// cloudlb_slb_vserver_group_servers: the members of a vserver group.
type vserverGroupServersSource struct{ tfkit.Source[*session] }

func newVServerGroupServersSource() datasource.DataSource {
	return &vserverGroupServersSource{tfkit.SourceOf[*session](Name)}
}

func (d *vserverGroupServersSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_slb_vserver_group_servers"
}

func (d *vserverGroupServersSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The members of a vserver group of an SLB (CLB) load balancer, and their health.",
		Attributes: tfkit.SourceAttributes("The vserver group's id.", map[string]schema.Attribute{
			vserverGroup.attribute: vserverGroup.sourceAttribute(),
			"servers":              vserverGroup.serverList(),
		}),
	}
}

type vserverGroupServersSourceModel struct {
	tfkit.SourceBase
	VServerGroupID types.String       `tfsdk:"vserver_group_id"`
	Servers        []listedPortServer `tfsdk:"servers"`
}

type listedPortServer struct {
	listedServer
	Port types.Number `tfsdk:"port"`
}

func (d *vserverGroupServersSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	fill := func(ctx context.Context, m *vserverGroupServersSourceModel, region string) (diags diag.Diagnostics) {
		m.ID = m.VServerGroupID
		m.Servers, diags = readServers(ctx, d.Session, vserverGroup, m.VServerGroupID, region,
			func(is membership.Member, checks []membership.Check) listedPortServer {
				return listedPortServer{newListedServer(is, checks), tfkit.Number(is.Key.Port)}
			})
		return diags
	}
	tfkit.ReadSource(ctx, d.Session, noun+"s", req, resp, fill)
}
