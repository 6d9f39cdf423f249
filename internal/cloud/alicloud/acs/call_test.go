package acs

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A call of any product goes to the host of its client, in the version that it
// names, with its parameters in the body, and is signed over all of them.
func TestACallOfAnyProduct(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var form url.Values
	client, err := New(Config{
		Service: "ALB", Region: "eu-central-1", Endpoint: apikit.Endpoint{Scheme: "https", Host: "alb.eu-central-1.aliyuncs.com"},
		Credentials: Static(testKeys), UserAgent: "test",
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			if form, err = url.ParseQuery(string(body)); err != nil {
				return nil, err
			}
			got = r
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"RequestId":"r","JobId":"j"}`))}, nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 20000) // no URL is that long
	var job string
	err = client.Do(t.Context(), Call{
		Request: NewRequest("Alb", "2020-06-16", "AddServersToServerGroup", map[string]string{"Servers.1.ServerId": "i-1 é/+", "Long": long}),
		Write:   true, Accept: func(o Object) error { job = o.Text("JobId"); return nil },
	})
	if err != nil || job != "j" {
		t.Fatal(err, job)
	}
	query := got.URL.Query()
	if got.Method != http.MethodPost || got.URL.Scheme != "https" || got.URL.Host != "alb.eu-central-1.aliyuncs.com" ||
		query.Get("Action") != "AddServersToServerGroup" || query.Get("Version") != "2020-06-16" {
		t.Errorf("%s %s", got.Method, got.URL)
	}
	if form.Get("Servers.1.ServerId") != "i-1 é/+" || form.Get("Long") != long || query.Has("Long") {
		t.Errorf("body %v", form)
	}
	all := url.Values{}
	for _, params := range []url.Values{query, form} {
		for name, v := range params {
			all[name] = v
		}
	}
	if want := signature(got.Method, all, testKeys.AccessKeySecret); query.Get("Signature") != want {
		t.Errorf("signature %s, want %s", query.Get("Signature"), want)
	}
}

func TestClientsThatCannotBeMade(t *testing.T) {
	t.Parallel()
	for says, cfg := range map[string]Config{
		"region": {Region: "a/b"}, "user agent": {Region: "cn-hangzhou", UserAgent: "a\r\nb: c"},
	} {
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v gives %v", cfg, err)
		}
	}
}

// Keys that a gateway calls past their time are exchanged, whatever the letters.
func TestHowKeysThatHaveEndedAreRefused(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]bool{
		"InvalidSecurityToken.Expired": true, "invalidsecuritytoken.expired": true, "InvalidSecurityToken.Malformed": false, "": false,
	} {
		if ended(&membership.Error{Code: code}) != want {
			t.Errorf("%q: want %t", code, want)
		}
	}
}

// signature computes a request's signature from the vendor's description
// ("Request signatures", RPC style), on its own.
func signature(method string, params url.Values, secret string) string {
	var names, pairs []string
	for name := range params {
		if name != "Signature" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	for _, name := range names {
		pairs = append(pairs, escape(name)+"="+escape(params.Get(name)))
	}
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	_, _ = io.WriteString(mac, method+"&"+escape("/")+"&"+escape(strings.Join(pairs, "&")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
