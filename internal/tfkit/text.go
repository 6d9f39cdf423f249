package tfkit

import (
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// namePattern is what the vendors' ids are made of. Nothing in it can change
// the path or the query of a request, or part an import id.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$`)

// ValidName tells whether a text can be an id of the vendors'.
func ValidName(s string) bool { return namePattern.MatchString(s) }

// Name validates an id; what names it in the error ("a pool id").
func Name(what string) validator.String {
	return stringvalidator.RegexMatches(namePattern, "must be "+nameOf(what))
}

// CheckName is the check of an id.
func CheckName(what string) func(string) error { return Matching(namePattern, nameOf(what)) }

func nameOf(what string) string {
	return what + ": up to 128 letters, digits, '-', '_' and '.', beginning with a letter or digit"
}
