package tfkit

import (
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// openTofu is what OpenTofu calls itself to a provider: its own version up to
// 1.11, of which Terraform had no 1.10 that this provider runs on and no 1.11
// after 1.11.4, and "1.13.0" from 1.12 on (VersionToImpersonateForProviders in
// its version/version.go).
var openTofu = regexp.MustCompile(`^(1\.10\..*|1\.11\.([5-9]|\d\d).*|1\.13\.0)$`)

// nulls is how many elements of a map count as left out.
func nulls(raw types.Map) (n int) {
	for _, element := range raw.Elements() {
		if element.IsNull() {
			n++
		}
	}
	return n
}

// checkNulls refuses a null member beside others where the CLI is OpenTofu: its
// check of a plan (assertPlannedAttrValid) ends in a crash over one.
func checkNulls(session Session, at path.Path, raw types.Map, diags *diag.Diagnostics) {
	n := nulls(raw)
	if session == nil || n == 0 || n == len(raw.Elements()) || !openTofu.MatchString(session.Serves()) {
		return
	}
	for label, element := range raw.Elements() {
		if element.IsNull() {
			at := at.AtMapKey(label)
			diags.AddAttributeError(at, "Null member", fmt.Sprintf("%s is null. Terraform takes that for a label that is left out; OpenTofu "+
				"ends in a crash. Leave the label out, as in { for label, member in local.all : label => member if member != null }.", at))
		}
	}
}
