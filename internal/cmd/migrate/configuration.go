package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// configuration is what the program prints: blocks by the module that they
// belong to, by its address without keys.
type configuration struct {
	modules map[string][]block
	order   []string
	taken   map[string]bool // the new resources, and what state has besides
}

func (c *configuration) add(module string, b ...block) {
	if _, has := c.modules[module]; !has {
		c.modules[module] = nil
		c.order = append(c.order, module)
	}
	c.modules[module] = append(c.modules[module], b...)
}

// name is a name for a resource of a type in a module: the one that is wished for,
// or one like it that is free.
func (c *configuration) name(module, typ, wished string) string {
	for n := 1; ; n++ {
		name := wished
		if n > 1 {
			name += "_" + strconv.Itoa(n)
		}
		if place := module + "|" + typ + "." + name; !c.taken[place] {
			c.taken[place] = true
			return name
		}
	}
}

// String is the configuration, with a heading for each module.
func (c *configuration) String() string {
	var s strings.Builder
	slices.Sort(c.order)
	for _, module := range c.order {
		if s.Len() > 0 {
			s.WriteString("\n")
		}
		s.WriteString(heading(module))
		for _, b := range c.modules[module] {
			s.WriteString("\n" + b.String())
		}
	}
	return format(s.String())
}

// headingMark begins the heading of a module.
const headingMark = "# ===== "

func heading(module string) string {
	if module == "" {
		return headingMark + "root module\n"
	}
	return headingMark + module + "\n" +
		comment("These blocks go into the module's own folder, whose required_providers must name cloudlb/cloudlb.")
}

// variant is one instance of a resource to be written, by its key.
type variant struct {
	key any
	has fields
}

// resourceBlock writes a resource of one instance, or of several by count or
// for_each: what they have in common as it is, and the rest by instance.
func resourceBlock(typ, name string, notes []string, timeouts fields, variants []variant) block {
	b := block{opens: fmt.Sprintf("resource %q %q", typ, name)}
	for _, note := range notes {
		if !slices.Contains(b.notes, note) {
			b.notes = append(b.notes, note)
		}
	}
	common, differ := compare(variants)
	_, counted := variants[0].key.(int)
	switch {
	case variants[0].key == nil:
	case counted:
		b.body = append(b.body, field{"count", len(variants)})
	case len(differ) == 0:
		var keys []string
		for _, v := range variants {
			keys = append(keys, quoted(fmt.Sprint(v.key)))
		}
		b.body = append(b.body, field{"for_each", expression("toset([" + strings.Join(keys, ", ") + "])")})
	default:
		var each entries
		for _, v := range variants {
			var own fields
			for _, name := range differ {
				own = append(own, field{name, v.has.get(name)})
			}
			each = append(each, field{fmt.Sprint(v.key), own})
		}
		b.body = append(b.body, field{"for_each", each})
	}
	for _, f := range common {
		switch {
		case !slices.Contains(differ, f.name):
			b.body = append(b.body, f)
		case counted:
			var list lines
			for _, v := range variants {
				list = append(list, v.has.get(f.name))
			}
			b.body = append(b.body, field{f.name, expression(text(list) + "[count.index]")})
		default:
			b.body = append(b.body, field{f.name, expression("each.value." + f.name)})
		}
	}
	if len(timeouts) > 0 {
		b.body = append(b.body, field{"timeouts", block{opens: "timeouts", body: timeouts}})
	}
	return b
}

// compare are all attributes of some variants, in order, and the names of those
// that are not the same in all.
func compare(variants []variant) (all fields, differ []string) {
	for _, v := range variants {
		for i, f := range v.has {
			at := slices.IndexFunc(all, func(a field) bool { return a.name == f.name })
			if at < 0 {
				all = slices.Insert(all, min(i, len(all)), f)
			}
		}
	}
	for _, f := range all {
		for _, v := range variants {
			if text(v.has.get(f.name)) != text(f.value) {
				differ = append(differ, f.name)
				break
			}
		}
	}
	return all, differ
}

func moved(from, to string) block {
	return block{opens: "moved", body: fields{{"from", expression(from)}, {"to", expression(to)}}}
}

func removed(from string) block {
	return block{opens: "removed", body: fields{{"from", expression(from)}, {"lifecycle", block{opens: "lifecycle", body: fields{{"destroy", false}}}}}}
}

func imported(to string, body ...field) block {
	return block{opens: "import", body: append(fields{{"to", expression(to)}}, body...)}
}
