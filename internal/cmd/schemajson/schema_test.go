package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	providerschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
)

// testdata/lab.json is what Terraform 1.11.4 prints for the lab provider,
// section by section, and in the same format the sections that it leaves out:
// actions, list resources and identities.
func TestDescribeIsWhatTerraformPrints(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("testdata/lab.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := describe(t.Context(), lab{})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("schema of the lab provider:\n%s\nwant:\n%s", &out, want)
	}
}

// spoilt has a schema that the plugin protocol refuses.
type spoilt struct{ lab }

func (spoilt) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerschema.Schema{Attributes: map[string]providerschema.Attribute{
		"version": providerschema.StringAttribute{Optional: true},
	}}
}

func TestDescribeReportsAnInvalidSchema(t *testing.T) {
	t.Parallel()
	_, err := describe(t.Context(), spoilt{})
	if err == nil || !strings.Contains(err.Error(), "version") {
		t.Errorf("describe a provider with the reserved attribute version: error %v, want one that names it", err)
	}
}
