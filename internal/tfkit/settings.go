package tfkit

import (
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Argument is an argument of the provider block, by its full name such as
// "alicloud.region", and the environment variables that stand in for it, in
// order of precedence.
type Argument struct {
	Name string
	Env  []string
}

// Setting is what an argument comes to.
type Setting struct {
	Argument
	Value string // "" where nothing says any, or what cannot be used
	From  string // the argument or the environment variable that says it; "" where nothing does
}

// Of is the argument's setting: what is configured, else the first environment
// variable that is set. "" is not set, neither there nor here.
func (a Argument) Of(configured types.String) Setting {
	if s := configured.ValueString(); s != "" {
		return Setting{a, s, a.Name}
	}
	for _, name := range a.Env {
		if s := os.Getenv(name); s != "" {
			return Setting{a, s, name}
		}
	}
	return Setting{Argument: a}
}

// InEnvironment tells whether the environment has the argument.
func (a Argument) InEnvironment() bool { return a.Of(types.StringNull()).Value != "" }

// Incomplete says in a sentence which parts of a login are missing, and what
// may fill them in; "" where none is.
func Incomplete(login string, parts ...Setting) string {
	var lacks []string
	for _, p := range parts {
		if p.From != "" {
			continue
		}
		lack := p.Name
		if len(p.Env) > 0 {
			lack += " (in the environment: " + list(p.Env, "or") + ")"
		}
		lacks = append(lacks, lack)
	}
	if lacks == nil {
		return ""
	}
	return login + " lacks " + list(lacks, "and") + "."
}

// list is "a, b and c".
func list(words []string, last string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

// Given tells whether the configuration has any of the values.
func Given(values ...types.String) bool {
	for _, v := range values {
		if v.ValueString() != "" {
			return true
		}
	}
	return false
}
