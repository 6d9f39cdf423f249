package slbfake

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// rows is the members of an answer's body, with the weight as JSON has it.
func rows(t *testing.T, body string) string {
	t.Helper()
	var a struct {
		RequestID      string `json:"RequestId"`
		BackendServers struct {
			BackendServer []map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatalf("answer %s: %v", body, err)
	}
	if a.RequestID == "" {
		t.Errorf("answer %s has no request id", body)
	}
	if a.BackendServers.BackendServer == nil {
		t.Errorf("answer %s has no list", body)
	}
	var out []string
	for _, r := range a.BackendServers.BackendServer {
		out = append(out, strings.Trim(string(r["ServerId"]), `"`)+"@"+string(r["Weight"]))
	}
	return strings.Join(out, " ")
}

func TestWeightsAreTextInAddAndSetAndNumbersElsewhere(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	for _, tc := range []struct{ action, group, servers, want string }{
		{"AddBackendServers", "lb-1", `[{"ServerId":"i-c"}]`, `i-a@"100" i-b@"50" i-c@"100"`},
		{"SetBackendServers", "lb-1", `[{"ServerId":"i-c","Weight":0}]`, `i-a@"100" i-b@"50" i-c@"0"`},
		{"RemoveBackendServers", "lb-1", `[{"ServerId":"i-c"}]`, `i-a@100 i-b@50`},
		{"DescribeLoadBalancerAttribute", "lb-1", "", `i-a@100 i-b@50`},
		{"AddVServerGroupBackendServers", "rsp-3", `[{"ServerId":"i-c","Port":80}]`, `i-c@100`},
		{"SetVServerGroupAttribute", "rsp-3", `[{"ServerId":"i-c","Port":80,"Weight":1}]`, `i-c@1`},
		{"DescribeVServerGroupAttribute", "rsp-3", "", `i-c@1`},
		{"RemoveVServerGroupBackendServers", "rsp-3", `[{"ServerId":"i-c","Port":80}]`, ``},
	} {
		query := map[string]string{"Action": tc.action}
		if strings.HasPrefix(tc.group, "rsp") {
			query["VServerGroupId"], query["LoadBalancerId"] = tc.group, "-"
		}
		if tc.servers != "" {
			query["BackendServers"] = tc.servers
		}
		status, _, body := c.send(t, raw{query: query})
		if status != 200 {
			t.Fatalf("%s: %d %s", tc.action, status, body)
		}
		if got := rows(t, body); got != tc.want {
			t.Errorf("%s answers %s, want %s", tc.action, got, tc.want)
		}
	}
}

func TestTheListInAWritesAnswerFollowsTheRule(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		policy           EchoPolicy
		add, set, remove string
	}{
		{"", `i-a@"100" i-b@"50" i-c@"100"`, `i-a@"100" i-b@"5" i-c@"100"`, `i-b@5 i-c@100`},
		{EchoGroup, `i-a@"100" i-b@"50" i-c@"100"`, `i-a@"100" i-b@"5" i-c@"100"`, `i-b@5 i-c@100`},
		{EchoNamed, `i-c@"100"`, `i-b@"5"`, `i-a@100`},
		{EchoNone, ``, ``, ``},
	} {
		t.Run(string(tc.policy), func(t *testing.T) {
			t.Parallel()
			c := inProcess(t, world(), WithRules(func(r *Rules) { r.WriteEcho = tc.policy }))
			for _, call := range []struct{ action, servers, want string }{
				{"AddBackendServers", `[{"ServerId":"i-c"}]`, tc.add},
				{"SetBackendServers", `[{"ServerId":"i-b","Weight":5}]`, tc.set},
				{"RemoveBackendServers", `["i-a"]`, tc.remove},
			} {
				_, _, body := c.send(t, raw{query: map[string]string{"Action": call.action, "BackendServers": call.servers}})
				if got := rows(t, body); got != call.want {
					t.Errorf("%s answers %q, want %q", call.action, got, call.want)
				}
				if !strings.Contains(body, `"LoadBalancerId":"lb-1"`) {
					t.Errorf("%s does not name its load balancer: %s", call.action, body)
				}
			}
		})
	}
}

func TestAnEcsMembersAddressIsShownByRule(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	addresses := func() string {
		one, err := c.describe("lb-1")
		ok(t, err)
		two, err := c.describeGroup("rsp-1")
		ok(t, err)
		return fmt.Sprintf("%q %q %q", one.BackendServers.BackendServer[0].ServerIp,
			two.BackendServers.BackendServer[0].ServerIp, two.BackendServers.BackendServer[1].ServerIp)
	}
	if got, want := addresses(), `"" "" "10.0.1.2"`; got != want {
		t.Errorf("addresses %s, want %s", got, want)
	}
	c.Cloud.SetRules(func(r *Rules) { r.EchoIP = true })
	if got, want := addresses(), `"10.0.0.1" "10.0.0.1" "10.0.1.2"`; got != want {
		t.Errorf("addresses %s, want %s", got, want)
	}
	c.holds(t, "lb-1", "i-a@100 i-b@50=blue") // it is no part of what the member is
}
