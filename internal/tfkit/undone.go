package tfkit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// undone is a member that something could not be done to.
type undone struct {
	verb, label string // label is that in a resource of many members
	member      membership.Member
	group       string
	err         error
}

// cause is what is the same in the errors of several members, or groups.
type cause struct {
	verb    string
	meaning membership.Meaning
	code    string
}

func causeOf(verb string, err error) cause {
	c := cause{verb: verb, meaning: membership.MeaningOf(err)}
	if e, ok := errors.AsType[*membership.Error](err); ok {
		c.code = e.Code
	}
	return c
}

// byCause are those that have one cause together, in the order in which the
// causes come.
func byCause(all []undone) (causes [][]undone) {
	at := map[cause]int{}
	for _, u := range all {
		c := causeOf(u.verb, u.err)
		n, known := at[c]
		if !known {
			n = len(causes)
			at[c] = n
			causes = append(causes, nil)
		}
		causes[n] = append(causes[n], u)
	}
	return causes
}

// repeated is how many of the answers that differ one error repeats.
const repeated = 10

// failureOf is the error about members that one cause has in common, in whichever
// groups. What each answer said stands for each, unless it is the same but for
// the request's id.
func failureOf(noun string, some []undone) Failure {
	f := Failure{Verb: some[0].verb, Noun: noun, Group: some[0].group, Err: some[0].err}
	if len(some) > 1 {
		f.Noun += "s"
	}
	texts, groups := map[string]bool{}, map[string][]membership.Member{}
	var order []string
	for _, u := range some {
		texts[withoutRequest(u.err)] = true
		if groups[u.group] == nil {
			order = append(order, u.group)
		}
		groups[u.group] = append(groups[u.group], u.member)
	}
	if f.Member = names(groups[order[0]]); len(order) > 1 {
		var all []string
		for _, g := range order {
			all = append(all, g+" ("+names(groups[g])+")")
		}
		f.Member, f.Group = "", shortened(all)
	}
	if len(texts) > 1 {
		f.Err = answersOf(some, len(order) > 1)
	}
	return f
}

// answersOf are the answers for each of several members, as one error.
func answersOf(some []undone, ofGroups bool) error {
	var lines []string
	for _, u := range some[:min(len(some), repeated)] {
		what := u.member.Key.String()
		if ofGroups {
			what += " in " + u.group
		}
		lines = append(lines, what+": "+u.err.Error())
	}
	if more := len(some) - repeated; more > 0 {
		lines = append(lines, fmt.Sprintf("and the like of %d more", more))
	}
	e := membership.Error{Message: strings.Join(lines, "\n")}
	if first, ok := errors.AsType[*membership.Error](some[0].err); ok {
		e.Class, e.Finding, e.Err = first.Class, first.Finding, first.Err
	}
	return &e
}

// withoutRequest is what an error says, but for the id of the request.
func withoutRequest(err error) string {
	if e, ok := errors.AsType[*membership.Error](err); ok && e.RequestID != "" {
		return strings.ReplaceAll(err.Error(), e.RequestID, "")
	}
	return err.Error()
}
