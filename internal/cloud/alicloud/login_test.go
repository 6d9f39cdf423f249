package alicloud_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
)

// configure configures the cloud; settings are attributes with text values,
// those of a nested block as "endpoints.slb". It returns the warnings.
func configure(t *testing.T, settings map[string]string) []string {
	t.Helper()
	s := schema.Schema{Blocks: map[string]schema.Block{alicloud.Name: alicloud.Cloud{}.Block()}}
	root := s.Type().TerraformType(t.Context()).(tftypes.Object)
	block := root.AttributeTypes[alicloud.Name].(tftypes.Object)
	fill := func(typ tftypes.Object, prefix string) tftypes.Value {
		values := map[string]tftypes.Value{}
		for name, inner := range typ.AttributeTypes {
			values[name] = tftypes.NewValue(inner, nil)
			if text, ok := settings[prefix+name]; ok {
				values[name] = tftypes.NewValue(inner, text)
			}
		}
		return tftypes.NewValue(typ, values)
	}
	values := map[string]tftypes.Value{}
	if err := fill(block, "").As(&values); err != nil {
		t.Fatal(err)
	}
	values["endpoints"] = fill(block.AttributeTypes["endpoints"].(tftypes.Object), "endpoints.")
	raw := tftypes.NewValue(root, map[string]tftypes.Value{alicloud.Name: tftypes.NewValue(block, values)})
	_, diags := alicloud.Cloud{}.Configure(t.Context(), tfsdk.Config{Raw: raw, Schema: s}, "test")
	var warnings []string
	for _, d := range diags {
		if d.Severity().String() != "Warning" {
			t.Fatalf("%s: %s", d.Summary(), d.Detail())
		}
		warnings = append(warnings, d.Summary()+": "+d.Detail())
	}
	return warnings
}

// Requests in the clear are warned of, except to this machine; and what the
// environment says counts as well.
//
//nolint:paralleltest // it sets the environment
func TestHTTPIsWarnedOf(t *testing.T) {
	for _, name := range []string{
		"ALIBABA_CLOUD_ENDPOINT_SLB", "SLB_ENDPOINT", "ALIBABA_CLOUD_ENDPOINT_STS", "STS_ENDPOINT", "ALIBABA_CLOUD_CREDENTIALS_URI",
		"ALICLOUD_CREDENTIALS_URI",
	} {
		t.Setenv(name, "")
	}
	for _, tc := range []struct {
		settings map[string]string
		want     []string
	}{
		{map[string]string{"endpoints.slb": "http://slb.example.com"}, []string{"alicloud.endpoints.slb is http"}},
		{map[string]string{"endpoints.sts": "http://10.0.0.1:80"}, []string{"alicloud.endpoints.sts is http"}},
		{map[string]string{"credentials_uri": "http://keys.example.com/x?token=hidden"}, []string{"alicloud.credentials_uri is http"}},
		{map[string]string{"endpoints.slb": "http://a.example.com", "endpoints.sts": "http://b.example.com"}, []string{"endpoints.slb", "endpoints.sts"}},
		{map[string]string{"endpoints.slb": "http://127.0.0.1:1", "endpoints.sts": "http://localhost:1", "credentials_uri": "http://[::1]:1/x"}, nil},
		{map[string]string{"endpoints.slb": "slb.example.com", "endpoints.sts": "https://sts.example.com"}, nil},
		{nil, nil},
	} {
		got := configure(t, tc.settings)
		if len(got) != len(tc.want) || strings.Contains(fmt.Sprint(got), "hidden") {
			t.Errorf("%v: %q", tc.settings, got)
			continue
		}
		for i, want := range tc.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%v: %q, want %q", tc.settings, got[i], want)
			}
		}
	}
	for _, name := range []string{"SLB_ENDPOINT", "STS_ENDPOINT", "ALICLOUD_CREDENTIALS_URI"} {
		t.Setenv(name, "http://x.example.com/")
		if got := configure(t, nil); len(got) != 1 || !strings.Contains(got[0], "The scheme of "+name+" is http") {
			t.Errorf("%s: %q", name, got)
		}
		t.Setenv(name, "")
	}
}
