package huaweicloud

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestCertificatesGoUncheckedOnlyWhereAsked(t *testing.T) {
	for name, tt := range map[string]struct {
		config  types.Bool
		env     string
		want    bool
		problem bool
	}{
		"nothing": {}, "configured": {config: types.BoolValue(true), want: true}, "environment": {env: "TRUE", want: true},
		"one": {env: "1", want: true}, "zero": {env: "0"}, "configured, not as in the environment": {config: types.BoolValue(false), env: "true"},
		"odd": {env: "maybe", problem: true},
	} {
		t.Run(name, func(t *testing.T) {
			clearEnvironment(t)
			t.Setenv("HW_INSECURE", tt.env)
			var problems diag.Diagnostics
			c := newTransport(trustSettings{Insecure: tt.config}, &problems).TLSClientConfig
			if c.InsecureSkipVerify != tt.want || problems.HasError() != tt.problem || c.MinVersion != tls.VersionTLS12 || c.RootCAs != nil {
				t.Errorf("insecure %v, %v", c.InsecureSkipVerify, problems)
			}
		})
	}
}

//nolint:paralleltest // it clears the environment
func TestAuthoritiesThatAreNoneAreAProblem(t *testing.T) {
	clearEnvironment(t)
	for _, pem := range []string{"/not/there", "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n"} {
		var problems diag.Diagnostics
		newTransport(trustSettings{CACertFile: types.StringValue(pem)}, &problems)
		if len(problems) != 1 || !strings.Contains(problems[0].Detail(), "huaweicloud.cacert_file") || strings.Contains(problems[0].Detail(), "none") {
			t.Errorf("%q: %v", pem, problems)
		}
	}
}

func TestPlainHTTPIsWarnedOf(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]int{
		"": 0, "elb.example.com": 0, "https://elb.example.com": 0, "http://elb.example.com": 1, "http://10.0.0.1:8080/v3": 1,
		"http://127.0.0.1:4567": 0, "http://localhost": 0, "http://[::1]:1": 0, "http://127.0.0.1.example.com": 1, "http://%zz": 0,
	} {
		diags := plainHTTP(path.Root(Name), map[string]string{"elb": endpoint})
		if diags.WarningsCount() != want || diags.HasError() {
			t.Errorf("%q: %v", endpoint, diags)
		}
	}
}
