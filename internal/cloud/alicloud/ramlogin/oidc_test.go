package ramlogin

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func trusting(s *slbfake.Seed) {
	s.Roles[0].Provider = providerARN
	s.OIDCTokens = []slbfake.OIDCToken{{Token: oidcToken, Provider: providerARN}, {Token: "second", Provider: providerARN}}
}

func TestOIDC(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := account(t, trusting)
		keys, err := login(c.Transport()).AssumeRoleWithOIDC(
			Role{ARN: roleARN, Session: "hcp", Policy: "{}", Seconds: 900}, providerARN, TokenText(oidcToken+"\n"))
		client := as(t, c.Transport(), keys, err)
		list(t, client)
		if got, want := c.Log.All()[0].Detail, roleARN+" RoleSessionName=hcp DurationSeconds=900 Policy={} OIDCProviderArn="+providerARN; got != want {
			t.Errorf("sent %s\nwant %s", got, want)
		}
		<-time.After(15 * time.Minute)
		list(t, client)
		if n := c.Log.All().Count("AssumeRoleWithOIDC"); n != 2 {
			t.Errorf("%d exchanges", n)
		}
	})
}

// Who issues tokens renews the file.
func TestAnOIDCTokensFileIsReadForEachExchange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := account(t, trusting, func(s *slbfake.Seed) { s.OIDCTokens[0].Expires = time.Now().Add(10 * time.Minute) })
		file := filepath.Join(t.TempDir(), "token")
		write := func(text string) {
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write(oidcToken + "\n")
		keys, err := login(c.Transport()).AssumeRoleWithOIDC(Role{ARN: roleARN}, providerARN, TokenFile(file))
		client := as(t, c.Transport(), keys, err)
		list(t, client)
		<-time.After(2 * time.Hour)
		_, err = client.BackendServers("lb-1").List(t.Context())
		if e := asError(t, err); e.Class != membership.Denied || e.Code != "AuthenticationFail.OIDCToken.Expired" || e.Action != "AssumeRoleWithOIDC" {
			t.Errorf("with an old token: %s: %v", e.Class, e)
		}
		write("second")
		list(t, client)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		<-time.After(2 * time.Hour)
		_, err = client.BackendServers("lb-1").List(t.Context())
		if e := asError(t, err); e.Class != membership.Denied || !errors.Is(e, os.ErrNotExist) || !strings.Contains(e.Error(), file) {
			t.Errorf("without a file: %s: %v", e.Class, e)
		}
	})
}

func TestRefusalsOfOIDC(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		role     Role
		provider string
		token    string
		code     string
	}{
		"a token of nobody":          {Role{ARN: roleARN}, providerARN, "eyJub25zZW5zZSI6MX0", "AuthenticationFail.OIDCToken.Invalid"},
		"another provider":           {Role{ARN: roleARN}, providerARN + "x", oidcToken, "AuthenticationFail.OIDCToken.Invalid"},
		"a role that does not trust": {Role{ARN: roleARN + "-other"}, providerARN, oidcToken, "AuthenticationFail.NoPermission"},
		"an empty token":             {Role{ARN: roleARN}, providerARN, " \n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := account(t, trusting, func(s *slbfake.Seed) { s.Roles = append(s.Roles, slbfake.Role{ARN: roleARN + "-other"}) })
			keys, err := login(c.Transport()).AssumeRoleWithOIDC(tc.role, tc.provider, TokenText(tc.token))
			_, err = as(t, c.Transport(), keys, err).BackendServers("lb-1").List(t.Context())
			if e := asError(t, err); e.Class != membership.Denied || e.Action != "AssumeRoleWithOIDC" || e.Code != tc.code {
				t.Errorf("%s: %v", e.Class, e)
			}
		})
	}
	l := login(nil)
	for name, try := range map[string]func() (acs.Credentials, error){
		"no role":     func() (acs.Credentials, error) { return l.AssumeRoleWithOIDC(Role{}, providerARN, TokenText("t")) },
		"no provider": func() (acs.Credentials, error) { return l.AssumeRoleWithOIDC(Role{ARN: roleARN}, "", TokenText("t")) },
		"no token":    func() (acs.Credentials, error) { return l.AssumeRoleWithOIDC(Role{ARN: roleARN}, providerARN, nil) },
		"external id": func() (acs.Credentials, error) {
			return l.AssumeRoleWithOIDC(Role{ARN: roleARN, ExternalID: "x"}, providerARN, TokenText("t"))
		},
	} {
		if _, err := try(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Whatever STS or something in its place answers, neither the token nor what
// may be keys is shown.
func TestAnswersOfSTSAreNotShown(t *testing.T) {
	t.Parallel()
	const issuedSecret = "issued-secret-0000"
	for name, body := range map[string]string{
		"no credentials": `{"RequestId":"r","Secret":"` + issuedSecret + `"}`,
		"half of them":   `{"Credentials":{"AccessKeyId":"` + issuedSecret + `","SecurityToken":"` + issuedSecret + `"}}`,
		"no expiry":      `{"Credentials":{"AccessKeyId":"x","AccessKeySecret":"` + issuedSecret + `","SecurityToken":"t","Expiration":"` + issuedSecret + `"}}`,
		"no JSON":        `<Credentials>` + issuedSecret + `</Credentials>`,
		"cut":            `{"Credentials":{"AccessKeySecret":"` + issuedSecret + `"`,
	} {
		for action, get := range map[string]func(Login) (acs.Credentials, error){
			"AssumeRole": func(l Login) (acs.Credentials, error) { return l.AssumeRole(acs.Static(testKeys), Role{ARN: roleARN}) },
			"AssumeRoleWithOIDC": func(l Login) (acs.Credentials, error) {
				return l.AssumeRoleWithOIDC(Role{ARN: roleARN}, providerARN, TokenText(oidcToken))
			},
			actionURI:      func(l Login) (acs.Credentials, error) { return l.URI("http://127.0.0.1/x?k=" + oidcToken) },
			actionMetadata: func(l Login) (acs.Credentials, error) { return l.ECSRole("role") },
		} {
			t.Run(action+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					keys, err := get(login(always(200, body)))
					_, err = as(t, always(200, body), keys, err).BackendServers("lb-1").List(t.Context())
					if e := asError(t, err); strings.Contains(e.Error(), issuedSecret) || e.Action != action {
						t.Errorf("%v", e)
					}
				})
			})
		}
	}
	for name, cloud := range map[string]roundTrip{
		"refused with it": func(r *http.Request) (*http.Response, error) {
			return answer(400, jsonFault("AuthenticationFail.OIDCToken.Invalid", "bad token "+oidcToken)), nil
		},
		"a proxy's page": func(*http.Request) (*http.Response, error) { return answer(502, "OIDCToken="+oidcToken), nil },
		"lost with it":   func(*http.Request) (*http.Response, error) { return nil, errors.New("cannot send " + oidcToken) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				keys, err := login(cloud).AssumeRoleWithOIDC(Role{ARN: roleARN}, providerARN, TokenText(oidcToken))
				_, err = as(t, cloud, keys, err).BackendServers("lb-1").List(t.Context())
				if e := asError(t, err); strings.Contains(e.Error(), oidcToken) {
					t.Errorf("%v", e)
				}
			})
		})
	}
}
