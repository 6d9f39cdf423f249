package slbapi

import (
	"bytes"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Whatever comes back, and however it repeats the request, neither the error
// nor the log shows keys, token, signature or query.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	keys := testKeys
	keys.SecurityToken = "not/a+token=really*0000"
	for name, cloud := range map[string]func(*http.Request) (*http.Response, error){
		"URL in an error": func(r *http.Request) (*http.Response, error) {
			return nil, &url.Error{Op: "Post", URL: r.URL.String(), Err: errors.New("reset")}
		},
		"URL in a text": func(r *http.Request) (*http.Response, error) { return nil, fmt.Errorf("cannot reach %s: reset", r.URL) },
		"string to sign": func(r *http.Request) (*http.Response, error) {
			return answer(400, jsonFault("SignatureDoesNotMatch", "Specified signature is not matched with our calculation. server string to sign is:POST&%2F&"+url.QueryEscape(r.URL.RawQuery))), nil
		},
		"string to sign in XML": func(r *http.Request) (*http.Response, error) {
			return answer(400, "<Error><Code>IncompleteSignature</Code><Message>x "+html.EscapeString(url.QueryEscape(r.URL.RawQuery))+"</Message></Error>"), nil
		},
		"page with the URL": func(r *http.Request) (*http.Response, error) {
			return answer(502, "<html>no route for <a href='"+html.EscapeString(r.URL.String())+"'>"+html.EscapeString(r.URL.RequestURI())+"</a></html>"), nil
		},
		"code and request id": func(r *http.Request) (*http.Response, error) {
			q := r.URL.Query()
			return answer(400, fmt.Sprintf(`{"Code":%q,"Message":%q,"RequestId":%q}`, q.Get("AccessKeyId"), q.Get("SecurityToken"), q.Get("Signature")+keys.AccessKeySecret)), nil
		},
		"success of another": func(r *http.Request) (*http.Response, error) {
			return answer(200, fmt.Sprintf(`{"LoadBalancerId":%q,"RequestId":"r"}`, r.URL.RawQuery)), nil
		},
		"panic": func(r *http.Request) (*http.Response, error) { panic(r.URL.String()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			ctx := tflogtest.RootLogger(t.Context(), &out)
			var sent url.Values
			c := newClient(t, roundTrip(func(r *http.Request) (*http.Response, error) {
				sent = r.URL.Query()
				return cloud(r)
			}), func(cfg *Config) { cfg.Credentials = acs.Static(keys) })
			e := asError(t, c.BackendServers("lb-1").Add(ctx, []membership.Member{ecs}))
			texts := map[string]string{"error": e.Error(), "log": out.String(), "fields": fmt.Sprintf("%q %q %q", e.Code, e.Message, e.RequestID)}
			if _, ok := errors.AsType[*url.Error](e); ok {
				t.Error("the chain holds the URL")
			}
			secrets := map[string]string{"key": keys.AccessKeyID, "secret": keys.AccessKeySecret, "token": keys.SecurityToken, "nonce": sent.Get("SignatureNonce")}
			if name != "code and request id" { // there it comes under a name of no meaning
				secrets["signature"] = sent.Get("Signature")
			}
			for where, text := range texts {
				for what, s := range secrets {
					for _, form := range []string{s, url.QueryEscape(s), url.QueryEscape(url.QueryEscape(s)), html.EscapeString(s)} {
						if form == "" || strings.Contains(text, form) {
							t.Errorf("the %s shows the %s: %s", where, what, text)
						}
					}
				}
				if strings.Contains(text, "Action=") {
					t.Errorf("the %s shows the query: %s", where, text)
				}
			}
		})
	}
}

// The line of each call is apikit's; what SLB puts into it is not.
func TestLogLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &out)
	if err := newClient(t, &recorder{}).VServerGroup("rsp-1").Add(ctx, []membership.Member{at(ecs, 80), at(ecs, 81)}); err != nil {
		t.Fatal(err)
	}
	_, err := newClient(t, always(400, jsonFault("Throttling.User", "slow down"))).BackendServers("lb-1").List(ctx)
	asError(t, err)
	lines, err := tflogtest.MultilineJSONDecode(&out)
	if err != nil || len(lines) != 2 {
		t.Fatalf("lines %v, %v; want two", lines, err)
	}
	for i, want := range []map[string]any{
		{
			"@module": "provider.slb", "service": "SLB", "operation": "AddVServerGroupBackendServers", "group": "rsp-1", "members": "[i-1:80=100 i-1:81=100]", "@level": "info",
			"region": "cn-hangzhou", "host": "slb.aliyuncs.com", "status": 200, "request_id": "req-1",
		},
		{
			"@module": "provider.slb", "service": "SLB", "operation": "DescribeLoadBalancerAttribute", "group": "lb-1", "members": nil, "@level": "warn",
			"region": "cn-hangzhou", "host": "slb.aliyuncs.com", "status": 400, "request_id": "req-9",
			"class": "throttled", "code": "Throttling.User", "error": "slow down",
		},
	} {
		for k, v := range want {
			if fmt.Sprint(lines[i][k]) != fmt.Sprint(v) {
				t.Errorf("line %d: %s = %v, want %v", i, k, lines[i][k], v)
			}
		}
	}
}
