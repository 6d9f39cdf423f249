package provider_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// Secrets of the logins; none is part of another text.
const (
	elbToken    = "token-not-a-real-secret"
	elbPassword = "pw-not-a-real-secret"
	elbSession  = "session-not-a-real-secret"
	elbIDToken  = "eyJub3Q.YS1yZWFs.c2VjcmV0"
	mspSecret   = "msp-not-a-real-secret"
)

// huaweiSeed is elbSeed with every way to log in. What is called msp belongs to
// another account, which sees nothing of this one.
func huaweiSeed() elbfake.Seed {
	s := elbSeed()
	s.Domain = "acme"
	s.Tokens = []string{elbToken}
	s.Keys = append(s.Keys, elbfake.Key{AK: "sts", SK: secret, SecurityToken: elbSession}, elbfake.Key{AK: "MSP", SK: mspSecret, Domain: "msp"})
	s.Users = []elbfake.User{{Name: "robot", Password: elbPassword}, {Name: "helper", Password: elbPassword, Domain: "msp"}}
	s.Agencies = []elbfake.Agency{{Name: "ops", Trusts: "msp"}, {Name: "own"}}
	s.IdentityProviders = []elbfake.IdentityProvider{{ID: "ci", IDTokens: []string{elbIDToken}}}
	return s
}

// huaweiProvider is a provider block with more in it.
func huaweiProvider(url, more string) string {
	return fmt.Sprintf("provider \"cloudlb\" {\n  huaweicloud {\n    endpoints {\nelb = %q\niam = \"%s/v3\"\n}\n%s\n  }\n}\n", url, url, more)
}

// cliFile is a configuration file of the vendor's CLI.
func cliFile(t *testing.T) string {
	t.Helper()
	return writeFile(t, "config.json", `{"language": "en", "current": "plain", "profiles": [
  {"name": "plain", "mode": "AKSK", "accessKeyId": "ak", "secretAccessKey": "`+secret+`", "securityToken": "", "region": "`+elbAt+`", "projectId": "`+project+`", "readTimeout": 10},
  {"name": "temporary", "mode": "AKSK", "accessKeyId": "sts", "secretAccessKey": "`+secret+`", "securityToken": "`+elbSession+`", "region": "`+elbAt+`"},
  {"name": "sso", "mode": "SSO", "region": "`+elbAt+`", "ssoAuth": {"stsToken": {"accessKeyId": "sts", "secretAccessKey": "`+secret+`", "securityToken": "`+elbSession+`", "expiration": "2999-01-01T00:00:00Z"}}},
  {"name": "agency", "mode": "AKSK", "accessKeyId": "MSP", "secretAccessKey": "`+mspSecret+`", "region": "`+elbAt+`", "agencyName": "ops", "agencyDomainName": "acme"}
]}`)
}

const inRegion = "region = \"" + elbAt + "\"\n"

const (
	byPassword = "KeystoneCreateUserTokenByPassword"
	byAgency   = "CreateTemporaryAccessKeyByAgency"
	byIDToken  = "CreateTokenWithIdToken"
	byToken    = "CreateTemporaryAccessKeyByToken"
	lookUp     = "KeystoneListProjects"
)

// login is a way to log in: what the configuration has for it beside the endpoints,
// and the calls of IAM that one walk of terraform's takes.
type login struct {
	settings map[string]any
	iam      []string
}

// hcl is the settings as configuration has them.
func (l login) hcl() string { return fakecloud.HCL(l.settings) }

// logins is every method.
func logins(t *testing.T) map[string]login {
	t.Helper()
	cli, jwt := cliFile(t), writeFile(t, "jwt", elbIDToken+"\n")
	// by is the settings of several, in the region.
	by := func(all ...map[string]any) map[string]any {
		settings := map[string]any{"region": elbAt}
		for _, some := range all {
			maps.Copy(settings, some)
		}
		return settings
	}
	user := func(name, domain string) map[string]any {
		return map[string]any{"user_name": name, "password": elbPassword, "domain_name": domain}
	}
	file := func(profile string) map[string]any {
		return map[string]any{"shared_config_file": cli, "profile": profile}
	}
	oidc := func(name, value string) map[string]any {
		return map[string]any{"assume_role_with_oidc": map[string]any{"idp_id": "ci", name: value}}
	}
	token, inProject := map[string]any{"token": elbToken}, map[string]any{"project_id": project}
	msp := map[string]any{"access_key": "MSP", "secret_key": mspSecret}
	agency := map[string]any{"assume_role": map[string]any{"agency_name": "ops", "domain_name": "acme", "duration": 900}}
	own := map[string]any{"assume_role": map[string]any{"agency_name": "own", "domain_name": "acme"}}
	return map[string]login{
		"token":                    {by(token), []string{lookUp}},
		"token and project":        {by(token, inProject), nil},
		"password":                 {by(user("robot", "acme")), []string{byPassword}},
		"password and project":     {by(user("robot", "acme"), inProject), []string{byPassword}},
		"agency with keys":         {by(msp, agency), []string{byAgency, lookUp}},
		"agency with a password":   {by(user("helper", "msp"), agency), []string{byPassword, byAgency, lookUp}},
		"agency with a token":      {by(token, own), []string{byAgency, lookUp}},
		"OIDC":                     {by(oidc("id_token", elbIDToken)), []string{byIDToken, byToken, lookUp}},
		"OIDC by file":             {by(oidc("id_token_file", jwt)), []string{byIDToken, byToken, lookUp}},
		"OIDC and an agency":       {by(oidc("id_token", elbIDToken), own), []string{byIDToken, byToken, byAgency, lookUp}},
		"file, its profile":        {map[string]any{"shared_config_file": cli}, nil},
		"file, temporary keys":     {file("temporary"), []string{lookUp}},
		"file, SSO":                {file("sso"), []string{lookUp}},
		"file, agency":             {file("agency"), []string{byAgency, lookUp}},
		"file, and another agency": {by(file("agency"), agency), []string{byAgency, lookUp}},
	}
}

// A member is created, found unchanged and removed with each login, whose calls
// of IAM are those it needs. That the settings are read from a configuration, tests
// of the command show.
func TestHuaweiLogins(t *testing.T) {
	t.Parallel()
	for name, login := range logins(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := elbfake.InProcess(t, huaweiSeed())
			cloud := huaweicloud.Cloud{Transport: c.Server.Transport()}
			comesAndGoes(t, provider.Of("test", cloud), map[string]any{"huaweicloud": login.settings}, elbMemberOne)
			once := map[string]int{}
			for _, e := range c.Server.Log.All() {
				if !strings.Contains(e.Op, "Member") && !strings.Contains(e.Op, "Pool") {
					once[e.Op]++
				}
				if e.Status >= 400 {
					t.Errorf("%s: HTTP %d", e.Op, e.Status)
				}
			}
			for _, op := range login.iam {
				if once[op] == 0 {
					t.Errorf("no %s in %v", op, once)
				}
				delete(once, op)
			}
			if len(once) != 0 {
				t.Errorf("calls of IAM that are not needed: %v", once)
			}
		})
	}
}

// Each row sets the environment alone.
func TestHuaweiLoginsOfTheEnvironment(t *testing.T) {
	cli, jwt := cliFile(t), writeFile(t, "jwt", elbIDToken)
	for name, env := range map[string]map[string]string{
		"token":          {"HW_AUTH_TOKEN": elbToken, "OS_AUTH_TOKEN": "other", "HW_ACCESS_KEY": "other", "HW_SECRET_KEY": "other"},
		"token, twin":    {"OS_AUTH_TOKEN": elbToken},
		"password":       {"HW_USER_NAME": "robot", "HW_USER_PASSWORD": elbPassword, "HW_DOMAIN_NAME": "acme", "OS_USERNAME": "other", "OS_PASSWORD": "other", "OS_DOMAIN_NAME": "other"},
		"password, twin": {"OS_USERNAME": "robot", "OS_PASSWORD": elbPassword, "OS_DOMAIN_NAME": "acme"},
		"shared file":    {"HW_SHARED_CONFIG_FILE": cli, "HW_PROFILE": "temporary", "HW_ACCESS_KEY": "other", "HW_SECRET_KEY": "other"},
		"OIDC":           {"HUAWEICLOUD_SDK_IDP_ID": "ci", "HUAWEICLOUD_SDK_ID_TOKEN_FILE": jwt, "TFC_WORKLOAD_IDENTITY_TOKEN": "other"},
		"HCP Terraform":  {"HUAWEICLOUD_SDK_IDP_ID": "ci", "TFC_WORKLOAD_IDENTITY_TOKEN": elbIDToken},
		"agency":         {"HW_ACCESS_KEY": "MSP", "HW_SECRET_KEY": mspSecret, "HW_ASSUME_ROLE_AGENCY_NAME": "ops", "HW_ASSUME_ROLE_DOMAIN_NAME": "acme", "HW_ASSUME_ROLE_DURATION": "900"},
	} {
		t.Run(name, func(t *testing.T) {
			noEnvironment(t)
			c := elbfake.Start(t, huaweiSeed())
			for k, v := range env {
				t.Setenv(k, v)
			}
			t.Setenv("HW_REGION_NAME", elbAt)
			t.Setenv("HW_ELB_ENDPOINT", c.URL)
			t.Setenv("HW_AUTH_URL", c.URL+"/v3")
			comesAndGoes(t, provider.New("test"), nil, elbMemberOne)
		})
	}
}

// A login that is refused says which call of IAM's, and what it said; one that
// is not whole says what is missing.
//
//nolint:paralleltest // it sets the environment
func TestAccHuaweiLoginsThatFail(t *testing.T) {
	noEnvironment(t)
	c := elbfake.Start(t, huaweiSeed())
	fail := func(config, text string) resource.TestStep {
		return resource.TestStep{
			Config: huaweiProvider(c.URL, inRegion+config) + elbResource, ExpectError: regexp.MustCompile(`(?s)` + strings.ReplaceAll(text, " ", `\s+`)),
		}
	}
	broken := writeFile(t, "config.json", `{"current": "x", "profiles": [
  {"name": "x", "mode": "AKSK", "accessKeyId": "Q2lwaGVy/ed==", "secretAccessKey": "y"},
  {"name": "over", "mode": "SSO", "ssoAuth": {"stsToken": {"accessKeyId": "A", "secretAccessKey": "B", "expiration": "2020-01-01T00:00:00Z"}}}]}`)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			fail(`user_name = "robot"`+"\n"+`password = "no-such-pw"`+"\n"+`domain_name = "acme"`, `KeystoneCreateUserTokenByPassword:.*The username or password is wrong.*HTTP 401`),
			fail(`user_name = "robot"`, `Incomplete credentials.*huaweicloud\.password.*HW_USER_PASSWORD`),
			fail(`token = "forged"`+"\n"+`project_id = "`+project+`"`, `APIGW\.0301.*decrypt token fail`),
			fail(`access_key = "ak"`+"\n"+`secret_key = "`+secret+`"`+"\n"+`assume_role {
					agency_name = "nobody"
					domain_name = "acme"
				}`, `CreateTemporaryAccessKeyByAgency:.*not authorized.*HTTP 403`),
			fail(`access_key = "ak"`+"\n"+`secret_key = "`+secret+`"`+"\n"+`assume_role { agency_name = "ops" }`, `huaweicloud\.assume_role\.domain_name.*HW_ASSUME_ROLE_DOMAIN_NAME`),
			fail(`assume_role {
					agency_name = "ops"
					domain_name = "acme"
					duration = 60
				}`, `duration.*900`),
			fail(`assume_role_with_oidc {
					idp_id = "ci"
					id_token = "forged"
				}`, `CreateTokenWithIdToken:.*ID token is invalid.*HTTP 401`),
			fail(`assume_role_with_oidc { idp_id = "ci" }`, `huaweicloud\.assume_role_with_oidc\.id_token.*TFC_WORKLOAD_IDENTITY_TOKEN`),
			fail(`assume_role_with_oidc {
					idp_id = "ci"
					id_token = "a"
					id_token_file = "b"
				}`, `assume_role_with_oidc has id_token and id_token_file`),
			fail(`assume_role_with_oidc {
					idp_id = "ci"
					id_token_file = "/not/there"
				}`, `/not/there of huaweicloud\.assume_role_with_oidc\.id_token_file`),
			fail(`shared_config_file = "/not/there"`, `/not/there, which huaweicloud\.shared_config_file asks for, cannot be used:.*no such file`),
			fail(`shared_config_file = "`+broken+`"`, `config\.json.*hcloud configure set --cli-auth-encrypt=false`),
			fail(`shared_config_file = "`+broken+`"`+"\n"+`profile = "over"`, `SSO login has ended.*hcloud configure sso`),
			fail(`shared_config_file = "`+broken+`"`+"\n"+`profile = "z"`, `no profile "z"`),
			fail(`cacert_file = "/not/there"`+"\n"+`token = "`+elbToken+`"`, `/not/there of huaweicloud\.cacert_file`),
		},
	})
	if calls := c.Server.Log.All().Writes(); len(calls) != 0 {
		t.Errorf("writes:\n%s", calls)
	}
}

// secured serves a simulated cloud over TLS with a certificate that no system
// trusts, and returns its URL and that certificate.
func secured(t *testing.T) (url, authority string) {
	t.Helper()
	c := elbfake.InProcess(t, huaweiSeed())
	server := httptest.NewTLSServer(http.HandlerFunc(c.Server.ServeHTTP))
	t.Cleanup(server.Close)
	return server.URL, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
}

func TestAccHuaweiTLS(t *testing.T) {
	t.Parallel()
	url, authority := secured(t)
	file := writeFile(t, "ca.pem", authority)
	with := func(more string) string {
		return huaweiProvider(url, inRegion+"user_name = \"robot\"\ndomain_name = \"acme\"\npassword = \""+elbPassword+"\"\n"+more) + elbResource
	}
	text, err := json.Marshal(authority)
	if err != nil {
		t.Fatal(err)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{Config: with(""), ExpectError: regexp.MustCompile(`(?s)certificate\s+is\s+not\s+trusted`)},
			{Config: with("cacert_file = \"" + file + "\"")},
			{Config: with("cacert_file = " + string(text)), ConfigPlanChecks: emptyPlan},
			{Config: with("insecure = true"), ConfigPlanChecks: emptyPlan},
			{Config: with("insecure = false"), ExpectError: regexp.MustCompile(`(?s)certificate\s+is\s+not\s+trusted`)},
			{Config: with("insecure = true")},
		},
	})
}

// Calls of both services go through the proxy of the environment, and plain
// http to another machine is warned of.
func TestAccCLIHuaweiProxy(t *testing.T) {
	t.Parallel()
	c := elbfake.InProcess(t, huaweiSeed())
	var hosts sync.Map
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hosts.Store(r.URL.Host, true)
		c.Server.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	cli := acctest.NewCLI(t)
	cli.Setenv("HTTP_PROXY", proxy.URL)
	cli.Setenv("NO_PROXY", "127.0.0.1,localhost")
	block := huaweiProvider("http://elb.example.com", logins(t)["password"].hcl())
	cli.Write("main.tf", acctest.Required+strings.Replace(block, "http://elb.example.com/v3", "http://iam.example.com/v3", 1)+elbResource)
	if out := cli.Run("apply", "-auto-approve"); !strings.Contains(out, "Endpoint without TLS") {
		t.Errorf("no warning of plain http:\n%s", out)
	}
	for _, host := range []string{"elb.example.com", "iam.example.com"} {
		if _, through := hosts.Load(host); !through {
			t.Errorf("no call of %s went through the proxy", host)
		}
	}
}

// A login that only the apply knows does not break the plan.
func TestAccHuaweiUnknownLogin(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"token": `token = terraform_data.it.output`,
		"file":  `shared_config_file = terraform_data.it.output`,
		"agency": `access_key = "MSP"` + "\n" + `secret_key = "` + mspSecret + `"` + "\n" + `assume_role {
					agency_name = terraform_data.it.output
					domain_name = "acme"
				}`,
		"provider": `assume_role_with_oidc {
					idp_id = "ci"
					id_token = terraform_data.it.output
				}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := elbfake.Start(t, huaweiSeed())
			known := map[string]string{"token": elbToken, "file": cliFile(t), "agency": "ops", "provider": elbIDToken}[name]
			config := fmt.Sprintf("resource \"terraform_data\" \"it\" { input = %q }\n", known) +
				huaweiProvider(c.URL, inRegion+value) + elbResource
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(),
				Steps:                    []resource.TestStep{{Config: config}}, // and the plan after it is empty
			})
		})
	}
}

// Everything of a run at TRACE, and its state, is without any secret of any
// login, those that IAM gave among them.
func TestAccCLIHuaweiSecretsStayOutOfLogs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"agency with a password", "OIDC and an agency", "token", "file, SSO"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := elbfake.Start(t, huaweiSeed())
			cli := acctest.NewCLI(t)
			log := filepath.Join(cli.Dir, "trace.log")
			cli.Setenv("TF_LOG", "TRACE")
			cli.Setenv("TF_LOG_PATH", log)
			cli.Write("main.tf", acctest.Required+huaweiProvider(c.URL, logins(t)[name].hcl())+elbResource)
			out := cli.Run("apply", "-auto-approve")
			c.Revoke() // and what a refused call says of its credentials
			refused, _ := cli.Try("plan")
			state := cli.Run("show", "-json")
			trace, err := os.ReadFile(log)
			if err != nil || !strings.Contains(string(trace), "service=ELB") {
				t.Fatalf("%v: the log has no calls", err)
			}
			secrets := append([]string{secret, elbToken, elbPassword, elbSession, elbIDToken, mspSecret}, c.Issued()...)
			for what, text := range map[string]string{"log": string(trace), "output": out, "refusal": refused, "state": state} {
				for _, s := range secrets {
					if strings.Contains(text, s) {
						t.Errorf("%q is in the %s", s, what)
					}
				}
			}
		})
	}
}
