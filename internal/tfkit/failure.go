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
	Verb   string // add, read, change, remove, or wait for
	Noun   string // backend server, member
	Member string // its key; "" where it is about all of them
	Group  string // the group's name
	Err    error
	Advice Advice
}

// Diagnostic is the failure as Terraform shows it. Its summary is stable; the
// detail has the vendor's code, message and request id, and the advice.
func (f Failure) Diagnostic() diag.Diagnostic {
	var b strings.Builder
	summary := fmt.Sprintf("Unable to %s %s", f.Verb, f.Noun)
	what := strings.TrimSpace(f.Noun + " " + f.Member)
	fmt.Fprintf(&b, "Could not %s %s %s %s.\n\n", f.Verb, what, preposition(f.Verb), f.Group)
	switch {
	case membership.Is(f.Err, membership.Gone):
		summary = "Missing " + f.Noun
		b.Reset()
		fmt.Fprintf(&b, "In %s, %s is missing.\n\n", f.Group, what)
	case membership.Is(f.Err, membership.Draining):
		summary = "Draining " + f.Noun
		b.Reset()
		fmt.Fprintf(&b, "%s left %s, and is draining still.\n\n", upper(what), f.Group)
	case f.Verb == waitFor:
		summary = "Unhealthy " + f.Noun
		b.Reset()
		fmt.Fprintf(&b, "In %s, %s did not become healthy in time.\n\n", f.Group, what)
	}
	b.WriteString(sentence(f.Err.Error()))
	if advice := f.advice(); advice != "" {
		b.WriteString("\n\n" + advice)
	}
	if len(f.Advice.Path.Steps()) == 0 {
		return diag.NewErrorDiagnostic(summary, b.String())
	}
	return diag.NewAttributeErrorDiagnostic(f.Advice.Path, summary, b.String())
}

// AlreadyThere is the advice about a member that is in the group already.
func AlreadyThere(importID string) string {
	return fmt.Sprintf("To manage the member that is there, import it with the id %q, or set adopt_existing = true to take it over; "+
		"that is also what a replacement under create_before_destroy needs that keeps its member; where it is the resource's own, "+
		"left by a creation that failed, terraform untaint does too. Two resources must not manage one member.", importID)
}

// AlreadyThereInSet is AlreadyThere for a resource of many members.
func AlreadyThereInSet(group string) string {
	return fmt.Sprintf("If no other resource manages what is there, set adopt_existing = true to take it over, or import the group with the id "+
		"%q. An apply that was killed may have put it in: then set adopt_existing = true, as for a replacement under "+
		"create_before_destroy. If a failed creation of this resource left it, terraform untaint does as well.", group)
}

// waitFor is the verb of a member that was added, and is not healthy.
const waitFor = "wait for"

// unchecked are the warnings about members that nothing checks.
func unchecked(group *membership.Handle, notes []string) (diags diag.Diagnostics) {
	for _, note := range notes {
		if note != "" {
			diags.AddAttributeWarning(path.Root("wait_for_healthy"), "Nothing to wait for", sentence("In "+group.Name()+" "+note)+
				" It was added without waiting.")
			break // it is the group's listeners or monitor that are missing, for all alike
		}
	}
	return diags
}

// advice is the cloud's advice, or what holds on every cloud.
func (f Failure) advice() string {
	if f.Advice.Text != "" {
		return f.Advice.Text
	}
	e, _ := errors.AsType[*membership.Error](f.Err)
	switch membership.MeaningOf(f.Err) {
	case membership.Unknown:
		if f.Verb == "add" {
			return "It may or may not be in the group. It is kept in state as tainted: the next apply adds it if it is not there."
		}
		return "It may or may not have taken effect. The next plan reads what is so."
	case membership.NotSent:
		return "Nothing was changed."
	case membership.NotHealthy:
		return "It is in the group, and stays there. Check the server and the listener's health check, and raise the timeout " +
			"if it only needs longer. The next apply waits again; what a failed creation leaves is shown as tainted then, and stays in " +
			"all the same."
	case membership.NotChanged:
		return "It was there before this apply, and stays there with the weight and texts that it had; it is not in state. Bring " +
			"the configuration to what the cloud accepts, and apply again."
	case membership.Gone:
		return "The next plan adds it."
	case membership.Draining:
		return "To give it longer raise timeouts.delete, or timeouts.update of a resource of many members; wait_for_drained = false does not " +
			"wait. The next apply takes it for gone, and what follows then ends the requests that it still has."
	case membership.Occupied:
		return "The member keeps its port. Where another resource of the configuration is to leave the port, apply again, without " +
			"-target and with a -parallelism above 1; two that are to change places come together only then."
	case membership.Busy, membership.Throttled:
		return "The cloud did not accept the change in time. Try again later, or raise the resource's timeouts."
	case membership.Transient:
		later := e != nil && e.Status >= 400 && e.Status < 500 // the cloud's own answer: the way to it is all right
		switch {
		case later && f.Verb == "read":
			return "Nothing is concluded from that about the " + f.Noun + ". Try again later."
		case later:
			return "Nothing was changed. The cloud went on asking to try again later; do so once nothing else changes the group."
		case f.Verb == "read":
			return "Nothing is concluded from that about the " + f.Noun + ". Check the network, proxies and the provider's endpoints, or try again."
		}
		return "Nothing was changed. Check the network, proxies and the provider's endpoints, or try again."
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

// upper begins a text with a capital letter.
func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// sentence ends a text with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, ")") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}
