package fidelity

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// player carries out the commands of one scenario.
type player struct {
	t        *testing.T
	open     Open
	reporter *reporter
	world    World
	opened   bool

	beside  sync.WaitGroup
	results []*[]string // of the commands that go on beside
}

// over ends the cloud as the end of a test does, and is what it reports then.
func (p *player) over() []string {
	for _, f := range p.reporter.cleanup {
		f()
	}
	p.reporter.cleanup = nil
	return p.reporter.take()
}

// end fails the test for what the scenario has left unsaid.
func (p *player) end() {
	p.beside.Wait()
	for _, s := range p.over() {
		p.t.Errorf("reported and not asked for: %s", s)
	}
}

func (p *player) begin(patch string) error {
	p.opened = true
	w, err := p.open(p.reporter, []byte(patch))
	p.world = w
	return err
}

// command carries out a line and returns what is to be written below it.
func (p *player) command(line string) (out []string) {
	defer func() {
		if mistake := recover(); mistake != nil {
			out = []string{fmt.Sprintf("panics: %v", mistake)}
		}
	}()
	word, rest, _ := strings.Cut(line, " ")
	if word == "seed" {
		return problem(p.begin(rest))
	}
	if !p.opened {
		if err := p.begin(""); err != nil {
			return problem(err)
		}
	}
	switch word {
	case "rule":
		return problem(p.world.Rules(Object(strings.Fields(rest))))
	case "fault":
		return problem(p.fault(strings.Fields(rest)))
	case "latency":
		return problem(p.latency(strings.Fields(rest)))
	case "wait":
		d, err := time.ParseDuration(rest)
		if err == nil {
			<-time.After(d)
			synctest.Wait()
		}
		return problem(err)
	case "meanwhile":
		result := new([]string)
		p.results = append(p.results, result)
		p.beside.Go(func() { *result = p.command(rest) })
		synctest.Wait()
		return nil
	case "join":
		p.beside.Wait()
		for _, r := range p.results {
			out = append(out, *r...)
		}
		p.results = nil
		return out
	case "log":
		return p.log()
	case "reports":
		return []string{fmt.Sprint(len(p.reporter.take()))}
	case "end":
		return p.over()
	}
	if own, ok := p.world.Commands[word]; ok {
		return written(own(strings.Fields(rest)))
	}
	request, fields, filtered := strings.Cut(line, " | ")
	a := p.world.Request(request)
	if !filtered {
		return a.text(nil)
	}
	return a.text(strings.Fields(fields))
}

func problem(err error) []string {
	if err == nil {
		return nil
	}
	return written(err.Error())
}

func written(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// log is the request log, and the most writes under way on each lock where that
// were several.
func (p *player) log() (out []string) {
	locks := map[string]bool{}
	for _, e := range p.world.Server.Log.All() {
		line := fmt.Sprintf("%s %d", e.Op, e.Status)
		if e.Code != "" {
			line += " " + e.Code
		}
		if e.Fault {
			line += " fault"
		}
		if e.Busy {
			line += " busy"
		}
		if e.Write {
			line += fmt.Sprintf(" lock=%s items=%d", e.Lock, e.Items)
			locks[e.Lock] = true
		}
		out = append(out, strings.TrimSpace(line+" "+e.Detail))
	}
	for _, l := range slices.Sorted(maps.Keys(locks)) {
		if n := p.world.Server.Log.MaxInFlight(l); n > 1 {
			out = append(out, fmt.Sprintf("%d writes at once on %s", n, l))
		}
	}
	return out
}

func (p *player) latency(args []string) error {
	var l fakecloud.Latency
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		d, err := time.ParseDuration(value)
		if err != nil {
			return err
		}
		switch name {
		case "read":
			l.Read = d
		case "write":
			l.Write = d
		case "tail":
			l.LockTail = d
		default:
			return fmt.Errorf("no latency %q", name)
		}
	}
	p.world.Server.SetLatency(l)
	return nil
}

// fault scripts what befalls the next call of an action.
func (p *player) fault(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("a fault needs an action and an effect")
	}
	op, kind, args := args[0], args[1], args[2:]
	number := func(i int) int {
		if i >= len(args) {
			return 0
		}
		n, _ := strconv.Atoi(args[i])
		return n
	}
	code := func(i int) string {
		if i >= len(args) {
			return ""
		}
		return args[i]
	}
	effects := map[string]func() fakecloud.Effect{
		"reset":       fakecloud.ResetBeforeCommit,
		"reset-after": fakecloud.ResetAfterCommit,
		"stale":       fakecloud.StaleRead,
		"hang-after":  fakecloud.HangAfterCommit,
		"throttle":    func() fakecloud.Effect { return fakecloud.Throttle(time.Duration(number(0)) * time.Second) },
		"fail":        func() fakecloud.Effect { return fakecloud.Fail(number(0), code(1), "") },
		"fail-after":  func() fakecloud.Effect { return fakecloud.FailAfterCommit(number(0), code(1), "") },
		"partial":     func() fakecloud.Effect { return fakecloud.PartialBatch(number(0), number(1), code(2), "") },
		"html":        func() fakecloud.Effect { return fakecloud.Raw(number(0), "text/html", "<html>Bad Gateway</html>") },
		"before": func() fakecloud.Effect {
			return fakecloud.Before(func() { p.command(strings.Join(args, " ")) })
		},
	}
	effect, ok := effects[kind]
	if !ok {
		return fmt.Errorf("no effect %q", kind)
	}
	p.world.Server.Faults.On(op).Do(effect())
	return nil
}

// Patched is a seed in JSON with the fields of a patch in place of its own. A
// patch that is no object comes back as it is, for the seed's reader to refuse.
func Patched(seed any, patch []byte) []byte {
	b, _ := json.Marshal(seed) // a seed always encodes
	var fields, over map[string]json.RawMessage
	if json.Unmarshal(b, &fields) != nil || json.Unmarshal(patch, &over) != nil {
		return patch
	}
	maps.Copy(fields, over)
	b, _ = json.Marshal(fields)
	return b
}

// Object is a JSON object of words such as "weight=1" or `name="a"`. A value
// that is no JSON is text.
func Object(words []string) []byte {
	fields := map[string]json.RawMessage{}
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		if !json.Valid([]byte(value)) {
			text, _ := json.Marshal(value) // text always encodes
			value = string(text)
		}
		fields[name] = json.RawMessage(value)
	}
	b, _ := json.Marshal(fields) // valid JSON always encodes
	return b
}
