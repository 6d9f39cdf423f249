package provider_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

const (
	elbMembersData = "cloudlb_elb_members"
	elbPoolsData   = "cloudlb_elb_pools"
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

// inELB runs a test in virtual time, on elbSourceSeed with a behaviour. settings
// are those of the provider besides the login.
func inELB(t *testing.T, behaviour elbfake.Behaviour, settings map[string]any, test func(s *source, c *elbfake.Running)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		seed := elbSourceSeed()
		seed.Behaviour = behaviour
		c := elbfake.InProcess(t, seed)
		block := map[string]any{"region": elbAt, "access_key": "ak", "secret_key": secret}
		maps.Copy(block, settings)
		of := provider.Of("test", huaweicloud.Cloud{Transport: c.Server.Transport()})
		test(&source{t, acctest.NewCore(t, of, map[string]any{"huaweicloud": block})}, c)
	})
}

// inPool are the arguments that name the pool, and others by name and value.
func inPool(more ...any) map[string]any { return with(map[string]any{"pool_id": poolID}, more...) }

func with(config map[string]any, more ...any) map[string]any {
	for i := 0; i < len(more); i += 2 {
		config[more[i].(string)] = more[i+1]
	}
	return config
}

// elbStatus is a member's status, each entry "listener status reason".
func elbStatus(entries ...string) []any {
	all := []any{}
	for _, e := range entries {
		part := strings.Split(e, " ")
		all = append(all, map[string]any{"listener_id": orNull(part[0]), "operating_status": part[1], "reason_code": orNull(part[2])})
	}
	return all
}

// members are those that a data source shows.
func (s *source) members(config map[string]any) []map[string]any {
	s.t.Helper()
	var all []map[string]any
	for _, m := range s.read(elbMembersData, config)["members"].([]any) {
		all = append(all, m.(map[string]any))
	}
	return all
}

func TestELBMembersAreToldWithTheirHealth(t *testing.T) {
	t.Parallel()
	inELB(t, elbfake.Behaviour{}, nil, func(s *source, c *elbfake.Running) {
		expected, actual := "200", "503"
		c.SetHealth(poolID, "10.0.0.9", 80, elbfake.Health{
			Condition: elbfake.Condition{Status: elbfake.Online},
			Listeners: map[string]elbfake.Condition{"listener-2": {Status: elbfake.Offline,
				Reason: &elbfake.Reason{Code: "RESPONSE_MISMATCH", Expected: &expected, Actual: &actual}}},
		})
		s.is(elbMembersData, inPool(), map[string]any{"id": poolID, "region": elbAt})
		mark := c.Server.Log.Mark()
		got := s.members(inPool())
		if log := c.Server.Log.Since(mark); len(log.Writes()) != 0 || log.Count("ShowPool") != 0 || log.Count("ListMembers") != 2 {
			t.Errorf("a reading is to be two listings:\n%s", log)
		}
		if len(got) != 5 {
			t.Fatalf("%d members, want 5: %v", len(got), got)
		}
		if got[1]["instance_id"] == nil {
			t.Error("a server of the VPC has no instance id")
		}
		for i, want := range []map[string]any{
			{
				"member_id": "m-nine-a", "operating_status": "ONLINE",
				"status": elbStatus("listener-1 ONLINE ", "listener-2 OFFLINE RESPONSE_MISMATCH"),
			},
			{
				"member_id": "m-nine-b", "weight": 0, "protocol_port": 8080, "name": "nine", "subnet_cidr_id": subnetID,
				"availability_zone": nil, "member_type": "instance",
			},
			{"member_id": "m-ten", "status": elbStatus("listener-1 ONLINE ", "listener-2 ONLINE ")},
			{
				"member_id": "m-bare", "subnet_cidr_id": nil, "availability_zone": "az-1", "member_type": "ip", "instance_id": nil,
				"name": "", "ip_version": "v4",
			},
			{"member_id": "m-six", "ip_version": "v6", "address": "2001:db8::5"},
		} {
			for name, v := range want {
				if !reflect.DeepEqual(got[i][name], v) {
					t.Errorf("member %d: %s is %#v, want %#v", i, name, got[i][name], v)
				}
			}
		}
	})
}

func TestELBMembersWithoutListenersHaveOneStatus(t *testing.T) {
	t.Parallel()
	inELB(t, elbfake.Behaviour{OmitStatus: true}, nil, func(s *source, c *elbfake.Running) {
		c.SetHealth(poolID, "10.0.0.10", 80, elbfake.Health{Condition: elbfake.Condition{
			Status: elbfake.Offline, Reason: &elbfake.Reason{Code: "CONNECT_REFUSED"}}})
		ten, unwatched := s.members(inPool("name", "ten"))[0], s.members(map[string]any{"pool_id": "pool-bare"})[0]
		if ten["operating_status"] != "OFFLINE" || !reflect.DeepEqual(ten["status"], elbStatus(" OFFLINE CONNECT_REFUSED")) {
			t.Errorf("ten is %v", ten)
		}
		if !reflect.DeepEqual(unwatched["status"], elbStatus(" NO_MONITOR ")) {
			t.Errorf("the unwatched is %v", unwatched)
		}
	})
}

func TestELBMembersAreFiltered(t *testing.T) {
	t.Parallel()
	inELB(t, elbfake.Behaviour{}, nil, func(s *source, c *elbfake.Running) {
		c.SetHealth(poolID, "10.0.0.10", 80, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Offline}})
		instance := s.members(inPool("member_id", "m-ten"))[0]["instance_id"]
		for _, tt := range []struct {
			filter []any
			want   []any
		}{
			{list[any]("address", "10.0.0.9"), list("m-nine-a", "m-nine-b")},
			{list[any]("address", "2001:DB8:0::5"), list("m-six")},
			{list[any]("protocol_port", 80), list("m-nine-a", "m-ten", "m-bare")},
			{list[any]("address", "10.0.0.9", "protocol_port", 8080), list("m-nine-b")},
			{list[any]("name", "nine"), list("m-nine-a", "m-nine-b")},
			{list[any]("name", ""), list("m-bare", "m-six")},
			{list[any]("weight", 0), list("m-nine-b")},
			{list[any]("subnet_cidr_id", "subnet-6"), list("m-six")},
			{list[any]("member_id", "m-ten"), list("m-ten")},
			{list[any]("operating_status", "Offline", "address", ""), list("m-ten")},
			{list[any]("ip_version", "v6"), list("m-six")},
			{list[any]("member_type", "ip"), list("m-bare")},
			{list[any]("instance_id", instance), list("m-ten")},
			{list[any]("availability_zone", "az-1"), list("m-bare")},
			{list[any]("weight", 99), list[any]()},
		} {
			ids := list[any]()
			for _, m := range s.members(inPool(tt.filter...)) {
				ids = append(ids, m["member_id"])
			}
			if !reflect.DeepEqual(ids, tt.want) {
				t.Errorf("%v shows %v, want %v", tt.filter, ids, tt.want)
			}
		}
	})
}

// The data sources of one run share their readings: a listing and one of the health.
func TestELBSourcesOfOneRunShareTheirReadings(t *testing.T) {
	t.Parallel()
	inELB(t, elbfake.Behaviour{}, nil, func(s *source, c *elbfake.Running) {
		var all sync.WaitGroup
		for range 15 {
			all.Go(func() {
				if _, _, err := s.core.Data(s.t.Context(), elbMembersData, inPool("weight", 0)); err != nil {
					s.t.Error(err)
				}
			})
		}
		all.Wait()
		if n := c.Server.Log.All().Count("ListMembers"); n != 2 {
			t.Errorf("%d listings for 15 data sources of one pool, want 2", n)
		}
	})
}

// A data source that depends on a member sees it, and its status.
func TestAccELBMembersAfterAChange(t *testing.T) {
	t.Parallel()
	seed := elbSeed()
	seed.Pools[0].Members = nil
	c := elbfake.Start(t, seed)
	block := elbProvider(c.URL)(secret, elbAt)
	elbMembers := func(name, filter string) string {
		return fmt.Sprintf("data \"cloudlb_elb_members\" %q {\n  pool_id = %q\n  %s\n}\n", name, poolID, filter)
	}
	const seen = "data.cloudlb_elb_members.after"
	after := elbMembers("after", "depends_on = [cloudlb_elb_member.m]\n  address = \"10.0.0.5\"")
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
				Config: block + elbResource + elbMembers("before", "") + after,
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

func TestELBPools(t *testing.T) {
	t.Parallel()
	inELB(t, elbfake.Behaviour{}, nil, func(s *source, c *elbfake.Running) {
		for _, tt := range []struct {
			filter []any
			want   []any
		}{
			{nil, list("pool-any", "pool-bare", poolID)}, // by name, then id
			{list[any]("pool_id", poolID), list(poolID)},
			{list[any]("name", "any"), list("pool-any", "pool-bare")},
			{list[any]("name", "any", "protocol", "HTTP"), list("pool-bare")},
			{list[any]("loadbalancer_id", "lb-1"), list(poolID)},
			{list[any]("listener_id", "listener-2"), list(poolID)},
			{list[any]("member_address", "10.0.0.10"), list("pool-bare", poolID)},
			{list[any]("member_address", "2001:DB8::0:5"), list(poolID)},
			{list[any]("type", "ip"), list("pool-bare")},
			{list[any]("vpc_id", "vpc-1"), list(poolID)},
			{list[any]("vpc_id", "vpc-2"), list[any]()},
			{list[any]("pool_id", "no-such-pool"), list[any]()},
		} {
			s.is(elbPoolsData, with(map[string]any{}, tt.filter...), map[string]any{"ids": tt.want, "id": elbAt})
		}
		pools := s.read(elbPoolsData, nil)["pools"].([]any)
		web := pools[2].(map[string]any)
		if web["healthmonitor_id"] == nil {
			t.Error("the pool that is checked has no health monitor")
		}
		delete(web, "healthmonitor_id")
		drain := func(enable bool, timeout int) map[string]any {
			return map[string]any{"enable": enable, "timeout": timeout}
		}
		for i, want := range map[int]map[string]any{
			0: {
				"id": "pool-any", "name": "any", "protocol": "UDP", "lb_algorithm": "ROUND_ROBIN", "type": "", "ip_version": "dualstack",
				"vpc_id": nil, "any_port_enable": true, "member_deletion_protection_enable": false, "connection_drain": drain(false, 300),
				"loadbalancer_ids": list[any](), "listener_ids": list[any](), "healthmonitor_id": nil, "member_count": 0,
			},
			2: {
				"id": poolID, "name": "web", "protocol": "TCP", "lb_algorithm": "SOURCE_IP", "type": "", "ip_version": "dualstack",
				"vpc_id": "vpc-1", "any_port_enable": false, "member_deletion_protection_enable": true, "connection_drain": drain(true, 90),
				"loadbalancer_ids": list("lb-1"), "listener_ids": list("listener-1", "listener-2"), "member_count": 5,
			},
		} {
			if !reflect.DeepEqual(pools[i], any(want)) {
				t.Errorf("pool %d is %v, want %v", i, pools[i], want)
			}
		}
		if log := c.Server.Log.All(); len(log.Writes()) != 0 || log.Count("ShowPool") != 0 || log.Count("ListMembers") != 0 {
			t.Errorf("pools are read by ListPools alone:\n%s", log)
		}
	})
}

// allOfELB reads what there is.
func (s *source) allOfELB() {
	s.t.Helper()
	if n, pools := len(s.members(inPool())), s.read(elbPoolsData, nil)["pools"].([]any); n != 5 || len(pools) != 3 {
		s.t.Errorf("%d members and %d pools, want 5 and 3", n, len(pools))
	}
}

func TestELBSourcesOfManyAreReadInPages(t *testing.T) {
	t.Parallel()
	inELB(t, elbfake.Behaviour{PageCap: 2}, nil, func(s *source, _ *elbfake.Running) { s.allOfELB() })
}

// A passing failure is no failure.
func TestELBSourcesTryAgain(t *testing.T) {
	t.Parallel()
	inELB(t, elbfake.Behaviour{}, nil, func(s *source, c *elbfake.Running) {
		c.Server.Faults.On("ListMembers").Do(fakecloud.Throttle(time.Second))
		c.Server.Faults.On("ListMembers").Nth(3).Do(fakecloud.Fail(500, "ELB.8906", "internal"))
		c.Server.Faults.On("ListPools").Do(fakecloud.ResetBeforeCommit())
		s.allOfELB()
	})
}

func TestELBSourcesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	type row struct {
		kind   string
		config map[string]any
		says   string
	}
	for _, tt := range []struct {
		settings map[string]any
		rows     []row
	}{
		{nil, []row{
			{elbMembersData, map[string]any{"pool_id": "no-such-pool"}, `Unable to read members.*ELB pool no-such-pool.*ELB\.8904: pool no-such-pool could not be found\. ` +
				`\(HTTP 404, request id \w+\).*Check pool_id, the region \(cn-north-4\).*AttributeName\("pool_id"\)`},
			{elbMembersData, inPool("address", "10.0.0"), `address`},
			{elbMembersData, inPool("protocol_port", 65536), `protocol_port`},
			{elbMembersData, inPool("weight", 101), `weight`},
			{elbMembersData, map[string]any{"pool_id": "a/b"}, `must be a pool id`},
			{elbPoolsData, map[string]any{"name": ""}, `name`},
			{elbPoolsData, map[string]any{"type": "eni"}, `type`},
		}},
		{map[string]any{"secret_key": "wrong"}, []row{
			{elbMembersData, inPool(), `Unable to read members.*APIGW\.0301.*request id.*Check the keys of huaweicloud`},
			{elbPoolsData, nil, `Unable to read pools.*the pools of region cn-north-4.*APIGW\.0301.*Check the keys of huaweicloud`},
		}},
		{map[string]any{"secret_key": acctest.Unknown}, []row{
			{elbMembersData, inPool(), `Provider configuration is not known.*members cannot be read.*-target`},
			{elbPoolsData, nil, `Provider configuration is not known.*pools cannot be read`},
		}},
	} {
		inELB(t, elbfake.Behaviour{}, tt.settings, func(s *source, c *elbfake.Running) {
			for _, r := range tt.rows {
				s.fails(r.kind, r.config, r.says)
			}
			if n := len(c.Server.Log.All().Writes()); n != 0 {
				t.Errorf("%d writes", n)
			}
		})
	}
}

func texts(values ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(values))
	for i, v := range values {
		checks[i] = knownvalue.StringExact(v)
	}
	return knownvalue.ListExact(checks)
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
