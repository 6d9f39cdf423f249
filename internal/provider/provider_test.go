package provider_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
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

// Every example under examples/resources, data-sources, functions and
// list-resources is applied as it stands.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{
		"resources/*/resource.tf", "data-sources/*/data-source.tf", "functions/*/function.tf", "list-resources/*/list-resource.tfquery.hcl",
	} {
		found, err := filepath.Glob("../../examples/" + pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no examples in %s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		t.Run(strings.TrimPrefix(filepath.ToSlash(filepath.Dir(file)), "../../examples/"), func(t *testing.T) {
			t.Parallel()
			example, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// Nobody's connections are to be waited for here.
			example = bytes.ReplaceAll(example, []byte(`drain_duration   = "30s"`), []byte(`drain_duration = "10ms"`))
			var block string
			if strings.Contains(string(example), "cloudlb_elb") {
				seed := elbSeed()
				seed.Subnets[0].CIDR = "192.168.0.0/16"
				seed.Pools[0].Members[0].Address = "192.168.0.9"
				block = elbProvider(elbfake.Start(t, seed).URL)(secret, elbAt)
			} else {
				seed := slbSeed()
				lb := &seed.LoadBalancers[0]
				lb.ID, lb.VServerGroups[0].ID = "lb-bp1o94dp5i6ea5example", "rsp-bp1ttv2y7v4example"
				block = slbProvider(slbfake.Start(t, seed).URL)(secret, slbAt)
			}
			step := resource.TestStep{Config: block + string(example)} // and the plan after it is empty
			if strings.HasSuffix(file, ".tfquery.hcl") {
				acctest.NeedsQuery(t)
				step.Query = true
				step.QueryResultChecks = []querycheck.QueryResultCheck{
					querycheck.ExpectLength(filepath.Base(filepath.Dir(file))+".web", 1),
				}
			}
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(), Steps: []resource.TestStep{step}})
		})
	}
}
