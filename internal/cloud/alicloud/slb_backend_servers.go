package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// newBackendServers is cloudlb_slb_backend_servers: members of the default
// server group of a load balancer.
func newBackendServers() resource.Resource {
	return newManyServers[backendServersModel, serverItem](defaultGroup,
		"Members of the default server group of an SLB (CLB) load balancer: exactly those listed, or the "+
			"whole group. For members of a vserver group use `cloudlb_slb_vserver_group_servers`.", backendServersOrigins...)
}

var _ tfkit.Resource = (*manyServers[backendServersModel, serverItem, *backendServersModel, *serverItem])(nil)

type backendServersModel struct {
	tfkit.SetCommon
	LoadBalancerID types.String            `tfsdk:"load_balancer_id"`
	Servers        tfkit.Items[serverItem] `tfsdk:"servers"`
}

func (m *backendServersModel) Group() string { return m.LoadBalancerID.ValueString() }

func (m *backendServersModel) Items() *tfkit.Items[serverItem] { return &m.Servers }
