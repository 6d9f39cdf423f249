package elbfake

import (
	"fmt"
	"slices"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// kinds are ELB's one kind of groups: pools.
func kinds() []fakecloud.Kind {
	pool := fakecloud.Kind{
		Cloud: "huaweicloud", Single: "cloudlb_elb_member", Set: "cloudlb_elb_members",
		Group: "pool_id", Members: "members", Host: "address", Port: "protocol_port", Text: "name",
		Blank: []string{"name", "availability_zone"}, Separator: "/",
		Weight: 1, Batch: 200, MostBatch: 200, BatchSize: "batch_size", Window: time.Minute,
		Ops: fakecloud.Ops{
			Add: []string{"CreateMember", "BatchCreateMembers"}, Update: []string{"UpdateMember", "BatchUpdateMembers"},
			Remove: []string{"DeleteMember", "BatchDeleteMembers"}, Read: []string{"ListMembers"},
		},
		Codes: fakecloud.Codes{
			Busy:    fakecloud.Code{Status: 409, Code: "ELB.8907"},
			Full:    fakecloud.Code{Status: 409, Code: "ELB.8905"},
			Refused: fakecloud.Code{Status: 400, Code: "ELB.8902"},
			Absent:  fakecloud.Code{Status: 404, Code: "ELB.8904"},
		},
	}
	open := pool
	open.Open = func(scene fakecloud.Scene, reporter fakecloud.Reporter, latency fakecloud.Latency) *fakecloud.Stage {
		return openStage(pool, scene, reporter, latency)
	}
	return []fakecloud.Kind{open}
}

// What every stage has.
const (
	stageKey, stageSecret = "ak", "sk-not-a-real-secret"
	stageRegion           = "cn-north-4"
	stageProject          = "99a3fff0d03c428eac3678da6a7d0f24"
	stageSubnet           = "c09f620e-3492-4429-ac15-445d5dd9ca74"
	stagePort             = 8080
	stageForeign          = "10.0.250.9"
	stageOutside          = "10.1.0.1" // of the subnet
)

// stage is an ELB with pools.
type stage struct {
	cloud   *Cloud
	foreign int // members of each pool that are somebody else's
}

func openStage(kind fakecloud.Kind, scene fakecloud.Scene, reporter fakecloud.Reporter, latency fakecloud.Latency) *fakecloud.Stage {
	s := &stage{}
	seed, groups := s.seed(scene)
	s.cloud = New(seed, ReportTo(reporter))
	return &fakecloud.Stage{
		Kind: kind, Server: fakecloud.NewServer(s.cloud, reporter, latency), Region: stageRegion, Groups: groups,
		HostOf: host, PortOf: stagePort, Beside: map[string]any{"subnet_cidr_id": stageSubnet}, Absent: stageOutside,
		Settings: func(url string) map[string]any { return settings(seed, url) }, Environment: environment,
		Held: func(group string) map[string]int { return s.cloud.Holdings()[group] },
		Put:  s.put, Take: s.take, Reweight: s.reweight, Describe: s.describe, Described: s.described,
		Drop: s.cloud.DeletePool, Limit: s.limit, Ward: &s.cloud.ward,
		Lock:     func(group string) string { return group },
		Plane:    s.cloud.OpenDataPlane,
		Listener: func(group string) string { return "listener-" + group },
	}
}

// seed has a load balancer with a listener and a pool for each group.
func (s *stage) seed(scene fakecloud.Scene) (seed Seed, groups []string) {
	seed = Seed{
		Region: stageRegion, Projects: []Project{{ID: stageProject, Name: stageRegion}},
		Keys:    []Key{{AK: stageKey, SK: stageSecret}},
		Subnets: []Subnet{{ID: stageSubnet, CIDR: "10.0.0.0/16", VPC: "vpc-1"}},
	}
	for i := range max(scene.Groups, 1) {
		id := fmt.Sprintf("36ce7086-a496-4666-9064-%012d", i+1)
		listener := "listener-" + id
		lb := LoadBalancer{ID: fmt.Sprintf("lb-%d", i+1), VPC: "vpc-1", IPTarget: true, Listeners: []string{listener}}
		p := Pool{
			ID: id, Name: "web", Protocol: "HTTP", LoadBalancers: []string{lb.ID}, Listeners: []string{listener},
			HealthMonitor: true, InitialPolls: 1,
		}
		if scene.Checked {
			p.InitialPolls = 0
		}
		if scene.Foreign {
			s.foreign = 1
			p.Members = []Member{{Address: stageForeign, Port: stagePort, Subnet: stageSubnet, Weight: new(fakecloud.ForeignWeight)}}
		}
		seed.LoadBalancers, seed.Pools = append(seed.LoadBalancers, lb), append(seed.Pools, p)
		groups = append(groups, id)
	}
	return seed, groups
}

func host(n int) string {
	if n == 0 {
		return stageForeign
	}
	return fmt.Sprintf("10.0.%d.%d", n/200, n%200+1)
}

// settings are those of the provider for a cloud that is served at a URL; of
// several keys, with the first.
func settings(seed Seed, url string) map[string]any {
	all := map[string]any{"region": seed.Region}
	if len(seed.Keys) > 0 {
		k := seed.Keys[0]
		all["access_key"], all["secret_key"] = k.AK, k.SK
		if k.SecurityToken != "" {
			all["security_token"] = k.SecurityToken
		}
	}
	if url != "" {
		all["endpoints"] = map[string]any{"elb": url, "iam": url}
	}
	return all
}

func environment(url string) []string {
	return []string{
		"HW_REGION_NAME=" + stageRegion, "HW_ACCESS_KEY=" + stageKey, "HW_SECRET_KEY=" + stageSecret,
		"HW_PROJECT_ID=" + stageProject, "HW_ELB_ENDPOINT=" + url, "HW_AUTH_URL=" + url,
	}
}

// Holdings are the weights of all members, by pool and by address and port.
func (c *Cloud) Holdings() map[string]map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]map[string]int{}
	for id, p := range c.pools {
		all[id] = map[string]int{}
		for _, m := range p.members {
			all[id][m.target()] = m.weight
		}
	}
	return all
}

func (s *stage) put(group string, n, weight int) {
	s.cloud.AddForeign(group, Member{Address: host(n), Port: stagePort, Subnet: stageSubnet, Weight: &weight})
}

func (s *stage) take(group string, n int) { s.cloud.RemoveForeign(group, host(n), stagePort) }

func (s *stage) reweight(group string, n, weight int) {
	s.cloud.SetWeight(group, host(n), stagePort, weight)
}

func (s *stage) describe(group string, n int, text string) {
	s.cloud.SetName(group, host(n), stagePort, text)
}

// find is member n as the pool has it.
func (s *stage) find(group string, n int) (Member, bool) {
	all := s.cloud.Members(group)
	i := slices.IndexFunc(all, func(m Member) bool { return m.Address == host(n) })
	if i < 0 {
		return Member{}, false
	}
	return all[i], true
}

func (s *stage) described(group string, n int) string {
	m, _ := s.find(group, n)
	return m.Name
}

func (s *stage) limit(n int) { s.cloud.SetQuota(Quota{MembersPerPool: n + s.foreign}) }
