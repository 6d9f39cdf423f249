package tfkit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// heads are the summary of each verb and the line that its text begins with.
var heads = map[string][2]string{
	"add":    {"Unable to add server", "Could not add server i-1:80 to pool p."},
	"read":   {"Unable to read server", "Could not read server i-1:80 in pool p."},
	"change": {"Unable to change server", "Could not change server i-1:80 in pool p."},
	"remove": {"Unable to remove server", "Could not remove server i-1:80 from pool p."},
	waitFor:  {"Unhealthy server", "In pool p, server i-1:80 did not become healthy in time."},
}

// advices say what to do about an error of each meaning: of any verb, or of the
// verb in front. What only the cloud knows more of has none here.
var advices = map[string]string{
	"unknown outcome":     "It may or may not have taken effect. The next plan shows which.",
	"add unknown outcome": "It may or may not be in the group. It is kept in state as tainted: the next apply adds it if it is not there.",
	"refused":             "",
	"denied":              "Check the provider's credentials, region and endpoints, and that the account may make this call.",
	"busy":                "The cloud did not accept the change in time. Try again later, or raise the resource's timeouts.",
	"throttled":           "The cloud did not accept the change in time. Try again later, or raise the resource's timeouts.",
	"transient":           "Nothing was changed. The cloud kept asking to try again later: apply again when nothing else changes the group.",
	"read transient":      "State is left as it was. Try again later.",
	"not found":           "",
	"member not found":    "",
	// Of a change it is the member that is missing, not the server.
	"change member not found": "Somebody else removed what was to be changed. The next plan adds it again.",
	"already exists":          "",
	"quota exceeded":          "",
	"not sent":                "Nothing was changed.",
	"add not sent":            "Nothing was added.",
	"remove not sent":         "Nothing was removed.",
	"not healthy": "It stays in the group. Check the server and the listener's health check; raise the timeout if it only needs longer. The " +
		"next apply waits again; after a failed creation Terraform shows it as tainted, and it stays in all the same.",
	"not changed": "It was there before this apply. It stays there as it was, and is not in state. Change the configuration to what the " +
		"cloud accepts, and apply again.",
	"gone": "The next plan adds it again.",
	"draining": "To wait longer raise timeouts.delete, or timeouts.update of a resource of many members; not to wait set wait_for_drained = " +
		"false. The next apply takes it for gone, and does not wait for the requests that it still has.",
	"occupied": "It keeps its port. If another resource is to give that port up, apply both at once: without -target, and with a " +
		"-parallelism above 1.",
}

// meanings are all that an error may mean.
func meanings() (all []membership.Meaning) {
	for c := membership.Class(0); !strings.HasPrefix(c.String(), "class "); c++ {
		all = append(all, c)
	}
	for f := membership.Finding(1); !strings.HasPrefix(f.String(), "finding "); f++ {
		all = append(all, f)
	}
	return all
}

func meaning(m membership.Meaning, e membership.Error) error {
	if f, ok := m.(membership.Finding); ok {
		e.Finding = f
	} else {
		e.Class = m.(membership.Class)
	}
	return &e
}

func TestWhatAFailureSays(t *testing.T) {
	t.Parallel()
	for verb, head := range heads {
		for _, means := range meanings() {
			name := verb + " " + means.String()
			advice, ok := advices[name]
			if !ok {
				advice, ok = advices[means.String()]
			}
			if !ok {
				t.Errorf("%s: nothing says what to do", name)
			}
			if len(advices) != len(meanings())+5 {
				t.Fatalf("%d rows for %d meanings", len(advices), len(meanings()))
			}
			want := []string{head[1], "Vendor.Code: what the vendor says (HTTP 400, request id r-1)", advice}
			summary := head[0]
			if means == membership.Gone {
				summary, want[0] = "Missing server", "In pool p, server i-1:80 is missing."
			}
			if means == membership.Draining {
				summary, want[0] = "Draining server", "Server i-1:80 left pool p, and is draining still."
			}
			if advice == "" {
				want = want[:len(want)-1]
			}
			d := Failure{Verb: verb, Noun: "server", Member: "i-1:80", Group: "pool p",
				Err: meaning(means, membership.Error{Code: "Vendor.Code", Message: "what the vendor says", Status: 400, RequestID: "r-1"})}.Diagnostic()
			same(t, name+": summary", d.Summary(), summary)
			same(t, name, d.Detail(), strings.Join(want, "\n\n"))
			if fault := unreadable(d.Detail()); fault != "" {
				t.Errorf("%s %s:\n%s", name, fault, d.Detail())
			}
		}
	}
}

// unreadable says what keeps a text from being plain English; "" where nothing
// does.
func unreadable(text string) string {
	switch {
	case strings.Contains(text, "%!"):
		return "has a broken format"
	case strings.Contains(text, "  "), strings.Contains(text, " ."), strings.Contains(text, ".."):
		return "has a gap in it"
	}
	for _, s := range strings.Split(text, "\n\n") {
		if !unicode.IsUpper([]rune(s)[0]) {
			return "has a paragraph that begins with a small letter"
		}
		if last := s[len(s)-1]; last != '.' && last != ')' && last != '!' {
			return "has a paragraph without an end"
		}
	}
	return ""
}

func TestTheRestOfAFailure(t *testing.T) {
	t.Parallel()
	at := path.Root("servers").AtMapKey("x")
	for name, tt := range map[string]struct {
		f    Failure
		want string
	}{
		"of all members": {Failure{Verb: "read", Noun: "servers", Group: "pool p", Err: errors.New("no answer")},
			"Unable to read servers||Could not read servers in pool p.\n\nNo answer.\n\nIt may or may not have taken effect. The next plan shows which."},
		"at an attribute": {Failure{Verb: "add", Noun: "server", Member: "a", Group: "pool p", Err: &membership.Error{Class: membership.Refused, Message: "No!"}, Advice: Advice{Path: at}},
			`Unable to add server|servers["x"]|Could not add server a to pool p.` + "\n\nNo!"},
		"the cloud's advice goes before ours": {Failure{Verb: "add", Noun: "server", Member: "a", Group: "pool p",
			Err: class(membership.Busy), Advice: Advice{Text: "Wait a day."}}, "Unable to add server||Could not add server a to pool p.\n\nBusy.\n\nWait a day."},
		"denied without an answer": {Failure{Verb: "read", Noun: "server", Member: "a", Group: "pool p", Err: &membership.Error{Class: membership.Denied, Message: "no such host"}},
			"Unable to read server||Could not read server a in pool p.\n\nNo such host.\n\nCheck the provider's endpoints and region."},
		"no answer": {Failure{Verb: "add", Noun: "server", Member: "a", Group: "pool p", Err: &membership.Error{Class: membership.Transient, Message: "no route"}},
			"Unable to add server||Could not add server a to pool p.\n\nNo route.\n\nNothing was changed. Check the network, proxies and the provider's endpoints, or try again."},
		"no answer to a read": {Failure{Verb: "read", Noun: "server", Member: "a", Group: "pool p", Err: &membership.Error{Class: membership.Transient, Message: "down", Status: 503}},
			"Unable to read server||Could not read server a in pool p.\n\nDown (HTTP 503)\n\nState is left as it was. Check the network, proxies and the provider's endpoints, or try again."},
		"wrapped": {Failure{Verb: "remove", Noun: "server", Member: "a", Group: "pool p", Err: fmt.Errorf("at last: %w", finding(membership.NotSent))},
			"Unable to remove server||Could not remove server a from pool p.\n\nAt last: not sent.\n\nNothing was removed."},
		"of some of a set": {Failure{Verb: "remove", Noun: "servers", Member: "a, b", Group: "pool p", Set: true, Err: finding(membership.NotSent)},
			"Unable to remove servers||Could not remove servers a, b from pool p.\n\nNot sent.\n\nNone of these was removed."},
		"of one of a set": {Failure{Verb: "remove", Noun: "server", Member: "a", Group: "pool p", Set: true, Err: finding(membership.NotSent)},
			"Unable to remove server||Could not remove server a from pool p.\n\nNot sent.\n\nIt was not removed."},
		"of a set, in doubt": {Failure{Verb: "add", Noun: "servers", Member: "a, b", Group: "pool p", Set: true, Err: class(membership.Unknown)},
			"Unable to add servers||Could not add servers a, b to pool p.\n\nUnknown outcome.\n\nIt may or may not have taken effect. The next plan shows which."},
		"its time was over": {Failure{Verb: "add", Noun: "server", Member: "a", Group: "pool p", Err: ended(membership.NotSent, errors.New("over"))},
			"Unable to add server||Could not add server a to pool p.\n\nThat was that.\n\nNothing was added. Apply again later, or raise the timeout."},
		"interrupted": {Failure{Verb: "remove", Noun: "server", Member: "a", Group: "pool p", Err: ended(membership.NotSent, context.Canceled)},
			"Unable to remove server||Could not remove server a from pool p.\n\nThat was that.\n\nNothing was removed. Apply again to go on."},
		"interrupted while its health was waited for": {Failure{Verb: waitFor, Noun: "server", Member: "a", Group: "pool p", Err: ended(membership.NotHealthy, context.Canceled)},
			"Unhealthy server||In pool p, server a was not healthy yet.\n\nThat was that.\n\nIt stays in the group. The next apply waits again; after a " +
				"failed creation Terraform shows it as tainted, and it stays in all the same."},
		"interrupted while it drained": {Failure{Verb: "remove", Noun: "server", Member: "a", Group: "pool p", Err: ended(membership.Draining, context.Canceled)},
			"Draining server||Server a left pool p, and is draining still.\n\nThat was that.\n\nThe next apply takes it for gone, and does not wait for " +
				"the requests that it still has."},
	} {
		d := tt.f.Diagnostic()
		where := ""
		if p, ok := d.(diag.DiagnosticWithPath); ok {
			where = p.Path().String()
		}
		same(t, name, d.Summary()+"|"+where+"|"+d.Detail(), tt.want)
	}
}

func ended(f membership.Finding, why error) error {
	return &membership.Error{Finding: f, Message: "that was that", Err: why}
}

func TestASentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a": "A.", "a.": "A.", "a!": "a!", "a (HTTP 400)": "A (HTTP 400)", "": "", " a \n": "A.", "no, not": "No, not.",
		"i-1 is full": "i-1 is full.", "protocol_port is 0": "protocol_port is 0.", "10.0.0.1: no": "10.0.0.1: no.", "a:80 is full": "a:80 is full.",
	} {
		same(t, text, sentence(text), want)
	}
}

// The advice about what is there already names both ways to take it over.
func TestTheAdviceAboutWhatIsThere(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"one": AlreadyThere("g/i-1:80"), "a set": AlreadyThereInSet("g/i-1:80")} {
		if !strings.Contains(text, `the id "g/i-1:80"`) || !strings.Contains(text, "adopt_existing = true") || unreadable(text) != "" {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// Where nothing checks health, one warning says so, whatever the number.
func TestTheWarningThatNothingChecks(t *testing.T) {
	t.Parallel()
	group := groupOf(grouptest.New(grouptest.Options{Name: "pool p"}))
	same(t, "no notes", len(unchecked(group, []string{"", ""})), 0)
	diags := unchecked(group, []string{"", "nothing checks a", "nothing checks b"})
	if len(diags) != 1 || diags.HasError() {
		t.Fatal(diags)
	}
	same(t, "text", diags[0].Detail(), "In pool p nothing checks a. It was added without waiting.")
}

func TestWhatAMalformedImportIsTold(t *testing.T) {
	t.Parallel()
	same(t, "an id", MalformedImport("x y", "as GROUP", "g-1").Detail(), `"x y" is not an import id of this resource. It is written as GROUP; for example g-1.`)
	same(t, "an identity", MalformedImport("", "as GROUP", "g-1").Detail(), "The parts of the identity do not name a member. It is written as GROUP; for example g-1.")
}
