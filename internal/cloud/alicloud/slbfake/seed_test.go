package slbfake

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

func TestASeedIsReadFromJSON(t *testing.T) {
	t.Parallel()
	seed, err := ReadSeed(strings.NewReader(`{
		"region": "cn-test",
		"keys": [{"id": "ak", "secret": "sk"}],
		"servers": [{"id": "eni-a", "type": "eni", "ips": ["10.0.0.2", "2001:DB8::5"]}],
		"load_balancers": [{
			"id": "lb-a",
			"members": [{"server_id": "i-a"}, {"server_id": "i-b", "weight": 0}],
			"listeners": [{"port": 80, "protocol": "http", "vserver_group_id": "rsp-a"}],
			"vserver_groups": [{"id": "rsp-a", "members": [
				{"server_id": "eni-a", "type": "eni", "port": 8080},
				{"server_id": "eni-a", "type": "eni", "server_ip": "2001:db8:0::5", "port": 8080}]}]
		}],
		"rules": {"any_server": true, "vserver_add_present": "overwrite"}
	}`))
	ok(t, err)
	c := inProcess(t, seed)
	c.holds(t, "lb-a", "i-a@100 i-b@0") // left out is 100, 0 is 0
	c.holds(t, "rsp-a", "eni-a/10.0.0.2:8080@100 eni-a/2001:db8::5:8080@100")
	ok(t, c.addGroup("rsp-a", `[{"ServerId":"eni-a","Type":"eni","ServerIp":"2001:DB8::5","Port":8080,"Weight":1}]`))
	c.holds(t, "rsp-a", "eni-a/10.0.0.2:8080@100 eni-a/2001:db8::5:8080@1")

	// The state is a seed without secrets, and makes the same cloud again.
	b, err := json.Marshal(c.Running.Server.State())
	ok(t, err)
	if strings.Contains(string(b), `"keys"`) || strings.Contains(string(b), "secret") {
		t.Errorf("the state shows keys: %s", b)
	}
	again, err := ReadSeed(strings.NewReader(string(b)))
	ok(t, err)
	twin := New(again)
	for _, g := range []string{"lb-a", "rsp-a"} {
		if got := text(twin.Members(g)); got != c.members(g) {
			t.Errorf("%s of the copy holds %s, want %s", g, got, c.members(g))
		}
	}
}

func TestBadSeedsAreRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, seed, says string }{
		{"no region", `{}`, "region"},
		{"unknown field", `{"region":"r","lbs":[]}`, "lbs"},
		{"unknown field of a member", `{"region":"r","load_balancers":[{"id":"a","members":[{"server_id":"i","wieght":1}]}]}`, "wieght"},
		{"id twice", `{"region":"r","load_balancers":[{"id":"a"},{"id":"a"}]}`, "twice"},
		{"no id", `{"region":"r","load_balancers":[{}]}`, "without an id"},
		{"no such group", `{"region":"r","load_balancers":[{"id":"a","listeners":[{"port":1,"vserver_group_id":"b"}]}]}`, "no vserver group b"},
		{"no such group of a rule", `{"region":"r","load_balancers":[{"id":"a","listeners":[{"port":1,"rules":[{"id":"x","vserver_group_id":"b"}]}]}]}`, `no vserver group "b"`},
		{"listener port", `{"region":"r","load_balancers":[{"id":"a","listeners":[{"port":0}]}]}`, "port"},
		{"weight", `{"region":"r","load_balancers":[{"id":"a","members":[{"server_id":"i","weight":101}]}]}`, "weight 101"},
		{"port", `{"region":"r","load_balancers":[{"id":"a","vserver_groups":[{"id":"g","members":[{"server_id":"i"}]}]}]}`, "port 0"},
		{"port in a default group", `{"region":"r","load_balancers":[{"id":"a","members":[{"server_id":"i","port":1}]}]}`, "no ports"},
		{"type", `{"region":"r","servers":[{"id":"i","type":"vm"}]}`, "vm"},
		{"status", `{"region":"r","servers":[{"id":"i","status":"gone"}]}`, "gone"},
		{"rule", `{"region":"r","rules":{"vserver_add_present":"maybe"}}`, "maybe"},
		{"echo", `{"region":"r","rules":{"write_echo":"some"}}`, "some"},
		{"absent", `{"region":"r","rules":{"set_absent":"some"}}`, "some"},
		{"busy code", `{"region":"r","rules":{"busy_codes":["Busy"]}}`, "Busy"},
		{"status of unknown servers", `{"region":"r","rules":{"unknown_server_status":500}}`, "500"},
		{"health without listeners", `{"region":"r","rules":{"health_no_listener":"NotFound"}}`, "NotFound"},
		{"limit", `{"region":"r","rules":{"batch_limit":-1}}`, "negative"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := ReadSeed(strings.NewReader(tc.seed)); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %v, want an error that says %q", err, tc.says)
			}
		})
	}
}

func TestAnotherActorWorksPastTheLog(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	eniA := Member{ServerID: "eni-a", Type: "eni", ServerIP: "10.0.1.2", Port: 8080}
	c.Cloud.AddForeign("lb-1", Member{ServerID: "i-foreign", Weight: 7}, Member{ServerID: "i-a", Weight: 1})
	c.Cloud.SetWeightForeign("rsp-1", eniA, 0)
	c.Cloud.RemoveForeign("lb-1", Member{ServerID: "i-b"})
	c.holds(t, "lb-1", "i-a@1 i-foreign@7")
	c.holds(t, "rsp-1", "eni-a/10.0.1.2:8080@0 i-a:8080@100")
	c.Cloud.DeleteVServerGroup("rsp-1")
	if c.Cloud.HasGroup("rsp-1") || len(c.health(t, "lb-1", 443)) != 2 {
		t.Error("the listener of the deleted group does not fall back to the default group")
	}
	c.Cloud.DeleteLoadBalancer("lb-1")
	if c.Cloud.HasGroup("lb-1") || c.Cloud.HasGroup("rsp-2") || !c.Cloud.HasGroup("rsp-9") {
		t.Error("a load balancer takes its own groups with it, and no others")
	}
	_, err := c.describe("lb-1")
	refused(t, err, 404, "InvalidLoadBalancerId.NotFound")
	if ops := c.Log.All().Writes(); len(ops) != 0 {
		t.Errorf("log %v, want no writes", ops)
	}
}

func TestAMistakeInATestPanics(t *testing.T) {
	t.Parallel()
	c := New(world())
	for name, f := range map[string]func(){
		"seed":     func() { New(Seed{}) },
		"option":   func() { New(world(), WithRules(func(r *Rules) { r.BatchLimit = -1 })) },
		"rule":     func() { c.SetRules(func(r *Rules) { r.WriteEcho = "x" }) },
		"group":    func() { c.Members("rsp-none") },
		"member":   func() { c.SetWeightForeign("lb-1", Member{ServerID: "i-none"}, 1) },
		"no port":  func() { c.AddForeign("rsp-1", Member{ServerID: "i-c"}) },
		"server":   func() { c.PutServer(Server{}) },
		"balancer": func() { c.DeleteLoadBalancer("lb-none") },
		"delete":   func() { c.DeleteVServerGroup("rsp-none") },
		"lb":       func() { c.SetListeners("lb-none") },
		"listener": func() { c.SetListeners("lb-1", Listener{Port: 80, VServerGroup: "rsp-9"}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

func TestAnotherActorBetweenReadAndWrite(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	c.Faults.On("AddBackendServers").Do(fakecloud.Before(func() { c.Cloud.AddForeign("lb-1", Member{ServerID: "i-c", Weight: 9}) }))
	refused(t, c.add("lb-1", `[{"ServerId":"i-c"}]`), 400, "InvalidParameter")
	c.holds(t, "lb-1", "i-a@100 i-b@50=blue i-c@9")
}

func TestStartAndInProcessReportFaultsThatNeverFired(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(fakecloud.TB) *Running{
		"loopback":   func(t fakecloud.TB) *Running { return Start(t, world()) },
		"in process": func(t fakecloud.TB) *Running { return InProcess(t, world()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := &recorder{}
			start(rec).Faults.On("AddBackendServers").Do(fakecloud.ResetAfterCommit())
			for _, f := range rec.cleanup {
				f()
			}
			if len(rec.reports) != 1 || !strings.Contains(rec.reports[0], "AddBackendServers") {
				t.Errorf("reports %q, want the unused fault", rec.reports)
			}
		})
	}
}
