package acctest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Data validates and reads a data source: a Go form of its attributes, and the
// warnings beside them.
func (c *Core) Data(ctx context.Context, dataSource string, config map[string]any) (map[string]any, []string, error) {
	c.t.Helper()
	schema, ok := c.schemas.DataSourceSchemas[dataSource]
	if !ok {
		c.t.Fatalf("the provider has no data source %s", dataSource)
	}
	typ := schema.ValueType()
	packed := c.pack(typ, value(c.t, typ, config))
	checked, err := c.server.ValidateDataResourceConfig(ctx, &tfprotov6.ValidateDataResourceConfigRequest{TypeName: dataSource, Config: packed})
	if err != nil {
		return nil, nil, err
	}
	if err := c.problems(checked.Diagnostics); err != nil {
		return nil, nil, err
	}
	resp, err := c.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: dataSource, Config: packed})
	if err != nil {
		return nil, nil, err
	}
	if err := c.problems(resp.Diagnostics); err != nil {
		return nil, nil, err
	}
	attributes, _ := c.plain(c.unpack(typ, resp.State)).(map[string]any)
	return attributes, c.Warnings(), nil
}
