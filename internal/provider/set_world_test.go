package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// sets are the resources of many members, by that of one member of the same
// kind of group.
var sets = map[string]struct{ kind, group, members string }{
	"cloudlb_slb_backend_server":       {"cloudlb_slb_backend_servers", "load_balancer_id", "servers"},
	"cloudlb_slb_vserver_group_server": {"cloudlb_slb_vserver_group_servers", "vserver_group_id", "servers"},
	"cloudlb_elb_member":               {"cloudlb_elb_members", "pool_id", "members"},
}

// listed is one member of a set: its number and what is configured beside its
// key.
type listed struct {
	n     int
	extra map[string]any
}

// plain is members with nothing but their key, labelled m<n>.
func plain(numbers ...int) map[string]listed {
	items := map[string]listed{}
	for _, n := range numbers {
		items[fmt.Sprintf("m%d", n)] = listed{n: n}
	}
	return items
}

// upTo is plain for the members 1 to n.
func upTo(n int) map[string]listed {
	var numbers []int
	for i := range n {
		numbers = append(numbers, i+1)
	}
	return plain(numbers...)
}

// weighted is one member with a weight.
func weighted(n, weight int) listed { return listed{n, map[string]any{"weight": weight}} }

// item is one member's attributes.
func (w *world) item(l listed) map[string]any {
	item := w.attributes(l.n)
	delete(item, sets[w.kind].group)
	maps.Copy(item, l.extra)
	return item
}

// setAttributes are a set resource as the plugin protocol has it.
func (w *world) setAttributes(items map[string]listed, extra map[string]any) map[string]any {
	s := sets[w.kind]
	members := map[string]any{}
	for label, l := range items {
		members[label] = w.item(l)
	}
	all := map[string]any{s.group: w.group, s.members: members}
	maps.Copy(all, extra)
	return all
}

// set is a set resource named so as configuration has it.
func (w *world) set(name, extra string, items map[string]listed) string {
	s := sets[w.kind]
	var b strings.Builder
	fmt.Fprintf(&b, "resource %q %q {\n%s = %q\n%s\n%s = {\n", s.kind, name, s.group, w.group, extra, s.members)
	for _, label := range slices.Sorted(maps.Keys(items)) {
		fmt.Fprintf(&b, "%q = {\n", label)
		item := w.item(items[label])
		for _, name := range slices.Sorted(maps.Keys(item)) {
			fmt.Fprintf(&b, "%s = %#v\n", name, item[name])
		}
		b.WriteString("}\n")
	}
	b.WriteString("}\n}\n")
	return b.String()
}

// setAddress is where a set resource is.
func (w *world) setAddress(name string) string { return sets[w.kind].kind + "." + name }
