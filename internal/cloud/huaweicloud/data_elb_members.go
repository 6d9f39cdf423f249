package huaweicloud

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-nettypes/iptypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*elbMembersSource)(nil)

// elbMembersSource is the data source cloudlb_elb_members: the members of an
// ELB pool, and their health.
type elbMembersSource struct {
	session *session
}

func newELBMembersSource() datasource.DataSource { return &elbMembersSource{} }

func (d *elbMembersSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_elb_members"
}

func (d *elbMembersSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := tfkit.SourceAttributes("The pool's id.", map[string]schema.Attribute{
		"pool_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Id of the pool (backend server group). One that does not exist is an error.",
			Validators:          []validator.String{tfkit.Name("a pool id")},
		},
		"address": schema.StringAttribute{
			Optional: true, CustomType: iptypes.IPAddressType{},
			MarkdownDescription: "Only members with this IP address, in any spelling.",
		},
		"protocol_port": schema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "Only members with this port, 0 to 65535.",
			Validators:          []validator.Int64{int64validator.Between(0, 65535)},
		},
		"name": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only members with exactly this name; with `\"\"` those without one.",
		},
		"weight": schema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "Only members with this weight, 0 to 100.",
			Validators:          []validator.Int64{int64validator.Between(0, 100)},
		},
		"subnet_cidr_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only members in this subnet.",
			Validators:          []validator.String{tfkit.Name("a subnet id")},
		},
		"member_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only the member with this id of ELB's.",
			Validators:          []validator.String{tfkit.Name("a member id")},
		},
		"operating_status": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only members with this `operating_status`: `ONLINE`, `OFFLINE`, `NO_MONITOR`, `INITIAL`, `UNKNOWN`.",
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		},
		"ip_version": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only members with addresses of this version: `v4` or `v6`.",
			Validators:          []validator.String{stringvalidator.OneOf("v4", "v6")},
		},
		"member_type": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only members of this type: `instance` (cloud servers) or `ip` (bare addresses).",
			Validators:          []validator.String{stringvalidator.OneOf("instance", "ip")},
		},
		"instance_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only members that are this server.",
			Validators:          []validator.String{tfkit.Name("a server id")},
		},
		"availability_zone": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only members in this availability zone.",
			Validators:          []validator.String{tfkit.Name("an availability zone")},
		},
		"members": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The members, in the order of their addresses and ports.",
			NestedObject:        schema.NestedAttributeObject{Attributes: elbMemberItemAttributes()},
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "The members of a pool of an ELB v3 load balancer, and their health. Filters narrow the result; " +
			"a member must meet all of them. None that meets them is no error.",
		Attributes: attributes,
	}
}

func elbMemberItemAttributes() map[string]schema.Attribute {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	number := func(description string) schema.Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"member_id":         text("ELB's own id of the member, which is not the id of the server."),
		"address":           text("IP address."),
		"protocol_port":     number("Port; 0 in pools that forward to any port and in those of protocol IP."),
		"subnet_cidr_id":    text("Subnet of the address; null for a member of type `ip`."),
		"weight":            number("Share of new requests, 0 to 100; with 0 the member gets none."),
		"name":              text("Name of the member."),
		"availability_zone": text("Availability zone; null where ELB tells none."),
		"ip_version":        text("`v4` or `v6`."),
		"member_type":       text("`instance` for a cloud server, `ip` for a bare address."),
		"instance_id":       text("Id of the server behind the address, where ELB knows one."),
		"operating_status": text("Health as a whole: `ONLINE`, `OFFLINE`, `NO_MONITOR` (no health check), `INITIAL` (not checked yet) " +
			"or `UNKNOWN`. Where they differ, `status` is right."),
		"status": schema.ListNestedAttribute{
			Computed: true,
			MarkdownDescription: "Health on each listener. Where ELB tells none, as of a pool without listeners, one entry " +
				"without `listener_id` repeats the health as a whole.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"listener_id":      text("Id of the listener."),
				"operating_status": text("Health on this listener, one of the same words."),
				"reason_code":      text("Why the health check fails, such as `CONNECT_REFUSED`; null where it does not."),
			}},
		},
	}
}

type elbMembersSourceModel struct {
	ID               types.String      `tfsdk:"id"`
	Region           types.String      `tfsdk:"region"`
	PoolID           types.String      `tfsdk:"pool_id"`
	Address          iptypes.IPAddress `tfsdk:"address"`
	ProtocolPort     types.Int64       `tfsdk:"protocol_port"`
	Name             types.String      `tfsdk:"name"`
	Weight           types.Int64       `tfsdk:"weight"`
	SubnetCidrID     types.String      `tfsdk:"subnet_cidr_id"`
	MemberID         types.String      `tfsdk:"member_id"`
	OperatingStatus  types.String      `tfsdk:"operating_status"`
	IPVersion        types.String      `tfsdk:"ip_version"`
	MemberType       types.String      `tfsdk:"member_type"`
	InstanceID       types.String      `tfsdk:"instance_id"`
	AvailabilityZone types.String      `tfsdk:"availability_zone"`
	Members          []elbMemberRow    `tfsdk:"members"`
}

type elbMemberRow struct {
	MemberID         types.String    `tfsdk:"member_id"`
	Address          types.String    `tfsdk:"address"`
	ProtocolPort     types.Int64     `tfsdk:"protocol_port"`
	SubnetCidrID     types.String    `tfsdk:"subnet_cidr_id"`
	Weight           types.Int64     `tfsdk:"weight"`
	Name             types.String    `tfsdk:"name"`
	AvailabilityZone types.String    `tfsdk:"availability_zone"`
	IPVersion        types.String    `tfsdk:"ip_version"`
	MemberType       types.String    `tfsdk:"member_type"`
	InstanceID       types.String    `tfsdk:"instance_id"`
	OperatingStatus  types.String    `tfsdk:"operating_status"`
	Status           []elbStatusItem `tfsdk:"status"`
}

type elbStatusItem struct {
	ListenerID      types.String `tfsdk:"listener_id"`
	OperatingStatus types.String `tfsdk:"operating_status"`
	ReasonCode      types.String `tfsdk:"reason_code"`
}

func (d *elbMembersSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	s, diags := tfkit.SessionOf[*session](req.ProviderData, Name)
	resp.Diagnostics.Append(diags...)
	d.session = s
}

// Read lists the members and reads their health: two calls at most, which the
// resources and data sources of one pool share.
func (d *elbMembersSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m elbMembersSourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	region, diags := tfkit.SourceRegion(d.session, "members", m.Region)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	pool, err := d.session.pool(region, m.PoolID.ValueString())
	if err != nil {
		resp.Diagnostics.AddError("Unable to use the cloud's API", err.Error())
		return
	}
	ctx, cancel := tfkit.SourceContext(ctx)
	defer cancel()
	members, health, diags := tfkit.ReadGroup(ctx, "members", pool, func(err error) tfkit.Advice { return advise(err, "", region) })
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	m.ID, m.Region = m.PoolID, types.StringValue(region)
	m.Members = m.items(members, health)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

// items are the members that meet the filters, with what the health checks say
// of each, sorted.
func (m *elbMembersSourceModel) items(members []membership.Member, health membership.Health) []elbMemberRow {
	checks := map[string][]membership.Check{}
	for _, c := range health.Checks {
		checks[c.ID] = append(checks[c.ID], c)
	}
	members = slices.DeleteFunc(members, func(listed membership.Member) bool { return !m.meets(listed) })
	slices.SortFunc(members, func(a, b membership.Member) int {
		return cmp.Or(compareAddresses(a.Key.Address, b.Key.Address), cmp.Compare(a.Key.Port, b.Key.Port), strings.Compare(a.ID, b.ID))
	})
	items := make([]elbMemberRow, len(members))
	for i, listed := range members {
		items[i] = elbMemberRow{
			MemberID:         types.StringValue(listed.ID),
			Address:          types.StringValue(listed.Key.Address),
			ProtocolPort:     types.Int64Value(int64(listed.Key.Port)),
			SubnetCidrID:     orNull(listed.Subnet),
			Weight:           types.Int64Value(int64(listed.Weight)),
			Name:             types.StringValue(listed.Name),
			AvailabilityZone: orNull(listed.Zone),
			IPVersion:        orNull(listed.Observed.IPVersion),
			MemberType:       orNull(listed.Observed.MemberType),
			InstanceID:       orNull(listed.Observed.Instance),
			OperatingStatus:  orNull(listed.Observed.Status),
			Status:           statusItems(listed, checks[listed.ID]),
		}
	}
	return items
}

// meets tells whether a member meets every filter.
func (m *elbMembersSourceModel) meets(listed membership.Member) bool {
	text := func(filter types.String, v string) bool { return filter.IsNull() || filter.ValueString() == v }
	number := func(filter types.Int64, v int) bool { return filter.IsNull() || filter.ValueInt64() == int64(v) }
	return (m.Address.IsNull() || membership.NormalAddress(m.Address.ValueString()) == listed.Key.Address) &&
		number(m.ProtocolPort, listed.Key.Port) &&
		number(m.Weight, listed.Weight) &&
		text(m.Name, listed.Name) &&
		text(m.SubnetCidrID, listed.Subnet) &&
		text(m.MemberID, listed.ID) &&
		text(m.OperatingStatus, listed.Observed.Status) &&
		text(m.IPVersion, listed.Observed.IPVersion) &&
		text(m.MemberType, listed.Observed.MemberType) &&
		text(m.InstanceID, listed.Observed.Instance) &&
		text(m.AvailabilityZone, listed.Zone)
}

// statusItems are a member's checks. One that came between the two readings
// has none yet: its health as a whole stands for them.
func statusItems(listed membership.Member, checks []membership.Check) []elbStatusItem {
	if len(checks) == 0 {
		checks = []membership.Check{{Status: listed.Observed.Status}}
	}
	items := make([]elbStatusItem, len(checks))
	for i, c := range checks {
		items[i] = elbStatusItem{
			ListenerID: orNull(c.Listener.ID), OperatingStatus: orNull(c.Status), ReasonCode: orNull(reasonCode(c.Reason)),
		}
	}
	slices.SortStableFunc(items, func(a, b elbStatusItem) int {
		return strings.Compare(a.ListenerID.ValueString(), b.ListenerID.ValueString())
	})
	return items
}

// reasonCode is the vendor's code in a check's reason, which may go on: see
// elbapi.
func reasonCode(reason string) string {
	code, _, _ := strings.Cut(reason, ":")
	if strings.Contains(code, " ") {
		return "" // the answer alone, without a code
	}
	return code
}

func compareAddresses(a, b string) int {
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	if errX != nil || errY != nil {
		return strings.Compare(a, b)
	}
	return x.Compare(y)
}
