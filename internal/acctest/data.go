package acctest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Data reads a data source: its attributes, and the warnings beside them.
func (c *Core) Data(ctx context.Context, dataSource string, config map[string]any) (map[string]tftypes.Value, []string, error) {
	c.t.Helper()
	schema, ok := c.schemas.DataSourceSchemas[dataSource]
	if !ok {
		c.t.Fatalf("the provider has no data source %s", dataSource)
	}
	typ := schema.ValueType()
	resp, err := c.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: dataSource, Config: c.pack(typ, value(c.t, typ, config)),
	})
	if err != nil {
		return nil, nil, err
	}
	if err := c.problems(resp.Diagnostics); err != nil {
		return nil, nil, err
	}
	var warnings []string
	for _, d := range resp.Diagnostics {
		warnings = append(warnings, d.Summary+": "+d.Detail)
	}
	return c.attributes(c.unpack(typ, resp.State)), warnings, nil
}
