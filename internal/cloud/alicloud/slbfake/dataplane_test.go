package slbfake_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// web is a real server that answers with its name.
func web(t *testing.T, name string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) }))
	t.Cleanup(s.Close)
	return s
}

var visitor = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// ask makes requests and tells who answered, as "a=3 b=1"; an answer that is
// not 200 counts for its status.
func ask(t *testing.T, address string, n int) string {
	t.Helper()
	count := map[string]int{}
	var order []string
	for range n {
		resp, err := visitor.Get("http://" + address)
		ok(t, err)
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		ok(t, err)
		who := string(b)
		if resp.StatusCode != http.StatusOK {
			who = fmt.Sprint(resp.StatusCode)
		}
		if count[who] == 0 {
			order = append(order, who)
		}
		count[who]++
	}
	var out []string
	for _, who := range order {
		out = append(out, fmt.Sprintf("%s=%d", who, count[who]))
	}
	return strings.Join(out, " ")
}

func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatalf("not in 20 s: %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func openPlane(t *testing.T, c *slbfake.Cloud, how slbfake.DataPlane) *traffic.Plane {
	t.Helper()
	how.Health = &traffic.Check{Interval: 5 * time.Millisecond, Healthy: 1, Unhealthy: 1}
	p, err := c.OpenDataPlane(t.Context(), how)
	ok(t, err)
	t.Cleanup(func() { ok(t, p.Close()) })
	return p
}

// planed is a cloud that a test calls in the words of the scripts.
type planed struct{ *script }

func plane(t *testing.T, seed slbfake.Seed) planed {
	t.Helper()
	return planed{&script{Running: slbfake.InProcess(t, seed), key: slbfake.Key{ID: "ak", Secret: "sk"}}}
}

func (c planed) do(line string) error {
	if a := c.request(line); a.Err != nil || a.Status != http.StatusOK {
		return fmt.Errorf("%s: %d %s %w", line, a.Status, a.Body, a.Err)
	}
	return nil
}

// health is a listener's rows, as "80 http i-a:8000 normal".
func (c planed) health(t *testing.T, lb string, port int) (rows []string) {
	t.Helper()
	var a struct {
		BackendServers struct {
			BackendServer []struct {
				ListenerPort, Port                     int
				Protocol, ServerId, ServerHealthStatus string
			}
		}
	}
	ok(t, json.Unmarshal([]byte(c.request(fmt.Sprintf("DescribeHealthStatus %s ListenerPort=%d", lb, port)).Body), &a))
	for _, b := range a.BackendServers.BackendServer {
		rows = append(rows, fmt.Sprintf("%d %s %s:%d %s", b.ListenerPort, b.Protocol, b.ServerId, b.Port, b.ServerHealthStatus))
	}
	return rows
}

func TestAListenerForwardsToTheMembersThatTheAPIMakes(t *testing.T) {
	t.Parallel()
	seed := world()
	seed.LoadBalancers[0].Listeners = append(seed.LoadBalancers[0].Listeners, slbfake.Listener{Port: 90, Protocol: "tcp", VServerGroup: "rsp-3", NoHealthCheck: true})
	a, b, d := web(t, "a"), web(t, "b"), web(t, "d")
	seed.Addresses = traffic.Places{
		"i-a": a.Listener.Addr().String(), "i-b:8000": b.Listener.Addr().String(), "i-d": d.Listener.Addr().String(),
		"10.0.1.3": a.Listener.Addr().String(),
	}
	c := plane(t, seed)
	p := openPlane(t, c.Cloud, slbfake.DataPlane{})
	front, tcp := p.Addresses()["lb-1:80"], p.Addresses()["lb-1:90"]
	if len(p.Addresses()) != 2 {
		t.Errorf("serves %v, want all but https", p.Addresses())
	}
	healthy := func(rows ...string) {
		t.Helper()
		want := strings.Join(rows, "\n")
		eventually(t, want, func() bool { return strings.Join(c.health(t, "lb-1", 80), "\n") == want })
	}
	healthy("80 http i-a:8000 normal", "80 http i-b:8000 normal")
	if got := ask(t, front, 12); got != "a=8 b=4" {
		t.Errorf("100 and 50: %s", got)
	}
	ok(t, c.do("SetBackendServers lb-1 i-a@0"))
	if got := ask(t, front, 4); got != "b=4" {
		t.Errorf("0 and 50: %s", got)
	}
	b.CloseClientConnections()
	b.Close()
	healthy("80 http i-a:8000 normal", "80 http i-b:8000 abnormal")
	if got := ask(t, front, 2); got != "503=2" {
		t.Errorf("weight 0 and abnormal: %s", got)
	}
	ok(t, c.do("AddBackendServers lb-1 i-d i-c"))
	ok(t, c.do("RemoveBackendServers lb-1 i-b"))
	healthy("80 http i-a:8000 normal", "80 http i-d:8000 normal", "80 http i-c:8000 abnormal")
	if got := ask(t, front, 2); got != "d=2" {
		t.Errorf("after the change: %s", got)
	}
	c.Cloud.SetHealth(slbfake.Health{ServerID: "i-d", Status: "abnormal"})
	healthy("80 http i-a:8000 normal", "80 http i-d:8000 abnormal", "80 http i-c:8000 abnormal")

	// By TCP, without a health check, an interface's address.
	ok(t, c.do("AddVServerGroupBackendServers rsp-3 eni-a/10.0.1.3:1234"))
	if got := ask(t, tcp, 1); got != "a=1" {
		t.Errorf("by TCP: %s", got)
	}
	if rows := c.health(t, "lb-1", 90); len(rows) != 1 || !strings.HasSuffix(rows[0], " unavailable") {
		t.Errorf("without a health check: %q", rows)
	}
	c.Cloud.DeleteLoadBalancer("lb-1")
	if got := ask(t, front, 1); got != "503=1" {
		t.Errorf("without the load balancer: %s", got)
	}
}

func TestForwardingRulesAreProbedAndNotFollowed(t *testing.T) {
	t.Parallel()
	seed := world()
	seed.LoadBalancers[0].Members = nil
	c := plane(t, seed)
	everywhere := web(t, "x").Listener.Addr().String()
	p := openPlane(t, c.Cloud, slbfake.DataPlane{Elsewhere: func(string) string { return everywhere }})
	ok(t, c.do("AddVServerGroupBackendServers rsp-2 i-d:81"))
	eventually(t, "i-d is normal", func() bool { return strings.Join(c.health(t, "lb-1", 80), "\n") == "80 http i-d:81 normal" })
	if got := ask(t, p.Addresses()["lb-1:80"], 1); got != "503=1" {
		t.Errorf("a rule's member: %s", got)
	}
	if _, err := c.Cloud.OpenDataPlane(t.Context(), slbfake.DataPlane{}); err == nil {
		t.Error("two data planes")
	}
}

func TestASeedsAddressesAreHostsAndPorts(t *testing.T) {
	t.Parallel()
	for place, good := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "127.0.0.1": false, ":80": false, "x:0": false, "x:http": false} {
		seed := world()
		seed.Addresses = traffic.Places{"i-a": place}
		if err := seed.Validate(); (err == nil) != good {
			t.Errorf("%s: %v", place, err)
		}
	}
}
