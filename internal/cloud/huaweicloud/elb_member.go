package huaweicloud

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64default"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*elbMember)(nil)
	_ resource.ResourceWithImportState    = (*elbMember)(nil)
	_ resource.ResourceWithIdentity       = (*elbMember)(nil)
	_ resource.ResourceWithModifyPlan     = (*elbMember)(nil)
	_ resource.ResourceWithValidateConfig = (*elbMember)(nil)
)

// elbMember is cloudlb_elb_member: one member of an ELB pool.
type elbMember struct {
	tfkit.Verbs[elbMemberModel, *elbMemberModel]
}

func newELBMember() resource.Resource { return &elbMember{} }

func (r *elbMember) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_elb_member"
	// The id of a member that somebody took out and put in again is a new one.
	resp.ResourceBehavior.MutableIdentity = true
}

// defaultWeight is ELB's weight of a member that names none.
const defaultWeight = 1

func (r *elbMember) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	replace := []planmodifier.String{stringplanmodifier.RequiresReplace()}
	keep := []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
	attributes := tfkit.CommonAttributes(defaultWeight)
	maps.Copy(attributes, map[string]schema.Attribute{
		"pool_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Id of the pool (backend server group). A change replaces the member.",
			Validators:          []validator.String{tfkit.Name("a pool id")},
			PlanModifiers:       replace,
		},
		"address": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: addressText + " A change replaces the member.",
			Validators:          []validator.String{tfkit.RequiredAddress()},
			PlanModifiers:       append([]planmodifier.String{tfkit.Text("", tfkit.SameAddress)}, replace...),
		},
		"protocol_port": schema.Int64Attribute{
			Optional: true, Computed: true,
			Default:             int64default.StaticInt64(0),
			MarkdownDescription: portText,
			Validators:          []validator.Int64{int64validator.Between(0, 65535)},
		},
		"subnet_cidr_id": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: subnetText + " A change replaces the member.",
			Validators:          []validator.String{tfkit.OptionalName("a subnet id")},
			PlanModifiers:       append([]planmodifier.String{tfkit.Text("", nil)}, replace...),
		},
		"name": schema.StringAttribute{
			Optional: true, Computed: true,
			Default:             stringdefault.StaticString(""),
			MarkdownDescription: nameText,
			Validators:          []validator.String{stringvalidator.UTF8LengthAtMost(255)},
		},
		"availability_zone": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: zoneText,
			Validators:          []validator.String{tfkit.OptionalName("an availability zone")},
			PlanModifiers:       []planmodifier.String{tfkit.VendorsText()},
		},
		"member_id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: memberIDText,
			PlanModifiers:       keep,
		},
		"ip_version": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`v4` or `v6`.",
			PlanModifiers:       keep,
		},
		"member_type": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`instance` for a cloud server, `ip` for a bare address.",
			PlanModifiers:       keep,
		},
		"instance_id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "Id of the server behind the address, where ELB knows one.",
			PlanModifiers:       keep,
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "One member of a pool of an ELB v3 load balancer. Other members of the pool are never touched.",
		Attributes:          attributes,
		Blocks:              tfkit.Blocks(),
	}
}

func (r *elbMember) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region":    identityschema.StringAttribute{OptionalForImport: true, Description: "Region; defaults to the provider's."},
		"pool_id":   identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the pool."},
		"member_id": identityschema.StringAttribute{RequiredForImport: true, Description: "ELB's own id of the member."},
	}}
}

type elbMemberModel struct {
	tfkit.Common
	PoolID           types.String `tfsdk:"pool_id"`
	Address          types.String `tfsdk:"address"`
	ProtocolPort     types.Int64  `tfsdk:"protocol_port"`
	SubnetCidrID     types.String `tfsdk:"subnet_cidr_id"`
	Name             types.String `tfsdk:"name"`
	AvailabilityZone types.String `tfsdk:"availability_zone"`
	MemberID         types.String `tfsdk:"member_id"`
	IPVersion        types.String `tfsdk:"ip_version"`
	MemberType       types.String `tfsdk:"member_type"`
	InstanceID       types.String `tfsdk:"instance_id"`
}

type elbMemberIdentity struct {
	Region   types.String `tfsdk:"region"`
	PoolID   types.String `tfsdk:"pool_id"`
	MemberID types.String `tfsdk:"member_id"`
}

func (m *elbMemberModel) Known() bool {
	return tfkit.Known(m.PoolID, m.Address, m.ProtocolPort, m.SubnetCidrID)
}

func (m *elbMemberModel) Member() membership.Member {
	return membership.Member{
		Key: membership.Key{
			Address: membership.NormalAddress(m.Address.ValueString()),
			Port:    int(m.ProtocolPort.ValueInt64()),
		},
		ID:     m.MemberID.ValueString(),
		Weight: int(m.Weight.ValueInt64()),
		Name:   m.Name.ValueString(),
		Subnet: m.SubnetCidrID.ValueString(),
		Zone:   m.AvailabilityZone.ValueString(),
	}
}

// Locate finds the member by ELB's id; by address and port where that is not
// known, after an import or a create whose answer was lost, and where it is gone:
// a member that somebody has taken out and put in again is the same one with a
// new id.
func (m *elbMemberModel) Locate(members []membership.Member) (membership.Member, error) {
	wanted := m.Member()
	if found, ok := membership.Find(members, wanted); ok {
		return found, nil
	}
	name := wanted.ID
	if name == "" {
		name = wanted.Key.String()
	}
	return membership.Member{}, &membership.Error{Class: membership.MemberNotFound, Message: "no member " + name + " is listed"}
}

func (m *elbMemberModel) Observe(seen membership.Member) {
	m.Address = tfkit.Seen(m.Address, seen.Key.Address, tfkit.SameAddress)
	m.ProtocolPort = types.Int64Value(int64(seen.Key.Port))
	m.Weight = types.Int64Value(int64(seen.Weight))
	m.Name = types.StringValue(seen.Name)
	m.SubnetCidrID = types.StringValue(seen.Subnet)
	m.AvailabilityZone = zone(m.AvailabilityZone, seen)
	m.MemberID = orNull(seen.ID)
	m.IPVersion = orNull(seen.Observed.IPVersion)
	m.MemberType = orNull(seen.Observed.MemberType)
	m.InstanceID = orNull(seen.Observed.Instance)
	m.ID = types.StringNull()
	if seen.ID != "" {
		m.ID = types.StringValue(m.PoolID.ValueString() + "/" + seen.ID)
	}
}

// zone is the zone that ELB lists, unless "" is configured: then what ELB has
// decided is left out of state, as it was planned.
func zone(now types.String, seen membership.Member) types.String {
	if now == types.StringValue("") {
		return now
	}
	return types.StringValue(seen.Zone)
}

func orNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

func (m *elbMemberModel) Identity() any {
	return elbMemberIdentity{Region: m.InRegion(), PoolID: m.PoolID, MemberID: m.MemberID}
}

func (r *elbMember) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	s, diags := tfkit.SessionOf[*session](req.ProviderData, Name)
	if resp.Diagnostics.Append(diags...); s == nil {
		return
	}
	r.Verbs = tfkit.Verbs[elbMemberModel, *elbMemberModel]{
		Type:    "cloudlb_elb_member",
		Noun:    "member",
		Session: s,
		Open: func(region string, m *elbMemberModel) (*membership.Handle, error) {
			return s.pool(region, m.PoolID.ValueString())
		},
		Change: func(state, plan *elbMemberModel) membership.Change {
			return membership.Diff(state.Member(), plan.Member())
		},
		Advise: func(err error, m *elbMemberModel) tfkit.Advice {
			return advise(err, tfkit.AlreadyThere(m.PoolID.ValueString()+"/"+m.Member().Key.String()), m.InRegion().ValueString())
		},
		Notes: func(ctx context.Context, region string, m *elbMemberModel) diag.Diagnostics {
			return s.drainNotes(ctx, region, m.PoolID.ValueString(), m.Drain())
		},
	}
}

func (r *elbMember) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, _ *resource.ValidateConfigResponse) {
	r.Validated(ctx, req.Config)
}

func (r *elbMember) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var id elbMemberIdentity
	var key membership.Key
	ok := true
	if tfkit.ByIdentity(req) {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...)
	} else {
		pool, member, _ := strings.Cut(req.ID, "/")
		id.PoolID = types.StringValue(pool)
		if key, ok = parseAddressPort(member); !ok {
			id.MemberID, ok = types.StringValue(member), true
		}
	}
	ok = ok && tfkit.ValidName(id.PoolID.ValueString()) && (key.Address != "" || tfkit.ValidName(id.MemberID.ValueString()))
	if !resp.Diagnostics.HasError() && !ok {
		resp.Diagnostics.Append(tfkit.MalformedImport(req.ID,
			"<pool_id>/<member_id> or <pool_id>/<address>:<protocol_port> (an IPv6 address in brackets)",
			"36ce7086-a496-4666-9064-5ba0e6840c75/10.0.0.5:8080"))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	tfkit.SetImported(ctx, resp, map[string]types.String{"region": id.Region, "pool_id": id.PoolID, "member_id": id.MemberID})
	if key.Address != "" {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("address"), key.Address)...)
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("protocol_port"), int64(key.Port))...)
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, id)...)
}

// parseAddressPort reads 10.0.0.5:8080 and [2001:db8::5]:8080.
func parseAddressPort(s string) (membership.Key, bool) {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return membership.Key{}, false
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return membership.Key{}, false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return membership.Key{}, false
	}
	return membership.Key{Address: address.String(), Port: int(n)}, true
}
