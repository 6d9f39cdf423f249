package alicloud

import (
	"cmp"
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// readServers reads the members of a group, with the share of each of the
// group's health.
func readServers[E any](
	ctx context.Context, s *session, kind serverKind, group types.String, region string, row func(membership.Member, []membership.Check) E,
) ([]E, diag.Diagnostics) {
	members, health, diags := tfkit.ReadGroup(ctx, noun+"s",
		func() (*membership.Handle, error) { return s.open(kind, region, group.ValueString()) },
		func(err error) tfkit.Advice { return kind.advise(err, "", region) })
	rows, checks := []E{}, health.ByMember()
	for _, m := range members {
		rows = append(rows, row(m, checks(m)))
	}
	return rows, diags
}

// sourceAttribute is the schema of the argument of a data source that names
// a group or a load balancer.
func (k serverKind) sourceAttribute() schema.Attribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Id of the " + k.object + ". One that does not exist is an error.",
		Validators:          []validator.String{tfkit.Name("a " + k.object + " id")},
	}
}

// listedServer is a member as a data source shows it; a list's model embeds it.
type listedServer struct {
	backend
	Health []listedHealth `tfsdk:"health"`
}

type listedHealth struct {
	ListenerPort types.Int64  `tfsdk:"listener_port"`
	Protocol     types.String `tfsdk:"protocol"`
	Status       types.String `tfsdk:"status"`
}

// serverList is the schema of the members of a group as a data source lists them.
func (k serverKind) serverList() schema.Attribute {
	attributes := k.serverAttributes().Listed()
	attributes["health"] = schema.ListNestedAttribute{
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
	}
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The members, sorted by server, address and port.",
		NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
	}
}

// newListedServer is a member with what the health checks say of it.
func newListedServer(m membership.Member, checks []membership.Check) listedServer {
	s := listedServer{Health: []listedHealth{}}
	s.list(m)
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
