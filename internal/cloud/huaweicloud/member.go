package huaweicloud

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// What the attributes of a member are, in a resource of one and of many.
const (
	addressText = "IP address of the backend: IPv4 or IPv6 within `subnet_cidr_id`, or a private IPv4 address without it."
	portText    = "Port of the backend, 0 to 65535. A pool that forwards to any port must leave it out or have `0`, and a pool " +
		"of protocol IP needs `0`; all others need a port. Changed in place."
	subnetText = "Subnet of the address: the `neutron_subnet_id` (IPv4) or `neutron_network_id` (IPv6) of a VPC subnet, not the " +
		"subnet's own id. Without it the member is of type IP, which the load balancer must allow."
	nameText     = "Name of the member, up to 255 characters. Changed in place."
	zoneText     = "Availability zone, for members of type IP. Changed in place; left as it is when not configured."
	memberIDText = "ELB's own id of the member, which is not the id of the server."
)

// advise says what a user may do about ELB's errors, and which attribute they
// belong to. there is what to do about a member that is in the pool already.
func advise(err error, there, region string) tfkit.Advice {
	e, ok := errors.AsType[*membership.Error](err)
	if !ok {
		return tfkit.Advice{}
	}
	at := func(name, format string, args ...any) tfkit.Advice {
		return tfkit.Advice{Path: path.Root(name), Text: fmt.Sprintf(format, args...)}
	}
	switch {
	case e.Class == membership.NotFound:
		return at("pool_id", "Check pool_id, the region (%s) and the project: ELB knows no such pool there.", region)
	case e.Class == membership.AlreadyExists:
		return at("address", "%s", there)
	case e.Class == membership.Quota:
		return at("pool_id", "Remove members, or ask Huawei Cloud for a higher quota of members (per pool or per account).")
	case e.Class == membership.Denied:
		return tfkit.Advice{Text: "Check the provider's huaweicloud credentials, project, region and endpoints, and that the account may make this call."}
	case e.Class == membership.Refused && strings.Contains(strings.ToLower(e.Message), "any_port"):
		// The adapter's own words, and, assumed, those of ELB's refusal of an update.
		return at("protocol_port", "Leave protocol_port out, or set it to 0: the pool forwards to any port.")
	case e.Class == membership.Refused && strings.Contains(strings.ToLower(e.Message), "protection"):
		// Assumed: the refusal says so; its code is documented nowhere.
		return at("pool_id", "Turn the deletion protection of the pool's members (member_deletion_protection_enable) off first.")
	case e.Code == "ELB.8938":
		return at("subnet_cidr_id", "Members without subnet_cidr_id need a pool of another protocol: set subnet_cidr_id.")
	case e.Code == "ELB.8939":
		return at("subnet_cidr_id", "Set subnet_cidr_id, or enable IP targets (ip_target_enable) on the load balancer.")
	case e.Code == "ELB.8904" && strings.Contains(strings.ToLower(e.Message), "subnet"):
		return at("subnet_cidr_id", "subnet_cidr_id is the neutron_subnet_id (IPv4) or neutron_network_id (IPv6) of a subnet of "+
			"the load balancer's VPC, not the VPC subnet's own id.")
	}
	return tfkit.Advice{}
}
