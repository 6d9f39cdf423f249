package alicloud

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

func (r *oneServer[M, P]) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	shown := strings.TrimPrefix(r.kind.importExample(), r.kind.example+":") + " web-1 (" + r.kind.example + ")"
	block := tfkit.ListBlock{Of: r.kind.whole, Group: r.kind.attribute, Object: r.kind.object, Shown: shown}
	if r.kind.groupsOf != nil {
		block.Or = "server_id"
		block.Filters = map[string]listschema.Attribute{"server_id": listschema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Only members that are this server: " + strings.ToLower(r.kind.serverText()[:1]) + r.kind.serverText()[1:],
			Validators:          []validator.String{tfkit.Checked(checkServerID)},
		}}
	}
	resp.Schema = block.Schema()
}

func (r *oneServer[M, P]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	of := tfkit.Listing[P]{Group: r.kind.attribute}
	if r.kind.groupsOf == nil {
		r.Verbs.List(ctx, req, stream, of)
		return
	}
	var server types.String
	if diags := req.Config.GetAttribute(ctx, path.Root("server_id"), &server); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if tfkit.Given(server) {
		of.Wanted = func(m membership.Member) bool { return isServer(m, server.ValueString()) }
	}
	of.Groups = func(ctx context.Context, region string) ([]string, diag.Diagnostics) {
		if !tfkit.Given(server) { // "", which the schema takes for given
			return nil, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("server_id"), "Missing server_id",
				"Give server_id, or "+r.kind.attribute+": a list is of the members of one "+r.kind.object+", or of what one server is a member of.")}
		}
		s, _ := r.Session.(*session) // it is what Configure has set
		ids, err := r.kind.groupsOf(ctx, s, region, server.ValueString())
		if err != nil {
			return nil, diag.Diagnostics{tfkit.NotRead(r.kind.object+"s", r.kind.product+" in "+region, err, r.kind.advise(err, "", region))}
		}
		return ids, nil
	}
	r.Verbs.List(ctx, req, stream, of)
}
