package alicloud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*backendServers)(nil)
	_ resource.ResourceWithImportState    = (*backendServers)(nil)
	_ resource.ResourceWithIdentity       = (*backendServers)(nil)
	_ resource.ResourceWithModifyPlan     = (*backendServers)(nil)
	_ resource.ResourceWithValidateConfig = (*backendServers)(nil)
)

// backendServers is cloudlb_slb_backend_servers: members of the default server group of a load
// balancer.
type backendServers struct {
	tfkit.SetVerbs[backendServersModel, serverItem, *backendServersModel, *serverItem]
}

func newBackendServers() resource.Resource {
	return &backendServers{tfkit.SetVerbs[backendServersModel, serverItem, *backendServersModel, *serverItem]{
		Type:           "cloudlb_slb_backend_servers",
		Noun:           "backend server",
		GroupAttribute: "load_balancer_id",
		Attribute:      "servers",
		Example:        "lb-bp1example",
		Change:         inPlace,
		Advise: func(err error, m *backendServersModel) tfkit.Advice {
			return advise(err, "load_balancer_id", tfkit.AlreadyThereInSet(m.Group()), m.InRegion().ValueString())
		},
		Usual: usualQuota,
	}}
}

func (r *backendServers) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_slb_backend_servers"
}

func (r *backendServers) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Members of the default server group of an SLB (CLB) load balancer: exactly those listed, or the " +
			"whole group. For members of a vserver group use `cloudlb_slb_vserver_group_servers`." + tfkit.SetText,
		Attributes: tfkit.SetAttributes("load balancer"),
		Blocks:     tfkit.Blocks(),
	}
	resp.Schema.Attributes["load_balancer_id"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Id of the load balancer. A change replaces the members.",
		Validators:          []validator.String{tfkit.Name("a load balancer id")},
		PlanModifiers:       replace(),
	}
	resp.Schema.Attributes["servers"] = schema.MapNestedAttribute{
		Required:            true,
		MarkdownDescription: serversText,
		PlanModifiers:       tfkit.PlannedAsWhole(),
		NestedObject:        schema.NestedAttributeObject{Attributes: serverItemAttributes()},
	}
}

type backendServersModel struct {
	tfkit.SetCommon
	LoadBalancerID types.String            `tfsdk:"load_balancer_id"`
	Servers        tfkit.Items[serverItem] `tfsdk:"servers"`
}

func (m *backendServersModel) Group() string { return m.LoadBalancerID.ValueString() }

func (m *backendServersModel) Items() *tfkit.Items[serverItem] { return &m.Servers }

func (r *backendServers) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	s := configured(req, resp)
	if s == nil {
		return
	}
	r.Session = s
	r.Open = func(region string, m *backendServersModel) (*membership.Handle, error) {
		return s.backendServers(region, m.Group())
	}
}
