package ramlogin

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func onInstance(s *slbfake.Seed) { s.Instance = "machine" }

func TestECSRole(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		role  string
		rules func(*slbfake.Rules)
		want  string
	}{
		"with a token":                {"machine", func(*slbfake.Rules) {}, "MetadataToken MetadataRole"},
		"only with one":               {"machine", func(r *slbfake.Rules) { r.OnlyIMDSv2 = true }, "MetadataToken MetadataRole"},
		"before tokens were there":    {"machine", func(r *slbfake.Rules) { r.NoIMDSv2 = true }, "MetadataToken MetadataRole"},
		"the service knows the role":  {"", func(*slbfake.Rules) {}, "MetadataToken MetadataRole MetadataRole"},
		"and tells it without tokens": {"", func(r *slbfake.Rules) { r.NoIMDSv2 = true }, "MetadataToken MetadataRole MetadataRole"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := account(t, onInstance, func(s *slbfake.Seed) { tc.rules(&s.Rules) })
			keys, err := login(c.Transport()).ECSRole(tc.role)
			list(t, as(t, c.Transport(), keys, err))
			ops := c.Log.All().Ops()
			if got := strings.Join(ops[:len(ops)-1], " "); got != tc.want {
				t.Errorf("asked %s, want %s", got, tc.want)
			}
		})
	}
}

// The service has new keys only some time before the old ones expire; till
// then it is not asked with every call.
func TestKeysOfAnECSRoleAreExchanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := account(t, onInstance)
		keys, err := login(c.Transport()).ECSRole("machine")
		client := as(t, c.Transport(), keys, err)
		for range 24 * 6 { // a day
			list(t, client)
			<-time.After(10 * time.Minute)
		}
		all := c.Log.All()
		if n := all.Count("MetadataRole"); n < 4 || n > 5 {
			t.Errorf("the service was asked %d times in a day", n)
		}
		if n := all.Count("MetadataToken"); n < 4 || n > 5 {
			t.Errorf("%d tokens in a day", n)
		}
	})
}

func TestRefusalsOfTheMetadataService(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		role   string
		change func(*slbfake.Seed)
		onlyV2 bool
		want   string
	}{
		"another role": {"other", onInstance, false, "ecs_role_name"},
		"no role":      {"", func(*slbfake.Seed) {}, false, "attach one"},
		"no token": {"machine", func(s *slbfake.Seed) {
			onInstance(s)
			s.Rules.NoIMDSv2 = true
		}, true, "404"},
		"a role of another path": {"../../other", onInstance, false, "ecs_role_name"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := account(t, tc.change)
			l := login(c.Transport())
			l.OnlyIMDSv2 = tc.onlyV2
			keys, err := l.ECSRole(tc.role)
			_, err = as(t, c.Transport(), keys, err).BackendServers("lb-1").List(t.Context())
			if e := asError(t, err); e.Class != membership.Denied || !strings.Contains(e.Error(), tc.want) || e.Action != "ECS metadata" {
				t.Errorf("%s: %v", e.Class, e)
			}
		})
	}
}

// A laptop has no metadata service: that is said soon, and clearly.
func TestNoMetadataServiceIsNoticedSoon(t *testing.T) {
	t.Parallel()
	for name, cloud := range map[string]roundTrip{
		"nothing answers": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"no route": func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no route to host")}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				keys, err := login(cloud).ECSRole("machine")
				start := time.Now()
				_, err = as(t, cloud, keys, err).BackendServers("lb-1").List(t.Context())
				e := asError(t, err)
				if e.Class != membership.Denied || !strings.Contains(e.Error(), "is this an ECS instance") || !strings.Contains(e.Error(), "ECS metadata") {
					t.Errorf("%s: %v", e.Class, e)
				}
				if took := time.Since(start); took > 15*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// The metadata service is asked past every proxy: one would send back the keys
// of its own machine, or pass on ours.
func TestTheMetadataServiceIsAskedPastProxies(t *testing.T) {
	t.Parallel()
	if direct().Proxy != nil || proxied().Proxy == nil {
		t.Error("the transports have their proxies the wrong way round")
	}
	l := Login{}
	c, err := l.ECSRole("x")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Credentials(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestCredentialsURI(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := account(t, func(s *slbfake.Seed) { s.CredentialsPath = "/credentials" })
		keys, err := login(c.Transport()).URI("http://127.0.0.1:7002/credentials?token=abc")
		client := as(t, c.Transport(), keys, err)
		list(t, client)
		list(t, client)
		<-time.After(time.Hour)
		list(t, client)
		if n := c.Log.All().Count("CredentialsURI"); n != 2 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestCredentialsURIOfManyForms(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		want   string // in the error; "": none
	}{
		"without a code":     {200, `{"AccessKeyId":"a","AccessKeySecret":"b","SecurityToken":"c","Expiration":"2100-01-01T00:00:00Z"}`, ""},
		"without expiration": {200, `{"Code":"Success","AccessKeyId":"a","AccessKeySecret":"b","SecurityToken":"c"}`, ""},
		"with a time zone":   {200, `{"AccessKeyId":"a","AccessKeySecret":"b","SecurityToken":"c","Expiration":"2100-01-01T08:00:00+08:00"}`, ""},
		"a failure":          {200, `{"Code":"Failed"}`, "the code Failed"},
		"not found":          {404, `nothing here`, "404"},
		"a redirect":         {302, ``, "302"},
		"a page":             {200, `<html>hello</html>`, "not a JSON object"},
		"an odd time":        {200, `{"AccessKeyId":"a","AccessKeySecret":"b","SecurityToken":"c","Expiration":"tomorrow"}`, "no time of expiry"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys, err := login(always(tc.status, tc.body)).URI("https://user:pass@keys.example.com/x?token=not-to-be-shown")
			if err != nil {
				t.Fatal(err)
			}
			got, err := keys.Credentials(t.Context())
			if tc.want == "" {
				if err != nil || got != (acs.Keys{AccessKeyID: "a", AccessKeySecret: "b", SecurityToken: "c"}) {
					t.Errorf("got %v", err)
				}
				return
			}
			if e := asError(t, err); e.Class != membership.Denied || !strings.Contains(e.Error(), tc.want) || strings.Contains(e.Error(), "not-to-be-shown") {
				t.Errorf("%s: %v", e.Class, e)
			}
		})
	}
	for _, uri := range []string{"", "x", "ftp://x", "http://", "/x?secret"} {
		if _, err := login(nil).URI(uri); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", uri, err)
		}
	}
}
