package ramlogin

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func profiles(t testing.TB, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// configured is a file as the aliyun CLI writes it, with a profile of each
// mode that logs in; URL and TOKEN are to be filled in.
const configured = `{
	"current": "AK",
	"profiles": [
		{"name": "AK", "mode": "AK", "access_key_id": "ak", "access_key_secret": "sk", "region_id": "cn-hangzhou",
		 "output_format": "json", "language": "en", "site": "", "retry_timeout": 0, "connect_timeout": 0, "retry_count": 0},
		{"name": "assumer", "mode": "AK", "access_key_id": "NOTAKEYNOTAKEY00", "access_key_secret": "not/a+secret=at~all*00"},
		{"name": "StsToken", "mode": "StsToken", "access_key_id": "sts", "access_key_secret": "sk", "sts_token": "token"},
		{"name": "RamRoleArn", "mode": "RamRoleArn", "access_key_id": "NOTAKEYNOTAKEY00", "access_key_secret": "not/a+secret=at~all*00",
		 "ram_role_arn": "` + roleARN + `", "ram_session_name": "s1", "expired_seconds": 900, "external_id": "ext", "sts_region": "cn-beijing"},
		{"name": "EcsRamRole", "mode": "EcsRamRole", "ram_role_name": "machine"},
		{"name": "EcsRamRole, any", "mode": "EcsRamRole"},
		{"name": "RamRoleArnWithEcs", "mode": "RamRoleArnWithRoleName", "ram_role_name": "machine", "ram_role_arn": "` + roleARN + `", "ram_session_name": "s2"},
		{"name": "ChainableRamRoleArn", "mode": "ChainableRamRoleArn", "source_profile": "assumer", "ram_role_arn": "` + roleARN + `"},
		{"name": "chain of chains", "mode": "ChainableRamRoleArn", "source_profile": "ChainableRamRoleArn", "ram_role_arn": "` + roleARN + `2"},
		{"name": "OIDC", "mode": "OIDC", "ram_role_arn": "` + roleARN + `", "oidc_provider_arn": "` + providerARN + `", "oidc_token_file": "TOKEN", "ram_session_name": "s3"},
		{"name": "CredentialsURI", "mode": "CredentialsURI", "credentials_uri": "http://127.0.0.1/credentials"},
		{"name": "another spelling", "mode": "ststoken", "access_key_id": "sts", "access_key_secret": "sk", "sts_token": "token"},
		{"name": "no mode", "access_key_id": "ak", "access_key_secret": "sk"},
		{"name": "no mode, token", "access_key_id": "sts", "access_key_secret": "sk", "sts_token": "token"},

		{"name": "CloudSSO", "mode": "CloudSSO", "cloud_sso_sign_in_url": "https://signin.example.com", "access_token": "hidden-token"},
		{"name": "OAuth", "mode": "OAuth", "oauth_access_token": "hidden-token"},
		{"name": "RsaKeyPair", "mode": "RsaKeyPair"},
		{"name": "BearerToken", "mode": "BearerToken", "bearer_token": "hidden-token"},
		{"name": "empty"},
		{"name": "half", "mode": "AK", "access_key_id": "hidden-id"},
		{"name": "no token", "mode": "StsToken", "access_key_id": "hidden-id", "access_key_secret": "hidden-secret"},
		{"name": "no role", "mode": "RamRoleArn", "access_key_id": "hidden-id", "access_key_secret": "hidden-secret"},
		{"name": "no command", "mode": "External"},
		{"name": "no URI", "mode": "CredentialsURI"},
		{"name": "no source", "mode": "ChainableRamRoleArn", "ram_role_arn": "` + roleARN + `"},
		{"name": "wrong source", "mode": "ChainableRamRoleArn", "ram_role_arn": "` + roleARN + `", "source_profile": "gone"},
		{"name": "browser source", "mode": "ChainableRamRoleArn", "ram_role_arn": "` + roleARN + `", "source_profile": "CloudSSO"},
		{"name": "a", "mode": "ChainableRamRoleArn", "ram_role_arn": "` + roleARN + `", "source_profile": "b"},
		{"name": "b", "mode": "ChainableRamRoleArn", "ram_role_arn": "` + roleARN + `", "source_profile": "a"}
	],
	"meta_path": ""
}`

func TestProfilesOfEveryMode(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":                    "",
		"AK":                  "",
		"StsToken":            "",
		"another spelling":    "",
		"no mode":             "",
		"no mode, token":      "",
		"RamRoleArn":          "AssumeRole RoleSessionName=s1 DurationSeconds=900 ExternalId=ext",
		"EcsRamRole":          "MetadataToken MetadataRole",
		"EcsRamRole, any":     "MetadataToken MetadataRole MetadataRole",
		"RamRoleArnWithEcs":   "MetadataToken MetadataRole AssumeRole RoleSessionName=s2",
		"ChainableRamRoleArn": "AssumeRole RoleSessionName=terraform",
		"chain of chains":     "AssumeRole RoleSessionName=terraform AssumeRole RoleSessionName=terraform",
		"OIDC":                "AssumeRoleWithOIDC RoleSessionName=s3",
		"CredentialsURI":      "CredentialsURI",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := account(t, trusting, onInstance, func(s *slbfake.Seed) {
				s.CredentialsPath = "/credentials"
				s.Keys = append(s.Keys, slbfake.Key{ID: "ak", Secret: "sk"}, slbfake.Key{ID: "sts", Secret: "sk", Token: "token"})
				s.Roles[0].Trusts = append(s.Roles[0].Trusts, "instance")
				s.Roles = append(s.Roles, slbfake.Role{ARN: roleARN + "2", Trusts: []string{roleARN}})
			})
			token := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(token, []byte(oidcToken), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := ReadProfile(profiles(t, strings.ReplaceAll(configured, "TOKEN", filepath.ToSlash(token))), name)
			if err != nil {
				t.Fatal(err)
			}
			keys, err := login(c.Transport()).Profile(p)
			list(t, as(t, c.Transport(), keys, err))
			var got []string
			all := c.Log.All()
			for _, e := range all[:len(all)-1] {
				got = append(got, e.Op)
				if _, rest, ok := strings.Cut(e.Detail, "RoleSessionName="); ok {
					rest, _, _ = strings.Cut("RoleSessionName="+rest, " OIDCProviderArn")
					got = append(got, rest)
				}
			}
			if got := strings.Join(got, " "); got != want {
				t.Errorf("logged in by %q, want %q", got, want)
			}
		})
	}
}

func TestProfilesThatAreNoUse(t *testing.T) {
	t.Parallel()
	file := profiles(t, configured)
	for name, want := range map[string]string{
		"CloudSSO": "CloudSSO logs in through a browser", "OAuth": "OAuth logs in through a browser",
		"RsaKeyPair": "RsaKeyPair is not supported", "BearerToken": "BearerToken is not supported", "empty": "no mode and no credentials",
		"half": "needs access_key_secret", "no token": "needs sts_token", "no role": "needs ram_role_arn", "no command": "needs process_command",
		"no URI": "needs credentials_uri", "no source": "needs source_profile", "wrong source": `no profile "gone"`,
		"browser source": `source_profile "CloudSSO": its mode CloudSSO`, "a": "leads back", "missing": `no profile "missing"; it has AK, assumer`,
	} {
		p, err := ReadProfile(file, name)
		if err == nil {
			_, err = login(nil).Profile(p)
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                                 "not JSON",
		"[default]\nsecret = hidden":       "not JSON",
		`{"profiles": {}}`:                 "profiles is of the wrong type",
		`[]`:                               "wrong type",
		`{}`:                               "nor any other",
		"\xef\xbb\xbf" + `{"profiles":[]}`: "nor any other",
		`{"profiles":[{"name":7}]}`:        "wrong type",
		strings.Repeat(" ", 1<<20) + "{}":  "larger than",
	} {
		if _, err := ReadProfile(profiles(t, text), "x"); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
	if _, err := ReadProfile(t.TempDir(), "x"); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: %v", err)
	}
}

func TestAProfileDoesNotPrint(t *testing.T) {
	t.Parallel()
	p, err := ReadProfile(profiles(t, configured), "assumer")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := login(nil).AssumeRole(acs.Static(testKeys), Role{ARN: roleARN})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []any{p, keys, struct{ C acs.Credentials }{keys}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if s := fmt.Sprintf(format, v); strings.Contains(s, testKeys.AccessKeySecret) || strings.Contains(s, testKeys.AccessKeyID) {
				t.Errorf("%s prints %s", format, s)
			}
		}
	}
}

// A command prints keys; it is not run before they are needed, nor again while
// they are good.
func TestExternalCommands(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/bin/cat"); err != nil {
		t.Skip("no /bin/cat")
	}
	for name, tc := range map[string]struct{ printed, want string }{
		"keys":         {`{"mode": "AK", "access_key_id": "a", "access_key_secret": "b", "sts_token": "stale"}`, ""},
		"session":      {`{"mode": "StsToken", "access_key_id": "a", "access_key_secret": "b", "sts_token": "c"}`, ""},
		"no mode":      {`{"access_key_id": "a", "access_key_secret": "b", "sts_token": "c"}`, ""},
		"with an end":  {`{"mode": "StsToken", "access_key_id": "a", "access_key_secret": "b", "sts_token": "c", "sts_expiration": 4102444800}`, ""},
		"no JSON":      {`hidden`, "does not print a profile"},
		"another mode": {`{"mode": "External", "process_command": "hidden"}`, "mode \"External\""},
		"half":         {`{"mode": "AK", "access_key_id": "hidden"}`, "access_key_secret"},
		"no token":     {`{"mode": "StsToken", "access_key_id": "hidden", "access_key_secret": "hidden"}`, "no sts_token"},
		"far too much": {strings.Repeat("hidden", 1<<18), "run /bin/cat"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := profiles(t, tc.printed)
			if strings.ContainsAny(file, " \t") {
				t.Skip("the command would be split")
			}
			c := external("/bin/cat " + file)
			got, err := c.Credentials(t.Context())
			if tc.want != "" {
				if e := asError(t, err); e.Class != membership.Denied || !strings.Contains(e.Error(), tc.want) || strings.Contains(e.Error(), "hidden") {
					t.Errorf("%s: %v", e.Class, e)
				}
				return
			}
			if err != nil || got.AccessKeyID != "a" || got.AccessKeySecret != "b" || (got.SecurityToken == "") != (name == "keys") {
				t.Errorf("got %v", err)
			}
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if again, err := c.Credentials(t.Context()); err != nil || again != got {
				t.Errorf("the second time: %v", err)
			}
		})
	}
	if _, err := external("/nowhere/command").Credentials(t.Context()); asError(t, err).Class != membership.Denied {
		t.Errorf("a command that is not there: %v", err)
	}
}

// FuzzProfiles: whatever the file holds, reading it and logging in as any
// profile of it neither panics nor hangs, and no error shows a value of it.
func FuzzProfiles(f *testing.F) {
	f.Add([]byte(configured))
	f.Add([]byte(`{"profiles":[{"name":"x","mode":"AK"}],"current":"x"}`))
	f.Add([]byte("\xef\xbb\xbf{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		all, _, err := parseProfiles(b)
		if err != nil {
			return
		}
		p := &Profile{file: "file", all: all}
		for i, own := range all {
			if i == 20 {
				break
			}
			p.own = own
			_, err := login(nil).Profile(p)
			if s := own.AccessKeySecret; err != nil && len(s) >= 16 && strings.Contains(err.Error(), s) &&
				!strings.Contains(own.Mode+own.Name+own.SourceProfile, s) {
				t.Errorf("it shows the secret: %v", err)
			}
		}
	})
}

// FuzzIssued: whatever a service answers is read as keys that are whole, or
// refused.
func FuzzIssued(f *testing.F) {
	f.Add([]byte(`{"AccessKeyId":"a","AccessKeySecret":"b","SecurityToken":"c","Expiration":"2100-01-01T00:00:00Z","Code":"Success"}`))
	f.Add([]byte(`{"AccessKeyId":1,"AccessKeySecret":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readIssued("x", &apikit.Exchange{Status: 200, Body: b}, false)
		if err == nil && (got.AccessKeyID == "" || got.AccessKeySecret == "" || got.SecurityToken == "" || got.expires.IsZero()) {
			t.Errorf("%q is read as half a key", b)
		}
		if err == nil && !json.Valid(acs.Trim(b)) {
			t.Errorf("%q is read as keys", b)
		}
	})
}
