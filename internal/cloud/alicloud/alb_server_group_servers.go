package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// newALBServerGroupServers is cloudlb_alb_server_group_servers: members of a
// server group of ALB.
func newALBServerGroupServers() resource.Resource {
	return newManyServers[groupServers[albItem], albItem](albServerGroup,
		"Members of a server group of an ALB (Application Load Balancer): exactly those listed, or the whole group.")
}

var _ tfkit.Resource = (*manyServers[groupServers[albItem], albItem, *groupServers[albItem], *albItem])(nil)

// albItem is one of many members of a server group of ALB.
type albItem struct {
	portItem
	remote
}

func (i *albItem) Known() bool { return i.portItem.Known() && !i.RemoteIPEnabled.IsUnknown() }

func (i *albItem) Member() membership.Member { return i.on(i.portItem.Member()) }

func (i *albItem) Observe(m membership.Member) {
	i.portItem.Observe(m)
	i.remote.observe(m)
}

func (i *albItem) Validate(at path.Path, diags *diag.Diagnostics) {
	i.portItem.Validate(at, diags)
	i.remote.validate(&i.backend, at, diags)
}

func (i *albItem) Default() {
	i.portItem.Default()
	if i.RemoteIPEnabled.IsNull() {
		i.RemoteIPEnabled = types.BoolValue(false)
	}
}

// Inherit keeps the spelling of what means the same.
func (i *albItem) Inherit(before albItem, sameLabel bool) {
	i.portItem.Inherit(before.portItem, sameLabel)
}
