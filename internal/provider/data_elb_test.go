package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// elbSourceSeed has one pool with a member of each kind, and two others.
func elbSourceSeed() elbfake.Seed {
	seed := elbSeed()
	weight := func(w int) *int { return &w }
	seed.Subnets = append(seed.Subnets, elbfake.Subnet{ID: "subnet-6", CIDR: "2001:db8::/64", VPC: "vpc-1"})
	seed.LoadBalancers[0].Listeners = []string{"listener-1", "listener-2"}
	seed.Pools = []elbfake.Pool{
		{
			ID: poolID, Name: "web", Protocol: "TCP", Algorithm: "SOURCE_IP", VPC: "vpc-1", Listeners: []string{"listener-1", "listener-2"},
			HealthMonitor: true, DeletionProtection: true, ConnectionDrain: &elbfake.Drain{Enable: true, Timeout: 90},
			Members: []elbfake.Member{
				{ID: "m-six", Address: "2001:db8::5", Port: 443, Subnet: "subnet-6", Weight: weight(3)},
				{ID: "m-ten", Address: "10.0.0.10", Port: 80, Subnet: subnetID, Name: "ten"},
				{ID: "m-nine-b", Address: "10.0.0.9", Port: 8080, Subnet: subnetID, Weight: weight(0), Name: "nine"},
				{ID: "m-nine-a", Address: "10.0.0.9", Port: 80, Subnet: subnetID, Name: "nine"},
				{ID: "m-bare", Address: "192.168.0.1", Port: 80, Zone: "az-1"},
			},
		},
		{ID: "pool-any", Name: "any", Protocol: "UDP", AnyPort: true},
		{ID: "pool-bare", Name: "any", Protocol: "HTTP", Type: "ip", Members: []elbfake.Member{{Address: "10.0.0.10", Port: 80}}},
	}
	return seed
}

// elbMembers is a data source named <name> of the pool.
func elbMembers(name, pool, filter string) string {
	return fmt.Sprintf("data \"cloudlb_elb_members\" %q {\n  pool_id = %q\n  %s\n}\n", name, pool, filter)
}

func elbPools(name, filter string) string {
	return fmt.Sprintf("data \"cloudlb_elb_pools\" %q {\n  %s\n}\n", name, filter)
}

func texts(values ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(values))
	for i, v := range values {
		checks[i] = knownvalue.StringExact(v)
	}
	return knownvalue.ListExact(checks)
}

func text(v string) knownvalue.Check {
	if v == "" {
		return knownvalue.Null()
	}
	return knownvalue.StringExact(v)
}

// elbStatus is a member's status, each entry "listener status reason".
func elbStatus(entries ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(entries))
	for i, e := range entries {
		part := strings.Split(e, " ")
		checks[i] = knownvalue.ObjectExact(map[string]knownvalue.Check{
			"listener_id": text(part[0]), "operating_status": text(part[1]), "reason_code": text(part[2]),
		})
	}
	return knownvalue.ListExact(checks)
}

func TestAccELBMembersAreToldWithTheirHealth(t *testing.T) {
	t.Parallel()
	c := elbfake.Start(t, elbSourceSeed())
	expected, actual := "200", "503"
	c.SetHealth(poolID, "10.0.0.9", 80, elbfake.Health{
		Condition: elbfake.Condition{Status: elbfake.Online},
		Listeners: map[string]elbfake.Condition{"listener-2": {Status: elbfake.Offline,
			Reason: &elbfake.Reason{Code: "RESPONSE_MISMATCH", Expected: &expected, Actual: &actual}}},
	})
	const all = "data.cloudlb_elb_members.all"
	of := func(i int, attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(all, tfjsonpath.New("members").AtSliceIndex(i).AtMapKey(attribute), want)
	}
	mark := 0
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{{
			PreConfig: func() { mark = c.Server.Log.Mark() },
			Config:    elbProvider(c.URL)(secret, elbAt) + elbMembers("all", poolID, ""),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(all, tfjsonpath.New("id"), knownvalue.StringExact(poolID)),
				statecheck.ExpectKnownValue(all, tfjsonpath.New("region"), knownvalue.StringExact(elbAt)),
				statecheck.ExpectKnownValue(all, tfjsonpath.New("members"), knownvalue.ListSizeExact(5)),
				of(0, "member_id", knownvalue.StringExact("m-nine-a")),
				of(1, "member_id", knownvalue.StringExact("m-nine-b")),
				of(2, "member_id", knownvalue.StringExact("m-ten")),
				of(3, "member_id", knownvalue.StringExact("m-bare")),
				of(4, "member_id", knownvalue.StringExact("m-six")),

				of(1, "weight", knownvalue.Int64Exact(0)),
				of(1, "protocol_port", knownvalue.Int64Exact(8080)),
				of(1, "name", knownvalue.StringExact("nine")),
				of(1, "subnet_cidr_id", knownvalue.StringExact(subnetID)),
				of(1, "availability_zone", knownvalue.Null()),
				of(1, "member_type", knownvalue.StringExact("instance")),
				of(1, "instance_id", knownvalue.NotNull()),
				of(3, "subnet_cidr_id", knownvalue.Null()),
				of(3, "availability_zone", knownvalue.StringExact("az-1")),
				of(3, "member_type", knownvalue.StringExact("ip")),
				of(3, "instance_id", knownvalue.Null()),
				of(3, "name", knownvalue.StringExact("")),
				of(3, "ip_version", knownvalue.StringExact("v4")),
				of(4, "ip_version", knownvalue.StringExact("v6")),
				of(4, "address", knownvalue.StringExact("2001:db8::5")),

				of(0, "operating_status", knownvalue.StringExact("ONLINE")),
				of(0, "status", elbStatus("listener-1 ONLINE ", "listener-2 OFFLINE RESPONSE_MISMATCH")),
				of(2, "status", elbStatus("listener-1 ONLINE ", "listener-2 ONLINE ")),
			},
			Check: func(*terraform.State) error {
				log := c.Server.Log.Since(mark)
				if len(log.Writes()) != 0 || log.Count("ShowPool") != 0 || log.Count("ListMembers")%2 != 0 {
					t.Errorf("a reading is to be two listings:\n%s", log)
				}
				return nil
			},
		}},
	})
}

func TestAccELBMembersWithoutListenersHaveOneStatus(t *testing.T) {
	t.Parallel()
	seed := elbSourceSeed()
	seed.Behaviour.OmitStatus = true
	c := elbfake.Start(t, seed)
	c.SetHealth(poolID, "10.0.0.10", 80, elbfake.Health{Condition: elbfake.Condition{
		Status: elbfake.Offline, Reason: &elbfake.Reason{Code: "CONNECT_REFUSED"}}})
	first := func(source, attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.cloudlb_elb_members."+source, tfjsonpath.New("members").AtSliceIndex(0).AtMapKey(attribute), want)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{{
			Config: elbProvider(c.URL)(secret, elbAt) + elbMembers("ten", poolID, `name = "ten"`) +
				elbMembers("unwatched", "pool-bare", ""),
			ConfigStateChecks: []statecheck.StateCheck{
				first("ten", "operating_status", knownvalue.StringExact("OFFLINE")),
				first("ten", "status", elbStatus(" OFFLINE CONNECT_REFUSED")),
				first("unwatched", "status", elbStatus(" NO_MONITOR ")),
			},
		}},
	})
}

func TestAccELBMembersAreFiltered(t *testing.T) {
	t.Parallel()
	c := elbfake.Start(t, elbSourceSeed())
	c.SetHealth(poolID, "10.0.0.10", 80, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Offline}})
	config := elbProvider(c.URL)(secret, elbAt)
	var checks []statecheck.StateCheck
	for i, tt := range []struct {
		filter string
		want   []string
	}{
		{`address = "10.0.0.9"`, []string{"m-nine-a", "m-nine-b"}},
		{`address = "2001:DB8:0::5"`, []string{"m-six"}},
		{"protocol_port = 80", []string{"m-nine-a", "m-ten", "m-bare"}},
		{"address = \"10.0.0.9\"\n  protocol_port = 8080", []string{"m-nine-b"}},
		{`name = "nine"`, []string{"m-nine-a", "m-nine-b"}},
		{`name = ""`, []string{"m-bare", "m-six"}},
		{"weight = 0", []string{"m-nine-b"}},
		{`subnet_cidr_id = "subnet-6"`, []string{"m-six"}},
		{`member_id = "m-ten"`, []string{"m-ten"}},
		{`operating_status = "OFFLINE"`, []string{"m-ten"}},
		{`ip_version = "v6"`, []string{"m-six"}},
		{`member_type = "ip"`, []string{"m-bare"}},
		{`instance_id = data.cloudlb_elb_members.f8.members[0].instance_id`, []string{"m-ten"}},
		{`availability_zone = "az-1"`, []string{"m-bare"}},
		{"weight = 99", []string{}},
	} {
		name := fmt.Sprintf("f%d", i)
		config += elbMembers(name, poolID, tt.filter)
		ids := make([]knownvalue.Check, len(tt.want))
		for i, id := range tt.want {
			ids[i] = knownvalue.ObjectPartial(map[string]knownvalue.Check{"member_id": knownvalue.StringExact(id)})
		}
		checks = append(checks, statecheck.ExpectKnownValue("data.cloudlb_elb_members."+name, tfjsonpath.New("members"), knownvalue.ListExact(ids)))
	}
	mark := 0
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{{
			PreConfig: func() { mark = c.Server.Log.Mark() }, Config: config, ConfigStateChecks: checks,
			Check: func(*terraform.State) error {
				// They share their readings: a listing and one of the health,
				// or a few more where terraform takes its time.
				if n := c.Server.Log.Since(mark).Count("ListMembers"); n > 10 {
					t.Errorf("%d listings for 15 data sources of one pool", n)
				}
				return nil
			},
		}},
	})
}

// A data source that depends on a member sees it, and its status.
func TestAccELBMembersAfterAChange(t *testing.T) {
	t.Parallel()
	seed := elbSeed()
	seed.Pools[0].Members = nil
	c := elbfake.Start(t, seed)
	block := elbProvider(c.URL)(secret, elbAt)
	const seen = "data.cloudlb_elb_members.after"
	after := elbMembers("after", poolID, "depends_on = [cloudlb_elb_member.m]\n  address = \"10.0.0.5\"")
	first := func(attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(seen, tfjsonpath.New("members").AtSliceIndex(0).AtMapKey(attribute), want)
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		CheckDestroy: func(*terraform.State) error {
			if left := c.Members(poolID); len(left) != 0 {
				t.Errorf("the pool still holds %v", left)
			}
			return nil
		},
		Steps: []resource.TestStep{
			{
				Config: block + elbResource + elbMembers("before", poolID, "") + after,
				ConfigStateChecks: []statecheck.StateCheck{
					first("weight", knownvalue.Int64Exact(1)), first("status", knownvalue.ListSizeExact(1)),
				},
			},
			{
				Config:            block + strings.Replace(elbResource, "\n}", "\n  weight = 0\n}", 1) + after,
				ConfigStateChecks: []statecheck.StateCheck{first("weight", knownvalue.Int64Exact(0))},
			},
		},
	})
}

func TestAccELBPools(t *testing.T) {
	t.Parallel()
	c := elbfake.Start(t, elbSourceSeed())
	config := elbProvider(c.URL)(secret, elbAt)
	var checks []statecheck.StateCheck
	for i, tt := range []struct {
		filter string
		want   []string
	}{
		{"", []string{"pool-any", "pool-bare", poolID}}, // by name, then id
		{fmt.Sprintf("pool_id = %q", poolID), []string{poolID}},
		{`name = "any"`, []string{"pool-any", "pool-bare"}},
		{"name = \"any\"\n  protocol = \"HTTP\"", []string{"pool-bare"}},
		{`loadbalancer_id = "lb-1"`, []string{poolID}},
		{`listener_id = "listener-2"`, []string{poolID}},
		{`member_address = "10.0.0.10"`, []string{"pool-bare", poolID}},
		{`member_address = "2001:DB8::0:5"`, []string{poolID}},
		{`type = "ip"`, []string{"pool-bare"}},
		{`vpc_id = "vpc-1"`, []string{poolID}},
		{`vpc_id = "vpc-2"`, []string{}},
		{`pool_id = "no-such-pool"`, []string{}},
	} {
		name := fmt.Sprintf("f%d", i)
		config += elbPools(name, tt.filter)
		checks = append(checks, statecheck.ExpectKnownValue("data.cloudlb_elb_pools."+name, tfjsonpath.New("ids"), texts(tt.want...)))
	}
	pool := func(i int, attributes map[string]knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.cloudlb_elb_pools.f0", tfjsonpath.New("pools").AtSliceIndex(i), knownvalue.ObjectExact(attributes))
	}
	drain := func(enable bool, timeout int64) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{"enable": knownvalue.Bool(enable), "timeout": knownvalue.Int64Exact(timeout)})
	}
	checks = append(checks,
		statecheck.ExpectKnownValue("data.cloudlb_elb_pools.f0", tfjsonpath.New("id"), knownvalue.StringExact(elbAt)),
		pool(0, map[string]knownvalue.Check{
			"id": text("pool-any"), "name": text("any"), "protocol": text("UDP"), "lb_algorithm": text("ROUND_ROBIN"),
			"type": knownvalue.StringExact(""), "ip_version": text("dualstack"), "vpc_id": text(""), "any_port_enable": knownvalue.Bool(true),
			"member_deletion_protection_enable": knownvalue.Bool(false), "connection_drain": drain(false, 300),
			"loadbalancer_ids": texts(), "listener_ids": texts(), "healthmonitor_id": text(""), "member_count": knownvalue.Int64Exact(0),
		}),
		pool(2, map[string]knownvalue.Check{
			"id": text(poolID), "name": text("web"), "protocol": text("TCP"), "lb_algorithm": text("SOURCE_IP"),
			"type": knownvalue.StringExact(""), "ip_version": text("dualstack"), "vpc_id": text("vpc-1"), "any_port_enable": knownvalue.Bool(false),
			"member_deletion_protection_enable": knownvalue.Bool(true), "connection_drain": drain(true, 90),
			"loadbalancer_ids": texts("lb-1"), "listener_ids": texts("listener-1", "listener-2"), "healthmonitor_id": knownvalue.NotNull(),
			"member_count": knownvalue.Int64Exact(5),
		}))
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps:                    []resource.TestStep{{Config: config, ConfigStateChecks: checks}},
	})
	if log := c.Server.Log.All(); len(log.Writes()) != 0 || log.Count("ShowPool") != 0 || log.Count("ListMembers") != 0 {
		t.Errorf("pools are read by ListPools alone:\n%s", log)
	}
}

func TestAccELBSourcesOfManyAreReadInPages(t *testing.T) {
	t.Parallel()
	seed := elbSourceSeed()
	seed.Behaviour.PageCap = 2
	c := elbfake.Start(t, seed)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{{
			Config: elbProvider(c.URL)(secret, elbAt) + elbMembers("all", poolID, "") + elbPools("all", ""),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.cloudlb_elb_members.all", tfjsonpath.New("members"), knownvalue.ListSizeExact(5)),
				statecheck.ExpectKnownValue("data.cloudlb_elb_pools.all", tfjsonpath.New("pools"), knownvalue.ListSizeExact(3)),
			},
		}},
	})
}

func TestAccELBSourcesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	c := elbfake.Start(t, elbSourceSeed())
	good := elbProvider(c.URL)(secret, elbAt)
	fail := func(config, want string) resource.TestStep {
		return resource.TestStep{Config: config, ExpectError: regexp.MustCompile(`(?s)` + strings.ReplaceAll(want, " ", `\s+`))}
	}
	unknown := fmt.Sprintf(`
resource "terraform_data" "secret" { input = %q }
provider "cloudlb" {
  huaweicloud {
    region     = %q
    access_key = "ak"
    secret_key = terraform_data.secret.output
    endpoints {
      elb = %q
      iam = %q
    }
  }
}
`, secret, elbAt, c.URL, c.URL)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			fail(good+elbMembers("x", "no-such-pool", ""),
				`Unable to read members.*pool_id = "no-such-pool".*ELB pool no-such-pool.*ELB\.8904: pool no-such-pool could not be found\. \(HTTP 404, request id \w+\).*Check pool_id, the region \(cn-north-4\)`),
			fail(elbProvider(c.URL)("wrong", elbAt)+elbMembers("x", poolID, ""),
				`Unable to read members.*APIGW\.0301.*request id.*Check the provider's huaweicloud credentials`),
			fail(elbProvider(c.URL)("wrong", elbAt)+elbPools("x", ""),
				`Unable to read pools.*the pools of region cn-north-4.*APIGW\.0301.*Check the provider's huaweicloud credentials`),
			fail(unknown+elbMembers("x", poolID, ""), `Provider configuration is not known.*members cannot be read.*-target`),
			fail(unknown+elbPools("x", ""), `Provider configuration is not known.*pools cannot be read`),
			fail(good+elbMembers("x", poolID, `address = "10.0.0"`), `address`),
			fail(good+elbMembers("x", poolID, `protocol_port = 65536`), `protocol_port`),
			fail(good+elbMembers("x", poolID, `weight = 101`), `weight`),
			fail(good+elbMembers("x", "a/b", ""), `must be a pool id`),
			fail(good+elbPools("x", `name = ""`), `name`),
			fail(good+elbPools("x", `type = "eni"`), `type`),
		},
	})
	if n := len(c.Server.Log.All().Writes()); n != 0 {
		t.Errorf("%d writes", n)
	}
}

// A passing failure is no failure.
func TestAccELBSourcesTryAgain(t *testing.T) {
	acctest.NeedsCLI(t)
	t.Parallel()
	c := elbfake.Start(t, elbSourceSeed())
	c.Server.Faults.On("ListMembers").Do(fakecloud.Throttle(time.Second))
	c.Server.Faults.On("ListMembers").Nth(3).Do(fakecloud.Fail(500, "ELB.8906", "internal"))
	c.Server.Faults.On("ListPools").Do(fakecloud.ResetBeforeCommit())
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{{
			Config: elbProvider(c.URL)(secret, elbAt) + elbMembers("all", poolID, "") + elbPools("all", ""),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.cloudlb_elb_members.all", tfjsonpath.New("members"), knownvalue.ListSizeExact(5)),
				statecheck.ExpectKnownValue("data.cloudlb_elb_pools.all", tfjsonpath.New("pools"), knownvalue.ListSizeExact(3)),
			},
		}},
	})
}

// Every example of ELB's data sources is read as it stands.
func TestAccELBSourceExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/data-sources/cloudlb_elb_*/data-source.tf")
	if err != nil || len(files) != 2 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			example, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			seed := elbSourceSeed()
			seed.Pools[0].Members = append(seed.Pools[0].Members, elbfake.Member{Address: "192.168.10.21", Port: 80})
			c := elbfake.Start(t, seed)
			c.SetHealth(poolID, "10.0.0.10", 80, elbfake.Health{Condition: elbfake.Condition{
				Status: elbfake.Offline, Reason: &elbfake.Reason{Code: "CONNECT_TIMEOUT"}}})
			check := statecheck.ExpectKnownOutputValue("healthy", texts("10.0.0.9", "10.0.0.9", "2001:db8::5"))
			if strings.Contains(file, "pools") {
				check = statecheck.ExpectKnownOutputValue("pool_ids", texts(poolID))
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(),
				Steps: []resource.TestStep{{
					Config: elbProvider(c.URL)(secret, elbAt) + string(example), ConfigStateChecks: []statecheck.StateCheck{check},
				}},
			})
		})
	}
}
