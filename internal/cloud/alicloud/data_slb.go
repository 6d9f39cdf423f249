package alicloud

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// source is what the data sources share; each embeds it.
type source struct {
	session *session // nil before the provider is configured
}

// Configure takes over the session that the provider hands its data sources.
func (d *source) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	s, diags := tfkit.SessionOf[*session](req.ProviderData, Name)
	resp.Diagnostics.Append(diags...)
	d.session = s
}

// members reads the members of a group and their health. at is the attribute
// that names the group, id its value, and open the session's way to it.
func (d *source) members(
	ctx context.Context, noun, at string, id, configured types.String,
	open func(s *session, region, id string) (*membership.Handle, error),
) (members []membership.Member, health membership.Health, region string, diags diag.Diagnostics) {
	region, diags = tfkit.SourceRegion(d.session, noun, configured)
	if diags.HasError() {
		return nil, health, "", diags
	}
	group, err := open(d.session, region, id.ValueString())
	if err != nil {
		diags.AddError("Unable to use the cloud's API", err.Error())
		return nil, health, "", diags
	}
	ctx, cancel := tfkit.SourceContext(ctx)
	defer cancel()
	members, health, more := tfkit.ReadGroup(ctx, noun, group, func(err error) tfkit.Advice { return advise(err, at, "", region) })
	diags.Append(more...)
	return members, health, region, diags
}

// listedServer is a member as a data source shows it; a list's model embeds it.
type listedServer struct {
	ServerID    types.String   `tfsdk:"server_id"`
	Type        types.String   `tfsdk:"type"`
	ServerIP    types.String   `tfsdk:"server_ip"`
	Weight      types.Int64    `tfsdk:"weight"`
	Description types.String   `tfsdk:"description"`
	Health      []listedHealth `tfsdk:"health"`
}

type listedHealth struct {
	ListenerPort types.Int64  `tfsdk:"listener_port"`
	Protocol     types.String `tfsdk:"protocol"`
	Status       types.String `tfsdk:"status"`
}

// serverList is the schema of a list of listedServer and what else its model
// has.
func serverList(more map[string]schema.Attribute) schema.Attribute {
	attributes := map[string]schema.Attribute{
		"server_id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "Id of the ECS instance, elastic network interface or container group.",
		},
		"type":        schema.StringAttribute{Computed: true, MarkdownDescription: "Kind of server: `ecs`, `eni` or `eci`."},
		"server_ip":   schema.StringAttribute{Computed: true, MarkdownDescription: "IP address of an `eni` or `eci`; null of an `ecs`."},
		"weight":      schema.Int64Attribute{Computed: true, MarkdownDescription: "Share of new requests, 0 to 100."},
		"description": schema.StringAttribute{Computed: true, MarkdownDescription: "Text at the member; null where there is none."},
		"health": schema.ListNestedAttribute{
			Computed: true,
			MarkdownDescription: "What the health checks of the listeners say, sorted by port: one entry for each listener that serves " +
				"the member. Empty where no listener does, and, with a warning, where the account may not read it.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"listener_port": schema.Int64Attribute{Computed: true, MarkdownDescription: "Port of the listener."},
				"protocol":      schema.StringAttribute{Computed: true, MarkdownDescription: "Protocol of the listener, such as `tcp` or `https`."},
				"status": schema.StringAttribute{
					Computed: true,
					MarkdownDescription: "`normal`, `abnormal`, or `unavailable`: the listener's health check is off, or has no result yet; " +
						"SLB does not tell which.",
				},
			}},
		},
	}
	maps.Copy(attributes, more)
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The members, sorted by server, address and port.",
		NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
	}
}

// newListedServer is a member with its share of the group's health.
func newListedServer(m membership.Member, health membership.Health) listedServer {
	s := listedServer{
		ServerID: types.StringValue(m.Key.Server), Type: types.StringValue(m.Type), ServerIP: addressOrNull(m),
		Weight: types.Int64Value(int64(m.Weight)), Health: []listedHealth{},
	}
	if m.Name != "" {
		s.Description = types.StringValue(m.Name)
	}
	checks := slices.Clone(health.Of(m))
	slices.SortStableFunc(checks, func(a, b membership.Check) int {
		return cmp.Or(byPort(a.Listener, b.Listener), cmp.Compare(a.Status, b.Status))
	})
	for _, c := range checks {
		s.Health = append(s.Health, listedHealth{
			types.Int64Value(int64(c.Listener.Port)), types.StringValue(c.Listener.Protocol), types.StringValue(c.Status),
		})
	}
	return s
}

func byPort(a, b membership.Listener) int {
	return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol))
}
