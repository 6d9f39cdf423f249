package iamlogin_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/iamlogin"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// An agency is assumed with whatever the source is, and gives keys that sign.
func TestAnAgencyIsAssumedWithItsSource(t *testing.T) {
	t.Parallel()
	temporary := testKeys
	temporary.SecurityToken = "example-security-token"
	for name, tt := range map[string]struct {
		source func(*iamlogin.IAM) apigw.Credentials
		login  string // what signs the call for keys: "" is testKeys
		before int    // calls before it
	}{
		"keys":           {func(*iamlogin.IAM) apigw.Credentials { return apigw.Static(testKeys) }, "", 0},
		"temporary keys": {func(*iamlogin.IAM) apigw.Credentials { return apigw.Static(temporary) }, "", 0},
		"token":          {func(*iamlogin.IAM) apigw.Credentials { return apigw.Static{Token: "a-token"} }, "a-token", 0},
		"password":       {func(iam *iamlogin.IAM) apigw.Credentials { return iamlogin.Password(iam, testUser, iamlogin.Scope{}) }, "iam-token-1", 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &wire{Handler: (&iamSim{life: time.Hour}).ServeHTTP}
			iam := testIAM(t, w)
			agency := iamlogin.AgencyRef{Name: "ops", DomainName: "acme", Duration: time.Hour}
			c := testClient(t, w, func(c *elbapi.Config) { c.Credentials = iamlogin.Agency(iam, tt.source(iam), agency) })
			if _, err := c.Pool(testPool).List(t.Context()); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			s := w.Requests()[tt.before]
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
			list := w.Requests()[n]
			verifySignature(t, list, apigw.Keys{AccessKey: fmt.Sprintf("AK%d", n), SecretKey: fmt.Sprintf("secret-%d", n)})
			if got := list.Header.Get("X-Security-Token"); got != fmt.Sprintf("session-%d", n) || len(w.Requests()) != n+1 {
				t.Errorf("%s: security token %q in %q", name, got, calls(w))
			}
		})
	}
}

// Where the source's own keys end, they are renewed before the agency's are.
func TestAnAgencyWhoseSourceExpiredGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := &iamSim{life: time.Hour}
		w := &wire{Handler: func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Auth-Token") == "iam-token-1" && time.Since(start2000) > 30*time.Minute {
				write(w, 401, `{"error":{"code":401,"message":"token expires"}}`)
				return
			}
			sim.ServeHTTP(w, r)
		}}
		iam := testIAM(t, w)
		c := testClient(t, w, func(c *elbapi.Config) {
			c.Credentials = iamlogin.Agency(iam, iamlogin.Password(iam, testUser, iamlogin.Scope{}), iamlogin.AgencyRef{Name: "ops", DomainName: "acme", Duration: 15 * time.Minute})
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
		w := &wire{Handler: (&iamSim{life: time.Hour}).ServeHTTP}
		iam := testIAM(t, w)
		reads := 0
		creds := iamlogin.OIDC(iam, "ci", func() (string, error) { reads++; return fmt.Sprintf(" jwt-%d\n", reads), nil })
		c := testClient(t, w, func(c *elbapi.Config) { c.Credentials = creds })
		if _, err := c.Pool(testPool).List(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := w.Requests()
		if s := all[0]; s.Path != "/v3.0/OS-AUTH/id-token/tokens" || s.Header.Get("X-Idp-Id") != "ci" ||
			strings.TrimSpace(s.Body) != `{"auth":{"id_token":{"id":"jwt-1"}}}` || s.Header.Get("Authorization") != "" {
			t.Errorf("%+v", s)
		}
		if s := all[1]; s.Path != "/v3.0/OS-CREDENTIAL/securitytokens" || s.Header.Get("X-Auth-Token") != "iam-token-1" ||
			strings.TrimSpace(s.Body) != `{"auth":{"identity":{"methods":["token"],"token":{"id":"iam-token-1","duration_seconds":21600}}}}` {
			t.Errorf("%+v", s)
		}
		verifySignature(t, all[2], apigw.Keys{AccessKey: "AK2", SecretKey: "secret-2"})
		<-time.After(2 * time.Hour)
		if _, err := c.Pool(testPool).List(t.Context()); err != nil || reads != 2 {
			t.Errorf("%v after %d readings of the ID token", err, reads)
		}
	})
}

func TestAnIDTokenThatCannotBeReadIsDenied(t *testing.T) {
	t.Parallel()
	w := &wire{Handler: answers(500, "")}
	creds := iamlogin.OIDC(testIAM(t, w), "ci", func() (string, error) { return "", errors.New("no such file") })
	_, err := testClient(t, w, func(c *elbapi.Config) { c.Credentials = creds }).Pool(testPool).List(t.Context())
	if wantClass(t, err, membership.Denied); !strings.Contains(err.Error(), "no such file") || len(w.Requests()) != 0 {
		t.Errorf("%v", err)
	}
}

func TestKeysThatLackAPartAreNoKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{Handler: answers(201, `{"credential":{"access":"AK","secret":"the-secret-in-the-answer"}}`)}
		creds := iamlogin.Agency(testIAM(t, w), apigw.Static(testKeys), iamlogin.AgencyRef{Name: "ops", DomainName: "acme"})
		_, err := testClient(t, w, func(c *elbapi.Config) { c.Credentials = creds }).Pool(testPool).List(t.Context())
		wantClass(t, err, membership.Transient)
		if !strings.Contains(err.Error(), "no temporary keys") || strings.Contains(err.Error(), "the-secret") {
			t.Error(err)
		}
	})
}
