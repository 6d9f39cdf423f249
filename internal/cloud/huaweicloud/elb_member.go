package huaweicloud

import (
	"context"
	"maps"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var _ tfkit.Single = (*elbMember)(nil)

// elbMember is cloudlb_elb_member: one member of an ELB pool.
type elbMember struct {
	tfkit.Verbs[elbMemberModel, *elbMemberModel]
}

func newELBMember() resource.Resource {
	return &elbMember{tfkit.Verbs[elbMemberModel, *elbMemberModel]{
		Type:    "cloudlb_elb_member",
		Noun:    "member",
		Origins: memberOrigins,
		Change: func(state, plan *elbMemberModel) membership.Change {
			return membership.Diff(state.Member(), plan.Member())
		},
		Advise: func(err error, m *elbMemberModel) tfkit.Advice {
			return advise(err, tfkit.AlreadyThere(m.PoolID.ValueString()+"/"+m.Member().Key.String()), m.InRegion().ValueString())
		},
	}}
}

func (r *elbMember) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_elb_member"
	// The id of a member that somebody took out and put in again is a new one.
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *elbMember) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One member of a pool of an ELB v3 load balancer. Other members of the pool are never touched.",
		Attributes:          tfkit.CommonAttributes(),
		Blocks:              tfkit.Blocks(false),
	}
	maps.Copy(resp.Schema.Attributes, backendAttributes.Resource(true))
	maps.Copy(resp.Schema.Attributes, vendorsAttributes.Resource(true))
	resp.Schema.Attributes["pool_id"] = tfkit.GroupAttribute("the pool (backend server group)", "a pool id", true)
}

func (r *elbMember) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region":    identityschema.StringAttribute{OptionalForImport: true, Description: "Region; defaults to the provider's."},
		"pool_id":   identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the pool."},
		"member_id": identityschema.StringAttribute{RequiredForImport: true, Description: "ELB's own id of the member."},
	}}
}

type elbMemberModel struct {
	tfkit.Base
	backend
	vendors
	PoolID types.String `tfsdk:"pool_id"`
}

type elbMemberIdentity struct {
	Region   types.String `tfsdk:"region"`
	PoolID   types.String `tfsdk:"pool_id"`
	MemberID types.String `tfsdk:"member_id"`
}

func (m *elbMemberModel) Known() bool { return m.backend.Known() && !m.PoolID.IsUnknown() }

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
	m.backend.Observe(seen)
	m.observe(seen)
	m.ID = types.StringNull()
	if seen.ID != "" {
		m.ID = types.StringValue(m.PoolID.ValueString() + "/" + seen.ID)
	}
}

func (m *elbMemberModel) Identity() any {
	return elbMemberIdentity{Region: m.InRegion(), PoolID: m.PoolID, MemberID: m.MemberID}
}

func (r *elbMember) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	s, diags := tfkit.SessionOf[*session](req.ProviderData, Name)
	if resp.Diagnostics.Append(diags...); s == nil {
		return
	}
	r.Session = s
	r.Open = func(region string, m *elbMemberModel) (*membership.Handle, error) {
		return s.pool(region, m.PoolID.ValueString())
	}
	r.Notes = func(ctx context.Context, region string, m *elbMemberModel) diag.Diagnostics {
		return s.drainNotes(ctx, region, m.PoolID.ValueString(), m.Drain())
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
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("protocol_port"), tfkit.Number(key.Port))...)
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
