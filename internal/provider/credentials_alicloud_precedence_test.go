package provider_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// profiles is a configuration file of the aliyun CLI whose current profile
// has the right key, and another a wrong one.
const aliProfiles = `{"current": "right", "profiles": [
  {"name": "right", "mode": "AK", "access_key_id": "ak", "access_key_secret": "` + secret + `", "region_id": "` + slbAt + `"},
  {"name": "wrong", "mode": "AK", "access_key_id": "wrong", "access_key_secret": "wrong", "region_id": "cn-nowhere"}
]}`

// Each row sets several sources; only the one that must win is right.
func TestAlicloudPrecedence(t *testing.T) {
	const url = "http://slb.example.com"
	type values map[string]any
	oidc := func(more ...any) values {
		v := values{"role_arn": aliRole, "oidc_provider_arn": aliProvider}
		for i := 0; i < len(more); i += 2 {
			v[more[i].(string)] = more[i+1]
		}
		return v
	}
	wrongKeys := map[string]string{"ALIBABA_CLOUD_ACCESS_KEY_ID": "wrong", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "wrong"}
	rightKeys := values{"access_key": "ak", "secret_key": secret}
	with := func(all ...values) values {
		v := values{}
		for _, more := range all {
			for name, value := range more {
				v[name] = value
			}
		}
		return v
	}
	for name, tc := range map[string]struct {
		config values            // FILE is the profiles', TOKEN that of a token, BAD one with another
		env    map[string]string // the same, and HOME's profiles are the same file
		region string            // "": as configured here
		ops    string            // what was called to log in
	}{
		// What is configured beats the environment, whatever the methods.
		"configured profile over keys of the environment": {config: values{"profile": "right"}, env: wrongKeys},
		"configured file over keys of the environment":    {config: values{"shared_credentials_file": "FILE"}, env: wrongKeys},
		"configured OIDC over keys of the environment":    {config: values{"assume_role_with_oidc": oidc("oidc_token", aliToken)}, env: wrongKeys, ops: "AssumeRoleWithOIDC"},
		"configured URI over keys of the environment":     {config: values{"credentials_uri": url + "/credentials"}, env: wrongKeys, ops: "CredentialsURI"},
		"configured ECS role over keys of the environment": {
			config: values{"ecs_role_name": "machine"}, env: wrongKeys, ops: "MetadataToken MetadataRole",
		},
		// The order of what is configured.
		"keys over half an OIDC": {config: with(rightKeys, values{"assume_role_with_oidc": values{}})},
		"keys over profile":      {config: with(rightKeys, values{"profile": "wrong"})},
		"profile over OIDC":      {config: values{"profile": "right", "assume_role_with_oidc": oidc("oidc_token", "wrong")}},
		"OIDC over URI": {
			config: values{"assume_role_with_oidc": oidc("oidc_token", aliToken), "credentials_uri": url + "/wrong"}, ops: "AssumeRoleWithOIDC",
		},
		"URI over ECS": {config: values{"credentials_uri": url + "/credentials", "ecs_role_name": "wrong"}, ops: "CredentialsURI"},
		// The order of the environment.
		"environment: keys over profile": {env: map[string]string{
			"ALICLOUD_ACCESS_KEY": "ak", "ALICLOUD_SECRET_KEY": secret, "ALIBABA_CLOUD_PROFILE": "wrong",
		}},
		"environment: profile over OIDC": {env: map[string]string{
			"ALIBABA_CLOUD_PROFILE": "right", "ALIBABA_CLOUD_ROLE_ARN": aliRole, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": aliProvider, "ALIBABA_CLOUD_OIDC_TOKEN": "wrong",
		}},
		"environment: OIDC over URI": {env: map[string]string{
			"ALIBABA_CLOUD_ROLE_ARN": aliRole, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": aliProvider, "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "TOKEN",
			"ALIBABA_CLOUD_CREDENTIALS_URI": url + "/wrong",
		}, ops: "AssumeRoleWithOIDC"},
		"environment: URI over ECS": {env: map[string]string{
			"ALIBABA_CLOUD_CREDENTIALS_URI": url + "/credentials", "ALIBABA_CLOUD_ECS_METADATA": "wrong",
		}, ops: "CredentialsURI"},
		// The rows of the table of variables, the first name over the second.
		"profile, first name":  {env: map[string]string{"ALIBABA_CLOUD_PROFILE": "right", "ALICLOUD_PROFILE": "wrong"}},
		"profile, second name": {env: map[string]string{"ALICLOUD_PROFILE": "right"}},
		"profile, configured":  {config: values{"profile": "right"}, env: map[string]string{"ALIBABA_CLOUD_PROFILE": "wrong"}},
		"file, first name": {env: map[string]string{
			"ALIBABA_CLOUD_CREDENTIALS_FILE": "FILE", "ALICLOUD_SHARED_CREDENTIALS_FILE": "BAD", "HOME": "/nowhere",
		}},
		"file, second name": {env: map[string]string{"ALICLOUD_SHARED_CREDENTIALS_FILE": "FILE", "HOME": "/nowhere"}},
		"file, configured":  {config: values{"shared_credentials_file": "FILE"}, env: map[string]string{"ALIBABA_CLOUD_CREDENTIALS_FILE": "BAD"}},
		"file, in the home": {config: values{"shared_credentials_file": "~/.aliyun/config.json"}},
		"ECS, first name": {
			env: map[string]string{"ALIBABA_CLOUD_ECS_METADATA": "machine", "ALICLOUD_ECS_ROLE_NAME": "wrong"}, ops: "MetadataToken MetadataRole",
		},
		"ECS, second name":       {env: map[string]string{"ALICLOUD_ECS_ROLE_NAME": "machine"}, ops: "MetadataToken MetadataRole"},
		"ECS, configured":        {config: values{"ecs_role_name": "machine"}, env: map[string]string{"ALIBABA_CLOUD_ECS_METADATA": "wrong"}, ops: "MetadataToken MetadataRole"},
		"ECS, the role is asked": {env: map[string]string{"ALIBABA_CLOUD_ECS_METADATA": "true"}, ops: "MetadataToken MetadataRole MetadataRole"},
		"URI, first name": {
			env: map[string]string{"ALIBABA_CLOUD_CREDENTIALS_URI": url + "/credentials", "ALICLOUD_CREDENTIALS_URI": url + "/wrong"}, ops: "CredentialsURI",
		},
		"URI, second name": {env: map[string]string{"ALICLOUD_CREDENTIALS_URI": url + "/credentials"}, ops: "CredentialsURI"},
		"URI, configured": {
			config: values{"credentials_uri": url + "/credentials"}, env: map[string]string{"ALIBABA_CLOUD_CREDENTIALS_URI": url + "/wrong"}, ops: "CredentialsURI",
		},
		"OIDC, token of the environment over HCP's": {
			config: values{"assume_role_with_oidc": values{}},
			env: map[string]string{
				"ALIBABA_CLOUD_ROLE_ARN": aliRole, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": aliProvider,
				"ALIBABA_CLOUD_OIDC_TOKEN": aliToken, "TFC_WORKLOAD_IDENTITY_TOKEN": "wrong",
			},
			ops: "AssumeRoleWithOIDC",
		},
		"OIDC, file of the environment over token": {
			config: values{"assume_role_with_oidc": oidc()},
			env:    map[string]string{"ALIBABA_CLOUD_OIDC_TOKEN_FILE": "TOKEN", "ALIBABA_CLOUD_OIDC_TOKEN": "wrong"}, ops: "AssumeRoleWithOIDC",
		},
		"OIDC, configured token over all": {
			config: values{"assume_role_with_oidc": oidc("oidc_token", aliToken)},
			env:    map[string]string{"ALIBABA_CLOUD_OIDC_TOKEN_FILE": "BAD", "ALIBABA_CLOUD_OIDC_TOKEN": "wrong"}, ops: "AssumeRoleWithOIDC",
		},
		"OIDC, configured file over all": {
			config: values{"assume_role_with_oidc": oidc("oidc_token_file", "TOKEN")},
			env:    map[string]string{"ALIBABA_CLOUD_OIDC_TOKEN_FILE": "BAD", "ALIBABA_CLOUD_OIDC_TOKEN": "wrong"}, ops: "AssumeRoleWithOIDC",
		},
		"OIDC, configured role and provider over the environment's": {
			config: values{"assume_role_with_oidc": oidc("oidc_token", aliToken)},
			env:    map[string]string{"ALIBABA_CLOUD_ROLE_ARN": "wrong", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "wrong"}, ops: "AssumeRoleWithOIDC",
		},
		"OIDC, HCP's token": {
			config: values{"assume_role_with_oidc": oidc()}, env: map[string]string{"TFC_WORKLOAD_IDENTITY_TOKEN": aliToken}, ops: "AssumeRoleWithOIDC",
		},
		"HCP's token alone is no way to log in": {env: map[string]string{
			"TFC_WORKLOAD_IDENTITY_TOKEN": "wrong", "ALIBABA_CLOUD_ROLE_ARN": aliRole, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": aliProvider,
			"ALIBABA_CLOUD_CREDENTIALS_URI": url + "/credentials",
		}, ops: "CredentialsURI"},
		"assume_role, all of it of the environment": {
			config: with(rightKeys, values{"assume_role": values{}}),
			env: map[string]string{
				"ALIBABA_CLOUD_ROLE_ARN": aliRole, "ALICLOUD_ASSUME_ROLE_ARN": "wrong", "ALIBABA_CLOUD_ROLE_SESSION_NAME": "of-env",
				"ALICLOUD_ASSUME_ROLE_SESSION_NAME": "wrong", "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION": "900",
			},
			ops: "AssumeRole of-env 900",
		},
		"assume_role, configured over the environment": {
			config: with(rightKeys, values{"assume_role": values{"role_arn": aliRole, "session_name": "mine", "session_expiration": 901}}),
			env: map[string]string{
				"ALIBABA_CLOUD_ROLE_ARN": "wrong", "ALIBABA_CLOUD_ROLE_SESSION_NAME": "wrong", "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION": "902",
			},
			ops: "AssumeRole mine 901",
		},
		"a role of the environment is not assumed by itself": {config: rightKeys, env: map[string]string{"ALIBABA_CLOUD_ROLE_ARN": aliRole}},
		// The region.
		"region of the profile":                     {config: values{"profile": "right"}, region: "-"},
		"region of the environment over profile's":  {config: values{"profile": "right"}, env: map[string]string{"ALICLOUD_REGION": slbAt}, region: "-"},
		"region configured over those":              {config: values{"profile": "right"}, env: map[string]string{"ALIBABA_CLOUD_REGION": "cn-wrong"}},
		"empty strings are not there":               {config: values{"profile": "", "access_key": "", "credentials_uri": ""}, env: map[string]string{"ALIBABA_CLOUD_PROFILE": "right"}},
		"a token that is not its key's is not used": {config: rightKeys, env: map[string]string{"ALIBABA_CLOUD_SECURITY_TOKEN": "wrong"}},
	} {
		t.Run(name, func(t *testing.T) {
			noEnvironment(t)
			home := t.TempDir()
			file, token, bad := filepath.Join(home, ".aliyun", "config.json"), filepath.Join(home, "token"), filepath.Join(home, "bad")
			if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			for path, text := range map[string]string{file: aliProfiles, token: aliToken + "\n", bad: "neither"} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			paths := strings.NewReplacer("FILE", file, "TOKEN", token, "BAD", bad)
			t.Setenv("HOME", home)
			for k, v := range tc.env {
				if strings.HasSuffix(k, "_FILE") {
					v = paths.Replace(v)
				}
				t.Setenv(k, v)
			}
			c := slbfake.InProcess(t, aliAccount())
			settings := map[string]any{"endpoints": map[string]any{"slb": url, "sts": url}}
			if tc.region != "-" {
				settings["region"] = slbAt
			}
			for k, v := range tc.config {
				switch v := v.(type) {
				case values:
					inner := map[string]any{}
					for k, v := range v {
						if s, ok := v.(string); ok && strings.HasSuffix(k, "_file") {
							inner[k] = paths.Replace(s)
						} else {
							inner[k] = v
						}
					}
					settings[k] = inner
				case string:
					settings[k] = v
					if strings.HasSuffix(k, "_file") {
						settings[k] = paths.Replace(v)
					}
				}
			}
			cloud := alicloud.Cloud{Transport: c.Transport(), Metadata: url}
			core := acctest.NewCore(t, provider.Of("test", cloud), map[string]any{"alicloud": settings})
			m := core.New("cloudlb_slb_backend_server")
			core.MustApply(m, map[string]any{"load_balancer_id": "lb-1", "server_id": "i-1"})
			var ops []string
			for _, e := range c.Log.All() {
				if !strings.Contains(e.Op, "BackendServers") && !strings.Contains(e.Op, "LoadBalancer") {
					ops = append(ops, e.Op)
					if _, rest, ok := strings.Cut(e.Detail, "RoleSessionName="); ok && e.Op == "AssumeRole" {
						ops = append(ops, strings.Replace(rest, "DurationSeconds=", "", 1))
					}
				}
			}
			if got := strings.Join(ops, " "); got != tc.ops {
				t.Errorf("logged in by %q, want %q", got, tc.ops)
			}
		})
	}
}

// A way to log in that is configured and does not work is an error that says
// where it was configured; no other way is tried. Only resources of the cloud
// have it, when they need it.
func TestAlicloudUnusableLogin(t *testing.T) {
	for name, tc := range map[string]struct {
		config map[string]any
		env    map[string]string
		want   []string
	}{
		"no such file": {
			config: map[string]any{"shared_credentials_file": "/nowhere/config.json"},
			want:   []string{"Unusable credentials", "alicloud.shared_credentials_file", "/nowhere/config.json", "no such file"},
		},
		"no such file, of the environment": {
			env: map[string]string{"ALICLOUD_PROFILE": "x", "HOME": "/nowhere"}, want: []string{"ALICLOUD_PROFILE", "/nowhere/.aliyun/config.json", "no such file"},
		},
		"no such profile": {
			config: map[string]any{"profile": "missing", "shared_credentials_file": "FILE"},
			want:   []string{"alicloud.profile and alicloud.shared_credentials_file", `no profile "missing"`, "right, wrong"},
		},
		"no JSON": {
			env: map[string]string{"ALIBABA_CLOUD_CREDENTIALS_FILE": "INI"}, want: []string{"ALIBABA_CLOUD_CREDENTIALS_FILE", "not JSON", "aliyun configure"},
		},
		"no token file": {
			config: map[string]any{"assume_role_with_oidc": map[string]any{"role_arn": aliRole, "oidc_provider_arn": aliProvider, "oidc_token_file": "/nowhere/token"}},
			want:   []string{"alicloud.assume_role_with_oidc.oidc_token_file", "/nowhere/token"},
		},
		"no token": {
			config: map[string]any{"assume_role_with_oidc": map[string]any{"role_arn": aliRole, "oidc_provider_arn": aliProvider}},
			want:   []string{"Incomplete credentials", "oidc_token_file", "TFC_WORKLOAD_IDENTITY_TOKEN"},
		},
		"no role": {
			config: map[string]any{"access_key": "ak", "secret_key": secret, "assume_role": map[string]any{}},
			want:   []string{"Incomplete credentials", "alicloud.assume_role.role_arn", "ALIBABA_CLOUD_ROLE_ARN"},
		},
		"a role with nobody to assume it": {
			config: map[string]any{"assume_role": map[string]any{"role_arn": aliRole}}, want: []string{"No credentials", "alicloud.access_key", "ALIBABA_CLOUD_ECS_METADATA"},
		},
		"half a key": {config: map[string]any{"access_key": "ak"}, want: []string{"Incomplete credentials", "alicloud.secret_key", "ALICLOUD_SECRET_KEY"}},
		"a URI that is none": {
			config: map[string]any{"credentials_uri": "localhost:7002/x?token=" + secret}, want: []string{"alicloud.credentials_uri must be a URL"},
		},
		"an STS endpoint that is none": {
			config: map[string]any{"access_key": "ak", "secret_key": secret, "endpoints": map[string]any{"sts": "ftp://x"}, "assume_role": map[string]any{"role_arn": aliRole}},
			want:   []string{"alicloud.endpoints.sts", "not https or http"},
		},
		"an expiration that is none": {
			config: map[string]any{"access_key": "ak", "secret_key": secret, "assume_role": map[string]any{"role_arn": aliRole}},
			env:    map[string]string{"ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION": "1h"}, want: []string{"ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION", "900 to 43200"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			noEnvironment(t)
			paths := strings.NewReplacer("FILE", writeFile(t, "config.json", aliProfiles), "INI", writeFile(t, "credentials", "[default]\naccess_key_secret = "+secret+"\n"))
			for k, v := range tc.env {
				t.Setenv(k, paths.Replace(v))
			}
			settings := map[string]any{"region": slbAt}
			for k, v := range tc.config {
				if s, ok := v.(string); ok {
					v = paths.Replace(s)
				}
				settings[k] = v
			}
			c := slbfake.InProcess(t, aliAccount())
			core := acctest.NewCore(t, provider.Of("test", alicloud.Cloud{Transport: c.Transport()}), map[string]any{"alicloud": settings})
			err := core.Apply(t.Context(), core.New("cloudlb_slb_backend_server"), map[string]any{"load_balancer_id": "lb-1", "server_id": "i-1"})
			if err == nil {
				err = errors.New("no error")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("it shows the secret: %v", err)
			}
			if n := len(c.Log.All()); n != 0 {
				t.Errorf("%d calls were made", n)
			}
		})
	}
}

// A drain that outlasts the keys: they are exchanged in the middle of it, and
// the removal goes on.
func TestAlicloudKeysOutlivedByADrain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := slbfake.InProcess(t, aliAccount())
		core := acctest.NewCore(t, provider.Of("test", alicloud.Cloud{Transport: c.Transport()}), map[string]any{"alicloud": map[string]any{
			"region": slbAt, "access_key": "assumer", "secret_key": secret,
			"assume_role": map[string]any{"role_arn": aliRole, "session_expiration": 900},
		}})
		m := core.New("cloudlb_slb_backend_server")
		config := map[string]any{
			"load_balancer_id": "lb-1", "server_id": "i-1", "drain_duration": "40m", "timeouts": map[string]any{"delete": "1h"},
		}
		core.MustApply(m, config)
		core.MustApply(m, nil)
		if held := slbMembers(c, "lb-1"); len(held) != 1 {
			t.Errorf("the group holds %v", held)
		}
		if n := c.Log.All().Count("AssumeRole"); n != 2 {
			t.Errorf("the role was assumed %d times, want 2:\n%s", n, c.Log.All())
		}
	})
}
