package acctest

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// ValidateProvider is what a provider says of a provider block before it is
// configured. Attributes that config leaves out are null.
func ValidateProvider(t testing.TB, p func() provider.Provider, config map[string]any) []*tfprotov6.Diagnostic {
	t.Helper()
	c := &Core{t: t, server: providerserver.NewProtocol6(p())()}
	schemas, err := c.server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	typ := schemas.Provider.ValueType()
	resp, err := c.server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{
		Config: c.pack(typ, value(t, typ, config)),
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}
