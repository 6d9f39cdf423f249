package ramlogin

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	roleARN     = "acs:ram::1234567890123456:role/terraform"
	providerARN = "acs:ram::1234567890123456:oidc-provider/hcp"
	oidcToken   = "eyJhbGciOiJub25lIn0.bm90IGEgdG9rZW4.c2lnbmF0dXJl"
)

// account is a cloud whose permanent key may do nothing but assume roles.
func account(t *testing.T, change ...func(*slbfake.Seed)) *slbfake.Running {
	t.Helper()
	seed := slbfake.Seed{
		Region: "cn-hangzhou",
		Keys:   []slbfake.Key{{ID: testKeys.AccessKeyID, Secret: testKeys.AccessKeySecret, OnlySTS: true}},
		Roles:  []slbfake.Role{{ARN: roleARN, Trusts: []string{testKeys.AccessKeyID}, MaxSession: 7200}},
		LoadBalancers: []slbfake.LoadBalancer{{
			ID: "lb-1", VServerGroups: []slbfake.VServerGroup{{ID: "rsp-1"}},
		}},
		Rules: slbfake.Rules{AnyServer: true},
	}
	for _, f := range change {
		f(&seed)
	}
	return slbfake.InProcess(t, seed)
}

func login(rt http.RoundTripper) Login {
	return Login{Region: "cn-hangzhou", Transport: rt, UserAgent: "test"}
}

func assuming(t *testing.T, c *slbfake.Running, role Role) *slbapi.Client {
	t.Helper()
	keys, err := login(c.Transport()).AssumeRole(acs.Static(testKeys), role)
	return as(t, c.Transport(), keys, err)
}

// list makes one call that must succeed.
func list(t *testing.T, c *slbapi.Client) {
	t.Helper()
	if _, err := c.BackendServers("lb-1").List(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAssumeRoleSendsWhatWasConfigured(t *testing.T) {
	t.Parallel()
	c := account(t, func(s *slbfake.Seed) { s.Roles[0].ExternalID = "shared/id" })
	list(t, assuming(t, c, Role{ARN: roleARN, Session: "ci@night", Policy: `{"Version": "1"}`, Seconds: 7200, ExternalID: "shared/id"}))
	const want = "NOTAKEYNOTAKEY00 " + roleARN + ` RoleSessionName=ci@night DurationSeconds=7200 ExternalId=shared/id Policy={"Version": "1"}`
	if got := c.Log.All()[0].Detail; got != want {
		t.Errorf("sent %s\nwant %s", got, want)
	}
	c2 := account(t)
	list(t, assuming(t, c2, Role{ARN: roleARN}))
	if got := c2.Log.All()[0].Detail; got != "NOTAKEYNOTAKEY00 "+roleARN+" RoleSessionName=terraform" {
		t.Errorf("the defaults send %s", got)
	}
}

// However many ask at once, and through however many clients, a role is
// assumed once.
func TestKeysAreFetchedOnceForAllWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := account(t)
		c.SetLatency(fakecloud.Latency{Read: 300 * time.Millisecond})
		keys, err := login(c.Transport()).AssumeRole(acs.Static(testKeys), Role{ARN: roleARN})
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() { list(t, as(t, c.Transport(), keys, err)) })
		}
		all.Wait()
		if n := c.Log.All().Count("AssumeRole"); n != 1 {
			t.Errorf("AssumeRole was called %d times", n)
		}
	})
}

func TestOldKeysServeWhileTheyCannotBeExchanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := account(t)
		client := assuming(t, c, Role{ARN: roleARN})
		list(t, client)
		c.Faults.On("AssumeRole").Times(0).Do(fakecloud.Hang())
		<-time.After(56 * time.Minute)
		mark, start := c.Log.Mark(), time.Now()
		for range 10 {
			list(t, client)
		}
		if took := time.Since(start); took > 6*time.Second {
			t.Errorf("10 calls took %s while STS hung", took)
		}
		if n := c.Log.Since(mark).Count("DescribeLoadBalancerAttribute"); n != 10 {
			t.Errorf("%d calls came through", n)
		}
		<-time.After(5 * time.Minute) // now they have expired
		_, err := client.BackendServers("lb-1").List(t.Context())
		if e := asError(t, err); e.Class != membership.Transient || e.Action != "AssumeRole" {
			t.Errorf("with expired keys: %s: %v", e.Class, e)
		}
		c.Faults.Reset()
		list(t, client)
	})
}

func TestWhenNobodyWaitsAnyMoreTheExchangeEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		hang := roundTrip(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			close(ended)
			return nil, r.Context().Err()
		})
		keys, err := login(hang).AssumeRole(acs.Static(testKeys), Role{ARN: roleARN})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := keys.Credentials(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		<-ended
		if took := time.Since(start); took != time.Second {
			t.Errorf("it ended after %s", took)
		}
	})
}

// Keys that the cloud calls expired are exchanged, and the call goes on.
func TestKeysThatExpireInMidRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := account(t)
		client := assuming(t, c, Role{ARN: roleARN})
		list(t, client)
		<-time.After(2 * time.Minute) // keys are not blamed at once
		c.Cloud.Revoke()
		if err := client.BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs}); err != nil {
			t.Errorf("add: %v", err)
		}
		if n := len(c.Cloud.Members("lb-1")); n != 1 {
			t.Errorf("%d members", n)
		}
		all := c.Log.All()
		if all.Count("AssumeRole") != 2 || all.Count("AddBackendServers") != 2 {
			t.Errorf("calls:\n%s", all)
		}
		// One that is always expired is not exchanged forever.
		c.Faults.On("AddBackendServers").Times(0).Do(fakecloud.Fail(400, "InvalidSecurityToken.Expired", "expired"))
		mark := c.Log.Mark()
		e := asError(t, client.BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs}))
		if n := len(c.Log.Since(mark)); e.Class != membership.Denied || n != 1 {
			t.Errorf("%s: %v, after %d calls; want denied after 1", e.Class, e, n)
		}
	})
}

func TestRefusalsOfSTS(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		role Role
		keys acs.Keys
		code string
	}{
		"no such role":    {Role{ARN: roleARN + "x"}, testKeys, "EntityNotExist.Role"},
		"no external id":  {Role{ARN: roleARN + "-shared"}, testKeys, "NoPermission"},
		"too long":        {Role{ARN: roleARN, Seconds: 43200}, testKeys, "InvalidParameter.DurationSeconds"},
		"an odd session":  {Role{ARN: roleARN, Session: "a b"}, testKeys, "InvalidParameter.RoleSessionName"},
		"an odd policy":   {Role{ARN: roleARN, Policy: "{"}, testKeys, "InvalidParameter.PolicyGrammar"},
		"a wrong secret":  {Role{ARN: roleARN}, acs.Keys{AccessKeyID: testKeys.AccessKeyID, AccessKeySecret: "wrong"}, "SignatureDoesNotMatch"},
		"an unknown user": {Role{ARN: roleARN}, acs.Keys{AccessKeyID: "nobody", AccessKeySecret: "wrong"}, "InvalidAccessKeyId.NotFound"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := account(t, func(s *slbfake.Seed) {
				s.Roles = append(s.Roles, slbfake.Role{ARN: roleARN + "-shared", ExternalID: "shared"})
			})
			keys, err := login(c.Transport()).AssumeRole(acs.Static(tc.keys), tc.role)
			client := as(t, c.Transport(), keys, err)
			e := asError(t, client.BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs, ecs}))
			if e.Class != membership.Denied || e.Action != "AssumeRole" || e.Code != tc.code || e.RequestID == "" || e.Message == "" {
				t.Errorf("%s: %v (%q, %q)", e.Class, e, e.Code, e.RequestID)
			}
			if n := len(c.Log.All()); n != 1 {
				t.Errorf("%d calls, want 1:\n%s", n, c.Log.All())
			}
		})
	}
}

func TestFailuresOfSTSThatPass(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]fakecloud.Effect{
		"throttled":     fakecloud.Throttle(time.Second),
		"an error 500":  fakecloud.Fail(500, "InternalError", ""),
		"a lost answer": fakecloud.ResetAfterCommit(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := account(t)
				c.Faults.On("AssumeRole").Times(2).Do(fault)
				list(t, assuming(t, c, Role{ARN: roleARN}))
				c.Faults.On("AssumeRole").Times(4).Do(fault)
				client := assuming(t, c, Role{ARN: roleARN})
				start := time.Now()
				_, err := client.BackendServers("lb-1").List(t.Context())
				if e := asError(t, err); e.Class != membership.Transient || e.Action != "AssumeRole" {
					t.Errorf("%s: %v", e.Class, e)
				}
				if took := time.Since(start); took < time.Second || took > 10*time.Second {
					t.Errorf("gave up after %s", took)
				}
				list(t, client) // a failure is not kept
			})
		})
	}
}

func TestTheEndpointOfSTS(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ region, given, want string }{
		{"cn-hangzhou", "", "https://sts.cn-hangzhou.aliyuncs.com"},
		{"", "", "https://sts.aliyuncs.com"},
		{"cn-hangzhou", "sts.example.com:8443", "https://sts.example.com:8443"},
		{"cn-hangzhou", "http://127.0.0.1:8080/", "http://127.0.0.1:8080"},
	} {
		var got atomic.Value
		l := Login{Region: tc.region, STS: tc.given, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			got.Store(r.URL.Scheme + "://" + r.URL.Host)
			return answer(403, jsonFault("NoPermission", "no")), nil
		})}
		keys, err := l.AssumeRole(acs.Static(testKeys), Role{ARN: roleARN})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = keys.Credentials(t.Context())
		if got.Load() != tc.want {
			t.Errorf("region %q, endpoint %q: %v, want %s", tc.region, tc.given, got.Load(), tc.want)
		}
	}
	for _, l := range []Login{{Region: "a.b"}, {Region: "cn-hangzhou", STS: "ftp://x"}, {STS: "https://u:p@x"}} {
		if _, err := l.AssumeRole(acs.Static(testKeys), Role{ARN: roleARN}); err == nil || strings.Contains(err.Error(), "u:p") {
			t.Errorf("%+v gives %v", l, err)
		}
	}
}
