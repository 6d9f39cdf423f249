package elbapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const testPassword = "example-not-a-real-password"

var testUser = User{Domain: "acme", Name: "robot", Password: testPassword}

func testIAM(t testing.TB, w http.RoundTripper) *IAM {
	t.Helper()
	iam, err := NewIAM(Config{Region: "cn-north-4", IAMEndpoint: "iam.test/v3", Transport: w, UserAgent: "cloudlb-test"})
	if err != nil {
		t.Fatal(err)
	}
	return iam
}

// iam answers IAM's calls by path, and ELB with an empty pool. Each login takes
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
		w.Header().Set("X-Subject-Token", fmt.Sprintf("token-%d", n))
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
	w := &wire{handler: (&iamSim{}).ServeHTTP}
	c := testClient(t, w, byName, func(c *Config) { c.Credentials = Static{Token: "a-token"} })
	if _, err := c.Pool(testPool).List(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.calls(); len(got) != 2 || got[0] != "GET /v3/projects" {
		t.Fatalf("calls %q", got)
	}
	for _, s := range w.requests() {
		if s.Header.Get("X-Auth-Token") != "a-token" || s.Header.Get("Authorization") != "" || s.Header.Get("X-Security-Token") != "" {
			t.Errorf("%s %s: %v", s.Method, s.Path, s.Header)
		}
	}
	if list := w.requests()[1]; list.Path != poolPath || list.Header.Get("X-Project-Id") != testProject {
		t.Errorf("then %s for project %q", list.Path, list.Header.Get("X-Project-Id"))
	}
}

func TestAPasswordGetsATokenForItsScope(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		scope Scope
		want  string
	}{
		"project id":   {Scope{ProjectID: testProject, ProjectName: "n"}, `{"project":{"id":"` + testProject + `"}}`},
		"project name": {Scope{ProjectName: "cn-north-4"}, `{"project":{"name":"cn-north-4"}}`},
		"account":      {Scope{}, `{"domain":{"name":"acme"}}`},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := &iamSim{life: 24 * time.Hour}
			w := &wire{handler: sim.ServeHTTP}
			c := testClient(t, w, byName, func(c *Config) { c.Credentials = Password(testIAM(t, w), testUser, tt.scope) })
			if _, err := c.Pool(testPool).List(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := len(w.requests()); n != 2 { // the token says the project
				t.Fatalf("%s: calls %q", name, w.calls())
			}
			login, list := w.requests()[0], w.requests()[1]
			want := `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"robot","password":"` + testPassword +
				`","domain":{"name":"acme"}}}},"scope":` + tt.want + `}}`
			if login.Method != "POST" || login.Host != "iam.test" || login.Path != "/v3/auth/tokens" || strings.TrimSpace(login.Body) != want {
				t.Errorf("%s: %s https://%s%s %s", name, login.Method, login.Host, login.Path, login.Body)
			}
			if login.Header.Get("Authorization")+login.Header.Get("X-Auth-Token") != "" {
				t.Errorf("%s: a login is signed: %v", name, login.Header)
			}
			if list.Header.Get("X-Auth-Token") != "token-1" || list.Path != poolPath {
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
		"wrong password": {401, `{"error":{"code":401,"message":"The username or password is wrong: ` + testPassword + `","title":"Unauthorized"}}`, membership.Denied, "The username or password is wrong: (redacted)", 1},
		"bad request":    {400, `{"error_code":"IAM.0011","error_msg":"Request body is invalid."}`, membership.Denied, "Request body is invalid", 1},
		"not found":      {404, `{"error":{"message":"no project","code":404}}`, membership.Denied, "no project", 1},
		"redirect":       {302, ``, membership.Denied, "redirects", 1},
		"no token":       {201, `{"token":{}}`, membership.Transient, "the answer has no X-Subject-Token", 3},
		"down":           {503, `<html>down</html>`, membership.Transient, "down", 3},
		"throttled":      {429, `{"error_code":"APIGW.0308","error_msg":"slow"}`, membership.Throttled, "slow", 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			var n atomic.Int32
			w := &wire{handler: func(w http.ResponseWriter, _ *http.Request) { n.Add(1); write(w, tt.status, tt.body) }}
			c := testClient(t, w, func(c *Config) { c.Credentials = Password(testIAM(t, w), testUser, Scope{}) })
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

func TestFiftyCallersShareOneLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := &iamSim{life: time.Hour}
		w := &wire{handler: sim.ServeHTTP}
		c := testClient(t, w, func(c *Config) { c.Credentials = Password(testIAM(t, w), testUser, Scope{}) })
		impatient, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		for n := range 50 {
			wg.Go(func() {
				if n == 7 { // whoever gives up takes nobody along
					_, err := c.Pool(testPool).List(impatient)
					if e := wantClass(t, err, membership.Transient); !errors.Is(e, context.DeadlineExceeded) {
						t.Error(err)
					}
					return
				}
				if _, err := c.Pool(testPool).List(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := sim.logins.Load(); n != 1 {
			t.Errorf("%d logins", n)
		}
	})
}

// Keys are replaced before they end, and nobody waits for it.
func TestKeysAreReplacedBeforeTheyEnd(t *testing.T) {
	t.Parallel()
	for life, early := range map[time.Duration]time.Duration{
		10 * time.Minute: 2 * time.Minute, 15 * time.Minute: 3 * time.Minute, 24 * time.Hour: 5 * time.Minute, 0: 3 * time.Minute,
	} {
		synctest.Test(t, func(t *testing.T) {
			sim := &iamSim{life: life}
			w := &wire{handler: sim.ServeHTTP}
			creds := Password(testIAM(t, w), testUser, Scope{})
			token := func() string {
				t.Helper()
				k, err := creds.Credentials(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return k.Token
			}
			whole := cmp.Or(life, unsaidLife)
			if got := token(); got != "token-1" {
				t.Fatal(got)
			}
			<-time.After(whole - early - 2*time.Second)
			if got, n := token(), sim.logins.Load(); got != "token-1" || n != 1 {
				t.Errorf("life %v: %s after %d logins", life, got, n)
			}
			<-time.After(2 * time.Second)
			began := time.Now()
			if got := token(); got != "token-1" || time.Since(began) != 0 {
				t.Errorf("life %v: %s after a wait of %v", life, got, time.Since(began))
			}
			<-time.After(2 * time.Second)
			if got, n := token(), sim.logins.Load(); got != "token-2" || n != 2 {
				t.Errorf("life %v: %s after %d logins", life, got, n)
			}
		})
	}
}

// While IAM is down, the old keys serve to their end, and are asked for anew
// every half minute; then calls fail with what IAM says, and recover with it.
func TestOldKeysServeWhileIAMIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		down := false
		sim := &iamSim{life: 15 * time.Minute, fail: func(int32) (int, string) {
			if down {
				return 502, "bad gateway"
			}
			return 0, ""
		}}
		w := &wire{handler: sim.ServeHTTP}
		c := testClient(t, w, func(c *Config) { c.Credentials = Password(testIAM(t, w), testUser, Scope{}) })
		list := func() error {
			_, err := c.Pool(testPool).List(t.Context())
			return err
		}
		if err := list(); err != nil {
			t.Fatal(err)
		}
		down = true
		for range 14 {
			<-time.After(time.Minute)
			if err := list(); err != nil {
				t.Fatal(err)
			}
		}
		if n := sim.logins.Load(); n < 4 || n > 10 { // three tries a minute at most, in the last three minutes
			t.Errorf("%d logins", n)
		}
		<-time.After(2 * time.Minute)
		if e := wantClass(t, list(), membership.Transient); e.Status != 502 {
			t.Error(e)
		}
		down = false
		if err := list(); err != nil {
			t.Error(err)
		}
	})
}

// A call that is answered with an expired-token error refreshes once for all
// and goes on; keys that are refused from the first moment do not make each
// call log in.
func TestACallWithAnExpiredTokenGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := &iamSim{life: time.Hour}
		w := &wire{handler: sim.ServeHTTP}
		c := testClient(t, w, func(c *Config) { c.Credentials = Password(testIAM(t, w), testUser, Scope{}) })
		if _, err := c.Pool(testPool).List(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(10 * time.Minute)
		sim.stale = func(secret string) bool { return secret == "token-1" }
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if err := c.Pool(testPool).Add(t.Context(), nil); err != nil {
					t.Error(err)
				}
				if _, err := c.Pool(testPool).List(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := sim.logins.Load(); n != 2 {
			t.Errorf("%d logins", n)
		}
		sim.stale = func(string) bool { return true }
		for range 5 {
			_, err := c.Pool(testPool).List(t.Context())
			if e := wantClass(t, err, membership.Denied); e.Code != "APIGW.0301" || strings.Contains(e.Message, "token-2") {
				t.Error(e)
			}
		}
		if n := sim.logins.Load(); n != 2 {
			t.Errorf("%d logins", n)
		}
	})
}

func TestLoginsAreLoggedWithoutSecrets(t *testing.T) {
	t.Setenv("TF_LOG", "TRACE")
	w := &wire{handler: func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v3/auth/tokens" {
			w.Header().Set("X-Subject-Token", "the-token-that-iam-gave")
			w.Header().Set("X-IAM-Trace-Id", "trace-1")
			write(w, 201, `{"token":{"project":{"id":"`+testProject+`"}}}`)
			return
		}
		write(w, 403, `{"error_code":"APIGW.0302","error_msg":"`+r.Header.Get("X-Auth-Token")+`"}`)
	}}
	c := testClient(t, w, func(c *Config) { c.Credentials = Password(testIAM(t, w), testUser, Scope{}) })
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
	if err != nil || len(lines) != 2 || lines[0]["action"] != "KeystoneCreateUserTokenByPassword" || lines[0]["request_id"] != "trace-1" {
		t.Errorf("%v: %s", err, text)
	}
	if b, _ := json.Marshal(lines[0]); bytes.Contains(b, []byte(`"pool":"`+testPool)) {
		t.Errorf("a login names a pool: %s", b)
	}
}

// An agency is assumed with whatever the source is, and gives keys that sign.
func TestAnAgencyIsAssumedWithItsSource(t *testing.T) {
	t.Parallel()
	temporary := testKeys
	temporary.SecurityToken = "example-security-token"
	for name, tt := range map[string]struct {
		source func(*IAM) Credentials
		login  string // what signs the call for keys: "" is testKeys
		before int    // calls before it
	}{
		"keys":           {func(*IAM) Credentials { return Static(testKeys) }, "", 0},
		"temporary keys": {func(*IAM) Credentials { return Static(temporary) }, "", 0},
		"token":          {func(*IAM) Credentials { return Static{Token: "a-token"} }, "a-token", 0},
		"password":       {func(iam *IAM) Credentials { return Password(iam, testUser, Scope{}) }, "token-1", 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{handler: (&iamSim{life: time.Hour}).ServeHTTP}
			iam := testIAM(t, w)
			agency := AgencyRef{Name: "ops", DomainName: "acme", Duration: time.Hour}
			c := testClient(t, w, func(c *Config) { c.Credentials = Agency(iam, tt.source(iam), agency) })
			if _, err := c.Pool(testPool).List(t.Context()); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			s := w.requests()[tt.before]
			want := `{"auth":{"identity":{"methods":["assume_role"],"assume_role":{"agency_name":"ops","domain_name":"acme","duration_seconds":3600}}}}`
			if s.Path != "/v3.0/OS-CREDENTIAL/securitytokens" || strings.TrimSpace(s.Body) != want {
				t.Errorf("%s: %s %s", name, s.Path, s.Body)
			}
			if tt.login == "" {
				verifySignature(t, s, testKeys)
			} else if s.Header.Get("X-Auth-Token") != tt.login {
				t.Errorf("%s: token %q", name, s.Header.Get("X-Auth-Token"))
			}
			n := tt.before + 1
			list := w.requests()[n]
			verifySignature(t, list, Keys{AccessKey: fmt.Sprintf("AK%d", n), SecretKey: fmt.Sprintf("secret-%d", n)})
			if got := list.Header.Get("X-Security-Token"); got != fmt.Sprintf("session-%d", n) || len(w.requests()) != n+1 {
				t.Errorf("%s: security token %q in %q", name, got, w.calls())
			}
		})
	}
}

// Where the source's own keys end, they are renewed before the agency's are.
func TestAnAgencyWhoseSourceExpiredGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := &iamSim{life: time.Hour}
		w := &wire{handler: func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Auth-Token") == "token-1" && time.Since(start2000) > 30*time.Minute {
				write(w, 401, `{"error":{"code":401,"message":"token expires"}}`)
				return
			}
			sim.ServeHTTP(w, r)
		}}
		iam := testIAM(t, w)
		c := testClient(t, w, func(c *Config) {
			c.Credentials = Agency(iam, Password(iam, testUser, Scope{}), AgencyRef{Name: "ops", DomainName: "acme", Duration: 15 * time.Minute})
		})
		for range 3 {
			if _, err := c.Pool(testPool).List(t.Context()); err != nil {
				t.Fatal(err)
			}
			<-time.After(61 * time.Minute)
		}
	})
}

// start2000 is when a bubble begins.
var start2000 = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestAnIDTokenGivesKeysThatSign(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{handler: (&iamSim{life: time.Hour}).ServeHTTP}
		iam := testIAM(t, w)
		reads := 0
		creds := OIDC(iam, "ci", func() (string, error) { reads++; return fmt.Sprintf(" jwt-%d\n", reads), nil })
		c := testClient(t, w, func(c *Config) { c.Credentials = creds })
		if _, err := c.Pool(testPool).List(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := w.requests()
		if s := all[0]; s.Path != "/v3.0/OS-AUTH/id-token/tokens" || s.Header.Get("X-Idp-Id") != "ci" ||
			strings.TrimSpace(s.Body) != `{"auth":{"id_token":{"id":"jwt-1"}}}` || s.Header.Get("Authorization") != "" {
			t.Errorf("%+v", s)
		}
		if s := all[1]; s.Path != "/v3.0/OS-CREDENTIAL/securitytokens" || s.Header.Get("X-Auth-Token") != "token-1" ||
			strings.TrimSpace(s.Body) != `{"auth":{"identity":{"methods":["token"],"token":{"id":"token-1","duration_seconds":21600}}}}` {
			t.Errorf("%+v", s)
		}
		verifySignature(t, all[2], Keys{AccessKey: "AK2", SecretKey: "secret-2"})
		<-time.After(2 * time.Hour)
		if _, err := c.Pool(testPool).List(t.Context()); err != nil || reads != 2 {
			t.Errorf("%v after %d readings of the ID token", err, reads)
		}
	})
}

func TestAnIDTokenThatCannotBeReadIsDenied(t *testing.T) {
	t.Parallel()
	w := &wire{handler: answers(500, "")}
	creds := OIDC(testIAM(t, w), "ci", func() (string, error) { return "", errors.New("no such file") })
	_, err := testClient(t, w, func(c *Config) { c.Credentials = creds }).Pool(testPool).List(t.Context())
	if wantClass(t, err, membership.Denied); !strings.Contains(err.Error(), "no such file") || len(w.requests()) != 0 {
		t.Errorf("%v", err)
	}
}

func TestKeysThatLackAPartAreNoKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{handler: answers(201, `{"credential":{"access":"AK","secret":"the-secret-in-the-answer"}}`)}
		creds := Agency(testIAM(t, w), Static(testKeys), AgencyRef{Name: "ops", DomainName: "acme"})
		_, err := testClient(t, w, func(c *Config) { c.Credentials = creds }).Pool(testPool).List(t.Context())
		wantClass(t, err, membership.Transient)
		if !strings.Contains(err.Error(), "no temporary keys") || strings.Contains(err.Error(), "the-secret") {
			t.Error(err)
		}
	})
}
