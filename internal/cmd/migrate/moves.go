package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What a migration makes of the members.
const (
	toSame    = "same"    // what each was: one member, or a whole group
	toSets    = "sets"    // one resource for all members of a group
	toSingles = "singles" // one resource instance for each member
)

// holding is a resource of the old configuration, with all its instances.
type holding struct {
	module, typ, name string // the module without keys
	of                origin
	all               []old
}

func (h holding) address() string { return h.typ + "." + h.name }

// here are the instances in the first instance of the module, which stand for the
// others in its files.
func (h holding) here() (here []old) {
	for _, o := range h.all {
		if o.module == h.all[0].module {
			here = append(here, o)
		}
	}
	return here
}

// migrate is the configuration of what a state holds, and how many members of how
// many old resources it is about.
func migrate(ctx context.Context, origins map[string]origin, from *stock, to string) (c *configuration, members int) {
	c = &configuration{modules: map[string][]block{}, taken: from.others}
	held := map[string]*holding{}
	var order []*holding
	for _, i := range from.instances {
		module := withoutKeys(i.module)
		if i.deposed != "" {
			c.add(module, remark("%s has a deposed object (%s), which an interrupted replacement has left. Terraform cannot move it: apply with the old provider first.", i.address, i.deposed))
			continue
		}
		o, err := adopt(ctx, i, origins[i.typ])
		if err != nil {
			c.add(module, remark("%s. Refresh it with the old provider (terraform apply -refresh-only), and run this program again.", err))
			continue
		}
		h := held[i.holder()]
		if h == nil {
			h = &holding{module: module, typ: i.typ, name: i.name, of: o.origin}
			held[i.holder()], order = h, append(order, h)
		}
		h.all = append(h.all, o)
		members += len(o.members)
	}
	for _, g := range from.groups {
		c.unheld(g, order)
	}
	spare := c.owners(order)
	holders := map[string]string{}
	gathered := map[string][]*holding{} // by module
	for _, h := range order {
		c.instancesOf(h)
		c.memberless(h, spare, to)
		if to != toSets {
			c.doubled(h, holders)
		}
		switch {
		case to == toSets && !h.of.isSet:
			gathered[h.module] = append(gathered[h.module], h)
		case to == toSingles && h.of.isSet:
			c.spread(h, spare)
		default:
			c.keep(h, spare)
		}
	}
	for _, module := range slices.Sorted(maps.Keys(gathered)) {
		c.gather(module, gathered[module])
	}
	return c, members
}

func remark(format string, args ...any) block {
	return block{notes: []string{fmt.Sprintf(format, args...)}}
}

// instancesOf says what holds of a module that is there several times.
func (c *configuration) instancesOf(h *holding) {
	paths := map[string]bool{}
	for _, o := range h.all {
		paths[o.module] = true
	}
	if len(paths) > 1 {
		c.add(h.module, remark("The module is there %d times (%s). The values of %s below are those of the first: let what is not the same in all come from the module's variables.",
			len(paths), strings.Join(slices.Sorted(maps.Keys(paths)), ", "), h.address()))
	}
}

// memberless says which instances name no member, and what that would come to: who
// owns a group and lists nobody removes everybody.
func (c *configuration) memberless(h *holding, spare map[string]bool, to string) {
	for _, o := range h.all {
		if len(o.members) > 0 || spare[o.address] {
			continue
		}
		outcome := "everything in it would be removed"
		if to == toSingles {
			outcome = "nothing in it would be managed any more"
		}
		c.add(h.module, remark("The state of %s, which owns the group %s, names no member. Refresh it with the old provider (terraform apply "+
			"-refresh-only), and run this program again: as it stands, %s.", o.address, o.group, outcome))
	}
}

// doubled says which instances of one member another holds already; holders are
// the first of each member.
func (c *configuration) doubled(h *holding, holders map[string]string) {
	for _, o := range h.all {
		if o.isSet {
			continue
		}
		place := o.single + " " + o.group + ":" + o.members[0].label
		if first := holders[place]; first != "" {
			c.add(h.module, remark("%s and %s are one member, %s of %s. A plan with both is refused (\"Member managed twice\"): leave one of "+
				"them out here, and run terraform state rm for it.", first, o.address, o.members[0].label, o.group))
			continue
		}
		holders[place] = o.address
	}
}

// unheld says which members a group has that no resource of a member holds.
func (c *configuration) unheld(g listedGroup, all []*holding) {
	left := slices.Clone(g.members)
	for _, h := range all {
		for _, o := range h.all {
			for _, m := range o.members {
				key := fmt.Sprintf("%v:%s", m.has.get("server_id"), text(m.has.get("port")))
				left = slices.DeleteFunc(left, func(member string) bool { return o.group == g.id && member == key })
			}
		}
	}
	if len(left) > 0 {
		c.add(withoutKeys(g.module), remark("%s has members that no other resource of this state holds: %s. Where they stand in its blocks "+
			"named servers, keep it, delete these blocks, and import %s into a resource of cloudlb's for many members.", g.address, strings.Join(left, ", "), g.id))
	}
}

// owners finds the groups that several instances own. The one whose state says most
// takes in the members of the others, which are spare.
func (c *configuration) owners(all []*holding) (spare map[string]bool) {
	owners := map[string][]*old{}
	var order []string
	for _, h := range all {
		for i := range h.all {
			if o := &h.all[i]; o.isSet {
				place := o.set + o.group
				if owners[place] == nil {
					order = append(order, place)
				}
				owners[place] = append(owners[place], o)
			}
		}
	}
	spare = map[string]bool{}
	for _, place := range order {
		of := owners[place]
		if len(of) == 1 {
			continue
		}
		slices.SortStableFunc(of, func(a, b *old) int { return cmp.Compare(a.unsaid(), b.unsaid()) })
		for _, o := range of[1:] {
			of[0].note("%s owns the group %s too. Only one resource can, so this one has the members of both: compare them.", o.address, o.group)
			spare[o.address] = true
			for _, m := range o.members {
				if !slices.ContainsFunc(of[0].members, m.covered) {
					of[0].members = append(of[0].members, m)
				}
			}
		}
	}
	return spare
}

// keep writes a resource as what it was, and moves it.
func (c *configuration) keep(h *holding, spare map[string]bool) {
	here := h.here()
	left := slices.DeleteFunc(slices.Clone(here), func(o old) bool { return spare[o.address] })
	if len(left) == 0 {
		c.add(h.module, removed(h.address()))
		return
	}
	typ := left[0].newType()
	name := c.name(h.module, typ, h.name)
	to := typ + "." + name
	var notes []string
	var variants []variant
	for n, o := range here {
		if spare[o.address] {
			notes = append(notes, fmt.Sprintf("Run terraform state rm '%s': another resource has its members.", o.address))
			continue
		}
		key := o.key
		if number, is := key.(int); is && number != n || is && len(left) < len(here) || is && countless(here) {
			key = fmt.Sprint(number)
		}
		if key != o.key {
			c.add(h.module, moved(indexed(h.address(), o.key), indexed(to, key)))
		}
		if o.tainted {
			o.note("%s is tainted and would be replaced. Run first: terraform untaint '%s'", o.address, o.address)
		}
		notes = append(notes, o.notes...)
		variants = append(variants, variant{key, o.fields()})
	}
	if len(left) == len(here) && !countless(here) {
		c.add(h.module, moved(h.address(), to))
	}
	c.add(h.module, resourceBlock(typ, name, notes, timeoutsOf(left), variants))
}

// countless tells whether instances have numbers that no count gives.
func countless(all []old) bool {
	for n, o := range all {
		if number, is := o.key.(int); is && number != n {
			return true
		}
	}
	return false
}

// fields is all that the new resource's configuration has but for timeouts.
func (o old) fields() fields {
	if o.isSet {
		return append(slices.Clone(o.own), field{o.items, items(o.members)})
	}
	return append(slices.Clone(o.own), o.members[0].has...)
}

func items(members []member) (all entries) {
	for _, m := range members {
		all = append(all, field{m.label, m.has})
	}
	return all
}

func timeoutsOf(all []old) fields {
	for _, o := range all {
		if len(o.timeouts) > 0 {
			return o.timeouts
		}
	}
	return nil
}

// spread lets go of a resource that is a whole group, and imports each member.
func (c *configuration) spread(h *holding, spare map[string]bool) {
	name := ""
	c.add(h.module, removed(h.address()))
	var variants []variant
	var notes []string
	first := h.all[0].module
	ids := map[string]entries{} // by module
	for _, o := range h.all {
		if spare[o.address] {
			continue
		}
		if name == "" {
			name = c.name(h.module, o.single, h.name)
		}
		var shared fields
		for _, f := range o.own {
			if _, has := o.singleHas.Attributes[f.name]; has {
				shared = append(shared, f)
			}
		}
		for _, m := range o.members {
			key := m.label
			if o.key != nil {
				key = fmt.Sprint(o.key) + "/" + m.label
			}
			ids[o.module] = append(ids[o.module], field{key, o.group + ":" + m.label})
			if o.module == first {
				variants = append(variants, variant{key, append(slices.Clone(shared), m.has...)})
			}
		}
		if o.module == first {
			notes = append(notes, o.notes...)
		}
	}
	if len(variants) == 0 {
		return
	}
	to := h.of.single + "." + name
	for _, module := range slices.Sorted(maps.Keys(ids)) {
		c.add("", imported(inModule(module, to)+"[each.key]", field{"for_each", ids[module]}, field{"id", expression("each.value")}))
	}
	c.add(h.module, resourceBlock(h.of.single, name, notes, nil, variants))
}

func inModule(module, address string) string { return strings.TrimPrefix(module+"."+address, ".") }

// gathering are the members of one group in one instance of a module.
type gathering struct {
	first   old
	members []member
	notes   []string
}

// gather lets go of the single members of a module, and imports their groups.
func (c *configuration) gather(module string, all []*holding) {
	groups := map[string][]*gathering{} // by the module's instances
	regions := map[string]bool{}
	for _, h := range all {
		c.add(module, removed(h.address()))
		for _, o := range h.all {
			groups[o.module] = gatherIn(groups[o.module], o)
			if in := o.region(); in != "" {
				regions[in] = true
			}
		}
	}
	first := all[0].all[0].module
	var names []string
	for _, g := range groups[first] {
		names = append(names, c.name(module, g.first.set, g.first.name))
	}
	for _, path := range slices.Sorted(maps.Keys(groups)) {
		for i, g := range groups[path][:min(len(names), len(groups[path]))] {
			c.add("", imported(inModule(path, g.first.set+"."+names[i]), field{"id", g.first.group}))
		}
	}
	for i, g := range groups[first] {
		g.notes = append(g.notes, fmt.Sprintf("The import brings in all members of %s. If there are any that no old resource has, "+
			"the plan names them; they leave the state again and stay in the group.", g.first.group))
		if len(regions) > 1 {
			g.notes = append(g.notes, fmt.Sprintf("The old resources are in several regions (%s), and an import looks in that of the provider "+
				"configuration alone: unless it is %s, write provider = cloudlb.<alias> with one that is.",
				strings.Join(slices.Sorted(maps.Keys(regions)), ", "), g.first.region()))
		}
		has := append(slices.Clone(g.first.own), field{g.first.items, items(g.members)})
		c.add(module, resourceBlock(g.first.set, names[i], g.notes, nil, []variant{{nil, has}}))
	}
}

func gatherIn(groups []*gathering, o old) []*gathering {
	i := slices.IndexFunc(groups, func(g *gathering) bool {
		return g.first.kind == o.kind && g.first.group == o.group && g.first.region() == o.region()
	})
	if i < 0 {
		i, groups = len(groups), append(groups, &gathering{first: o})
	}
	g := groups[i]
	g.notes = append(g.notes, o.notes...)
	for _, m := range o.members {
		if slices.ContainsFunc(g.members, m.covered) {
			g.notes = append(g.notes, fmt.Sprintf("%s is in the group already, by another old resource: one of them was too many.", o.address))
			continue
		}
		g.members = append(g.members, m)
	}
	return groups
}
