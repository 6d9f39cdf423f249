package elbapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Each test here springs a trap of the SDK's on a plain call first, so that it
// fails the day the SDK is mended and the care taken here is no longer needed.

// rawSDK is the SDK as its own documentation builds it.
func rawSDK(t *testing.T, cfg *config.HttpConfig) *elb.ElbClient {
	t.Helper()
	credentials, err := basic.NewCredentialsBuilder().WithAk(testKeys.AccessKey).WithSk(testKeys.SecretKey).WithProjectId(testProject).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	client, err := elb.ElbClientBuilder().WithEndpoint("http://elb.test").WithCredential(credentials).WithHttpConfig(cfg).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	return elb.NewElbClient(client)
}

func rawOver(t *testing.T, rt http.RoundTripper) *elb.ElbClient {
	return rawSDK(t, config.DefaultHttpConfig().WithUserAgent("test").WithHttpRoundTripper(rt))
}

func TestTrapNoContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// The only limit of the SDK's own is its 120 s; nothing else can end a call.
		start := time.Now()
		if _, err := rawOver(t, &wire{Handler: hang}).ListMembers(&model.ListMembersRequest{PoolId: testPool}); err == nil {
			t.Error("no error")
		}
		if took := time.Since(start); took != 120*time.Second {
			t.Errorf("the SDK's own call took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start = time.Now()
		g, _ := testGroup(t, hang)
		_, err := g.List(ctx)
		if took := time.Since(start); took != 50*time.Millisecond || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("ours took %v: %v", took, err)
		}
	})
}

func TestTrapRetriesAreDeadCode(t *testing.T) {
	t.Parallel()
	w := &wire{Handler: answers(503, "")}
	sdk := rawSDK(t, config.DefaultHttpConfig().WithUserAgent("test").WithRetries(3).WithHttpRoundTripper(w))
	if _, err := sdk.ListMembers(&model.ListMembersRequest{PoolId: testPool}); err == nil || len(w.Requests()) != 1 {
		t.Errorf("the SDK sent %d requests: %v", len(w.Requests()), err)
	}
	g, w := testGroup(t, answers(503, "")) // so retries are the engine's, told what it needs by the class
	_, err := g.List(t.Context())
	if wantClass(t, err, membership.Transient); len(w.Requests()) != 1 {
		t.Errorf("%d requests", len(w.Requests()))
	}
}

func TestTrapErrorsLoseWhatTheAnswerSaid(t *testing.T) {
	t.Parallel()
	req := &model.ListMembersRequest{PoolId: testPool}
	_, err := rawOver(t, fails{io.ErrUnexpectedEOF}).ListMembers(req)
	if _, ok := errors.AsType[*url.Error](err); !ok {
		t.Errorf("the SDK's lost connection: %T %v", err, err)
	}
	page := "<html><head><title>502 Bad Gateway</title></head><body>\n<h1>Bad  Gateway</h1></body></html>"
	_, err = rawOver(t, &wire{Handler: answers(502, page)}).ListMembers(req)
	if e, ok := errors.AsType[*sdkerr.ServiceResponseError](err); !ok || e.ErrorMessage != page {
		t.Errorf("the SDK's page: %v", err)
	}
	_, err = rawOver(t, &wire{Handler: answers(409, elbError("ELB.8907", ""))}).ListMembers(req)
	if e, ok := errors.AsType[*sdkerr.ServiceResponseError](err); !ok || e.ErrorCode != "" || e.RequestId != "" {
		t.Errorf("the SDK's error without a message: %v", err)
	}

	g, _ := testGroup(t, answers(502, page))
	_, err = g.List(t.Context())
	if e := wantClass(t, err, membership.Transient); e.Message != "502 Bad Gateway Bad Gateway" {
		t.Errorf("page %q", e.Message)
	}
	g, _ = testGroup(t, answers(409, elbError("ELB.8907", "")))
	err = g.Remove(t.Context(), []membership.Member{withID(memberA)})
	if e := wantClass(t, err, membership.Busy); e.Code != "ELB.8907" || e.RequestID != "body-id" {
		t.Errorf("%+v", e)
	}
	err = over(t, "http://elb.test", fails{io.ErrUnexpectedEOF}).Add(t.Context(), []membership.Member{withID(memberA)})
	wantClass(t, err, membership.Unknown)
}

func TestTrapPathIDsAreNotEscaped(t *testing.T) {
	t.Parallel()
	w := &wire{Handler: answers(204, "")}
	_, _ = rawOver(t, w).DeleteMember(&model.DeleteMemberRequest{PoolId: testPool, MemberId: "../../../elb/loadbalancers/x"})
	if got := w.Requests()[0].Path; !strings.Contains(got, "/loadbalancers/") {
		t.Errorf("the SDK sent %s", got)
	}
	g, w := testGroup(t, answers(204, ""))
	if err := g.Remove(t.Context(), []membership.Member{withID("../../../elb/loadbalancers/x")}); !membership.Is(err, membership.Refused) || len(w.Requests()) != 0 {
		t.Errorf("%v after %v", err, calls(w))
	}
}

func TestTrapBatchAddAlwaysSendsAPort(t *testing.T) {
	t.Parallel()
	w := &wire{Handler: answers(200, `{"members":[]}`)}
	_, _ = rawOver(t, w).BatchCreateMembers(&model.BatchCreateMembersRequest{PoolId: testPool, Body: &model.BatchCreateMembersRequestBody{
		Members: []model.BatchCreateMembersOption{{Address: "10.0.0.1"}}}})
	if got := w.Requests()[0].Body; !strings.Contains(got, `"protocol_port":0`) {
		t.Errorf("the SDK sent %s", got)
	}
	// A single call would leave it out unless told: the two must say the same.
	_, _ = rawOver(t, w).CreateMember(&model.CreateMemberRequest{PoolId: testPool, Body: &model.CreateMemberRequestBody{
		Member: &model.CreateMemberOption{Address: "10.0.0.1"}}})
	if got := w.Requests()[1].Body; strings.Contains(got, "protocol_port") {
		t.Errorf("the SDK sent %s", got)
	}
	g, w := testGroup(t, answers(200, `{"member":`+memberJSON(memberA, "10.0.0.1", "0")+`}`))
	_ = g.Add(t.Context(), []membership.Member{ipMember("10.0.0.1", 0)})
	_ = g.Add(t.Context(), []membership.Member{ipMember("10.0.0.1", 0), ipMember("10.0.0.2", 0)})
	for _, s := range w.Requests() {
		if !strings.Contains(s.Body, `"protocol_port":0`) {
			t.Errorf("sent %s", s.Body)
		}
	}
}

func TestTrapARedirectIsSuccess(t *testing.T) {
	t.Parallel()
	moved := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "https://login.example.com/")
		w.WriteHeader(302)
	}
	if _, err := rawOver(t, &wire{Handler: moved}).DeleteMember(&model.DeleteMemberRequest{PoolId: testPool, MemberId: memberA}); err != nil {
		t.Errorf("the SDK's call failed: %v", err)
	}
	g, _ := testGroup(t, moved)
	wantClass(t, g.Remove(t.Context(), []membership.Member{withID(memberA)}), membership.Denied)
}

func TestTrapAnUnreadableAnswerIsAnEmptyOne(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"empty", "null", "empty object", "null members", "two values"} {
		r, err := rawOver(t, &wire{Handler: answers(200, unreadable[name])}).ListMembers(&model.ListMembersRequest{PoolId: testPool})
		if err != nil || r == nil {
			t.Errorf("%s: the SDK's answer %v, %v", name, r, err)
		}
	}
	for name, body := range unreadable {
		g, _ := testGroup(t, answers(200, body))
		_, err := g.List(t.Context())
		if !membership.Is(err, membership.Transient) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// child runs one test of this program by itself, where what a process does
// once, and its environment, are fresh.
func child(t *testing.T, test string, env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.count=1")
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(strings.ToUpper(kv), "=")
		return strings.HasSuffix(name, "_PROXY") || name == "HOME" || name == "GOCOVERDIR"
	}), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", test, err, out)
	}
}

func TestTrapTheBuilderWritesIntoTheHomeDirectory(t *testing.T) {
	t.Parallel()
	sdk, ours := t.TempDir(), t.TempDir()
	child(t, "TestChildHome", "CLOUDLB_CHILD=sdk", "HOME="+sdk)
	child(t, "TestChildHome", "CLOUDLB_CHILD=ours", "HOME="+ours)
	if _, err := os.Stat(filepath.Join(sdk, ".huaweicloud", "application_id")); err != nil {
		t.Errorf("the SDK wrote nothing: %v", err)
	}
	if entries, err := os.ReadDir(ours); err != nil || len(entries) != 0 {
		t.Errorf("ours wrote %v, %v", entries, err)
	}
}

func TestChildHome(t *testing.T) {
	t.Parallel()
	switch os.Getenv("CLOUDLB_CHILD") {
	case "sdk":
		_, _ = rawSDK(t, config.DefaultHttpConfig().WithHttpRoundTripper(&wire{Handler: answers(200, "{}")})).
			ListMembers(&model.ListMembersRequest{PoolId: testPool})
	case "ours":
		w := &wire{Handler: answers(200, `{"members":[],"projects":[{"id":"`+testProject+`","name":"cn-north-4"}]}`)}
		c := testClient(t, w, func(c *Config) { c.ProjectID, c.UserAgent = "", "" })
		if _, err := c.Pool(testPool).List(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, s := range w.Requests() {
			if !strings.Contains(s.Header.Get("User-Agent"), "terraform-provider-cloudlb") {
				t.Errorf("user agent %q", s.Header.Get("User-Agent"))
			}
		}
	default:
		t.Skip("runs as a child of TestTrapTheBuilderWritesIntoTheHomeDirectory")
	}
}

func TestTrapProxyVariablesAreIgnored(t *testing.T) {
	t.Parallel()
	var hits atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		if r.URL.Host != "elb.test" {
			t.Errorf("the proxy was asked for %s", r.URL)
		}
		write(w, 200, `{"members":[]}`)
	}))
	defer proxy.Close()
	child(t, "TestChildProxy", "CLOUDLB_CHILD=sdk", "HTTP_PROXY="+proxy.URL)
	if n := hits.Load(); n != 0 {
		t.Errorf("the SDK used the proxy %d times", n)
	}
	child(t, "TestChildProxy", "CLOUDLB_CHILD=ours", "HTTP_PROXY="+proxy.URL)
	if n := hits.Load(); n != 1 {
		t.Errorf("ours used the proxy %d times", n)
	}
}

func TestChildProxy(t *testing.T) {
	t.Parallel()
	switch os.Getenv("CLOUDLB_CHILD") {
	case "sdk":
		dialled := ""
		dial := func(_ context.Context, _, address string) (net.Conn, error) {
			dialled = address
			return nil, fmt.Errorf("no such place")
		}
		_, err := rawSDK(t, config.DefaultHttpConfig().WithUserAgent("test").WithDialContext(dial)).
			ListMembers(&model.ListMembersRequest{PoolId: testPool})
		if err == nil || dialled != "elb.test:80" {
			t.Errorf("dialled %q: %v", dialled, err)
		}
	case "ours":
		if _, err := testClient(t, nil).Pool(testPool).List(t.Context()); err != nil {
			t.Error(err)
		}
	default:
		t.Skip("runs as a child of TestTrapProxyVariablesAreIgnored")
	}
}

func TestAHugeErrorBodyIsNotLookedInto(t *testing.T) {
	t.Parallel()
	g, _ := testGroup(t, answers(502, "<html>"+strings.Repeat("<!-- ", 1<<20)))
	_, err := g.List(t.Context())
	if e := wantClass(t, err, membership.Transient); e.Message != "Bad Gateway" {
		t.Errorf("message of %d bytes", len(e.Message))
	}
}
