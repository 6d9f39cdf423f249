package alicloud

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// defaultWeight is the vendor's weight of a member that names none.
const defaultWeight = 100

// backend is what a member of a group is, but for its port: in a resource of
// one member, in one of many, and in a data source.
type backend struct {
	ServerID    types.String `tfsdk:"server_id"`
	Type        types.String `tfsdk:"type"`
	ServerIP    types.String `tfsdk:"server_ip"`
	Weight      types.Number `tfsdk:"weight"`
	Description types.String `tfsdk:"description"`
}

// serverText is what a server id is.
func (k serverKind) serverText() string {
	text := "Id of the ECS instance, elastic network interface or container group"
	if k.takesIP() {
		text += "; of type `ip`, the IP address"
	}
	return text + "."
}

// serverAttributes are the schema of backend, and of the port of a kind that has
// one.
func (k serverKind) serverAttributes() tfkit.MemberAttributes {
	server := tfkit.MemberText{
		Key: true, Valid: tfkit.OptionalName("a server id"), Required: tfkit.Name("a server id"), About: k.serverText(), Seen: k.serverText(),
	}
	address := "Required with type `eni` and `eci`, refused with `ecs`."
	typeText := "Kind of server: `ecs` (the default), `eni` or `eci`; the latter two only on load balancers of a " +
		"guaranteed-performance specification."
	if k.takesIP() {
		server.Valid, server.Required = tfkit.Checked(checkServerID), tfkit.Checked(checkServerID)
		server.Planned = tfkit.Text("", tfkit.SameAddress)
		address = "Required with type `eni` and `eci`, refused with `ecs` and `ip`."
		typeText = "Kind of server: `ecs` (the default), `eni`, `eci`, or `ip`, an address that belongs to no server; the group's own type " +
			"says which of them it takes."
	}
	last := len(k.types) - 1
	typeSeen := "`" + strings.Join(k.types[:last], "`, `") + "` or `" + k.types[last] + "`."
	attributes := tfkit.MemberAttributes{
		"server_id": server,
		"type": tfkit.MemberText{
			Key: true, Planned: tfkit.Text(typeECS, nil),
			Valid: tfkit.UnlessEmpty(stringvalidator.OneOf(k.types...)),
			About: typeText,
			Seen:  "Kind of server: " + typeSeen,
		},
		"server_ip": tfkit.MemberText{
			Key: true, Valid: tfkit.Address(), Planned: tfkit.Text("", tfkit.SameAddress),
			About: "IP address of the network interface. " + address,
			Seen:  "IP address of an `eni` or `eci`; null of others.",
		},
		"weight": tfkit.Weight(defaultWeight),
		"description": tfkit.MemberText{
			Planned: tfkit.Text("", nil),
			Valid:   tfkit.Checked(k.description.check),
			About:   "Text at the member: " + strings.ReplaceAll(k.description.words, "'", "`") + ". Changed in place.",
			Seen:    "Text at the member; null where there is none.",
		},
	}
	if k.ported {
		port := tfkit.MemberNumber{
			Key: true, Least: k.leastPort(), Most: 65535, About: "Port of the server, 1 to 65535.", Seen: "Port of the server.",
		}
		if k.anyPort {
			port.Default = new(int)
			port.About = "Port of the server, 1 to 65535; `0`, the default, in a group that forwards to any port, and only there."
			port.Seen = "Port of the server; `0` in a group that forwards to any port."
		}
		attributes["port"] = port
	}
	return attributes
}

// checkServerID is the check of a server id where it may be an address; which of
// them it has to be, the type says.
func checkServerID(s string) error {
	if _, err := netip.ParseAddr(s); err == nil {
		return tfkit.CheckAddress(s)
	}
	return tfkit.CheckName("a server id, or an IP address")(s)
}

// known tells whether all that the member's key is made of is known, its port
// apart.
func (b *backend) known() bool { return tfkit.Known(b.ServerID, b.Type, b.ServerIP) }

// kind is the member's type; ecs where it is left out.
func (b *backend) kind() string {
	if kind := b.Type.ValueString(); kind != "" {
		return kind
	}
	return typeECS
}

// validate checks what no single attribute can: the type against the id and the
// IP. at is where the attributes are.
func (b *backend) validate(at path.Path, diags *diag.Diagnostics) {
	if !tfkit.Known(b.Type, b.ServerIP) {
		return
	}
	where, given := at.AtName("server_ip"), b.ServerIP.ValueString() != ""
	_, err := netip.ParseAddr(b.ServerID.ValueString())
	isAddress, hasID := err == nil, b.ServerID.ValueString() != ""
	switch typ := b.kind(); {
	case hasID && isAddress != (typ == typeIP):
		at = at.AtName("server_id")
		if isAddress {
			diags.AddAttributeError(at, "server_id is an address", at.String()+" is "+b.ServerID.ValueString()+
				`, which is no id of a server of type `+typ+`. On ALB and NLB an address can be a member itself, with type = "ip".`)
			return
		}
		if checkServerID(b.ServerID.ValueString()) != nil {
			return // that is told
		}
		diags.AddAttributeError(at, "server_id is not an address", at.String()+" is "+b.ServerID.ValueString()+
			": with type ip it has to be the IP address itself.")
	case typ == typeECS && given:
		diags.AddAttributeError(where, "server_ip goes with type eni and eci only",
			where.String()+": a member of type ecs is the instance itself, which is reached at its primary address. "+
				`Remove server_ip, or set type = "eni" and give the network interface's id as server_id.`)
	case typ == typeIP && given:
		diags.AddAttributeError(where, "server_ip goes with type eni and eci only",
			where.String()+": a member of type ip has its address as server_id. Remove server_ip.")
	case (typ == typeENI || typ == typeECI) && !given:
		diags.AddAttributeError(where, "server_ip is required with type "+typ,
			where.String()+": a network interface can have several addresses, each of them a member of its own: say which one.")
	}
}

// member is the membership, on a port or (0) in the default group.
func (b *backend) member(port int) membership.Member {
	m := membership.Member{
		Key:    membership.Key{Server: b.ServerID.ValueString(), Port: port},
		Weight: int(tfkit.Int(b.Weight)),
		Type:   b.kind(),
		Name:   b.Description.ValueString(),
	}
	switch {
	case m.Type == typeIP:
		m.Key.Server, m.Key.Address = "", membership.NormalAddress(b.ServerID.ValueString())
	case m.Type != typeECS || b.Type.IsNull(): // after an import nobody knows yet what it is
		m.Key.Address = membership.NormalAddress(b.ServerIP.ValueString())
	}
	return m
}

// observe takes over what the vendor lists.
func (b *backend) observe(m membership.Member) {
	address := m.Key.Address
	if m.Key.Server != "" {
		b.ServerID = types.StringValue(m.Key.Server)
	} else { // of type ip
		b.ServerID, address = tfkit.Seen(b.ServerID, address, tfkit.SameAddress), ""
	}
	if m.Type != "" && (b.Type.IsNull() || b.Type.IsUnknown() || b.kind() != m.Type) {
		b.Type = types.StringValue(m.Type)
	}
	b.ServerIP = tfkit.Seen(b.ServerIP, address, tfkit.SameAddress)
	b.Weight = tfkit.Number(m.Weight)
	b.Description = tfkit.Seen(b.Description, m.Name, nil)
}

// list is observe for a data source, which has null where there is nothing.
func (b *backend) list(m membership.Member) {
	b.observe(m)
	b.ServerIP, b.Description = textOrNull(b.ServerIP.ValueString()), textOrNull(m.Name)
}

// fill gives one of many members the defaults of what is left out.
func (b *backend) fill() {
	if b.Type.IsNull() {
		b.Type = types.StringValue(typeECS)
	}
	for _, text := range []*types.String{&b.ServerIP, &b.Description} {
		if text.IsNull() {
			*text = types.StringValue("")
		}
	}
	if b.Weight.IsNull() {
		b.Weight = tfkit.Number(defaultWeight)
	}
}

// inherit keeps the spelling of a member that is under the same label as before.
func (b *backend) inherit(before backend) {
	if b.kind() == before.kind() {
		b.Type = before.Type
	}
	if tfkit.SameAddress(b.ServerID.ValueString(), before.ServerID.ValueString()) {
		b.ServerID = before.ServerID
	}
	if tfkit.SameAddress(b.ServerIP.ValueString(), before.ServerIP.ValueString()) {
		b.ServerIP = before.ServerIP
	}
}

// placeIn is where the member is.
func (b *backend) placeIn(region, group types.String, port int) place {
	p := place{region: region, group: group.ValueString(), server: b.ServerID.ValueString(), address: b.member(port).Key.Address, port: port}
	if b.kind() == typeIP {
		p.server, p.address = p.address, ""
	}
	return p
}

// locate finds the member on a port. After an import the type is not known,
// and the address may not be either; nor may it after a move.
func (b *backend) locate(port int, members []membership.Member) (membership.Member, error) {
	wanted := b.member(port)
	unread := b.Type.IsNull() || b.ServerIP.IsNull()
	var found []membership.Member
	for _, m := range members {
		own := m.Key.Server == wanted.Key.Server && wanted.Key.Address == ""
		if m.Type == typeIP { // an import id has the address as the server
			own = m.Key.Address == membership.NormalAddress(b.ServerID.ValueString())
		}
		if m.Key == wanted.Key || unread && own && m.Key.Port == port {
			found = append(found, m)
		}
	}
	switch len(found) {
	case 0:
		return membership.Member{}, &membership.Error{Class: membership.MemberNotFound,
			Message: "no member " + wanted.Key.String() + " is listed"}
	case 1:
		return found[0], nil
	}
	return membership.Member{}, &membership.Error{Class: membership.Refused, Message: fmt.Sprintf(
		"%d members belong to %s; an import id that names one of its addresses, such as %s, says which is meant",
		len(found), wanted.Key.Server, found[0].Key)}
}

// inPlace is what turns one server into another in place: never its key, nor its
// type, nor whether its address is remote. The member keeps its description
// unless the change speaks of it: SLB's calls may take an absent one for an empty
// one.
func inPlace(from, to membership.Member) (membership.Change, bool) {
	if from.Key != to.Key || from.Type != to.Type || from.Remote != to.Remote {
		return membership.Change{}, false
	}
	return membership.Diff(from, to), true
}

func textOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// advise says what a user may do about the vendor's errors, and where they belong. there
// is what to do about a member that is in the group already.
func (k serverKind) advise(err error, there, region string) tfkit.Advice {
	e, ok := errors.AsType[*membership.Error](err)
	if !ok {
		return tfkit.Advice{}
	}
	at := func(name, format string, args ...any) tfkit.Advice {
		return tfkit.Advice{Path: path.Root(name), Text: fmt.Sprintf(format, args...)}
	}
	switch e.Class {
	case membership.NotFound:
		return at(k.attribute, "Check %s and the region (%s): %s knows no such %s there. The id of one looks like %s.",
			k.attribute, region, k.product, k.object, k.example)
	case membership.AlreadyExists:
		return at("server_id", "%s", there)
	case membership.MemberNotFound:
		return at("server_id", "Check that the server exists in region %s and is running.", region)
	case membership.Quota:
		per := k.object
		if k.product == "SLB" {
			per = "load balancer, which counts its default group and all its vserver groups"
		}
		return at(k.attribute, "Remove members, or ask Alibaba Cloud for a higher quota of backend servers per %s.", per)
	case membership.Denied:
		return tfkit.Advice{Text: tfkit.DeniedAdvice(Name, e, acs.RefusesKeys(e.Code))}
	case membership.Transient:
		if strings.HasSuffix(strings.ToLower(e.Code), "statusnotsupport") {
			return at(k.attribute, "Nothing was changed. Check that the load balancer and its listeners are running, and that it is not locked, as "+
				"it is while a payment is overdue. If it was only being changed, apply again.")
		}
	default:
	}
	if a, ok := refusals[strings.ToLower(e.Code)]; ok && e.Class == membership.Refused {
		return at(a[0], "%s", a[1])
	}
	return tfkit.Advice{}
}

// refusals are the attribute and the advice for codes whose text leaves open
// what to do.
var refusals = map[string][2]string{
	"networkconflict":     {"server_id", "The server has to be in the VPC of the load balancer, or both in the classic network."},
	"mismatch.vpcid":      {"server_id", "The server has to be in the VPC of the server group."},
	"mismatch.servertype": {"type", "The group's own type decides: one of type Instance takes ecs, eni and eci, one of type Ip takes ip."},
	"illegalparam.rsportconflictwithservergroup": {"port", "A group that forwards to any port takes members without a port: leave port out. " +
		"In every other group each member needs a port."},
	"illegalparam.ip": {"server_id", "The address has to be in the VPC of the server group. On ALB, one in another VPC or on premises needs " +
		"remote_ip_enabled = true."},
}
