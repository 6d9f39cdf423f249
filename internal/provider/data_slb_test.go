package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
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

func data(kind, attribute, id, more string) string {
	return fmt.Sprintf("data %q \"d\" {\n  %s = %q\n  %s\n}\n", kind, attribute, id, more)
}

// health is what the listeners say, each as "http 80 normal".
func health(rows ...string) knownvalue.Check {
	checks := []knownvalue.Check{}
	for _, row := range rows {
		var protocol, status string
		var port int64
		if _, err := fmt.Sscan(row, &protocol, &port, &status); err != nil {
			panic(err)
		}
		checks = append(checks, knownvalue.ObjectExact(map[string]knownvalue.Check{
			"protocol": text(protocol), "listener_port": knownvalue.Int64Exact(port), "status": text(status),
		}))
	}
	return knownvalue.ListExact(checks)
}

// listedServer is a member; one with a port is a vserver group's.
func listedServer(server, kind, ip string, port, weight int64, description string, rows ...string) knownvalue.Check {
	object := map[string]knownvalue.Check{
		"server_id": text(server), "type": text(kind), "server_ip": text(ip), "weight": knownvalue.Int64Exact(weight),
		"description": text(description), "health": health(rows...),
	}
	if port != 0 {
		object["port"] = knownvalue.Int64Exact(port)
	}
	return knownvalue.ObjectExact(object)
}

func dataIs(kind, attribute string, want knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data."+kind+".d", tfjsonpath.New(attribute), want)
}

func TestAccDataSLBServers(t *testing.T) {
	t.Parallel()
	c := slbfake.Start(t, slbDataSeed())
	c.Cloud.SetHealth(slbfake.Health{ServerID: "i-2", ListenerPort: 443, Status: "abnormal"})
	c.Cloud.SetHealth(slbfake.Health{ServerIP: "10.0.0.2", Status: "unavailable"})
	block := slbProvider(c.URL)(secret, slbAt)
	own := block + data(slbServersData, "load_balancer_id", "lb-1", "")
	group := block + data(slbGroupData, "vserver_group_id", "rsp-2", `region = "cn-hangzhou"`)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{
				Config: own,
				ConfigStateChecks: []statecheck.StateCheck{
					dataIs(slbServersData, "id", text("lb-1")), dataIs(slbServersData, "region", text(slbAt)),
					dataIs(slbServersData, "servers", knownvalue.ListExact([]knownvalue.Check{
						listedServer("eni-1", "eni", "10.0.0.2", 0, 8, "", "http 80 unavailable", "https 443 unavailable"),
						listedServer("eni-1", "eni", "10.0.0.3", 0, 7, "", "http 80 normal", "https 443 normal"),
						listedServer("i-1", "ecs", "", 0, 100, "", "http 80 normal", "https 443 normal"),
						listedServer("i-2", "ecs", "", 0, 0, "blue", "http 80 normal", "https 443 abnormal"),
					})),
				},
			},
			{Config: own, ConfigPlanChecks: emptyPlan},
			{
				Config: group,
				ConfigStateChecks: []statecheck.StateCheck{
					dataIs(slbGroupData, "id", text("rsp-2")), dataIs(slbGroupData, "region", text(slbAt)),
					dataIs(slbGroupData, "servers", knownvalue.ListExact([]knownvalue.Check{
						listedServer("i-1", "ecs", "", 53, 2, "", "tcp 53 normal", "udp 53 normal"),
						listedServer("i-1", "ecs", "", 5353, 1, "", "tcp 53 normal", "udp 53 normal"),
					})),
				},
			},
			{
				Config: block + data(slbServersData, "load_balancer_id", "lb-2", ""),
				ConfigStateChecks: []statecheck.StateCheck{
					dataIs(slbServersData, "servers", knownvalue.ListExact([]knownvalue.Check{})),
				},
			},
		},
	})
	if writes := c.Log.All().Writes(); len(writes) != 0 {
		t.Errorf("reading wrote:\n%s", writes)
	}
}

// A data source that depends on a resource shows what that has just added.
func TestAccDataSLBAfterAnAdd(t *testing.T) {
	t.Parallel()
	c := slbfake.Start(t, slbDataSeed())
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
					dataIs(slbGroupData, "servers", knownvalue.ListPartial(map[int]knownvalue.Check{
						2: listedServer("i-9", "ecs", "", 53, 100, "", "tcp 53 normal", "udp 53 normal"),
					})),
					dataIs(slbGroupsData, "groups", knownvalue.ListPartial(map[int]knownvalue.Check{
						0: knownvalue.ObjectPartial(map[string]knownvalue.Check{"server_count": knownvalue.Int64Exact(3)}),
					})),
				},
			},
			{Config: body, ConfigPlanChecks: emptyPlan},
		},
	})
}

func TestAccDataSLBVServerGroups(t *testing.T) {
	t.Parallel()
	c := slbfake.Start(t, slbDataSeed())
	block := slbProvider(c.URL)(secret, slbAt)
	list := func(more string) string { return block + data(slbGroupsData, "load_balancer_id", "lb-1", more) }
	texts := func(values ...string) knownvalue.Check {
		checks := []knownvalue.Check{}
		for _, v := range values {
			checks = append(checks, text(v))
		}
		return knownvalue.ListExact(checks)
	}
	listener := func(protocol string, port int64) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{"protocol": text(protocol), "port": knownvalue.Int64Exact(port)})
	}
	group := func(id, name string, servers int64, listeners knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"id": text(id), "name": text(name), "server_count": knownvalue.Int64Exact(servers), "listeners": listeners,
		})
	}
	none := knownvalue.ListExact([]knownvalue.Check{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{Config: list(`name_regex = "web-["`), ExpectError: regexp.MustCompile(`(?s)Invalid regular expression.*name_regex`)},
			{
				Config: list(""),
				ConfigStateChecks: []statecheck.StateCheck{
					dataIs(slbGroupsData, "id", text("lb-1")), dataIs(slbGroupsData, "region", text(slbAt)),
					dataIs(slbGroupsData, "ids", texts("rsp-1", "rsp-2", "rsp-3")),
					dataIs(slbGroupsData, "names", texts("web-b", "dns", "web-a")),
					dataIs(slbGroupsData, "groups", knownvalue.ListExact([]knownvalue.Check{
						group("rsp-1", "web-b", 0, none),
						group("rsp-2", "dns", 2, knownvalue.ListExact([]knownvalue.Check{listener("tcp", 53), listener("udp", 53)})),
						group("rsp-3", "web-a", 0, none),
					})),
				},
			},
			{Config: list(""), ConfigPlanChecks: emptyPlan},
			{
				Config: list(`name_regex = "^web-"`),
				ConfigStateChecks: []statecheck.StateCheck{
					dataIs(slbGroupsData, "ids", texts("rsp-1", "rsp-3")), dataIs(slbGroupsData, "names", texts("web-b", "web-a")),
				},
			},
			{
				Config: list(`name_regex = "^eb-"`),
				ConfigStateChecks: []statecheck.StateCheck{
					dataIs(slbGroupsData, "ids", texts()), dataIs(slbGroupsData, "names", texts()), dataIs(slbGroupsData, "groups", none),
				},
			},
			{
				PreConfig: func() { c.Cloud.SetRules(func(r *slbfake.Rules) { r.NoAssociatedObjects = true }) },
				Config:    list(`name_regex = "dns"`),
				ConfigStateChecks: []statecheck.StateCheck{
					dataIs(slbGroupsData, "groups", knownvalue.ListExact([]knownvalue.Check{group("rsp-2", "dns", 2, knownvalue.Null())})),
				},
			},
		},
	})
}

// What does not exist is an error, never an empty list.
func TestAccDataSLBOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	c := slbfake.Start(t, slbDataSeed())
	block := slbProvider(c.URL)(secret, slbAt)
	var steps []resource.TestStep
	for _, tc := range []struct{ kind, attribute, id, want string }{
		{slbServersData, "load_balancer_id", "lb-none", `backend servers.*load_balancer_id.*lb-none.*InvalidLoadBalancerId.NotFound.*request\s+id.*Check load_balancer_id`},
		{slbGroupData, "vserver_group_id", "rsp-none", `vserver group servers.*vserver_group_id.*rsp-none.*InvalidParameter.*request\s+id.*Check vserver_group_id`},
		{slbGroupsData, "load_balancer_id", "lb-none", `vserver groups.*load_balancer_id.*lb-none.*InvalidLoadBalancerId.NotFound.*request\s+id.*Check load_balancer_id`},
		{slbServersData, "load_balancer_id", "lb/1", `must be a load balancer id`},
		{slbGroupData, "vserver_group_id", "", `must be a vserver group id`},
	} {
		want := tc.want
		if !strings.HasPrefix(want, "must") {
			want = `Unable to read ` + want
		}
		steps = append(steps, resource.TestStep{
			Config: block + data(tc.kind, tc.attribute, tc.id, ""), ExpectError: regexp.MustCompile(`(?s)` + strings.ReplaceAll(want, " ", `\s+`)),
		})
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(), Steps: steps})
}

func TestAccDataSLBWithoutAUsableProvider(t *testing.T) {
	t.Parallel()
	c := slbfake.Start(t, slbDataSeed())
	unknown := `
resource "terraform_data" "region" {
  input = "cn-hangzhou"
}
` + strings.Replace(slbProvider(c.URL)(secret, slbAt), `"`+slbAt+`"`, "terraform_data.region.output", 1)
	var steps []resource.TestStep
	for kind, body := range map[string]string{
		"backend servers":       data(slbServersData, "load_balancer_id", "lb-1", ""),
		"vserver group servers": data(slbGroupData, "vserver_group_id", "rsp-1", ""),
		"vserver groups":        data(slbGroupsData, "load_balancer_id", "lb-1", ""),
	} {
		steps = append(steps,
			resource.TestStep{
				Config:      unknown + body,
				ExpectError: regexp.MustCompile(`(?s)Provider\s+configuration\s+is\s+not\s+known.*` + strings.ReplaceAll(kind, " ", `\s+`) + `\s+cannot`),
			},
			resource.TestStep{
				Config:      slbProvider(c.URL)("", slbAt) + body,
				ExpectError: regexp.MustCompile(`Incomplete\s+credentials\s+for\s+Alibaba\s+Cloud`),
			},
		)
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(), Steps: steps})
	if es := c.Log.All(); len(es) != 0 {
		t.Errorf("calls without a usable provider:\n%s", es)
	}
}

// A passing failure is waited out, in a reading of members, of health and of
// groups alike.
func TestAccDataSLBWaitsOutPassingFailures(t *testing.T) {
	acctest.NeedsCLI(t)
	t.Parallel()
	c := slbfake.Start(t, slbDataSeed())
	for _, op := range []string{"DescribeLoadBalancerAttribute", "DescribeHealthStatus", "DescribeVServerGroups"} {
		c.Faults.On(op).Do(fakecloud.Throttle(0))
		c.Faults.On(op).Nth(2).Do(fakecloud.Fail(503, "ServiceUnavailable", ""))
	}
	block := slbProvider(c.URL)(secret, slbAt)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{{
			Config: block + data(slbServersData, "load_balancer_id", "lb-1", "") + data(slbGroupsData, "load_balancer_id", "lb-1", ""),
			ConfigStateChecks: []statecheck.StateCheck{
				dataIs(slbServersData, "servers", knownvalue.ListSizeExact(4)), dataIs(slbGroupsData, "groups", knownvalue.ListSizeExact(3)),
			},
		}},
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
		c := slbfake.InProcess(t, slbDataSeed())
		c.Faults.On(tc.op).Times(0).Do(fakecloud.Fail(403, "Forbidden.RAM", "User not authorized to operate on the specified resource."))
		core := acctest.NewCore(t, provider.Of("test", alicloud.Cloud{Transport: c.Transport()}), slbSettings())
		got, warnings, err := core.Data(t.Context(), slbServersData, map[string]any{"load_balancer_id": "lb-1"})
		if err != nil {
			t.Fatal(err)
		}
		var servers []tftypes.Value
		if err := got["servers"].As(&servers); err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, s := range servers {
			var attributes map[string]tftypes.Value
			var rows []tftypes.Value
			if err := s.As(&attributes); err != nil {
				t.Fatal(err)
			}
			if err := attributes["health"].As(&rows); err != nil {
				t.Fatal(err)
			}
			if attributes["health"].IsNull() {
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
			for _, part := range []string{"Unable to read the health of backend servers", "lb-1", "Forbidden.RAM", "request id", "may make this call"} {
				if !strings.Contains(w, part) {
					t.Errorf("warning %q lacks %q", w, part)
				}
			}
		}
	}
}
