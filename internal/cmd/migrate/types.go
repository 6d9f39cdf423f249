package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// kind is one kind of group, and the two resource types for its members.
type kind struct {
	single, set string // the types
	group       string // the attribute of both that names the group
	items       string // that of the set that has the members
	singleHas   schema.Schema
	setHas      schema.Schema
	member      map[string]bool // the attributes of a member, in both types
	// defaults are what is planned where the configuration of a type says nothing;
	// what the plan leaves open is not among them.
	defaults map[string]map[string]tftypes.Value
}

// origin is a type of another provider, and what its states become.
type origin struct {
	*kind
	adopter tfkit.Adopter
	isSet   bool // it becomes a set
}

// catalog are the origins that a provider knows, by type.
func catalog(ctx context.Context, p provider.Provider) (map[string]origin, error) {
	types := map[string]resource.Resource{}
	for _, build := range p.Resources(ctx) {
		r := build()
		var resp resource.MetadataResponse
		r.Metadata(ctx, resource.MetadataRequest{ProviderTypeName: nameOf(ctx, p)}, &resp)
		types[resp.TypeName] = r
	}
	origins := map[string]origin{}
	for single, r := range types {
		set, paired := types[single+"s"]
		if !paired {
			continue
		}
		k := &kind{single: single, set: single + "s", singleHas: schemaOf(ctx, r), setHas: schemaOf(ctx, set)}
		k.pair()
		var err error
		if k.defaults, err = defaultsOf(ctx, p, k.single, k.set); err != nil {
			return nil, err
		}
		for _, r := range []resource.Resource{r, set} {
			adopter, is := r.(tfkit.Adopter)
			if !is {
				continue
			}
			for _, typ := range adopter.OriginTypes() {
				origins[typ] = origin{k, adopter, r == set}
			}
		}
	}
	return origins, nil
}

func nameOf(ctx context.Context, p provider.Provider) string {
	var resp provider.MetadataResponse
	p.Metadata(ctx, provider.MetadataRequest{}, &resp)
	return resp.TypeName
}

func schemaOf(ctx context.Context, r resource.Resource) schema.Schema {
	var resp resource.SchemaResponse
	r.Schema(ctx, resource.SchemaRequest{}, &resp)
	return resp.Schema
}

// pair finds out what the two types have in common.
func (k *kind) pair() {
	for name, a := range k.setHas.Attributes {
		if nested, is := a.(schema.MapNestedAttribute); is {
			k.items, k.member = name, map[string]bool{}
			for name := range nested.NestedObject.Attributes {
				k.member[name] = true
			}
		} else if a.IsRequired() {
			k.group = name
		}
	}
}

// defaultsOf asks a provider that is not configured what it plans for types of
// which the configuration says nothing at all.
func defaultsOf(ctx context.Context, p provider.Provider, types ...string) (map[string]map[string]tftypes.Value, error) {
	server := providerserver.NewProtocol6(p)()
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("read the provider's schema: %w", err)
	}
	all := map[string]map[string]tftypes.Value{}
	for _, name := range types {
		typ, is := schemas.ResourceSchemas[name].ValueType().(tftypes.Object)
		if !is {
			return nil, fmt.Errorf("%s is no object", name)
		}
		empty := map[string]tftypes.Value{}
		for name, t := range typ.AttributeTypes {
			empty[name] = tftypes.NewValue(t, nil)
		}
		config, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, empty))
		if err != nil {
			return nil, err
		}
		prior, err := tfprotov6.NewDynamicValue(typ, tftypes.NewValue(typ, nil))
		if err != nil {
			return nil, err
		}
		resp, err := server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
			TypeName: name, PriorState: &prior, Config: &config, ProposedNewState: &config,
		})
		if err != nil {
			return nil, fmt.Errorf("plan an empty %s: %w", name, err)
		}
		for _, d := range resp.Diagnostics {
			return nil, fmt.Errorf("plan an empty %s: %s: %s", name, d.Summary, d.Detail)
		}
		planned, err := resp.PlannedState.Unmarshal(typ)
		if err != nil {
			return nil, err
		}
		values := map[string]tftypes.Value{}
		if err := planned.As(&values); err != nil {
			return nil, err
		}
		maps.DeleteFunc(values, func(_ string, v tftypes.Value) bool { return !v.IsKnown() || v.IsNull() })
		all[name] = values
	}
	return all, nil
}

// written are the attributes of an object, as state has them, that a
// configuration writes: what can be configured and differs from its default. A
// null where there is a default is what the old state did not say: it comes out as
// "", which no plan accepts there, and is named in unsaid.
func written(attributes map[string]schema.Attribute, values, defaults map[string]tftypes.Value) (out fields, unsaid []string) {
	for name, a := range attributes {
		v, def := values[name], defaults[name]
		switch _, has := defaults[name]; {
		case !a.IsRequired() && !a.IsOptional(), v.IsNull() && !has, has && v.Equal(def):
		case v.IsNull():
			out = append(out, field{name, ""})
			unsaid = append(unsaid, name)
		default:
			out = append(out, field{name, plain(v)})
		}
	}
	order := func(name string) int {
		switch {
		case strings.HasSuffix(name, "_id") && attributes[name].IsRequired():
			return 0
		case attributes[name].IsRequired():
			return 1
		}
		return 2
	}
	slices.SortFunc(out, func(a, b field) int {
		return cmp.Or(cmp.Compare(order(a.name), order(b.name)), cmp.Compare(a.name, b.name))
	})
	return out, unsaid
}

// plain is a value that text knows.
func plain(v tftypes.Value) any {
	var s string
	var n big.Float
	var b bool
	switch {
	case v.IsNull() || !v.IsKnown():
		return nil
	case v.As(&s) == nil:
		return s
	case v.As(&n) == nil:
		return &n
	case v.As(&b) == nil:
		return b
	}
	return nil
}

// objectOf takes an object apart.
func objectOf(v tftypes.Value) map[string]tftypes.Value {
	values := map[string]tftypes.Value{}
	if v.IsNull() || !v.IsKnown() || v.As(&values) != nil {
		return nil
	}
	return values
}
