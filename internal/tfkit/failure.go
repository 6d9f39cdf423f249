package tfkit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Advice is what a cloud knows about an error beyond the error itself.
type Advice struct {
	// Text says what the user may do; "" where nothing is known.
	Text string
	// Path is the attribute that the error belongs to; empty for none.
	Path path.Path
}

// Failure is an operation on a member that did not succeed.
type Failure struct {
	Verb   string // add, read, change, remove
	Noun   string // backend server, member
	Member string // its key
	Group  string // the group's name
	Err    error
	Advice Advice
}

// Diagnostic is the failure as Terraform shows it. Its summary is stable; the
// detail has the vendor's code, message and request id, and the advice.
func (f Failure) Diagnostic() diag.Diagnostic {
	var b strings.Builder
	fmt.Fprintf(&b, "Could not %s %s %s %s %s.\n\n", f.Verb, f.Noun, f.Member, preposition(f.Verb), f.Group)
	b.WriteString(sentence(f.Err.Error()))
	if advice := f.advice(); advice != "" {
		b.WriteString("\n\n" + advice)
	}
	summary := fmt.Sprintf("Unable to %s %s", f.Verb, f.Noun)
	if len(f.Advice.Path.Steps()) == 0 {
		return diag.NewErrorDiagnostic(summary, b.String())
	}
	return diag.NewAttributeErrorDiagnostic(f.Advice.Path, summary, b.String())
}

// advice is the cloud's advice, or what holds on every cloud.
func (f Failure) advice() string {
	if f.Advice.Text != "" {
		return f.Advice.Text
	}
	e, _ := errors.AsType[*membership.Error](f.Err)
	switch membership.ClassOf(f.Err) {
	case membership.Unknown:
		if f.Verb == "add" {
			return "It may or may not be in the group. It is kept in state as tainted: the next apply removes it if it is there, and adds it."
		}
		return "It may or may not have taken effect. The next plan reads what is so."
	case membership.NotSent:
		return "Nothing was changed."
	case membership.Busy, membership.Throttled:
		return "The cloud did not accept the change in time. Try again later, or raise the resource's timeouts."
	case membership.Denied:
		if e != nil && e.Status == 0 {
			return "Check the provider's endpoints and region."
		}
		return "Check the provider's credentials, region and endpoints, and that the account may make this call."
	default:
		return ""
	}
}

func preposition(verb string) string {
	switch verb {
	case "add":
		return "to"
	case "remove":
		return "from"
	default:
		return "in"
	}
}

// sentence ends a text with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, ")") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}
