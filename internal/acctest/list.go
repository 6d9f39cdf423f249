package acctest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Query is what terraform query asks of a list resource.
type Query struct {
	Type   string
	Config map[string]any
	Limit  int
	// Include asks for the resources too.
	Include bool
	// Each is called with each result; the query ends where it returns false.
	Each func(Listed) bool
}

// Listed is one result of a query.
type Listed struct {
	Name     string
	Identity map[string]any
	// Resource is null where none was asked for.
	Resource tftypes.Value
}

// List queries a list resource. Unlike Terraform it does not stop at the limit.
func (c *Core) List(ctx context.Context, q Query) ([]Listed, error) {
	c.t.Helper()
	schema, ok := c.schemas.ListResourceSchemas[q.Type]
	server, can := c.server.(tfprotov6.ProviderServerWithListResource) //nolint:staticcheck // deprecated once every server has it
	if !ok || !can {
		c.t.Fatalf("the provider cannot list %s", q.Type)
	}
	config := c.pack(schema.ValueType(), value(c.t, schema.ValueType(), q.Config))
	checked, err := server.ValidateListResourceConfig(ctx, &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: q.Type, Config: config, IncludeResourceObject: c.pack(tftypes.Bool, tftypes.NewValue(tftypes.Bool, q.Include)),
		Limit: c.pack(tftypes.Number, tftypes.NewValue(tftypes.Number, q.Limit)),
	})
	if err == nil {
		err = c.problems(checked.Diagnostics)
	}
	if err != nil {
		return nil, err
	}
	stream, err := server.ListResource(ctx, &tfprotov6.ListResourceRequest{
		TypeName: q.Type, Config: config, IncludeResource: q.Include, Limit: int64(q.Limit),
	})
	if err != nil {
		return nil, err
	}
	identity := c.identityType(q.Type)
	var all []Listed
	for r := range stream.Results {
		if err := c.problems(r.Diagnostics); err != nil {
			return all, err
		}
		l := Listed{Name: r.DisplayName, Resource: c.unpack(c.typeOf(q.Type), r.Resource)}
		l.Identity, _ = c.plain(c.unpack(identity, r.Identity.IdentityData)).(map[string]any)
		all = append(all, l)
		if q.Each != nil && !q.Each(l) {
			break
		}
	}
	return all, nil
}

// Generate is the configuration that Terraform writes for a resource.
func (c *Core) Generate(ctx context.Context, resourceType string, resource tftypes.Value) (map[string]any, error) {
	c.t.Helper()
	typ := c.typeOf(resourceType)
	resp, err := c.server.GenerateResourceConfig(ctx, &tfprotov6.GenerateResourceConfigRequest{
		TypeName: resourceType, State: c.pack(typ, resource),
	})
	if err == nil {
		err = c.problems(resp.Diagnostics)
	}
	if err != nil {
		return nil, err
	}
	config, _ := c.plain(c.unpack(typ, resp.Config)).(map[string]any)
	return config, nil
}
