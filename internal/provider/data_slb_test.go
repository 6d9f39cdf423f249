package provider_test

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

const (
	slbServersData = "cloudlb_slb_backend_servers"
	slbGroupData   = "cloudlb_slb_vserver_group_servers"
	slbGroupsData  = "cloudlb_slb_vserver_groups"
)

// slbDataSeed has members that are not in their keys' order, some of them
// behind several listeners.
func slbDataSeed() slbfake.Seed {
	seed := slbSeed()
	seed.LoadBalancers = []slbfake.LoadBalancer{
		{
			ID: "lb-1",
			Members: []slbfake.Member{
				{ServerID: "i-2", Weight: 0, Description: "blue"},
				{ServerID: "eni-1", Type: "eni", ServerIP: "10.0.0.3", Weight: 7},
				{ServerID: "i-1", Weight: 100},
				{ServerID: "eni-1", Type: "eni", ServerIP: "10.0.0.2", Weight: 8},
			},
			Listeners: []slbfake.Listener{
				{Port: 443, Protocol: "https"}, {Port: 80, Protocol: "http"},
				{Port: 53, Protocol: "udp", VServerGroup: "rsp-2"}, {Port: 53, Protocol: "tcp", VServerGroup: "rsp-2"},
			},
			VServerGroups: []slbfake.VServerGroup{
				{ID: "rsp-2", Name: "dns", Members: []slbfake.Member{
					{ServerID: "i-1", Port: 5353, Weight: 1}, {ServerID: "i-1", Port: 53, Weight: 2},
				}},
				{ID: "rsp-1", Name: "web-b"}, {ID: "rsp-3", Name: "web-a"},
			},
		},
		{ID: "lb-2"},
	}
	return seed
}

// source reads data sources of one cloud, by the plugin protocol.
type source struct {
	t    *testing.T
	core *acctest.Core
}

// inSLB runs a test in virtual time, on slbDataSeed. settings are those of the
// provider besides the login.
func inSLB(t *testing.T, settings map[string]any, test func(s *source, c *slbfake.Running)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := slbfake.InProcess(t, slbDataSeed())
		block := slbSettings()
		maps.Copy(block["alicloud"].(map[string]any), settings)
		test(&source{t, acctest.NewCore(t, provider.Of("test", alicloud.Cloud{Transport: c.Transport()}), block)}, c)
	})
}

// read is one terraform plan of a data source.
func (s *source) read(kind string, config map[string]any) map[string]any {
	s.t.Helper()
	s.core.Run()
	got, _, err := s.core.Data(s.t.Context(), kind, config)
	if err != nil {
		s.t.Errorf("%s %v: %v", kind, config, err)
	}
	return got
}

// is checks some attributes of a data source.
func (s *source) is(kind string, config, want map[string]any) {
	s.t.Helper()
	got := s.read(kind, config)
	for name, v := range want {
		if !reflect.DeepEqual(got[name], v) {
			s.t.Errorf("%s %v: %s is %#v, want %#v", kind, config, name, got[name], v)
		}
	}
}

// fails checks what a data source says that cannot be read.
func (s *source) fails(kind string, config map[string]any, says string) {
	s.t.Helper()
	s.core.Run()
	_, _, err := s.core.Data(s.t.Context(), kind, config)
	if err == nil || !regexp.MustCompile("(?s)"+says).MatchString(err.Error()) {
		s.t.Errorf("%s %v: %v, want an error that says %s", kind, config, err, says)
	}
}

// list is a list of values.
func list[T any](values ...T) []any {
	all := []any{}
	for _, v := range values {
		all = append(all, v)
	}
	return all
}

// health is what the listeners say, each as "http 80 normal".
func health(rows ...string) []any {
	all := []any{}
	for _, row := range rows {
		var protocol, status string
		var port int
		if _, err := fmt.Sscan(row, &protocol, &port, &status); err != nil {
			panic(err)
		}
		all = append(all, map[string]any{"protocol": protocol, "listener_port": port, "status": status})
	}
	return all
}

// orNull is a text that is null where it is empty.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// listedServer is a member; one with a port is a vserver group's.
func listedServer(server, kind, ip string, port, weight int, description string, rows ...string) map[string]any {
	m := map[string]any{
		"server_id": server, "type": kind, "server_ip": orNull(ip), "weight": weight, "description": orNull(description), "health": health(rows...),
	}
	if port != 0 {
		m["port"] = port
	}
	return m
}

func ofGroup(id string) map[string]any { return map[string]any{"vserver_group_id": id} }

// ofLB are the arguments that name a load balancer, and others by name and value.
func ofLB(id string, more ...any) map[string]any {
	return with(map[string]any{"load_balancer_id": id}, more...)
}

func TestDataSLBServers(t *testing.T) {
	t.Parallel()
	inSLB(t, nil, func(s *source, c *slbfake.Running) {
		c.Cloud.SetHealth(slbfake.Health{ServerID: "i-2", ListenerPort: 443, Status: "abnormal"})
		c.Cloud.SetHealth(slbfake.Health{ServerIP: "10.0.0.2", Status: "unavailable"})
		s.is(slbServersData, ofLB("lb-1"), map[string]any{"id": "lb-1", "region": slbAt, "servers": list(
			listedServer("eni-1", "eni", "10.0.0.2", 0, 8, "", "http 80 unavailable", "https 443 unavailable"),
			listedServer("eni-1", "eni", "10.0.0.3", 0, 7, "", "http 80 normal", "https 443 normal"),
			listedServer("i-1", "ecs", "", 0, 100, "", "http 80 normal", "https 443 normal"),
			listedServer("i-2", "ecs", "", 0, 0, "blue", "http 80 normal", "https 443 abnormal"),
		)})
		s.is(slbGroupData, map[string]any{"vserver_group_id": "rsp-2", "region": slbAt}, map[string]any{"id": "rsp-2", "region": slbAt, "servers": list(
			listedServer("i-1", "ecs", "", 53, 2, "", "tcp 53 normal", "udp 53 normal"),
			listedServer("i-1", "ecs", "", 5353, 1, "", "tcp 53 normal", "udp 53 normal"),
		)})
		s.is(slbServersData, ofLB("lb-2"), map[string]any{"servers": list[any]()})
		if writes := c.Log.All().Writes(); len(writes) != 0 {
			t.Errorf("reading wrote:\n%s", writes)
		}
	})
}

// A data source that depends on a resource shows what that has just added.
func TestAccDataSLBAfterAnAdd(t *testing.T) {
	t.Parallel()
	c := slbfake.Start(t, slbDataSeed())
	data := func(kind, attribute, id, more string) string {
		return fmt.Sprintf("data %q \"d\" {\n  %s = %q\n  %s\n}\n", kind, attribute, id, more)
	}
	dataIs := func(kind, list string, i int, attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data."+kind+".d", tfjsonpath.New(list).AtSliceIndex(i).AtMapKey(attribute), want)
	}
	body := slbProvider(c.URL)(secret, slbAt) + `
resource "cloudlb_slb_vserver_group_server" "m" {
  vserver_group_id = "rsp-2"
  server_id        = "i-9"
  port             = 53
}
` + data(slbGroupData, "vserver_group_id", "rsp-2", "depends_on = [cloudlb_slb_vserver_group_server.m]") +
		data(slbGroupsData, "load_balancer_id", "lb-1", "name_regex = \"dns\"\n  depends_on = [cloudlb_slb_vserver_group_server.m]")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{
				Config: body,
				ConfigStateChecks: []statecheck.StateCheck{
					dataIs(slbGroupData, "servers", 2, "server_id", knownvalue.StringExact("i-9")),
					dataIs(slbGroupData, "servers", 2, "health", knownvalue.ListSizeExact(2)),
					dataIs(slbGroupsData, "groups", 0, "server_count", knownvalue.Int64Exact(3)),
				},
			},
			{Config: body, ConfigPlanChecks: emptyPlan},
		},
	})
}

func TestDataSLBVServerGroups(t *testing.T) {
	t.Parallel()
	inSLB(t, nil, func(s *source, c *slbfake.Running) {
		listener := func(protocol string, port int) map[string]any {
			return map[string]any{"protocol": protocol, "port": port}
		}
		group := func(id, name string, servers int, listeners any) map[string]any {
			return map[string]any{"id": id, "name": name, "server_count": servers, "listeners": listeners}
		}
		none := list[any]()
		s.is(slbGroupsData, ofLB("lb-1"), map[string]any{
			"id": "lb-1", "region": slbAt, "ids": list("rsp-1", "rsp-2", "rsp-3"), "names": list("web-b", "dns", "web-a"),
			"groups": list(
				group("rsp-1", "web-b", 0, none), group("rsp-2", "dns", 2, list(listener("tcp", 53), listener("udp", 53))), group("rsp-3", "web-a", 0, none),
			),
		})
		s.is(slbGroupsData, ofLB("lb-1", "name_regex", "^web-"), map[string]any{"ids": list("rsp-1", "rsp-3"), "names": list("web-b", "web-a")})
		s.is(slbGroupsData, ofLB("lb-1", "name_regex", "^eb-"), map[string]any{"ids": none, "names": none, "groups": none})
		c.Cloud.SetRules(func(r *slbfake.Rules) { r.NoAssociatedObjects = true })
		s.is(slbGroupsData, ofLB("lb-1", "name_regex", "dns"), map[string]any{"groups": list(group("rsp-2", "dns", 2, nil))})
	})
}

// What does not exist is an error, never an empty list.
func TestDataSLBOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	inSLB(t, nil, func(s *source, _ *slbfake.Running) {
		s.fails(slbServersData, ofLB("lb-none"), `Unable to read backend servers.*lb-none.*InvalidLoadBalancerId.NotFound.*request id.*Check load_balancer_id`)
		s.fails(slbGroupData, ofGroup("rsp-none"), `Unable to read backend servers.*rsp-none.*InvalidParameter.*request id.*Check vserver_group_id`)
		s.fails(slbGroupsData, ofLB("lb-none"), `Unable to read vserver groups.*lb-none.*InvalidLoadBalancerId.NotFound.*request id.*Check load_balancer_id`)
		s.fails(slbServersData, ofLB("lb/1"), `must be a load balancer id`)
		s.fails(slbGroupData, ofGroup(""), `must be a vserver group id`)
		s.fails(slbGroupsData, ofLB("lb-1", "name_regex", "web-["), `Invalid regular expression.*name_regex`)
	})
}

func TestDataSLBWithoutAUsableProvider(t *testing.T) {
	t.Parallel()
	for says, settings := range map[string]map[string]any{
		"Provider configuration is not known.*NOUN cannot": {"region": acctest.Unknown},
		"Incomplete credentials for Alibaba Cloud":         {"secret_key": ""},
	} {
		inSLB(t, settings, func(s *source, c *slbfake.Running) {
			s.fails(slbServersData, ofLB("lb-1"), strings.ReplaceAll(says, "NOUN", "backend servers"))
			s.fails(slbGroupData, ofGroup("rsp-1"), strings.ReplaceAll(says, "NOUN", "backend servers"))
			s.fails(slbGroupsData, ofLB("lb-1"), strings.ReplaceAll(says, "NOUN", "vserver groups"))
			if es := c.Log.All(); len(es) != 0 {
				t.Errorf("calls without a usable provider:\n%s", es)
			}
		})
	}
}

// A passing failure is waited out, in a reading of members, of health and of
// groups alike.
func TestDataSLBWaitsOutPassingFailures(t *testing.T) {
	t.Parallel()
	inSLB(t, nil, func(s *source, c *slbfake.Running) {
		for _, op := range []string{"DescribeLoadBalancerAttribute", "DescribeHealthStatus", "DescribeVServerGroups"} {
			c.Faults.On(op).Do(fakecloud.Throttle(0))
			c.Faults.On(op).Nth(2).Do(fakecloud.Fail(503, "ServiceUnavailable", ""))
		}
		if n := len(s.read(slbServersData, ofLB("lb-1"))["servers"].([]any)); n != 4 {
			t.Errorf("%d servers, want 4", n)
		}
		if n := len(s.read(slbGroupsData, ofLB("lb-1"))["groups"].([]any)); n != 3 {
			t.Errorf("%d groups, want 3", n)
		}
	})
}

// Without permission to read the health, the members come without it and with
// a warning; the same on a call that only says what forwards where makes no
// difference.
func TestDataSLBWithoutPermissionForHealth(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		op      string
		checked int  // members with health
		warned  bool // that there is none
	}{
		{"DescribeHealthStatus", 0, true},
		{"DescribeVServerGroups", 4, false},
	} {
		inSLB(t, nil, func(s *source, c *slbfake.Running) {
			c.Faults.On(tc.op).Times(0).Do(fakecloud.Fail(403, "Forbidden.RAM", "User not authorized to operate on the specified resource."))
			got, warnings, err := s.core.Data(s.t.Context(), slbServersData, ofLB("lb-1"))
			if err != nil {
				t.Fatal(err)
			}
			servers, checked := got["servers"].([]any), 0
			for _, server := range servers {
				rows, ok := server.(map[string]any)["health"].([]any)
				if !ok {
					t.Error("no health is null, want an empty list")
				}
				if len(rows) > 0 {
					checked++
				}
			}
			if len(servers) != 4 || checked != tc.checked {
				t.Errorf("%s: %d members, %d of them with health; want 4 and %d", tc.op, len(servers), checked, tc.checked)
			}
			if tc.warned != (len(warnings) == 1) {
				t.Errorf("%s: warnings %q", tc.op, warnings)
			}
			for _, w := range warnings {
				for _, part := range []string{"Unable to read the health of backend servers", "lb-1", "Forbidden.RAM", "request id", "may not call DescribeHealthStatus"} {
					if !strings.Contains(w, part) {
						t.Errorf("warning %q lacks %q", w, part)
					}
				}
			}
		})
	}
}
