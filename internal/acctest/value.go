package acctest

import (
	"maps"
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Unknown is a value that is known only after apply, in a configuration.
const Unknown = tftypes.UnknownValue

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
	var list []tftypes.Value
	if v.As(&list) == nil {
		out := []any{}
		for _, element := range list {
			out = append(out, c.plain(element))
		}
		return out
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
				if before, ok := then[key]; !ok || before.IsNull() || element.IsNull() ||
					before.As(&was) != nil || element.As(&is) != nil {
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

// value makes a Terraform value of a Go one: nil, [Unknown], string, bool, int, and maps
// for maps and for objects, whose missing attributes are null.
func value(t testing.TB, typ tftypes.Type, in any) tftypes.Value {
	t.Helper()
	if in == Unknown {
		return tftypes.NewValue(typ, in)
	}
	if m, ok := typ.(tftypes.Map); ok && in != nil {
		given, ok := in.(map[string]any)
		if !ok {
			t.Fatalf("%T is no map", in)
		}
		out := map[string]tftypes.Value{}
		for name, element := range given {
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
