package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// newNLBServerGroupServer is cloudlb_nlb_server_group_server: one member of a
// server group of NLB, on one port or, in a group that forwards to any port, on
// all.
func newNLBServerGroupServer() resource.Resource {
	return newOneServer[nlbServerModel](nlbServerGroup,
		"One member of a server group of an NLB (Network Load Balancer), on one port or, in a group that forwards to any port, on all. "+
			"Other members of the group are never touched.", nlbServerOrigins...)
}

var _ tfkit.Resource = (*oneServer[nlbServerModel, *nlbServerModel])(nil)

type nlbServerModel struct {
	groupServer
	zoned
}

func (m *nlbServerModel) Observe(seen membership.Member) {
	m.groupServer.Observe(seen)
	m.zoned.observe(seen)
}
