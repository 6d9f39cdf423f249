package tfkit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
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
	// Set tells that the resource is many members.
	Set bool
}

// interrupted tells whether it was Terraform that ended it, before its time.
func (f Failure) interrupted() bool { return errors.Is(f.Err, context.Canceled) }

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
		how := "did not become healthy in time"
		if f.interrupted() {
			how = "was not healthy yet"
		}
		fmt.Fprintf(&b, "In %s, %s %s.\n\n", f.Group, what, how)
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
	return fmt.Sprintf("If no other resource manages it, set adopt_existing = true to take it over, or import it with the id %q. "+
		"A replacement under create_before_destroy needs adopt_existing = true too. If a failed creation of this resource left it, "+
		"terraform untaint does as well.", importID)
}

// AlreadyThereInSet is AlreadyThere for a resource of many members.
func AlreadyThereInSet(group string) string {
	return fmt.Sprintf("If no other resource manages them, set adopt_existing = true to take them over, or import the group with the id %q. An "+
		"apply that was killed may have put them in: set adopt_existing = true then, as for a replacement under create_before_destroy. If a "+
		"failed creation of this resource left them, terraform untaint does as well.", group)
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
	switch {
	case f.Verb == "change" && membership.Is(f.Err, membership.MemberNotFound): // the server may be all right
		return "Somebody else removed what was to be changed. The next plan adds it again."
	case f.Advice.Text != "":
		return f.Advice.Text
	}
	e, _ := errors.AsType[*membership.Error](f.Err)
	switch membership.MeaningOf(f.Err) {
	case membership.Unknown:
		if f.Verb == "add" && !f.Set { // a set is not always tainted by it
			return "It may or may not be in the group. It is kept in state as tainted: the next apply adds it if it is not there."
		}
		return "It may or may not have taken effect. The next plan shows which."
	case membership.NotSent:
		return f.notDone(e)
	case membership.NotHealthy:
		more := " The next apply waits again; after a failed creation Terraform shows it as tainted, and it stays in all the same."
		if f.interrupted() {
			return "It stays in the group." + more
		}
		return "It stays in the group. Check the server and the listener's health check; raise the timeout if it only needs longer." + more
	case membership.NotChanged:
		return "It was there before this apply. It stays there as it was, and is not in state. Change the configuration to what the cloud " +
			"accepts, and apply again."
	case membership.Gone:
		return "The next plan adds it again."
	case membership.Draining:
		next := "The next apply takes it for gone, and does not wait for the requests that it still has."
		if f.interrupted() {
			return next
		}
		return "To wait longer raise timeouts.delete, or timeouts.update of a resource of many members; not to wait set " +
			"wait_for_drained = false. " + next
	case membership.Occupied:
		return "It keeps its port. If another resource is to give that port up, apply both at once: without -target, and with a " +
			"-parallelism above 1."
	case membership.Busy, membership.Throttled:
		return "The cloud did not accept the change in time. Try again later, or raise the resource's timeouts."
	case membership.Transient:
		later := e != nil && e.Status >= 400 && e.Status < 500 // the cloud's own answer: the way to it is all right
		switch {
		case later && f.Verb == "read":
			return "State is left as it was. Try again later."
		case later:
			return f.nothing() + " The cloud kept asking to try again later: apply again when nothing else changes the group."
		case f.Verb == "read":
			return "State is left as it was. Check the network, proxies and the provider's endpoints, or try again."
		}
		return f.nothing() + " Check the network, proxies and the provider's endpoints, or try again."
	case membership.Denied:
		if e != nil && e.Status == 0 {
			return "Check the provider's endpoints and region."
		}
		return "Check the provider's credentials, region and endpoints, and that the account may make this call."
	default:
		return ""
	}
}

// participles say what would have been done.
var participles = map[string]string{"add": "added", "change": "changed", "remove": "removed"}

// nothing says what was not done, and no more: of a removal the drain may have been,
// and the member be left at weight 0.
func (f Failure) nothing() string {
	nothing := "Nothing was "
	switch {
	case f.Set && strings.Contains(f.Member, ", "):
		nothing = "None of these was "
	case f.Set && f.Member != "": // something may have been done for others
		nothing = "It was not "
	}
	what, ok := participles[f.Verb]
	if !ok {
		what = "changed"
	}
	return nothing + what + "."
}

// notDone is the advice about what was not begun, or given up in time.
func (f Failure) notDone(e *membership.Error) string {
	switch {
	case f.interrupted():
		return f.nothing() + " Apply again to go on."
	case e != nil && e.Err != nil: // its time was over
		return f.nothing() + " Apply again later, or raise the timeout."
	default:
		return f.nothing() + " The next apply goes on."
	}
}

// DeniedAdvice is what to do about an answer of class Denied, or the lack of one,
// of a cloud that a block of the provider block is about. keys tells that it is
// the keys that were refused, and not what they may do.
func DeniedAdvice(block string, e *membership.Error, keys bool) string {
	switch {
	case keys:
		return "Check the keys of " + block + " in the provider block, or in the environment."
	case e.Status == http.StatusForbidden && e.Action != "":
		return "The account may not call " + e.Action + ". The guide \"Permissions\" lists the calls of each resource."
	}
	return "Check the login, region and endpoints of " + block + " in the provider block, or in the environment."
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

// words is how a text begins that is no name of anything.
var words = regexp.MustCompile(`^[a-z]+(,|:|;|\.)?( |$)`)

// sentence begins a text with a capital letter, unless a name is first, and ends
// it with a full stop.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if words.MatchString(s) {
		s = upper(s)
	}
	if s == "" || strings.HasSuffix(s, ".") || strings.HasSuffix(s, ")") || strings.HasSuffix(s, "!") {
		return s
	}
	return s + "."
}
