package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// outcome is what must come of a step. The numbers are those of the members
// that calls of a kind name, all calls together; which of them share a call
// depends on how they arrive.
type outcome struct {
	plan                     changes
	adds, reweights, removes int
	holds                    holdings
}

// observed is what came of it.
type observed struct {
	plan       changes
	holds      holdings
	calls      []call
	complaints []string // requests that no correct client sends
}

// kinds are what the writes of all APIs do.
var kinds = func() map[string]string {
	all := map[string]string{}
	for _, k := range stages.Kinds() {
		for what, ops := range map[string][]string{"added": k.Ops.Add, "reweighted": k.Ops.Update, "removed": k.Ops.Remove} {
			for _, op := range ops {
				all[op] = what
			}
		}
	}
	return all
}()

// differences says in what the two differ; nothing where all is well.
func (want outcome) differences(got observed) []string {
	var wrong []string
	add := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if got.plan != want.plan {
		add("the plan has %s; it should have %s", got.plan, want.plan)
	}
	for _, m := range sortedMembers(want.holds, got.holds) {
		expected, ok := want.holds[m]
		weight, there := got.holds[m]
		switch {
		case !there:
			add("%s does not hold %s", m.group, m.name)
		case !ok:
			add("%s holds %s, which it should not", m.group, m.name)
		case weight != expected:
			add("%s in %s has weight %d; it should have %d", m.name, m.group, weight, expected)
		}
	}
	members := map[string]int{}
	for _, c := range got.calls {
		if c.Status < 200 || c.Status > 299 {
			add("%s was refused: %d %s", c.Op, c.Status, c.Code)
			continue
		}
		if !c.Write {
			continue
		}
		if kinds[c.Op] == "" {
			add("%s is a write that the provider has no use for", c.Op)
		}
		if c.Items == 0 {
			add("%s names no member", c.Op)
		}
		members[kinds[c.Op]] += c.Items
	}
	for kind, n := range map[string]int{"added": want.adds, "reweighted": want.reweights, "removed": want.removes} {
		if members[kind] != n {
			add("the calls %s %d members; they should have %s %d", kind, members[kind], kind, n)
		}
	}
	for _, c := range got.complaints {
		add("%s", c)
	}
	return wrong
}

// sortedMembers are the members of all, by group and name.
func sortedMembers(all ...holdings) []member {
	either := holdings{}
	for _, h := range all {
		maps.Copy(either, h)
	}
	return slices.SortedFunc(maps.Keys(either), func(a, b member) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.name, b.name))
	})
}
