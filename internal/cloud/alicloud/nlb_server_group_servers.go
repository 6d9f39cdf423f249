package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// newNLBServerGroupServers is cloudlb_nlb_server_group_servers: members of a
// server group of NLB.
func newNLBServerGroupServers() resource.Resource {
	return newManyServers[groupServers[nlbItem], nlbItem](nlbServerGroup,
		"Members of a server group of an NLB (Network Load Balancer): exactly those listed, or the whole group.")
}

var _ tfkit.Resource = (*manyServers[groupServers[nlbItem], nlbItem, *groupServers[nlbItem], *nlbItem])(nil)

// nlbItem is one of many members of a server group of NLB.
type nlbItem struct {
	portItem
	zoned
}

func (i *nlbItem) Observe(m membership.Member) {
	i.portItem.Observe(m)
	i.zoned.observe(m)
}

// Validate takes a port that is left out for 0.
func (i *nlbItem) Validate(at path.Path, diags *diag.Diagnostics) { i.serverItem.Validate(at, diags) }

func (i *nlbItem) Default() {
	i.portItem.Default()
	if i.Port.IsNull() {
		i.Port = tfkit.Number(0)
	}
}

// Await leaves the zone to NLB.
func (i *nlbItem) Await() { i.ZoneID = types.StringUnknown() }

// Inherit keeps what NLB has said, and the spelling of what means the same.
func (i *nlbItem) Inherit(before nlbItem, sameLabel bool) {
	i.portItem.Inherit(before.portItem, sameLabel)
	i.ZoneID = before.ZoneID
}
