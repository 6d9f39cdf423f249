package main

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// kind is a resource type of one member.
type kind struct {
	name     string // to the bench's user
	resource string
	prefix   string // of the ids of its groups
	elb      bool
	batch    int // members that a call may name
	id       func(n int) string
	// set is the resource type of many members, and members its attribute for
	// them.
	set, members string
	// group is the argument that names group 0, and member the arguments of the
	// member n, an expression of Terraform's, but for the weight.
	group  string
	member func(n string) string
	// values are the same arguments for the plugin protocol.
	values func(group, n int) map[string]tftypes.Value
}

var kinds = []*kind{elbMember, slbBackend, slbVServer}

var elbMember = &kind{
	name: "elb", resource: "cloudlb_elb_member", prefix: "pool", elb: true, batch: 200, id: elbAddress,
	set: "cloudlb_elb_members", members: "members", group: `pool_id = "pool-0"`,
	member: func(n string) string {
		return fmt.Sprintf(`
  address        = "10.0.${floor(%[1]s / 250)}.${%[1]s %% 250 + 1}"
  protocol_port  = %[2]d
  subnet_cidr_id = %[3]q
  name           = "m${%[1]s}"`, n, port, subnetID)
	},
	values: func(group, n int) map[string]tftypes.Value {
		return map[string]tftypes.Value{
			"pool_id":        text(fmt.Sprintf("pool-%d", group)),
			"address":        text(elbAddress(n)),
			"protocol_port":  number64(port),
			"subnet_cidr_id": text(subnetID),
			"name":           text(fmt.Sprintf("m%d", n)),
		}
	},
}

var slbBackend = &kind{
	name: "slb", resource: "cloudlb_slb_backend_server", prefix: "lb", batch: 20, id: slbServer,
	set: "cloudlb_slb_backend_servers", members: "servers", group: `load_balancer_id = "lb-0"`,
	member: func(n string) string {
		return fmt.Sprintf(`
  server_id = "i-${%s}"`, n)
	},
	values: func(group, n int) map[string]tftypes.Value {
		return map[string]tftypes.Value{
			"load_balancer_id": text(fmt.Sprintf("lb-%d", group)),
			"server_id":        text(slbServer(n)),
		}
	},
}

var slbVServer = &kind{
	name: "vserver", resource: "cloudlb_slb_vserver_group_server", prefix: "rsp", batch: 20, id: slbServer,
	set: "cloudlb_slb_vserver_group_servers", members: "servers", group: `vserver_group_id = "rsp-0"`,
	member: func(n string) string {
		return fmt.Sprintf(`
  server_id = "i-${%s}"
  port      = %d`, n, port)
	},
	values: func(group, n int) map[string]tftypes.Value {
		return map[string]tftypes.Value{
			"vserver_group_id": text(fmt.Sprintf("rsp-%d", group)),
			"server_id":        text(slbServer(n)),
			"port":             number64(port),
		}
	},
}

func text(s string) tftypes.Value    { return tftypes.NewValue(tftypes.String, s) }
func number64(n int64) tftypes.Value { return tftypes.NewValue(tftypes.Number, n) }
