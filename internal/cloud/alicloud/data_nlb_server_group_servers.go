package alicloud

import (
	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// newNLBServerGroupServersSource is the data source
// cloudlb_nlb_server_group_servers: the members of a server group of NLB.
func newNLBServerGroupServersSource() datasource.DataSource {
	return newGroupServersSource(nlbServerGroup, func(m membership.Member, s listedGroupServer) (listed struct {
		listedGroupServer
		zoned
	}) {
		listed.listedGroupServer = s
		listed.zoned.observe(m)
		return listed
	})
}
