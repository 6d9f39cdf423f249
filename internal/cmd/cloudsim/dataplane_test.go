package main

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"
)

// answered asks a listener, each time by a connection of its own, until it gives the
// answer; "" is none.
func answered(t *testing.T, address, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		last := ""
		resp, err := client.Get("http://" + address)
		if err == nil {
			b, _ := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			last = string(b)
		}
		if last == want {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: the last answer is %q, %v; want %q", address, last, err, want)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestWithADataPlaneListenersReachTheMembers(t *testing.T) {
	t.Parallel()
	r := start(t, "--data-plane")
	defer r.stop()
	if r.Listeners == nil || len(r.Listeners["alicloud"]) != 2 || len(r.Listeners["huaweicloud"]) != 1 {
		t.Fatalf("listeners %+v", r.Listeners)
	}
	web, api, pool := r.Listeners["alicloud"]["lb-quickstart:80"], r.Listeners["alicloud"]["lb-quickstart:443"], r.Listeners["huaweicloud"]["listener-quickstart"]
	answered(t, web, "i-legacy-1\n")
	answered(t, api, "i-legacy-1\n")
	answered(t, pool, "10.0.2.101\n")
	for path, member := range map[string]string{
		"slb/add":    `{"load_balancer_id": "lb-quickstart", "server_id": "i-web-1"}`,
		"slb/remove": `{"load_balancer_id": "lb-quickstart", "server_id": "i-legacy-1"}`,
		"elb/add":    `{"pool_id": "pool-quickstart", "address": "10.0.2.7", "protocol_port": 80}`,
		"elb/remove": `{"pool_id": "pool-quickstart", "address": "10.0.2.101", "protocol_port": 8080}`,
	} {
		if code := r.call("POST", "/_admin/"+path, member, nil); code != http.StatusOK {
			t.Errorf("%s: %d", path, code)
		}
	}
	answered(t, web, "i-web-1\n")
	answered(t, api, "i-legacy-1\n")
	answered(t, pool, "10.0.2.7\n")
}

func TestWithoutADataPlaneThereAreNoListeners(t *testing.T) {
	t.Parallel()
	r := start(t)
	defer r.stop()
	if r.Listeners != nil {
		t.Errorf("listeners %+v", r.Listeners)
	}
}
