package alicloud

import (
	"context"
	"net/netip"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// identitySchema is that of one member.
func (k serverKind) identitySchema() identityschema.Schema {
	attributes := map[string]identityschema.Attribute{
		"region":    identityschema.StringAttribute{OptionalForImport: true, Description: "Region; defaults to the provider's."},
		k.attribute: identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the " + k.object + "."},
		"server_id": identityschema.StringAttribute{RequiredForImport: true, Description: k.serverText()},
		"server_ip": identityschema.StringAttribute{OptionalForImport: true, Description: "IP address of an eni or eci."},
	}
	if k.ported {
		attributes["port"] = identityschema.Int64Attribute{
			RequiredForImport: !k.anyPort, OptionalForImport: k.anyPort, Description: "Port of the server.",
		}
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
	parts := []string{p.group, k.written(p.server)}
	if p.address != "" {
		parts = append(parts, k.written(p.address))
	}
	if k.ported {
		parts = append(parts, strconv.Itoa(p.port))
	}
	return strings.Join(parts, ":")
}

// written is a part of an import id: an IPv6 address in brackets, but for SLB's,
// which have none.
func (k serverKind) written(part string) string {
	if k.takesIP() && strings.Contains(part, ":") {
		return "[" + part + "]"
	}
	return part
}

// importFormat says how an import id is written.
func (k serverKind) importFormat() string {
	group, port := "<"+k.attribute+">", ""
	if k.ported {
		port = ":<port>"
	}
	text := group + ":<server_id>" + port + ", or " + group + ":<server_id>:<server_ip>" + port + " for a network interface"
	if k.takesIP() {
		text += ", with an IPv6 address in brackets"
	}
	return text
}

// importExample is an import id.
func (k serverKind) importExample() string {
	return k.importID(place{group: k.example, server: "i-bp1example", port: 8080})
}

// parseID takes an import id apart. What is malformed comes out as a place that
// is not valid. An IPv6 address may stand in brackets; one that is a server's id
// must.
func (k serverKind) parseID(id string) (p place) {
	var rest string
	var more bool
	p.group, rest, _ = strings.Cut(id, ":")
	if inner, after, closed := strings.Cut(rest, "]"); closed && strings.HasPrefix(inner, "[") && k.takesIP() {
		p.server = inner[1:]
		rest, more = strings.CutPrefix(after, ":")
		if after != "" && !more || !strings.Contains(p.server, ":") {
			return place{}
		}
	} else {
		p.server, rest, more = strings.Cut(rest, ":")
	}
	if k.ported {
		address, port := "", rest
		if i := strings.LastIndex(rest, ":"); i >= 0 {
			address, port, more = rest[:i], rest[i+1:], true
		} else {
			more = false // after the server is the port alone
		}
		rest, p.port = address, -1
		if n, err := strconv.ParseUint(port, 10, 16); err == nil && strconv.FormatUint(n, 10) == port {
			p.port = int(n)
		}
	}
	bare := strings.Contains(rest, ":") && !strings.HasPrefix(rest, "[")
	if p.address = strings.Trim(rest, "[]"); more && rest == "" || bare && k.takesIP() {
		p.server = "" // nothing, or not one thing, stands where an address is due
	}
	return p
}

// valid tells whether a place's parts are ids and, where there are any, an
// address and a port.
func (k serverKind) valid(p place) bool {
	server := tfkit.ValidName(p.server)
	if _, err := netip.ParseAddr(p.server); err == nil {
		server = k.takesIP() && p.address == "" // it is its own address
	}
	if !tfkit.ValidName(p.group) || !server || k.ported && (p.port < k.leastPort() || p.port > 65535) {
		return false
	}
	_, err := netip.ParseAddr(p.address)
	return p.address == "" || err == nil
}
