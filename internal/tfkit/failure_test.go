package tfkit

import (
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
	"unknown outcome":     "It may or may not have taken effect. The next plan reads what is so.",
	"add unknown outcome": "It may or may not be in the group. It is kept in state as tainted: the next apply adds it if it is not there.",
	"refused":             "",
	"denied":              "Check the provider's credentials, region and endpoints, and that the account may make this call.",
	"busy":                "The cloud did not accept the change in time. Try again later, or raise the resource's timeouts.",
	"throttled":           "The cloud did not accept the change in time. Try again later, or raise the resource's timeouts.",
	"transient":           "Nothing was changed. The cloud went on asking to try again later; do so once nothing else changes the group.",
	"read transient":      "Nothing is concluded from that about the server. Try again later.",
	"not found":           "",
	"member not found":    "",
	"already exists":      "",
	"quota exceeded":      "",
	"not sent":            "Nothing was changed.",
	"not healthy": "It is in the group, and stays there. Check the server and the listener's health check, and raise the timeout if it only " +
		"needs longer. The next apply waits again; what a failed creation leaves is shown as tainted then, and stays in all the same.",
	"not changed": "It was there before this apply, and stays there with the weight and texts that it had; it is not in state. Bring the " +
		"configuration to what the cloud accepts, and apply again.",
	"gone": "The next plan adds it.",
	"draining": "To give it longer raise timeouts.delete, or timeouts.update of a resource of many members; wait_for_drained = false does " +
		"not wait. The next apply takes it for gone, and what follows then ends the requests that it still has.",
	"occupied": "The member keeps its port. Where another resource of the configuration is to leave the port, apply again, without -target " +
		"and with a -parallelism above 1; two that are to change places come together only then.",
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
			if len(advices) != len(meanings())+2 {
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
			"Unable to read servers||Could not read servers in pool p.\n\nno answer.\n\nIt may or may not have taken effect. The next plan reads what is so."},
		"at an attribute": {Failure{Verb: "add", Noun: "server", Member: "a", Group: "pool p", Err: &membership.Error{Class: membership.Refused, Message: "No!"}, Advice: Advice{Path: at}},
			`Unable to add server|servers["x"]|Could not add server a to pool p.` + "\n\nNo!"},
		"the cloud's advice goes before ours": {Failure{Verb: "add", Noun: "server", Member: "a", Group: "pool p",
			Err: class(membership.Busy), Advice: Advice{Text: "Wait a day."}}, "Unable to add server||Could not add server a to pool p.\n\nbusy.\n\nWait a day."},
		"denied without an answer": {Failure{Verb: "read", Noun: "server", Member: "a", Group: "pool p", Err: &membership.Error{Class: membership.Denied, Message: "no such host"}},
			"Unable to read server||Could not read server a in pool p.\n\nno such host.\n\nCheck the provider's endpoints and region."},
		"no answer": {Failure{Verb: "add", Noun: "server", Member: "a", Group: "pool p", Err: &membership.Error{Class: membership.Transient, Message: "no route"}},
			"Unable to add server||Could not add server a to pool p.\n\nno route.\n\nNothing was changed. Check the network, proxies and the provider's endpoints, or try again."},
		"no answer to a read": {Failure{Verb: "read", Noun: "server", Member: "a", Group: "pool p", Err: &membership.Error{Class: membership.Transient, Message: "down", Status: 503}},
			"Unable to read server||Could not read server a in pool p.\n\ndown (HTTP 503)\n\nNothing is concluded from that about the server. Check the network, proxies and the provider's endpoints, or try again."},
		"wrapped": {Failure{Verb: "remove", Noun: "server", Member: "a", Group: "pool p", Err: fmt.Errorf("at last: %w", finding(membership.NotSent))},
			"Unable to remove server||Could not remove server a from pool p.\n\nat last: not sent.\n\nNothing was changed."},
	} {
		d := tt.f.Diagnostic()
		where := ""
		if p, ok := d.(diag.DiagnosticWithPath); ok {
			where = p.Path().String()
		}
		same(t, name, d.Summary()+"|"+where+"|"+d.Detail(), tt.want)
	}
}

func TestASentenceEnds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a": "a.", "a.": "a.", "a!": "a!", "a (HTTP 400)": "a (HTTP 400)", "": "", " a \n": "a.", "a,": "a,.",
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
