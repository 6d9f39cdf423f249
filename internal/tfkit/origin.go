package tfkit

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Origin is a resource type of another provider whose state a moved block may
// bring here. The process that is asked to move a state is not configured: all
// that can be known is what that state says. The read that follows fills in the
// rest.
type Origin[P any] struct {
	// Provider is the type's provider, by the last segment of its address:
	// "alicloud". Host and namespace differ from state to state, and some
	// versions of OpenTofu send no more than this segment.
	Provider string
	// Type is the resource type: "alicloud_slb_attachment".
	Type string
	// Take writes into the model what a state of this type says; an attribute
	// that only a read can tell stays null. The state is a JSON object of which
	// any attribute may be missing. partial are the servers of whose members in
	// a set it does not say enough; the read knows them by that. A model of a set
	// whose state may lack part of a key has DropPartial, which leaves those
	// members out of it.
	Take func(state []byte, into P) (partial []string, err error)
}

// TakenModel is the pointer to a model that an Origin fills in.
type TakenModel[M any] interface {
	*M
	Shared() *Base
}

// Movers are what moves states to a resource type of ours: from its origins, and
// from itself under another registry or namespace.
func Movers[M any, P TakenModel[M]](own string, origins []Origin[P]) []resource.StateMover {
	ours, _, _ := strings.Cut(own, "_")
	return []resource.StateMover{{StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		from := req.SourceProviderAddress[strings.LastIndex(req.SourceProviderAddress, "/")+1:]
		if from == ours && req.SourceTypeName == own {
			passOn(ctx, req, resp)
			return
		}
		for _, o := range origins {
			// Of the instances of one resource Terraform moves the first from
			// the old provider, and the others from ours.
			if o.Type == req.SourceTypeName && (from == o.Provider || from == ours) {
				take[M](ctx, o, req, resp)
				return
			}
		}
		resp.Diagnostics.Append(noOrigin(own, origins, req))
	}}}
}

// take moves a state from an origin.
func take[M any, P TakenModel[M]](ctx context.Context, o Origin[P], req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if fault := readable(req, 0); fault != nil { // no origin has had another version yet
		resp.Diagnostics.Append(fault)
		return
	}
	model, from, err := adopt[M](o, req.SourceRawState.JSON)
	if err != nil {
		resp.Diagnostics.AddError("Unable to move the state", fmt.Sprintf(
			"The state of %s %q cannot be read: %s. Refresh it with the old provider (terraform apply -refresh-only, the old block "+
				"still in the configuration), and move it then; or instead of the moved block %s.", o.Type, from.ID, err, insteadOfMoved))
		return
	}
	if set, is := any(model).(interface{ DropPartial() }); is {
		set.DropPartial()
	}
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, model)...)
	resp.Diagnostics.Append(from.write(ctx, resp.TargetPrivate)...)
}

// passOn moves a state of the type's own, and what is kept with it.
func passOn(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	schema := resp.TargetState.Schema
	if fault := readable(req, schema.GetVersion()); fault != nil {
		resp.Diagnostics.Append(fault)
		return
	}
	raw, err := req.SourceRawState.UnmarshalWithOpts(schema.Type().TerraformType(ctx), tfprotov6.UnmarshalOpts{
		ValueFromJSONOpts: tftypes.ValueFromJSONOpts{IgnoreUndefinedAttributes: true},
	})
	if err != nil {
		resp.Diagnostics.AddError("Unable to move the state", fmt.Sprintf("The state of %s cannot be read: %s.", req.SourceTypeName, err))
		return
	}
	resp.TargetState.Raw = raw
	resp.TargetPrivate = req.SourcePrivate
}

// insteadOfMoved is what does without a moved block.
const insteadOfMoved = "write a removed block with lifecycle { destroy = false } for the old resource, and an import block for the new one"

// readable says what is wrong with the form of a state; known is the newest
// version of its schema.
func readable(req resource.MoveStateRequest, known int64) diag.Diagnostic {
	switch {
	case req.SourceSchemaVersion > known:
		return diag.NewErrorDiagnostic("State of a newer provider", fmt.Sprintf(
			"The state of %s has schema version %d, and this version of the provider knows versions up to %d. Use a newer version of this "+
				"provider; or instead of the moved block %s.", req.SourceTypeName, req.SourceSchemaVersion, known, insteadOfMoved))
	case req.SourceRawState == nil || len(req.SourceRawState.JSON) == 0:
		return diag.NewErrorDiagnostic("State in the form of Terraform 0.11", fmt.Sprintf(
			"The state of %s is empty, or in the form that Terraform wrote up to 0.11. With the old provider, and the old block still in the "+
				"configuration, run terraform apply -refresh-only, which writes it anew; then move it.", req.SourceTypeName))
	}
	return nil
}

// noOrigin says what can be moved to a type.
func noOrigin[P any](own string, origins []Origin[P], req resource.MoveStateRequest) diag.Diagnostic {
	sources := append([]string{own}, originTypes(origins)...)
	return diag.NewErrorDiagnostic("Nothing to move here", fmt.Sprintf(
		"A state of %s (provider %s) cannot become one of %s, which takes states of %s. Instead of the moved block %s; that also brings many "+
			"resources of one member each into one of many members, or the reverse.",
		req.SourceTypeName, req.SourceProviderAddress, own, strings.Join(sources, ", "), insteadOfMoved))
}

// keptTimeouts are timeouts as state has them: null where none is set.
func keptTimeouts(given map[string]*string) types.Object {
	kinds, values := map[string]attr.Type{}, map[string]attr.Value{}
	some := false
	for name := range timeoutsBlock(false).GetNestedObject().GetAttributes() {
		kinds[name], values[name] = types.StringType, types.StringNull()
		if s := given[name]; s != nil && *s != "" {
			values[name], some = types.StringValue(*s), true
		}
	}
	if !some {
		return types.ObjectNull(kinds)
	}
	return types.ObjectValueMust(kinds, values)
}
