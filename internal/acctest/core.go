package acctest

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
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
	c.server = providerserver.NewProtocol6(c.make())()
	var err error
	if c.schemas, err = c.server.GetProviderSchema(c.t.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
		c.t.Fatal(err)
	}
	typ := c.schemas.Provider.ValueType()
	resp, err := c.server.ConfigureProvider(c.t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.15.0", Config: c.pack(typ, value(c.t, typ, c.config)),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := problems(resp.Diagnostics); err != nil {
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

func (c *Core) attributes(object tftypes.Value) map[string]tftypes.Value {
	c.t.Helper()
	var attributes map[string]tftypes.Value
	if err := object.As(&attributes); err != nil {
		c.t.Fatal(err)
	}
	return attributes
}

func (c *Core) plain(v tftypes.Value) any {
	c.t.Helper()
	if v.IsNull() {
		return nil
	}
	var s string
	if v.As(&s) == nil {
		return s
	}
	var b bool
	if v.As(&b) == nil {
		return b
	}
	var inner map[string]tftypes.Value
	if v.As(&inner) == nil {
		out := map[string]any{}
		for name, element := range inner {
			out[name] = c.plain(element)
		}
		return out
	}
	n := new(big.Float)
	if err := v.As(&n); err != nil {
		c.t.Fatalf("%s: %v", v, err)
	}
	i, _ := n.Int64()
	return int(i)
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
	if err := problems(resp.Diagnostics); err != nil {
		return err
	}
	o.State, o.private, o.Identity = c.unpack(typ, resp.NewState), resp.Private, resp.NewIdentity
	return nil
}

// Apply brings an instance to a configuration as Terraform does: it creates,
// changes, replaces or, with a nil configuration, destroys it. An instance
// whose plan is empty is left alone.
func (c *Core) Apply(ctx context.Context, o *Object, config map[string]any) error {
	typ := c.typeOf(o.Type)
	null := tftypes.NewValue(typ, nil)
	if config == nil {
		return c.change(ctx, o, null, null, nil)
	}
	if o.Tainted {
		if err := c.change(ctx, o, null, null, nil); err != nil {
			return err
		}
		o.Tainted = false
	}
	configured := value(c.t, typ, config)
	plan, err := c.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: o.Type, PriorState: c.pack(typ, o.State), PriorPrivate: o.private, PriorIdentity: o.Identity,
		ProposedNewState: c.pack(typ, proposed(c.t, c.schemas.ResourceSchemas[o.Type], o.State, configured)),
		Config:           c.pack(typ, configured),
	})
	if err != nil {
		return err
	}
	if err := problems(plan.Diagnostics); err != nil {
		return err
	}
	if len(plan.RequiresReplace) > 0 && !o.State.IsNull() {
		if err := c.change(ctx, o, null, null, nil); err != nil {
			return err
		}
		return c.Apply(ctx, o, config)
	}
	planned := c.unpack(typ, plan.PlannedState)
	if planned.Equal(o.State) {
		return nil
	}
	return c.change(ctx, o, planned, configured, plan)
}

func (c *Core) change(ctx context.Context, o *Object, planned, config tftypes.Value, plan *tfprotov6.PlanResourceChangeResponse) error {
	typ := c.typeOf(o.Type)
	if planned.IsNull() && o.State.IsNull() {
		return nil
	}
	creates := o.State.IsNull()
	req := &tfprotov6.ApplyResourceChangeRequest{
		TypeName: o.Type, PriorState: c.pack(typ, o.State), PlannedState: c.pack(typ, planned), Config: c.pack(typ, config),
		PlannedPrivate: o.private, PlannedIdentity: o.Identity,
	}
	if plan != nil {
		req.PlannedPrivate, req.PlannedIdentity = plan.PlannedPrivate, plan.PlannedIdentity
	}
	resp, err := c.server.ApplyResourceChange(ctx, req)
	if err != nil {
		return err
	}
	o.State, o.private, o.Identity = c.unpack(typ, resp.NewState), resp.Private, resp.NewIdentity
	err = problems(resp.Diagnostics)
	o.Tainted = creates && err != nil && !o.State.IsNull()
	return err
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
	if err := problems(resp.Diagnostics); err != nil {
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

func (c *Core) pack(typ tftypes.Type, v tftypes.Value) *tfprotov6.DynamicValue {
	c.t.Helper()
	d, err := tfprotov6.NewDynamicValue(typ, v)
	if err != nil {
		c.t.Fatal(err)
	}
	return &d
}

func (c *Core) unpack(typ tftypes.Type, d *tfprotov6.DynamicValue) tftypes.Value {
	c.t.Helper()
	if d == nil {
		return tftypes.NewValue(typ, nil)
	}
	v, err := d.Unmarshal(typ)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// proposed is what Terraform proposes: the configuration and, where that says
// nothing, what was there of the computed attributes.
func proposed(t testing.TB, schema *tfprotov6.Schema, prior, config tftypes.Value) tftypes.Value {
	t.Helper()
	if prior.IsNull() {
		return config
	}
	var before, now map[string]tftypes.Value
	if err := prior.As(&before); err != nil {
		t.Fatal(err)
	}
	if err := config.As(&now); err != nil {
		t.Fatal(err)
	}
	now = maps.Clone(now)
	propose(t, schema.Block.Attributes, before, now)
	return tftypes.NewValue(config.Type(), now)
}

// propose writes into now, which is the configuration, what was there of the
// computed attributes, those of nested maps by their key included.
func propose(t testing.TB, attributes []*tfprotov6.SchemaAttribute, before, now map[string]tftypes.Value) {
	t.Helper()
	for _, a := range attributes {
		switch {
		case a.Computed && now[a.Name].IsNull():
			now[a.Name] = before[a.Name]
		case a.NestedType != nil && a.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeMap && now[a.Name].IsKnown() && !before[a.Name].IsNull():
			var then, elements map[string]tftypes.Value
			if before[a.Name].As(&then) != nil || now[a.Name].As(&elements) != nil {
				t.Fatalf("%s is no map", a.Name)
			}
			elements = maps.Clone(elements) // they are the configuration's own
			for key, element := range elements {
				var was, is map[string]tftypes.Value
				if _, ok := then[key]; !ok || then[key].As(&was) != nil || element.As(&is) != nil {
					continue
				}
				is = maps.Clone(is)
				propose(t, a.NestedType.Attributes, was, is)
				elements[key] = tftypes.NewValue(element.Type(), is)
			}
			now[a.Name] = tftypes.NewValue(now[a.Name].Type(), elements)
		}
	}
}

// value makes a Terraform value of a Go one: nil, string, bool, int, and maps
// for maps and for objects, whose missing attributes are null.
func value(t testing.TB, typ tftypes.Type, in any) tftypes.Value {
	t.Helper()
	if m, ok := typ.(tftypes.Map); ok && in != nil {
		out := map[string]tftypes.Value{}
		for name, element := range in.(map[string]any) {
			out[name] = value(t, m.ElementType, element)
		}
		return tftypes.NewValue(typ, out)
	}
	object, ok := typ.(tftypes.Object)
	if !ok || in == nil {
		return tftypes.NewValue(typ, in)
	}
	given, ok := in.(map[string]any)
	if !ok {
		t.Fatalf("%T is no object", in)
	}
	out := map[string]tftypes.Value{}
	for name, attribute := range object.AttributeTypes {
		out[name] = value(t, attribute, given[name])
	}
	for name := range given {
		if _, ok := out[name]; !ok {
			t.Fatalf("no attribute %s", name)
		}
	}
	return tftypes.NewValue(typ, out)
}

// problems are the errors among diagnostics.
func problems(diagnostics []*tfprotov6.Diagnostic) error {
	var texts []string
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			texts = append(texts, d.Summary+": "+d.Detail)
		}
	}
	if texts == nil {
		return nil
	}
	return fmt.Errorf("%s", strings.Join(texts, "\n"))
}
