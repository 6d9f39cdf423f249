package alicloud

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// oneServer is a resource that is one member of a group of some kind. Create,
// Read, Update, Delete and ModifyPlan are those of [tfkit.Verbs].
type oneServer[M any, P serverModel[M]] struct {
	tfkit.Verbs[M, P]
	kind serverKind
	text string // what the resource is
}

// serverModel is the pointer to a model that embeds server.
type serverModel[M any] interface {
	tfkit.Pointer[M]
	place() place
	validate(at path.Path, diags *diag.Diagnostics)
}

func newOneServer[M any, P serverModel[M]](kind serverKind, text string, origins ...tfkit.Origin[P]) *oneServer[M, P] {
	return &oneServer[M, P]{kind: kind, text: text, Verbs: tfkit.Verbs[M, P]{
		Type:    "cloudlb_" + kind.typ,
		Noun:    noun,
		Origins: origins,
		Change: func(state, plan P) membership.Change {
			from, to := state.Member(), plan.Member()
			if from.Key.Address == "" { // moved here, and not read yet
				from.Key.Address = to.Key.Address
			}
			c, _ := inPlace(from, to) // the plan replaces what cannot be changed in place
			return c
		},
		Advise: func(err error, m P) tfkit.Advice {
			return kind.advise(err, tfkit.AlreadyThere(kind.importID(m.place())), m.Shared().InRegion().ValueString())
		},
	}}
}

func (r *oneServer[M, P]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.kind.typ
	// What was moved here has no region in its identity until it is read, which
	// waits for a provider block that is known.
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *oneServer[M, P]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: r.text, Attributes: tfkit.CommonAttributes(), Blocks: tfkit.Blocks(r.kind.lingers)}
	r.kind.lingering(resp.Schema.Attributes)
	maps.Copy(resp.Schema.Attributes, r.kind.members().Resource(true))
	resp.Schema.Attributes[r.kind.attribute] = tfkit.GroupAttribute("the "+r.kind.object, "a "+r.kind.object+" id", true)
}

func (r *oneServer[M, P]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = r.kind.identitySchema()
}

func (r *oneServer[M, P]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	s, diags := tfkit.SessionOf[*session](req.ProviderData, Name)
	if resp.Diagnostics.Append(diags...); s == nil {
		return
	}
	r.Session = s
	r.Open = func(region string, m P) (*membership.Handle, error) { return s.open(r.kind, region, m.place().group) }
}

func (r *oneServer[M, P]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	r.Validated(ctx, req.Config)
	m := P(new(M))
	if resp.Diagnostics.Append(req.Config.Get(ctx, m)...); !resp.Diagnostics.HasError() {
		m.validate(path.Empty(), &resp.Diagnostics)
	}
}

func (r *oneServer[M, P]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	p := r.kind.parseID(req.ID)
	if tfkit.ByIdentity(req) {
		p = r.identified(ctx, req, resp)
	}
	if !resp.Diagnostics.HasError() && !r.kind.valid(p) {
		resp.Diagnostics.Append(tfkit.MalformedImport(req.ID, r.kind.importFormat(), r.kind.importExample()))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	tfkit.SetImported(ctx, resp, map[string]types.String{
		"region": p.region, r.kind.attribute: types.StringValue(p.group), "server_id": types.StringValue(p.server),
		"server_ip": textOrNull(p.address),
	})
	if r.kind.ported {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("port"), tfkit.Number(p.port))...)
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, r.kind.identity(p))...)
}

// identified is the place that an import names by identity.
func (r *oneServer[M, P]) identified(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) (p place) {
	var group, server, address types.String
	var port types.Int64
	get := func(name string, into any) {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root(name), into)...)
	}
	get("region", &p.region)
	get(r.kind.attribute, &group)
	get("server_id", &server)
	get("server_ip", &address)
	if r.kind.ported {
		get("port", &port)
	}
	p.group, p.server, p.address, p.port = group.ValueString(), server.ValueString(), address.ValueString(), int(port.ValueInt64())
	return p
}
