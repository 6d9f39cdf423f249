package tfkit

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// MalformedImport says how an import id is written.
func MalformedImport(id, format, example string) diag.Diagnostic {
	given := "The parts of the identity do not name a member."
	if id != "" {
		given = fmt.Sprintf("%q is not an import id of this resource.", id)
	}
	return diag.NewErrorDiagnostic("Malformed import id", given+" It is written "+format+"; for example "+example+".")
}

// ByIdentity tells whether an import names an identity. Without one an empty id
// is just that.
func ByIdentity(req resource.ImportStateRequest) bool {
	return req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull()
}

// SetImported writes what an import says into state; a read fills in the rest.
func SetImported(ctx context.Context, resp *resource.ImportStateResponse, values map[string]types.String) {
	for name, value := range values {
		if !value.IsNull() {
			resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
		}
	}
}
