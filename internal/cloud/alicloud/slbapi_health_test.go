package alicloud_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	healthCall      = "DescribeHealthStatus"
	groupsCall      = "DescribeVServerGroups"
	defaultListCall = "DescribeLoadBalancerAttribute"
	vserverListCall = "DescribeVServerGroupAttribute"
)

// checked is a load balancer whose servers are in several groups at once.
func checked() slbfake.LoadBalancer {
	return slbfake.LoadBalancer{
		ID: "lb-1",
		Members: []slbfake.Member{
			{ServerID: "i-1", Weight: 100},
			{ServerID: "eni-1", Type: "eni", ServerIP: "10.0.0.2", Weight: 100},
			{ServerID: "eni-1", Type: "eni", ServerIP: "10.0.0.3", Weight: 100},
		},
		Listeners: []slbfake.Listener{
			{Port: 80, Protocol: "http", BackendPort: 8080},
			{Port: 443, Protocol: "https", VServerGroup: "rsp-1"},
			{Port: 443, Protocol: "udp", VServerGroup: "rsp-2"},
			{Port: 500, Protocol: "udp"},
		},
		VServerGroups: []slbfake.VServerGroup{
			{ID: "rsp-1", Name: "web", Members: []slbfake.Member{
				{ServerID: "i-1", Port: 8080}, {ServerID: "i-1", Port: 8081},
				{ServerID: "eni-1", Type: "eni", ServerIP: "10.0.0.2", Port: 8080},
			}},
			{ID: "rsp-2", Name: "api", Members: []slbfake.Member{{ServerID: "i-1", Port: 8080}, {ServerID: "i-9", Port: 8080}}},
			{ID: "rsp-3", Name: "idle", Members: []slbfake.Member{{ServerID: "i-1", Port: 9999}}},
		},
	}
}

// balance serves a load balancer in process, and is the adapter's client of it.
func balance(t *testing.T, lb slbfake.LoadBalancer, rules slbfake.Rules) (*slbfake.Running, *slbapi.Client) {
	t.Helper()
	rules.AnyServer = true
	c := slbfake.InProcess(t, slbfake.Seed{
		Region: "cn-hangzhou", Keys: []slbfake.Key{{ID: "ak", Secret: secret}},
		LoadBalancers: []slbfake.LoadBalancer{lb}, Rules: rules,
	})
	client, err := slbapi.New(slbapi.Config{
		Region: "cn-hangzhou", Endpoint: "http://slb.example.com", UserAgent: "test", Transport: c.Transport(),
		Credentials: acs.Static{AccessKeyID: "ak", AccessKeySecret: secret},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, client
}

// rows are checks, one a line, in the listener's and then the member's order.
func rows(h membership.Health) string {
	verdicts := map[membership.Verdict]string{membership.Healthy: "healthy", membership.Unhealthy: "unhealthy", membership.Pending: "pending"}
	var lines []string
	for _, c := range h.Checks {
		lines = append(lines, fmt.Sprintf("%s %d %s %s (%s)", c.Listener.Protocol, c.Listener.Port, c.Key, verdicts[c.Verdict], c.Status))
	}
	if h.Unchecked != "" {
		lines = append(lines, "unchecked: "+h.Unchecked)
	}
	return strings.Join(lines, "\n")
}

func health(t *testing.T, g membership.Group, want ...string) {
	t.Helper()
	h, err := g.Health(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", g.Name(), err)
	}
	if got := rows(h); got != strings.Join(want, "\n") {
		t.Errorf("health of %s:\n%s\nwant\n%s", g.Name(), got, strings.Join(want, "\n"))
	}
}

// calls are what the cloud was asked since a mark.
func calls(t *testing.T, c *slbfake.Running, mark int, want ...string) {
	t.Helper()
	if got := c.Log.Since(mark).Ops(); !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
}

// Whatever form the rows have, each group is told the health of its own
// members, under their own keys.
func TestHealthIsThatOfTheGroupsMembers(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string]slbfake.Rules{
		"as documented":          {},
		"EniHost":                {HealthInEniHost: true},
		"address of an instance": {HealthEchoIP: true},
		"no type":                {HealthNoType: true},
		"all of it":              {HealthInEniHost: true, HealthEchoIP: true, HealthNoType: true},
	} {
		for _, listed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, listed %t", name, listed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					c, client := balance(t, checked(), rules)
					c.Cloud.SetHealth(slbfake.Health{ServerIP: "10.0.0.3", Status: "abnormal"})
					c.Cloud.SetHealth(slbfake.Health{ServerID: "i-1", Port: 8081, Status: "unavailable"})
					groups := []membership.Group{client.BackendServers("lb-1"), client.VServerGroup("rsp-1"), client.VServerGroup("rsp-2")}
					for _, g := range groups {
						if !listed {
							continue
						}
						if _, err := g.List(t.Context()); err != nil {
							t.Fatal(err)
						}
					}
					health(t, groups[0],
						"http 80 i-1 healthy (normal)",
						"http 80 eni-1:10.0.0.2 healthy (normal)",
						"http 80 eni-1:10.0.0.3 unhealthy (abnormal)",
						"udp 500 i-1 healthy (normal)",
						"udp 500 eni-1:10.0.0.2 healthy (normal)",
						"udp 500 eni-1:10.0.0.3 unhealthy (abnormal)",
					)
					// On port 80 the default group's i-1 is reached at the port
					// that is the member's here; that listener is nobody's.
					health(t, groups[1],
						"http 80 i-1:8080 healthy (normal)",
						"http 80 eni-1:10.0.0.2:8080 healthy (normal)",
						"https 443 i-1:8080 healthy (normal)",
						"https 443 i-1:8081 pending (unavailable)",
						"https 443 eni-1:10.0.0.2:8080 healthy (normal)",
					)
					health(t, groups[2],
						"http 80 i-1:8080 healthy (normal)",
						"udp 443 i-1:8080 healthy (normal)",
						"udp 443 i-9:8080 healthy (normal)",
					)
				})
			})
		}
	}
}

// Without the association nothing is left out, and nothing is concluded.
func TestHealthWithoutAssociationsLeavesNothingOut(t *testing.T) {
	t.Parallel()
	lb := checked()
	lb.Listeners = lb.Listeners[1:3] // those of rsp-1 and rsp-2
	for name, setup := range map[string]func(*slbfake.Running){
		"not told": func(c *slbfake.Running) { c.Cloud.SetRules(func(r *slbfake.Rules) { r.NoAssociatedObjects = true }) },
		"denied": func(c *slbfake.Running) {
			c.Faults.On(groupsCall).Times(0).Do(fakecloud.Fail(403, "Forbidden.RAM", "not for you"))
		},
		"refused": func(c *slbfake.Running) {
			c.Faults.On(groupsCall).Times(0).Do(fakecloud.Fail(400, "InvalidParameter", "odd"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, client := balance(t, lb, slbfake.Rules{})
				setup(c)
				own, other, idle := client.BackendServers("lb-1"), client.VServerGroup("rsp-2"), client.VServerGroup("rsp-3")
				wantOwn := []string{
					"https 443 i-1 healthy (normal)", "https 443 i-1 healthy (normal)", "https 443 eni-1:10.0.0.2 healthy (normal)",
					"udp 443 i-1 healthy (normal)",
				}
				health(t, own, wantOwn...)
				health(t, other, "https 443 i-1:8080 healthy (normal)", "udp 443 i-1:8080 healthy (normal)", "udp 443 i-9:8080 healthy (normal)")
				health(t, idle)
				mark := c.Log.Mark()
				health(t, own, wantOwn...)
				calls(t, c, mark, healthCall) // a refusal is believed for a while, too
			})
		})
	}
}

func TestHealthOfAGroupThatNothingServes(t *testing.T) {
	t.Parallel()
	const unchecked = "unchecked: no listener forwards to it"
	plain := slbfake.Listener{Port: 80, Protocol: "http"}
	web := slbfake.Listener{Port: 443, Protocol: "https", VServerGroup: "rsp-1"}
	ruled := slbfake.Listener{
		Port: 8443, Protocol: "https", VServerGroup: "rsp-1", Rules: []slbfake.Rule{{ID: "rule-1", VServerGroup: "rsp-2"}},
	}
	both := slbfake.Listener{
		Port: 8443, Protocol: "https", VServerGroup: "rsp-2", Rules: []slbfake.Rule{{ID: "rule-2", VServerGroup: "rsp-1"}},
	}
	for name, tc := range map[string]struct {
		listeners       []slbfake.Listener
		own, rsp1, idle string // of lb-1, of rsp-1, both without members, of rsp-3
		rules           slbfake.Rules
	}{
		"no listener at all":        {own: unchecked, rsp1: unchecked, idle: unchecked},
		"none, and says so":         {own: unchecked, rsp1: unchecked, idle: unchecked, rules: slbfake.Rules{HealthNoListener: "ListenerNotFound"}},
		"only of vserver groups":    {listeners: []slbfake.Listener{web}, own: unchecked, idle: unchecked},
		"only of the default group": {listeners: []slbfake.Listener{plain}, rsp1: unchecked, idle: unchecked},
		"each has its own":          {listeners: []slbfake.Listener{plain, web}, idle: unchecked},
		"by a rule":                 {listeners: []slbfake.Listener{ruled}, own: unchecked, idle: unchecked},
		// It is not certain that the listeners of a group with rules are not
		// those of its rules.
		"a group with rules": {listeners: []slbfake.Listener{web, both}, idle: unchecked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lb := checked()
				lb.Listeners, lb.Members = tc.listeners, nil
				lb.VServerGroups[0].Members = nil
				_, client := balance(t, lb, tc.rules)
				health(t, client.BackendServers("lb-1"), lines(tc.own)...)
				health(t, client.VServerGroup("rsp-1"), lines(tc.rsp1)...)
				health(t, client.VServerGroup("rsp-3"), lines(tc.idle)...)
			})
		})
	}
	t.Run("no listener that checks", func(t *testing.T) {
		t.Parallel()
		lb := checked()
		lb.Listeners = nil
		_, client := balance(t, lb, slbfake.Rules{HealthNoListener: "CheckedListenerNotFound"})
		health(t, client.BackendServers("lb-1"), "unchecked: no listener of its load balancer checks health")
		health(t, client.VServerGroup("rsp-1"), "unchecked: no listener of its load balancer checks health")
	})
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// The group of a forwarding rule stands behind listeners that are not told, so
// that no listener is left out for it.
func TestHealthOfTheGroupOfARule(t *testing.T) {
	t.Parallel()
	lb := checked()
	lb.Listeners = []slbfake.Listener{{
		Port: 443, Protocol: "https", VServerGroup: "rsp-1", Rules: []slbfake.Rule{{ID: "rule-1", Domain: "x.example.com", VServerGroup: "rsp-2"}},
	}}
	c, client := balance(t, lb, slbfake.Rules{})
	c.Cloud.SetHealth(slbfake.Health{ServerID: "i-9", Status: "abnormal"})
	health(t, client.VServerGroup("rsp-2"),
		"https 443 i-1:8080 healthy (normal)", "https 443 i-1:8080 healthy (normal)", "https 443 i-9:8080 unhealthy (abnormal)")
}

// A wait costs one call a poll, and at most one a minute beside it.
func TestHealthPollsCostOneCall(t *testing.T) {
	t.Parallel()
	for id, listing := range map[string]string{"lb-1": defaultListCall, "rsp-1": vserverListCall} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, client := balance(t, checked(), slbfake.Rules{})
				g := client.BackendServers("lb-1")
				if id != "lb-1" {
					g = client.VServerGroup(id)
				}
				poll := func(want ...string) {
					t.Helper()
					mark := c.Log.Mark()
					if h, err := g.Health(t.Context()); err != nil || len(h.Checks) == 0 {
						t.Fatalf("%+v, %v", h, err)
					}
					calls(t, c, mark, want...)
				}
				if _, err := g.List(t.Context()); err != nil {
					t.Fatal(err)
				}
				poll(healthCall, groupsCall)
				for range 10 {
					<-time.After(5 * time.Second)
					poll(healthCall)
				}
				<-time.After(11 * time.Second)
				poll(healthCall, groupsCall)
				// An add may have brought a member that no listing has shown.
				added := membership.Member{Key: membership.Key{Server: "i-8", Port: map[string]int{"rsp-1": 80}[id]}, Weight: 1}
				if err := g.Add(t.Context(), []membership.Member{added}); err != nil {
					t.Fatal(err)
				}
				poll(healthCall, listing)
				h, err := g.Health(t.Context())
				if err != nil || len(h.Of(added)) == 0 {
					t.Errorf("the added member has no checks in %+v, %v", h, err)
				}
			})
		})
	}
}

// What the adapter remembers never says that nothing checks a group which by
// now has a listener.
func TestHealthIsNotUncheckedByOldNews(t *testing.T) {
	t.Parallel()
	for id, port := range map[string]int{"lb-1": 80, "rsp-3": 9999} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				lb := checked()
				lb.Listeners = nil
				c, client := balance(t, lb, slbfake.Rules{})
				g := client.BackendServers("lb-1")
				listener := slbfake.Listener{Port: port, Protocol: "tcp"}
				if id != "lb-1" {
					g, listener.VServerGroup = client.VServerGroup(id), id
				}
				health(t, g, "unchecked: no listener forwards to it")
				<-time.After(10 * time.Second)
				c.Cloud.SetListeners("lb-1", listener)
				// The vendor has no rows of it yet.
				c.Faults.On(healthCall).Do(fakecloud.Raw(200, "application/json", `{"RequestId":"r","BackendServers":{"BackendServer":[]}}`))
				health(t, g)
				h, err := g.Health(t.Context())
				if err != nil || len(h.Checks) == 0 || h.Unchecked != "" {
					t.Errorf("with a listener: %+v, %v", h, err)
				}
			})
		})
	}
}

func TestHealthOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, client := balance(t, checked(), slbfake.Rules{})
		own, group := client.BackendServers("lb-1"), client.VServerGroup("rsp-1")
		for _, g := range []membership.Group{own, group} {
			if _, err := g.List(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		c.Cloud.DeleteLoadBalancer("lb-1")
		for _, g := range []membership.Group{own, group, client.BackendServers("lb-none"), client.VServerGroup("rsp-none")} {
			if h, err := g.Health(t.Context()); !membership.Is(err, membership.NotFound) {
				t.Errorf("%s: %+v, %v, want not found", g.Name(), h, err)
			}
		}
		if gs, err := client.VServerGroups(t.Context(), "lb-1"); !membership.Is(err, membership.NotFound) {
			t.Errorf("groups %+v, %v, want not found", gs, err)
		}
	})
}

// Only what the vendor refuses for good is done without; what passes is the
// caller's to try again, and is forgotten then.
func TestHealthPassesPassingFailuresOn(t *testing.T) {
	t.Parallel()
	for class, effect := range map[membership.Class]fakecloud.Effect{
		membership.Throttled: fakecloud.Throttle(0),
		membership.Transient: fakecloud.Fail(503, "ServiceUnavailable", ""),
	} {
		for _, op := range []string{healthCall, groupsCall, vserverListCall} {
			c, client := balance(t, checked(), slbfake.Rules{})
			c.Faults.On(op).Do(effect)
			g := client.VServerGroup("rsp-1")
			if h, err := g.Health(t.Context()); !membership.Is(err, class) {
				t.Errorf("%s: %+v, %v, want %s", op, h, err, class)
			}
			if h, err := g.Health(t.Context()); err != nil || len(h.Checks) != 5 {
				t.Errorf("after %s: %+v, %v", op, h, err)
			}
		}
	}
	c, client := balance(t, checked(), slbfake.Rules{})
	c.Faults.On(healthCall).Do(fakecloud.Fail(403, "Forbidden.RAM", ""))
	if _, err := client.BackendServers("lb-1").Health(t.Context()); !membership.Is(err, membership.Denied) {
		t.Errorf("without permission: %v", err)
	}
}

func TestVServerGroupsAndTheirListeners(t *testing.T) {
	t.Parallel()
	lb := checked()
	lb.Listeners[0].Rules = []slbfake.Rule{{ID: "rule-1", VServerGroup: "rsp-2"}}
	for _, rules := range []slbfake.Rules{{}, {NoAssociatedObjects: true}} {
		_, client := balance(t, lb, rules)
		got, err := client.VServerGroups(t.Context(), "lb-1")
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			"rsp-1 web 3 [listener https 443] 0 true", "rsp-2 api 2 [listener udp 443] 1 true", "rsp-3 idle 1 [] 0 true",
		}
		if rules.NoAssociatedObjects {
			want = []string{"rsp-1 web 3 [] 0 false", "rsp-2 api 2 [] 0 false", "rsp-3 idle 1 [] 0 false"}
		}
		for i, g := range got {
			if s := fmt.Sprint(g.ID, " ", g.Name, " ", g.ServerCount, " ", g.Listeners, " ", g.Rules, " ", g.Associated); i >= len(want) || s != want[i] {
				t.Errorf("group %d: %s, want %q", i, s, want)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d groups, want %d", len(got), len(want))
		}
	}
}
