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
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

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
			}), func(cfg *Config) { cfg.Credentials = Static(keys) })
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

func TestRedactedTexts(t *testing.T) {
	t.Parallel()
	r := newRedactor(Keys{AccessKeyID: "NOTAKEYNOTAKEY00", AccessKeySecret: "id"})
	for in, want := range map[string]string{
		"The id is invalid.":                      "The id is invalid.", // too short to be a key
		"key NOTAKEYNOTAKEY00 is inactive":        "key *** is inactive",
		"Post https://h:1/?Action=X&Port=80: odd": "Post https://h:1/?... odd",
		"proxy http://user:pa ss@h: refused":      "proxy http://***@h: refused",
		"see https://example.com/page":            "see https://example.com/page",
		"x SecurityToken%3Dabc%26Action%3DX y":    "x SecurityToken%3D*** y",
		"signature=abc":                           "signature=***",
		"a server string to sign is:POST&%2F&Acc": "a server string to sign is: (left out)",
	} {
		if got := r.text(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	t.Parallel()
	for _, v := range []any{testKeys, &testKeys, Static(testKeys), struct{ C Credentials }{Static(testKeys)}} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
			if s := fmt.Sprintf(format, v); strings.Contains(s, testKeys.AccessKeySecret) || strings.Contains(s, testKeys.AccessKeyID) {
				t.Errorf("%s of %T prints %s", format, v, s)
			}
		}
	}
}

func TestLogLine(t *testing.T) {
	t.Parallel()
	attempt := membership.Attempt{N: 3, Size: 2, Queued: 15 * time.Millisecond}
	log := func(t *testing.T, cloud http.RoundTripper, call func(*Client, *bytes.Buffer)) map[string]any {
		t.Helper()
		var out bytes.Buffer
		call(newClient(t, cloud), &out)
		lines, err := tflogtest.MultilineJSONDecode(&out)
		if err != nil || len(lines) != 1 {
			t.Fatalf("lines %v, %v; want one", lines, err)
		}
		return lines[0]
	}
	check := func(t *testing.T, line map[string]any, want map[string]any) {
		t.Helper()
		for k, v := range want {
			if fmt.Sprint(line[k]) != fmt.Sprint(v) {
				t.Errorf("%s = %v, want %v", k, line[k], v)
			}
		}
		delete(line, "took_ms")
		for k := range line {
			if _, ok := want[k]; !ok {
				t.Errorf("unexpected field %s = %v", k, line[k])
			}
		}
	}
	t.Run("success", func(t *testing.T) {
		t.Parallel()
		line := log(t, &recorder{}, func(c *Client, out *bytes.Buffer) {
			ctx := membership.WithAttempt(tflogtest.RootLogger(t.Context(), out), attempt)
			if err := c.VServerGroup("rsp-1").Add(ctx, []membership.Member{at(ecs, 80), at(ecs, 81)}); err != nil {
				t.Fatal(err)
			}
		})
		if _, ok := line["took_ms"].(float64); !ok {
			t.Errorf("took_ms = %v", line["took_ms"])
		}
		check(t, line, map[string]any{
			"@level": "debug", "@message": "SLB call succeeded", "@module": "provider.slb",
			"action": "AddVServerGroupBackendServers", "group": "rsp-1", "batch": 2, "attempt": 3, "queued_ms": 15, "request_id": "req-1",
		})
	})
	t.Run("failure", func(t *testing.T) {
		t.Parallel()
		line := log(t, always(400, jsonFault("Throttling.User", "slow down")), func(c *Client, out *bytes.Buffer) {
			ctx := tflog.SetField(tflogtest.RootLogger(t.Context(), out), "resource", "x")
			_, err := c.BackendServers("lb-1").List(ctx)
			asError(t, err)
		})
		check(t, line, map[string]any{
			"@level": "debug", "@message": "SLB call failed", "@module": "provider.slb", "resource": "x",
			"action": "DescribeLoadBalancerAttribute", "group": "lb-1", "batch": 0, "attempt": 1, "queued_ms": 0, "request_id": "req-9",
			"class": "throttled", "code": "Throttling.User", "status": 400,
		})
	})
	t.Run("a subsystem prepared by the caller is kept", func(t *testing.T) {
		t.Parallel()
		line := log(t, &recorder{}, func(c *Client, out *bytes.Buffer) {
			ctx := tflog.SubsystemSetField(WithLog(tflogtest.RootLogger(t.Context(), out)), Subsystem, "mine", 1)
			if _, err := c.BackendServers("lb-1").List(ctx); err != nil {
				t.Fatal(err)
			}
		})
		if line["mine"] == nil {
			t.Errorf("%v", line)
		}
	})
}
