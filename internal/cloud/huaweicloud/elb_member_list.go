package huaweicloud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

func (r *elbMember) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	filters := backendAttributes.ListFilters("address", "protocol_port")
	filters["operating_status"] = schema.StringAttribute{Optional: true, MarkdownDescription: onlyStatus, Validators: isStatus()}
	resp.Schema = tfkit.ListBlock{
		Of: "a pool of an ELB v3 load balancer", Group: "pool_id", Object: "pool",
		Shown: "10.0.0.5:8080 web-1 (36ce7086-a496-4666-9064-5ba0e6840c75)", Filters: filters,
	}.Schema()
}

// elbMemberQuery is what a list block says.
type elbMemberQuery struct {
	Region          types.String `tfsdk:"region"`
	PoolID          types.String `tfsdk:"pool_id"`
	Address         types.String `tfsdk:"address"`
	ProtocolPort    types.Number `tfsdk:"protocol_port"`
	OperatingStatus types.String `tfsdk:"operating_status"`
}

// wants tells whether a listed member meets the filters.
func (q elbMemberQuery) wants(m membership.Member) bool {
	var listed backend
	listed.Observe(m)
	return listed.meets(backend{Address: q.Address, ProtocolPort: q.ProtocolPort}) && hasStatus(m, q.OperatingStatus)
}

// List is of the members of a pool. The zone of a cloud server is ELB's to say:
// a configuration that named it could not create the member again.
func (r *elbMember) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var q elbMemberQuery
	if diags := req.Config.Get(ctx, &q); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	r.Verbs.List(ctx, req, stream, tfkit.Listing[*elbMemberModel]{
		Group: "pool_id", Wanted: q.wants,
		Shorten: func(m *elbMemberModel) {
			if m.MemberType.ValueString() == "instance" {
				m.AvailabilityZone = types.StringNull()
			}
		},
	})
}
