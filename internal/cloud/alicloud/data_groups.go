package alicloud

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// groupServersSource is a data source of the members of a server group of ALB or
// NLB.
type groupServersSource[E any] struct {
	tfkit.Source[*session]
	kind serverKind
	row  func(membership.Member, listedGroupServer) E
}

func newGroupServersSource[E any](kind serverKind, row func(membership.Member, listedGroupServer) E) *groupServersSource[E] {
	return &groupServersSource[E]{tfkit.SourceOf[*session](Name), kind, row}
}

func (d *groupServersSource[E]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.kind.typ + "s"
}

func (d *groupServersSource[E]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The members of a server group of an " + d.kind.product + ", and their health.",
		Attributes: tfkit.SourceAttributes("The server group's id.", map[string]schema.Attribute{
			d.kind.attribute: d.kind.sourceAttribute(),
			"servers":        d.kind.groupServerList(),
		}),
	}
}

type groupServersSourceModel[E any] struct {
	tfkit.SourceBase
	ServerGroupID types.String `tfsdk:"server_group_id"`
	Servers       []E          `tfsdk:"servers"`
}

func (d *groupServersSource[E]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	fill := func(_ context.Context, m *groupServersSourceModel[E], region string) (diags diag.Diagnostics) {
		m.ID = m.ServerGroupID
		m.Servers, diags = readServers(ctx, d.Session, d.kind, m.ServerGroupID, region,
			func(is membership.Member, checks []membership.Check) E {
				return d.row(is, newListedGroupServer(is, checks))
			})
		return diags
	}
	tfkit.ReadSource(ctx, d.Session, noun+"s", req, resp, fill)
}

// listedGroupServer is a member as the data sources show it; a list's model
// embeds it.
type listedGroupServer struct {
	backend
	Port   types.Number  `tfsdk:"port"`
	Status types.String  `tfsdk:"status"`
	Health []groupHealth `tfsdk:"health"`
}

type groupHealth struct {
	ListenerID types.String `tfsdk:"listener_id"`
	RuleID     types.String `tfsdk:"rule_id"`
	Status     types.String `tfsdk:"status"`
	Reason     types.String `tfsdk:"reason"`
}

// groupServerList is the schema of the members of a server group as a data
// source lists them.
func (k serverKind) groupServerList() schema.Attribute {
	attributes := k.members().Listed()
	attributes["status"] = schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "What " + k.product + " says of the membership itself, such as `Available`, `Adding`, `Configuring`, or `Removing` of " +
			"a member that is leaving. It says nothing about health.",
	}
	attributes["health"] = schema.ListNestedAttribute{
		Computed: true,
		MarkdownDescription: "What the health checks say, sorted by listener and rule: one entry for each listener, and on ALB each forwarding rule, " +
			"that serves the member. Empty where none does, and, with a warning, where the account may not read it.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"listener_id": schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the listener."},
			"rule_id": schema.StringAttribute{
				Computed: true, MarkdownDescription: "Id of the forwarding rule of an ALB listener; null where the listener itself forwards.",
			},
			"status": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "`Normal`, which " + k.product + " says of a member by not naming it among the others, `Initial`, `Unhealthy`, " +
					"`Unused` (its weight is 0) or `Unavailable` (nothing checks it).",
			},
			"reason": schema.StringAttribute{Computed: true, MarkdownDescription: "Why a member is not healthy, such as `CONNECT_TIMEOUT`; else null."},
		}},
	}
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The members, sorted by server, address and port; those that are leaving too.",
		NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
	}
}

// newListedGroupServer is a member with what the health checks say of it.
func newListedGroupServer(m membership.Member, checks []membership.Check) listedGroupServer {
	s := listedGroupServer{Port: tfkit.Number(m.Key.Port), Status: textOrNull(m.Observed.Status), Health: []groupHealth{}}
	s.list(m)
	slices.SortStableFunc(checks, func(a, b membership.Check) int {
		return cmp.Or(cmp.Compare(a.Listener.ID, b.Listener.ID), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Status, b.Status))
	})
	for _, c := range checks {
		s.Health = append(s.Health, groupHealth{
			types.StringValue(c.Listener.ID), textOrNull(c.Rule), types.StringValue(c.Status), textOrNull(c.Reason),
		})
	}
	return s
}
