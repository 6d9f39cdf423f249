package tfkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// SourceAttributes adds to the attributes of a data source those that all of
// them have: id, with its description, and region.
func SourceAttributes(id string, attributes map[string]schema.Attribute) map[string]schema.Attribute {
	attributes["id"] = schema.StringAttribute{Computed: true, MarkdownDescription: id}
	attributes["region"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Region of the load balancer. Defaults to the provider's.",
		Validators:          []validator.String{Name("a region")},
	}
	return attributes
}

// SourceRegion is the region that a data source reads in. noun is what it
// reads: "backend servers".
func SourceRegion(s Session, noun string, configured types.String) (region string, diags diag.Diagnostics) {
	if !s.Known() {
		diags.AddError("Provider configuration is not known",
			"The "+noun+" cannot be read, because the provider block holds values that are known only after apply. "+
				"Apply what they come from first, for example with -target.")
		return "", diags
	}
	return s.Check(configured.ValueString())
}

// SourceContext is ctx with the time that a data source has.
func SourceContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, DefaultReadTimeout,
		errors.New("the data source's time, "+DefaultReadTimeout.String()+", is over"))
}

// ReadGroup reads the members of a group, sorted by key, and their health.
// Where the account may not read the health there is none, and a warning.
func ReadGroup(
	ctx context.Context, noun string, group *membership.Handle, advise func(error) Advice,
) (members []membership.Member, health membership.Health, diags diag.Diagnostics) {
	members, err := group.List(ctx)
	if err != nil {
		diags.Append(Unreadable(noun, group.Name(), err, advise(err)))
		return nil, health, diags
	}
	slices.SortFunc(members, func(a, b membership.Member) int {
		return cmp.Or(cmp.Compare(a.Key.Server, b.Key.Server), cmp.Compare(a.Key.Address, b.Key.Address),
			cmp.Compare(a.Key.Port, b.Key.Port), cmp.Compare(a.ID, b.ID))
	})
	health, err = group.Health(ctx)
	switch {
	case membership.Is(err, membership.Denied), membership.Is(err, membership.Refused):
		text := fmt.Sprintf("The %s of %s are complete, but without their health.\n\n%s", noun, group.Name(), sentence(err.Error()))
		if advice := readAdvice(noun, err, advise(err)); advice != "" {
			text += "\n\n" + advice
		}
		diags.AddWarning("Unable to read the health of "+noun, text)
	case err != nil:
		diags.Append(Unreadable("health of the "+noun, group.Name(), err, advise(err)))
	}
	return members, health, diags
}

// Unreadable is the error of a data source that could not read something of a
// group or a load balancer.
func Unreadable(noun, of string, err error, advice Advice) diag.Diagnostic {
	summary := "Unable to read " + noun
	text := fmt.Sprintf("Could not read the %s of %s.\n\n%s", noun, of, sentence(err.Error()))
	if advice := readAdvice(noun, err, advice); advice != "" {
		text += "\n\n" + advice
	}
	if len(advice.Path.Steps()) == 0 {
		return diag.NewErrorDiagnostic(summary, text)
	}
	return diag.NewAttributeErrorDiagnostic(advice.Path, summary, text)
}

// readAdvice is the cloud's advice, or what holds for every reading.
func readAdvice(noun string, err error, advice Advice) string {
	switch {
	case advice.Text != "":
		return advice.Text
	case membership.Is(err, membership.Busy), membership.Is(err, membership.Throttled), membership.Is(err, membership.NotSent):
		return "The cloud did not answer in time. Try again later."
	case membership.Is(err, membership.Unknown):
		err = &membership.Error{Class: membership.Transient} // a reading leaves nothing in doubt
	}
	return Failure{Verb: "read", Noun: noun, Err: err}.advice()
}
