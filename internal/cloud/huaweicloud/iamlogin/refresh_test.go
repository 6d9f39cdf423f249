package iamlogin_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/iamlogin"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func TestFiftyCallersShareOneLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := &iamSim{life: time.Hour}
		w := &wire{Handler: sim.ServeHTTP}
		c := testClient(t, w, func(c *elbapi.Config) { c.Credentials = iamlogin.Password(testIAM(t, w), testUser, iamlogin.Scope{}) })
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

// A call that is answered with an expired-token error refreshes once for all
// and goes on; keys that are refused from the first moment do not make each
// call log in.
func TestACallWithAnExpiredTokenGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := &iamSim{life: time.Hour}
		w := &wire{Handler: sim.ServeHTTP}
		c := testClient(t, w, func(c *elbapi.Config) { c.Credentials = iamlogin.Password(testIAM(t, w), testUser, iamlogin.Scope{}) })
		if _, err := c.Pool(testPool).List(t.Context()); err != nil {
			t.Fatal(err)
		}
		<-time.After(10 * time.Minute)
		sim.stale = func(secret string) bool { return secret == "iam-token-1" }
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
			if e := wantClass(t, err, membership.Denied); e.Code != "APIGW.0301" || strings.Contains(e.Message, "iam-token-2") {
				t.Error(e)
			}
		}
		if n := sim.logins.Load(); n != 2 {
			t.Errorf("%d logins", n)
		}
	})
}
