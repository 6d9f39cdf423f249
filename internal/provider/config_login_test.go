package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// planned is what a plan of several resources of a cloud says that keeps the
// cloud from being used: every error of every resource.
func planned(t *testing.T, cloud string, settings map[string]any) []string {
	t.Helper()
	config := map[string]any{cloud: settings}
	for _, d := range acctest.ValidateProvider(t, provider.New("test"), config) {
		t.Errorf("validation: %s: %s", d.Summary, d.Detail)
	}
	core := acctest.NewCore(t, provider.New("test"), config)
	kind, member := "cloudlb_slb_backend_server", map[string]any{"load_balancer_id": "lb-1"}
	of, key := "server_id", "i-%d"
	if cloud == "huaweicloud" {
		kind, member = "cloudlb_elb_member", map[string]any{"pool_id": poolID, "protocol_port": 80, "subnet_cidr_id": subnetID}
		of, key = "address", "10.0.0.%d"
	}
	var errors []string
	for n := range 3 {
		member[of] = fmt.Sprintf(key, n+1)
		if _, err := core.Plan(t.Context(), core.New(kind), member); err != nil {
			errors = append(errors, strings.Split(err.Error(), "\n")...)
		}
	}
	return errors
}

// part is a part of a login: an argument and one of its variables.
type part struct{ argument, variable, value string }

// A halfLogin is a login that has more than one part.
type halfLogin struct {
	cloud, block string
	with         map[string]any // beside the login
	parts        []part
}

var oneKey = map[string]any{"access_key": "ak", "secret_key": secret}

var halfLogins = []halfLogin{
	{"alicloud", "", nil, []part{{"access_key", "ALICLOUD_ACCESS_KEY", "ak"}, {"secret_key", "ALICLOUD_SECRET_KEY", secret}}},
	{"alicloud", "", map[string]any{"security_token": "t"}, []part{
		{"access_key", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ak"}, {"secret_key", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret},
	}},
	{"alicloud", "assume_role", oneKey, []part{{"role_arn", "ALIBABA_CLOUD_ROLE_ARN", aliRole}}},
	{"alicloud", "assume_role_with_oidc", nil, []part{
		{"role_arn", "ALIBABA_CLOUD_ROLE_ARN", aliRole}, {"oidc_provider_arn", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", aliProvider},
		{"oidc_token", "TFC_WORKLOAD_IDENTITY_TOKEN", aliToken},
	}},
	{"huaweicloud", "", nil, []part{{"access_key", "HW_ACCESS_KEY", "ak"}, {"secret_key", "HW_SECRET_KEY", secret}}},
	{"huaweicloud", "", map[string]any{"security_token": "t"}, []part{
		{"access_key", "HUAWEICLOUD_SDK_AK", "ak"}, {"secret_key", "HUAWEICLOUD_SDK_SK", secret},
	}},
	{"huaweicloud", "", nil, []part{
		{"user_name", "HW_USER_NAME", "robot"}, {"password", "HW_USER_PASSWORD", elbPassword}, {"domain_name", "HW_DOMAIN_NAME", "acme"},
	}},
	{"huaweicloud", "assume_role", oneKey, []part{
		{"agency_name", "HW_ASSUME_ROLE_AGENCY_NAME", "ops"}, {"domain_name", "HW_ASSUME_ROLE_DOMAIN_NAME", "acme"},
	}},
	{"huaweicloud", "assume_role_with_oidc", nil, []part{
		{"idp_id", "HUAWEICLOUD_SDK_IDP_ID", "ci"}, {"id_token", "TFC_WORKLOAD_IDENTITY_TOKEN", elbIDToken},
	}},
}

// Every part of every login, in each combination in which it is not whole, is
// one error that names what is missing, and that alone; the rest in the
// environment makes it whole.
func TestALoginThatIsNotWhole(t *testing.T) {
	for _, login := range halfLogins {
		whole := 1<<len(login.parts) - 1
		for given := range whole {
			if given == 0 && login.block == "" && login.with == nil {
				continue // that is no login
			}
			name := fmt.Sprintf("%s %s %b of %v", login.cloud, login.block, given, login.parts)
			t.Run(name, func(t *testing.T) { login.test(t, given) })
		}
	}
}

// test tests a login that has the parts whose bits are set.
func (login halfLogin) test(t *testing.T, given int) {
	noEnvironment(t)
	settings, inner := map[string]any{"region": slbAt}, map[string]any{}
	for name, v := range login.with {
		settings[name] = v
	}
	at := login.cloud + "."
	if login.block == "" {
		inner = settings
	} else {
		settings[login.block] = inner
		at += login.block + "."
	}
	for i, p := range login.parts {
		if given>>i&1 == 1 {
			inner[p.argument] = p.value
		} else {
			inner[p.argument] = "" // counts as left out
		}
	}
	got := planned(t, login.cloud, settings)
	if len(got) != 1 || !strings.HasPrefix(got[0], "Incomplete credentials for ") {
		t.Fatalf("%d errors: %q", len(got), got)
	}
	for i, p := range login.parts {
		for _, want := range []string{at + p.argument, p.variable} {
			if named := strings.Contains(got[0], want); named == (given>>i&1 == 1) {
				t.Errorf("%s is named: %v, in %s", want, named, got[0])
			}
		}
	}
	for i, p := range login.parts {
		if given>>i&1 == 0 {
			t.Setenv(p.variable, p.value)
		}
	}
	if got := planned(t, login.cloud, settings); len(got) != 0 {
		t.Errorf("completed by the environment: %q", got)
	}
}

// withKeys are settings with static keys among them.
func withKeys(more map[string]any) map[string]any {
	settings := maps.Clone(oneKey)
	maps.Copy(settings, more)
	return settings
}

// nested are settings of one nested block, given as names and values.
func nested(block string, texts ...string) map[string]any {
	inner := map[string]any{}
	for pair := range slices.Chunk(texts, 2) {
		inner[pair[0]] = pair[1]
	}
	return map[string]any{block: inner}
}

var unusableLogins = map[string]struct {
	cloud    string
	settings map[string]any
	env      map[string]string
	want     []string // in the one error; nil: there is none
}{
	"alicloud, nothing":                   {"alicloud", nil, nil, []string{"No credentials", "alicloud.access_key", "ALIBABA_CLOUD_PROFILE"}},
	"alicloud, key of the environment":    {"alicloud", nil, map[string]string{"ALICLOUD_ACCESS_KEY": "ak"}, []string{"Incomplete", "alicloud.secret_key", "ALICLOUD_SECRET_KEY"}},
	"alicloud, secret of the environment": {"alicloud", nil, map[string]string{"ALICLOUD_SECRET_KEY": secret}, []string{"Incomplete", "alicloud.access_key", "ALICLOUD_ACCESS_KEY"}},
	"alicloud, token of the environment":  {"alicloud", nil, map[string]string{"ALICLOUD_SECURITY_TOKEN": "t"}, []string{"Incomplete", "alicloud.access_key", "alicloud.secret_key"}},
	"alicloud, nobody to assume a role":   {"alicloud", nested("assume_role", "role_arn", aliRole), nil, []string{"No credentials", "alicloud.access_key"}},
	"alicloud, half a key and a role": {"alicloud", map[string]any{"access_key": "ak", "assume_role": map[string]any{"role_arn": aliRole}}, nil,
		[]string{"Incomplete", "alicloud.secret_key"}},
	"alicloud, an expiration of the environment": {"alicloud", withKeys(nested("assume_role", "role_arn", aliRole)),
		map[string]string{"ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION": "899"}, []string{"Invalid setting", "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION", "900 to 43200"}},
	"alicloud, a role of the environment": {"alicloud", withKeys(nested("assume_role")), map[string]string{"ALIBABA_CLOUD_ROLE_ARN": "deployer"},
		[]string{"Invalid setting", `ALIBABA_CLOUD_ROLE_ARN is "deployer"`, "acs:ram::<account>:role/<name>"}},
	"alicloud, a session of the environment": {"alicloud", nested("assume_role_with_oidc", "role_arn", aliRole, "oidc_provider_arn", aliProvider, "oidc_token", aliToken),
		map[string]string{"ALIBABA_CLOUD_ROLE_SESSION_NAME": "a b"}, []string{"Invalid setting", `ALIBABA_CLOUD_ROLE_SESSION_NAME is "a b"`}},
	"alicloud, a variable": {"alicloud", nested("assume_role_with_oidc", "role_arn", aliRole, "oidc_provider_arn", aliProvider, "oidc_token_variable", "TFC_WORKLOAD_IDENTITY_TOKEN_PROD"),
		map[string]string{"TFC_WORKLOAD_IDENTITY_TOKEN_PROD": aliToken}, nil},
	"alicloud, a variable that is not set": {"alicloud", nested("assume_role_with_oidc", "role_arn", aliRole, "oidc_provider_arn", aliProvider, "oidc_token_variable", "MY_TOKEN"),
		map[string]string{"TFC_WORKLOAD_IDENTITY_TOKEN": aliToken}, []string{"Unusable", "alicloud.assume_role_with_oidc.oidc_token_variable", "MY_TOKEN"}},
	"alicloud, endpoint of the environment": {"alicloud", withKeys(nil), map[string]string{"SLB_ENDPOINT": "ftp://x"}, []string{"Invalid setting", "SLB_ENDPOINT must be", "scheme is ftp"}},
	"alicloud, STS of the environment":      {"alicloud", withKeys(nested("assume_role", "role_arn", aliRole)), map[string]string{"STS_ENDPOINT": "sts example.com"}, []string{"STS_ENDPOINT", "a space"}},
	"alicloud, URI of the environment":      {"alicloud", nil, map[string]string{"ALICLOUD_CREDENTIALS_URI": "x?token=" + secret}, []string{"ALICLOUD_CREDENTIALS_URI", "begin with https"}},
	"alicloud, region of the environment":   {"alicloud", withKeys(map[string]any{"region": ""}), map[string]string{"ALICLOUD_REGION": "cn hangzhou"}, []string{"ALICLOUD_REGION", "must be a region"}},
	"alicloud, no file":                     {"alicloud", map[string]any{"profile": "p", "shared_credentials_file": "/nowhere"}, nil, []string{"Unusable", "alicloud.profile", "/nowhere"}},

	"alicloud, no region without its profile": {"alicloud", map[string]any{"region": "", "profile": "p", "shared_credentials_file": "/nowhere"}, nil,
		[]string{"Unusable", "/nowhere"}},
	"huaweicloud, no region without its profile": {"huaweicloud", map[string]any{"region": "", "shared_config_file": "/nowhere"}, nil, []string{"Unusable", "/nowhere"}},

	"huaweicloud, nothing":                   {"huaweicloud", nil, nil, []string{"No credentials", "huaweicloud.access_key", "HW_AUTH_TOKEN"}},
	"huaweicloud, key of the environment":    {"huaweicloud", nil, map[string]string{"HW_ACCESS_KEY": "ak"}, []string{"Incomplete", "huaweicloud.secret_key", "HW_SECRET_KEY"}},
	"huaweicloud, secret of the environment": {"huaweicloud", nil, map[string]string{"OS_SECRET_KEY": secret}, []string{"Incomplete", "huaweicloud.access_key"}},
	"huaweicloud, user of the environment":   {"huaweicloud", nil, map[string]string{"OS_USERNAME": "u"}, []string{"Incomplete", "huaweicloud.password", "huaweicloud.domain_name"}},
	"huaweicloud, a domain goes with keys":   {"huaweicloud", map[string]any{"domain_name": "acme"}, map[string]string{"HW_ACCESS_KEY": "ak", "HW_SECRET_KEY": secret}, nil},
	"huaweicloud, agency of the environment": {"huaweicloud", withKeys(nil), map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "ops"}, []string{"Incomplete", "huaweicloud.assume_role.domain_name"}},
	"huaweicloud, duration of the environment": {"huaweicloud", withKeys(nested("assume_role", "agency_name", "ops", "domain_name", "acme")),
		map[string]string{"HW_ASSUME_ROLE_DURATION": "1h"}, []string{"Invalid setting", "HW_ASSUME_ROLE_DURATION", "900 to 86400"}},
	"huaweicloud, nobody to assume an agency": {"huaweicloud", nested("assume_role", "agency_name", "ops", "domain_name", "acme"), nil, []string{"No credentials", "huaweicloud.access_key"}},
	"huaweicloud, a variable":                 {"huaweicloud", nested("assume_role_with_oidc", "idp_id", "ci", "id_token_variable", "MY_TOKEN"), map[string]string{"MY_TOKEN": elbIDToken}, nil},
	"huaweicloud, a variable that is empty": {"huaweicloud", nested("assume_role_with_oidc", "idp_id", "ci", "id_token_variable", "MY_TOKEN"),
		map[string]string{"MY_TOKEN": " ", "TFC_WORKLOAD_IDENTITY_TOKEN": elbIDToken}, []string{"Unusable", "huaweicloud.assume_role_with_oidc.id_token_variable", "MY_TOKEN"}},
	"huaweicloud, ELB of the environment":   {"huaweicloud", withKeys(nil), map[string]string{"HW_ELB_ENDPOINT": "elb.example.com:0"}, []string{"HW_ELB_ENDPOINT", "1 to 65535"}},
	"huaweicloud, IAM of the environment":   {"huaweicloud", withKeys(nil), map[string]string{"OS_AUTH_URL": "https://u:" + secret + "@iam"}, []string{"OS_AUTH_URL", "user name"}},
	"huaweicloud, cloud of the environment": {"huaweicloud", withKeys(nil), map[string]string{"HW_CLOUD": "https://myhuaweicloud.eu"}, []string{"HW_CLOUD", "without a scheme"}},
	"huaweicloud, insecure":                 {"huaweicloud", withKeys(nil), map[string]string{"HW_INSECURE": "maybe"}, []string{"HW_INSECURE", "true or false"}},
	"huaweicloud, no file":                  {"huaweicloud", map[string]any{"shared_config_file": "/nowhere"}, nil, []string{"Unusable", "huaweicloud.shared_config_file", "/nowhere"}},
}

// What the environment has of a login, and what is wrong with it in other ways
// than that a part of it is missing.
func TestALoginThatCannotBeUsed(t *testing.T) {
	for name, tt := range unusableLogins {
		t.Run(name, func(t *testing.T) {
			noEnvironment(t)
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			settings := map[string]any{"region": slbAt}
			for k, v := range tt.settings {
				settings[k] = v
			}
			got := planned(t, tt.cloud, settings)
			if tt.want == nil && len(got) == 0 {
				return
			}
			if len(got) != 1 {
				t.Fatalf("%d errors: %q", len(got), got)
			}
			for _, want := range tt.want {
				if !strings.Contains(strings.Join(got, "\n"), want) {
					t.Errorf("%q is not in %q", want, got)
				}
			}
			if strings.Contains(fmt.Sprint(got), secret) {
				t.Errorf("a secret is shown: %q", got)
			}
		})
	}
}
