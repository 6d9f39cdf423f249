package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// newALBServerGroupServersSource is the data source
// cloudlb_alb_server_group_servers: the members of a server group of ALB.
func newALBServerGroupServersSource() datasource.DataSource {
	return newGroupServersSource(albServerGroup, func(m membership.Member, s listedGroupServer) (listed struct {
		listedGroupServer
		remote
	}) {
		listed.listedGroupServer = s
		listed.remote.observe(m)
		return listed
	})
}
