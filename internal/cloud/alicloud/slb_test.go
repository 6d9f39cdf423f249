package alicloud_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	cloudlb "github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

const secret = "sk-not-a-real-secret"

// start serves a load balancer lb-1 with a vserver group rsp-1, and servers
// i-1 to i-3 and eni-1, which has the addresses 10.0.0.1 to 10.0.0.3.
func start(t *testing.T, rules slbfake.Rules) *slbfake.Running {
	t.Helper()
	return slbfake.Start(t, seed(rules))
}

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

func provider(c *slbfake.Running) string {
	return fmt.Sprintf(`
provider "cloudlb" {
  alicloud {
    region     = "cn-hangzhou"
    access_key = "ak"
    secret_key = %q
    endpoints { slb = %q }
  }
}
`, secret, c.URL)
}

// member is a member of the default group, or with a port of the vserver group.
func member(name, server string, port int, extra string) string {
	if port == 0 {
		return fmt.Sprintf("resource \"cloudlb_slb_backend_server\" %q {\n load_balancer_id = \"lb-1\"\n server_id = %q\n %s\n}\n", name, server, extra)
	}
	return fmt.Sprintf("resource \"cloudlb_slb_vserver_group_server\" %q {\n vserver_group_id = \"rsp-1\"\n server_id = %q\n port = %d\n %s\n}\n",
		name, server, port, extra)
}

func holds(t *testing.T, c *slbfake.Running, group string, want ...string) resource.TestCheckFunc {
	t.Helper()
	return func(*terraform.State) error {
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
			return fmt.Errorf("%s holds %q, want %q", group, got, want)
		}
		return nil
	}
}

func TestAccTypeAgainstAddress(t *testing.T) {
	t.Parallel()
	c := start(t, slbfake.Rules{})
	fail := func(body, text string) resource.TestStep {
		return resource.TestStep{Config: provider(c) + body, PlanOnly: true, ExpectError: regexp.MustCompile(`(?s)` + text)}
	}
	var steps []resource.TestStep
	for _, port := range []int{0, 8080} {
		steps = append(steps,
			fail(member("m", "eni-1", port, `type = "eni"`), `server_ip is required with type eni`),
			fail(member("m", "eci-1", port, `type = "eci"`), `server_ip is required with type eci`),
			fail(member("m", "i-1", port, `server_ip = "10.0.0.1"`), `server_ip goes with type eni and eci only`),
			fail(member("m", "eni-1", port, "type = \"eni\"\nserver_ip = \"10.0.0\""), `server_ip is 10\.0\.0: this is not an IP address`),
			fail(member("m", "i-1", port, `type = "vm"`), `type.*one of`),
			fail(member("m", "i-1", port, `description = "with space"`), `must be 1 to 80`),
			fail(member("m", "i/1", port, ``), `must be a server id`),
		)
	}
	steps = append(steps,
		fail(strings.Replace(member("m", "i-1", 8080, ""), "8080", "0", 1), `port.*whole\s+number\s+from\s+1\s+to\s+65535`),
		fail(strings.Replace(member("m", "i-1", 8080, ""), "8080", "80.5", 1), `port is 80\.5`),
		fail(strings.Replace(member("m", "i-1", 8080, ""), "8080", "65536", 1), `port.*whole\s+number\s+from\s+1\s+to\s+65535`),
	)
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(), Steps: steps})
	if es := c.Log.All(); len(es) != 0 {
		t.Errorf("errors at plan cost calls:\n%s", es)
	}
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
				if err := core.Refresh(t.Context(), one); err != nil {
					t.Fatal(err)
				}
				put(t, core, one)(eni("10.0.0.1"))
				if n := len(c.Log.All().Writes()); n != writes {
					t.Errorf("an apply of no change made %d writes", n-writes)
				}
				if err := core.Apply(t.Context(), one, nil); err != nil {
					t.Fatal(err)
				}
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
		if err := core.Apply(t.Context(), o, config); err != nil {
			t.Fatal(err)
		}
		return o
	}
}

func is(t *testing.T, c *slbfake.Running, group string, want ...string) {
	t.Helper()
	if err := holds(t, c, group, want...)(nil); err != nil {
		t.Error(err)
	}
}

// The same through terraform, for one kind of vendor.
func TestAccTwoAddressesOfOneInterface(t *testing.T) {
	t.Parallel()
	c := start(t, slbfake.Rules{})
	eni := func(name, ip string) string {
		return member(name, "eni-1", 8080, "type = \"eni\"\nserver_ip = \""+ip+"\"")
	}
	one, two := eni("a", "10.0.0.1"), eni("b", "10.0.0.2")
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{Config: provider(c) + one + two, Check: holds(t, c, "rsp-1", "eni-1 10.0.0.1 100 :8080", "eni-1 10.0.0.2 100 :8080")},
			{Config: provider(c) + one + two, ConfigPlanChecks: empty},
			{Config: provider(c) + two, Check: holds(t, c, "rsp-1", "eni-1 10.0.0.2 100 :8080")},
		},
		CheckDestroy: holds(t, c, "rsp-1"),
	})
}

// Where the vendor accepts a change and does not make it, the change is an
// error, and state holds what is there.
func TestAccChangeThatIsIgnored(t *testing.T) {
	t.Parallel()
	c := start(t, slbfake.Rules{SetIgnoresDescription: true})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{Config: provider(c) + member("m", "i-1", 0, `description = "one"`)},
			{
				Config:      provider(c) + member("m", "i-1", 0, "description = \"two\"\ntimeouts { update = \"3s\" }"),
				ExpectError: regexp.MustCompile(`(?s)Unable to change backend server.*does\s+not\s+show`),
			},
			{
				Config: provider(c) + member("m", "i-1", 0, `description = "one"`),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue("cloudlb_slb_backend_server.m", tfjsonpath.New("description"), knownvalue.StringExact("one")),
				},
			},
		},
	})
}

// What a vserver group does about an add of a member that is there is not
// documented; the provider says so whatever it is.
func TestAccExistingMemberWhateverTheVendorDoes(t *testing.T) {
	t.Parallel()
	for _, policy := range []slbfake.PresentPolicy{slbfake.PresentRefused, slbfake.PresentIgnored, slbfake.PresentOverwritten} {
		c := start(t, slbfake.Rules{VServerAddPresent: policy, DefaultAddPresent: policy})
		c.Cloud.AddForeign("rsp-1", slbfake.Member{ServerID: "i-1", Port: 8080, Weight: 9})
		c.Cloud.AddForeign("lb-1", slbfake.Member{ServerID: "i-1", Weight: 9})
		for _, port := range []int{0, 8080} {
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(),
				Steps: []resource.TestStep{{
					Config:      provider(c) + member("m", "i-1", port, ""),
					ExpectError: regexp.MustCompile(`(?s)is\s+already\s+in`),
				}},
			})
		}
		if n := len(c.Log.All().Writes()); n != 0 {
			t.Errorf("%s: %d writes", policy, n)
		}
	}
}

// An interface's only member is imported without naming its address; with two
// the import says so.
func TestAccImportOfAnInterface(t *testing.T) {
	t.Parallel()
	c := start(t, slbfake.Rules{})
	c.Cloud.AddForeign("rsp-1", slbfake.Member{ServerID: "eni-1", Type: "eni", ServerIP: "10.0.0.2", Port: 80, Weight: 5})
	c.Cloud.AddForeign("rsp-1", slbfake.Member{ServerID: "eni-6", Type: "eni", ServerIP: "2001:db8::5", Port: 80, Weight: 5})
	body := provider(c) + member("m", "eni-1", 80, "type = \"eni\"\nserver_ip = \"10.0.0.2\"\nweight = 5")
	six := provider(c) + member("m", "eni-6", 80, "type = \"eni\"\nserver_ip = \"2001:0db8::0005\"\nweight = 5")
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	const address = "cloudlb_slb_vserver_group_server.m"
	for config, ids := range map[string][]string{
		body: {"rsp-1:eni-1:80", "rsp-1:eni-1:10.0.0.2:80"},
		six:  {"rsp-1:eni-6:80", "rsp-1:eni-6:2001:db8::5:80", "rsp-1:eni-6:[2001:db8::5]:80"},
	} {
		for _, id := range ids {
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(),
				Steps: []resource.TestStep{
					{ResourceName: address, Config: config, ImportState: true, ImportStateId: id, ImportStatePersist: true},
					{Config: config, ConfigPlanChecks: empty},
					{Config: "removed {\n from = " + address + "\n lifecycle {\n destroy = false\n }\n}\n" + provider(c)},
				},
			})
		}
	}
	c.Cloud.AddForeign("rsp-1", slbfake.Member{ServerID: "eni-1", Type: "eni", ServerIP: "10.0.0.3", Port: 80, Weight: 5})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{
				ResourceName: address, Config: body, ImportState: true, ImportStateId: "rsp-1:eni-1:80",
				ExpectError: regexp.MustCompile(`(?s)2\s+members\s+belong\s+to\s+eni-1`),
			},
			{ResourceName: address, Config: body, ImportState: true, ImportStateId: "rsp-1:eni-1:10.0.0.2:80", ImportStatePersist: true},
			{Config: body, ConfigPlanChecks: empty},
		},
	})
}

// A server that was released while it was a member does not keep a destroy
// from ending: the vendor then answers ObtainIpFail.
func TestAccRemovalOfAReleasedServer(t *testing.T) {
	t.Parallel()
	for group, port := range map[string]int{"lb-1": 0, "rsp-1": 8080} {
		c := start(t, slbfake.Rules{})
		body := provider(c) + member("a", "i-1", port, "") + member("b", "i-2", port, "") + member("c", "i-3", port, "")
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories(),
			Steps: []resource.TestStep{
				{Config: body},
				{
					PreConfig: func() {
						// The plan's read still sees it; by the removal it is out.
						c.Cloud.ReleaseServer("i-2", slbfake.Release{KeepMembers: true, RefuseRemove: true})
						op := map[int]string{0: "RemoveBackendServers", 8080: "RemoveVServerGroupBackendServers"}[port]
						c.Faults.On(op).Do(fakecloud.Before(func() { c.Cloud.ReleaseServer("i-2", slbfake.Release{RefuseRemove: true}) }))
					},
					Config: body, Destroy: true,
				},
			},
			CheckDestroy: holds(t, c, group),
		})
	}
}

// One server that the vendor does not know fails alone, and is named.
func TestAccOneBadServerAmongMany(t *testing.T) {
	t.Parallel()
	c := start(t, slbfake.Rules{})
	body := provider(c) + member("a", "i-1", 0, "") + member("b", "i-nobody", 0, "") + member("c", "i-3", 0, "")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{Config: body, ExpectError: regexp.MustCompile(`(?s)Unable to add backend server.*i-nobody.*InvalidServerId\.NotFound.*request\s+id`)},
			{
				Config: provider(c) + member("a", "i-1", 0, "") + member("c", "i-3", 0, ""),
				Check:  holds(t, c, "lb-1", "i-1 100", "i-3 100"),
			},
		},
	})
}

// Errors in XML are understood too.
func TestAccErrorsInXML(t *testing.T) {
	t.Parallel()
	c := start(t, slbfake.Rules{XMLErrors: true})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{{
			Config:      provider(c) + strings.Replace(member("m", "i-1", 80, ""), "rsp-1", "rsp-none", 1),
			ExpectError: regexp.MustCompile(`(?s)Unable to add.*InvalidParameter.*rsp-none|rsp-none.*InvalidParameter`),
		}},
	})
}
