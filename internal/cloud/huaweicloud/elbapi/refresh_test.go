package elbapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

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

// Whoever gives up does not end the login: the next one needs it too.
func TestALoginOutlivesWhoAskedForIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim := &iamSim{life: time.Hour}
		w := &wire{handler: sim.ServeHTTP}
		c := testClient(t, w, func(c *Config) { c.Credentials = Password(testIAM(t, w), testUser, Scope{}) })
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := c.Pool(testPool).List(ctx)
		if e := wantClass(t, err, membership.Transient); !errors.Is(e, context.DeadlineExceeded) {
			t.Error(err)
		}
		began := time.Now()
		if _, err := c.Pool(testPool).List(t.Context()); err != nil || time.Since(began) != 700*time.Millisecond || sim.logins.Load() != 1 {
			t.Errorf("%v after %v and %d logins", err, time.Since(began), sim.logins.Load())
		}
		_, err = c.Pool(testPool).List(ctx)
		wantClass(t, err, membership.Transient)
	})
}

// A login that hangs ends by itself.
func TestALoginThatHangsEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &wire{handler: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }}
		c := testClient(t, w, func(c *Config) { c.Credentials = Password(testIAM(t, w), testUser, Scope{}) })
		began := time.Now()
		_, err := c.Pool(testPool).List(t.Context())
		if wantClass(t, err, membership.Transient); time.Since(began) > loginTimeout {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
