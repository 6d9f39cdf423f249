package slbapi

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// testKeys look like keys and are none.
var testKeys = acs.Keys{AccessKeyID: "NOTAKEYNOTAKEY00", AccessKeySecret: "not/a+secret=at~all*00"}

// roundTrip is a cloud in process.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer is a response with a body, and headers as name, value, ...
func answer(status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// always is a cloud with one answer.
func always(status int, body string, header ...string) roundTrip {
	return func(*http.Request) (*http.Response, error) { return answer(status, body, header...), nil }
}

// recorder remembers requests and answers them in the way of a cloud that
// carries every write out.
type recorder struct {
	mu       sync.Mutex
	requests []*http.Request
}

func (c *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.requests = append(c.requests, r)
	c.mu.Unlock()
	q := r.URL.Query()
	return answer(200, fmt.Sprintf(`{"RequestId":"req-1","LoadBalancerId":%q,"VServerGroupId":%q,"BackendServers":{"BackendServer":[]}}`,
		q.Get("LoadBalancerId"), q.Get("VServerGroupId"))), nil
}

func (c *recorder) queries() []url.Values {
	c.mu.Lock()
	defer c.mu.Unlock()
	var qs []url.Values
	for _, r := range c.requests {
		qs = append(qs, r.URL.Query())
	}
	return qs
}

func newClient(t testing.TB, rt http.RoundTripper, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{Region: "cn-hangzhou", Credentials: acs.Static(testKeys), Transport: rt}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rawSDK is the SDK's client as its own documentation makes one.
func rawSDK(t testing.TB, rt http.RoundTripper) *slb.Client {
	t.Helper()
	endpointMap() // the SDK's own first use of it races
	cfg := sdk.NewConfig()
	cfg.Transport = rt
	c, err := slb.NewClientWithOptions("cn-hangzhou", cfg,
		credentials.NewStaticAKCredentialsProvider(testKeys.AccessKeyID, testKeys.AccessKeySecret))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// asError is the adapter's error; anything else fails the test.
func asError(t testing.TB, err error) *membership.Error {
	t.Helper()
	e, ok := err.(*membership.Error) //nolint:errorlint // the adapter promises it unwrapped
	if !ok {
		t.Fatalf("error %v (%T), want a *membership.Error", err, err)
	}
	return e
}

// signature computes a request's signature from the vendor's description
// ("Request signatures", RPC style), on its own.
func signature(method string, params url.Values, secret string) string {
	names := make([]string, 0, len(params))
	for name := range params {
		if name != "Signature" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var pairs []string
	for _, name := range names {
		pairs = append(pairs, percent(name)+"="+percent(params.Get(name)))
	}
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	_, _ = io.WriteString(mac, method+"&"+percent("/")+"&"+percent(strings.Join(pairs, "&")))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// percent encodes every byte but RFC 3986's unreserved ones.
func percent(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-_.~", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// hang is a cloud that takes a request and never answers.
func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
