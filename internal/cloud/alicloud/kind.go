package alicloud

import (
	"context"
	"net/netip"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// serverKind is one kind of SLB's groups of servers: what the resources and the
// data source of its members do not share with those of the other kind.
type serverKind struct {
	attribute string // names the group: "load_balancer_id"
	object    string // what has that id: "load balancer"
	typ       string // the type of one member without its provider; that of many has an s behind it
	noun      string // what a member is called
	whole     string // the group and what it is of
	example   string // an id of such a group
	ported    bool   // members are told apart by their port too
	group     func(client *slbapi.Client, id string) membership.Group
}

var (
	defaultGroup = serverKind{
		attribute: "load_balancer_id", object: "load balancer", typ: "slb_backend_server", noun: "backend server",
		whole: "the default server group of an SLB (CLB) load balancer", example: "lb-bp1example", group: (*slbapi.Client).BackendServers,
	}
	vserverGroup = serverKind{
		attribute: "vserver_group_id", object: "vserver group", typ: "slb_vserver_group_server", noun: "vserver group server",
		whole: "a vserver group of an SLB (CLB) load balancer", example: "rsp-bp1example", ported: true, group: (*slbapi.Client).VServerGroup,
	}
)

// identitySchema is that of one member.
func (k serverKind) identitySchema() identityschema.Schema {
	attributes := map[string]identityschema.Attribute{
		"region":    identityschema.StringAttribute{OptionalForImport: true, Description: "Region; defaults to the provider's."},
		k.attribute: identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the " + k.object + "."},
		"server_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the server."},
		"server_ip": identityschema.StringAttribute{OptionalForImport: true, Description: "IP address of an eni or eci."},
	}
	if k.ported {
		attributes["port"] = identityschema.Int64Attribute{RequiredForImport: true, Description: "Port of the server."}
	}
	return identityschema.Schema{Attributes: attributes}
}

// place is where one member is, by all that an import id and an identity name.
// Of a kind without ports the port is 0.
type place struct {
	region                 types.String // null in an import id
	group, server, address string
	port                   int
}

// identity is the place as a value of the identity schema.
func (k serverKind) identity(p place) types.Object {
	values := map[string]attr.Value{
		"region": p.region, k.attribute: types.StringValue(p.group), "server_id": types.StringValue(p.server), "server_ip": textOrNull(p.address),
	}
	if k.ported {
		values["port"] = types.Int64Value(int64(p.port))
	}
	kinds := map[string]attr.Type{}
	for name, value := range values {
		kinds[name] = value.Type(context.Background())
	}
	return types.ObjectValueMust(kinds, values)
}

// importID is <group>:<server_id>[:<server_ip>][:<port>].
func (k serverKind) importID(p place) string {
	parts := []string{p.group, p.server}
	if p.address != "" {
		parts = append(parts, p.address)
	}
	if k.ported {
		parts = append(parts, strconv.Itoa(p.port))
	}
	return strings.Join(parts, ":")
}

// importFormat says how an import id is written.
func (k serverKind) importFormat() string {
	group, port := "<"+k.attribute+">", ""
	if k.ported {
		port = ":<port>"
	}
	return group + ":<server_id>" + port + ", or " + group + ":<server_id>:<server_ip>" + port + " for a network interface"
}

// importExample is an import id.
func (k serverKind) importExample() string {
	return k.importID(place{group: k.example, server: "i-bp1example", port: 8080})
}

// parseID takes an import id apart. What is malformed comes out as a place that
// is not valid. An IPv6 address may stand in brackets.
func (k serverKind) parseID(id string) (p place) {
	group, rest, _ := strings.Cut(id, ":")
	server, rest, more := strings.Cut(rest, ":")
	p.group, p.server = group, server
	if k.ported {
		address, port := "", rest
		if i := strings.LastIndex(rest, ":"); i >= 0 {
			address, port, more = rest[:i], rest[i+1:], true
		} else {
			more = false // after the server is the port alone
		}
		rest = address
		if n, err := strconv.ParseUint(port, 10, 16); err == nil && strconv.FormatUint(n, 10) == port {
			p.port = int(n)
		}
	}
	if p.address = strings.Trim(rest, "[]"); more && rest == "" {
		p.server = "" // nothing stands where an address is due
	}
	return p
}

// valid tells whether a place's parts are ids and, where there are any, an
// address and a port.
func (k serverKind) valid(p place) bool {
	if !tfkit.ValidName(p.group) || !tfkit.ValidName(p.server) || k.ported && (p.port < 1 || p.port > 65535) {
		return false
	}
	_, err := netip.ParseAddr(p.address)
	return p.address == "" || err == nil
}
