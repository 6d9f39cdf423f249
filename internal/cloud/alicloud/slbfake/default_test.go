package slbfake

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"
)

func TestDefaultGroupThroughTheSDK(t *testing.T) {
	t.Parallel()
	fronts(t, world, func(t *testing.T, c cloud) {
		ok(t, c.add("lb-1", `[{"ServerId":"i-c"},{"ServerId":"eni-a","Type":"eni","ServerIp":"10.0.1.3","Weight":0,"Description":"green"}]`))
		c.holds(t, "lb-1", "eni-a/10.0.1.3@0=green i-a@100 i-b@50=blue i-c@100")
		ok(t, c.set("lb-1", `[{"ServerId":"i-c","Weight":0},{"ServerId":"i-a","Weight":7,"Description":"red"}]`))
		c.holds(t, "lb-1", "eni-a/10.0.1.3@0=green i-a@7=red i-b@50=blue i-c@0")
		ok(t, c.remove("lb-1", `[{"ServerId":"i-c","Weight":0,"Type":"ecs"},{"ServerId":"eni-a","Type":"eni","ServerIp":"10.0.1.3"}]`))
		c.holds(t, "lb-1", "i-a@7=red i-b@50=blue")

		log := c.Log.All()
		if got := strings.Join(log.Ops(), " "); got != "AddBackendServers SetBackendServers RemoveBackendServers" {
			t.Errorf("log %s", got)
		}
		if got, want := log[0].Detail, "lb-1 i-c eni-a:10.0.1.3@0"; got != want {
			t.Errorf("detail %q, want %q", got, want)
		}
		if got, want := log[2].Detail, "lb-1 i-c eni-a:10.0.1.3"; got != want {
			t.Errorf("detail %q, want %q", got, want)
		}
		if e := log[1]; !e.Write || e.Lock != "lb-1" || e.Group != "lb-1" || e.Items != 2 || e.Status != 200 {
			t.Errorf("entry %+v", e)
		}
	})
}

func TestDescribeLoadBalancerAttributeShowsTheDefaultGroupAlone(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	resp, err := c.describe("lb-1")
	ok(t, err)
	var got []string
	for _, b := range resp.BackendServers.BackendServer {
		got = append(got, fmt.Sprintf("%s %s %d %q %q", b.ServerId, b.Type, b.Weight, b.Description, b.ServerIp))
	}
	if want := `i-a ecs 100 "" "" i-b ecs 50 "blue" ""`; strings.Join(got, " ") != want {
		t.Errorf("members %s, want %s", strings.Join(got, " "), want)
	}
	if resp.LoadBalancerId != "lb-1" || resp.LoadBalancerName != "one" || resp.LoadBalancerStatus != "active" ||
		resp.RegionId != region || resp.DeleteProtection != "off" {
		t.Errorf("load balancer %+v", resp)
	}
	if got := fmt.Sprint(resp.ListenerPorts.ListenerPort); got != "[80 443]" {
		t.Errorf("ports %s", got)
	}
	if got := resp.ListenerPortsAndProtocol.ListenerPortAndProtocol; len(got) != 2 || got[1].ListenerProtocol != "https" {
		t.Errorf("listeners %+v", got)
	}
	if w := c.Log.All().Writes(); len(w) != 0 {
		t.Errorf("a read is logged as a write: %v", w)
	}
}

func TestThereAreNoPages(t *testing.T) {
	t.Parallel()
	seed := world()
	for i := range 150 {
		seed.LoadBalancers[1].Members = append(seed.LoadBalancers[1].Members, Member{ServerID: fmt.Sprintf("i-%03d", i), Weight: 100})
	}
	c := inProcess(t, seed)
	resp, err := c.describe("lb-2")
	ok(t, err)
	if n := len(resp.BackendServers.BackendServer); n != 150 {
		t.Errorf("%d members in the answer, want all 150", n)
	}
}

func TestAWrongRegionHasNoSuchLoadBalancer(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	q := slb.CreateDescribeLoadBalancerAttributeRequest()
	q.LoadBalancerId, q.RegionId = "lb-1", "cn-elsewhere"
	_, err := c.DescribeLoadBalancerAttribute(q)
	refused(t, err, 404, "InvalidLoadBalancerId.NotFound")
	g := slb.CreateDescribeVServerGroupAttributeRequest()
	g.VServerGroupId, g.RegionId = "rsp-1", "cn-elsewhere"
	_, err = c.DescribeVServerGroupAttribute(g)
	refused(t, err, 404, "InvalidParameter")
	if status, _, body := c.send(t, raw{query: map[string]string{"RegionId": "-"}}); status != 200 {
		t.Errorf("no region: %d %s", status, body)
	}
}

func TestAMissingLoadBalancerIsNotFoundEverywhere(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	_, err := c.describe("lb-none")
	refused(t, err, 404, "InvalidLoadBalancerId.NotFound")
	const one = `[{"ServerId":"i-c"}]`
	refused(t, c.add("lb-none", one), 404, "InvalidLoadBalancerId.NotFound")
	refused(t, c.set("lb-none", one), 404, "InvalidLoadBalancerId.NotFound")
	refused(t, c.remove("lb-none", one), 404, "InvalidLoadBalancerId.NotFound")
	_, err = c.createGroup("lb-none", "n", "")
	refused(t, err, 404, "InvalidLoadBalancerId.NotFound")
	_, err = c.listGroups("lb-none")
	refused(t, err, 404, "InvalidLoadBalancerId.NotFound")
	q := slb.CreateDescribeHealthStatusRequest()
	q.LoadBalancerId = "lb-none"
	_, err = c.DescribeHealthStatus(q)
	refused(t, err, 404, "InvalidLoadBalancerId.NotFound")
}

// The forms in which clients in the field write BackendServers.
func TestMembersAreReadInEveryFormThatClientsUse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, servers string }{
		{"strict", `[{"ServerId":"i-c","Weight":30,"Type":"ecs"}]`},
		{"numbers as strings", `[{"ServerId":"i-c","Weight":"30","Port":"80"}]`},
		{"lower camel", `[{"serverId":"i-c","weight":30,"type":"ecs","port":80,"description":""}]`},
		{"single quotes", `[{'ServerId':'i-c','Weight':'30', 'Type': 'ecs'}]`},
		{"first of two", `[{"ServerId":"i-c","Weight":30},{"ServerId":"i-c","Weight":40}]`},
		{"an address that an ecs does not need", `[{"ServerId":"i-c","Weight":30,"ServerIp":"10.9.9.9"}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := inProcess(t, world())
			ok(t, c.add("lb-1", tc.servers))
			c.holds(t, "lb-1", "i-a@100 i-b@50=blue i-c@30")
			ok(t, c.set("lb-1", strings.ReplaceAll(tc.servers, "30", "60")))
			c.holds(t, "lb-1", "i-a@100 i-b@50=blue i-c@60")
			ok(t, c.remove("lb-1", tc.servers))
			c.holds(t, "lb-1", "i-a@100 i-b@50=blue")
		})
	}
}

func TestSingleQuotesBecomeDoubleOnes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`[{'a':'b'}]`:        `[{"a":"b"}]`,
		`['say "x"']`:        `["say \"x\""]`,
		`["it's", 'it"s']`:   `["it's", "it\"s"]`,
		`['back\\', "q\"q"]`: `["back\\", "q\"q"]`,
	} {
		if got := doubleQuoted(in); got != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
}

func TestRemoveBackendServersTakesPlainIds(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	ok(t, c.remove("lb-1", `["i-a"]`))
	c.holds(t, "lb-1", "i-b@50=blue")
	ok(t, c.remove("lb-1", `['i-b', 'i-none']`))
	c.holds(t, "lb-1", "")
	refused(t, c.add("lb-1", `["i-c"]`), 400, "InvalidParameter")
	refused(t, c.removeGroup("rsp-1", `["i-a"]`), 400, "InvalidParameter")
}

func TestBadMembersAreRefusedAndNothingIsDone(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, servers, code string }{
		{"no JSON", `i-c`, "InvalidParameter"},
		{"no list", `{"ServerId":"i-c"}`, "InvalidParameter"},
		{"an empty list", `[]`, "InvalidParameter"},
		{"no id", `[{"Weight":1}]`, "InvalidParameter"},
		{"null", `[{"ServerId":null}]`, "InvalidParameter"},
		{"unknown type", `[{"ServerId":"i-c","Type":"vm"}]`, "InvalidParameter"},
		{"type of another id", `[{"ServerId":"eni-a"}]`, "InvalidParameter"},
		{"weight above", `[{"ServerId":"i-c","Weight":101}]`, "InvalidWeight.Malformed"},
		{"weight below", `[{"ServerId":"i-c","Weight":-1}]`, "InvalidWeight.Malformed"},
		{"weight of words", `[{"ServerId":"i-c","Weight":"much"}]`, "InvalidParameter"},
		{"half a weight", `[{"ServerId":"i-c","Weight":1.5}]`, "InvalidParameter"},
		{"port above", `[{"ServerId":"i-c","Port":65536}]`, "InvalidParameter"},
		{"description too long", `[{"ServerId":"i-c","Description":"` + strings.Repeat("d", 81) + `"}]`, "InvalidParameter"},
		{"description with a space", `[{"ServerId":"i-c","Description":"a b"}]`, "InvalidParameter"},
		{"present", `[{"ServerId":"i-a"}]`, "InvalidParameter"},
		{"stopped", `[{"ServerId":"i-stopped"}]`, "ObtainIpFail"},
		{"released", `[{"ServerId":"i-released"}]`, "ObtainIpFail"},
		{"another's address", `[{"ServerId":"eni-a","Type":"eni","ServerIp":"10.9.9.9"}]`, "InvalidParameter"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := inProcess(t, world())
			refused(t, c.add("lb-1", tc.servers), 400, tc.code)
			if strings.HasPrefix(tc.servers, "[{") { // as the last of a batch
				refused(t, c.add("lb-1", `[{"ServerId":"i-d"},`+tc.servers[1:]), 400, tc.code)
			}
			c.holds(t, "lb-1", "i-a@100 i-b@50=blue")
		})
	}
}

func TestMissingMembersAreAMissingParameter(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	refused(t, c.add("lb-1", ""), 400, "MissingParameter")
	refused(t, c.add("", `[{"ServerId":"i-c"}]`), 400, "MissingParameter")
	refused(t, c.removeGroup("rsp-1", ""), 400, "MissingParameter")
	refused(t, c.modifyGroup("rsp-1", "", ""), 400, "MissingParameter")
}

func TestADescriptionHas1To80Characters(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	long := strings.Repeat("d", 80)
	ok(t, c.add("lb-1", `[{"ServerId":"i-c","Description":"`+long+`"}]`))
	ok(t, c.add("lb-1", `[{"ServerId":"i-d","Description":""}]`))
	c.holds(t, "lb-1", "i-a@100 i-b@50=blue i-c@100="+long+" i-d@100")
	c.Cloud.SetRules(func(r *Rules) { r.RefuseEmptyDescription = true })
	refused(t, c.set("lb-1", `[{"ServerId":"i-b","Description":""}]`), 400, "InvalidParameter")
	c.Cloud.SetRules(func(r *Rules) { r.RefuseEmptyDescription = false })
	ok(t, c.set("lb-1", `[{"ServerId":"i-b","Description":""}]`))
	c.holds(t, "lb-1", "i-a@100 i-b@50 i-c@100="+long+" i-d@100")
}

func TestAtMostTwentyMembersACall(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world(), AnyServer)
	for name, call := range map[string]func(n int) error{
		"add":     func(n int) error { return c.add("lb-2", many(0, n, 0)) },
		"set":     func(n int) error { return c.set("lb-2", many(0, n, 0)) },
		"remove":  func(n int) error { return c.remove("lb-2", many(0, n, 0)) },
		"vadd":    func(n int) error { return c.addGroup("rsp-9", many(0, n, 1)) },
		"vset":    func(n int) error { return c.setGroup("rsp-9", many(0, n, 1)) },
		"vremove": func(n int) error { return c.removeGroup("rsp-9", many(0, n, 1)) },
		"vmodify": func(n int) error { return c.modifyGroup("rsp-9", "", many(0, n, 1)) },
		"create":  func(n int) error { _, err := c.createGroup("lb-2", "n", many(0, n, 1)); return err },
	} {
		e := refused(t, call(21), 400, "TooManyBackendServers")
		if !strings.Contains(e.Message(), "20") {
			t.Errorf("%s: %s", name, e.Message())
		}
	}
	ok(t, c.add("lb-2", many(0, 20, 0)))
	ok(t, c.remove("lb-2", many(0, 20, 0)))
	c.Cloud.SetRules(func(r *Rules) { r.BatchLimit = 40 })
	ok(t, c.add("lb-2", many(0, 40, 0)))
	refused(t, c.add("lb-2", many(40, 41, 0)), 400, "TooManyBackendServers")
}

func TestAServerThatTheAccountDoesNotHave(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	refused(t, c.add("lb-1", `[{"ServerId":"i-none"}]`), 404, "InvalidServerId.NotFound")
	ok(t, c.remove("lb-1", `[{"ServerId":"i-none"}]`))
	c.Cloud.SetRules(func(r *Rules) { r.UnknownServerStatus, r.RemoveUnknownServer = 400, true })
	refused(t, c.add("lb-1", `[{"ServerId":"i-none"}]`), 400, "InvalidServerId.NotFound")
	refused(t, c.remove("lb-1", `[{"ServerId":"i-a"},{"ServerId":"i-none"}]`), 400, "InvalidServerId.NotFound")
	c.holds(t, "lb-1", "i-a@100 i-b@50=blue")
	c.Cloud.PutServer(Server{ID: "i-none"})
	ok(t, c.add("lb-1", `[{"ServerId":"i-none"}]`))
	c.Cloud.SetRules(func(r *Rules) { r.AnyServer = true })
	ok(t, c.add("lb-1", `[{"ServerId":"i-other"}]`))
	refused(t, c.add("lb-1", `[{"ServerId":"i-stopped"}]`), 400, "ObtainIpFail")
	c.holds(t, "lb-1", "i-a@100 i-b@50=blue i-none@100 i-other@100")
}

func TestAnAddOfPresentMembersFollowsTheRule(t *testing.T) {
	t.Parallel()
	const again = `[{"ServerId":"i-a","Weight":1,"Port":8080},{"ServerId":"i-c","Port":8080}]`
	for _, tc := range []struct {
		policy PresentPolicy
		want   string // the instances after it
	}{
		{"", "i-a@100"}, {PresentRefused, "i-a@100"}, {PresentIgnored, "i-a@100 i-c@100"}, {PresentOverwritten, "i-a@1 i-c@100"},
	} {
		t.Run(string(tc.policy), func(t *testing.T) {
			t.Parallel()
			c := inProcess(t, world(), WithRules(func(r *Rules) {
				r.DefaultAddPresent, r.VServerAddPresent = tc.policy, tc.policy
			}))
			ok(t, c.remove("lb-1", `["i-b"]`))
			errs := []error{c.add("lb-1", again), c.addGroup("rsp-1", again)}
			for _, err := range errs {
				if tc.policy == "" || tc.policy == PresentRefused {
					refused(t, err, 400, "InvalidParameter")
				} else {
					ok(t, err)
				}
			}
			c.holds(t, "lb-1", tc.want)
			c.holds(t, "rsp-1", "eni-a/10.0.1.2:8080@10 "+strings.ReplaceAll(tc.want, "@", ":8080@"))
		})
	}
}

func TestASetOfAbsentMembersFollowsTheRule(t *testing.T) {
	t.Parallel()
	const some = `[{"ServerId":"i-a","Weight":1,"Port":8080},{"ServerId":"i-c","Weight":1,"Port":8080}]`
	c := inProcess(t, world())
	refused(t, c.set("lb-1", some), 400, "InvalidParameter")
	refused(t, c.setGroup("rsp-1", some), 400, "InvalidParameter")
	c.holds(t, "lb-1", "i-a@100 i-b@50=blue")
	c.Cloud.SetRules(func(r *Rules) { r.SetAbsent = AbsentIgnored })
	ok(t, c.set("lb-1", some))
	ok(t, c.setGroup("rsp-1", some))
	c.holds(t, "lb-1", "i-a@1 i-b@50=blue")
	c.holds(t, "rsp-1", "eni-a/10.0.1.2:8080@10 i-a:8080@1")
}

func TestWhatASetLeavesOutFollowsTheRule(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		rules  func(*Rules)
		weight string // after a Set of the weight alone
		text   string // after a Set of the description alone
	}{
		{"kept", func(*Rules) {}, "i-a@100 i-b@9=blue", "i-a@100 i-b@9=red"},
		{"reset", func(r *Rules) { r.SetResetsOmitted = true }, "i-a@100 i-b@9", "i-a@100 i-b@100=red"},
		{"descriptions fixed", func(r *Rules) { r.SetIgnoresDescription = true }, "i-a@100 i-b@9=blue", "i-a@100 i-b@9=blue"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := inProcess(t, world(), WithRules(tc.rules))
			ok(t, c.set("lb-1", `[{"ServerId":"i-b","Weight":9}]`))
			c.holds(t, "lb-1", tc.weight)
			ok(t, c.set("lb-1", `[{"ServerId":"i-b","Description":"red"}]`))
			c.holds(t, "lb-1", tc.text)
		})
	}
}

func TestRemovalsOfAbsentMembersAreIgnored(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	ok(t, c.remove("lb-1", `[{"ServerId":"i-d"},{"ServerId":"i-a"}]`))
	c.holds(t, "lb-1", "i-b@50=blue")
	ok(t, c.remove("lb-1", `[{"ServerId":"i-a"}]`))
	ok(t, c.removeGroup("rsp-1", `[{"ServerId":"i-a","Port":9999},{"ServerId":"i-d","Port":8080}]`))
	c.holds(t, "rsp-1", "eni-a/10.0.1.2:8080@10 i-a:8080@100")
}

func TestAnInterfaceIsAMemberPerAddress(t *testing.T) {
	t.Parallel()
	const two = `[{"ServerId":"eni-a","Type":"eni"},{"ServerId":"eni-a","Type":"eni","ServerIp":"10.0.1.2"}]`
	for _, tc := range []struct {
		name  string
		rules func(*Rules)
		left  string // after a removal without an address
	}{
		{"every one", func(*Rules) {}, "i-a@100 i-b@50=blue"},
		{"the primary", func(r *Rules) { r.MissingIPIsPrimary = true }, "eni-a/10.0.1.2@5 i-a@100 i-b@50=blue"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := inProcess(t, world(), WithRules(tc.rules))
			ok(t, c.add("lb-1", two))
			c.holds(t, "lb-1", "eni-a/10.0.1.1@100 eni-a/10.0.1.2@100 i-a@100 i-b@50=blue")
			ok(t, c.set("lb-1", `[{"ServerId":"eni-a","Type":"eni","ServerIp":"10.0.1.2","Weight":5}]`))
			ok(t, c.remove("lb-1", `[{"ServerId":"eni-a","Type":"eni","ServerIp":"10.0.1.3"},{"ServerId":"eni-a","Type":"ecs"}]`))
			c.holds(t, "lb-1", "eni-a/10.0.1.1@100 eni-a/10.0.1.2@5 i-a@100 i-b@50=blue")
			ok(t, c.remove("lb-1", `[{"ServerId":"eni-a","Type":"eni"}]`))
			c.holds(t, "lb-1", tc.left)
		})
	}
	c := inProcess(t, world(), WithRules(func(r *Rules) { r.RefuseMissingIP = true }))
	refused(t, c.add("lb-1", two), 400, "InvalidParameter")
	ok(t, c.add("lb-1", `[{"ServerId":"eci-a","Type":"eci","ServerIp":"10.0.2.1"}]`))
	c.holds(t, "lb-1", "eci-a/10.0.2.1@100 i-a@100 i-b@50=blue")
}

func TestAReleasedServerMayRefuseItsRemoval(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	c.Cloud.ReleaseServer("i-a", Release{})
	c.holds(t, "lb-1", "i-b@50=blue")
	c.holds(t, "rsp-1", "eni-a/10.0.1.2:8080@10")
	ok(t, c.remove("lb-1", `[{"ServerId":"i-a"}]`))
	c.Cloud.ReleaseServer("i-b", Release{KeepMembers: true, RefuseRemove: true})
	refused(t, c.remove("lb-1", `[{"ServerId":"i-c"},{"ServerId":"i-b"}]`), 400, "ObtainIpFail")
	c.holds(t, "lb-1", "i-b@50=blue")
	refused(t, c.add("lb-1", `[{"ServerId":"i-a"}]`), 400, "ObtainIpFail")
}

func TestTheQuotaCountsALoadBalancersMembers(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world(), AnyServer, WithRules(func(r *Rules) { r.MemberQuota = 6 })) // 4 are there
	refused(t, c.add("lb-1", many(0, 3, 0)), 400, "InstanceBackendServerNumberOverLimit")
	c.holds(t, "lb-1", "i-a@100 i-b@50=blue")
	ok(t, c.addGroup("rsp-2", many(0, 2, 80)))
	refused(t, c.add("lb-1", many(0, 1, 0)), 400, "InstanceBackendServerNumberOverLimit")
	_, err := c.createGroup("lb-1", "n", many(0, 1, 80))
	refused(t, err, 400, "InstanceBackendServerNumberOverLimit")
	ok(t, c.modifyGroup("rsp-2", many(0, 1, 80), many(5, 1, 80))) // one for one
	ok(t, c.set("lb-1", `[{"ServerId":"i-a","Weight":1}]`))
	c.Cloud.SetRules(func(r *Rules) { r.QuotaPerGroup = true })
	ok(t, c.add("lb-1", many(0, 4, 0)))
	refused(t, c.add("lb-1", many(4, 1, 0)), 400, "InstanceBackendServerNumberOverLimit")
	c.Cloud.SetRules(func(r *Rules) { r.MemberQuota = 0 }) // the vendor's 200
	for i := range 9 {
		ok(t, c.addGroup("rsp-9", many(20*i, 20, 80)))
	}
	ok(t, c.addGroup("rsp-9", many(180, 20, 80)))
	refused(t, c.addGroup("rsp-9", many(200, 1, 80)), 400, "InstanceBackendServerNumberOverLimit")
}
