package huaweicloud

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*elbMembersSource)(nil)

// elbMembersSource is the data source cloudlb_elb_members: the members of an
// ELB pool, and their health.
type elbMembersSource struct{ tfkit.Source[*session] }

func newELBMembersSource() datasource.DataSource {
	return &elbMembersSource{tfkit.SourceOf[*session](Name)}
}

func (d *elbMembersSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_elb_members"
}

// onlyStatus describes the filter by health, and isStatus checks it.
const onlyStatus = "Only members with this `operating_status`: `ONLINE`, `OFFLINE`, `NO_MONITOR`, `INITIAL` or `UNKNOWN`, in any case."

func isStatus() []validator.String {
	return []validator.String{tfkit.UnlessEmpty(stringvalidator.OneOfCaseInsensitive("ONLINE", "OFFLINE", "NO_MONITOR", "INITIAL", "UNKNOWN"))}
}

// hasStatus tells whether a member meets the filter by health.
func hasStatus(m membership.Member, filter types.String) bool {
	return filter.ValueString() == "" || strings.EqualFold(filter.ValueString(), m.Observed.Status)
}

func (d *elbMembersSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := tfkit.SourceAttributes("The pool's id.", map[string]schema.Attribute{
		"pool_id": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Id of the pool (backend server group). One that does not exist is an error.",
			Validators:          []validator.String{tfkit.Name("a pool id")},
		},
		"operating_status": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: onlyStatus,
			Validators:          isStatus(),
		},
		"members": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The members, in the order of their addresses and ports.",
			NestedObject:        schema.NestedAttributeObject{Attributes: elbMemberRowAttributes()},
		},
	})
	maps.Copy(attributes, backendAttributes.Filters())
	maps.Copy(attributes, vendorsAttributes.Filters())
	resp.Schema = schema.Schema{
		MarkdownDescription: "The members of a pool of an ELB v3 load balancer, and their health. Filters narrow the result; " +
			"a member must meet all of them. None that meets them is no error.",
		Attributes: attributes,
	}
}

func elbMemberRowAttributes() map[string]schema.Attribute {
	text := func(description string) schema.Attribute {
		return schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	attributes := backendAttributes.Listed()
	maps.Copy(attributes, vendorsAttributes.Listed())
	attributes["operating_status"] = text("Health as a whole: `ONLINE`, `OFFLINE`, `NO_MONITOR` (no health check), `INITIAL` (not checked yet) " +
		"or `UNKNOWN`. Where they differ, `status` is right.")
	attributes["status"] = schema.ListNestedAttribute{
		Computed: true,
		MarkdownDescription: "Health on each listener. Where ELB tells none, as of a pool without listeners, one entry " +
			"without `listener_id` repeats the health as a whole.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"listener_id":      text("Id of the listener."),
			"operating_status": text("Health on this listener, one of the same words."),
			"reason_code":      text("Why the health check fails, such as `CONNECT_REFUSED`; null where it does not."),
		}},
	}
	return attributes
}

// elbMembersSourceModel has the filters as its backend and vendors.
type elbMembersSourceModel struct {
	tfkit.SourceBase
	backend
	vendors
	PoolID          types.String   `tfsdk:"pool_id"`
	OperatingStatus types.String   `tfsdk:"operating_status"`
	Members         []elbMemberRow `tfsdk:"members"`
}

type elbMemberRow struct {
	backend
	vendors
	OperatingStatus types.String    `tfsdk:"operating_status"`
	Status          []elbStatusItem `tfsdk:"status"`
}

type elbStatusItem struct {
	ListenerID      types.String `tfsdk:"listener_id"`
	OperatingStatus types.String `tfsdk:"operating_status"`
	ReasonCode      types.String `tfsdk:"reason_code"`
}

// Read lists the members and reads their health: two calls at most, which the
// resources and data sources of one pool share.
func (d *elbMembersSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	const noun = "members"
	fill := func(ctx context.Context, m *elbMembersSourceModel, region string) diag.Diagnostics {
		members, health, diags := tfkit.ReadGroup(ctx, noun,
			func() (*membership.Handle, error) { return d.Session.pool(region, m.PoolID.ValueString()) },
			func(err error) tfkit.Advice { return advise(err, "", region) })
		m.ID, m.Members = m.PoolID, m.rows(members, health)
		return diags
	}
	tfkit.ReadSource(ctx, d.Session, noun, req, resp, fill)
}

// rows are the members that meet the filters, with what the health checks say
// of each.
func (m *elbMembersSourceModel) rows(members []membership.Member, health membership.Health) []elbMemberRow {
	rows, checks := []elbMemberRow{}, health.ByMember()
	for _, listed := range members {
		row := elbMemberRow{OperatingStatus: orNull(listed.Observed.Status), Status: statusItems(listed, checks(listed))}
		row.Observe(listed)
		row.observe(listed)
		if row.backend.meets(m.backend) && row.vendors.meets(m.vendors) && hasStatus(listed, m.OperatingStatus) {
			row.SubnetCidrID, row.AvailabilityZone = orNull(listed.Subnet), orNull(listed.Zone)
			rows = append(rows, row)
		}
	}
	return rows
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
