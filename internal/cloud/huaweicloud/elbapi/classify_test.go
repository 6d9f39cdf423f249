package elbapi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const otherID = "f2d6ecf7-0000-4c5a-9d0a-5f0d6a1b2c3d"

func elbError(code, message string) string {
	return `{"error_code":"` + code + `","error_msg":"` + message + `","request_id":"body-id"}`
}

// kinds are the calls that an answer is classified for.
var kinds = map[string]func(context.Context, membership.Group) error{
	"list": func(ctx context.Context, g membership.Group) error { _, err := g.List(ctx); return err },
	"add": func(ctx context.Context, g membership.Group) error {
		return g.Add(ctx, []membership.Member{withID(memberA)})
	},
	"remove": func(ctx context.Context, g membership.Group) error {
		return g.Remove(ctx, []membership.Member{withID(memberA)})
	},
	"update": func(ctx context.Context, g membership.Group) error {
		return g.Update(ctx, []membership.Change{{Member: withID(memberA), Weight: ptr(0)}})
	},
	"batch add": func(ctx context.Context, g membership.Group) error {
		return g.Add(ctx, []membership.Member{withID(memberA), ipMember("10.0.0.2", 80)})
	},
	"batch remove": func(ctx context.Context, g membership.Group) error {
		return g.Remove(ctx, []membership.Member{withID(memberA), withID(memberB)})
	},
}

func TestAnswersAreClassified(t *testing.T) {
	t.Parallel()
	everyWrite := map[string]membership.Class{}
	for _, k := range []string{"add", "remove", "update", "batch add", "batch remove"} {
		everyWrite[k] = membership.Unknown
	}
	uncertain := func() map[string]membership.Class { everyWrite["list"] = membership.Transient; return everyWrite }()
	all := func(c membership.Class) map[string]membership.Class {
		m := map[string]membership.Class{}
		for k := range kinds {
			m[k] = c
		}
		return m
	}
	only := func(kv ...any) map[string]membership.Class {
		m := map[string]membership.Class{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i].(string)] = kv[i+1].(membership.Class)
		}
		return m
	}
	tests := []struct {
		name   string
		status int
		body   string
		want   map[string]membership.Class
	}{
		{"malformed", 400, elbError("ELB.8902", "Unrecognized attribute(s) 'availability_zone'"), all(membership.Refused)},
		{"attribute named protection", 400, elbError("ELB.8902", "Unrecognized attribute(s) 'protection_status, protection_reason'"), all(membership.Refused)},
		{"empty update", 400, elbError("SYS.0400", "Invalid request body: Empty body '{}' is meaningless."), all(membership.Refused)},
		{"ip member, wrong protocol", 400, elbError("ELB.8938", "The IP member is supported only when the pool protocol is TCP."), all(membership.Refused)},
		{"ip target off", 400, elbError("ELB.8939", "The load balancer's ip_target_enable must be true when adding IP members."), all(membership.Refused)},
		{"quota by 409", 409, elbError("ELB.8905", "Quota exceeded for resources: members"), all(membership.Quota)},
		{"quota by 403", 403, elbError("ELB.2001", "members exceed limit"), all(membership.Quota)},
		{"quota by 400", 400, elbError("ELB.9807", "quota"), all(membership.Quota)},
		{"throttled, no body", 429, "", all(membership.Throttled)},
		{"throttled by the gateway", 429, elbError("APIGW.0308", "The throttling threshold has been reached"), all(membership.Throttled)},
		{"throttled, old gateway, odd status", 403, elbError("APIG.0308", "The throttling threshold has been reached"), all(membership.Throttled)},
		{"throttled with 503", 503, elbError("APIGW.0308", "The throttling threshold has been reached"), all(membership.Throttled)},
		{"401", 401, elbError("SYS.0401", "unauthorized"), all(membership.Denied)},
		{"bad signature", 401, elbError("APIGW.0301", "Incorrect IAM authentication information"), all(membership.Denied)},
		{"bad app key", 400, elbError("APIGW.0303", "Incorrect app authentication information"), all(membership.Denied)},
		{"403", 403, elbError("ELB.8903", "Forbidden"), all(membership.Denied)},
		{"policy", 403, elbError("SYS.0403", "Policy doesn't allow elb:members:create"), all(membership.Denied)},
		{"feature", 403, elbError("ELB.8962", "The feature is not supported"), all(membership.Refused)},
		{"proxy wants a password", 407, "", all(membership.Denied)},
		{"pool gone", 404, elbError("ELB.8904", "pool "+testPool+" could not be found."), all(membership.NotFound)},
		{"pool gone, other words", 404, elbError("ELB.8904", "Backend server group "+strings.ToUpper(testPool)+" does not exist"), all(membership.NotFound)},
		{"pool gone, unnamed", 404, elbError("ELB.8904", "The pool could not be found."), all(membership.NotFound)},
		{"another pool", 404, elbError("ELB.8904", "pool "+otherID+" could not be found."), all(membership.Refused)},
		{"member gone", 404, elbError("ELB.8904", "member "+memberA+" could not be found."), all(membership.MemberNotFound)},
		{"member gone, pool named too", 404, elbError("ELB.8904", "Member "+memberA+" could not be found in pool "+testPool+"."), all(membership.MemberNotFound)},
		{"member gone, id alone", 404, elbError("ELB.8904", "Resource "+memberA+" could not be found."),
			only("remove", membership.MemberNotFound, "update", membership.MemberNotFound, "batch remove", membership.MemberNotFound,
				"add", membership.Refused, "list", membership.Refused)},
		{"subnet gone", 404, elbError("ELB.8904", "subnet "+otherID+" could not be found."), all(membership.Refused)},
		{"subnet of the pool gone", 404, elbError("ELB.8904", "subnet_cidr "+otherID+" of pool "+testPool+" could not be found."), all(membership.Refused)},
		{"load balancer gone", 404, elbError("ELB.8904", "loadbalancer "+otherID+" could not be found."), all(membership.Refused)},
		{"something gone", 404, elbError("ELB.8904", "It could not be found."), all(membership.Refused)},
		{"8904 with another status", 400, elbError("ELB.8904", "pool "+testPool+" could not be found."), all(membership.Refused)},
		{"no such API", 404, elbError("APIGW.0101", "The API does not exist or has not been published in the environment"), all(membership.Denied)},
		{"no such API, 400", 400, elbError("APIG.0101", "The API does not exist"), all(membership.Denied)},
		{"404 HTML", 404, "<html><head><title>404 Not Found</title></head><body>nginx</body></html>", uncertain},
		{"404 empty", 404, "", uncertain},
		{"404 of another code", 404, elbError("ELB.8999", "pool not found"), all(membership.Denied)},
		{"member of another code", 404, elbError("ELB.8999", "The member could not be found"), all(membership.Denied)},
		{"pool gone, newer code", 404, elbError("ELB.9903", "pool "+testPool+" not found"), all(membership.NotFound)},
		{"member gone, newer code", 404, elbError("ELB.9903", "member "+memberA+" not found"), all(membership.MemberNotFound)},
		{"another pool, newer code", 404, elbError("ELB.9903", "pool "+otherID+" not found"), all(membership.Denied)},
		{"something gone, older code", 404, elbError("ELB.9800", "The resource could not be found."), all(membership.Denied)},
		{"something gone, older code and status", 400, elbError("ELB.9800", "The resource could not be found."), all(membership.Refused)},
		{"load balancer gone, older code", 400, elbError("ELB.1003", "load balancer does not exist"), all(membership.Refused)},
		{"member gone, older code", 400, elbError("ELB.2012", "The member does not exist."), all(membership.MemberNotFound)},
		{"405", 405, "", uncertain},
		{"duplicate", 409, elbError("ELB.8907", "A member with this address and port already exists"),
			only("add", membership.AlreadyExists, "batch add", membership.AlreadyExists)},
		{"conflict", 409, elbError("ELB.8907", "Data conflict."),
			only("add", membership.AlreadyExists, "batch add", membership.Busy, "remove", membership.Busy, "update", membership.Busy)},
		{"unfinished", 409, elbError("ELB.8907", "The pool is being updated, try again"),
			only("add", membership.Busy, "batch add", membership.Busy, "remove", membership.Busy)},
		{"not active", 409, elbError("ELB.8999", "The provisioning status of load balancer x is not ACTIVE"), all(membership.Busy)},
		{"not active, 400", 400, elbError("ELB.8902", "Load balancer is immutable (PENDING_UPDATE)"), all(membership.Busy)},
		{"modification protection", 400, elbError("ELB.8999", "The pool is protected: modification protection"), all(membership.Refused)},
		{"conflict of an unknown code", 409, elbError("ELB.8999", "The resource being accessed by another request."), all(membership.Transient)},
		{"conflict of no words", 409, elbError("ELB.8999", "Conflict."), all(membership.Transient)},
		{"being updated already", 409, elbError("ELB.8907", "The member is already being updated, try again later."), all(membership.Busy)},
		{"in progress already", 409, elbError("ELB.8907", "The update is already in progress"), all(membership.Busy)},
		{"duplicate that is being said so", 409, elbError("ELB.8907", "A member being added already exists in the pool"), all(membership.AlreadyExists)},
		{"duplicate under another code", 409, elbError("ELB.8999", "A member with this address and port already exists"), all(membership.AlreadyExists)},
		{"duplicate of the v2 API", 409, `{"NeutronError":{"message":"Member with ip 10.0.0.1 already present in pool x","type":"MemberExists","detail":""}}`, all(membership.AlreadyExists)},
		{"quota of the v2 API", 409, `{"NeutronError":{"message":"Quota exceeded for resources: ['member'].","type":"OverQuota","detail":""}}`, all(membership.Quota)},
		{"something absent", 409, elbError("ELB.8999", "The subnet does not exist"), all(membership.Transient)},
		{"an unknown code that asks to come back", 400, elbError("ELB.8999", "The operation failed. Please try again later."), all(membership.Transient)},
		{"an unknown code that does not", 400, elbError("ELB.8999", "The operation failed."), all(membership.Refused)},
		{"not active, of the v2 API", 409, elbError("", "Invalid state PENDING_UPDATE of loadbalancer resource x"), all(membership.Busy)},
		{"no enterprise project", 400, elbError("ELB.1202", "enterprise_project_id can not be empty"), all(membership.Denied)},
		{"deletion protection", 403, elbError("ELB.8903", "Member deletion protection is enabled"), all(membership.Refused)},
		{"deletion protection, 409", 409, elbError("ELB.8907", "Deletion protection is on"), all(membership.Refused)},
		{"conflict without a code", 409, "", uncertain},
		{"conflict, HTML", 409, "<html>already exists</html>", uncertain},
		{"400 HTML", 400, "<html>Bad Request: try again later</html>", uncertain},
		{"400 empty", 400, "", uncertain},
		{"400 of no error", 400, `{"status":"failed"}`, uncertain},
		{"403 HTML", 403, "<html>Blocked by DDoS protection</html>", uncertain},
		{"403 of another gateway", 403, `{"message":"Forbidden"}`, all(membership.Denied)},
		{"404 of another gateway", 404, `{"message":"no Route matched with those values"}`, uncertain},
		{"404 with another's code", 404, `{"code":404,"message":"not found"}`, uncertain},
		{"401 HTML", 401, "<html>log in</html>", all(membership.Denied)},
		{"too large, HTML", 413, "<html>too large</html>", all(membership.Refused)},
		{"too large", 413, elbError("APIGW.0201", "Request entity too large"), all(membership.Refused)},
		{"backend timeout, 4xx", 499, elbError("APIGW.0201", "Backend timeout."), uncertain},
		{"408", 408, "", uncertain},
		{"500", 500, elbError("ELB.8906", "Internal error"), uncertain},
		{"500 with a code of refusal", 500, elbError("ELB.8905", "quota"), uncertain},
		{"502", 502, elbError("APIGW.0201", "Backend unavailable."), uncertain},
		{"503 HTML", 503, "<html>busy</html>", uncertain},
		{"504", 504, "", uncertain},
		{"302", 302, "", all(membership.Denied)},
		{"304", 304, "", all(membership.Denied)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for kind, want := range tt.want {
				if strings.HasPrefix(kind, "batch") && tt.name == "no such API" {
					want = membership.Transient // nothing was done, and the members go one by one
				}
				g, w := testGroup(t, answers(tt.status, tt.body))
				err := kinds[kind](t.Context(), g)
				e, ok := errors.AsType[*membership.Error](err)
				if !ok {
					t.Errorf("%s: %T %v", kind, err, err)
					continue
				}
				if e.Class != want {
					t.Errorf("%s: class %q, want %q: %v", kind, e.Class, want, err)
				}
				if e.Action == "" || e.Status != tt.status || e.Message == "" {
					t.Errorf("%s: %+v", kind, e)
				}
				if n := len(w.Requests()); n != 1 {
					t.Errorf("%s: sent %d times: %v", kind, n, calls(w))
				}
			}
		})
	}
}

func TestAnErrorTellsAllThatTheAnswerTold(t *testing.T) {
	t.Parallel()
	g, _ := testGroup(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "header-id")
		w.Header().Set("Retry-After", "3")
		write(w, 429, elbError("APIGW.0308", "The throttling threshold has been reached: policy user over ratelimit,limit:20,time:1 second"))
	})
	e := wantClass(t, g.Remove(t.Context(), []membership.Member{withID(memberA)}), membership.Throttled)
	for text, want := range map[string]time.Duration{
		"policy user over ratelimit,limit:10,time:1 minute": time.Minute,
		"policy user over ratelimit,limit:10,time:1 hour":   time.Hour,
		"The throttling threshold has been reached":         0,
	} {
		g, _ := testGroup(t, answers(429, elbError("APIGW.0308", text)))
		if throttled := wantClass(t, g.Remove(t.Context(), []membership.Member{withID(memberA)}), membership.Throttled); throttled.After != want {
			t.Errorf("%q: to be waited for %s, want %s", text, throttled.After, want)
		}
	}
	g, _ = testGroup(t, answers(400, elbError("ELB.8902", "no such time:1 minute")))
	if refused := wantClass(t, g.Remove(t.Context(), []membership.Member{withID(memberA)}), membership.Refused); refused.After != 0 {
		t.Errorf("a refusal is to be waited for: %+v", refused)
	}
	if e.Action != "DeleteMember" || e.Code != "APIGW.0308" || e.RequestID != "header-id" || e.After != 3*time.Second || e.Status != 429 {
		t.Errorf("%+v", e)
	}
	g, _ = testGroup(t, answers(403, elbError("ELB.8999", "Deletion protection is enabled on this pool")))
	e = wantClass(t, g.Remove(t.Context(), []membership.Member{withID(memberA)}), membership.Refused)
	if e.Message != "Deletion protection is enabled on this pool" || e.RequestID != "body-id" {
		t.Errorf("%+v", e)
	}
}

func TestA404ThatIsNoProofSaysSo(t *testing.T) {
	t.Parallel()
	for body, class := range map[string]membership.Class{
		"": membership.Unknown, "<h1>404</h1>": membership.Unknown, elbError("APIGW.0101", "The API does not exist."): membership.Denied,
	} {
		g, _ := testGroup(t, answers(404, body))
		e := wantClass(t, g.Remove(t.Context(), []membership.Member{withID(memberA)}), class)
		if !strings.Contains(e.Message, "endpoint or the region may be wrong") || !strings.Contains(e.Message, "not proof") {
			t.Errorf("%q", e.Message)
		}
	}
}

func TestARedirectNamesTheHostAndNoMore(t *testing.T) {
	t.Parallel()
	g, w := testGroup(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://login.example.com/?ticket=hush-hush")
		w.WriteHeader(302)
	})
	_, err := g.List(t.Context())
	e := wantClass(t, err, membership.Denied)
	if !strings.Contains(e.Message, "login.example.com") || strings.Contains(err.Error(), "hush") || len(w.Requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(w.Requests()))
	}
}

func TestSecretsStayOutOfErrors(t *testing.T) {
	t.Parallel()
	keys := testKeys
	keys.SecurityToken = "example-security-token"
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			text := keys.SecretKey + " " + r.Header.Get("X-Security-Token") + " " + r.Header.Get("Authorization")
			w.Header().Set("X-Request-Id", keys.SecretKey)
			write(w, status, `{"error_code":"`+keys.SecretKey+`","error_msg":"verify failed: `+strings.Repeat("x", 900)+text+`"}`)
		}
	}
	for _, status := range []int{200, 302, 400, 401, 404, 500} {
		w := &wire{Handler: echo(status)}
		g := testClient(t, w, func(c *Config) { c.Credentials = apigw.Static(keys) }).Pool(testPool)
		err := g.Add(t.Context(), []membership.Member{withID(memberA)})
		if err == nil {
			t.Fatal("no error")
		}
		_, signature, _ := strings.Cut(w.Requests()[0].Header.Get("Authorization"), "Signature=")
		for _, secret := range []string{keys.SecretKey[:12], keys.SecurityToken[:12], signature[:12]} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("HTTP %d: %q in %v", status, secret, err)
			}
		}
	}
	w := &wire{Handler: func(http.ResponseWriter, *http.Request) { panic("dial with " + keys.SecretKey) }}
	err := testClient(t, w).Pool(testPool).Add(t.Context(), []membership.Member{withID(memberA)})
	wantClass(t, err, membership.Unknown)
	if strings.Contains(err.Error(), keys.SecretKey) {
		t.Error(err)
	}
}

func TestBadKeysAreDeniedBeforeAnyRequest(t *testing.T) {
	t.Parallel()
	for name, creds := range map[string]apigw.Credentials{
		"no access key": apigw.Static{SecretKey: "s"},
		"no secret key": apigw.Static{AccessKey: "a"},
		"line break":    apigw.Static{AccessKey: "a", SecretKey: "s", SecurityToken: "t\nX-Evil: 1"},
		"failing":       failing{errors.New("no file")},
	} {
		w := &wire{Handler: answers(200, `{"members":[]}`)}
		c := testClient(t, w, func(c *Config) { c.Credentials = creds })
		_, err := c.Pool(testPool).List(t.Context())
		wantClass(t, err, membership.Denied)
		if n := len(w.Requests()); n != 0 {
			t.Errorf("%s: %d requests", name, n)
		}
	}
	busy := &membership.Error{Class: membership.Throttled, Action: "AssumeRole"}
	c := testClient(t, &wire{}, func(c *Config) { c.Credentials = failing{busy} })
	_, err := c.Pool(testPool).List(t.Context())
	wantClass(t, err, membership.Throttled)
}

type failing struct{ err error }

func (f failing) Credentials(context.Context) (apigw.Keys, error) { return apigw.Keys{}, f.err }
