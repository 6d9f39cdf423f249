package membership_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// stage is where a story takes place: one group under one engine.
type stage struct {
	t      *testing.T
	opts   Options
	fake   *Fake
	handle *membership.Handle
	sick   map[membership.Key]time.Time // until when a member fails its check
	told   int                          // how many of the calls are told
}

// play runs the commands of one part of a story. Those to the engine are callers
// who come at the same time; the part ends when all have their answer.
func (s *stage) play(commands []string) string {
	s.t.Helper()
	if s.told > 0 {
		pass(time.Minute) // parts are told as of different applies
	}
	began := time.Now()
	var callers sync.WaitGroup
	var answers []*told
	for _, line := range commands {
		if strings.HasPrefix(line, "#") || s.set(line) {
			continue
		}
		a := &told{}
		answers = append(answers, a)
		act := s.caller(line)
		callers.Go(func() {
			a.lines = act()
			a.at = time.Now()
		})
	}
	callers.Wait()
	if len(answers) == 0 {
		return ""
	}
	calls := s.fake.Calls()[s.told:]
	s.told += len(calls)
	c := newClock(began, calls, answers)
	var b strings.Builder
	s.callLines(&b, calls, c)
	for _, a := range answers {
		for _, line := range a.lines {
			fmt.Fprintf(&b, "\n%s: %s", c.at(a.at), line)
		}
	}
	b.WriteString("\nin the group: " + or(rangesOf(s.fake.Members()), "nobody"))
	return b.String()
}

// end looks whether all that a story sets up was of use.
func (s *stage) end() {
	if s.fake != nil {
		checkUsed(s.t, s.fake)
	}
}

// told is what a caller was told, and when.
type told struct {
	lines []string
	at    time.Time
}

// set carries out a command to the vendor or to somebody else; false where it is
// one to the engine.
func (s *stage) set(line string) bool {
	if rest, ok := strings.CutPrefix(line, "after "); ok {
		when, what, _ := strings.Cut(rest, ", ")
		act := s.other(what)
		if act != nil {
			time.AfterFunc(s.duration(when), act)
		}
		return act != nil
	}
	if act := s.other(line); act != nil {
		act()
		return true
	}
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "vendor":
		for _, option := range strings.Split(rest, ", ") {
			s.option(option)
		}
	case "group":
		s.end()
		s.told, s.sick = 0, map[membership.Key]time.Time{}
		s.opts.Name = "the group"
		s.fake = New(s.opts, s.members(rest)...)
		s.fake.SetHealth(s.health)
		s.handle = open(s.fake)
	case "next":
		which, what, _ := strings.Cut(rest, ": ")
		s.next(which, what)
	case "refuses":
		which, why, _ := strings.Cut(rest, ": ")
		for _, m := range s.members(which) {
			s.fake.Refuse(m.Key, Refused(why))
		}
	case "fails":
		which, until, _ := strings.Cut(rest, " until ")
		for _, m := range s.members(which) {
			s.sick[m.Key] = time.Now().Add(s.duration(or(until, "24h")))
		}
	default:
		return false
	}
	return true
}

// other is what another actor does; nil where a line is no such thing.
func (s *stage) other(what string) func() {
	if what == "the group disappears" {
		return func() { s.fake.Disappear() }
	}
	for verb, do := range map[string]func(m membership.Member){
		"somebody takes ": func(m membership.Member) { s.fake.Take(m.Key) },
		"somebody puts ":  func(m membership.Member) { s.fake.Put(m) },
	} {
		if which, ok := strings.CutPrefix(what, verb); ok {
			return func() {
				for _, m := range s.members(which) {
					do(m)
				}
			}
		}
	}
	return nil
}

func (s *stage) option(text string) {
	name, value, _ := strings.Cut(text, " ")
	switch name {
	case "batch":
		s.opts.Batch = s.number(value)
	case "quota":
		s.opts.Quota = s.number(value)
	case "lag":
		s.opts.Lag = s.duration(value)
	case "write":
		s.opts.Write = s.duration(value)
	case "strict":
		s.opts.Duplicates, s.opts.Absent, s.opts.IDs = true, true, true
	default:
		s.t.Fatalf("the vendor has no option %q", text)
	}
}

// next says what befalls the next calls of a kind: "remove", or "3 remove".
func (s *stage) next(which, what string) {
	times := 1
	if n, op, many := strings.Cut(which, " "); many {
		times, which = s.number(n), op
	}
	op, ok := map[string]Op{"list": List, "add": Add, "weigh": Update, "remove": Remove, "health": Health}[which]
	effect := map[string]Effect{
		"done, and the answer is lost":     FailAfter(Reset()),
		"not done, and the answer is lost": Fail(Reset()),
		"yes, and nothing is done":         Ignore(),
		"busy":                             Fail(Busy()),
		"denied":                           Fail(Denied()),
		"refused":                          Fail(Refused("not now")),
	}[what]
	if after, throttled := strings.CutPrefix(what, "throttled for "); throttled {
		effect = Fail(Throttled(s.duration(after)))
	}
	if !ok || effect == nil {
		s.t.Fatalf("next %s: %s?", which, what)
	}
	s.fake.On(op).Times(times).Do(effect)
}

// caller is a command to the engine: what one caller asks for, and under which
// circumstances. It returns what the caller is told.
func (s *stage) caller(line string) func() []string {
	clauses := strings.Split(line, ", ")
	var wait, until time.Duration
	who := ""
	for _, clause := range clauses[:len(clauses)-1] {
		verb, rest, _ := strings.Cut(clause, " ")
		switch verb {
		case "as":
			who = rest
		case "later":
			wait = s.duration(rest)
		case "interrupted":
			until = s.duration(strings.TrimPrefix(rest, "after "))
		default:
			s.t.Fatalf("%s: %q?", line, clause)
		}
	}
	act := s.act(clauses[len(clauses)-1])
	return func() []string {
		ctx, cancel := context.WithCancelCause(membership.As(s.t.Context(), who))
		defer cancel(nil)
		if wait > 0 {
			pass(wait)
		}
		if until > 0 {
			time.AfterFunc(until, func() { cancel(errors.New("interrupted")) })
		}
		return act(ctx)
	}
}

// act is what a caller asks for.
func (s *stage) act(text string) func(context.Context) []string {
	verb, rest, _ := strings.Cut(text, " ")
	var goal membership.Goal
	if verb == "set" {
		for _, part := range strings.Split(rest, "; ") {
			s.wish(&goal, part)
		}
		return func(ctx context.Context) []string { return tellReport(goal, s.handle.Reconcile(ctx, goal)) }
	}
	if verb == "drain" {
		which, long, _ := strings.Cut(rest, " for ")
		all := []membership.Selection{{Group: s.handle, Members: s.members(which)}}
		return func(ctx context.Context) []string {
			return tellDrained(all[0].Members, membership.DrainAll(ctx, all, s.duration(long), nil)[0])
		}
	}
	switch s.wish(&goal, text); verb {
	case "add":
		return func(ctx context.Context) []string {
			return tellAdded(goal.Add, s.handle.AddAll(ctx, goal.Add, goal.Adopt))
		}
	case "weigh":
		return func(ctx context.Context) []string {
			return tellWeighed(goal.Update, s.handle.UpdateAll(ctx, goal.Update))
		}
	}
	return func(ctx context.Context) []string {
		return tellRemoved(goal.Remove, s.handle.RemoveAll(ctx, goal.Remove, goal.How))
	}
}

// wish adds one part of what a caller wants to a goal.
func (s *stage) wish(goal *membership.Goal, text string) {
	verb, rest, _ := strings.Cut(text, " ")
	switch verb {
	case "add":
		which, adopt := strings.CutSuffix(rest, " or take over")
		goal.Add, goal.Adopt = s.members(which), adopt
	case "weigh":
		for _, m := range s.members(rest) {
			goal.Update = append(goal.Update, membership.Change{Member: membership.Member{Key: m.Key}, Weight: &m.Weight})
		}
	case "remove":
		which, drain, drains := strings.Cut(rest, " after a drain of ")
		if goal.Remove = s.members(which); drains {
			goal.How.Drain = s.duration(drain)
		}
	case "await":
		goal.Await, goal.Healthy = s.members(rest), true
	case "healthy":
		goal.Healthy = true
	default:
		s.t.Fatalf("nobody can %q", text)
	}
}

// health is what the vendor's checks say now.
func (s *stage) health(members []membership.Member) (h membership.Health) {
	for _, m := range members {
		c := membership.Check{Key: m.Key, ID: m.ID, Verdict: membership.Healthy, Status: "normal"}
		if s.fails(m.Key, time.Now()) {
			c.Verdict, c.Status = membership.Unhealthy, "abnormal"
		}
		h.Checks = append(h.Checks, c)
	}
	return h
}

func (s *stage) fails(k membership.Key, at time.Time) bool {
	until, ok := s.sick[k]
	return ok && at.Before(until)
}

// members are members as a story writes them: s3, s3=50, s1-s20=50; the weight is
// 10 where none is said.
func (s *stage) members(text string) (all []membership.Member) {
	s.t.Helper()
	for _, word := range strings.Fields(text) {
		word, weight, _ := strings.Cut(word, "=")
		first, last, isRange := strings.Cut(word, "-")
		from := s.number(strings.TrimPrefix(first, "s"))
		to := from
		if isRange {
			to = s.number(strings.TrimPrefix(last, "s"))
		}
		for n := from; n <= to; n++ {
			all = append(all, membership.Member{Key: membership.Key{Server: "s" + strconv.Itoa(n)}, Weight: s.number(or(weight, "10"))})
		}
	}
	return all
}

func (s *stage) number(text string) int {
	s.t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *stage) duration(text string) time.Duration {
	s.t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// numberOf is the number of a server.
func numberOf(m membership.Member) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(m.Key.Server, "s"))
	return n
}

// rangesOf are members as a story writes them.
func rangesOf(members []membership.Member) string {
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b membership.Member) int { return numberOf(a) - numberOf(b) })
	var words []string
	for i := 0; i < len(members); {
		n := i + 1
		for n < len(members) && numberOf(members[n]) == numberOf(members[n-1])+1 && members[n].Weight == members[i].Weight {
			n++
		}
		word := members[i].Key.Server
		switch n - i {
		case 1:
		case 2:
			n = i + 1 // two in a row are no range
		default:
			word += "-" + members[n-1].Key.Server
		}
		if w := members[i].Weight; w != 10 {
			word += "=" + strconv.Itoa(w)
		}
		words = append(words, word)
		i = n
	}
	return strings.Join(words, " ")
}
