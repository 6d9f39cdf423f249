package alicloud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*vserverGroupServers)(nil)
	_ resource.ResourceWithImportState    = (*vserverGroupServers)(nil)
	_ resource.ResourceWithIdentity       = (*vserverGroupServers)(nil)
	_ resource.ResourceWithModifyPlan     = (*vserverGroupServers)(nil)
	_ resource.ResourceWithValidateConfig = (*vserverGroupServers)(nil)
)

// vserverGroupServers is cloudlb_slb_vserver_group_servers: members of a vserver group.
type vserverGroupServers struct {
	tfkit.SetVerbs[vserverGroupServersModel, portItem, *vserverGroupServersModel, *portItem]
}

func newVServerGroupServers() resource.Resource {
	return &vserverGroupServers{tfkit.SetVerbs[vserverGroupServersModel, portItem, *vserverGroupServersModel, *portItem]{
		Type:           "cloudlb_slb_vserver_group_servers",
		Noun:           "vserver group server",
		GroupAttribute: "vserver_group_id",
		Attribute:      "servers",
		Example:        "rsp-bp1example",
		Change:         inPlace,
		Advise: func(err error, m *vserverGroupServersModel) tfkit.Advice {
			return advise(err, "vserver_group_id", tfkit.AlreadyThereInSet(m.Group()), m.InRegion().ValueString())
		},
		Usual: usualQuota,
	}}
}

func (r *vserverGroupServers) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_slb_vserver_group_servers"
}

func (r *vserverGroupServers) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	item := serverItemAttributes()
	item["port"] = schema.Int64Attribute{
		Optional:            true,
		MarkdownDescription: tfkit.RequiredText + "Port of the server, 1 to 65535.",
		Validators:          []validator.Int64{int64validator.Between(1, 65535)},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Members of a vserver group of an SLB (CLB) load balancer: exactly those listed, or the whole " +
			"group." + tfkit.SetText,
		Attributes: tfkit.SetAttributes("vserver group"),
		Blocks:     tfkit.Blocks(),
	}
	resp.Schema.Attributes["vserver_group_id"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Id of the vserver group. A change replaces the members.",
		Validators:          []validator.String{tfkit.Name("a vserver group id")},
		PlanModifiers:       replace(),
	}
	resp.Schema.Attributes["servers"] = schema.MapNestedAttribute{
		Required:            true,
		MarkdownDescription: serversText,
		PlanModifiers:       tfkit.PlannedAsWhole(),
		NestedObject:        schema.NestedAttributeObject{Attributes: item},
	}
}

type vserverGroupServersModel struct {
	tfkit.SetCommon
	VServerGroupID types.String          `tfsdk:"vserver_group_id"`
	Servers        tfkit.Items[portItem] `tfsdk:"servers"`
}

func (m *vserverGroupServersModel) Group() string { return m.VServerGroupID.ValueString() }

func (m *vserverGroupServersModel) Items() *tfkit.Items[portItem] { return &m.Servers }

func (r *vserverGroupServers) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	s := configured(req, resp)
	if s == nil {
		return
	}
	r.Session = s
	r.Open = func(region string, m *vserverGroupServersModel) (*membership.Handle, error) {
		return s.vserverGroup(region, m.Group())
	}
}
