package huaweicloud

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
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

// backendAttributes are the schema of backend in a resource; see
// [tfkit.MemberText] for single.
func backendAttributes(single bool) map[string]schema.Attribute {
	changed := tfkit.Text("", nil)
	return map[string]schema.Attribute{
		"address": tfkit.MemberText{
			Key: true, Valid: tfkit.Address(), Required: tfkit.RequiredAddress(), Planned: tfkit.Text("", tfkit.SameAddress),
			About: "IP address of the backend: IPv4 or IPv6 within `subnet_cidr_id`, or a private IPv4 address without it.",
		}.Attribute(single),
		"protocol_port": tfkit.MemberNumber{
			Most: 65535, Default: new(0),
			About: "Port of the backend, 0 to 65535. A pool that forwards to any port must leave it out or have `0`, and a pool " +
				"of protocol IP needs `0`; all others need a port. Changed in place.",
		}.Attribute(single),
		"subnet_cidr_id": tfkit.MemberText{
			Key: true, Valid: tfkit.OptionalName("a subnet id"), Planned: changed,
			About: "Subnet of the address: the `neutron_subnet_id` (IPv4) or `neutron_network_id` (IPv6) of a VPC subnet, not the " +
				"subnet's own id. Without it the member is of type IP, which the load balancer must allow.",
		}.Attribute(single),
		"weight": tfkit.Weight(defaultWeight, single),
		"name": tfkit.MemberText{
			Valid: stringvalidator.UTF8LengthAtMost(255), Planned: changed,
			About: "Name of the member, up to 255 characters. Changed in place.",
		}.Attribute(single),
		"availability_zone": tfkit.MemberText{
			Valid: tfkit.OptionalName("an availability zone"), Planned: tfkit.VendorsText(),
			About: "Availability zone, for members of type IP. Changed in place; left as it is when not configured.",
		}.Attribute(single),
		"member_id": tfkit.VendorsAttribute("ELB's own id of the member, which is not the id of the server.", single),
	}
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
