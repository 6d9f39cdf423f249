package huaweicloud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var (
	_ resource.ResourceWithConfigure      = (*elbMembers)(nil)
	_ resource.ResourceWithImportState    = (*elbMembers)(nil)
	_ resource.ResourceWithIdentity       = (*elbMembers)(nil)
	_ resource.ResourceWithModifyPlan     = (*elbMembers)(nil)
	_ resource.ResourceWithValidateConfig = (*elbMembers)(nil)
)

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
		Change:         changeListed,
		Advise: func(err error, m *elbMembersModel) tfkit.Advice {
			return advise(err, tfkit.AlreadyThereInSet(m.Group()), m.InRegion().ValueString())
		},
	}}
}

func (r *elbMembers) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_elb_members"
}

func (r *elbMembers) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Members of a pool of an ELB v3 load balancer: exactly those listed, or the whole pool." + tfkit.SetText,
		Attributes:          tfkit.SetAttributes("pool"),
		Blocks:              tfkit.Blocks(),
	}
	resp.Schema.Attributes["pool_id"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Id of the pool (backend server group). A change replaces the members.",
		Validators:          []validator.String{tfkit.Name("a pool id")},
		PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
	}
	// What is left out gets its default when the whole set is planned; see
	// tfkit.SetVerbs.
	resp.Schema.Attributes["members"] = schema.MapNestedAttribute{
		Required:            true,
		MarkdownDescription: "Members by label. The labels are of your choosing: renaming one changes nothing in the cloud.",
		PlanModifiers:       tfkit.PlannedAsWhole(),
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"address": schema.StringAttribute{
				Optional: true, MarkdownDescription: tfkit.RequiredText + addressText,
				Validators: []validator.String{tfkit.Address()},
			},
			"protocol_port": schema.Int64Attribute{
				Optional: true, Computed: true, MarkdownDescription: portText,
				Validators: []validator.Int64{int64validator.Between(0, 65535)},
			},
			"subnet_cidr_id": schema.StringAttribute{
				Optional: true, Computed: true, MarkdownDescription: subnetText,
				Validators: []validator.String{tfkit.OptionalName("a subnet id")},
			},
			"weight": tfkit.SetWeight(defaultWeight),
			"name": schema.StringAttribute{
				Optional: true, Computed: true, MarkdownDescription: nameText,
				Validators: []validator.String{stringvalidator.UTF8LengthAtMost(255)},
			},
			"availability_zone": schema.StringAttribute{
				Optional: true, Computed: true, MarkdownDescription: zoneText,
				Validators: []validator.String{tfkit.OptionalName("an availability zone")},
			},
			"member_id": schema.StringAttribute{Computed: true, MarkdownDescription: memberIDText},
		}},
	}
}

type elbMembersModel struct {
	tfkit.SetCommon
	PoolID  types.String               `tfsdk:"pool_id"`
	Members tfkit.Items[elbMemberItem] `tfsdk:"members"`
}

func (m *elbMembersModel) Group() string { return m.PoolID.ValueString() }

func (m *elbMembersModel) Items() *tfkit.Items[elbMemberItem] { return &m.Members }

// elbMemberItem is one of many members.
type elbMemberItem struct {
	Address          types.String `tfsdk:"address"`
	ProtocolPort     types.Int64  `tfsdk:"protocol_port"`
	SubnetCidrID     types.String `tfsdk:"subnet_cidr_id"`
	Weight           types.Int64  `tfsdk:"weight"`
	Name             types.String `tfsdk:"name"`
	AvailabilityZone types.String `tfsdk:"availability_zone"`
	MemberID         types.String `tfsdk:"member_id"`
}

func (i *elbMemberItem) Known() bool { return tfkit.Known(i.Address, i.ProtocolPort, i.SubnetCidrID) }

func (i *elbMemberItem) Member() membership.Member {
	return membership.Member{
		Key: membership.Key{
			Address: membership.NormalAddress(i.Address.ValueString()),
			Port:    int(i.ProtocolPort.ValueInt64()),
		},
		ID:     i.MemberID.ValueString(),
		Weight: int(i.Weight.ValueInt64()),
		Name:   i.Name.ValueString(),
		Subnet: i.SubnetCidrID.ValueString(),
		Zone:   i.AvailabilityZone.ValueString(),
	}
}

func (i *elbMemberItem) Observe(m membership.Member) {
	i.Address = tfkit.Seen(i.Address, m.Key.Address, tfkit.SameAddress)
	i.ProtocolPort = types.Int64Value(int64(m.Key.Port))
	i.SubnetCidrID = types.StringValue(m.Subnet)
	i.Weight = types.Int64Value(int64(m.Weight))
	i.Name = types.StringValue(m.Name)
	i.AvailabilityZone = zone(i.AvailabilityZone, m)
	i.MemberID = orNull(m.ID)
}

func (i *elbMemberItem) Validate(at path.Path, diags *diag.Diagnostics) {
	tfkit.CheckRequired(at, "address", i.Address, diags)
}

func (i *elbMemberItem) Default() {
	if i.ProtocolPort.IsNull() {
		i.ProtocolPort = types.Int64Value(0)
	}
	if i.Weight.IsNull() {
		i.Weight = types.Int64Value(defaultWeight)
	}
	for _, text := range []*types.String{&i.Name, &i.SubnetCidrID} {
		if text.IsNull() {
			*text = types.StringValue("")
		}
	}
}

func (i *elbMemberItem) Await() {
	i.MemberID = types.StringUnknown()
	if i.AvailabilityZone.IsNull() {
		i.AvailabilityZone = types.StringUnknown()
	}
}

// Inherit keeps what ELB has decided, and the spelling of what means the same.
func (i *elbMemberItem) Inherit(before elbMemberItem, sameLabel bool) {
	if sameLabel && tfkit.SameAddress(i.Address.ValueString(), before.Address.ValueString()) {
		i.Address = before.Address
	}
	i.MemberID = before.MemberID
	if zone := i.AvailabilityZone; zone.IsNull() || sameLabel && zone == types.StringValue("") {
		i.AvailabilityZone = before.AvailabilityZone
	}
}

// changeListed is what turns one listed member into another in place: all but
// its address and subnet.
func changeListed(from, to membership.Member) (membership.Change, bool) {
	if from.Key.Address != to.Key.Address || from.Subnet != to.Subnet {
		return membership.Change{}, false
	}
	return membership.Diff(from, to), true
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
