package alicloud

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// The types of a backend server (SLB API AddBackendServers, parameter Type).
const (
	typeECS = "ecs"
	typeENI = "eni"
	typeECI = "eci"
)

// defaultWeight is SLB's weight of a member that names none.
const defaultWeight = 100

// descriptionPattern is what SLB accepts as a description (SLB API
// AddBackendServers, parameter Description).
var descriptionPattern = regexp.MustCompile(`^[\p{L}\p{N}/._-]{1,80}$`)

// backend is what a member of an SLB group is, in a resource of one member and
// in one of many.
type backend struct {
	ServerID    types.String `tfsdk:"server_id"`
	Type        types.String `tfsdk:"type"`
	ServerIP    types.String `tfsdk:"server_ip"`
	Description types.String `tfsdk:"description"`
}

// server are the attributes that a member of SLB's default group and one of a
// vserver group share; a model embeds it.
type server struct {
	tfkit.Common
	backend
}

func replace() []planmodifier.String {
	return []planmodifier.String{stringplanmodifier.RequiresReplace()}
}

// serverAttributes adds the schema of server to the attributes of a resource.
func serverAttributes(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	const change = " A change replaces the member."
	maps.Copy(attributes, map[string]schema.Attribute{
		"server_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: serverIDText + change,
			Validators:          []validator.String{tfkit.Name("a server id")},
			PlanModifiers:       replace(),
		},
		"type": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: typeText + change,
			Validators:          []validator.String{typeValidator},
			PlanModifiers:       append([]planmodifier.String{tfkit.Text(typeECS, nil)}, replace()...),
		},
		"server_ip": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: serverIPText + change,
			Validators:          []validator.String{tfkit.Address()},
			PlanModifiers:       append([]planmodifier.String{tfkit.Text("", tfkit.SameAddress)}, replace()...),
		},
		"description": descriptionAttribute(tfkit.Text("", nil)),
	})
	return attributes
}

const (
	serverIDText = "Id of the ECS instance, elastic network interface or container group."
	typeText     = "Kind of server: `ecs` (the default), `eni` or `eci`; the latter two only on load balancers of a " +
		"guaranteed-performance specification."
	serverIPText = "IP address of the network interface. Required with type `eni` and `eci`, refused with `ecs`."
)

var typeValidator = tfkit.UnlessEmpty(stringvalidator.OneOf(typeECS, typeENI, typeECI))

func descriptionAttribute(modifiers ...planmodifier.String) schema.Attribute {
	return schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Text at the member: 1 to 80 letters, digits, `-`, `/`, `.` and `_`. Changed in place.",
		Validators: []validator.String{tfkit.UnlessEmpty(stringvalidator.RegexMatches(descriptionPattern,
			"must be 1 to 80 letters, digits, '-', '/', '.' and '_'"))},
		PlanModifiers: modifiers,
	}
}

// kind is the member's type; ecs where it is left out.
func (b *backend) kind() string {
	if kind := b.Type.ValueString(); kind != "" {
		return kind
	}
	return typeECS
}

// validate checks what no single attribute can: the type against the IP. at is
// where the attributes are.
func (b *backend) validate(at path.Path, diags *diag.Diagnostics) {
	if !tfkit.Known(b.Type, b.ServerIP) {
		return
	}
	where, given := at.AtName("server_ip"), b.ServerIP.ValueString() != ""
	switch b.kind() {
	case typeECS:
		if given {
			diags.AddAttributeError(where, "server_ip goes with type eni and eci only",
				where.String()+": a member of type ecs is the instance itself; SLB reaches it at its primary address. "+
					`Remove server_ip, or set type = "eni" and give the network interface's id as server_id.`)
		}
	case typeENI, typeECI:
		if !given {
			diags.AddAttributeError(where, "server_ip is required with type "+b.kind(),
				where.String()+": a network interface can have several addresses, each of them a member of its own: say which one.")
		}
	}
}

// member is the membership, on a port or (0) in the default group.
func (b *backend) member(port int, weight types.Int64) membership.Member {
	m := membership.Member{
		Key:    membership.Key{Server: b.ServerID.ValueString(), Port: port},
		Weight: int(weight.ValueInt64()),
		Type:   b.kind(),
		Name:   b.Description.ValueString(),
	}
	if m.Type != typeECS {
		m.Key.Address = membership.NormalAddress(b.ServerIP.ValueString())
	}
	return m
}

// observe takes over what SLB lists.
func (b *backend) observe(m membership.Member) {
	b.ServerID = types.StringValue(m.Key.Server)
	if m.Type != "" && (b.Type.IsNull() || b.Type.IsUnknown() || b.kind() != m.Type) {
		b.Type = types.StringValue(m.Type)
	}
	b.ServerIP = tfkit.Seen(b.ServerIP, m.Key.Address, tfkit.SameAddress)
	b.Description = tfkit.Seen(b.Description, m.Name, nil)
}

// inherit keeps the spelling of a member that is under the same label as before.
func (b *backend) inherit(before backend) {
	if b.kind() == before.kind() {
		b.Type = before.Type
	}
	if tfkit.SameAddress(b.ServerIP.ValueString(), before.ServerIP.ValueString()) {
		b.ServerIP = before.ServerIP
	}
}

func (s *server) member(port int) membership.Member { return s.backend.member(port, s.Weight) }

// locate finds the member on a port. After an import the type is not known,
// and the address may not be either.
func (s *server) locate(port int, members []membership.Member) (membership.Member, error) {
	wanted := s.member(port)
	imported := s.Type.IsNull()
	var found []membership.Member
	for _, m := range members {
		if m.Key == wanted.Key || imported && m.Key.Server == wanted.Key.Server && m.Key.Port == port && wanted.Key.Address == "" {
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
		"%d members belong to %s; name one of its addresses in the import id, such as %s",
		len(found), wanted.Key.Server, found[0].Key)}
}

// observe takes over what SLB lists.
func (s *server) observe(m membership.Member) {
	s.Weight = types.Int64Value(int64(m.Weight))
	s.backend.observe(m)
}

// change is what turns one server into another in place. The member keeps its
// description unless the change speaks of it: SLB's calls may take an absent
// one for an empty one.
func change(from, to membership.Member) membership.Change {
	c := membership.Change{Member: from}
	if from.Weight != to.Weight {
		c.Weight = &to.Weight
	}
	if from.Name != to.Name {
		c.Name = &to.Name
	}
	return c
}

// addressOrNull is the address part of an identity.
func addressOrNull(m membership.Member) types.String {
	if m.Key.Address == "" {
		return types.StringNull()
	}
	return types.StringValue(m.Key.Address)
}

// advise says what a user may do about SLB's errors, and where they belong.
// group is the attribute that names the group, there what to do about a member
// that is in it already.
func advise(err error, group, there, region string) tfkit.Advice {
	e, ok := errors.AsType[*membership.Error](err)
	if !ok {
		return tfkit.Advice{}
	}
	at := func(name, format string, args ...any) tfkit.Advice {
		return tfkit.Advice{Path: path.Root(name), Text: fmt.Sprintf(format, args...)}
	}
	switch e.Class {
	case membership.NotFound:
		return at(group, "Check %s and the region (%s): SLB knows no such object there.", group, region)
	case membership.AlreadyExists:
		return at("server_id", "%s", there)
	case membership.MemberNotFound:
		return at("server_id", "Check that the server exists in region %s and is running.", region)
	case membership.Quota:
		return at(group, "Remove members, or ask Alibaba Cloud for a higher quota of backend servers per load balancer.")
	case membership.Denied:
		return tfkit.Advice{Text: "Check the provider's alicloud credentials, region and endpoints, and that the account may make this call."}
	case membership.Transient:
		if strings.HasSuffix(strings.ToLower(e.Code), "statusnotsupport") {
			return at(group, "Nothing was changed. Check that the load balancer and its listeners are running, and that it is not locked, as "+
				"it is while a payment is overdue. If it was only being changed, apply again.")
		}
	default:
	}
	return tfkit.Advice{}
}
