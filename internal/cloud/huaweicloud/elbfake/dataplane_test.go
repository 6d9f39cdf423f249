package elbfake_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// server is a real one that answers with its name, or with the status 500.
func server(t *testing.T, name string, status int) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, name)
	}))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

var visitor = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// ask makes requests and counts who answered, by the status where it is not
// 200.
func ask(t *testing.T, address string, n int) string {
	t.Helper()
	count := map[string]int{}
	for range n {
		resp, err := visitor.Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		who := string(ok(io.ReadAll(resp.Body))(t))
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			who = fmt.Sprint(resp.StatusCode)
		}
		count[who]++
	}
	return fmt.Sprint(count)
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

func TestAListenerForwardsToTheMembersThatTheAPIMakes(t *testing.T) {
	t.Parallel()
	s := world()
	s.LoadBalancers = append(s.LoadBalancers, elbfake.LoadBalancer{ID: "lb-http", VPC: "vpc", IPTarget: true, Listeners: []string{"lh"}})
	const site = "pool-site"
	s.Pools = append(s.Pools, elbfake.Pool{ID: site, Protocol: "HTTP", Listeners: []string{"lh"}, HealthMonitor: true, InitialPolls: 99})
	s.Addresses = traffic.Places{
		"10.0.0.5": server(t, "five", 200), "10.0.0.6:80": server(t, "six", 200), "10.0.0.7": server(t, "seven", 500),
	}
	r := newScript(t, s)
	p := ok(r.OpenDataPlane(t.Context(), elbfake.DataPlane{
		Options: traffic.Options{Health: &traffic.Check{Interval: 5 * time.Millisecond, Healthy: 1, Unhealthy: 1}},
	}))(t)
	t.Cleanup(func() { _ = ok(0, p.Close())(t) })
	front := p.Addresses()["lh"]
	say := func(line, want string) bool {
		return strings.Contains(r.request(line).Body, want)
	}
	becomes := func(address, want string) {
		t.Helper()
		eventually(t, address+" has "+want, func() bool { return say("GET "+site+"/members?address="+address, want) })
	}
	for n := 5; n <= 8; n++ {
		line := fmt.Sprintf("POST %s/members address=10.0.0.%d protocol_port=80", site, n)
		if !say(line, `"operating_status":"INITIAL","status":[{"listener_id":"lh","operating_status":"INITIAL"}]`) {
			t.Errorf("%s: not INITIAL at first", line)
		}
	}
	becomes("10.0.0.5", `"operating_status":"ONLINE","status":[{"listener_id":"lh","operating_status":"ONLINE"}]`)
	becomes("10.0.0.6", `"operating_status":"ONLINE"`)
	becomes("10.0.0.7", `"reason_code":"RESPONSE_MISMATCH"`)
	becomes("10.0.0.8", `"reason_code":"CONNECT_FAILED"`)
	equal(t, "the two that are online", ask(t, front, 6), "map[five:3 six:3]")

	r.SetWeight(site, "10.0.0.5", 80, 0)
	equal(t, "five has weight 0", ask(t, front, 2), "map[six:2]")
	r.RemoveForeign(site, "10.0.0.6", 80)
	equal(t, "six is gone", ask(t, front, 2), "map[503:2]")
	r.SetHealth(site, "10.0.0.5", 80, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Unknown}})
	becomes("10.0.0.5", `"operating_status":"UNKNOWN"`)

	// The pool by TCP that the seed of all tests has, at two listeners, and one
	// without a monitor.
	r.AddForeign("web", elbfake.Member{Address: "10.0.0.5", Port: 80})
	eventually(t, "five is online by TCP", func() bool {
		return say("GET web/members", `"status":[{"listener_id":"l1","operating_status":"ONLINE"},{"listener_id":"l2","operating_status":"ONLINE"}]`)
	})
	equal(t, "by TCP", ask(t, p.Addresses()["l2"], 1), "map[five:1]")
	if len(p.Addresses()) != 3 {
		t.Errorf("serves %v, want lh, l1 and l2", p.Addresses())
	}
	if _, err := r.OpenDataPlane(t.Context(), elbfake.DataPlane{}); err == nil {
		t.Error("two data planes")
	}
}

func TestASeedsAddressesAreHostsAndPorts(t *testing.T) {
	t.Parallel()
	s := world()
	s.Addresses = traffic.Places{"10.0.0.5": "127.0.0.1"}
	if s.Validate() == nil {
		t.Error("an address without a port is taken")
	}
}
