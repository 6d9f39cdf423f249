package slbfake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// kinds are SLB's two kinds of groups: a load balancer's default server group,
// and a vserver group.
func kinds() []fakecloud.Kind {
	common := fakecloud.Kind{
		Cloud: "alicloud", Members: "servers", Host: "server_id", Text: "description",
		Blank: []string{"type", "server_ip", "description"}, Separator: ":",
		Weight: 100, Batch: 20, MostBatch: 40, BatchSize: "batch_size", Quota: 200, Budget: "writes_per_minute",
		Codes: fakecloud.Codes{
			Busy:    fakecloud.Code{Status: 400, Code: "ServiceIsConfiguring"},
			Full:    fakecloud.Code{Status: 400, Code: "InstanceBackendServerNumberOverLimit"},
			Refused: fakecloud.Code{Status: 400, Code: "InvalidParameter"},
			Absent:  fakecloud.Code{Status: 404, Code: "InvalidServerId.NotFound"},
		},
	}
	own, vserver := common, common
	own.Single, own.Set, own.Group = "cloudlb_slb_backend_server", "cloudlb_slb_backend_servers", "load_balancer_id"
	own.Ops = fakecloud.Ops{
		Add: []string{"AddBackendServers"}, Update: []string{"SetBackendServers"},
		Remove: []string{"RemoveBackendServers"}, Read: []string{"DescribeLoadBalancerAttribute"},
	}
	vserver.Single, vserver.Set = "cloudlb_slb_vserver_group_server", "cloudlb_slb_vserver_group_servers"
	vserver.Group, vserver.Port = "vserver_group_id", "port"
	vserver.Ops = fakecloud.Ops{
		Add: []string{"AddVServerGroupBackendServers"}, Update: []string{"SetVServerGroupAttribute"},
		Remove: []string{"RemoveVServerGroupBackendServers"}, Read: []string{"DescribeVServerGroupAttribute"},
	}
	all := []fakecloud.Kind{own, vserver}
	for i, k := range all {
		all[i].Open = func(scene fakecloud.Scene, reporter fakecloud.Reporter, latency fakecloud.Latency) *fakecloud.Stage {
			return open(k, scene, reporter, latency)
		}
	}
	return all
}

// What every stage has. A host of the stage's that no member is of yet is a
// server all the same, but for the one that is released.
const (
	stageKey, stageSecret = "ak", "sk-not-a-real-secret"
	stageRegion           = "cn-hangzhou"
	stagePort             = 8080
	stageForeign          = "i-foreign"
	stageReleased         = "i-released"
)

// stage is an SLB with groups of one kind.
type stage struct {
	cloud   *Cloud
	kind    fakecloud.Kind
	port    int // of members; 0 in default groups
	foreign int // members that are somebody else's, of each load balancer
}

func open(kind fakecloud.Kind, scene fakecloud.Scene, reporter fakecloud.Reporter, latency fakecloud.Latency) *fakecloud.Stage {
	s := &stage{kind: kind}
	if kind.Port != "" {
		s.port = stagePort
	}
	seed, groups := s.seed(scene)
	s.cloud = New(seed, ReportTo(reporter))
	return &fakecloud.Stage{
		Kind: kind, Server: fakecloud.NewServer(s.cloud, reporter, latency), Region: stageRegion, Groups: groups,
		HostOf: host, PortOf: stagePort, Absent: stageReleased,
		Settings: s.cloud.settings, Environment: environment,
		Held: func(group string) map[string]int { return s.cloud.Holdings()[group] },
		Put:  s.put, Take: s.take, Reweight: s.reweight, Describe: s.describe, Described: s.described,
		Drop: s.drop, Limit: s.limit, Ward: &s.cloud.ward, Lock: s.lock,
		Plane:    s.cloud.OpenDataPlane,
		Listener: func(group string) string { return ListenerName(s.lock(group), 80) },
	}
}

// seed has a load balancer with a vserver group for each group.
func (s *stage) seed(scene fakecloud.Scene) (seed Seed, groups []string) {
	seed = Seed{
		Region: stageRegion, Keys: []Key{{ID: stageKey, Secret: stageSecret}}, Rules: Rules{AnyServer: true},
		Servers: []Server{{ID: stageReleased, Status: released}},
	}
	for i := range max(scene.Groups, 1) {
		lb := LoadBalancer{
			ID:            fmt.Sprintf("lb-%d", i+1),
			VServerGroups: []VServerGroup{{ID: fmt.Sprintf("rsp-%d", i+1), Name: "web"}},
		}
		if scene.Foreign {
			s.foreign = 2
			lb.Members = []Member{{ServerID: stageForeign, Weight: fakecloud.ForeignWeight}}
			lb.VServerGroups[0].Members = []Member{{ServerID: stageForeign, Port: stagePort, Weight: fakecloud.ForeignWeight}}
		}
		group, listener := lb.ID, Listener{Port: 80, Protocol: "http", BackendPort: stagePort}
		if s.port != 0 {
			group = lb.VServerGroups[0].ID
			listener = Listener{Port: 80, Protocol: "http", VServerGroup: group}
		}
		if scene.Checked {
			lb.Listeners = []Listener{listener}
		}
		seed.LoadBalancers, groups = append(seed.LoadBalancers, lb), append(groups, group)
	}
	return seed, groups
}

func host(n int) string {
	if n == 0 {
		return stageForeign
	}
	return fmt.Sprintf("i-%d", n)
}

// settings are those of the provider for a cloud that is served at a URL.
func (c *Cloud) settings(url string) map[string]any {
	all := c.front.Settings(c.region)
	if url != "" {
		all["endpoints"] = map[string]any{"slb": url, "sts": url}
	}
	return all
}

func environment(url string) []string {
	return []string{
		"ALIBABA_CLOUD_REGION=" + stageRegion, "ALIBABA_CLOUD_ACCESS_KEY_ID=" + stageKey,
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + stageSecret, "ALIBABA_CLOUD_ENDPOINT_SLB=" + url,
	}
}

// keyOf is what a member is called in a stage: i-1, i-1:8080, or
// eni-1:10.0.0.1:8080.
func keyOf(m Member) string {
	key := m.ServerID
	if m.ServerIP != "" {
		key += ":" + m.ServerIP
	}
	if m.Port != 0 {
		key += fmt.Sprintf(":%d", m.Port)
	}
	return key
}

// Holdings are the weights of all members, by group and key.
func (c *Cloud) Holdings() map[string]map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]map[string]int{}
	hold := func(id string, g *group) {
		all[id] = map[string]int{}
		for _, m := range sorted(g.members) {
			all[id][keyOf(m)] = m.Weight
		}
	}
	for id, lb := range c.balancers {
		hold(id, lb.own)
	}
	for id, g := range c.groups {
		hold(id, g)
	}
	return all
}

func (s *stage) members(group string) []Member {
	if !s.cloud.HasGroup(group) {
		return nil
	}
	return s.cloud.Members(group)
}

func (s *stage) member(n int) Member { return Member{ServerID: host(n), Port: s.port} }

// find is member n as the group has it, or as it would be put in.
func (s *stage) find(group string, n int) Member {
	all := s.members(group)
	i := slices.IndexFunc(all, func(m Member) bool { return keyOf(m) == keyOf(s.member(n)) })
	if i < 0 {
		return s.member(n)
	}
	return all[i]
}

func (s *stage) put(group string, n, weight int) {
	m := s.member(n)
	m.Weight = weight
	s.cloud.AddForeign(group, m)
}

func (s *stage) take(group string, n int) { s.cloud.RemoveForeign(group, s.member(n)) }

func (s *stage) reweight(group string, n, weight int) {
	s.cloud.SetWeightForeign(group, s.member(n), weight)
}

func (s *stage) describe(group string, n int, text string) {
	m := s.find(group, n)
	s.cloud.RemoveForeign(group, m)
	m.Description = text
	s.cloud.AddForeign(group, m)
}

func (s *stage) described(group string, n int) string {
	return s.find(group, n).Description
}

func (s *stage) drop(group string) {
	if s.port != 0 {
		s.cloud.DeleteVServerGroup(group)
		return
	}
	s.cloud.DeleteLoadBalancer(group)
}

// limit sets the quota, which is for a load balancer with all its groups.
func (s *stage) limit(n int) {
	s.cloud.SetRules(func(r *Rules) { r.MemberQuota = n + s.foreign })
}

// lock is the load balancer's, for its vserver groups too.
func (s *stage) lock(group string) string { return "lb-" + group[strings.Index(group, "-")+1:] }
