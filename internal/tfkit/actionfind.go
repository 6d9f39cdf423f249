package tfkit

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// readers is how many things are read at once where there are many.
const readers = 8

// Several does something with each of many items, some at a time, and returns when
// all is done.
func Several[T any](items []T, do func(i int, item T)) {
	var doing sync.WaitGroup
	free := make(chan struct{}, readers)
	for i, item := range items {
		free <- struct{}{}
		doing.Go(func() {
			defer func() { <-free }()
			do(i, item)
		})
	}
	doing.Wait()
}

// chosen is what an action is about.
type chosen struct {
	selections []membership.Selection
	notes      []string
}

func (c chosen) members() (n int) {
	for _, s := range c.selections {
		n += len(s.Members)
	}
	return n
}

// String counts what is chosen: "2 members of 2 groups".
func (c chosen) String() string {
	return counted(c.members(), "member") + " of " + counted(len(c.selections), "group")
}

// succeeded is String of those that an outcome speaks well of.
func (c chosen) succeeded(outcomes [][]membership.Outcome) string {
	var well chosen
	for i, s := range c.selections {
		var members []membership.Member
		for k, o := range outcomes[i] {
			if o.Err == nil {
				members = append(members, s.Members[k])
			}
		}
		if members != nil {
			well.selections = append(well.selections, membership.Selection{Group: s.Group, Members: members})
		}
	}
	return well.String()
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// find looks for the members in every group where they may be. Groups that cannot be
// read are an error for each cause, and do not keep the action from the others.
func (a *memberAction[C, M, P]) find(ctx context.Context, region string, model P, p *progress, diags *diag.Diagnostics) (all chosen) {
	p.while(func() string { return fmt.Sprintf("looking for %s in the %s of region %s", model, a.Groups, region) })
	places, err := a.Find(ctx, a.session, region, model)
	if err != nil {
		diags.Append(NotRead(a.Groups, "region "+region, err, a.Advise(err, region, model)))
		return all
	}
	var unread []undone
	for i, seen := range a.lookAt(ctx, places, model) {
		g := places[i].Group
		switch {
		case membership.Is(seen.err, membership.NotFound) && len(places) > 1: // deleted since it was found
		case membership.Is(seen.err, membership.MemberNotFound):
		case seen.err != nil:
			unread = append(unread, undone{verb: "read", group: g.Name(), err: seen.err})
		case len(seen.members) > 0:
			all.selections = append(all.selections, membership.Selection{Group: g, Members: seen.members})
			if note := places[i].Note; note != "" {
				all.notes = append(all.notes, g.Name()+": "+note)
			}
		}
	}
	for _, some := range byCause(unread) {
		var groups []string
		for _, u := range some {
			groups = append(groups, u.group)
		}
		err := some[0].err
		diags.Append(Failure{Verb: "read", Noun: a.Noun + "s", Group: shortened(groups), Err: err, Advice: a.Advise(err, region, model)}.Diagnostic())
	}
	if len(all.selections) == 0 && !diags.HasError() {
		diags.AddAttributeError(path.Root(a.Server), "Missing "+a.Noun, fmt.Sprintf(
			"Could not find %s %s to %s. %s.\n\nCheck %s and the region. A server that is in no group needs no action.",
			a.Noun, model, a.deed.verb, a.searched(places, region), a.Server))
	}
	return all
}

// seen is what one group has of the members that are looked for.
type seen struct {
	members []membership.Member
	err     error
}

// lookAt reads groups, some at a time. In a single group a member is missing only
// when two listings agree.
func (a *memberAction[C, M, P]) lookAt(ctx context.Context, places []Place, model P) []seen {
	all := make([]seen, len(places))
	picked := func(members []membership.Member) []membership.Member {
		return slices.DeleteFunc(slices.Clone(members), func(m membership.Member) bool { return !model.Picks(m) })
	}
	if len(places) == 1 {
		_, all[0].err = places[0].Group.Seek(ctx, func(members []membership.Member) (membership.Member, error) {
			if all[0].members = picked(members); len(all[0].members) == 0 {
				return membership.Member{}, &membership.Error{Class: membership.MemberNotFound}
			}
			return all[0].members[0], nil
		})
		return all
	}
	Several(places, func(i int, p Place) {
		members, err := p.Group.List(ctx)
		all[i] = seen{picked(members), err}
	})
	return all
}
