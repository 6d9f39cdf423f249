package sgapi

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// testKeys look like keys and are none.
var testKeys = acs.Static{AccessKeyID: "NOTAKEYNOTAKEY00", AccessKeySecret: "not/a+secret=at~all*00"}

// reply is what the cloud answers; status 0 is 200.
type reply struct {
	status int
	body   string
}

// said is an answer of 200, with a request id.
func said(format string, values ...any) reply {
	return reply{200, `{"RequestId":"req-1",` + fmt.Sprintf(format, values...) + `}`}
}

// fault is an answer that is no success.
func fault(status int, code, message string) reply {
	return reply{status, fmt.Sprintf(`{"RequestId":"req-9","HostId":"alb.aliyuncs.com","Code":%q,"Message":%q}`, code, message)}
}

// request is a call that the cloud got.
type request struct {
	action string
	url    *url.URL
	form   url.Values
}

// cloud is a small server in process, written from the API reference: of each
// action it has the answers in turn, the last of which it repeats.
type cloud struct {
	mu       sync.Mutex
	answers  map[string][]reply
	requests []request
}

func (c *cloud) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	action := r.URL.Query().Get("Action")
	c.requests = append(c.requests, request{action, r.URL, form})
	a := fault(404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
	if left := c.answers[action]; len(left) > 0 {
		if a = left[0]; len(left) > 1 {
			c.answers[action] = left[1:]
		}
	}
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

// of are the parameters of the calls of an action.
func (c *cloud) of(action string) (forms []url.Values) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.requests {
		if r.action == action {
			forms = append(forms, r.form)
		}
	}
	return forms
}

func (c *cloud) actions() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	names := make([]string, len(c.requests))
	for i, r := range c.requests {
		names[i] = r.action
	}
	return strings.Join(names, " ")
}

func newClient(t testing.TB, p Product, answers map[string][]reply, change ...func(*Config)) (*Client, *cloud) {
	t.Helper()
	cloud := &cloud{answers: answers}
	cfg := Config{Product: p, Region: "eu-central-1", Credentials: testKeys, Transport: cloud}
	for _, f := range change {
		f(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, cloud
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

// both runs a test for each product.
func both(t *testing.T, test func(t *testing.T, p Product)) {
	for _, p := range []Product{ALB, NLB} {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			test(t, p)
		})
	}
}

var (
	ecs    = membership.Member{Key: membership.Key{Server: "i-1", Port: 80}, Weight: 100}
	eni    = membership.Member{Key: membership.Key{Server: "eni-1", Address: "10.0.0.5", Port: 443}, Type: "eni", Weight: 7, Name: "mine"}
	eci    = membership.Member{Key: membership.Key{Server: "eci-1", Address: "2001:db8::5", Port: 80}, Type: "eci"}
	remote = membership.Member{Key: membership.Key{Address: "10.9.0.1", Port: 8080}, Type: "ip", Weight: 1, Remote: true}
)
