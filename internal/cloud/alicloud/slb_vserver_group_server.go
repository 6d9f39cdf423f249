package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// newVServerGroupServer is cloudlb_slb_vserver_group_server: one member, on one
// port, of a vserver group.
func newVServerGroupServer() resource.Resource {
	return newOneServer[vserverGroupServerModel](vserverGroup,
		"One member, on one port, of a vserver group of an SLB (CLB) load balancer. Other members of the "+
			"group are never touched.", vserverGroupServerOrigins...)
}

var _ tfkit.Single = (*oneServer[vserverGroupServerModel, *vserverGroupServerModel])(nil)

type vserverGroupServerModel struct {
	tfkit.Base
	backend
	VServerGroupID types.String `tfsdk:"vserver_group_id"`
	Port           types.Number `tfsdk:"port"`
}

func (m *vserverGroupServerModel) port() int { return int(tfkit.Int(m.Port)) }

func (m *vserverGroupServerModel) place() place {
	return m.placeIn(m.InRegion(), m.VServerGroupID, m.port())
}

func (m *vserverGroupServerModel) Known() bool {
	return m.known() && tfkit.Known(m.VServerGroupID, m.Port)
}

func (m *vserverGroupServerModel) Member() membership.Member { return m.member(m.port()) }

func (m *vserverGroupServerModel) Locate(members []membership.Member) (membership.Member, error) {
	return m.locate(m.port(), members)
}

func (m *vserverGroupServerModel) Observe(seen membership.Member) {
	m.observe(seen)
	m.Port = tfkit.Number(seen.Key.Port)
	m.ID = types.StringValue(vserverGroup.importID(m.place()))
}

func (m *vserverGroupServerModel) Identity() any { return vserverGroup.identity(m.place()) }
