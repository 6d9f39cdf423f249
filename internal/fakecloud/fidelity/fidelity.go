// Package fidelity plays scripts against simulated clouds. A script says what a
// cloud answers to a request, where that is known from, and how sure it is: it
// is the page of the simulation and its test in one.
//
// A file of scripts has scenarios, each played against a cloud of its own:
//
//	== An Add of a present member is refused, or ignored
//	# assumed: the likeliest code of AddBackendServers' page.
//	AddBackendServers lb-1 i-a@1 i-c -> 400 InvalidParameter: The resource already exists.
//	rule default_add_present=ignore
//	AddBackendServers lb-1 i-a@1 i-c | ServerId
//	    200 ServerId="i-a"
//	    ServerId="i-b"
//
// Commands begin in the first column. What came of them follows an arrow or, where
// it is long, is indented below; go test -update writes down what comes of them
// now. The comment that follows the title
// begins with how sure the scenario is, one of [Sure]. Time is virtual and
// begins at 2000-01-01T00:00:00Z. README.md in the folder of the scripts tells
// the commands that are the cloud's own; these are common to all:
//
//	seed {"region":"r"}               a new cloud, with other values in its seed
//	rule name=value                   a rule, from here on
//	fault OP EFFECT                   what befalls the next call of OP (see effects)
//	latency read=1s write=1s tail=1s  how long calls take
//	wait 1m                           time goes by
//	meanwhile COMMAND, join           a command that goes on beside the others, and its end
//	log                               the request log so far
//	reports                           how many requests the cloud has reported as no correct client's
//	end                               what is reported when a test is over
//	REQUEST | field field             of a successful answer, these fields, a line an object; "| *" all of it
package fidelity

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

var update = flag.Bool("update", false, "write down what the simulated clouds answer now")

// Sure are the words for how sure a scenario is.
var Sure = []string{
	"documented", // the vendor's reference says so
	"real",       // a pasted answer or log of the real service
	"code",       // the vendor's own or widely used clients depend on it
	"SDK",        // measured on the vendor's SDK
	"assumed",    // nothing read settles it
	"ours",       // of the simulation's own making
}

// World is a cloud that has just been made.
type World struct {
	Server *fakecloud.Server
	// Rules reads rules of the cloud in JSON.
	Rules func(json []byte) error
	// Commands are the cloud's own, by first word.
	Commands map[string]func(args []string) string
	// Request makes a request of a line that is no command.
	Request func(line string) Answer
}

// Open makes a cloud: its usual seed, with patch read over it where not empty.
// An error is printed: a seed may be wrong on purpose.
type Open func(t fakecloud.TB, patch []byte) (World, error)

// Run plays the scripts of a folder.
func Run(t *testing.T, folder string, open Open) {
	files, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts in %s: %v", folder, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, scenarios := split(string(text))
			t.Run("scenarios", func(t *testing.T) {
				for _, s := range scenarios {
					t.Run(s.title, func(t *testing.T) {
						t.Parallel()
						synctest.Test(t, func(t *testing.T) { s.play(t, file, open) })
					})
				}
			})
			if *update {
				for _, s := range scenarios {
					head = append(head, s.lines...)
				}
				if err := os.WriteFile(file, []byte(strings.Join(head, "\n")+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// scenario is one script; lines begin with its title.
type scenario struct {
	title string
	at    int // the title's line in its file
	lines []string
}

func split(text string) (head []string, scenarios []*scenario) {
	for i, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		switch title, isTitle := strings.CutPrefix(line, "== "); {
		case isTitle:
			scenarios = append(scenarios, &scenario{title: title, at: i + 1, lines: []string{line}})
		case len(scenarios) == 0:
			head = append(head, line)
		default:
			s := scenarios[len(scenarios)-1]
			s.lines = append(s.lines, line)
		}
	}
	return head, scenarios
}

const (
	indent = "    "
	arrow  = " -> "
	width  = 140
)

// layout is a command with what came of it.
func layout(line string, got []string) []string {
	if len(got) == 1 && len(line)+len(arrow)+len(got[0]) <= width {
		return []string{line + arrow + got[0]}
	}
	out := []string{line}
	for _, g := range got {
		out = append(out, indent+g)
	}
	return out
}

// play carries out a scenario's commands and holds what comes of them against
// what is written, or writes it down.
func (s *scenario) play(t *testing.T, file string, open Open) {
	if !slices.ContainsFunc(Sure, func(w string) bool { return len(s.lines) > 1 && strings.HasPrefix(s.lines[1], "# "+w) }) {
		t.Errorf("%s:%d: the line after the title does not begin with one of %v", file, s.at, Sure)
	}
	p := &player{t: t, open: open, reporter: &reporter{}}
	out := s.lines[:1:1]
	for i := 1; i < len(s.lines); {
		line := s.lines[i]
		at := s.at + i
		i++
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			out = append(out, line)
			continue
		}
		var want []string
		line, answer, inline := strings.Cut(line, arrow)
		if inline {
			want = append(want, answer)
		}
		for ; i < len(s.lines) && strings.HasPrefix(s.lines[i], indent); i++ {
			want = append(want, strings.TrimPrefix(s.lines[i], indent))
		}
		got := p.command(line)
		if !*update && !slices.Equal(got, want) {
			t.Errorf("%s:%d: %s\ngot\n%s\nwant\n%s", file, at, line, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		out = append(out, layout(line, got)...)
	}
	s.lines = out
	p.end()
}

// reporter keeps what a cloud reports until a script asks for it.
type reporter struct {
	mu      sync.Mutex
	said    []string
	cleanup []func()
}

func (r *reporter) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *reporter) Cleanup(f func()) { r.cleanup = append(r.cleanup, f) }

func (r *reporter) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	said := r.said
	r.said = nil
	return said
}

// Covers holds the scripts of a folder to set every rule of T, by its JSON name,
// in a rule command or in a seed.
func Covers[T any](t *testing.T, folder string) {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(folder, "*.txt"))
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	rules := reflect.TypeFor[T]()
	for i := range rules.NumField() {
		name, _, _ := strings.Cut(rules.Field(i).Tag.Get("json"), ",")
		if set := regexp.MustCompile(`(?m)^(rule .*\b` + name + `=|seed .*"` + name + `":)`); !set.MatchString(all.String()) {
			t.Errorf("no script sets %s", name)
		}
	}
}
