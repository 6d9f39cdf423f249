package iamlogin

import (
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
)

var today = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestProfilesOfTheCLI(t *testing.T) {
	t.Parallel()
	const head = `{"current": "a", "agreePrivacyStatement": "true", "profiles": [`
	for name, tt := range map[string]struct {
		data, profile string
		want          apigw.Keys
		problem       string
	}{
		"current":           {head + `{"name":"b","accessKeyId":"B","secretAccessKey":"s"},{"name":"a","mode":"AKSK","accessKeyId":"A","secretAccessKey":"s","readTimeout":10}]}`, "", apigw.Keys{AccessKey: "A", SecretKey: "s"}, ""},
		"named":             {head + `{"name":"b","accessKeyId":"B","secretAccessKey":"s","securityToken":"t"}]}`, "b", apigw.Keys{AccessKey: "B", SecretKey: "s", SecurityToken: "t"}, ""},
		"not there":         {head + `]}`, "x", apigw.Keys{}, `no profile "x"`},
		"no current":        {`{"profiles": []}`, "", apigw.Keys{}, "no profile"},
		"SSO":               {head + `{"name":"a","mode":"SSO","ssoAuth":{"stsToken":{"accessKeyId":"A","secretAccessKey":"s","securityToken":"t"}}}]}`, "", apigw.Keys{AccessKey: "A", SecretKey: "s", SecurityToken: "t"}, ""},
		"SSO, later":        {head + `{"name":"a","mode":"sso","ssoAuth":{"stsToken":{"accessKeyId":"A","secretAccessKey":"s","expireAt":"2026-11-23T13:00:00Z"}}}]}`, "", apigw.Keys{AccessKey: "A", SecretKey: "s"}, ""},
		"SSO, over":         {head + `{"name":"a","mode":"SSO","ssoAuth":{"stsToken":{"accessKeyId":"A","secretAccessKey":"s","expiration":"2026-11-23T12:00:00Z"}}}]}`, "", apigw.Keys{}, "hcloud configure sso"},
		"SSO, over, number": {head + `{"name":"a","mode":"SSO","ssoAuth":{"stsToken":{"accessKeyId":"A","secretAccessKey":"s","expiresAt":1700000000000}}}]}`, "", apigw.Keys{}, "hcloud configure sso"},
		"SSO, no login":     {head + `{"name":"a","mode":"SSO","accessKeyId":"A","secretAccessKey":"s"}]}`, "", apigw.Keys{}, "hcloud configure sso"},
		"source profile":    {head + `{"name":"a","mode":"AGENCY","agencyName":"g","sourceProfile":"b"},{"name":"b","accessKeyId":"B","secretAccessKey":"s"}]}`, "", apigw.Keys{AccessKey: "B", SecretKey: "s"}, ""},
		"source not there":  {head + `{"name":"a","mode":"AGENCY","agencyName":"g","sourceProfile":"b"}]}`, "", apigw.Keys{}, `no profile "b"`},
		"other mode":        {head + `{"name":"a","mode":"ecsAgency"}]}`, "", apigw.Keys{}, `mode "ecsAgency" cannot be used`},
		"half":              {head + `{"name":"a","mode":"AKSK","accessKeyId":"A"}]}`, "", apigw.Keys{}, "lacks"},
		"encrypted values":  {head + `{"name":"a","mode":"AKSK","accessKeyId":"jkW8+/Qx==","secretAccessKey":"s"}]}`, "", apigw.Keys{}, "--cli-auth-encrypt=false"},
		"encrypted, hex":    {head + `{"name":"a","accessKeyId":"` + strings.Repeat("0a", 32) + `","secretAccessKey":"s"}]}`, "", apigw.Keys{}, "--cli-auth-encrypt=false"},
		"encrypted file":    {"\x00\x01binary", "", apigw.Keys{}, "--cli-auth-encrypt=false"},
		"other types":       {`{"current": 7, "profiles": {}}`, "", apigw.Keys{}, "not the JSON"},
		"empty":             {``, "", apigw.Keys{}, "not the JSON"},
	} {
		_, keys, err := ParseProfile([]byte(tt.data), tt.profile, today)
		if keys != tt.want || (err == nil) != (tt.problem == "") || (err != nil && !strings.Contains(err.Error(), tt.problem)) {
			t.Errorf("%s: %+v, %v", name, keys, err)
		}
	}
}

// Whatever the file holds, a profile is whole or an error that shows none of it.
func FuzzProfile(f *testing.F) {
	f.Add([]byte(`{"current":"a","profiles":[{"name":"a","mode":"AKSK","accessKeyId":"A","secretAccessKey":"fuzz-secret"}]}`), "")
	f.Add([]byte(`{"profiles":[{"name":"a","mode":"SSO","ssoAuth":{"stsToken":{"accessKeyId":"A","secretAccessKey":"fuzz-secret","expireAt":1}}}]}`), "a")
	f.Add([]byte(`{"profiles":[{"name":"a","agencyName":"g","sourceProfile":"a"}]}`), "a")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		p, keys, err := ParseProfile(data, name, today)
		switch {
		case err != nil && (keys != apigw.Keys{} || p.Name != ""):
			t.Errorf("an error with %+v and %+v", p, keys)
		case err != nil && strings.Contains(err.Error(), "fuzz-secret") && !strings.Contains(name, "fuzz-secret") && !strings.Contains(err.Error(), "mode"):
			t.Errorf("the error shows a value: %v", err)
		case err == nil && (keys.AccessKey == "" || keys.SecretKey == ""):
			t.Errorf("half a login: %+v", keys)
		}
	})
}
