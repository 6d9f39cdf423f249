package acceptance_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// The clouds that states of other providers speak of. The members are there, as
// those providers have put them in.
const (
	originPool   = "36ce7086-a496-4666-9064-5ba0e6840c75"
	originMember = "4e4f2e0c-3c5d-4a55-b1ad-b5b2f1f0a9d1"
	originSubnet = "c09f620e-3492-4429-ac15-445d5dd9ca74"
	originRegion = "eu-west-101"
)

func originSLBSeed() slbfake.Seed {
	return slbfake.Seed{
		Region: "cn-hangzhou",
		Keys:   []slbfake.Key{{ID: "ak", Secret: "sk"}},
		LoadBalancers: []slbfake.LoadBalancer{{
			ID: "lb-bp1example",
			Members: []slbfake.Member{
				{ServerID: "i-bp1a", Weight: 100}, {ServerID: "i-bp1b", Weight: 0}, {ServerID: "eni-bp1c", Type: "eni", ServerIP: "10.0.0.7", Weight: 30},
			},
			VServerGroups: []slbfake.VServerGroup{{ID: "rsp-bp1example", Name: "web", Members: []slbfake.Member{
				{ServerID: "i-bp1a", Port: 8080, Weight: 0},
				{ServerID: "eni-bp1c", Type: "eni", ServerIP: "10.0.0.7", Port: 8080, Weight: 30},
				{ServerID: "eni-bp1d", Type: "eni", ServerIP: "10.0.0.8", Port: 8080, Weight: 30},
				{ServerID: "eni-bp1d", Type: "eni", ServerIP: "10.0.0.9", Port: 8080, Weight: 30},
			}}},
		}},
		Rules: slbfake.Rules{AnyServer: true},
	}
}

func originSGSeed() sgfake.Seed {
	return sgfake.Seed{
		Region:  "cn-hangzhou",
		Account: acsfake.Account{Keys: []acsfake.Key{{ID: "ak", Secret: "sk"}}},
		ServerGroups: []sgfake.ServerGroup{
			{ID: "sgp-bp1example", Name: "web", Members: []sgfake.Member{{ServerID: "i-bp1a", Port: 8080, Weight: 0}}},
			{ID: "sgp-bp1eni", Name: "faces", Members: []sgfake.Member{
				{ServerID: "eni-bp1c", Type: "Eni", ServerIP: "10.0.0.7", Port: 8080, Weight: 30, Description: "face"},
			}},
			{ID: "sgp-bp1ip", Name: "addresses", Type: "Ip", Members: []sgfake.Member{{ServerID: "10.0.0.9", Type: "Ip", Port: 8080, Weight: 100}}},
			{ID: "sgp-bp1any", Name: "any-port", AnyPort: true, Members: []sgfake.Member{{ServerID: "i-bp1a", Weight: 100}}},
		},
		Rules: sgfake.Rules{AnyServer: true},
	}
}

func originELBSeed() elbfake.Seed {
	weight := 0
	return elbfake.Seed{
		Region:        originRegion,
		Projects:      []elbfake.Project{{ID: "99a3fff0d03c428eac3678da6a7d0f24", Name: originRegion}},
		Keys:          []elbfake.Key{{AK: "ak", SK: "sk"}},
		Subnets:       []elbfake.Subnet{{ID: originSubnet, CIDR: "10.0.0.0/16", VPC: "vpc-1"}},
		LoadBalancers: []elbfake.LoadBalancer{{ID: "lb-1", VPC: "vpc-1", IPTarget: true, Listeners: []string{"listener-1"}}},
		Pools: []elbfake.Pool{{
			ID: originPool, Name: "web", Protocol: "HTTP", LoadBalancers: []string{"lb-1"}, Listeners: []string{"listener-1"},
			Members: []elbfake.Member{{
				ID: originMember, Address: "10.0.0.5", Port: 8080, Subnet: originSubnet, Weight: &weight, Name: "web-1",
			}},
		}},
	}
}

// originWorld is one of those clouds, in process.
type originWorld struct {
	log  *fakecloud.Log
	slb  *slbfake.Running
	core *acctest.Core
}

func newOriginWorld(t *testing.T, target string) originWorld {
	ali := func(transport http.RoundTripper) *acctest.Core {
		return acctest.NewCore(t, provider.Of("test", alicloud.Cloud{Transport: transport}), map[string]any{
			"alicloud": map[string]any{"region": "cn-hangzhou", "access_key": "ak", "secret_key": "sk"},
		})
	}
	switch {
	case strings.HasPrefix(target, "cloudlb_slb_"):
		c := slbfake.InProcess(t, originSLBSeed())
		return originWorld{&c.Server.Log, c, ali(c.Transport())}
	case strings.HasPrefix(target, "cloudlb_nlb_"):
		c := sgfake.InProcess(t, sgfake.NLB, originSGSeed())
		return originWorld{&c.Server.Log, nil, ali(c.Transport())}
	}
	return newOriginELB(t, originRegion)
}

// newOriginELB is the cloud of an ELB, by a provider of some region.
func newOriginELB(t *testing.T, region string) originWorld {
	c := elbfake.InProcess(t, originELBSeed())
	return originWorld{&c.Server.Log, nil, acctest.NewCore(t, provider.Of("test", huaweicloud.Cloud{Transport: c.Server.Transport()}), map[string]any{
		"huaweicloud": map[string]any{"region": region, "access_key": "ak", "secret_key": "sk"},
	})}
}

// origin is a state as another provider has left it, and what it becomes.
type origin struct {
	name   string
	from   string // the source type
	state  string
	target string
	config map[string]any
	want   map[string]any // of the state, before any read
	// partial: the state does not say all of the key, so that a plan without a
	// refresh is not empty. Of a set the plan looks for itself.
	partial bool
}

func elbConfig(extra map[string]any) map[string]any {
	config := map[string]any{
		"pool_id": originPool, "address": "10.0.0.5", "protocol_port": 8080, "subnet_cidr_id": originSubnet, "weight": 0, "name": "web-1",
	}
	maps.Copy(config, extra)
	return config
}

func serversConfig(servers map[string]any) map[string]any {
	return map[string]any{"load_balancer_id": "lb-bp1example", "exclusive": true, "servers": servers}
}

// allServers is what the seed's load balancer has, as a configuration.
func allServers() map[string]any {
	return serversConfig(map[string]any{
		"i-bp1a":            map[string]any{"server_id": "i-bp1a"},
		"i-bp1b":            map[string]any{"server_id": "i-bp1b", "weight": 0},
		"eni-bp1c:10.0.0.7": map[string]any{"server_id": "eni-bp1c", "type": "eni", "server_ip": "10.0.0.7", "weight": 30},
	})
}

func groupServerConfig(extra map[string]any) map[string]any {
	config := map[string]any{"vserver_group_id": "rsp-bp1example", "server_id": "i-bp1a", "port": 8080, "weight": 0}
	maps.Copy(config, extra)
	return config
}

// member is a state of huaweicloud's and its like.
const huaweiState = `{"id":"` + originMember + `","region":"` + originRegion + `","pool_id":"` + originPool + `","name":"web-1",
	"address":"10.0.0.5","protocol_port":8080,"weight":0,"subnet_id":"` + originSubnet + `","instance_id":"","ip_version":"v4",
	"member_type":"instance","operating_status":"ONLINE","reason":[],"status":[{"listener_id":"l","operating_status":"ONLINE","reason":[]}],
	"created_at":"x","updated_at":"y","timeouts":{"create":"7m","update":null,"delete":null}}`

func origins() []origin {
	elb := map[string]any{
		"id": originPool + "/" + originMember, "pool_id": originPool, "member_id": originMember, "weight": 0, "protocol_port": 8080,
		"subnet_cidr_id": originSubnet, "name": "web-1", "drain_duration": "", "adopt_existing": false, "wait_for_healthy": false,
	}
	with := func(extra map[string]any) map[string]any {
		all := maps.Clone(elb)
		maps.Copy(all, extra)
		return all
	}
	timeouts := map[string]any{"create": "7m", "read": nil, "update": nil, "delete": nil}
	otc := `{"id":"` + originPool + `/` + originMember + `","pool_id":"` + originPool + `","member_id":"` + originMember + `","address":"10.0.0.5",
		"name":"web-1","project_id":"p","protocol_port":8080,"subnet_id":"` + originSubnet + `","weight":0,"operating_status":"ONLINE","ip_version":"v4"}`
	early := `{"id":"` + originMember + `","region":"` + originRegion + `","pool_id":"` + originPool + `","name":"web-1","address":"10.0.0.5",
		"protocol_port":8080,"weight":0,"subnet_id":"` + originSubnet + `"}`
	all := []origin{
		{"all members", "alicloud_slb_backend_server", `{"id":"lb-bp1example","load_balancer_id":"lb-bp1example","delete_protection_validation":false,
			"backend_servers":[{"server_id":"i-bp1a","server_ip":"10.0.0.1","type":"ecs","weight":100},{"server_id":"i-bp1b","server_ip":"","type":"ecs","weight":0},
			{"server_id":"eni-bp1c","server_ip":"10.0.0.7","type":"eni","weight":30}],"timeouts":{"create":null,"delete":"9m"}}`,
			"cloudlb_slb_backend_servers", withTimeouts(allServers(), "delete", "9m"),
			map[string]any{"id": "lb-bp1example", "exclusive": true, "region": nil, "others": nil}, false},
		{"before 1.93.0, without addresses", "alicloud_slb_backend_server", `{"id":"lb-bp1example","load_balancer_id":"lb-bp1example",
			"backend_servers":[{"server_id":"i-bp1a","type":"ecs","weight":100},{"server_id":"i-bp1b","type":null,"weight":0},
			{"server_id":"eni-bp1c","type":"eni","weight":30},{"server_id":"i-bp1a","type":"ecs","weight":3}]}`,
			"cloudlb_slb_backend_servers", allServers(), map[string]any{"exclusive": true}, false},
		{"an interface of no type", "alicloud_slb_backend_server", `{"id":"lb-bp1example","load_balancer_id":"lb-bp1example",
			"backend_servers":[{"server_id":"i-bp1a","weight":100},{"server_id":"i-bp1b","type":"","weight":0},
			{"server_id":"eni-bp1c","server_ip":"10.0.0.7","type":"","weight":30}]}`,
			"cloudlb_slb_backend_servers", allServers(), map[string]any{"exclusive": true}, false},
		{"attachment", "alicloud_slb_attachment", `{"id":"lb-bp1example","load_balancer_id":"lb-bp1example","instance_ids":["i-bp1a","i-bp1b","eni-bp1c"],"weight":100,
			"server_type":"ecs","backend_servers":"i-bp1a,i-bp1b,eni-bp1c","delete_protection_validation":false}`,
			"cloudlb_slb_backend_servers", allServers(), map[string]any{"exclusive": true, "id": "lb-bp1example"}, false},
		{"before 1.6.0", "alicloud_slb_attachment", `{"id":"lb-bp1example","slb_id":"lb-bp1example","instances":["i-bp1a","i-bp1b","eni-bp1c"],"backend_servers":"i-bp1a,i-bp1b,eni-bp1c"}`,
			"cloudlb_slb_backend_servers", allServers(), map[string]any{"load_balancer_id": "lb-bp1example"}, false},
		{"weight 0", "alicloud_slb_server_group_server_attachment", `{"id":"rsp-bp1example:i-bp1a:8080","server_group_id":"rsp-bp1example","server_id":"i-bp1a",
			"port":8080,"type":"ecs","weight":0,"description":"","timeouts":null,"unknown_to_us":[1]}`,
			"cloudlb_slb_vserver_group_server", groupServerConfig(nil),
			map[string]any{"id": "rsp-bp1example:i-bp1a:8080", "weight": 0, "type": "ecs", "server_ip": "", "description": "", "region": nil}, false},
		{"eni", "alicloud_slb_server_group_server_attachment", `{"id":"rsp-bp1example:eni-bp1c:8080","server_group_id":"rsp-bp1example","server_id":"eni-bp1c",
			"port":8080,"type":"eni","weight":30,"description":null}`,
			"cloudlb_slb_vserver_group_server", groupServerConfig(map[string]any{"server_id": "eni-bp1c", "type": "eni", "server_ip": "10.0.0.7", "weight": 30}),
			map[string]any{"id": nil, "server_ip": nil, "type": "eni"}, true},
		{"opentelekomcloud", "opentelekomcloud_lb_member_v3", otc, "cloudlb_elb_member", elbConfig(nil), with(map[string]any{"region": nil}), false},
		{"before 1.73.3", "huaweicloud_elb_member", early, "cloudlb_elb_member", elbConfig(nil), with(map[string]any{"region": originRegion}), false},
	}
	all = append(all, nlbOrigins()...)
	for _, typ := range []string{"huaweicloud_elb_member", "sbercloud_elb_member", "g42cloud_elb_member", "flexibleengine_lb_member_v3"} {
		all = append(all, origin{"today", typ, huaweiState, "cloudlb_elb_member", withTimeouts(elbConfig(nil), "create", "7m"),
			with(map[string]any{"region": originRegion, "timeouts": timeouts}), false})
	}
	return all
}

// nlbOrigins are states of one member of a server group of NLB. The zone is what
// later releases record.
func nlbOrigins() (all []origin) {
	const from, target = "alicloud_nlb_server_group_server_attachment", "cloudlb_nlb_server_group_server"
	for _, o := range []struct {
		name, state  string
		config, want map[string]any // beside the group and the server
		partial      bool
	}{
		{"weight 0", `{"id":"sgp-bp1example_i-bp1a_10.0.0.1_Ecs_8080","server_group_id":"sgp-bp1example","server_id":"i-bp1a","server_ip":"10.0.0.1",
			"server_type":"Ecs","port":8080,"weight":0,"description":"","zone_id":"cn-hangzhou-a","status":"Available","timeouts":{"create":null,"delete":"9m","update":null}}`,
			withTimeouts(map[string]any{"port": 8080, "weight": 0}, "delete", "9m"),
			map[string]any{"id": "sgp-bp1example:i-bp1a:8080", "server_ip": "", "weight": 0, "type": "ecs", "zone_id": "cn-hangzhou-a"}, false},
		{"before its address was recorded", `{"id":"sgp-bp1example:i-bp1a:Ecs:8080","server_group_id":"sgp-bp1example","server_id":"i-bp1a","server_ip":null,
			"server_type":"Ecs","port":8080,"weight":0,"description":null,"zone_id":null,"status":"Available","timeouts":null}`,
			map[string]any{"port": 8080, "weight": 0},
			map[string]any{"id": "sgp-bp1example:i-bp1a:8080", "server_ip": "", "description": "", "zone_id": nil}, false},
		{"eni", `{"id":"sgp-bp1eni_eni-bp1c_10.0.0.7_Eni_8080","server_group_id":"sgp-bp1eni","server_id":"eni-bp1c","server_ip":"10.0.0.7",
			"server_type":"Eni","port":8080,"weight":30,"description":"face","zone_id":"cn-hangzhou-a","status":"Available"}`,
			map[string]any{"type": "eni", "server_ip": "10.0.0.7", "port": 8080, "weight": 30, "description": "face"},
			map[string]any{"id": "sgp-bp1eni:eni-bp1c:10.0.0.7:8080", "type": "eni"}, false},
		{"eni without an address", `{"id":"sgp-bp1eni:eni-bp1c:Eni:8080","server_group_id":"sgp-bp1eni","server_id":"eni-bp1c",
			"server_type":"Eni","port":8080,"weight":30,"description":"face"}`,
			map[string]any{"type": "eni", "server_ip": "10.0.0.7", "port": 8080, "weight": 30, "description": "face"},
			map[string]any{"id": nil, "server_ip": nil, "type": "eni"}, true},
		{"ip", `{"id":"sgp-bp1ip_10.0.0.9_10.0.0.9_Ip_8080","server_group_id":"sgp-bp1ip","server_id":"10.0.0.9","server_ip":"10.0.0.9",
			"server_type":"Ip","port":8080,"weight":100,"description":"","zone_id":"","status":"Available"}`,
			map[string]any{"type": "ip", "port": 8080},
			map[string]any{"id": "sgp-bp1ip:10.0.0.9:8080", "type": "ip", "server_ip": ""}, false},
		{"any port", `{"id":"sgp-bp1any_i-bp1a_10.0.0.1_Ecs_0","server_group_id":"sgp-bp1any","server_id":"i-bp1a","server_ip":"10.0.0.1",
			"server_type":"Ecs","port":0,"weight":100,"description":"","zone_id":"cn-hangzhou-a","status":"Available"}`,
			map[string]any{}, map[string]any{"id": "sgp-bp1any:i-bp1a:0", "port": 0}, false},
	} {
		var key struct {
			Group  string `json:"server_group_id"`
			Server string `json:"server_id"`
		}
		if err := json.Unmarshal([]byte(o.state), &key); err != nil {
			panic(err)
		}
		o.config["server_group_id"], o.config["server_id"] = key.Group, key.Server
		all = append(all, origin{o.name, from, o.state, target, o.config, o.want, o.partial})
	}
	return all
}

func withTimeouts(config map[string]any, verb, text string) map[string]any {
	config["timeouts"] = map[string]any{verb: text}
	return config
}

// A state of another provider's becomes one of ours without a write: what it says
// is kept, the read after it fills in the rest, and then the plan is empty. So it
// is without that read, where the state says all that names a member; where it does
// not, nothing is replaced all the same.
func TestMovesFromOtherProviders(t *testing.T) {
	t.Parallel()
	for _, o := range origins() {
		t.Run(o.from+"/"+o.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				segment, _, _ := strings.Cut(o.from, "_")
				for _, address := range []string{
					"registry.terraform.io/aliyun/" + segment, "registry.opentofu.org/hashicorp/" + segment, "registry.terraform.io/-/" + segment, segment,
					"registry.terraform.io/cloudlb/cloudlb",
				} {
					moveFrom(t, o, address)
				}
			})
		})
	}
}

func moveFrom(t *testing.T, o origin, address string) {
	w := newOriginWorld(t, o.target)
	moved, err := w.core.Move(t.Context(), acctest.Source{Provider: address, Type: o.from, State: o.state, Private: []byte(`{"schema_version":"0"}`)}, o.target)
	if err != nil {
		t.Fatalf("from %s: %v", address, err)
	}
	for name, want := range o.want {
		if got := w.core.Value(moved, name); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("from %s: %s is %v, want %v", address, name, got, want)
		}
	}
	plan, err := w.core.Plan(t.Context(), moved, o.config)
	if err != nil || plan.Replace || !plan.Empty && !o.partial {
		t.Errorf("from %s: the plan without a refresh: empty %v, replace %v, %v", address, plan.Empty, plan.Replace, err)
	}
	w.core.Run()
	if err := w.core.Refresh(t.Context(), moved); err != nil {
		t.Fatalf("from %s: %v", address, err)
	}
	if plan, err := w.core.Plan(t.Context(), moved, o.config); err != nil || !plan.Empty {
		t.Errorf("from %s: the plan: empty %v, %v", address, plan.Empty, err)
	}
	if writes := w.log.All().Writes(); len(writes) != 0 {
		t.Errorf("from %s: writes:\n%s", address, writes)
	}
	if region := w.core.Value(moved, "region"); region == nil || w.core.Identity(moved)["region"] != region {
		t.Errorf("from %s: region %v, identity %v", address, region, w.core.Identity(moved))
	}
}

// What cannot be moved says what to do instead, and what is not read here is
// never guessed.
func TestMovesThatAreRefused(t *testing.T) {
	t.Parallel()
	const ali = "registry.terraform.io/aliyun/alicloud"
	const attachment = "alicloud_slb_attachment"
	state := `{"id":"lb-bp1example","load_balancer_id":"lb-bp1example","instance_ids":["i-bp1a"]}`
	for name, tc := range map[string]struct {
		from   acctest.Source
		target string
		says   string
	}{
		"another's provider": {acctest.Source{Provider: "registry.terraform.io/acme/other", Type: attachment, State: state},
			"cloudlb_slb_backend_servers", "takes states of cloudlb_slb_backend_servers, alicloud_slb_backend_server, alicloud_slb_attachment"},
		"one into many": {acctest.Source{Provider: ali, Type: "alicloud_slb_server_group_server_attachment", State: "{}"},
			"cloudlb_slb_vserver_group_servers", "removed block with lifecycle { destroy = false }"},
		"a newer version": {acctest.Source{Provider: ali, Type: attachment, Version: 1, State: state},
			"cloudlb_slb_backend_servers", "schema version 1"},
		"our own newer version": {acctest.Source{Provider: "registry.opentofu.org/cloudlb/cloudlb", Type: "cloudlb_elb_member", Version: 7, State: "{}"},
			"cloudlb_elb_member", "schema version 7"},
		"no state": {acctest.Source{Provider: ali, Type: attachment}, "cloudlb_slb_backend_servers", "terraform apply -refresh-only"},
		"a flat map": {acctest.Source{Provider: "alicloud", Type: attachment, Flat: map[string]string{"id": "lb-bp1example"}},
			"cloudlb_slb_backend_servers", "terraform apply -refresh-only"},
		"our own flat map": {acctest.Source{Provider: "cloudlb", Type: "cloudlb_elb_members", Flat: map[string]string{"id": "x"}},
			"cloudlb_elb_members", "terraform apply -refresh-only"},
		"no load balancer": {acctest.Source{Provider: ali, Type: attachment, State: `{"instance_ids":["i-bp1a"]}`},
			"cloudlb_slb_backend_servers", "names no load balancer"},
		"no server": {acctest.Source{Provider: ali, Type: attachment, State: `{"id":"lb-bp1example","instance_ids":[""]}`},
			"cloudlb_slb_backend_servers", "a server without an id"},
		"no group": {acctest.Source{Provider: ali, Type: "alicloud_slb_server_group_server_attachment", State: `{"id":"x","server_id":"i-bp1a"}`},
			"cloudlb_slb_vserver_group_server", "does not name the group"},
		"no server group": {acctest.Source{Provider: ali, Type: "alicloud_nlb_server_group_server_attachment", State: `{"id":"x","server_id":"i-bp1a"}`},
			"cloudlb_nlb_server_group_server", "does not name the group"},
		"one into many, of NLB": {acctest.Source{Provider: ali, Type: "alicloud_nlb_server_group_server_attachment", State: "{}"},
			"cloudlb_nlb_server_group_servers", "removed block with lifecycle { destroy = false }"},
		"no pool": {acctest.Source{Provider: "huaweicloud", Type: "huaweicloud_elb_member", State: `{"id":"x","address":"10.0.0.5"}`},
			"cloudlb_elb_member", "does not name the pool"},
		"another shape": {acctest.Source{Provider: "huaweicloud", Type: "huaweicloud_elb_member", State: `{"id":"x","weight":{"a":1}}`},
			"cloudlb_elb_member", "weight"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newOriginWorld(t, tc.target)
			if _, err := w.core.Move(t.Context(), tc.from, tc.target); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%v; it should say %q", err, tc.says)
			}
			if calls := w.log.All(); len(calls) != 0 {
				t.Errorf("calls:\n%s", calls)
			}
		})
	}
}
