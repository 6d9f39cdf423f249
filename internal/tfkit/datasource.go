package tfkit

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// SourceAttributes are the attributes that every data source has; id says what
// the id is.
func SourceAttributes(id string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{Computed: true, MarkdownDescription: id},
		"region": schema.StringAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Region to read in. Defaults to the provider's.",
			Validators:          []validator.String{Name("a region")},
		},
	}
}

// SourceRegion is the region that a data source reads in, where the provider
// block is known and has what it takes. noun is what is read: "members".
func SourceRegion(s Session, configured, noun string) (string, diag.Diagnostics) {
	if s.Known() {
		return s.Check(configured)
	}
	var diags diag.Diagnostics
	diags.AddError("Provider configuration is not known",
		"The "+noun+" cannot be read, because the provider block holds values that are known only after apply. "+
			"Apply what they come from first, for example with -target.")
	return "", diags
}

// SourceContext is ctx with the time that a data source has.
func SourceContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, DefaultReadTimeout,
		errors.New("the data source's time, "+DefaultReadTimeout.String()+", is over"))
}

// Unread is a data source's reading that did not succeed, of noun ("members")
// in place ("ELB pool p"), in the form of a [Failure].
func Unread(noun, place string, err error, advice Advice) diag.Diagnostic {
	detail := fmt.Sprintf("Could not read the %s in %s.\n\n%s", noun, place, sentence(err.Error()))
	if text := (Failure{Verb: "read", Noun: noun, Err: err, Advice: advice}).advice(); text != "" {
		detail += "\n\n" + text
	}
	summary := "Unable to read " + noun
	if len(advice.Path.Steps()) == 0 {
		return diag.NewErrorDiagnostic(summary, detail)
	}
	return diag.NewAttributeErrorDiagnostic(advice.Path, summary, detail)
}
