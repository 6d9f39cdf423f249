package tfkit

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Source is the session that the provider hands a data source, which embeds it.
type Source[S Session] struct {
	Session S // the zero value before the provider is configured
	cloud   string
}

// SourceOf is what a data source of a cloud embeds.
func SourceOf[S Session](cloud string) Source[S] { return Source[S]{cloud: cloud} }

// Configure takes over the session.
func (s *Source[S]) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	session, diags := SessionOf[S](req.ProviderData, s.cloud)
	resp.Diagnostics.Append(diags...)
	s.Session = session
}

// SourceBase are the attributes that every data source has; its model embeds it.
type SourceBase struct {
	ID     types.String `tfsdk:"id"`
	Region types.String `tfsdk:"region"`
}

func (b *SourceBase) base() *SourceBase { return b }

// SourceAttributes adds to the attributes of a data source the schema of
// [SourceBase]; id says what the id is.
func SourceAttributes(id string, attributes map[string]schema.Attribute) map[string]schema.Attribute {
	attributes["id"] = schema.StringAttribute{Computed: true, MarkdownDescription: id}
	attributes["region"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Region of the load balancer. Defaults to the provider's.",
		Validators:          []validator.String{Name("a region")},
	}
	return attributes
}

// SourcePointer is a pointer to a model that embeds [SourceBase].
type SourcePointer[M any] interface {
	*M
	base() *SourceBase
}

// ReadSource is the body of a data source's Read: it reads the configuration
// into a model, has fill complete it with what the cloud has in the region in
// use, and records it. noun is what is read, such as "backend servers". The
// context that fill gets ends after [DefaultReadTimeout].
func ReadSource[M any, P SourcePointer[M]](
	ctx context.Context, session Session, noun string, req datasource.ReadRequest, resp *datasource.ReadResponse,
	fill func(ctx context.Context, model P, region string) diag.Diagnostics,
) {
	model := P(new(M))
	if resp.Diagnostics.Append(req.Config.Get(ctx, model)...); resp.Diagnostics.HasError() {
		return
	}
	if !session.Known() {
		resp.Diagnostics.Append(notKnown(noun, "read"))
		return
	}
	region, diags := session.Check(model.base().Region.ValueString())
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeoutCause(ctx, DefaultReadTimeout,
		errors.New("the data source's time, "+DefaultReadTimeout.String()+", is over"))
	defer cancel()
	model.base().Region = types.StringValue(region)
	if resp.Diagnostics.Append(fill(ctx, model, region)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// ReadGroup reads the members of a group, those that leave it too, sorted by key, and
// their health.
// Where the account may not read the health there is none, and a warning.
func ReadGroup(
	ctx context.Context, noun string, open func() (*membership.Handle, error), advise func(error) Advice,
) (members []membership.Member, health membership.Health, diags diag.Diagnostics) {
	group, err := open()
	if err != nil {
		return nil, health, NoClient(err)
	}
	members, err = group.ListAll(ctx)
	if err != nil {
		diags.Append(NotRead(noun, group.Name(), err, advise(err)))
		return nil, health, diags
	}
	slices.SortFunc(members, membership.Compare)
	health, err = group.Health(ctx)
	switch {
	case membership.Is(err, membership.Denied), membership.Is(err, membership.Refused):
		text := fmt.Sprintf("The %s of %s are complete, but without their health.\n\n%s", noun, group.Name(), sentence(err.Error()))
		if advice := readAdvice(noun, err, advise(err)); advice != "" {
			text += "\n\n" + advice
		}
		diags.AddWarning("Unable to read the health of "+noun, text)
	case err != nil:
		diags.Append(NotRead("health of the "+noun, group.Name(), err, advise(err)))
	}
	return members, health, diags
}

// ReadList reads what is no group's members, such as the groups of a load
// balancer, which of names.
func ReadList[T any](
	ctx context.Context, noun, of string, engine *membership.Engine, list func(context.Context) ([]T, error), advise func(error) Advice,
) (all []T, diags diag.Diagnostics) {
	err := engine.Read(ctx, func(ctx context.Context) (err error) {
		all, err = list(ctx)
		return err
	})
	if err != nil {
		diags.Append(NotRead(noun, of, err, advise(err)))
	}
	return all, diags
}

// NoClient is the error of a region for which there is no client.
func NoClient(err error) diag.Diagnostics {
	return diag.Diagnostics{diag.NewErrorDiagnostic("Unable to use the cloud's API", err.Error())}
}

// NotRead is the error of a data source that could not read something of a
// group or a load balancer.
func NotRead(noun, of string, err error, advice Advice) diag.Diagnostic {
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
