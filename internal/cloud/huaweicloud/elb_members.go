package huaweicloud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var _ tfkit.Resource = (*elbMembers)(nil)

// elbMembers is cloudlb_elb_members: members of an ELB pool.
type elbMembers struct {
	tfkit.SetVerbs[elbMembersModel, elbMemberItem, *elbMembersModel, *elbMemberItem]
}

func newELBMembers() resource.Resource {
	return &elbMembers{tfkit.SetVerbs[elbMembersModel, elbMemberItem, *elbMembersModel, *elbMemberItem]{
		Type:           "cloudlb_elb_members",
		Noun:           "member",
		GroupAttribute: "pool_id",
		Attribute:      "members",
		Example:        "36ce7086-a496-4666-9064-5ba0e6840c75",
		Change:         inPlace,
		Advise: func(err error, m *elbMembersModel) tfkit.Advice {
			return advise(err, tfkit.AlreadyThereInSet(m.Group()), m.InRegion().ValueString())
		},
	}}
}

func (r *elbMembers) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_elb_members"
	// What was moved here has no region in its identity until it is read, which
	// waits for a provider block that is known.
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *elbMembers) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Members of a pool of an ELB v3 load balancer: exactly those listed, or the whole pool." + tfkit.SetText,
		Attributes:          tfkit.SetAttributes("pool"),
		Blocks:              tfkit.Blocks(false),
	}
	resp.Schema.Attributes["pool_id"] = tfkit.GroupAttribute("the pool (backend server group)", "a pool id", false)
	resp.Schema.Attributes["members"] = tfkit.ItemsAttribute(backendAttributes.Resource(false))
}

type elbMembersModel struct {
	tfkit.SetCommon
	PoolID  types.String               `tfsdk:"pool_id"`
	Members tfkit.Items[elbMemberItem] `tfsdk:"members"`
}

func (m *elbMembersModel) Group() string { return m.PoolID.ValueString() }

func (m *elbMembersModel) Items() *tfkit.Items[elbMemberItem] { return &m.Members }

// elbMemberItem is one of many members.
type elbMemberItem struct{ backend }

func (i *elbMemberItem) Validate(at path.Path, diags *diag.Diagnostics) {
	tfkit.CheckRequired(at, "address", i.Address, diags)
}

// Inherit keeps what ELB has decided, and the spelling of what means the same.
func (i *elbMemberItem) Inherit(before elbMemberItem, sameLabel bool) {
	i.inherit(before.backend, sameLabel)
}

func (r *elbMembers) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	s, diags := tfkit.SessionOf[*session](req.ProviderData, Name)
	if resp.Diagnostics.Append(diags...); s == nil {
		return
	}
	r.Session = s
	r.Open = func(region string, m *elbMembersModel) (*membership.Handle, error) { return s.pool(region, m.Group()) }
	r.Notes = func(ctx context.Context, region string, m *elbMembersModel) diag.Diagnostics {
		return s.drainNotes(ctx, region, m.Group(), m.Drain())
	}
}
