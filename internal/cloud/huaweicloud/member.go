package huaweicloud

import (
	"errors"
	"fmt"
	"net/http"
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
	case e.Code == "ELB.1202":
		// Assumed: it is what an account gets that may act in one enterprise project alone.
		return at("pool_id", "ELB asks for an enterprise project. Give the account permission for ELB outside enterprise projects too, "+
			"or set credentials in the huaweicloud block that have it.")
	case e.Class == membership.Denied && e.Status == http.StatusNotFound && strings.HasPrefix(e.Code, "ELB."):
		return at("pool_id", "Check pool_id, the region (%s) and the project. If the pool was deleted together with its load balancer, "+
			"take the resource out of state: terraform state rm.", region)
	case e.Class == membership.Denied:
		return tfkit.Advice{Text: "Check the provider's huaweicloud credentials, project, region and endpoints, and that the account may make this call."}
	case e.Class == membership.Refused && strings.Contains(strings.ToLower(e.Message), "any_port"):
		// The adapter's own words, and, assumed, those of ELB's refusal of an update.
		return at("protocol_port", "Leave protocol_port out, or set it to 0: the pool forwards to any port.")
	case e.Class == membership.Refused && strings.Contains(strings.ToLower(e.Message), "protection"):
		return at("pool_id", "%s", unprotect(e))
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

// unprotect says which of a pool's two protections to turn off: that of its
// members against removal, or that of the pool against every change. Assumed:
// the refusal says that there is one; its code is documented nowhere.
func unprotect(e *membership.Error) string {
	const (
		removal      = "Turn the deletion protection of the pool's members (member_deletion_protection_enable) off first."
		modification = "Turn the pool's modification protection (protection_status) off first: it forbids every change of the pool and of its members."
		either       = "Turn the deletion protection of the pool's members (member_deletion_protection_enable) off first, and the pool's " +
			"modification protection (protection_status) where that is on."
	)
	text := strings.ToLower(e.Message)
	switch {
	case !strings.Contains(e.Action, "Delete"), strings.Contains(text, "modification"), strings.Contains(text, "protection_status"):
		return modification
	case strings.Contains(text, "deletion"):
		return removal
	}
	return either
}
