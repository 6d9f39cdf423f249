package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// newVServerGroupServers is cloudlb_slb_vserver_group_servers: members of a
// vserver group.
func newVServerGroupServers() resource.Resource {
	return newManyServers[vserverGroupServersModel, portItem](vserverGroup,
		"Members of a vserver group of an SLB (CLB) load balancer: exactly those listed, or the whole group.")
}

var _ tfkit.Resource = (*manyServers[vserverGroupServersModel, portItem, *vserverGroupServersModel, *portItem])(nil)

type vserverGroupServersModel struct {
	tfkit.SetCommon
	VServerGroupID types.String          `tfsdk:"vserver_group_id"`
	Servers        tfkit.Items[portItem] `tfsdk:"servers"`
}

func (m *vserverGroupServersModel) Group() string { return m.VServerGroupID.ValueString() }

func (m *vserverGroupServersModel) Items() *tfkit.Items[portItem] { return &m.Servers }
