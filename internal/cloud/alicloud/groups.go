package alicloud

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// groupServer is what a resource of one member of a server group has on ALB and
// on NLB.
type groupServer struct {
	tfkit.Base
	tfkit.Lingering
	backend
	ServerGroupID types.String `tfsdk:"server_group_id"`
	Port          types.Number `tfsdk:"port"`
}

func (m *groupServer) port() int { return int(tfkit.Int(m.Port)) }

func (m *groupServer) place() place { return m.placeIn(m.InRegion(), m.ServerGroupID, m.port()) }

func (m *groupServer) Known() bool { return m.known() && tfkit.Known(m.ServerGroupID, m.Port) }

func (m *groupServer) Member() membership.Member { return m.member(m.port()) }

func (m *groupServer) Locate(members []membership.Member) (membership.Member, error) {
	return m.locate(m.port(), members)
}

func (m *groupServer) Observe(seen membership.Member) {
	m.observe(seen)
	m.Port = tfkit.Number(seen.Key.Port)
	m.ID = types.StringValue(albServerGroup.importID(m.place()))
}

func (m *groupServer) Identity() any { return albServerGroup.identity(m.place()) }

// groupServers is the model of many members of a server group.
type groupServers[E any] struct {
	tfkit.SetCommon
	tfkit.Lingering
	ServerGroupID types.String   `tfsdk:"server_group_id"`
	Servers       tfkit.Items[E] `tfsdk:"servers"`
}

func (m *groupServers[E]) Group() string { return m.ServerGroupID.ValueString() }

func (m *groupServers[E]) Items() *tfkit.Items[E] { return &m.Servers }

// remote is what a member of ALB's has besides.
type remote struct {
	RemoteIPEnabled types.Bool `tfsdk:"remote_ip_enabled"`
}

var remoteAttribute = tfkit.MemberFlag{
	Key: true,
	About: "Whether the address, of type `ip`, is outside the VPC, such as in another VPC or on premises: in 10.0.0.0/8, 100.64.0.0/10, " +
		"172.16.0.0/12 or 192.168.0.0/16. Defaults to `false`, an address of the VPC.",
	Seen: "Whether the address, of type `ip`, is outside the VPC.",
}

// on is the member with what is said of its address.
func (r *remote) on(m membership.Member) membership.Member {
	m.Remote = r.RemoteIPEnabled.ValueBool()
	return m
}

func (r *remote) observe(m membership.Member) { r.RemoteIPEnabled = types.BoolValue(m.Remote) }

// remoteRanges are where remote addresses may be: ALB API AddServersToServerGroup,
// parameter RemoteIpEnabled.
var remoteRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
}

// validate refuses a remote address where there is none, and one that cannot be.
func (r *remote) validate(b *backend, at path.Path, diags *diag.Diagnostics) {
	if !r.RemoteIPEnabled.ValueBool() || b.Type.IsUnknown() {
		return
	}
	at = at.AtName("remote_ip_enabled")
	address, err := netip.ParseAddr(b.ServerID.ValueString())
	switch {
	case b.kind() != typeIP:
		diags.AddAttributeError(at, "remote_ip_enabled goes with type ip only", at.String()+
			`: a member of type `+b.kind()+` is in the VPC. Remove remote_ip_enabled, or set type = "ip" and give the address as server_id.`)
	case err == nil && !slices.ContainsFunc(remoteRanges, func(p netip.Prefix) bool { return p.Contains(address) }):
		diags.AddAttributeError(at, "remote_ip_enabled does not go with this address", at.String()+": "+address.String()+
			" is in none of the ranges that ALB takes remote addresses from: "+strings.Trim(fmt.Sprint(remoteRanges), "[]")+".")
	}
}

// zoned is what a member of NLB's has besides.
type zoned struct {
	ZoneID types.String `tfsdk:"zone_id"`
}

var zoneAttribute = tfkit.MemberFact{About: "Zone of the server, as NLB tells it."}

func (z *zoned) observe(m membership.Member) { z.ZoneID = textOrNull(m.Observed.Zone) }

// members are the attributes of a kind's member, with those that only it has.
func (k serverKind) members() tfkit.MemberAttributes {
	attributes := k.serverAttributes()
	maps.Copy(attributes, k.more)
	return attributes
}

// lingering adds to a resource's attributes that of removals that take time.
func (k serverKind) lingering(attributes map[string]schema.Attribute) {
	if k.lingers {
		attributes["wait_for_drained"] = tfkit.LingeringAttribute()
	}
}
