package provider_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// What is configured is checked at its path, and said once.
func TestTheProviderBlockIsChecked(t *testing.T) {
	t.Parallel()
	type block = map[string]any
	for _, tt := range []struct {
		cloud  string
		config block
		at     string // the path below the cloud's; "": there is nothing wrong
		says   string
	}{
		{"alicloud", block{"region": "cn/hangzhou"}, "region", "must be a region"},
		{"alicloud", block{"ecs_role_name": "a b"}, "ecs_role_name", "must be the name of a role"},
		{"alicloud", block{"credentials_uri": "ftp://x"}, "credentials_uri", "must be a URL"},
		{"alicloud", block{"endpoints": block{"slb": "a b"}}, "endpoints.slb", "space"},
		{"alicloud", block{"endpoints": block{"sts": "sts.example.com/v3"}}, "endpoints.sts", "a path"},
		{"alicloud", block{"assume_role": block{"role_arn": "deployer"}}, "assume_role.role_arn", "acs:ram::<account>:role/<name>"},
		{"alicloud", block{"assume_role": block{"session_name": "x"}}, "assume_role.session_name", "2 to 64"},
		{"alicloud", block{"assume_role": block{"external_id": "x"}}, "assume_role.external_id", "2 to 1,224"},
		{"alicloud", block{"assume_role": block{"external_id": strings.Repeat("x", 1224)}}, "", ""},
		{"alicloud", block{"assume_role": block{"external_id": strings.Repeat("x", 1225)}}, "assume_role.external_id", "2 to 1,224"},
		{"alicloud", block{"assume_role": block{"policy": `{"x":"` + strings.Repeat("x", 2048) + `"}`}}, "assume_role.policy", "2048"},
		{"alicloud", block{"assume_role": block{"policy": "allow"}}, "assume_role.policy", "must be a JSON object"},
		{"alicloud", block{"assume_role_with_oidc": block{"policy": "[]"}}, "assume_role_with_oidc.policy", "must be a JSON object"},
		{"alicloud", block{"assume_role": block{"policy": `{"Version": "1"}`}}, "", ""},
		{"alicloud", block{"assume_role_with_oidc": block{"role_arn": "x"}}, "assume_role_with_oidc.role_arn", "acs:ram"},
		{"alicloud", block{"assume_role_with_oidc": block{"oidc_provider_arn": aliRole}}, "assume_role_with_oidc.oidc_provider_arn", "oidc-provider"},
		{"alicloud", block{"assume_role_with_oidc": block{"oidc_token_variable": "token"}}, "assume_role_with_oidc.oidc_token_variable", "name of an environment variable"},
		{"alicloud", block{"assume_role_with_oidc": block{"oidc_token": "t", "oidc_token_file": "f"}}, "assume_role_with_oidc.oidc_token_file", "oidc_token and oidc_token_file"},
		{"alicloud", block{"assume_role_with_oidc": block{"oidc_token": "t", "oidc_token_variable": "V"}}, "assume_role_with_oidc.oidc_token_variable", "oidc_token and oidc_token_variable"},
		{"alicloud", block{"assume_role_with_oidc": block{"oidc_token": "t", "oidc_token_file": "f", "oidc_token_variable": "V"}}, "assume_role_with_oidc.oidc_token_file", "oidc_token, oidc_token_file and oidc_token_variable"},
		{"alicloud", block{"assume_role_with_oidc": block{"oidc_token": "t", "oidc_token_file": "", "oidc_token_variable": acctest.Unknown}}, "", ""},

		{"huaweicloud", block{"region": "cn north"}, "region", "must be a region"},
		{"huaweicloud", block{"project_id": "a/b"}, "project_id", "must be a project id"},
		{"huaweicloud", block{"cloud": "myhuaweicloud.com/"}, "cloud", "domain"},
		{"huaweicloud", block{"endpoints": block{"elb": "elb.{zone}.example.com"}}, "endpoints.elb", "host names"},
		{"huaweicloud", block{"endpoints": block{"elb": "elb.{region}.example.com", "iam": "https://iam.{region}.example.com/v3"}}, "", ""},
		{"huaweicloud", block{"endpoints": block{"iam": "https://iam.example.com/v2"}}, "endpoints.iam", "only /v3"},
		{"huaweicloud", block{"assume_role_with_oidc": block{"id_token": "t", "id_token_file": "f"}}, "assume_role_with_oidc.id_token_file", "id_token and id_token_file"},
		{"huaweicloud", block{"assume_role_with_oidc": block{"id_token": "t", "id_token_variable": "V"}}, "assume_role_with_oidc.id_token_variable", "id_token and id_token_variable"},
		{"huaweicloud", block{"assume_role_with_oidc": block{"id_token_variable": "1"}}, "assume_role_with_oidc.id_token_variable", "name of an environment variable"},

		{"alicloud", block{"batch_size": 0}, "batch_size", "is 0: it must be a whole number from 1 to 40"},
		{"alicloud", block{"batch_size": 41}, "batch_size", "is 41"},
		{"alicloud", block{"batch_size": 40, "requests_per_second": 0.5}, "", ""},
		{"alicloud", block{"batch_size": 1.5}, "batch_size", "is 1.5"},
		{"alicloud", block{"writes_per_minute": 0}, "", ""},
		{"alicloud", block{"writes_per_minute": -1}, "writes_per_minute", "is -1: it must be a whole number"},
		{"huaweicloud", block{"batch_size": 201}, "batch_size", "from 1 to 200"},
		{"huaweicloud", block{"batch_size": 200, "requests_per_second": 0}, "", ""},
		{"huaweicloud", block{"batch_size": big.NewFloat(1e30)}, "batch_size", "is 1e+30"},
		{"alicloud", block{"requests_per_second": -0.1}, "requests_per_second", "is -0.1"},
		{"huaweicloud", block{"requests_per_second": new(big.Float).SetInf(false)}, "requests_per_second", "is +Inf"},
		{"huaweicloud", block{"requests_per_second": math.MaxFloat64}, "", ""},
		{"alicloud", block{"assume_role": block{"session_expiration": 899}}, "assume_role.session_expiration", "from 900 to 43200"},
		{"alicloud", block{"assume_role_with_oidc": block{"session_expiration": 43201}}, "assume_role_with_oidc.session_expiration", "from 900 to 43200"},
		{"huaweicloud", block{"assume_role": block{"duration": 86401}}, "assume_role.duration", "from 900 to 86400"},
		{"huaweicloud", block{"assume_role": block{"duration": 86400}}, "", ""},
	} {
		got := acctest.ValidateProvider(t, provider.New("test"), block{tt.cloud: tt.config})
		if tt.at == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || tt.at == "" {
			t.Errorf("%s: %v: %d diagnostics: %v", tt.cloud, tt.config, len(got), got)
			continue
		}
		at := strings.NewReplacer(`AttributeName("`, "", `")`, "").Replace(got[0].Attribute.String())
		if said := got[0].Detail; at != tt.cloud+"."+tt.at || !strings.Contains(said, tt.says) || !strings.Contains(said, tt.cloud+".") {
			t.Errorf("%s: %v: at %s: %s", tt.cloud, tt.config, at, said)
		}
	}
}
