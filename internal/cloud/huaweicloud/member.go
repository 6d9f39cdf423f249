package huaweicloud

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// defaultWeight is ELB's weight of a member that names none.
const defaultWeight = 1

// backend is what a member of an ELB pool is: in a resource of one member, in
// one of many, and in a data source, there as a filter and as what is listed.
type backend struct {
	Address          types.String `tfsdk:"address"`
	ProtocolPort     types.Number `tfsdk:"protocol_port"`
	SubnetCidrID     types.String `tfsdk:"subnet_cidr_id"`
	Weight           types.Number `tfsdk:"weight"`
	Name             types.String `tfsdk:"name"`
	AvailabilityZone types.String `tfsdk:"availability_zone"`
	MemberID         types.String `tfsdk:"member_id"`
}

// vendors is what ELB says of a member and nobody else can.
type vendors struct {
	IPVersion  types.String `tfsdk:"ip_version"`
	MemberType types.String `tfsdk:"member_type"`
	InstanceID types.String `tfsdk:"instance_id"`
}

// backendAttributes are the schema of backend.
var backendAttributes = tfkit.MemberAttributes{
	"address": tfkit.MemberText{
		Key: true, Valid: tfkit.Address(), Required: tfkit.RequiredAddress(), Planned: tfkit.Text("", tfkit.SameAddress),
		Filter: tfkit.Address(),
		About: "IP address of the backend: IPv4 or IPv6 within `subnet_cidr_id`, or a private IPv4 address without it. ELB takes no " +
			"ids of servers: of a `huaweicloud_compute_instance` it is `access_ip_v4`.",
		Seen: "IP address.",
		Only: "Only members with this IP address, in any spelling.",
	},
	"protocol_port": tfkit.MemberNumber{
		Most: 65535, Default: new(0),
		About: "Port of the backend, 0 to 65535. A pool that forwards to any port must leave it out or have `0`, and a pool " +
			"of protocol IP needs `0`; all others need a port. Changed in place.",
		Seen: "Port; 0 in pools that forward to any port and in those of protocol IP.",
		Only: "Only members with this port, 0 to 65535.",
	},
	"subnet_cidr_id": tfkit.MemberText{
		Key: true, Valid: tfkit.OptionalName("a subnet id"), Planned: tfkit.Text("", nil), Filter: tfkit.Name("a subnet id"),
		About: "Subnet of the address, any of the load balancer's VPC: the `neutron_subnet_id` (IPv4; `ipv4_subnet_id` of a " +
			"`huaweicloud_vpc_subnet`) or `neutron_network_id` (IPv6), not the subnet's own id. Without it the member is of type IP, " +
			"which the load balancer must allow (`cross_vpc_backend` of a `huaweicloud_elb_loadbalancer`).",
		Seen: "Subnet of the address; null for a member of type `ip`.",
		Only: "Only members in this subnet.",
	},
	"weight": tfkit.Weight(defaultWeight),
	"name": tfkit.MemberText{
		Valid: stringvalidator.UTF8LengthAtMost(255), Planned: tfkit.Text("", nil),
		About: "Name of the member, up to 255 characters. Changed in place.",
		Seen:  "Name of the member.",
		Only:  "Only members with exactly this name; with `\"\"` those without one.",
	},
	"availability_zone": tfkit.MemberText{
		Valid: tfkit.OptionalName("an availability zone"), Planned: tfkit.VendorsText(), Filter: tfkit.Name("an availability zone"),
		About: "Availability zone, for members of type IP. Changed in place; left as it is when not configured.",
		Seen:  "Availability zone; null where ELB tells none.",
		Only:  "Only members in this availability zone.",
	},
	"member_id": tfkit.MemberFact{
		Filter: tfkit.Name("a member id"),
		About:  "ELB's own id of the member, which is not the id of the server.",
		Only:   "Only the member with this id of ELB's.",
	},
}

// vendorsAttributes are the schema of vendors.
var vendorsAttributes = tfkit.MemberAttributes{
	"ip_version": tfkit.MemberFact{
		Filter: stringvalidator.OneOf("v4", "v6"),
		About:  "`v4` or `v6`.",
		Only:   "Only members with addresses of this version: `v4` or `v6`.",
	},
	"member_type": tfkit.MemberFact{
		Filter: stringvalidator.OneOf("instance", "ip"),
		About:  "`instance` for a cloud server, `ip` for a bare address.",
		Only:   "Only members of this type: `instance` (cloud servers) or `ip` (bare addresses).",
	},
	"instance_id": tfkit.MemberFact{
		Filter: tfkit.Name("a server id"),
		About:  "Id of the server behind the address, where ELB knows one.",
		Only:   "Only members that are this server.",
	},
}

// Member is the membership that the backend is.
func (b *backend) Member() membership.Member {
	return membership.Member{
		Key: membership.Key{
			Address: membership.NormalAddress(b.Address.ValueString()),
			Port:    int(tfkit.Int(b.ProtocolPort)),
		},
		ID:     b.MemberID.ValueString(),
		Weight: int(tfkit.Int(b.Weight)),
		Name:   b.Name.ValueString(),
		Subnet: b.SubnetCidrID.ValueString(),
		Zone:   b.AvailabilityZone.ValueString(),
	}
}

// Known tells whether all that the member's key is made of is known.
func (b *backend) Known() bool { return tfkit.Known(b.Address, b.ProtocolPort, b.SubnetCidrID) }

// Observe takes over what ELB lists. The zone stays "" where that is
// configured: what ELB has decided is left out of state, as it was planned.
func (b *backend) Observe(m membership.Member) {
	b.Address = tfkit.Seen(b.Address, m.Key.Address, tfkit.SameAddress)
	b.ProtocolPort = tfkit.Number(m.Key.Port)
	b.SubnetCidrID = types.StringValue(m.Subnet)
	b.Weight = tfkit.Number(m.Weight)
	b.Name = types.StringValue(m.Name)
	if b.AvailabilityZone != types.StringValue("") {
		b.AvailabilityZone = types.StringValue(m.Zone)
	}
	b.MemberID = orNull(m.ID)
}

// Default fills in what one of many members leaves to defaults.
func (b *backend) Default() {
	if b.ProtocolPort.IsNull() {
		b.ProtocolPort = tfkit.Number(0)
	}
	if b.Weight.IsNull() {
		b.Weight = tfkit.Number(defaultWeight)
	}
	for _, text := range []*types.String{&b.Name, &b.SubnetCidrID} {
		if text.IsNull() {
			*text = types.StringValue("")
		}
	}
}

// Await makes unknown what ELB decides about a member to be added.
func (b *backend) Await() {
	b.MemberID = types.StringUnknown()
	if b.AvailabilityZone.IsNull() {
		b.AvailabilityZone = types.StringUnknown()
	}
}

// inherit keeps what ELB has decided, and the spelling of what means the same.
func (b *backend) inherit(before backend, sameLabel bool) {
	if sameLabel && tfkit.SameAddress(b.Address.ValueString(), before.Address.ValueString()) {
		b.Address = before.Address
	}
	b.MemberID = before.MemberID
	if zone := b.AvailabilityZone; zone.IsNull() || sameLabel && zone == types.StringValue("") {
		b.AvailabilityZone = before.AvailabilityZone
	}
}

// meets tells whether a listed backend meets every filter.
func (b *backend) meets(filter backend) bool {
	return (filter.Address.ValueString() == "" || tfkit.SameAddress(filter.Address.ValueString(), b.Address.ValueString())) &&
		passes(filter.ProtocolPort, b.ProtocolPort) &&
		passes(filter.SubnetCidrID, b.SubnetCidrID) &&
		passes(filter.Weight, b.Weight) &&
		passes(filter.Name, b.Name) &&
		passes(filter.AvailabilityZone, b.AvailabilityZone) &&
		passes(filter.MemberID, b.MemberID)
}

func (v *vendors) meets(filter vendors) bool {
	return passes(filter.IPVersion, v.IPVersion) && passes(filter.MemberType, v.MemberType) && passes(filter.InstanceID, v.InstanceID)
}

// passes tells whether a value is the filter's; null is no filter.
func passes(filter, value attr.Value) bool { return filter.IsNull() || filter.Equal(value) }

func (v *vendors) observe(m membership.Member) {
	v.IPVersion = orNull(m.Observed.IPVersion)
	v.MemberType = orNull(m.Observed.MemberType)
	v.InstanceID = orNull(m.Observed.Instance)
}

func orNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// inPlace is what turns one member into another in place: all but its address
// and subnet. A zone that is not configured stays.
func inPlace(from, to membership.Member) (membership.Change, bool) {
	if from.Key.Address != to.Key.Address || from.Subnet != to.Subnet {
		return membership.Change{}, false
	}
	return membership.Diff(from, to), true
}

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
		return tfkit.Advice{Text: tfkit.DeniedAdvice(Name, e, e.Status == http.StatusUnauthorized)}
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
	case e.Class == membership.Refused && strings.Contains(strings.ToLower(e.Message), "subnet"):
		return at("subnet_cidr_id", "address has to be in the subnet, and the subnet in the VPC of the load balancer.")
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
