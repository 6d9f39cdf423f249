package huaweicloud

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-nettypes/iptypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*elbPoolsSource)(nil)

// elbPoolsSource is the data source cloudlb_elb_pools: the project's ELB pools.
type elbPoolsSource struct{ tfkit.Source[*session] }

func newELBPoolsSource() datasource.DataSource {
	return &elbPoolsSource{tfkit.SourceOf[*session](Name)}
}

func (d *elbPoolsSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_elb_pools"
}

func (d *elbPoolsSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	some := []validator.String{stringvalidator.LengthAtLeast(1)} // "" would be no filter
	attributes := tfkit.SourceAttributes("The region.", map[string]schema.Attribute{
		"pool_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only the pool with this id. One that does not exist is no error.",
			Validators:          []validator.String{tfkit.Name("a pool id")},
		},
		"name": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only pools with exactly this name. Several pools may have one name.",
			Validators:          some,
		},
		"protocol": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only pools of this protocol: `TCP`, `UDP`, `IP`, `TLS`, `HTTP`, `HTTPS`, `QUIC` or `GRPC`.",
			Validators:          some,
		},
		"loadbalancer_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only pools of this load balancer.",
			Validators:          []validator.String{tfkit.Name("a load balancer id")},
		},
		"listener_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only pools that this listener forwards to, also by a forwarding policy.",
			Validators:          []validator.String{tfkit.Name("a listener id")},
		},
		"member_address": schema.StringAttribute{
			Optional: true, CustomType: iptypes.IPAddressType{},
			MarkdownDescription: "Only pools with a member at this IP address.",
		},
		"type": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only pools of this type: `instance` or `ip`.",
			Validators:          []validator.String{stringvalidator.OneOf("instance", "ip")},
		},
		"vpc_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only pools of this VPC.",
			Validators:          []validator.String{tfkit.Name("a VPC id")},
		},
		"ids": schema.ListAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The pools' ids, in the order of `pools`.",
		},
		"pools": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The pools, in the order of their names and ids.",
			NestedObject:        schema.NestedAttributeObject{Attributes: elbPoolItemAttributes()},
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "The pools (backend server groups) of the project's ELB v3 load balancers. Filters narrow the result; " +
			"a pool must meet all of them. None that meets them is no error.",
		Attributes: attributes,
	}
}

func elbPoolItemAttributes() map[string]schema.Attribute {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	flag := func(description string) schema.Attribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	}
	idList := func(description string) schema.Attribute {
		return schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"id":                                text("Id."),
		"name":                              text("Name."),
		"protocol":                          text("`TCP`, `UDP`, `IP`, `TLS`, `HTTP`, `HTTPS`, `QUIC` or `GRPC`."),
		"lb_algorithm":                      text("How requests are shared out. `SOURCE_IP` and `QUIC_CID` ignore weights."),
		"type":                              text("`instance`, `ip`, or `\"\"` for a pool that takes any member."),
		"ip_version":                        text("`v4` or `dualstack`."),
		"vpc_id":                            text("VPC; null where the pool has none."),
		"any_port_enable":                   flag("Whether requests are forwarded to the port that they came in by."),
		"member_deletion_protection_enable": flag("Whether ELB refuses to remove members."),
		"connection_drain": schema.SingleNestedAttribute{
			Computed: true,
			MarkdownDescription: "How ELB itself drains members of TCP, UDP and QUIC pools that are removed, fail their health check " +
				"or get weight 0.",
			Attributes: map[string]schema.Attribute{
				"enable":  flag("Whether it does."),
				"timeout": schema.Int64Attribute{Computed: true, MarkdownDescription: "For how long connections are kept, in seconds."},
			},
		},
		"loadbalancer_ids": idList("Ids of the load balancers that the pool belongs to."),
		"listener_ids":     idList("Ids of the listeners that forward to the pool."),
		"healthmonitor_id": text("Id of the health monitor; null where the members' health is not checked."),
		"member_count":     schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of members."},
	}
}

type elbPoolsModel struct {
	tfkit.SourceBase
	PoolID         types.String      `tfsdk:"pool_id"`
	Name           types.String      `tfsdk:"name"`
	Protocol       types.String      `tfsdk:"protocol"`
	LoadBalancerID types.String      `tfsdk:"loadbalancer_id"`
	ListenerID     types.String      `tfsdk:"listener_id"`
	MemberAddress  iptypes.IPAddress `tfsdk:"member_address"`
	Type           types.String      `tfsdk:"type"`
	VpcID          types.String      `tfsdk:"vpc_id"`
	IDs            []string          `tfsdk:"ids"`
	Pools          []elbPoolItem     `tfsdk:"pools"`
}

type elbPoolItem struct {
	ID               types.String `tfsdk:"id"`
	Name             types.String `tfsdk:"name"`
	Protocol         types.String `tfsdk:"protocol"`
	Algorithm        types.String `tfsdk:"lb_algorithm"`
	Type             types.String `tfsdk:"type"`
	IPVersion        types.String `tfsdk:"ip_version"`
	VpcID            types.String `tfsdk:"vpc_id"`
	AnyPort          types.Bool   `tfsdk:"any_port_enable"`
	DeleteProtection types.Bool   `tfsdk:"member_deletion_protection_enable"`
	ConnectionDrain  elbDrainItem `tfsdk:"connection_drain"`
	LoadBalancerIDs  []string     `tfsdk:"loadbalancer_ids"`
	ListenerIDs      []string     `tfsdk:"listener_ids"`
	HealthMonitorID  types.String `tfsdk:"healthmonitor_id"`
	MemberCount      types.Int64  `tfsdk:"member_count"`
}

type elbDrainItem struct {
	Enable  types.Bool  `tfsdk:"enable"`
	Timeout types.Int64 `tfsdk:"timeout"`
}

// Read has ELB pick the pools: one call for each 2000 of them.
func (d *elbPoolsSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	const noun = "pools"
	fill := func(ctx context.Context, m *elbPoolsModel, region string) diag.Diagnostics {
		in, err := d.Session.in(region)
		if err != nil {
			return tfkit.NoClient(err)
		}
		pools, diags := tfkit.ReadList(ctx, noun, "region "+region, in.engine,
			func(ctx context.Context) ([]elbapi.PoolInfo, error) { return in.client.Pools(ctx, m.filter()) },
			func(err error) tfkit.Advice { return advise(err, "", region) })
		m.ID = m.Region
		m.observe(pools)
		return diags
	}
	tfkit.ReadSource(ctx, d.Session, noun, req, resp, fill)
}

func (m *elbPoolsModel) filter() elbapi.PoolFilter {
	f := elbapi.PoolFilter{
		ID: m.PoolID.ValueString(), Name: m.Name.ValueString(), Protocol: m.Protocol.ValueString(), Type: m.Type.ValueString(),
		VpcID: m.VpcID.ValueString(), LoadBalancerID: m.LoadBalancerID.ValueString(), ListenerID: m.ListenerID.ValueString(),
	}
	if a := m.MemberAddress.ValueString(); a != "" {
		f.MemberAddress = membership.NormalAddress(a)
	}
	return f
}

func (m *elbPoolsModel) observe(pools []elbapi.PoolInfo) {
	slices.SortFunc(pools, func(a, b elbapi.PoolInfo) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	m.IDs, m.Pools = make([]string, len(pools)), make([]elbPoolItem, len(pools))
	for i, p := range pools {
		m.IDs[i] = p.ID
		m.Pools[i] = elbPoolItem{
			ID: types.StringValue(p.ID), Name: types.StringValue(p.Name), Protocol: types.StringValue(p.Protocol),
			Algorithm: orNull(p.LBAlgorithm), Type: types.StringValue(p.Type), IPVersion: orNull(p.IPVersion), VpcID: orNull(p.VpcID),
			AnyPort: types.BoolValue(p.AnyPort), DeleteProtection: types.BoolValue(p.MemberDeletionProtection),
			ConnectionDrain: elbDrainItem{
				Enable: types.BoolValue(p.ConnectionDrain.Enable), Timeout: types.Int64Value(int64(p.ConnectionDrain.Timeout.Seconds())),
			},
			LoadBalancerIDs: p.LoadBalancers, ListenerIDs: p.Listeners, HealthMonitorID: orNull(p.HealthMonitorID),
			MemberCount: types.Int64Null(),
		}
		if p.Members >= 0 {
			m.Pools[i].MemberCount = types.Int64Value(int64(p.Members))
		}
	}
}
