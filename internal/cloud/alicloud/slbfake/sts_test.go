package slbfake

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
)

const (
	role     = "acs:ram::1234567890123456:role/deploy"
	issuer   = "acs:ram::1234567890123456:oidc-provider/ci"
	goodOIDC = "a.good.token"
)

func trusted() Seed {
	s := world()
	s.Keys = append(s.Keys, Key{ID: "assumer", Secret: "sk", OnlySTS: true})
	s.Roles = []Role{
		{ARN: role, Trusts: []string{"ak", "assumer"}, Provider: issuer, MaxSession: 7200},
		{ARN: role + "-ext", ExternalID: "ext"},
		{ARN: role + "-next", Trusts: []string{role}},
	}
	s.OIDCTokens = []OIDCToken{{Token: goodOIDC, Provider: issuer}, {Token: "old.token", Provider: issuer, Expires: time.Now()}}
	s.Instance, s.CredentialsPath = "machine", "/credentials"
	return s
}

// given are the keys in an answer.
type given struct {
	Code        string
	Credentials keyAnswer
	keyAnswer
	AssumedRoleUser struct{ Arn string }
	OIDCTokenInfo   map[string]string
}

type keyAnswer struct {
	AccessKeyId, AccessKeySecret, SecurityToken, Expiration string
}

func assume(t *testing.T, c cloud, more map[string]string) (int, string, given) {
	t.Helper()
	query := map[string]string{
		"Action": "AssumeRole", "Version": "2015-04-01", "LoadBalancerId": "-", "RoleArn": role, "RoleSessionName": "test",
	}
	for k, v := range more {
		query[k] = v
	}
	status, code, body := c.send(t, raw{query: query})
	var a given
	ok(t, json.Unmarshal([]byte(body), &a))
	return status, code, a
}

func TestAssumeRoleGivesKeysThatSignUntilTheyExpire(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inProcess(t, trusted())
		status, _, a := assume(t, c, map[string]string{"DurationSeconds": "900"})
		if status != 200 || a.AssumedRoleUser.Arn != "acs:ram::1234567890123456:assumed-role/deploy/test" {
			t.Fatalf("%d %+v", status, a)
		}
		k := a.Credentials
		if want := time.Now().Add(15 * time.Minute).UTC().Format("2006-01-02T15:04:05Z"); k.Expiration != want {
			t.Errorf("expires %s, want %s", k.Expiration, want)
		}
		as := cloud{c.Running, client(t, c.Running, credentials.NewStsTokenCredential(k.AccessKeyId, k.AccessKeySecret, k.SecurityToken))}
		_, err := as.describe("lb-1")
		ok(t, err)
		// Keys of a role may assume one that trusts it.
		status, code, _ := assume(t, c, map[string]string{"RoleArn": role + "-next"})
		if status != 403 || code != "NoPermission" {
			t.Errorf("one who is not trusted: %d %s", status, code)
		}
		_, err = as.ProcessCommonRequest(stsRequest(c, role+"-next"))
		ok(t, err)
		<-time.After(15 * time.Minute)
		_, err = as.describe("lb-1")
		refused(t, err, 400, "InvalidSecurityToken.Expired")
	})
}

func stsRequest(c cloud, arn string) *requests.CommonRequest {
	q := requests.NewCommonRequest()
	q.Method, q.Scheme, q.Domain, q.Version, q.ApiName = "POST", "http", c.Domain(), "2015-04-01", "AssumeRole"
	q.FormParams["RoleArn"], q.FormParams["RoleSessionName"] = arn, "sdk"
	return q
}

func (c cloud) Domain() string { return c.Running.Domain() }

func TestTheSDKsAssumeRoleIsAccepted(t *testing.T) {
	t.Parallel()
	fronts(t, trusted, func(t *testing.T, c cloud) {
		resp, err := c.ProcessCommonRequest(stsRequest(c, role))
		ok(t, err)
		if !strings.Contains(resp.GetHttpContentString(), `"SecurityToken"`) {
			t.Errorf("%s", resp.GetHttpContentString())
		}
	})
}

func TestAKeyMayBeGoodForSTSAlone(t *testing.T) {
	t.Parallel()
	r := InProcess(t, trusted())
	c := cloud{r, client(t, r, credentials.NewAccessKeyCredential("assumer", "sk"))}
	_, err := c.describe("lb-1")
	refused(t, err, 403, "Forbidden.RAM")
	_, err = c.ProcessCommonRequest(stsRequest(c, role))
	ok(t, err)
}

func TestRevokedKeysAreExpired(t *testing.T) {
	t.Parallel()
	c := inProcess(t, trusted())
	_, _, a := assume(t, c, nil)
	if n := len(c.Cloud.Issued()); n != 3 {
		t.Errorf("%d secrets issued", n)
	}
	c.Cloud.Revoke()
	k := a.Credentials
	as := cloud{c.Running, client(t, c.Running, credentials.NewStsTokenCredential(k.AccessKeyId, k.AccessKeySecret, k.SecurityToken))}
	_, err := as.describe("lb-1")
	refused(t, err, 400, "InvalidSecurityToken.Expired")
}

func TestAssumeRoleIsChecked(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		more   map[string]string
		status int
		code   string
	}{
		"as it is":               {nil, 200, ""},
		"with all":               {map[string]string{"DurationSeconds": "7200", "Policy": `{"Version":"1"}`, "ExternalId": "a/b"}, 200, ""},
		"no role":                {map[string]string{"RoleArn": "-"}, 400, "MissingParameter"},
		"no session":             {map[string]string{"RoleSessionName": "-"}, 400, "MissingParameter"},
		"a role of another form": {map[string]string{"RoleArn": "deploy"}, 400, "InvalidParameter.RoleArn"},
		"a role that is not":     {map[string]string{"RoleArn": role + "x"}, 404, "EntityNotExist.Role"},
		"a session of a letter":  {map[string]string{"RoleSessionName": "a"}, 400, "InvalidParameter.RoleSessionName"},
		"a session with spaces":  {map[string]string{"RoleSessionName": "a b"}, 400, "InvalidParameter.RoleSessionName"},
		"too short":              {map[string]string{"DurationSeconds": "899"}, 400, "InvalidParameter.DurationSeconds"},
		"longer than the role":   {map[string]string{"DurationSeconds": "7201"}, 400, "InvalidParameter.DurationSeconds"},
		"no JSON":                {map[string]string{"Policy": "{"}, 400, "InvalidParameter.PolicyGrammar"},
		"a long policy":          {map[string]string{"Policy": `"` + strings.Repeat("x", 2048) + `"`}, 400, "InvalidParameter.PolicySize"},
		"a short external id":    {map[string]string{"ExternalId": "x"}, 400, "InvalidParameter.ExternalId"},
		"without external id":    {map[string]string{"RoleArn": role + "-ext"}, 403, "NoPermission"},
		"with another's":         {map[string]string{"RoleArn": role + "-ext", "ExternalId": "other"}, 403, "NoPermission"},
		"with the right one":     {map[string]string{"RoleArn": role + "-ext", "ExternalId": "ext"}, 200, ""},
		"forged":                 {map[string]string{"Signature": "AAAA"}, 400, "SignatureDoesNotMatch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, code, _ := assume(t, inProcess(t, trusted()), tc.more)
			if status != tc.status || code != tc.code {
				t.Errorf("got %d %s, want %d %s", status, code, tc.status, tc.code)
			}
		})
	}
}

// oidc calls AssumeRoleWithOIDC, which is not signed.
func oidc(t *testing.T, r *Running, form map[string]string) (int, given) {
	t.Helper()
	var pairs []string
	for k, v := range form {
		pairs = append(pairs, k+"="+percent(v))
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
		"http://"+r.Domain()+"/?Action=AssumeRoleWithOIDC&Version=2015-04-01&Format=JSON", strings.NewReader(strings.Join(pairs, "&")))
	ok(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, body := roundTrip(t, r, req)
	var a given
	ok(t, json.Unmarshal([]byte(body), &a))
	return status, a
}

func roundTrip(t *testing.T, r *Running, req *http.Request) (int, string) {
	t.Helper()
	resp, err := r.Transport().RoundTrip(req)
	ok(t, err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	ok(t, err)
	return resp.StatusCode, string(b)
}

func TestATokenGivesKeysOfTheRoleThatTrustsItsIssuer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		token, provider, role string
		status                int
		code                  string
	}{
		"good":                   {goodOIDC, issuer, role, 200, ""},
		"expired":                {"old.token", issuer, role, 400, "AuthenticationFail.OIDCToken.Expired"},
		"unknown":                {"x", issuer, role, 400, "AuthenticationFail.OIDCToken.Invalid"},
		"of another issuer":      {goodOIDC, issuer + "2", role, 400, "AuthenticationFail.OIDCToken.Invalid"},
		"for another's role":     {goodOIDC, issuer, role + "-ext", 403, "AuthenticationFail.NoPermission"},
		"for a role that is not": {goodOIDC, issuer, role + "x", 404, "EntityNotExist.Role"},
		"none":                   {"", issuer, role, 400, "MissingParameter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := InProcess(t, trusted())
			status, a := oidc(t, r, map[string]string{"OIDCToken": tc.token, "OIDCProviderArn": tc.provider, "RoleArn": tc.role, "RoleSessionName": "ci"})
			if status != tc.status || a.Code != tc.code {
				t.Fatalf("got %d %s", status, a.Code)
			}
			if status != 200 {
				return
			}
			if a.OIDCTokenInfo["Subject"] == "" {
				t.Errorf("%+v", a)
			}
			c := cloud{r, client(t, r, credentials.NewStsTokenCredential(a.Credentials.AccessKeyId, a.Credentials.AccessKeySecret, a.Credentials.SecurityToken))}
			_, err := c.describe("lb-1")
			ok(t, err)
		})
	}
}

func TestASignedTokenCallOrAnUnknownParameterOfSTSFailsTheTest(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]map[string]string{
		"signed":    {"Action": "AssumeRoleWithOIDC", "OIDCToken": goodOIDC, "OIDCProviderArn": issuer},
		"parameter": {"Action": "AssumeRole", "SourceIdentityX": "x"},
		"version":   {"Action": "AssumeRole", "Version": "2014-05-15"},
		"format":    {"Action": "AssumeRole", "Format": "XML"},
	} {
		tb := &recorder{}
		r := InProcess(tb, trusted())
		q := map[string]string{"Version": "2015-04-01", "LoadBalancerId": "-", "RoleArn": role, "RoleSessionName": "test"}
		for k, v := range query {
			q[k] = v
		}
		status, code, _ := cloud{r, nil}.send(t, raw{query: q})
		if status != 400 || code != "FakeUnsupported" || len(tb.reports) != 1 {
			t.Errorf("%s: %d %s, reports %q", name, status, code, tb.reports)
		}
	}
}

func TestTheMetadataServiceGivesTheInstancesKeys(t *testing.T) {
	t.Parallel()
	get := func(t *testing.T, r *Running, method, path string, header ...string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, "http://100.100.100.200"+path, http.NoBody)
		ok(t, err)
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		return roundTrip(t, r, req)
	}
	const roles, ttl, token = "/latest/meta-data/ram/security-credentials/", "X-aliyun-ecs-metadata-token-ttl-seconds", "X-aliyun-ecs-metadata-token"
	synctest.Test(t, func(t *testing.T) {
		r := InProcess(t, trusted(), WithRules(func(r *Rules) { r.OnlyIMDSv2 = true }))
		for _, bad := range [][]string{nil, {ttl, "0"}, {ttl, "21601"}, {ttl, "x"}} {
			if status, _ := get(t, r, "PUT", "/latest/api/token", bad...); status != 400 {
				t.Errorf("a token with %v: %d", bad, status)
			}
		}
		status, v2 := get(t, r, "PUT", "/latest/api/token", ttl, "60")
		if status != 200 || v2 == "" {
			t.Fatalf("%d %s", status, v2)
		}
		for _, header := range [][]string{nil, {token, "other"}} {
			if status, _ := get(t, r, "GET", roles, header...); status != 403 {
				t.Errorf("%v: %d", header, status)
			}
		}
		if status, body := get(t, r, "GET", roles, token, v2); status != 200 || body != "machine" {
			t.Errorf("%d %s", status, body)
		}
		if status, _ := get(t, r, "GET", roles+"other", token, v2); status != 404 {
			t.Errorf("another role: %d", status)
		}
		_, first := get(t, r, "GET", roles+"machine", token, v2)
		var a given
		ok(t, json.Unmarshal([]byte(first), &a))
		c := cloud{r, client(t, r, credentials.NewStsTokenCredential(a.AccessKeyId, a.AccessKeySecret, a.SecurityToken))}
		_, err := c.describe("lb-1")
		ok(t, err)
		<-time.After(time.Minute)
		if status, _ := get(t, r, "GET", roles, token, v2); status != 403 {
			t.Errorf("an old token: %d", status)
		}
		r.Cloud.SetRules(func(r *Rules) { r.OnlyIMDSv2, r.NoIMDSv2 = false, true })
		if status, _ := get(t, r, "PUT", "/latest/api/token", ttl, "60"); status != 404 {
			t.Errorf("a token before there were any: %d", status)
		}
		var second, third given
		_, body := get(t, r, "GET", roles+"machine")
		ok(t, json.Unmarshal([]byte(body), &second))
		<-time.After(5*time.Hour + 40*time.Minute)
		_, body = get(t, r, "GET", roles+"machine")
		ok(t, json.Unmarshal([]byte(body), &third))
		if second.AccessKeyId != a.AccessKeyId || third.AccessKeyId == a.AccessKeyId || third.Code != "Success" {
			t.Errorf("keys %s, %s, %s", a.AccessKeyId, second.AccessKeyId, third.AccessKeyId)
		}
	})
}

func TestACredentialsURIGivesKeys(t *testing.T) {
	t.Parallel()
	r := InProcess(t, trusted())
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://127.0.0.1/credentials", http.NoBody)
	ok(t, err)
	status, body := roundTrip(t, r, req)
	var a given
	ok(t, json.Unmarshal([]byte(body), &a))
	if status != 200 || a.Code != "Success" || a.Expiration == "" {
		t.Fatalf("%d %s", status, body)
	}
	c := cloud{r, client(t, r, credentials.NewStsTokenCredential(a.AccessKeyId, a.AccessKeySecret, a.SecurityToken))}
	_, err = c.describe("lb-1")
	ok(t, err)
	for _, s := range []Seed{{CredentialsPath: "x"}, {CredentialsPath: "/"}, {CredentialsPath: "/latest/x"}, {Roles: []Role{{ARN: "x"}}}, {OIDCTokens: []OIDCToken{{}}}} {
		s.Region = region
		if s.Validate() == nil {
			t.Errorf("%+v is valid", s)
		}
	}
}
