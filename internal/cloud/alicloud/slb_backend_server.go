package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// newBackendServer is cloudlb_slb_backend_server: one member of the default
// server group of a load balancer.
func newBackendServer() resource.Resource {
	return newOneServer[backendServerModel](defaultGroup,
		"One member of the default server group of an SLB (CLB) load balancer. Other members of the "+
			"group are never touched. For a member of a vserver group use `cloudlb_slb_vserver_group_server`.")
}

var _ tfkit.Single = (*oneServer[backendServerModel, *backendServerModel])(nil)

type backendServerModel struct {
	tfkit.Base
	backend
	LoadBalancerID types.String `tfsdk:"load_balancer_id"`
}

func (m *backendServerModel) place() place { return m.placeIn(m.InRegion(), m.LoadBalancerID, 0) }

func (m *backendServerModel) Known() bool { return m.known() && !m.LoadBalancerID.IsUnknown() }

func (m *backendServerModel) Member() membership.Member { return m.member(0) }

func (m *backendServerModel) Locate(members []membership.Member) (membership.Member, error) {
	return m.locate(0, members)
}

func (m *backendServerModel) Observe(seen membership.Member) {
	m.observe(seen)
	m.ID = types.StringValue(defaultGroup.importID(m.place()))
}

func (m *backendServerModel) Identity() any { return defaultGroup.identity(m.place()) }
