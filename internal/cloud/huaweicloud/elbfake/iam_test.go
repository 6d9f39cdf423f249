package elbfake_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

func iamSeed() elbfake.Seed {
	s := seed()
	s.Domain = "acme"
	s.Keys = append(s.Keys, elbfake.Key{AK: "MSP", SK: "MSK", Domain: "msp"})
	s.Users = []elbfake.User{{Name: "robot", Password: "pw"}, {Name: "helper", Password: "pw2", Domain: "msp"}}
	s.Agencies = []elbfake.Agency{{Name: "ops", Trusts: "msp"}}
	s.IdentityProviders = []elbfake.IdentityProvider{{ID: "ci", IDTokens: []string{"a.b.c"}}}
	return s
}

// askIAM sends one request with headers in pairs; sign, where not "", is the
// access key whose secret follows after a colon.
func askIAM(t *testing.T, r *elbfake.Running, sign, method, path, body string, headers ...string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	if ak, sk, found := strings.Cut(sign, ":"); found {
		if body != "" {
			t.Fatal("this test signs no bodies")
		}
		b := request.NewHttpRequestBuilder().WithEndpoint(r.URL).WithMethod(method).WithPath(path)
		for k, v := range ok(signer.Sign(b.Build(), ak, sk))(t) {
			req.Header.Set(k, v)
		}
	}
	return send(t, r.Server.Transport(), req)
}

const (
	tokensPath = "/v3/auth/tokens?nocatalog=true"
	keysPath   = "/v3.0/OS-CREDENTIAL/securitytokens"
	idPath     = "/v3.0/OS-AUTH/id-token/tokens"
)

func passwordBody(user, password, domain, scope string) string {
	return fmt.Sprintf(`{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":%q,"password":%q,"domain":{"name":%q}}}},"scope":%s}}`,
		user, password, domain, scope)
}

func agencyBody(name, domain string, seconds int) string {
	return fmt.Sprintf(`{"auth":{"identity":{"methods":["assume_role"],"assume_role":{"agency_name":%q,"domain_name":%q,"duration_seconds":%d}}}}`,
		name, domain, seconds)
}

func login(t *testing.T, r *elbfake.Running, user, password, domain, scope string) string {
	t.Helper()
	status, h, body := askIAM(t, r, "", "POST", tokensPath, passwordBody(user, password, domain, scope))
	if status != 201 || h.Get("X-Subject-Token") == "" {
		t.Fatalf("%d %s", status, body)
	}
	return h.Get("X-Subject-Token")
}

func TestAPasswordGivesATokenForItsScope(t *testing.T) {
	t.Parallel()
	r := elbfake.InProcess(t, iamSeed())
	for scope, want := range map[string][2]int{ // statuses on the two projects
		`{"project":{"name":"cn-north-4"}}`:    {200, 403},
		`{"project":{"id":"` + project + `"}}`: {200, 403},
		`{"project":{"id":"` + other + `"}}`:   {403, 404},
		`{"domain":{"name":"acme"}}`:           {403, 403},
	} {
		token := login(t, r, "robot", "pw", "acme", scope)
		first, _, _ := askIAM(t, r, "", "GET", pools(plain), "", "X-Auth-Token", token)
		second, _, _ := askIAM(t, r, "", "GET", strings.Replace(pools(plain), project, other, 1), "", "X-Auth-Token", token)
		if got := [2]int{first, second}; got != want {
			t.Errorf("%s: %v, want %v", scope, got, want)
		}
		if _, _, body := askIAM(t, r, "", "GET", "/v3/projects?name=cn-north-4", "", "X-Auth-Token", token); !strings.Contains(body, project) {
			t.Errorf("%s: %s", scope, body)
		}
	}
}

func TestAnAgencyGivesKeysOfItsAccount(t *testing.T) {
	t.Parallel()
	r := elbfake.InProcess(t, iamSeed())
	source := login(t, r, "helper", "pw2", "msp", `{"domain":{"name":"msp"}}`)
	for _, sign := range []string{"", "MSP:MSK"} {
		header := []string{"X-Auth-Token", source}
		if sign != "" {
			header = nil
		}
		if status, _, body := askIAM(t, r, sign, "GET", pools(plain), "", header...); status != 403 {
			t.Errorf("the source itself: %d %s", status, body)
		}
		if status, _, body := askIAM(t, r, sign, "GET", "/v3/projects", "", header...); status != 200 || strings.Contains(body, project) {
			t.Errorf("the source's projects: %d %s", status, body)
		}
	}
	status, _, body := askIAM(t, r, "", "POST", keysPath, agencyBody("ops", "acme", 900), "X-Auth-Token", source)
	if status != 201 || !strings.Contains(body, `"access":"ISSUED0002"`) {
		t.Fatalf("%d %s", status, body)
	}
	status, _, body = askIAM(t, r, "ISSUED0002:issued-secret-key-0002", "GET", pools(plain), "", "X-Security-Token", "issued-security-token-0002")
	equal(t, "the agency's keys: "+body, status, 200)
	equal(t, "issued", len(r.Issued()), 3)
}

func TestAnIDTokenGivesATokenAndTheTokenKeys(t *testing.T) {
	t.Parallel()
	r := elbfake.InProcess(t, iamSeed())
	status, h, body := askIAM(t, r, "", "POST", idPath, `{"auth":{"id_token":{"id":"a.b.c"}}}`, "X-Idp-Id", "ci")
	if status != 201 {
		t.Fatalf("%d %s", status, body)
	}
	token := h.Get("X-Subject-Token")
	for _, body := range []string{
		`{"auth":{"identity":{"methods":["token"],"token":{"id":"` + token + `","duration_seconds":3600}}}}`,
		`{"auth":{"identity":{"methods":["token"],"token":{}}}}`,
	} {
		if status, _, body := askIAM(t, r, "", "POST", keysPath, body, "X-Auth-Token", token); status != 201 || !strings.Contains(body, `"securitytoken"`) {
			t.Errorf("%d %s", status, body)
		}
	}
}

func TestIAMRefuses(t *testing.T) {
	t.Parallel()
	seed := iamSeed()
	r := elbfake.InProcess(t, seed)
	helper := login(t, r, "helper", "pw2", "msp", `{"domain":{"name":"msp"}}`)
	robot := login(t, r, "robot", "pw", "acme", `{"domain":{"name":"acme"}}`)
	for name, c := range map[string]struct {
		path, body string
		header     []string
		status     int
	}{
		"wrong password":       {tokensPath, passwordBody("robot", "no", "acme", `{}`), nil, 401},
		"wrong account":        {tokensPath, passwordBody("robot", "pw", "msp", `{}`), nil, 401},
		"unknown project":      {tokensPath, passwordBody("robot", "pw", "acme", `{"project":{"name":"x"}}`), nil, 401},
		"no agency":            {keysPath, agencyBody("nobody", "acme", 900), []string{"X-Auth-Token", helper}, 403},
		"not trusted":          {keysPath, agencyBody("ops", "acme", 900), []string{"X-Auth-Token", robot}, 403},
		"agency, other domain": {keysPath, agencyBody("ops", "msp", 900), []string{"X-Auth-Token", helper}, 403},
		"agency, nobody":       {keysPath, agencyBody("ops", "acme", 900), nil, 401},
		"too short":            {keysPath, agencyBody("ops", "acme", 899), []string{"X-Auth-Token", helper}, 400},
		"too long":             {keysPath, agencyBody("ops", "acme", 86401), []string{"X-Auth-Token", helper}, 400},
		"other ID token":       {idPath, `{"auth":{"id_token":{"id":"x"}}}`, []string{"X-Idp-Id", "ci"}, 401},
		"other provider":       {idPath, `{"auth":{"id_token":{"id":"a.b.c"}}}`, []string{"X-Idp-Id", "x"}, 401},
		"no provider":          {idPath, `{"auth":{"id_token":{"id":"a.b.c"}}}`, nil, 400},
		"no method":            {keysPath, `{"auth":{}}`, nil, 400},
	} {
		status, h, body := askIAM(t, r, "", "POST", c.path, c.body, c.header...)
		if status != c.status || !strings.Contains(body, `"error":{"code":`) || h.Get("X-IAM-Trace-Id") == "" {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestWhatIAMIssuedEnds(t *testing.T) {
	for code, with := range map[string]func(*elbfake.Behaviour){
		"APIGW.0301": func(*elbfake.Behaviour) {},
		"SYS.0401":   func(b *elbfake.Behaviour) { b.ExpiredCode = "SYS.0401"; b.TokenSeconds = 600 },
	} {
		synctest.Test(t, func(t *testing.T) {
			r := elbfake.InProcess(t, iamSeed(), elbfake.With(with))
			life := map[string]time.Duration{"APIGW.0301": 24 * time.Hour, "SYS.0401": 10 * time.Minute}[code]
			token := login(t, r, "robot", "pw", "acme", `{"project":{"id":"`+project+`"}}`)
			get := func() (int, string) {
				status, _, body := askIAM(t, r, "", "GET", pools(plain), "", "X-Auth-Token", token)
				return status, body
			}
			<-time.After(life - time.Second)
			if status, body := get(); status != 200 {
				t.Errorf("%d %s", status, body)
			}
			<-time.After(time.Second)
			if status, body := get(); status != 401 || !strings.Contains(body, code) {
				t.Errorf("%d %s", status, body)
			}
			token = login(t, r, "robot", "pw", "acme", `{"project":{"id":"`+project+`"}}`)
			if status, body := get(); status != 200 {
				t.Errorf("%d %s", status, body)
			}
			r.Revoke()
			if status, body := get(); status != 401 || !strings.Contains(body, code) {
				t.Errorf("%d %s", status, body)
			}
		})
	}
}
