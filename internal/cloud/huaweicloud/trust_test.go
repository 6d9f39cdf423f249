package huaweicloud

import (
	"crypto/tls"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
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
			var to tfkit.Configured
			c := newTransport(trustSettings{Insecure: tt.config}, &to).TLSClientConfig
			if c.InsecureSkipVerify != tt.want || to.Problems.HasError() != tt.problem || c.MinVersion != tls.VersionTLS12 || c.RootCAs != nil {
				t.Errorf("insecure %v, %v", c.InsecureSkipVerify, to.Problems)
			}
		})
	}
}

//nolint:paralleltest // it clears the environment
func TestAuthoritiesThatAreNoneAreAProblem(t *testing.T) {
	clearEnvironment(t)
	for _, pem := range []string{"/not/there", "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n"} {
		var to tfkit.Configured
		newTransport(trustSettings{CACertFile: types.StringValue(pem)}, &to)
		if len(to.Problems) != 1 || !strings.Contains(to.Problems[0].Detail(), "huaweicloud.cacert_file") || strings.Contains(to.Problems[0].Detail(), "none") {
			t.Errorf("%q: %v", pem, to.Problems)
		}
	}
}
