package tfkit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// DefaultInvokeTimeout is the time of an action whose configuration names none.
const DefaultInvokeTimeout = 20 * time.Minute

// Selector is which members an action is about: a pointer to a model of the
// attributes that a cloud has for that.
type Selector[M any] interface {
	*M
	// Validate checks what no single attribute can; values may be unknown.
	Validate(*diag.Diagnostics)
	// Picks tells whether a member is meant.
	Picks(membership.Member) bool
	// String is what is looked for: "i-abc on port 8080".
	String() string
}

// Actions are what may be done to the members of one load balancer's groups that are
// one server. All fields are required.
type Actions[C Session, M any, P Selector[M]] struct {
	Cloud   string // the cloud's block in the provider block
	Product string // part of the types' names: of "slb" there is cloudlb_slb_drain
	Title   string // the load balancer in descriptions: "SLB (CLB)"
	Noun    string // what a member is called in an error: "backend server"
	Groups  string // what groups are called: "pools"
	// Server is the attribute that names the server, Attributes the schema of M.
	Server     string
	Attributes map[string]schema.Attribute
	// Find is the groups in which the members may be, in a region that Session.Check
	// has passed; none is no error.
	Find func(ctx context.Context, session C, region string, model P) ([]Place, error)
	// Advise adds what a user may do about an error.
	Advise func(err error, region string, model P) Advice
}

// Place is a group in which members may be.
type Place struct {
	Group *membership.Handle
	// Note is what to know about weights there; "" where there is nothing.
	Note string
}

// All are the actions.
func (a Actions[C, M, P]) All() []func() action.Action {
	var all []func() action.Action
	for _, d := range []deed{drains, setsWeight} {
		all = append(all, func() action.Action { return fullAction(&memberAction[C, M, P]{Actions: a, deed: d}) })
	}
	return all
}

// fullAction is what the framework is to find in every action.
type fullAction interface {
	action.ActionWithConfigure
	action.ActionWithModifyPlan
	action.ActionWithValidateConfig
}

// memberAction is one of the actions.
type memberAction[C Session, M any, P Selector[M]] struct {
	Actions[C, M, P]
	deed    deed
	ready   bool // the provider is configured
	session C
}

func (a *memberAction[C, M, P]) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + a.Product + "_" + a.deed.name
}

func (a *memberAction[C, M, P]) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: fmt.Sprintf(a.deed.about, a.Title, a.Groups),
		Attributes:          maps.Clone(a.Attributes),
		Blocks: map[string]schema.Block{"timeouts": schema.SingleNestedBlock{
			MarkdownDescription: "How long the action may take.",
			Attributes: map[string]schema.Attribute{"invoke": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("The action may take this long, retries and the drain included: a duration such as `30s` or `5m`. "+
					"Defaults to `%dm`.", int(DefaultInvokeTimeout.Minutes())),
				Validators: []validator.String{duration{least: 1}},
			}},
		}},
	}
	resp.Schema.Attributes["region"] = schema.StringAttribute{
		Optional: true, MarkdownDescription: "Region of the load balancers. Defaults to the provider's.",
		Validators: []validator.String{OptionalName("a region")},
	}
	resp.Schema.Attributes[a.deed.argument] = a.deed.schema
}

func (a *memberAction[C, M, P]) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	session, diags := SessionOf[C](req.ProviderData, a.Cloud)
	resp.Diagnostics.Append(diags...)
	a.session, a.ready = session, req.ProviderData != nil && !diags.HasError()
}

func (a *memberAction[C, M, P]) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	order := a.read(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	a.check(order, &resp.Diagnostics)
}

// ModifyPlan says at plan time what the provider block lacks.
func (a *memberAction[C, M, P]) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	if !a.ready || !a.session.Known() {
		return
	}
	if order := a.read(ctx, req.Config, &resp.Diagnostics); !resp.Diagnostics.HasError() && !order.region.IsUnknown() {
		usable(a.session, order.region.ValueString(), &resp.Diagnostics)
	}
}

// order is the configuration of an action.
type order[M any, P Selector[M]] struct {
	model          P
	region, invoke types.String
	argument       argument
}

// argument is the deed's own: a duration or a weight.
type argument struct {
	text   types.String
	number types.Number
}

func (o order[M, P]) timeout() time.Duration {
	if d := durationOf(o.invoke); d > 0 {
		return d
	}
	return DefaultInvokeTimeout
}

// duration is how long to drain; 0 where nothing is drained, or where that is not
// known.
func (o order[M, P]) duration() time.Duration { return durationOf(o.argument.text) }

func (a *memberAction[C, M, P]) read(ctx context.Context, config tfsdk.Config, diags *diag.Diagnostics) (o order[M, P]) {
	o.model = P(new(M))
	selecting, err := partOf(config, a.Attributes)
	if err != nil {
		diags.AddError("Unreadable action", fmt.Sprintf("%s. This is a bug in the provider.", err))
		return o
	}
	diags.Append(selecting.Get(ctx, o.model)...)
	diags.Append(config.GetAttribute(ctx, path.Root("region"), &o.region)...)
	diags.Append(config.GetAttribute(ctx, path.Root("timeouts").AtName("invoke"), &o.invoke)...)
	into := any(&o.argument.text)
	if _, numeric := a.deed.schema.(schema.NumberAttribute); numeric {
		into = &o.argument.number
	}
	diags.Append(config.GetAttribute(ctx, path.Root(a.deed.argument), into)...)
	if text := o.argument.text; a.deed.usual != "" && !text.IsUnknown() && text.ValueString() == "" {
		o.argument.text = types.StringValue(a.deed.usual)
	}
	return o
}

// partOf is a configuration of some of its attributes alone.
func partOf(config tfsdk.Config, attributes map[string]schema.Attribute) (tfsdk.Config, error) {
	var all map[string]tftypes.Value
	if err := config.Raw.As(&all); err != nil {
		return config, fmt.Errorf("read the configuration: %w", err)
	}
	values, kinds := map[string]tftypes.Value{}, map[string]tftypes.Type{}
	for name := range attributes {
		values[name], kinds[name] = all[name], all[name].Type()
	}
	return tfsdk.Config{
		Raw: tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, values), Schema: schema.Schema{Attributes: attributes},
	}, nil
}

// Invoke finds the members and does to them what the action is for.
func (a *memberAction[C, M, P]) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	a.checkKnown(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	order := a.read(ctx, req.Config, &resp.Diagnostics)
	a.check(order, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if !a.ready || !a.session.Known() {
		resp.Diagnostics.AddError("Provider configuration is not known", "The action cannot be carried out, because the provider block "+
			"holds values that are known only after apply. Apply what they come from first, for example with -target.")
		return
	}
	region, diags := a.session.Check(order.region.ValueString())
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	p := newProgress(ctx, resp.SendProgress)
	defer p.stop()
	limit := order.timeout()
	working, cancel := context.WithTimeoutCause(ctx, limit, errors.New("the action's time, "+limit.String()+", is over"))
	defer cancel()
	found := a.find(working, region, order.model, p, &resp.Diagnostics)
	if len(found.selections) > 0 {
		outcomes := a.deed.do(working, order.argument, found, p)
		a.report(region, order, found, outcomes, p, &resp.Diagnostics)
	}
	if ctx.Err() != nil {
		logUndelivered(ctx, resp.Diagnostics)
	}
}

// searched is where was looked, as an error says it.
func (a *memberAction[C, M, P]) searched(places []Place, region string) string {
	var names []string
	for _, p := range places[:min(len(places), 5)] {
		names = append(names, p.Group.Name())
	}
	switch more := len(places) - len(names); {
	case len(places) == 0:
		return "None of the " + a.Groups + " of region " + region + " has it"
	case more > 0:
		return fmt.Sprintf("It is not in %s or %d more %s of region %s", strings.Join(names, ", "), more, a.Groups, region)
	}
	return "It is not in " + list(names, "or") + ", in region " + region
}
