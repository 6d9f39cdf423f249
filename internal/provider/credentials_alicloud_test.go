package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

const (
	aliRole     = "acs:ram::1234567890123456:role/deployer"
	aliOuter    = "acs:ram::1234567890123456:role/outer"
	aliProvider = "acs:ram::1234567890123456:oidc-provider/hcp"
	aliToken    = "eyJhbGciOiJub25lIn0.bm90LWEtdG9rZW4.c2lnbmF0dXJl"
)

// aliAccount is an account with every way to log in. Its key "ak" may do
// everything, "assumer" nothing but assume roles.
func aliAccount() slbfake.Seed {
	seed := slbSeed()
	seed.Keys = append(seed.Keys, slbfake.Key{ID: "assumer", Secret: secret, OnlySTS: true},
		slbfake.Key{ID: "sts", Secret: secret, Token: "fixed-session-token"})
	seed.Roles = []slbfake.Role{
		{ARN: aliRole, Provider: aliProvider, MaxSession: 7200},
		{ARN: aliOuter, Trusts: []string{aliRole, "instance"}, ExternalID: "shared"},
	}
	seed.OIDCTokens = []slbfake.OIDCToken{{Token: aliToken, Provider: aliProvider}}
	seed.Instance, seed.CredentialsPath = "machine", "/credentials"
	return seed
}

// aliProviderBlock is a provider block of the account at a URL.
func aliProviderBlock(url, settings string) string {
	return fmt.Sprintf("provider \"cloudlb\" {\n  alicloud {\n    region = %q\n    endpoints {\nslb = %q\nsts = %q\n}\n    %s\n  }\n}\n",
		slbAt, url, url, settings)
}

// writeFile writes a file of the test's own and returns its path.
func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Every way to log in, from the provider block to the cloud's check of the
// signature. How the block is written, the tests after this one show.
func TestAlicloudLogin(t *testing.T) {
	t.Parallel()
	type settings = map[string]any
	oidc := func(name, value string) settings {
		return settings{"role_arn": aliRole, "oidc_provider_arn": aliProvider, name: value}
	}
	for name, tc := range map[string]struct {
		settings settings // URL and FILE stand for themselves
		file     string
		ops      map[string]int // how often each is called at least; 0: not at all
	}{
		"static keys":  {settings: settings{"access_key": "ak", "secret_key": secret}, ops: map[string]int{"AssumeRole": 0}},
		"session keys": {settings: settings{"access_key": "sts", "secret_key": secret, "security_token": "fixed-session-token"}},
		"assume_role": {
			settings: settings{"access_key": "assumer", "secret_key": secret, "assume_role": settings{
				"role_arn": aliRole, "session_name": "ci", "session_expiration": 7200, "policy": `{"Version":"1"}`,
			}},
			ops: map[string]int{"AssumeRole": 1},
		},
		"assume_role_with_oidc, token": {
			settings: settings{"assume_role_with_oidc": oidc("oidc_token", aliToken)},
			ops:      map[string]int{"AssumeRoleWithOIDC": 1},
		},
		"assume_role on top of assume_role_with_oidc, file": {
			settings: settings{
				"assume_role_with_oidc": oidc("oidc_token_file", "FILE"),
				"assume_role":           settings{"role_arn": aliOuter, "external_id": "shared"},
			},
			file: aliToken + "\n",
			ops:  map[string]int{"AssumeRoleWithOIDC": 1, "AssumeRole": 1},
		},
		"profile": {
			settings: settings{"profile": "chained", "shared_credentials_file": "FILE"},
			file: `{"current": "default", "profiles": [
				{"name": "default", "mode": "AK", "access_key_id": "assumer", "access_key_secret": "` + secret + `"},
				{"name": "chained", "mode": "ChainableRamRoleArn", "source_profile": "default", "ram_role_arn": "` + aliRole + `", "ram_session_name": "s1"}]}`,
			ops: map[string]int{"AssumeRole": 1},
		},
		"credentials_uri": {settings: settings{"credentials_uri": "URL/credentials"}, ops: map[string]int{"CredentialsURI": 1}},
		"ecs_role_name":   {settings: settings{"ecs_role_name": "machine"}, ops: map[string]int{"MetadataToken": 1, "MetadataRole": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := slbfake.Start(t, aliAccount())
			block := filledIn(tc.settings, strings.NewReplacer("URL", c.URL, "FILE", writeFile(t, "file", tc.file)))
			block["region"], block["endpoints"] = slbAt, settings{"slb": c.URL, "sts": c.URL}
			cloud := alicloud.Cloud{Metadata: c.URL}
			comesAndGoes(t, provider.Of("test", cloud), settings{"alicloud": block}, slbMemberOne)
			all := c.Log.All()
			for op, least := range tc.ops {
				if n := all.Count(op); n < least || least == 0 && n > 0 {
					t.Errorf("%d calls of %s:\n%s", n, op, all)
				}
			}
			if all.Count("AddBackendServers") != 1 || all.Count("RemoveBackendServers") != 1 {
				t.Errorf("calls:\n%s", all)
			}
		})
	}
}

// filledIn is settings with what stands for something else replaced.
func filledIn(settings map[string]any, by *strings.Replacer) map[string]any {
	out := map[string]any{}
	for name, value := range settings {
		switch v := value.(type) {
		case string:
			out[name] = by.Replace(v)
		case map[string]any:
			out[name] = filledIn(v, by)
		default:
			out[name] = v
		}
	}
	return out
}

// What cannot be used together, or at all, is an error before anything is
// asked.
func TestAccAlicloudLoginIsChecked(t *testing.T) {
	t.Parallel()
	var steps []resource.TestStep
	for _, tc := range []struct{ settings, want string }{
		{`assume_role_with_oidc {
					oidc_token = "a"
					oidc_token_file = "b"
				}`, `oidc_token_file`},
		{`assume_role { role_arn = "deployer" }`, `acs:ram::<account>:role`},
		{`assume_role {
					role_arn = "` + aliRole + `"
					session_expiration = 899
				}`, `899`},
		{`assume_role {
					role_arn = "` + aliRole + `"
					session_name = "a b"
				}`, `2 to 64`},
		{`assume_role {
					role_arn = "` + aliRole + `"
					external_id = "é"
				}`, `letters,\s+digits`},
		{`assume_role_with_oidc { oidc_provider_arn = "hcp" }`, `oidc-provider`},
		{`ecs_role_name = "a/b"`, `name of a role`},
	} {
		steps = append(steps, resource.TestStep{
			Config: aliProviderBlock("http://127.0.0.1:1", tc.settings) + slbResource, PlanOnly: true,
			ExpectError: regexp.MustCompile(`(?s)` + tc.want),
		})
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(), Steps: steps})
}

// What a run logs, prints and keeps, at every level, holds no secret: neither
// those it was given nor those it was issued.
func TestAccAlicloudSecretsStayInside(t *testing.T) {
	t.Parallel()
	c := slbfake.Start(t, aliAccount())
	cli := acctest.NewCLI(t)
	log := filepath.Join(cli.Dir, "trace.log")
	cli.Setenv("TF_LOG", "TRACE")
	cli.Setenv("TF_LOG_PATH", log)
	token, hcp := "URL-token-not-to-be-shown", aliToken
	for _, tc := range []struct{ name, settings string }{
		{"oidc", `assume_role_with_oidc {
					role_arn = "` + aliRole + `"
					oidc_provider_arn = "` + aliProvider + `"
					oidc_token_file = "` + filepath.Join(cli.Dir, "token") + `"
				}
			assume_role {
					role_arn = "` + aliOuter + `"
					external_id = "shared"
				}`},
		{"uri", `credentials_uri = "` + c.URL + `/credentials?token=` + token + `"`},
		{"refused", `profile = "p"` + "\n" + `shared_credentials_file = "` + filepath.Join(cli.Dir, "profiles") + `"`},
	} {
		name, settings := tc.name, tc.settings
		cli.Write("token", hcp)
		cli.Write("profiles", `{"profiles": [{"name": "p", "mode": "RamRoleArn", "access_key_id": "assumer", "access_key_secret": "`+secret+`x", "ram_role_arn": "`+aliRole+`"}]}`)
		cli.Write("main.tf", acctest.Required+aliProviderBlock(c.URL, settings)+slbResource)
		out, code := cli.Try("apply", "-auto-approve")
		if (code == 0) == (name == "refused") {
			t.Errorf("%s: exit code %d\n%s", name, code, out)
		}
		trace, err := os.ReadFile(log)
		if err != nil || !strings.Contains(string(trace), "service=STS") && name != "uri" {
			t.Fatalf("%s: no trace of the calls: %v", name, err)
		}
		state, _ := os.ReadFile(filepath.Join(cli.Dir, "terraform.tfstate"))
		secrets := append(c.Cloud.Issued(), hcp, secret)
		for where, text := range map[string]string{"output": out, "log": string(trace), "state": string(state)} {
			for _, s := range secrets {
				if strings.Contains(text, s) {
					t.Errorf("%s: the %s shows %s", name, where, s)
				}
			}
			if where != "log" && strings.Contains(text, token) { // terraform itself logs the configuration
				t.Errorf("%s: the %s shows the URI", name, where)
			}
		}
	}
}

// A role that only the apply knows does not break a plan.
func TestAccAlicloudUnknownRole(t *testing.T) {
	t.Parallel()
	c := slbfake.Start(t, aliAccount())
	config := `
resource "terraform_data" "role" { input = "` + aliRole + `" }
` + aliProviderBlock(c.URL, `access_key = "assumer"`+"\n"+`secret_key = "`+secret+`"
    assume_role { role_arn = terraform_data.role.output }`) + slbResource
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps:                    []resource.TestStep{{Config: config}, {Config: config, ConfigPlanChecks: emptyPlan}},
	})
	if n := c.Log.All().Count("AssumeRole"); n == 0 {
		t.Error("no role was assumed")
	}
}
