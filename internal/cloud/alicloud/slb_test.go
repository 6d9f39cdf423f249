package alicloud_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	cloudlb "github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

const secret = "sk-not-a-real-secret"

// seed is a load balancer lb-1 with a vserver group rsp-1, and servers i-1 to i-3
// and eni-1, which has the addresses 10.0.0.1 to 10.0.0.3.
func seed(rules slbfake.Rules) slbfake.Seed {
	return slbfake.Seed{
		Region: "cn-hangzhou",
		Keys:   []slbfake.Key{{ID: "ak", Secret: secret}},
		Servers: []slbfake.Server{
			{ID: "i-1"}, {ID: "i-2"}, {ID: "i-3"},
			{ID: "eni-1", IPs: []string{"10.0.0.1", "10.0.0.2", "10.0.0.3"}},
			{ID: "eni-6", IPs: []string{"2001:db8::5"}},
		},
		LoadBalancers: []slbfake.LoadBalancer{{ID: "lb-1", VServerGroups: []slbfake.VServerGroup{{ID: "rsp-1"}}}},
		Rules:         rules,
	}
}

func TestTypeAgainstAddress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, c := inProcess(t, slbfake.Rules{})
		fails := func(server string, port int, more map[string]any, says string) {
			t.Helper()
			kind, config := wish(server, port, more)
			_, err := core.Plan(t.Context(), core.New(kind), config)
			refused(t, err, says)
		}
		for _, port := range groups {
			fails("eni-1", port, map[string]any{"type": "eni"}, `server_ip is required with type eni`)
			fails("eci-1", port, map[string]any{"type": "eci"}, `server_ip is required with type eci`)
			fails("i-1", port, map[string]any{"server_ip": "10.0.0.1"}, `server_ip goes with type eni and eci only`)
			fails("eni-1", port, map[string]any{"type": "eni", "server_ip": "10.0.0"}, `server_ip is 10\.0\.0: this is not an IP address`)
			fails("i-1", port, map[string]any{"type": "vm"}, `type.*one of`)
			fails("i-1", port, map[string]any{"description": "with space"}, `must be 1 to 80`)
			fails("i/1", port, nil, `must be a server id`)
		}
		fails("i-1", 8080, map[string]any{"port": 0}, `port.*whole number from 1 to 65535`)
		fails("i-1", 8080, map[string]any{"port": 80.5}, `port is 80\.5`)
		fails("i-1", 8080, map[string]any{"port": 65536}, `port.*whole number from 1 to 65535`)
		if es := c.Log.All(); len(es) != 0 {
			t.Errorf("errors at plan cost calls:\n%s", es)
		}
	})
}

// inProcess is the provider over a cloud without a socket, by the plugin
// protocol: what terraform adds is tested elsewhere.
func inProcess(t *testing.T, rules slbfake.Rules) (*acctest.Core, *slbfake.Running) {
	t.Helper()
	c := slbfake.InProcess(t, seed(rules))
	return acctest.NewCore(t, cloudlb.Of("test", alicloud.Cloud{Transport: c.Transport()}), map[string]any{
		"alicloud": map[string]any{"region": "cn-hangzhou", "access_key": "ak", "secret_key": secret},
	}), c
}

// wish is the configuration of a member of the default group, or with a port of
// the vserver group.
func wish(server string, port int, more map[string]any) (kind string, config map[string]any) {
	kind, config = "cloudlb_slb_backend_server", map[string]any{"load_balancer_id": "lb-1", "server_id": server}
	if port != 0 {
		kind, config = "cloudlb_slb_vserver_group_server", map[string]any{"vserver_group_id": "rsp-1", "server_id": server, "port": port}
	}
	maps.Copy(config, more)
	return kind, config
}

var groups = map[string]int{"lb-1": 0, "rsp-1": 8080}

// Two addresses of one network interface are two members; removing one leaves
// the other, whatever the vendor does about a removal without address.
func TestTwoAddressesOfOneInterface(t *testing.T) {
	t.Parallel()
	for _, rules := range []slbfake.Rules{{}, {MissingIPIsPrimary: true}, {RefuseMissingIP: true}, {HideIP: true}, {WriteEcho: slbfake.EchoNone}} {
		for group, port := range groups {
			synctest.Test(t, func(t *testing.T) {
				core, c := inProcess(t, rules)
				suffix := map[int]string{0: "", 8080: " :8080"}[port]
				eni := func(ip string) (string, map[string]any) {
					return wish("eni-1", port, map[string]any{"type": "eni", "server_ip": ip})
				}
				ecs := func() (string, map[string]any) { return wish("i-1", port, nil) }
				one := put(t, core, nil)(eni("10.0.0.1"))
				put(t, core, nil)(eni("10.0.0.2"))
				put(t, core, nil)(ecs())
				is(t, c, group, "eni-1 10.0.0.1 100"+suffix, "eni-1 10.0.0.2 100"+suffix, "i-1 100"+suffix)
				writes := len(c.Log.All().Writes())
				core.Run()
				core.MustRefresh(one)
				put(t, core, one)(eni("10.0.0.1"))
				if n := len(c.Log.All().Writes()); n != writes {
					t.Errorf("an apply of no change made %d writes", n-writes)
				}
				core.MustApply(one, nil)
				is(t, c, group, "eni-1 10.0.0.2 100"+suffix, "i-1 100"+suffix)
			})
		}
	}
}

// A description is set, changed and cleared in place, and a weight change
// leaves it, also where the vendor takes an absent one for an empty one.
func TestDescription(t *testing.T) {
	t.Parallel()
	for _, rules := range []slbfake.Rules{{}, {SetResetsOmitted: true}} {
		for group, port := range groups {
			synctest.Test(t, func(t *testing.T) {
				core, c := inProcess(t, rules)
				suffix := map[int]string{0: "", 8080: " :8080"}[port]
				var o *acctest.Object
				for _, step := range []struct {
					more map[string]any
					want string
				}{
					{map[string]any{"description": "web/1"}, "i-1 100" + suffix + " web/1"},
					{map[string]any{"description": "web/1", "weight": 0}, "i-1 0" + suffix + " web/1"},
					{map[string]any{"description": "web_2", "weight": 0}, "i-1 0" + suffix + " web_2"},
					{map[string]any{"weight": 0}, "i-1 0" + suffix},
				} {
					core.Run()
					o = put(t, core, o)(wish("i-1", port, step.more))
					is(t, c, group, step.want)
				}
				for _, op := range []string{"AddBackendServers", "AddVServerGroupBackendServers"} {
					if n := c.Log.All().Count(op); n > 1 {
						t.Errorf("%d calls of %s: the member was replaced", n, op)
					}
				}
			})
		}
	}
}

// put applies a configuration to an instance, or to a new one.
func put(t *testing.T, core *acctest.Core, o *acctest.Object) func(kind string, config map[string]any) *acctest.Object {
	t.Helper()
	return func(kind string, config map[string]any) *acctest.Object {
		t.Helper()
		if o == nil {
			o = core.New(kind)
		}
		core.Run()
		core.MustApply(o, config)
		return o
	}
}

// is checks what a group holds.
func is(t *testing.T, c *slbfake.Running, group string, want ...string) {
	t.Helper()
	var got []string
	for _, m := range c.Cloud.Members(group) {
		s := fmt.Sprintf("%s %d", m.ServerID, m.Weight)
		if m.ServerIP != "" && m.Type != "ecs" {
			s = fmt.Sprintf("%s %s %d", m.ServerID, m.ServerIP, m.Weight)
		}
		if m.Port != 0 {
			s += fmt.Sprintf(" :%d", m.Port)
		}
		if m.Description != "" {
			s += " " + m.Description
		}
		got = append(got, s)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s holds %q, want %q", group, got, want)
	}
}

// refused checks what an apply says that must fail.
func refused(t *testing.T, err error, says string) {
	t.Helper()
	if err == nil || !regexp.MustCompile("(?s)"+says).MatchString(err.Error()) {
		t.Errorf("error %v, want one that says %s", err, says)
	}
}

// Where the vendor accepts a change and does not make it, the change is an
// error, and state holds what is there.
func TestChangeThatIsIgnored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, _ := inProcess(t, slbfake.Rules{SetIgnoresDescription: true})
		kind, config := wish("i-1", 0, map[string]any{"description": "one"})
		o := put(t, core, nil)(kind, config)
		core.Run()
		_, two := wish("i-1", 0, map[string]any{"description": "two", "timeouts": map[string]any{"update": "3s"}})
		refused(t, core.Apply(t.Context(), o, two), `Unable to change backend server.*still lists the name or description "one", not "two"`)
		if got := core.Value(o, "description"); got != "one" {
			t.Errorf("state has the description %v", got)
		}
	})
}

// What a vserver group does about an add of a member that is there is not
// documented; the provider says so whatever it is.
func TestExistingMemberWhateverTheVendorDoes(t *testing.T) {
	t.Parallel()
	for _, policy := range []slbfake.PresentPolicy{slbfake.PresentRefused, slbfake.PresentIgnored, slbfake.PresentOverwritten} {
		synctest.Test(t, func(t *testing.T) {
			core, c := inProcess(t, slbfake.Rules{VServerAddPresent: policy, DefaultAddPresent: policy})
			for group, port := range groups {
				c.Cloud.AddForeign(group, slbfake.Member{ServerID: "i-1", Port: port, Weight: 9})
				kind, config := wish("i-1", port, nil)
				refused(t, core.Apply(t.Context(), core.New(kind), config), "is already in")
			}
			if n := len(c.Log.All().Writes()); n != 0 {
				t.Errorf("%s: %d writes", policy, n)
			}
		})
	}
}

// An interface's only member is imported without naming its address; with two
// the import says so.
func TestImportOfAnInterface(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, c := inProcess(t, slbfake.Rules{})
		for server, ip := range map[string]string{"eni-1": "10.0.0.2", "eni-6": "2001:db8::5"} {
			c.Cloud.AddForeign("rsp-1", slbfake.Member{ServerID: server, Type: "eni", ServerIP: ip, Port: 80, Weight: 5})
		}
		imports := func(server, id, ip string) {
			t.Helper()
			kind, config := wish(server, 80, map[string]any{"type": "eni", "server_ip": ip, "weight": 5})
			core.Run()
			o, err := core.Import(t.Context(), kind, id, nil)
			if err != nil {
				t.Errorf("%s: %v", id, err)
				return
			}
			core.Settled(o, config)
		}
		imports("eni-1", "rsp-1:eni-1:80", "10.0.0.2")
		imports("eni-1", "rsp-1:eni-1:10.0.0.2:80", "10.0.0.2")
		for _, id := range []string{"rsp-1:eni-6:80", "rsp-1:eni-6:2001:db8::5:80", "rsp-1:eni-6:[2001:db8::5]:80"} {
			imports("eni-6", id, "2001:0db8::0005")
		}
		c.Cloud.AddForeign("rsp-1", slbfake.Member{ServerID: "eni-1", Type: "eni", ServerIP: "10.0.0.3", Port: 80, Weight: 5})
		core.Run()
		_, err := core.Import(t.Context(), "cloudlb_slb_vserver_group_server", "rsp-1:eni-1:80", nil)
		refused(t, err, "2 members belong to eni-1")
		imports("eni-1", "rsp-1:eni-1:10.0.0.2:80", "10.0.0.2")
	})
}

// configs are members of one group by their servers.
func configs(port int, servers ...string) (kind string, all map[string]map[string]any) {
	all = map[string]map[string]any{}
	for _, server := range servers {
		kind, all[server] = wish(server, port, nil)
	}
	return kind, all
}

// A server that was released while it was a member does not keep a destroy
// from ending: the vendor then answers ObtainIpFail.
func TestRemovalOfAReleasedServer(t *testing.T) {
	t.Parallel()
	for group, port := range groups {
		synctest.Test(t, func(t *testing.T) {
			core, c := inProcess(t, slbfake.Rules{})
			state := map[string]*acctest.Object{}
			kind, three := configs(port, "i-1", "i-2", "i-3")
			for name, err := range core.ApplyAll(t.Context(), kind, state, three) {
				t.Fatalf("%s: %v", name, err)
			}
			// The plan's read still sees it; by the removal it is out.
			c.Cloud.ReleaseServer("i-2", slbfake.Release{KeepMembers: true, RefuseRemove: true})
			op := map[int]string{0: "RemoveBackendServers", 8080: "RemoveVServerGroupBackendServers"}[port]
			c.Faults.On(op).Do(fakecloud.Before(func() { c.Cloud.ReleaseServer("i-2", slbfake.Release{RefuseRemove: true}) }))
			for name, err := range core.ApplyAll(t.Context(), kind, state, nil) {
				t.Errorf("%s: %v", name, err)
			}
			is(t, c, group)
		})
	}
}

// One server that the vendor does not know fails alone, and is named.
func TestOneBadServerAmongMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, c := inProcess(t, slbfake.Rules{})
		state := map[string]*acctest.Object{}
		kind, three := configs(0, "i-1", "i-nobody", "i-3")
		errs := core.ApplyAll(t.Context(), kind, state, three)
		refused(t, errs["i-nobody"], `Unable to add backend server.*i-nobody.*InvalidServerId\.NotFound.*request id`)
		if len(errs) != 1 || state["i-1"] == nil || state["i-3"] == nil {
			t.Errorf("errors %v; state has %v", errs, state)
		}
		is(t, c, "lb-1", "i-1 100", "i-3 100")
	})
}

// Errors in XML are understood too.
func TestErrorsInXML(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, _ := inProcess(t, slbfake.Rules{XMLErrors: true})
		kind, config := wish("i-1", 80, map[string]any{"vserver_group_id": "rsp-none"})
		refused(t, core.Apply(t.Context(), core.New(kind), config), "Unable to add.*rsp-none.*InvalidParameter|InvalidParameter.*rsp-none")
	})
}
