package tfkit

import (
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
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

// Attribute is the schema of an optional argument that is a text; its
// description ends with the environment variables. check, unless it is nil, is
// passed a text that is not "".
func (a Argument) Attribute(about string, check func(string) error) schema.StringAttribute {
	text := schema.StringAttribute{Optional: true, MarkdownDescription: about + a.environment()}
	if check != nil {
		text.Validators = []validator.String{Checked(check)}
	}
	return text
}

// Secret is Attribute of what is not to be shown.
func (a Argument) Secret(about string, check func(string) error) schema.StringAttribute {
	text := a.Attribute(about, check)
	text.Sensitive = true
	return text
}

// environment says in a description which variables stand in for the argument.
func (a Argument) environment() string {
	if len(a.Env) == 0 {
		return ""
	}
	return " Environment: `" + strings.Join(a.Env, "`, `") + "`."
}
