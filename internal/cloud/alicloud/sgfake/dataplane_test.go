package sgfake_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// backend is a real server that answers with its name. A request to /hold is
// told to entered and waits for release.
type backend struct {
	*httptest.Server
	entered, release chan struct{}
}

func serving(t *testing.T, name string) *backend {
	t.Helper()
	b := &backend{entered: make(chan struct{}, 10), release: make(chan struct{})}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hold" {
			b.entered <- struct{}{}
			select {
			case <-b.release:
			case <-r.Context().Done():
			}
		}
		fmt.Fprint(w, name)
	}))
	t.Cleanup(b.Close)
	return b
}

var visitor = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// ask makes a request and tells who answered, or with which status.
func ask(t *testing.T, url string) string {
	t.Helper()
	resp, err := visitor.Get("http://" + url)
	if err != nil {
		return "no answer"
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Sprint(resp.StatusCode)
	}
	return string(b)
}

// answers are those to n requests, each once.
func answers(t *testing.T, url string, n int) string {
	t.Helper()
	var all []string
	for range n {
		all = append(all, ask(t, url))
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
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

// planed is a cloud whose sgp-1, of i-a and i-b, is served for real.
type planed struct {
	*script
	a, b  *backend
	front string // the listener's host and port
}

func plane(t *testing.T, p *sgfake.Product, protocol string, drain *sgfake.Drain, how traffic.Removal) *planed {
	t.Helper()
	a, b := serving(t, "a"), serving(t, "b")
	seed := world()
	seed.ServerGroups = []sgfake.ServerGroup{{
		ID: "sgp-1", Drain: drain, Check: &sgfake.Check{Interval: 2, Threshold: 3},
		Members: []sgfake.Member{{ServerID: "i-a", Port: 80, Weight: 100}, {ServerID: "i-b", Port: 80, Weight: 100}},
	}}
	seed.Listeners = []sgfake.Listener{{ID: "lsn-1", LoadBalancer: "lb-1", Port: 80, Protocol: protocol, ServerGroup: "sgp-1"}}
	seed.Addresses = traffic.Places{"i-a": a.Listener.Addr().String(), "10.0.0.2:80": b.Listener.Addr().String()}
	c := &planed{newScript(t, p, seed), a, b, ""}
	options := fakecloud.DataPlane{Options: traffic.Options{OnRemove: how, Health: &traffic.Check{Interval: 5 * time.Millisecond, Healthy: 1, Unhealthy: 1}}}
	served, err := c.Cloud.OpenDataPlane(t.Context(), options)
	ok(t, err)
	t.Cleanup(func() { ok(t, served.Close()) })
	c.front = served.Addresses()["lsn-1"]
	c.share(t, "a b")
	return c
}

// share waits until requests are answered by those who are named.
func (c *planed) share(t *testing.T, want string) {
	t.Helper()
	eventually(t, want+" answer", func() bool { return answers(t, c.front, 6) == want })
}

func (c *planed) do(t *testing.T, line string) {
	t.Helper()
	if a := c.request(line); a.Err != nil || a.Status != http.StatusOK {
		t.Fatalf("%s: %d %s %v", line, a.Status, a.Body, a.Err)
	}
}

// hold begins a request at a, which has all the weight meanwhile, and returns
// where its answer comes.
func (c *planed) hold(t *testing.T) <-chan string {
	t.Helper()
	c.Cloud.SetWeightForeign("sgp-1", sgfake.Member{ServerID: "i-b", Port: 80}, 0)
	c.share(t, "a")
	answer := make(chan string, 1)
	go func() { answer <- ask(t, c.front+"/hold") }()
	<-c.a.entered
	c.Cloud.SetWeightForeign("sgp-1", sgfake.Member{ServerID: "i-b", Port: 80}, 100)
	return answer
}

func TestAListenerForwardsToTheMembersThatJobsMake(t *testing.T) {
	t.Parallel()
	c := plane(t, sgfake.ALB, "HTTP", nil, traffic.Keep)
	c.do(t, "UpdateServerGroupServersAttribute sgp-1 i-a:80@0")
	c.share(t, "b")
	c.do(t, "RemoveServersFromServerGroup sgp-1 i-b:80")
	c.share(t, "503")
	c.Cloud.SetRules(func(r *sgfake.Rules) { r.JobSeconds = 0.3 })
	c.do(t, "AddServersToServerGroup sgp-1 i-b:80")
	if got := answers(t, c.front, 3); got != "503" {
		t.Errorf("while the job goes on: %s", got)
	}
	c.share(t, "b")
	c.b.CloseClientConnections()
	c.b.Close()
	eventually(t, "i-b is unhealthy", func() bool {
		body := c.request("GetListenerHealthStatus lsn-1").Body
		return strings.Contains(body, `"Status":"Unhealthy"`) && strings.Contains(body, "CONNECT_FAILED") && strings.Contains(body, "Unused")
	})
	if _, err := c.Cloud.OpenDataPlane(t.Context(), fakecloud.DataPlane{}); err == nil {
		t.Error("two data planes")
	}
}

// In a group that drains a removed member gets nothing new, keeps what it has,
// and is gone when that has ended, or at the end of the group's time.
func TestARemovedMemberDrains(t *testing.T) {
	t.Parallel()
	for p, protocol := range map[*sgfake.Product]string{sgfake.ALB: "HTTP", sgfake.NLB: "TCP"} {
		for _, inTime := range []bool{true, false} {
			t.Run(fmt.Sprint(protocol, inTime), func(t *testing.T) {
				t.Parallel()
				timeout := map[bool]int{true: 60, false: 1}[inTime]
				c := plane(t, p, protocol, &sgfake.Drain{Timeout: timeout}, traffic.Keep)
				held := c.hold(t)
				c.do(t, "RemoveServersFromServerGroup sgp-1 i-a:80")
				c.share(t, "b")
				want := map[string]string{"HTTP": "502", "TCP": "no answer"}[protocol]
				if inTime {
					holds(t, c.Running, "sgp-1", "i-a:80@100(Draining) i-b:80@100")
					close(c.a.release)
					want = "a"
				}
				if got := <-held; got != want {
					t.Errorf("what was under way was answered by %s, want %s", got, want)
				}
				eventually(t, "i-a is gone", func() bool { return text(c.Cloud.Members("sgp-1")) == "i-b:80@100" })
				c.do(t, "RemoveServersFromServerGroup sgp-1 i-b:80")
				eventually(t, "i-b is gone", func() bool { return text(c.Cloud.Members("sgp-1")) == "" })
			})
		}
	}
}

// In another group it is gone at the end of its job, and what it has goes on or
// is cut.
func TestWithoutADrainARemovedMemberIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	for _, how := range []traffic.Removal{traffic.Keep, traffic.Cut} {
		t.Run(fmt.Sprint(how), func(t *testing.T) {
			t.Parallel()
			c := plane(t, sgfake.ALB, "HTTP", nil, how)
			held := c.hold(t)
			c.do(t, "RemoveServersFromServerGroup sgp-1 i-a:80")
			holds(t, c.Running, "sgp-1", "i-b:80@100")
			want := "502"
			if how == traffic.Keep {
				c.share(t, "b")
				close(c.a.release)
				want = "a"
			}
			if got := <-held; got != want {
				t.Errorf("what was under way was answered by %s, want %s", got, want)
			}
		})
	}
}
