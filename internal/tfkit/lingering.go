package tfkit

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Lingering is the attribute of a resource whose vendor may list a member for
// some time after its removal, while its connections drain; its model embeds it.
type Lingering struct {
	WaitForDrained types.Bool `tfsdk:"wait_for_drained"`
}

// LingeringAttribute is the schema of [Lingering].
func LingeringAttribute() schema.Attribute {
	return schema.BoolAttribute{
		Optional: true, Computed: true,
		Default: booldefault.StaticBool(true),
		MarkdownDescription: "Whether a removal returns only once the group no longer lists the member: `true`, the default, lets the " +
			"requests that it still has come to their end, as long as the group's own connection draining gives them, before what comes " +
			"next, such as the destruction of the server. Past the timeout an error says that the member is out of rotation and still " +
			"draining. With `false` a removal returns when it is accepted and the member gets no new requests. A removal goes by what the " +
			"last apply recorded.",
	}
}

// mostLingering is how long a vendor lets a member drain at most: 900 s on ALB
// and NLB.
const mostLingering = 15 * time.Minute

// lingering is what an embedded [Lingering] is found by.
func (l *Lingering) lingering() *Lingering { return l }

// lingeringOf is a model's [Lingering]; nil where it has none.
func lingeringOf(model any) *Lingering {
	if l, ok := model.(interface{ lingering() *Lingering }); ok {
		return l.lingering()
	}
	return nil
}

// sharer is a model of one member or of many.
type sharer interface{ Shared() *Base }

// removal is how a model's members are taken out.
func removal(model sharer) membership.Removal {
	l := lingeringOf(model)
	return membership.Removal{Drain: model.Shared().Drain(), UntilGone: l != nil && l.WaitForDrained.ValueBool()}
}

// writeTimeout is how long a verb may take that adds or removes members. Where they
// linger, an addition may have to wait for the one that was there before.
func writeTimeout(verb string, model sharer) time.Duration {
	usual := DefaultWriteTimeout
	if verb != "create" {
		usual += model.Shared().Drain()
	}
	if lingeringOf(model) != nil {
		usual += mostLingering
	}
	return model.Shared().timeout(verb, usual)
}

// fill settles the region in use, and gives the attributes that have a default
// and that an import leaves null their default.
func fill(model sharer, region string) {
	model.Shared().fill(region)
	if l := lingeringOf(model); l != nil && (l.WaitForDrained.IsNull() || l.WaitForDrained.IsUnknown()) {
		l.WaitForDrained = types.BoolValue(true)
	}
}
