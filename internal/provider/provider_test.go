package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

func TestSchemaIsValid(t *testing.T) {
	t.Parallel()
	server := providerserver.NewProtocol6(provider.New("test")())()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range schemas.Diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name := range schemas.ResourceSchemas {
		if identities.IdentitySchemas[name] == nil {
			t.Errorf("%s has no identity", name)
		}
	}
	tested := map[string]bool{}
	for _, k := range stages.Kinds() {
		tested[k.Single], tested[k.Set] = true, true
	}
	for name := range schemas.ResourceSchemas {
		if !tested[name] {
			t.Errorf("%s is on no stage", name)
		}
	}
	for _, k := range stages.Kinds() {
		if schemas.ListResourceSchemas[k.Single] == nil {
			t.Errorf("%s cannot be listed", k.Single)
		}
	}
}
