package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// newALBServerGroupServer is cloudlb_alb_server_group_server: one member, on one
// port, of a server group of ALB.
func newALBServerGroupServer() resource.Resource {
	return newOneServer[albServerModel](albServerGroup,
		"One member, on one port, of a server group of an ALB (Application Load Balancer). Other members of the group are never touched.")
}

var _ tfkit.Resource = (*oneServer[albServerModel, *albServerModel])(nil)

type albServerModel struct {
	groupServer
	remote
}

func (m *albServerModel) Member() membership.Member { return m.on(m.groupServer.Member()) }

func (m *albServerModel) Observe(seen membership.Member) {
	m.groupServer.Observe(seen)
	m.remote.observe(seen)
}

func (m *albServerModel) validate(at path.Path, diags *diag.Diagnostics) {
	m.backend.validate(at, diags)
	m.remote.validate(&m.backend, at, diags)
}
