package tfkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Checked validates an optional text by a function whose error says, after the
// argument's name, what is wrong with it. "" counts as left out.
func Checked(check func(string) error) validator.String { return checked{check} }

type checked struct{ check func(string) error }

func (checked) Description(context.Context) string { return "must be well-formed, or empty" }

func (v checked) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v checked) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if text := req.ConfigValue.ValueString(); text != "" {
		if err := v.check(text); err != nil {
			resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(), req.Path.String()+" "+err.Error()+".")
		}
	}
}

// Matching is the check of a text that must match a pattern; must says how such
// a text looks.
func Matching(pattern *regexp.Regexp, must string) func(string) error {
	return func(s string) error {
		if !pattern.MatchString(s) {
			return fmt.Errorf("is %q: it must be %s", s, must)
		}
		return nil
	}
}

// CheckJSON is the check of a JSON object, such as a policy.
func CheckJSON(s string) error {
	var object map[string]any
	if err := json.Unmarshal([]byte(s), &object); err != nil || object == nil {
		return errors.New("must be a JSON object, as jsonencode writes it")
	}
	return nil
}

// AtMostOne validates a block of whose arguments no more than one may be there,
// because they are ways to say the same thing, which what names.
func AtMostOne(what string, names ...string) validator.Object { return atMostOne{what, names} }

type atMostOne struct {
	what  string
	names []string
}

func (v atMostOne) Description(context.Context) string {
	return "may have only one of " + list(v.names, "and")
}

func (v atMostOne) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v atMostOne) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	var there []string
	for _, name := range v.names {
		if text, ok := req.ConfigValue.Attributes()[name].(types.String); ok && Given(text) {
			there = append(there, name)
		}
	}
	if len(there) > 1 {
		resp.Diagnostics.AddAttributeError(req.Path.AtName(there[1]), "Conflicting arguments", fmt.Sprintf(
			"%s has %s, which all say %s. Leave all of them out but one.", req.Path, list(there, "and"), v.what))
	}
}

// rate validates a number of calls a second.
type rate struct{}

func (rate) Description(context.Context) string {
	return "must be a number of calls a second, or 0 for no limit"
}

func (v rate) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v rate) ValidateNumber(ctx context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if n := req.ConfigValue.ValueBigFloat(); n != nil && (n.Sign() < 0 || n.IsInf()) {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(), fmt.Sprintf(
			"%s is %s: it %s.", req.Path, n.Text('g', 12), v.Description(ctx)))
	}
}
