package alicloud

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*backendServer)(nil)
	_ resource.ResourceWithImportState    = (*backendServer)(nil)
	_ resource.ResourceWithIdentity       = (*backendServer)(nil)
	_ resource.ResourceWithModifyPlan     = (*backendServer)(nil)
	_ resource.ResourceWithValidateConfig = (*backendServer)(nil)
)

// backendServer is cloudlb_slb_backend_server: one member of the default
// server group of a load balancer.
type backendServer struct {
	tfkit.Verbs[backendServerModel, *backendServerModel]
}

func newBackendServer() resource.Resource { return &backendServer{} }

func (r *backendServer) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_slb_backend_server"
}

func (r *backendServer) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One member of the default server group of an SLB (CLB) load balancer. Other members of the " +
			"group are never touched. For a member of a vserver group use `cloudlb_slb_vserver_group_server`.",
		Attributes: serverAttributes(tfkit.CommonAttributes(defaultWeight)),
		Blocks:     tfkit.Blocks(),
	}
	resp.Schema.Attributes["load_balancer_id"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Id of the load balancer. A change replaces the member.",
		Validators:          []validator.String{tfkit.Name("a load balancer id")},
		PlanModifiers:       replace(),
	}
}

func (r *backendServer) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"region":           identityschema.StringAttribute{OptionalForImport: true, Description: "Region; defaults to the provider's."},
		"load_balancer_id": identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the load balancer."},
		"server_id":        identityschema.StringAttribute{RequiredForImport: true, Description: "Id of the server."},
		"server_ip":        identityschema.StringAttribute{OptionalForImport: true, Description: "IP address of an eni or eci."},
	}}
}

type backendServerModel struct {
	server
	LoadBalancerID types.String `tfsdk:"load_balancer_id"`
}

type backendServerIdentity struct {
	Region         types.String `tfsdk:"region"`
	LoadBalancerID types.String `tfsdk:"load_balancer_id"`
	ServerID       types.String `tfsdk:"server_id"`
	ServerIP       types.String `tfsdk:"server_ip"`
}

func (m *backendServerModel) Known() bool {
	return tfkit.Known(m.LoadBalancerID, m.ServerID, m.Type, m.ServerIP)
}

func (m *backendServerModel) Member() membership.Member { return m.member(0) }

func (m *backendServerModel) Locate(members []membership.Member) (membership.Member, error) {
	return m.locate(0, members)
}

func (m *backendServerModel) Observe(seen membership.Member) {
	m.observe(seen)
	m.ID = types.StringValue(m.importID())
}

func (m *backendServerModel) Identity() any {
	return backendServerIdentity{
		Region: m.InRegion(), LoadBalancerID: m.LoadBalancerID, ServerID: m.ServerID, ServerIP: addressOrNull(m.Member()),
	}
}

// importID is <load_balancer_id>:<server_id>[:<server_ip>].
func (m *backendServerModel) importID() string {
	id := m.LoadBalancerID.ValueString() + ":" + m.ServerID.ValueString()
	if a := m.Member().Key.Address; a != "" {
		id += ":" + a
	}
	return id
}

func (r *backendServer) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	s := configured(req, resp)
	if s == nil {
		return
	}
	r.Verbs = tfkit.Verbs[backendServerModel, *backendServerModel]{
		Type:    "cloudlb_slb_backend_server",
		Noun:    "backend server",
		Session: s,
		Open: func(region string, m *backendServerModel) (*membership.Handle, error) {
			return s.backendServers(region, m.LoadBalancerID.ValueString())
		},
		Change: func(state, plan *backendServerModel) membership.Change { return change(state.Member(), plan.Member()) },
		Advise: func(err error, m *backendServerModel) tfkit.Advice {
			return advise(err, "load_balancer_id", tfkit.AlreadyThere(m.importID()), m.InRegion().ValueString())
		},
	}
}

func (r *backendServer) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	r.Validated(ctx, req.Config)
	var m backendServerModel
	if resp.Diagnostics.Append(req.Config.Get(ctx, &m)...); !resp.Diagnostics.HasError() {
		m.validate(path.Empty(), &resp.Diagnostics)
	}
}

func (r *backendServer) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var id backendServerIdentity
	if tfkit.ByIdentity(req) {
		resp.Diagnostics.Append(req.Identity.Get(ctx, &id)...)
	} else {
		parts := strings.SplitN(req.ID, ":", 3)
		if len(parts) < 2 {
			parts = append(parts, "")
		}
		id.LoadBalancerID, id.ServerID = types.StringValue(parts[0]), types.StringValue(parts[1])
		if len(parts) == 3 {
			id.ServerIP = types.StringValue(strings.Trim(parts[2], "[]"))
			if parts[2] == "" {
				id.ServerID = types.StringValue("") // nothing after the colon
			}
		}
	}
	const format = "<load_balancer_id>:<server_id>, or <load_balancer_id>:<server_id>:<server_ip> for a network interface"
	if !resp.Diagnostics.HasError() && !validServer(id.LoadBalancerID, id.ServerID, id.ServerIP) {
		resp.Diagnostics.Append(tfkit.MalformedImport(req.ID, format, "lb-bp1example:i-bp1example"))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if id.ServerIP.ValueString() == "" {
		id.ServerIP = types.StringNull()
	}
	tfkit.SetImported(ctx, resp, map[string]types.String{
		"region": id.Region, "load_balancer_id": id.LoadBalancerID, "server_id": id.ServerID, "server_ip": id.ServerIP,
	})
	resp.Diagnostics.Append(resp.Identity.Set(ctx, id)...)
}
