package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// world is a simulated cloud with one group in it, as the tests that hold for
// every member resource see it. Members are numbered from 1.
type world struct {
	kind     string // the resource type
	server   *fakecloud.Server
	provider func(secret, region string) string // the provider block
	group    string                             // the group's id
	resource func(n int, group, extra string) string
	importID func(n int) string
	key      func(n int) string
	weight   int // the default

	members     func() map[string]int // what the group holds: key to weight
	foreign     func(n, weight int)   // somebody else adds a member
	outside     func(n int)           // somebody else removes a member
	reweight    func(n, weight int)   // somebody else changes a weight
	deleteGroup func()
	quota       func(n int)                         // no more than n members beside the foreign ones
	names       func(c *fakecloud.Call, n int) bool // whether a write names a member
	ops         ops

	// For tests by the plugin protocol, in process.
	cloud      provider.Cloud
	settings   map[string]any             // the provider block
	attributes func(n int) map[string]any // of member n
}

// ops are the vendor's calls; each operation may have a single and a batch
// form.
type ops struct{ add, update, remove, read []string }

const (
	secret = "sk-not-a-real-secret"
	slbAt  = "cn-hangzhou"
	elbAt  = "cn-north-4"
)

// block is a member resource named m<n>.
func block(kind string, n int, body string) string {
	return fmt.Sprintf("resource %q \"m%d\" {\n%s\n}\n", kind, n, body)
}

// worlds make a world of each kind, served over loopback or, for bubbles of
// testing/synctest, in process.
var worlds = map[string]func(t *testing.T, inProcess bool) *world{
	"cloudlb_slb_backend_server":       slbDefaultGroup,
	"cloudlb_slb_vserver_group_server": slbVServerGroup,
	"cloudlb_elb_member":               elbPool,
}

// inEveryWorld runs a test once for each member resource, in parallel.
func inEveryWorld(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	acctest.NeedsCLI(t)
	for kind, build := range worlds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(t, build(t, false))
		})
	}
}

func slbSeed() slbfake.Seed {
	return slbfake.Seed{
		Region: slbAt,
		Keys:   []slbfake.Key{{ID: "ak", Secret: secret}},
		LoadBalancers: []slbfake.LoadBalancer{{
			ID:            "lb-1",
			Members:       []slbfake.Member{{ServerID: "i-foreign", Weight: 40}},
			VServerGroups: []slbfake.VServerGroup{{ID: "rsp-1", Name: "web", Members: []slbfake.Member{{ServerID: "i-foreign", Port: 8080, Weight: 40}}}},
		}},
		Rules: slbfake.Rules{AnyServer: true},
	}
}

func slbProvider(url string) func(secret, region string) string {
	return func(secret, region string) string {
		return fmt.Sprintf(`
provider "cloudlb" {
  alicloud {
    region     = %q
    access_key = "ak"
    secret_key = %q
    endpoints { slb = %q }
  }
}
`, region, secret, url)
	}
}

func slbSettings() map[string]any {
	return map[string]any{"alicloud": map[string]any{"region": slbAt, "access_key": "ak", "secret_key": secret}}
}

func startSLB(t *testing.T, inProcess bool) *slbfake.Running {
	t.Helper()
	if inProcess {
		return slbfake.InProcess(t, slbSeed())
	}
	return slbfake.Start(t, slbSeed())
}

func slbDefaultGroup(t *testing.T, inProcess bool) *world {
	c := startSLB(t, inProcess)
	id := func(n int) string { return fmt.Sprintf("i-%d", n) }
	w := &world{
		kind: "cloudlb_slb_backend_server", server: c.Server, provider: slbProvider(c.URL), group: "lb-1", weight: 100,
		importID: func(n int) string { return "lb-1:" + id(n) },
		key:      id,
		members:  func() map[string]int { return slbMembers(c, "lb-1") },
		foreign: func(n, weight int) {
			c.Cloud.AddForeign("lb-1", slbfake.Member{ServerID: id(n), Weight: weight})
		},
		outside: func(n int) { c.Cloud.RemoveForeign("lb-1", slbfake.Member{ServerID: id(n)}) },
		reweight: func(n, weight int) {
			c.Cloud.SetWeightForeign("lb-1", slbfake.Member{ServerID: id(n)}, weight)
		},
		deleteGroup: func() { c.Cloud.DeleteLoadBalancer("lb-1") },
		quota: func(n int) {
			c.Cloud.SetRules(func(r *slbfake.Rules) { r.MemberQuota = n + 2 }) // two groups with a foreign member
		},
		ops: ops{
			add: []string{"AddBackendServers"}, update: []string{"SetBackendServers"},
			remove: []string{"RemoveBackendServers"}, read: []string{"DescribeLoadBalancerAttribute"},
		},
	}
	w.names = func(c *fakecloud.Call, n int) bool {
		return slices.ContainsFunc(strings.Fields(c.Detail), func(s string) bool { s, _, _ = strings.Cut(s, "@"); return s == w.key(n) })
	}
	w.cloud, w.settings = alicloud.Cloud{Transport: c.Transport()}, slbSettings()
	w.attributes = func(n int) map[string]any {
		return map[string]any{"load_balancer_id": "lb-1", "server_id": id(n)}
	}
	w.resource = func(n int, group, extra string) string {
		return block(w.kind, n, fmt.Sprintf("load_balancer_id = %q\nserver_id = %q\n%s", group, id(n), extra))
	}
	return w
}

func slbVServerGroup(t *testing.T, inProcess bool) *world {
	c := startSLB(t, inProcess)
	id := func(n int) string { return fmt.Sprintf("i-%d", n) }
	w := &world{
		kind: "cloudlb_slb_vserver_group_server", server: c.Server, provider: slbProvider(c.URL), group: "rsp-1", weight: 100,
		importID: func(n int) string { return "rsp-1:" + id(n) + ":8080" },
		key:      func(n int) string { return id(n) + ":8080" },
		members:  func() map[string]int { return slbMembers(c, "rsp-1") },
		foreign: func(n, weight int) {
			c.Cloud.AddForeign("rsp-1", slbfake.Member{ServerID: id(n), Port: 8080, Weight: weight})
		},
		outside: func(n int) { c.Cloud.RemoveForeign("rsp-1", slbfake.Member{ServerID: id(n), Port: 8080}) },
		reweight: func(n, weight int) {
			c.Cloud.SetWeightForeign("rsp-1", slbfake.Member{ServerID: id(n), Port: 8080}, weight)
		},
		deleteGroup: func() { c.Cloud.DeleteVServerGroup("rsp-1") },
		quota: func(n int) {
			c.Cloud.SetRules(func(r *slbfake.Rules) { r.MemberQuota = n + 2 }) // two groups with a foreign member
		},
		ops: ops{
			add: []string{"AddVServerGroupBackendServers"}, update: []string{"SetVServerGroupAttribute"},
			remove: []string{"RemoveVServerGroupBackendServers"}, read: []string{"DescribeVServerGroupAttribute"},
		},
	}
	w.names = func(c *fakecloud.Call, n int) bool {
		return slices.ContainsFunc(strings.Fields(c.Detail), func(s string) bool { s, _, _ = strings.Cut(s, "@"); return s == w.key(n) })
	}
	w.cloud, w.settings = alicloud.Cloud{Transport: c.Transport()}, slbSettings()
	w.attributes = func(n int) map[string]any {
		return map[string]any{"vserver_group_id": "rsp-1", "server_id": id(n), "port": 8080}
	}
	w.resource = func(n int, group, extra string) string {
		return block(w.kind, n, fmt.Sprintf("vserver_group_id = %q\nserver_id = %q\nport = 8080\n%s", group, id(n), extra))
	}
	return w
}

func slbMembers(c *slbfake.Running, group string) map[string]int {
	held := map[string]int{}
	if !c.Cloud.HasGroup(group) {
		return held
	}
	for _, m := range c.Cloud.Members(group) {
		key := m.ServerID
		if m.ServerIP != "" {
			key += ":" + m.ServerIP
		}
		if m.Port != 0 {
			key += fmt.Sprintf(":%d", m.Port)
		}
		held[key] = m.Weight
	}
	return held
}

const (
	poolID   = "36ce7086-a496-4666-9064-5ba0e6840c75"
	subnetID = "c09f620e-3492-4429-ac15-445d5dd9ca74"
	project  = "99a3fff0d03c428eac3678da6a7d0f24"
)

func elbSeed() elbfake.Seed {
	weight := 40
	return elbfake.Seed{
		Region:   elbAt,
		Projects: []elbfake.Project{{ID: project, Name: elbAt}},
		Keys:     []elbfake.Key{{AK: "ak", SK: secret}},
		Subnets:  []elbfake.Subnet{{ID: subnetID, CIDR: "10.0.0.0/16", VPC: "vpc-1"}},
		LoadBalancers: []elbfake.LoadBalancer{{
			ID: "lb-1", VPC: "vpc-1", IPTarget: true, Listeners: []string{"listener-1"},
		}},
		Pools: []elbfake.Pool{{
			ID: poolID, Name: "web", Protocol: "HTTP", LoadBalancers: []string{"lb-1"}, Listeners: []string{"listener-1"},
			HealthMonitor: true, InitialPolls: 1,
			Members: []elbfake.Member{{Address: "10.0.9.9", Port: 8080, Subnet: subnetID, Weight: &weight}},
		}},
	}
}

func elbProvider(url string) func(secret, region string) string {
	return func(secret, region string) string {
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
  }
}
`, region, secret, url, url)
	}
}

func startELB(t *testing.T, inProcess bool, seed elbfake.Seed) *elbfake.Running {
	t.Helper()
	if inProcess {
		return elbfake.InProcess(t, seed)
	}
	return elbfake.Start(t, seed)
}

func elbPool(t *testing.T, inProcess bool) *world {
	w, _ := elbPoolOf(t, inProcess, func(*elbfake.Seed) {})
	return w
}

// elbPoolOf is elbPool with another seed.
func elbPoolOf(t *testing.T, inProcess bool, change func(*elbfake.Seed)) (*world, *elbfake.Running) {
	seed := elbSeed()
	change(&seed)
	c := startELB(t, inProcess, seed)
	address := func(n int) string { return fmt.Sprintf("10.0.%d.%d", n/200, n%200+1) }
	key := func(n int) string { return address(n) + ":8080" }
	w := &world{
		kind: "cloudlb_elb_member", server: c.Server, provider: elbProvider(c.URL), group: poolID, weight: 1,
		importID: func(n int) string { return poolID + "/" + key(n) },
		key:      key,
		members: func() map[string]int {
			held := map[string]int{}
			for _, m := range c.Members(poolID) {
				held[fmt.Sprintf("%s:%d", m.Address, m.Port)] = m.W()
			}
			return held
		},
		foreign: func(n, weight int) {
			c.AddForeign(poolID, elbfake.Member{Address: address(n), Port: 8080, Subnet: subnetID, Weight: &weight})
		},
		outside:     func(n int) { c.RemoveForeign(poolID, address(n), 8080) },
		reweight:    func(n, weight int) { c.SetWeight(poolID, address(n), 8080, weight) },
		deleteGroup: func() { c.DeletePool(poolID) },
		quota: func(n int) {
			full := func(call *fakecloud.Call) bool { return len(c.Members(poolID))+call.Items > n+1 }
			for _, op := range []string{"CreateMember", "BatchCreateMembers"} {
				c.Server.Faults.On(op).Where(full).Times(0).Do(fakecloud.Fail(409, "ELB.8905", "Quota exceeded for resources: members."))
			}
		},
		names: func(call *fakecloud.Call, n int) bool {
			i := slices.IndexFunc(c.Members(poolID), func(m elbfake.Member) bool { return m.Address == address(n) })
			return strings.Contains(call.Detail+" ", address(n)+" ") || i >= 0 && strings.Contains(call.Detail, c.Members(poolID)[i].ID)
		},
		ops: ops{
			add: []string{"CreateMember", "BatchCreateMembers"}, update: []string{"UpdateMember", "BatchUpdateMembers"},
			remove: []string{"DeleteMember", "BatchDeleteMembers"}, read: []string{"ListMembers"},
		},
	}
	w.cloud = huaweicloud.Cloud{Transport: c.Server.Transport()}
	w.settings = map[string]any{"huaweicloud": map[string]any{"region": elbAt, "access_key": "ak", "secret_key": secret}}
	w.attributes = func(n int) map[string]any {
		return map[string]any{"pool_id": poolID, "address": address(n), "protocol_port": 8080, "subnet_cidr_id": subnetID}
	}
	w.resource = func(n int, group, extra string) string {
		return block(w.kind, n, fmt.Sprintf("pool_id = %q\naddress = %q\nprotocol_port = 8080\nsubnet_cidr_id = %q\n%s",
			group, address(n), subnetID, extra))
	}
	return w, c
}
