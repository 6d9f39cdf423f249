package main

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2/hclwrite"
)

// The values of a configuration: nil, bool, string, *big.Float, and these.
type (
	// fields are attributes by name, in order.
	fields []field
	field  struct {
		name  string
		value any
	}
	// entries are the elements of a map, which stand on a line each.
	entries []field
	// lines are the elements of a list, which do too.
	lines []any
	// expression is written as it is.
	expression string
)

// get is the value of a name; nil where it has none.
func (f fields) get(name string) any {
	if i := slices.IndexFunc(f, func(f field) bool { return f.name == name }); i >= 0 {
		return f[i].value
	}
	return nil
}

// longest is how many characters an object may have that stands on one line, and a
// line of a comment where words allow it.
const longest = 100

// text is a value in HCL.
func text(value any) string {
	var b strings.Builder
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return quoted(v)
	case *big.Float:
		return v.Text('f', -1)
	case fields:
		var parts []string
		for _, f := range v {
			parts = append(parts, f.name+" = "+text(f.value))
		}
		if line := "{ " + strings.Join(parts, ", ") + " }"; len(line) <= longest && !strings.Contains(line, "\n") {
			return line
		}
		return "{\n" + strings.Join(parts, "\n") + "\n}"
	case entries:
		for _, e := range v {
			b.WriteString(quoted(e.name) + " = " + text(e.value) + "\n")
		}
		return "{\n" + b.String() + "}"
	case lines:
		for _, l := range v {
			b.WriteString(text(l) + ",\n")
		}
		return "[\n" + b.String() + "]"
	}
	return fmt.Sprint(value)
}

// quoted is a text in quotes, without what HCL would take for a template
// (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-expressions).
func quoted(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteString(string(r) + string(r))
		case unicode.IsControl(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}

// block is a block of a configuration. Its body has attributes and blocks, whose
// values are of type block. Without what it opens with it is only its notes.
type block struct {
	opens string // such as `resource "cloudlb_elb_member" "web"`
	notes []string
	body  fields
}

func (b block) String() string {
	var s strings.Builder
	for _, note := range b.notes {
		s.WriteString(comment(note))
	}
	if b.opens == "" {
		return s.String()
	}
	s.WriteString(b.opens + " {\n")
	for _, f := range b.body {
		if inner, is := f.value.(block); is {
			s.WriteString(inner.String())
		} else {
			s.WriteString(f.name + " = " + text(f.value) + "\n")
		}
	}
	s.WriteString("}\n")
	return s.String()
}

// comment is a text as a comment.
func comment(note string) string {
	var s strings.Builder
	line := "#"
	for word := range strings.FieldsSeq(note) {
		if len(line)+1+len(word) > longest && line != "#" {
			s.WriteString(line + "\n")
			line = "#"
		}
		line += " " + word
	}
	return s.String() + line + "\n"
}

// format is a configuration as `terraform fmt` writes it.
func format(config string) string { return string(hclwrite.Format([]byte(config))) }
