package alicloud

import (
	"context"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*vserverGroupServer)(nil)
	_ resource.ResourceWithImportState    = (*vserverGroupServer)(nil)
	_ resource.ResourceWithIdentity       = (*vserverGroupServer)(nil)
	_ resource.ResourceWithModifyPlan     = (*vserverGroupServer)(nil)
	_ resource.ResourceWithValidateConfig = (*vserverGroupServer)(nil)
)

// vserverGroupServer is cloudlb_slb_vserver_group_server: one member, on one
// port, of a vserver group.
type vserverGroupServer struct {
	tfkit.Verbs[vserverGroupServerModel, *vserverGroupServerModel]
}

func newVServerGroupServer() resource.Resource { return &vserverGroupServer{} }

func (r *vserverGroupServer) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_slb_vserver_group_server"
}

func (r *vserverGroupServer) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One member, on one port, of a vserver group of an SLB (CLB) load balancer. Other members of the " +
			"group are never touched.",
		Attributes: serverAttributes(tfkit.CommonAttributes(defaultWeight)),
		Blocks:     tfkit.Blocks(),
	}
	resp.Schema.Attributes["vserver_group_id"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Id of the vserver group. A change replaces the member.",
		Validators:          []validator.String{tfkit.Name("a vserver group id")},
		PlanModifiers:       replace(),
	}
	resp.Schema.Attributes["port"] = schema.Int64Attribute{
		Required:            true,
		MarkdownDescription: "Port of the server, 1 to 65535. A change replaces the member.",
		Validators:          []validator.Int64{int64validator.Between(1, 65535)},
		PlanModifiers:       []planmodifier.Int64{int64planmodifier.RequiresReplace()},
	}
}

func (r *vserverGroupServer) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region":           identityschema.StringAttribute{OptionalForImport: true, Description: "Region; defaults to the provider's."},
		"vserver_group_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the vserver group."},
		"server_id":        identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the server."},
		"server_ip":        identityschema.StringAttribute{OptionalForImport: true, Description: "IP address of an eni or eci."},
		"port":             identityschema.Int64Attribute{RequiredForImport: true, Description: "Port of the server."},
	}}
}

type vserverGroupServerModel struct {
	server
	VServerGroupID types.String `tfsdk:"vserver_group_id"`
	Port           types.Int64  `tfsdk:"port"`
}

type vserverGroupServerIdentity struct {
	Region         types.String `tfsdk:"region"`
	VServerGroupID types.String `tfsdk:"vserver_group_id"`
	ServerID       types.String `tfsdk:"server_id"`
	ServerIP       types.String `tfsdk:"server_ip"`
	Port           types.Int64  `tfsdk:"port"`
}

func (m *vserverGroupServerModel) port() int { return int(m.Port.ValueInt64()) }

func (m *vserverGroupServerModel) Known() bool {
	return tfkit.Known(m.VServerGroupID, m.ServerID, m.Type, m.ServerIP, m.Port)
}

func (m *vserverGroupServerModel) Member() membership.Member { return m.member(m.port()) }

func (m *vserverGroupServerModel) Locate(members []membership.Member) (membership.Member, error) {
	return m.locate(m.port(), members)
}

func (m *vserverGroupServerModel) Observe(seen membership.Member) {
	m.observe(seen)
	m.ID = types.StringValue(m.importID())
}

func (m *vserverGroupServerModel) Identity() any {
	return vserverGroupServerIdentity{
		Region: m.InRegion(), VServerGroupID: m.VServerGroupID, ServerID: m.ServerID, ServerIP: addressOrNull(m.Member()), Port: m.Port,
	}
}

// importID is <vserver_group_id>:<server_id>[:<server_ip>]:<port>.
func (m *vserverGroupServerModel) importID() string {
	id := m.VServerGroupID.ValueString() + ":" + m.ServerID.ValueString()
	if a := m.Member().Key.Address; a != "" {
		id += ":" + a
	}
	return id + ":" + strconv.Itoa(m.port())
}

func (r *vserverGroupServer) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	s := configured(req, resp)
	if s == nil {
		return
	}
	r.Verbs = tfkit.Verbs[vserverGroupServerModel, *vserverGroupServerModel]{
		Type:    "cloudlb_slb_vserver_group_server",
		Noun:    "vserver group server",
		Session: s,
		Open: func(region string, m *vserverGroupServerModel) (*membership.Handle, error) {
			return s.vserverGroup(region, m.VServerGroupID.ValueString())
		},
		Change: func(state, plan *vserverGroupServerModel) membership.Change {
			return change(state.Member(), plan.Member())
		},
		Advise: func(err error, m *vserverGroupServerModel) tfkit.Advice {
			return advise(err, "vserver_group_id", tfkit.AlreadyThere(m.importID()), m.InRegion().ValueString())
		},
	}
}

func (r *vserverGroupServer) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	r.Validated(ctx, req.Config)
	var m vserverGroupServerModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); !resp.Diagnostics.HasError() {
		m.validate(path.Empty(), &resp.Diagnostics)
	}
}

func (r *vserverGroupServer) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var id vserverGroupServerIdentity
	if tfkit.ByIdentity(req) {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...)
	} else {
		id = parseVServerGroupServerID(req.ID)
	}
	const format = "<vserver_group_id>:<server_id>:<port>, or <vserver_group_id>:<server_id>:<server_ip>:<port> for a network interface"
	port := id.Port.ValueInt64()
	if !resp.Diagnostics.HasError() && (!validServer(id.VServerGroupID, id.ServerID, id.ServerIP) || port < 1 || port > 65535) {
		resp.Diagnostics.Append(tfkit.MalformedImport(req.ID, format, "rsp-bp1example:i-bp1example:8080"))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if id.ServerIP.ValueString() == "" {
		id.ServerIP = types.StringNull()
	}
	tfkit.SetImported(ctx, resp, map[string]types.String{
		"region": id.Region, "vserver_group_id": id.VServerGroupID, "server_id": id.ServerID, "server_ip": id.ServerIP,
	})
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("port"), id.Port)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, id)...)
}

// parseVServerGroupServerID takes an import id apart. What is malformed comes
// out as parts that are not valid. An IPv6 address may stand in brackets.
func parseVServerGroupServerID(id string) (parsed vserverGroupServerIdentity) {
	group, rest, _ := strings.Cut(id, ":")
	server, rest, _ := strings.Cut(rest, ":")
	parsed.VServerGroupID, parsed.ServerID = types.StringValue(group), types.StringValue(server)
	if i := strings.LastIndex(rest, ":"); i >= 0 {
		parsed.ServerIP = types.StringValue(strings.Trim(rest[:i], "[]"))
		if i == 0 {
			parsed.ServerID = types.StringValue("") // nothing between two colons
		}
		rest = rest[i+1:]
	}
	if port, err := strconv.ParseUint(rest, 10, 16); err == nil && strconv.FormatUint(port, 10) == rest {
		parsed.Port = types.Int64Value(int64(port))
	}
	return parsed
}
