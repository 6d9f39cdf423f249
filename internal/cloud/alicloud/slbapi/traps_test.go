package slbapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Each test here springs a trap of the SDK's on the SDK alone, and then shows
// the adapter walking past it. Should the SDK lose a trap, the first half
// fails and says that a precaution can go.

func TestTrapStickyParameters(t *testing.T) {
	t.Parallel()
	raw := &recorder{}
	sdkClient := rawSDK(t, raw)
	r := slb.CreateAddBackendServersRequest()
	r.LoadBalancerId, r.BackendServers = "lb-1", "first"
	if _, err := sdkClient.AddBackendServers(r); err != nil {
		t.Fatal(err)
	}
	r.BackendServers = ""
	if _, err := sdkClient.AddBackendServers(r); err != nil {
		t.Fatal(err)
	}
	if got := raw.queries()[1].Get("BackendServers"); got != "first" {
		t.Errorf("the SDK's second request holds %q: the trap is gone", got)
	}

	cloud := &recorder{}
	g := newClient(t, cloud).VServerGroup("rsp-1")
	for _, port := range []int{80, 81} {
		if err := g.Add(t.Context(), []membership.Member{at(ecs, port)}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := g.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	qs := cloud.queries()
	if a, b := qs[0].Get("BackendServers"), qs[1].Get("BackendServers"); a == b || strings.Contains(b, `"80"`) {
		t.Errorf("the second Add sent %s after %s", b, a)
	}
	if qs[2].Has("BackendServers") {
		t.Error("the listing sent members")
	}
}

// One SDK client under two goroutines races (it sets its own http.Client's
// timeout in every call), which only the race detector can show; what can be
// shown without it is that a call changes the client.
func TestTrapSharedClient(t *testing.T) {
	t.Parallel()
	tr := &http.Transport{Proxy: nil}
	cfg := sdk.NewConfig()
	cfg.HttpTransport = tr
	endpointMap()
	sdkClient, err := slb.NewClientWithOptions("cn-hangzhou", cfg, credentials.NewStaticAKCredentialsProvider("a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	sdkClient.Domain = "127.0.0.1:1"
	sdkClient.SetNoProxy("127")
	_, _ = sdkClient.AddBackendServers(slb.CreateAddBackendServersRequest())
	if tr.DialContext == nil || tr.TLSClientConfig == nil {
		t.Error("the SDK left its transport alone: the trap is gone")
	}

	// Ours, with its default transport; the race detector watches.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		_, _ = fmt.Fprintf(w, `{"RequestId":"r","LoadBalancerId":%q,"VServerGroupId":%q}`, q.Get("LoadBalancerId"), q.Get("VServerGroupId"))
	}))
	defer server.Close()
	pool := apikit.NewTransport()
	defer pool.CloseIdleConnections()
	dial, minVersion := fmt.Sprintf("%p", pool.DialContext), pool.TLSClientConfig.MinVersion
	c := newClient(t, pool, func(cfg *Config) { cfg.Endpoint = server.URL })
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			id := fmt.Sprintf("rsp-%d", i%4)
			if _, err := c.VServerGroup(id).List(t.Context()); err != nil {
				t.Error(err)
			}
			if err := c.BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if fmt.Sprintf("%p", pool.DialContext) != dial || pool.TLSClientConfig.MinVersion != minVersion {
		t.Error("the SDK changed the transport")
	}
}

func TestTrapPanicOnCodeThatIsNoString(t *testing.T) {
	t.Parallel()
	cloud := always(400, `{"Code":400,"Message":"odd","RequestId":"r"}`)
	panicked := func() (p any) {
		defer func() { p = recover() }()
		_, _ = rawSDK(t, cloud).AddBackendServers(slb.CreateAddBackendServersRequest())
		return nil
	}()
	if panicked == nil {
		t.Error("the SDK did not panic: the trap is gone")
	}

	err := newClient(t, cloud).BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs})
	if e := asError(t, err); e.Class != membership.Refused || e.Code != "400" || e.Message != "odd" || e.RequestID != "r" {
		t.Errorf("%+v", e)
	}
}

func TestPanicInTheTransportIsAnError(t *testing.T) {
	t.Parallel()
	c := newClient(t, roundTrip(func(*http.Request) (*http.Response, error) { panic("boom") }))
	err := c.BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs})
	if e := asError(t, err); e.Class != membership.Unknown || !strings.Contains(e.Error(), "boom") {
		t.Errorf("%s: %v", e.Class, e)
	}
}

func TestTrapDefaultSchemeIsHTTP(t *testing.T) {
	t.Parallel()
	raw := &recorder{}
	if _, err := rawSDK(t, raw).AddBackendServers(slb.CreateAddBackendServersRequest()); err != nil {
		t.Fatal(err)
	}
	if s := raw.requests[0].URL.Scheme; s != "http" {
		t.Errorf("the SDK's scheme is %s: the trap is gone", s)
	}

	cloud := &recorder{}
	if err := newClient(t, cloud).BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs}); err != nil {
		t.Fatal(err)
	}
	if s := cloud.requests[0].URL.Scheme; s != "https" {
		t.Errorf("scheme %s", s)
	}
}

func TestTrapNoContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	var value any
	cloud := roundTrip(func(r *http.Request) (*http.Response, error) {
		value = r.Context().Value(key{})
		return hang(r)
	})
	synctest.Test(t, func(t *testing.T) {
		// Nothing but its own timeout can end a call of the SDK's.
		start := time.Now()
		if _, err := rawSDK(t, cloud).AddBackendServers(slb.CreateAddBackendServersRequest()); err == nil {
			t.Fatal("no error")
		}
		if took := time.Since(start); took < 5*time.Second {
			t.Errorf("the SDK's call ended after %s", took)
		}

		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "ours"), time.Second)
		defer cancel()
		start = time.Now()
		_, err := newClient(t, cloud).BackendServers("lb-1").List(ctx)
		asError(t, err)
		if took := time.Since(start); took != time.Second || value != "ours" {
			t.Errorf("ended after %s, with the value %v", took, value)
		}
	})
}

// The SDK alone would give up after 10 s.
func TestSlowAnswerIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			<-time.After(29 * time.Second)
			return answer(200, `{"RequestId":"r"}`), nil
		}))
		if err := c.BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs}); err != nil {
			t.Error(err)
		}
	})
}

func TestTrapXMLErrors(t *testing.T) {
	t.Parallel()
	cloud := always(404, `<?xml version="1.0" encoding="UTF-8"?><Error><RequestId>r</RequestId><Code>InvalidLoadBalancerId.NotFound</Code><Message>LoadBalancerId does not exist.</Message></Error>`)
	_, err := rawSDK(t, cloud).DescribeLoadBalancerAttribute(slb.CreateDescribeLoadBalancerAttributeRequest())
	if s, ok := errors.AsType[*sdkerrors.ServerError](err); !ok || s.ErrorCode() != "" {
		t.Errorf("the SDK reads XML errors: %v: the trap is gone", err)
	}

	_, err = newClient(t, cloud).BackendServers("lb-1").List(t.Context())
	if e := asError(t, err); e.Class != membership.NotFound || e.RequestID != "r" {
		t.Errorf("%+v", e)
	}
}

func TestTrapEmptySuccessIsNoMembers(t *testing.T) {
	t.Parallel()
	cloud := always(200, "")
	r, err := rawSDK(t, cloud).DescribeVServerGroupAttribute(slb.CreateDescribeVServerGroupAttributeRequest())
	if err != nil || len(r.BackendServers.BackendServer) != 0 {
		t.Errorf("the SDK refuses an empty answer: %v: the trap is gone", err)
	}

	members, err := newClient(t, cloud).VServerGroup("rsp-1").List(t.Context())
	if e := asError(t, err); e.Class != membership.Transient || members != nil {
		t.Errorf("%v, %+v", members, e)
	}
}

func TestTrapLoneObject(t *testing.T) {
	t.Parallel()
	cloud := always(200, `{"VServerGroupId":"rsp-1","LoadBalancerId":"lb-1","BackendServers":{"BackendServer":{"ServerId":"i-1","Port":80,"Weight":1}}}`)
	_, err := rawSDK(t, cloud).DescribeVServerGroupAttribute(slb.CreateDescribeVServerGroupAttributeRequest())
	if c, ok := errors.AsType[*sdkerrors.ClientError](err); !ok || c.ErrorCode() != sdkerrors.JsonUnmarshalErrorCode {
		t.Errorf("the SDK reads a lone object: %v: the trap is gone", err)
	}

	members, err := newClient(t, cloud).VServerGroup("rsp-1").List(t.Context())
	if err != nil || len(members) != 1 || members[0].Key.Server != "i-1" {
		t.Errorf("%v, %v", members, err)
	}
}

// A redirect would carry the signed query to wherever it points.
func TestTrapRedirects(t *testing.T) {
	t.Parallel()
	var followed []string
	cloud := roundTrip(func(r *http.Request) (*http.Response, error) {
		followed = append(followed, r.URL.Host)
		return answer(307, "moved", "Location", "https://elsewhere.example"+r.URL.RequestURI()), nil
	})
	_, _ = rawSDK(t, cloud).AddBackendServers(slb.CreateAddBackendServersRequest())
	if len(followed) < 2 {
		t.Error("the SDK follows no redirect: the trap is gone")
	}

	followed = nil
	err := newClient(t, cloud).BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs})
	if e := asError(t, err); e.Class != membership.Denied || len(followed) != 1 {
		t.Errorf("%s: %v, requests to %v", e.Class, e, followed)
	}
}

// Not parallel: it sets the environment.
func TestTrapNoProxyMustBeARegexp(t *testing.T) {
	t.Setenv("NO_PROXY", "+internal.example")
	t.Setenv("HTTPS_PROXY", "http://bad proxy:%zz")
	t.Setenv("HTTP_PROXY", "http://bad proxy:%zz")
	cloud := &recorder{}
	if _, err := rawSDK(t, cloud).AddBackendServers(slb.CreateAddBackendServersRequest()); err == nil {
		t.Error("the SDK accepts any NO_PROXY: the trap is gone")
	}

	for _, endpoint := range []string{"https://slb.example.com", "http://slb.example.com"} {
		c := newClient(t, cloud, func(cfg *Config) { cfg.Endpoint = endpoint })
		if err := c.BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs}); err != nil {
			t.Error(err)
		}
	}
}

// Terraform talks to a plugin over its standard output. With DEBUG=sdk the SDK
// would print its requests there; a child process shows that it does not.
func TestNothingIsPrinted(t *testing.T) {
	t.Parallel()
	const child = "SLBAPI_TEST_CHILD"
	if os.Getenv(child) != "" {
		c := newClient(t, always(400, jsonFault("Throttling", "m")))
		_, err := c.BackendServers("lb-1").List(t.Context())
		asError(t, err)
		_, _ = fmt.Fprintln(os.Stderr, "DEBUG="+os.Getenv("DEBUG"))
		os.Exit(0) // before the test framework prints
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestNothingIsPrinted$", "-test.count=1")
	cmd.Env = append(os.Environ(), child+"=1", "DEBUG=a,sdk,b")
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	if stdout.Len() > 0 {
		t.Errorf("printed: %s", stdout.String())
	}
	if !strings.Contains(stderr.String(), "DEBUG=a,b\n") {
		t.Errorf("the rest of DEBUG was not kept: %s", stderr.String())
	}
}

// BenchmarkSDKClient is what making an SDK client for each call costs, beside
// the call itself on a transport that answers at once.
func BenchmarkSDKClient(b *testing.B) {
	endpointMap()
	b.Run("new client", func(b *testing.B) {
		cred := credentials.NewStaticAKCredentialsProvider("a", "b")
		for b.Loop() {
			if _, err := slb.NewClientWithOptions("cn-hangzhou", sdk.NewConfig(), cred); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("whole call", func(b *testing.B) {
		g := newClient(b, always(200, `{"RequestId":"r"}`)).BackendServers("lb-1")
		for b.Loop() {
			if err := g.Add(b.Context(), []membership.Member{ecs}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// The endpoint of the SDK's own rule is asked for by name, so that its table
// of regions stays in step with ours.
func TestEndpointIsTheSDKs(t *testing.T) {
	t.Parallel()
	for _, region := range []string{"cn-hangzhou", "cn-chengdu", "eu-central-1", "xx-future-9"} {
		var host string
		cloud := roundTrip(func(r *http.Request) (*http.Response, error) {
			host = r.URL.Host
			return answer(200, `{}`), nil
		})
		cfg := sdk.NewConfig()
		cfg.Transport = cloud
		c, err := slb.NewClientWithOptions(region, cfg, credentials.NewStaticAKCredentialsProvider("a", "b"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.DescribeLoadBalancerAttribute(slb.CreateDescribeLoadBalancerAttributeRequest()); err != nil {
			t.Fatal(err)
		}
		ours, err := url.Parse(newClient(t, cloud, func(cfg *Config) { cfg.Region = region }).Endpoint())
		if err != nil || ours.Host != host {
			t.Errorf("region %s: the SDK goes to %s, we to %v", region, host, ours)
		}
	}
}
