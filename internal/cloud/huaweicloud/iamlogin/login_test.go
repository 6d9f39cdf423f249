package iamlogin_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/iamlogin"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const testPassword = "example-not-a-real-password"

var testUser = iamlogin.User{Domain: "acme", Name: "robot", Password: testPassword}

func testIAM(t testing.TB, w http.RoundTripper) *iamlogin.IAM {
	t.Helper()
	iam, err := iamlogin.New(apigw.Config{Region: "cn-north-4", Endpoint: "iam.test/v3", Transport: w, UserAgent: "cloudlb-test"})
	if err != nil {
		t.Fatal(err)
	}
	return iam
}

// iamSim answers IAM's calls by path, and ELB with an empty pool. Each login takes
// a second and gives a token or keys with a number of their own.
type iamSim struct {
	life   time.Duration // of what it gives; 0: it does not say
	fail   func(n int32) (status int, body string)
	stale  func(secret string) bool // what ELB refuses as expired
	logins atomic.Int32
}

func (s *iamSim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Host == "iam.test" && r.Method == "POST" {
		n := s.logins.Add(1)
		select {
		case <-time.After(time.Second):
		case <-r.Context().Done():
			return
		}
		if s.fail != nil {
			if status, body := s.fail(n); status != 0 {
				write(w, status, body)
				return
			}
		}
		at := ""
		if s.life != 0 {
			at = time.Now().Add(s.life).UTC().Format("2006-01-02T15:04:05.000000Z")
		}
		if strings.HasSuffix(r.URL.Path, "securitytokens") {
			write(w, 201, fmt.Sprintf(`{"credential":{"access":"AK%d","secret":"secret-%d","securitytoken":"session-%d","expires_at":%q}}`, n, n, n, at))
			return
		}
		w.Header().Set("X-Subject-Token", fmt.Sprintf("iam-token-%d", n))
		write(w, 201, fmt.Sprintf(`{"token":{"expires_at":%q,"project":{"id":%q,"name":"cn-north-4"}}}`, at, testProject))
		return
	}
	secret := cmp.Or(r.Header.Get("X-Auth-Token"), r.Header.Get("X-Security-Token"))
	if s.stale != nil && s.stale(secret) {
		write(w, 401, `{"error_code":"APIGW.0301","error_msg":"Incorrect IAM authentication information: `+secret+` expires","request_id":"r"}`)
		return
	}
	write(w, 200, `{"members":[],"projects":[{"id":"`+testProject+`","name":"cn-north-4"}]}`)
}

func TestATokenGoesInPlaceOfASignature(t *testing.T) {
	t.Parallel()
	w := &wire{Handler: (&iamSim{}).ServeHTTP}
	c := testClient(t, w, byName, func(c *elbapi.Config) { c.Credentials = apigw.Static{Token: "a-token"} })
	if _, err := c.Pool(testPool).List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := calls(w); len(got) != 2 || got[0] != "GET /v3/projects" {
		t.Fatalf("calls %q", got)
	}
	for _, s := range w.Requests() {
		if s.Header.Get("X-Auth-Token") != "a-token" || s.Header.Get("Authorization") != "" || s.Header.Get("X-Security-Token") != "" {
			t.Errorf("%s %s: %v", s.Method, s.Path, s.Header)
		}
	}
	if list := w.Requests()[1]; list.Path != poolPath || list.Header.Get("X-Project-Id") != testProject {
		t.Errorf("then %s for project %q", list.Path, list.Header.Get("X-Project-Id"))
	}
}

func TestAPasswordGetsATokenForItsScope(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		scope iamlogin.Scope
		want  string
	}{
		"project id":   {iamlogin.Scope{ProjectID: testProject, ProjectName: "n"}, `{"project":{"id":"` + testProject + `"}}`},
		"project name": {iamlogin.Scope{ProjectName: "cn-north-4"}, `{"project":{"name":"cn-north-4"}}`},
		"account":      {iamlogin.Scope{}, `{"domain":{"name":"acme"}}`},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := &iamSim{life: 24 * time.Hour}
			w := &wire{Handler: sim.ServeHTTP}
			c := testClient(t, w, byName, func(c *elbapi.Config) { c.Credentials = iamlogin.Password(testIAM(t, w), testUser, tt.scope) })
			if _, err := c.Pool(testPool).List(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(w.Requests()); n != 2 { // the token says the project
				t.Fatalf("%s: calls %q", name, calls(w))
			}
			login, list := w.Requests()[0], w.Requests()[1]
			want := `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"robot","password":"` + testPassword +
				`","domain":{"name":"acme"}}}},"scope":` + tt.want + `}}`
			if login.Method != "POST" || login.Host != "iam.test" || login.Path != "/v3/auth/tokens" || strings.TrimSpace(login.Body) != want {
				t.Errorf("%s: %s https://%s%s %s", name, login.Method, login.Host, login.Path, login.Body)
			}
			if login.Header.Get("Authorization")+login.Header.Get("X-Auth-Token") != "" {
				t.Errorf("%s: a login is signed: %v", name, login.Header)
			}
			if list.Header.Get("X-Auth-Token") != "iam-token-1" || list.Path != poolPath {
				t.Errorf("%s: then %s with token %q", name, list.Path, list.Header.Get("X-Auth-Token"))
			}
		})
	}
}

func TestARefusedLoginIsDeniedOnceAndSaysWhatIAMSays(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		class  membership.Class
		want   string
		calls  int32
	}{
		"wrong password": {401, `{"error":{"code":401,"message":"The username or password is wrong: ` + testPassword + `","title":"Unauthorized"}}`, membership.Denied, "The username or password is wrong: ***", 1},
		"bad request":    {400, `{"error_code":"IAM.0011","error_msg":"Request body is invalid."}`, membership.Denied, "Request body is invalid", 1},
		"not found":      {404, `{"error":{"message":"no project","code":404}}`, membership.Denied, "no project", 1},
		"redirect":       {302, ``, membership.Denied, "redirects", 1},
		"no token":       {201, `{"token":{}}`, membership.Transient, "the answer has no X-Subject-Token", 4},
		"down":           {503, `<html>down</html>`, membership.Transient, "down", 4},
		"throttled":      {429, `{"error_code":"APIGW.0308","error_msg":"slow"}`, membership.Throttled, "slow", 4},
	} {
		synctest.Test(t, func(t *testing.T) {
			var n atomic.Int32
			w := &wire{Handler: func(w http.ResponseWriter, _ *http.Request) { n.Add(1); write(w, tt.status, tt.body) }}
			c := testClient(t, w, func(c *elbapi.Config) { c.Credentials = iamlogin.Password(testIAM(t, w), testUser, iamlogin.Scope{}) })
			_, err := c.Pool(testPool).List(t.Context())
			e := wantClass(t, err, tt.class)
			if e.Action != "KeystoneCreateUserTokenByPassword" || !strings.Contains(err.Error(), tt.want) || n.Load() != tt.calls {
				t.Errorf("%s: %v after %d calls", name, err, n.Load())
			}
			if strings.Contains(err.Error(), testPassword) {
				t.Errorf("%s: the password is in %v", name, err)
			}
		})
	}
}

func TestLoginsAreLoggedWithoutSecrets(t *testing.T) {
	t.Setenv("TF_LOG", "TRACE")
	w := &wire{Handler: func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v3/auth/tokens" {
			w.Header().Set("X-Subject-Token", "the-token-that-iam-gave")
			w.Header().Set("X-IAM-Trace-Id", "trace-1")
			write(w, 201, `{"token":{"project":{"id":"`+testProject+`"}}}`)
			return
		}
		write(w, 403, `{"error_code":"APIGW.0302","error_msg":"`+r.Header.Get("X-Auth-Token")+`"}`)
	}}
	c := testClient(t, w, func(c *elbapi.Config) { c.Credentials = iamlogin.Password(testIAM(t, w), testUser, iamlogin.Scope{}) })
	var out bytes.Buffer
	_, err := c.Pool(testPool).List(tflogtest.RootLogger(t.Context(), &out))
	wantClass(t, err, membership.Denied)
	text := out.String() + err.Error()
	for _, secret := range []string{testPassword, "the-token-that-iam-gave"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q in %s", secret, text)
		}
	}
	lines, err := tflogtest.MultilineJSONDecode(&out)
	if err != nil || len(lines) != 2 || lines[0]["operation"] != "KeystoneCreateUserTokenByPassword" || lines[0]["request_id"] != "trace-1" {
		t.Errorf("%v: %s", err, text)
	}
	if b, _ := json.Marshal(lines[0]); bytes.Contains(b, []byte(`"group":"`+testPool)) {
		t.Errorf("a login names a group: %s", b)
	}
}
