package alicloud

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// manyServers is a resource that is many members of a group of some kind. All
// verbs are those of [tfkit.SetVerbs].
type manyServers[M, E any, P tfkit.SetPointer[M, E], I tfkit.ItemPointer[E]] struct {
	tfkit.SetVerbs[M, E, P, I]
	kind serverKind
	text string // what the resource is
}

func newManyServers[M, E any, P tfkit.SetPointer[M, E], I tfkit.ItemPointer[E]](
	kind serverKind, text string, origins ...tfkit.Origin[P],
) *manyServers[M, E, P, I] {
	return &manyServers[M, E, P, I]{kind: kind, text: text, SetVerbs: tfkit.SetVerbs[M, E, P, I]{
		Type:           "cloudlb_" + kind.typ + "s",
		Noun:           noun,
		GroupAttribute: kind.attribute,
		Attribute:      "servers",
		Example:        kind.example,
		Change:         inPlace,
		Advise: func(err error, m P) tfkit.Advice {
			return kind.advise(err, tfkit.AlreadyThereInSet(m.Group()), m.Shared().InRegion().ValueString())
		},
		Usual:   kind.quota,
		Origins: origins,
	}}
}

func (r *manyServers[M, E, P, I]) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + r.kind.typ + "s"
	// What was moved here has no region in its identity until it is read, which
	// waits for a provider block that is known.
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *manyServers[M, E, P, I]) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: r.text + tfkit.SetText,
		Attributes:          tfkit.SetAttributes(r.kind.object),
		Blocks:              tfkit.Blocks(r.kind.lingers),
	}
	resp.Schema.Attributes[r.kind.attribute] = tfkit.GroupAttribute("the "+r.kind.object, "a "+r.kind.object+" id", false)
	resp.Schema.Attributes["servers"] = tfkit.ItemsAttribute(r.kind.members().Resource(false))
	r.kind.lingering(resp.Schema.Attributes)
}

func (r *manyServers[M, E, P, I]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	s, diags := tfkit.SessionOf[*session](req.ProviderData, Name)
	if resp.Diagnostics.Append(diags...); s == nil {
		return
	}
	r.Session = s
	r.Open = func(region string, m P) (*membership.Handle, error) { return s.open(r.kind, region, m.Group()) }
}
