package acctest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	cloudlb "github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// Core plays Terraform's part against a provider in the test's own process, by
// the plugin protocol: without a terraform, so that it works in a
// testing/synctest bubble, and with features that the installed terraform does
// not have.
type Core struct {
	t       testing.TB
	make    func() provider.Provider
	config  map[string]any
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse

	mu       sync.Mutex
	warnings []string
}

// Object is one resource instance as Terraform's state holds it.
type Object struct {
	Type     string
	State    tftypes.Value // null: not in state
	Tainted  bool          // its creation failed; the next apply replaces it
	Identity *tfprotov6.ResourceIdentityData
	private  []byte
}

// NewCore configures a provider. Attributes that config leaves out are null.
func NewCore(t testing.TB, p func() provider.Provider, config map[string]any) *Core {
	t.Helper()
	c := &Core{t: t, make: p, config: config}
	c.Run()
	return c
}

// Run begins a new run: Terraform starts a provider anew for every walk over
// its graph, and plans and applies each instance once in it.
func (c *Core) Run() {
	c.t.Helper()
	var err error
	if c.server, err = cloudlb.NewServer(c.make()); err != nil {
		c.t.Fatal(err)
	}
	if c.schemas == nil { // a provider's schemas are those of every run
		var err error
		if c.schemas, err = c.server.GetProviderSchema(c.t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
			c.t.Fatal(err)
		}
	}
	typ := c.schemas.Provider.ValueType()
	resp, err := c.server.ConfigureProvider(c.t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.15.0", Config: c.pack(typ, value(c.t, typ, c.config)),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.problems(resp.Diagnostics); err != nil {
		c.t.Fatal(err)
	}
}

// New is an instance that is not in state yet.
func (c *Core) New(resourceType string) *Object {
	return &Object{Type: resourceType, State: tftypes.NewValue(c.typeOf(resourceType), nil)}
}

// Value is a Go form of one attribute of an object's state: nil, string, bool,
// int, or a map of such.
func (c *Core) Value(o *Object, attribute string) any {
	c.t.Helper()
	if o.State.IsNull() {
		return nil
	}
	return c.plain(c.attributes(o.State)[attribute])
}

// Identity is a Go form of an object's identity.
func (c *Core) Identity(o *Object) map[string]any {
	c.t.Helper()
	if o.Identity == nil {
		c.t.Fatalf("%s has no identity", o.Type)
	}
	identity := map[string]any{}
	for name, v := range c.attributes(c.unpack(c.identityType(o.Type), o.Identity.IdentityData)) {
		identity[name] = c.plain(v)
	}
	return identity
}

func (c *Core) identityType(resourceType string) tftypes.Type {
	c.t.Helper()
	schemas, err := c.server.GetResourceIdentitySchemas(c.t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		c.t.Fatal(err)
	}
	return schemas.IdentitySchemas[resourceType].ValueType()
}

// Refresh reads an instance; one that is gone leaves the state.
func (c *Core) Refresh(ctx context.Context, o *Object) error {
	if o.State.IsNull() {
		return nil
	}
	typ := c.typeOf(o.Type)
	resp, err := c.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: o.Type, CurrentState: c.pack(typ, o.State), Private: o.private, CurrentIdentity: o.Identity,
	})
	if err != nil {
		return err
	}
	if err := c.problems(resp.Diagnostics); err != nil {
		return err
	}
	o.State, o.private, o.Identity = c.unpack(typ, resp.NewState), resp.Private, resp.NewIdentity
	return nil
}

// Validate validates a configuration as a walk does that plans nothing.
func (c *Core) Validate(ctx context.Context, resourceType string, config map[string]any) {
	c.t.Helper()
	typ := c.typeOf(resourceType)
	resp, err := c.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: resourceType, Config: c.pack(typ, value(c.t, typ, config)),
	})
	if err == nil {
		err = c.problems(resp.Diagnostics)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// Plan is what a provider plans for one instance.
type Plan struct {
	// Empty: there is nothing to do. Replace: another instance is to take its
	// place.
	Empty, Replace bool

	planned, config tftypes.Value
	private         []byte
	identity        *tfprotov6.ResourceIdentityData
}

// Plan validates a configuration and plans an instance, as Terraform does for
// one that is neither tainted nor destroyed. Like Terraform it plans one that is to
// be replaced a second time, from nothing. A plan that Terraform would not
// accept is an error.
func (c *Core) Plan(ctx context.Context, o *Object, config map[string]any) (Plan, error) {
	typ := c.typeOf(o.Type)
	configured := value(c.t, typ, config)
	checked, err := c.server.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
		TypeName: o.Type, Config: c.pack(typ, configured),
	})
	if err != nil {
		return Plan{}, err
	}
	if err := c.problems(checked.Diagnostics); err != nil {
		return Plan{}, err
	}
	return c.plan(ctx, o, config)
}

// plan is Plan of what has been validated.
func (c *Core) plan(ctx context.Context, o *Object, config map[string]any) (Plan, error) {
	typ := c.typeOf(o.Type)
	configured := value(c.t, typ, config)
	prior, private, identity := o.State, o.private, o.Identity
	if o.Tainted {
		prior, private, identity = tftypes.NewValue(typ, nil), nil, nil
	}
	p := Plan{config: configured}
	for {
		resp, err := c.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
			TypeName: o.Type, PriorState: c.pack(typ, prior), PriorPrivate: private, PriorIdentity: identity,
			ProposedNewState: c.pack(typ, proposed(c.t, c.schemas.ResourceSchemas[o.Type], prior, configured)),
			Config:           c.pack(typ, configured),
		})
		if err != nil {
			return Plan{}, err
		}
		if err := c.problems(resp.Diagnostics); err != nil {
			return Plan{}, err
		}
		p.planned, p.private, p.identity = c.unpack(typ, resp.PlannedState), resp.PlannedPrivate, resp.PlannedIdentity
		if err := validPlan(c.schemas.ResourceSchemas[o.Type].Block.Attributes, prior, configured, p.planned); err != nil {
			return Plan{}, fmt.Errorf("%s: invalid plan: %w", o.Type, err)
		}
		if len(resp.RequiresReplace) == 0 || prior.IsNull() {
			break
		}
		p.Replace = true
		prior, private, identity = tftypes.NewValue(typ, nil), resp.PlannedPrivate, nil
	}
	p.Empty = !p.Replace && !o.Tainted && p.planned.Equal(o.State)
	return p, nil
}

// PlanDestroy plans the destruction of an instance. What the provider keeps
// with such a plan reaches the apply, unlike what it keeps with a change's.
func (c *Core) PlanDestroy(ctx context.Context, o *Object) (Plan, error) {
	typ := c.typeOf(o.Type)
	null := tftypes.NewValue(typ, nil)
	resp, err := c.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: o.Type, PriorState: c.pack(typ, o.State), PriorPrivate: o.private, PriorIdentity: o.Identity,
		ProposedNewState: c.pack(typ, null), Config: c.pack(typ, null),
	})
	if err != nil {
		return Plan{}, err
	}
	if err := c.problems(resp.Diagnostics); err != nil {
		return Plan{}, err
	}
	return c.destruction(o, resp.PlannedPrivate), nil
}

// Apply brings an instance to a configuration as Terraform does: it creates,
// changes, replaces or, with a nil configuration, destroys it. An instance
// whose plan is empty is left alone.
func (c *Core) Apply(ctx context.Context, o *Object, config map[string]any) error {
	if config == nil {
		return c.destroy(ctx, o)
	}
	if o.Tainted {
		if err := c.DestroyTainted(ctx, o, config); err != nil {
			return err
		}
		o.Tainted = false
	}
	plan, err := c.Plan(ctx, o, config)
	if err != nil || plan.Empty {
		return err
	}
	if plan.Replace {
		if err := c.destroy(ctx, o); err != nil {
			return err
		}
	}
	return c.change(ctx, o, plan)
}

// Destroy carries out a destruction that another run has planned.
func (c *Core) Destroy(ctx context.Context, o *Object, p Plan) error { return c.change(ctx, o, p) }

// Follow applies what another run has planned, before which more values are
// known: the plan of this run must keep to what that one has promised.
func (c *Core) Follow(ctx context.Context, o *Object, before Plan, config map[string]any) error {
	plan, err := c.Plan(ctx, o, config)
	if err != nil {
		return err
	}
	if err := conforms("", before.planned, plan.planned); err != nil {
		return fmt.Errorf("%s: inconsistent final plan: %w", o.Type, err)
	}
	if plan.Empty {
		return nil
	}
	return c.change(ctx, o, plan)
}

// CreateBeforeDestroy replaces an instance in two runs, one that plans and one
// that applies, and returns the new one; where that could not be created, the
// old one stays.
func (c *Core) CreateBeforeDestroy(ctx context.Context, o *Object, config map[string]any) (*Object, error) {
	c.Run()
	if _, err := c.PlanReplacement(ctx, o, config); err != nil {
		return o, err
	}
	c.Run()
	created := c.New(o.Type)
	if err := c.Apply(ctx, created, config); err != nil {
		if created.State.IsNull() {
			return o, err
		}
		return created, err
	}
	return created, c.Apply(ctx, o, nil)
}

// DestroyTainted carries out the first half of the replacement of a tainted
// instance: Terraform plans its successor from nothing and destroys it with what
// that plan kept, without the instance's own private state.
func (c *Core) DestroyTainted(ctx context.Context, o *Object, config map[string]any) error {
	if o.State.IsNull() {
		return nil
	}
	p, err := c.Plan(ctx, o, config)
	if err != nil {
		return err
	}
	return c.DestroyReplaced(ctx, o, p)
}

func (c *Core) destroy(ctx context.Context, o *Object) error {
	if o.State.IsNull() {
		return nil
	}
	p, err := c.PlanDestroy(ctx, o)
	if err != nil {
		return err
	}
	return c.change(ctx, o, p)
}

func (c *Core) change(ctx context.Context, o *Object, p Plan) error {
	typ := c.typeOf(o.Type)
	creates := o.State.IsNull()
	resp, err := c.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: o.Type, PriorState: c.pack(typ, o.State), PlannedState: c.pack(typ, p.planned), Config: c.pack(typ, p.config),
		PlannedPrivate: p.private, PlannedIdentity: p.identity,
	})
	if err != nil {
		return err
	}
	o.State, o.private, o.Identity = c.unpack(typ, resp.NewState), resp.Private, resp.NewIdentity
	err = c.problems(resp.Diagnostics)
	o.Tainted = creates && err != nil && !o.State.IsNull()
	if err != nil {
		return err
	}
	if err := conforms("", p.planned, o.State); err != nil {
		return fmt.Errorf("%s: inconsistent result after apply: %w", o.Type, err)
	}
	return nil
}

// Import imports by id, or by identity where id is "", and refreshes.
func (c *Core) Import(ctx context.Context, resourceType, id string, identity map[string]any) (*Object, error) {
	req := &tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: id}
	if id == "" {
		typ := c.identityType(resourceType)
		req.Identity = &tfprotov6.ResourceIdentityData{IdentityData: c.pack(typ, value(c.t, typ, identity))}
	}
	resp, err := c.server.ImportResourceState(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := c.problems(resp.Diagnostics); err != nil {
		return nil, err
	}
	in := resp.ImportedResources[0]
	o := &Object{Type: resourceType, State: c.unpack(c.typeOf(resourceType), in.State), private: in.Private, Identity: in.Identity}
	return o, c.Refresh(ctx, o)
}

func (c *Core) typeOf(resourceType string) tftypes.Type {
	c.t.Helper()
	s, ok := c.schemas.ResourceSchemas[resourceType]
	if !ok {
		c.t.Fatalf("the provider has no resource %s", resourceType)
	}
	return s.ValueType()
}

// Warnings are those of all calls since it was last asked for them.
func (c *Core) Warnings() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.warnings
	c.warnings = nil
	return w
}

// problems are the errors among diagnostics, each with the attribute that it is
// at; the warnings are kept.
func (c *Core) problems(diagnostics []*tfprotov6.Diagnostic) error {
	var texts []string
	for _, d := range diagnostics {
		text := d.Summary + ": " + d.Detail
		if d.Attribute != nil {
			text += " [at " + d.Attribute.String() + "]"
		}
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			texts = append(texts, text)
			continue
		}
		c.mu.Lock()
		c.warnings = append(c.warnings, text)
		c.mu.Unlock()
	}
	if texts == nil {
		return nil
	}
	return errors.New(strings.Join(texts, "\n"))
}
