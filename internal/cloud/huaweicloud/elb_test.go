package huaweicloud_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

const (
	secret  = "sk-not-a-real-secret"
	region  = "cn-north-4"
	project = "99a3fff0d03c428eac3678da6a7d0f24"
	address = "cloudlb_elb_member.m"
)

// start serves one pool of each kind. In every one but the gateway's there is
// a member of somebody else's, others in the checks below.
func start(t *testing.T, behaviour elbfake.Behaviour) *elbfake.Running {
	t.Helper()
	return elbfake.Start(t, seed(behaviour))
}

func seed(behaviour elbfake.Behaviour) elbfake.Seed {
	weight := 40
	foreign := []elbfake.Member{{Address: "10.0.9.9", Port: 8080, Subnet: "subnet-4", Weight: &weight}}
	return elbfake.Seed{
		Region:   region,
		Projects: []elbfake.Project{{ID: project, Name: region}, {ID: "b0", Name: region + "_team"}},
		Keys:     []elbfake.Key{{AK: "ak", SK: secret}},
		Zones:    []string{"az-1", "az-2"},
		Subnets: []elbfake.Subnet{
			{ID: "subnet-4", CIDR: "10.0.0.0/16", VPC: "vpc-1"},
			{ID: "subnet-6", CIDR: "2001:db8::/64", VPC: "vpc-1"},
			{ID: "subnet-gw", CIDR: "10.1.0.0/16", VPC: "vpc-1"},
		},
		LoadBalancers: []elbfake.LoadBalancer{
			{ID: "lb-1", VPC: "vpc-1", IPTarget: true, Listeners: []string{"listener-1"}},
			{ID: "lb-2", VPC: "vpc-1"},
			{ID: "lb-3", VPC: "vpc-1", Subnet: "subnet-gw", IPTarget: true},
		},
		Pools: []elbfake.Pool{
			{ID: "pool-1", Protocol: "HTTP", Listeners: []string{"listener-1"}, Members: foreign},
			{ID: "pool-2", Protocol: "HTTP", LoadBalancers: []string{"lb-1"}, Members: foreign},
			{ID: "pool-3", Protocol: "HTTPS", LoadBalancers: []string{"lb-1"}, Members: foreign},
			{ID: "pool-tcp", Protocol: "TCP", LoadBalancers: []string{"lb-1"}, Members: foreign},
			{ID: "pool-any", Protocol: "TCP", LoadBalancers: []string{"lb-1"}, AnyPort: true, Members: foreign},
			{ID: "pool-no-ip", Protocol: "HTTP", LoadBalancers: []string{"lb-2"}, Members: foreign},
			{ID: "pool-gateway", Protocol: "IP", LoadBalancers: []string{"lb-3"}},
		},
		Behaviour: behaviour,
	}
}

func providerWith(c *elbfake.Running, extra string) string {
	return fmt.Sprintf(`
provider "cloudlb" {
  huaweicloud {
    region     = %q
    access_key = "ak"
    secret_key = %q
    endpoints {
      elb = %q
      iam = %q
    }
    %s
  }
}
`, region, secret, c.URL, c.URL, extra)
}

func provider(c *elbfake.Running) string { return providerWith(c, "") }

func member(name, pool, address, body string) string {
	return fmt.Sprintf("resource \"cloudlb_elb_member\" %q {\npool_id = %q\naddress = %q\n%s\n}\n", name, pool, address, body)
}

const (
	inSubnet  = "subnet_cidr_id = \"subnet-4\"\n"
	web       = inSubnet + "protocol_port = 8080\n"
	bare      = "protocol_port = 8080\n" // of type IP
	othersWeb = "10.0.9.9:8080 40"
)

// server is member m of pool-1.
func server(body string) string { return member("m", "pool-1", "10.0.0.1", inSubnet+body) }

// nothing is a configuration without resources, which terraform-plugin-testing
// wants not to be empty.
const nothing = "output \"none\" {\nvalue = 1\n}\n"

func members(c *elbfake.Running, pool string) []string {
	got := []string{}
	for _, m := range c.Members(pool) {
		s := fmt.Sprintf("%s:%d %d", m.Address, m.Port, m.W())
		for _, more := range []string{m.Name, m.Zone} {
			if more != "" {
				s += " " + more
			}
		}
		got = append(got, s)
	}
	return got
}

// holds checks all that a pool holds, in the order of addresses and ports.
func holds(c *elbfake.Running, pool string, want ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := members(c, pool); !slices.Equal(got, want) {
			return fmt.Errorf("%s holds %q, want %q\n%s", pool, got, want, c.Server.Log.All())
		}
		return nil
	}
}

func planIs(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

var emptyPlan = planIs(plancheck.ExpectEmptyPlan())

func planned(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return planIs(plancheck.ExpectResourceAction(address, action))
}

// A member's weight, name, port and zone are what the configuration says from
// the creation on, and each changes in place, by one write of it alone.
func TestAccInPlace(t *testing.T) {
	t.Parallel()
	c := start(t, elbfake.Behaviour{})
	const port = "protocol_port = 8080\n"
	type change struct{ body, write, held string }
	lives := map[string][]change{ // by pool; each has a member of its own
		"pool-1": {
			{web + "weight = 0", `CreateMember 10.0.0.1 port=8080 weight=0 subnet="subnet-4"`, "10.0.0.1:8080 0"},
			{web + "weight = 7", `UpdateMember ID weight=7`, "10.0.0.1:8080 7"},
			{web + "weight = 0", `UpdateMember ID weight=0`, "10.0.0.1:8080 0"},
			{web, `UpdateMember ID weight=1`, "10.0.0.1:8080 1"},
			{web + "weight = 1", "", "10.0.0.1:8080 1"},
		},
		"pool-2": {
			{web + `name = "web/1 ä"`, `CreateMember 10.0.0.1 port=8080 weight=1 name="web/1 ä" subnet="subnet-4"`, "10.0.0.1:8080 1 web/1 ä"},
			{web + `name = "b"`, `UpdateMember ID name="b"`, "10.0.0.1:8080 1 b"},
			{web, `UpdateMember ID name=""`, "10.0.0.1:8080 1"},
			{web + `name = ""`, "", "10.0.0.1:8080 1"},
			{web + `name = "c"`, `UpdateMember ID name="c"`, "10.0.0.1:8080 1 c"},
		},
		"pool-no-ip": {
			{web, `CreateMember 10.0.0.1 port=8080 weight=1 subnet="subnet-4"`, "10.0.0.1:8080 1"},
			{inSubnet + "protocol_port = 9090", `UpdateMember ID port=9090`, "10.0.0.1:9090 1"},
			{inSubnet + "protocol_port = 80\nweight = 5\nname = \"c\"", `UpdateMember ID port=80 weight=5 name="c"`, "10.0.0.1:80 5 c"},
			{inSubnet + "protocol_port = 65535\nweight = 5\nname = \"c\"", `UpdateMember ID port=65535`, "10.0.0.1:65535 5 c"},
			{inSubnet + "protocol_port = 1", `UpdateMember ID port=1 weight=1 name=""`, "10.0.0.1:1 1"},
		},
		// A zone that is no longer configured is left as it is.
		"pool-tcp": {
			{port, `CreateMember 10.0.0.1 port=8080 weight=1`, "10.0.0.1:8080 1"},
			{port + `availability_zone = "az-1"`, `UpdateMember ID zone="az-1"`, "10.0.0.1:8080 1 az-1"},
			{port + `availability_zone = "az-2"`, `UpdateMember ID zone="az-2"`, "10.0.0.1:8080 1 az-2"},
			{port, "", "10.0.0.1:8080 1 az-2"},
			{port + "weight = 2", `UpdateMember ID weight=2`, "10.0.0.1:8080 2 az-2"},
		},
		"pool-3": {
			{port + `availability_zone = "az-1"`, `CreateMember 10.0.0.1 port=8080 weight=1 zone="az-1"`, "10.0.0.1:8080 1 az-1"},
			{port, "", "10.0.0.1:8080 1 az-1"},
			{port + "name = \"a\"", `UpdateMember ID name="a"`, "10.0.0.1:8080 1 a az-1"},
			{port + "name = \"a\"\navailability_zone = \"az-2\"", `UpdateMember ID zone="az-2"`, "10.0.0.1:8080 1 a az-2"},
			{port + "name = \"a\"", "", "10.0.0.1:8080 1 a az-2"},
		},
	}
	ids := map[string]string{}
	var steps []resource.TestStep
	for n := range 5 {
		config, mark := provider(c), 0
		for pool, life := range lives {
			config += member(pool, pool, "10.0.0.1", life[n].body)
		}
		steps = append(steps, resource.TestStep{
			PreConfig: func() { mark = c.Server.Log.Mark() },
			Config:    config,
			Check: func(s *terraform.State) error {
				for pool, life := range lives {
					id := s.RootModule().Resources["cloudlb_elb_member."+pool].Primary.Attributes["member_id"]
					if n == 0 {
						ids[pool] = id
					}
					wrote := ""
					for _, e := range c.Server.Log.Since(mark).Writes() {
						if e.Group == pool {
							wrote += e.Op + " " + e.Detail
						}
					}
					if want := strings.Replace(life[n].write, "ID", ids[pool], 1); id == "" || id != ids[pool] || wrote != want {
						t.Errorf("step %d, %s: member %q, at first %q; wrote %q, want %q", n+1, pool, id, ids[pool], wrote, want)
					}
					if err := holds(c, pool, life[n].held, othersWeb)(s); err != nil {
						t.Errorf("step %d: %v", n+1, err)
					}
				}
				return nil
			},
		})
	}
	steps[4].ConfigStateChecks = []statecheck.StateCheck{
		statecheck.ExpectKnownValue("cloudlb_elb_member.pool-3", tfjsonpath.New("availability_zone"), knownvalue.StringExact("az-2")),
		statecheck.ExpectKnownValue("cloudlb_elb_member.pool-3", tfjsonpath.New("member_type"), knownvalue.StringExact("ip")),
		statecheck.ExpectKnownValue("cloudlb_elb_member.pool-3", tfjsonpath.New("subnet_cidr_id"), knownvalue.StringExact("")),
		statecheck.ExpectKnownValue("cloudlb_elb_member.pool-3", tfjsonpath.New("instance_id"), knownvalue.Null()),
		statecheck.ExpectKnownValue("cloudlb_elb_member.pool-1", tfjsonpath.New("member_type"), knownvalue.StringExact("instance")),
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(), Steps: steps,
		CheckDestroy: func(s *terraform.State) error {
			for pool := range lives {
				if err := holds(c, pool, othersWeb)(s); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

// Pools whose members have no port of their own.
func TestAccPoolsWithoutPorts(t *testing.T) {
	t.Parallel()
	for pool, tc := range map[string]struct {
		with   []string // bodies that mean the same
		others []string
	}{
		"pool-gateway": {[]string{"protocol_port = 0\n", ""}, nil},
		"pool-any":     {[]string{"", "protocol_port = 0\n"}, []string{"10.0.9.9:0 40"}},
	} {
		t.Run(pool, func(t *testing.T) {
			t.Parallel()
			c := start(t, elbfake.Behaviour{})
			body := func(i int, extra string) string {
				return provider(c) + member("m", pool, "10.0.0.1", inSubnet+tc.with[i]+extra) +
					member("n", pool, "10.0.0.2", inSubnet+tc.with[1-i])
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(),
				CheckDestroy:             holds(c, pool, tc.others...),
				Steps: []resource.TestStep{
					{
						Config: body(0, ""), Check: holds(c, pool, append([]string{"10.0.0.1:0 1", "10.0.0.2:0 1"}, tc.others...)...),
						ConfigStateChecks: []statecheck.StateCheck{
							statecheck.ExpectKnownValue(address, tfjsonpath.New("protocol_port"), knownvalue.Int64Exact(0)),
						},
					},
					{Config: body(1, ""), ConfigPlanChecks: emptyPlan},
					{Config: body(1, "weight = 0"), Check: holds(c, pool, append([]string{"10.0.0.1:0 0", "10.0.0.2:0 1"}, tc.others...)...)},
					{
						ResourceName: address, ImportState: true, ImportStateId: pool + "/10.0.0.1:0", ImportStateVerify: true,
						ImportStateVerifyIgnore: []string{"timeouts"},
					},
				},
			})
		})
	}
}

// A member is imported by ELB's id or by address and port, with all that it has.
func TestAccImportOfAMember(t *testing.T) {
	t.Parallel()
	c := start(t, elbfake.Behaviour{})
	weight := 0
	id := c.AddForeign("pool-1", elbfake.Member{Address: "192.168.0.1", Port: 8080, Weight: &weight, Name: "theirs", Zone: "az-1"})
	config := provider(c) + member("m", "pool-1", "192.168.0.1", bare+"weight = 0\nname = \"theirs\"")
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{ResourceName: address, Config: config, ImportState: true, ImportStateId: "pool-1/192.168.0.1:8080", ImportStatePersist: true},
			{
				Config: config, ConfigPlanChecks: emptyPlan,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.StringExact("pool-1/"+id)),
					statecheck.ExpectKnownValue(address, tfjsonpath.New("availability_zone"), knownvalue.StringExact("az-1")),
				},
			},
			{
				ResourceName: address, ImportState: true, ImportStateId: "pool-1/" + id, ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"timeouts"},
			},
			{
				ResourceName: address, ImportState: true, ImportStateId: "pool-1/" + project, // an id, but no member's
				ExpectError: regexp.MustCompile(`Cannot import non-existent remote object`),
			},
		},
		CheckDestroy: holds(c, "pool-1", othersWeb),
	})
	if ws := c.Server.Log.All().Writes(); len(ws) != 1 || ws[0].Op != "DeleteMember" {
		t.Errorf("imports and a destroy wrote:\n%s", ws)
	}
}

// A member that somebody took out and put in again is the same one with a new
// id: the plan brings it to the configuration, and the destroy takes it out.
func TestAccMemberReplacedOutside(t *testing.T) {
	t.Parallel()
	c := start(t, elbfake.Behaviour{})
	config := provider(c) + server("protocol_port = 8080\n")
	weight := 9
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		CheckDestroy:             holds(c, "pool-1", othersWeb),
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					c.RemoveForeign("pool-1", "10.0.0.1", 8080)
					c.AddForeign("pool-1", elbfake.Member{Address: "10.0.0.1", Port: 8080, Subnet: "subnet-4", Weight: &weight})
				},
				Config: config, ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				Check: holds(c, "pool-1", "10.0.0.1:8080 1", othersWeb),
			},
			{Config: config, PlanOnly: true},
		},
	})
	if n := c.Server.Log.All().Count("DeleteMember"); n != 1 {
		t.Errorf("%d removals, want the destroy's", n)
	}
}
