package membership_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// callLines writes the calls down. A listing that is made again and again, because
// its answer is not the one hoped for, is one line.
func (s *stage) callLines(b *strings.Builder, calls Calls, c clock) {
	for i := 0; i < len(calls); {
		n := i + 1
		for n < len(calls) && calls[n].Op == List && calls[i].Op == List && s.callLine(calls[n]) == s.callLine(calls[i]) {
			n++
		}
		fmt.Fprintf(b, "\n  %-16s %s", c.at(calls[i].Begun), s.callLine(calls[i]))
		if n > i+1 {
			fmt.Fprintf(b, ", and so until %s", c.at(calls[n-1].Begun))
		}
		if calls[i].Ended.After(calls[i].Begun) {
			fmt.Fprintf(b, ", at %s", c.at(calls[i].Ended))
		}
		i = n
	}
}

// callLine is a call and its answer.
func (s *stage) callLine(c Call) string {
	var what string
	answer := "ok"
	switch c.Op {
	case List:
		what, answer = "list", or(rangesOf(c.Answer), "nobody")
	case Add:
		what = "add " + rangesOf(c.Members)
	case Update:
		what = "weigh " + rangesOf(resultsOf(c.Changes))
	case Remove:
		what = "remove " + rangesOf(plain(c.Members))
	default:
		what, answer = "health", s.healthLine(c)
	}
	if c.Err != nil {
		answer = failure(c.Err)
	}
	return what + " -> " + answer
}

func (s *stage) healthLine(c Call) string {
	var sick []membership.Member
	for k := range s.sick {
		if s.fails(k, c.Ended) {
			sick = append(sick, membership.Member{Key: k, Weight: 10})
		}
	}
	if sick == nil {
		return "all pass"
	}
	return rangesOf(sick) + " fails"
}

func resultsOf(changes []membership.Change) (members []membership.Member) {
	for _, c := range changes {
		members = append(members, membership.Member{Key: c.Member.Key, Weight: *c.Weight})
	}
	return members
}

// plain are members whose weight is no matter.
func plain(members []membership.Member) []membership.Member {
	all := slices.Clone(members)
	for i := range all {
		all[i].Weight = 10
	}
	return all
}

// fate is what one member's caller was told.
type fate struct {
	member membership.Member
	text   string
}

// alike are fates, those with one text in one line.
func alike(fates []fate) (lines []string) {
	of := map[string][]membership.Member{}
	var order []string
	for _, f := range fates {
		if of[f.text] == nil {
			order = append(order, f.text)
		}
		of[f.text] = append(of[f.text], f.member)
	}
	for _, text := range order {
		lines = append(lines, rangesOf(of[text])+" "+text)
	}
	return lines
}

// failure is what an error means and, without the vendor's codes, says.
func failure(err error) string {
	text := membership.MeaningOf(err).String()
	e, ok := errors.AsType[*membership.Error](err)
	switch {
	case !ok:
		return text + ": " + err.Error()
	case e.Message != "":
		return text + ": " + e.Message
	case e.Err != nil:
		return text + ": " + e.Err.Error()
	}
	return text
}

func fates(outcomes []membership.Outcome, asked []membership.Member, done func(membership.Outcome) fate) []string {
	all := make([]fate, len(outcomes))
	for i, o := range outcomes {
		if o.Err != nil {
			all[i] = fate{plain(asked[i : i+1])[0], failure(o.Err)}
		} else if all[i] = done(o); all[i].member.Key == (membership.Key{}) {
			all[i].member = plain(asked[i : i+1])[0]
		}
	}
	return alike(all)
}

func tellAdded(asked []membership.Member, outcomes []membership.Outcome) []string {
	return fates(outcomes, asked, func(o membership.Outcome) fate {
		if o.Adopted {
			return fate{o.Member, "taken over"}
		}
		return fate{o.Member, "added"}
	})
}

func tellWeighed(asked []membership.Change, outcomes []membership.Outcome) []string {
	return fates(outcomes, resultsOf(asked), func(o membership.Outcome) fate { return fate{o.Member, "weighed"} })
}

func tellRemoved(asked []membership.Member, outcomes []membership.Outcome) []string {
	return fates(outcomes, asked, func(membership.Outcome) fate { return fate{text: "out"} })
}

func tellDrained(asked []membership.Member, outcomes []membership.Outcome) []string {
	return fates(outcomes, asked, func(o membership.Outcome) fate { return fate{o.Member, "drained"} })
}

func tellReport(goal membership.Goal, r membership.Report) []string {
	lines := tellAdded(goal.Add, r.Added)
	lines = append(lines, fates(r.Awaited, goal.Await, func(o membership.Outcome) fate { return fate{o.Member, "healthy"} })...)
	lines = append(lines, tellWeighed(goal.Update, r.Updated)...)
	return append(lines, tellRemoved(goal.Remove, r.Removed)...)
}

// clock gives the times of a part of a story as they are written. The engine's
// pauses are random between a time and twice that, so that a moment after one is
// written as the two between which it is; all others are whole milliseconds.
type clock struct {
	began time.Time
	span  map[time.Time][2]time.Duration
}

func newClock(began time.Time, calls Calls, answers []*told) clock {
	moments := []time.Time{began}
	for _, c := range calls {
		moments = append(moments, c.Begun)
		if !c.Ended.IsZero() { // else it is under way still
			moments = append(moments, c.Ended)
		}
	}
	for _, a := range answers {
		moments = append(moments, a.at)
	}
	slices.SortFunc(moments, time.Time.Compare)
	c := clock{began, map[time.Time][2]time.Duration{}}
	var last [2]time.Duration
	for i, at := range moments {
		if since := at.Sub(began); whole(since) {
			last = [2]time.Duration{since, since}
		} else {
			least, most := pauseOf(at.Sub(moments[i-1]))
			last = [2]time.Duration{last[0] + least, last[1] + most}
		}
		c.span[at] = last
	}
	return c
}

func whole(d time.Duration) bool { return d%time.Millisecond == 0 }

// pauseOf is the pause of the engine's that took so long: 100 to 200 ms, 200 to
// 400 ms, ... A shorter one is none of the random ones.
func pauseOf(d time.Duration) (least, most time.Duration) {
	least = 100 * time.Millisecond
	if whole(d) || d < least {
		return d, d
	}
	for 2*least < d {
		least *= 2
	}
	return least, 2 * least
}

func (c clock) at(t time.Time) string {
	span := c.span[t]
	least, most := span[0].Truncate(time.Millisecond), span[1].Truncate(time.Millisecond)
	if least == most {
		return least.String()
	}
	return least.String() + ".." + most.String()
}
