package elbfake_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

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

var visitor = &http.Client{Transport: &http.Transport{}}

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
	s := seed()
	s.LoadBalancers = append(s.LoadBalancers, elbfake.LoadBalancer{ID: "lb-http", VPC: "vpc", IPTarget: true, Listeners: []string{"lh"}})
	const site = "pool-site"
	s.Pools = append(s.Pools, elbfake.Pool{ID: site, Protocol: "HTTP", Listeners: []string{"lh"}, HealthMonitor: true, InitialPolls: 99})
	s.Addresses = traffic.Places{
		"10.0.0.5": server(t, "five", 200), "10.0.0.6:80": server(t, "six", 200), "10.0.0.7": server(t, "seven", 500),
	}
	r := elbfake.InProcess(t, s)
	client := connect(t, r.URL, r.Server.Transport(), key("AK", "SK", ""))
	p := ok(r.OpenDataPlane(t.Context(), elbfake.DataPlane{
		Options: traffic.Options{Health: &traffic.Check{Interval: 5 * time.Millisecond, Healthy: 1, Unhealthy: 1}},
	}))(t)
	t.Cleanup(func() { _ = ok(0, p.Close())(t) })
	front := p.Addresses()["lh"]
	becomes := func(id, want string) *model.Member {
		t.Helper()
		var m *model.Member
		eventually(t, want, func() bool {
			m = ok(show(client, site, id))(t)
			return health(m) == want
		})
		return m
	}

	five := ok(create(client, site, "10.0.0.5", 80))(t)
	equal(t, "on create", health(five), "INITIAL lh=INITIAL")
	six := ok(create(client, site, "10.0.0.6", 80))(t)
	seven := ok(create(client, site, "10.0.0.7", 80))(t)
	nowhere := ok(create(client, site, "10.0.0.8", 80))(t)
	becomes(five.Id, "ONLINE lh=ONLINE")
	becomes(six.Id, "ONLINE lh=ONLINE")
	equal(t, "reason of seven", becomes(seven.Id, "OFFLINE lh=OFFLINE").Reason.ReasonCode, "RESPONSE_MISMATCH")
	equal(t, "reason of a server that is not there", becomes(nowhere.Id, "OFFLINE lh=OFFLINE").Reason.ReasonCode, "CONNECT_FAILED")
	equal(t, "the two that are online", ask(t, front, 6), "map[five:3 six:3]")

	r.SetWeight(site, "10.0.0.5", 80, 0)
	equal(t, "five has weight 0", ask(t, front, 2), "map[six:2]")
	r.RemoveForeign(site, "10.0.0.6", 80)
	equal(t, "six is gone", ask(t, front, 2), "map[503:2]")
	r.SetHealth(site, "10.0.0.5", 80, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Unknown}})
	equal(t, "set by the test", health(ok(show(client, site, five.Id))(t)), "UNKNOWN lh=UNKNOWN")

	// The pool by TCP that the seed of all tests has, at two listeners, and one
	// without a monitor.
	five = ok(create(client, web, "10.0.0.5", 80))(t)
	eventually(t, "five is online", func() bool { return health(ok(show(client, web, five.Id))(t)) == "ONLINE l1=ONLINE l2=ONLINE" })
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
	s := seed()
	s.Addresses = traffic.Places{"10.0.0.5": "127.0.0.1"}
	if s.Validate() == nil {
		t.Error("an address without a port is taken")
	}
}
