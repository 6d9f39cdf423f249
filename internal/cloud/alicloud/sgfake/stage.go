package sgfake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// kind is a product's one kind of group.
func (p *Product) kind() fakecloud.Kind {
	k := fakecloud.Kind{
		Cloud:  "alicloud",
		Single: "cloudlb_" + p.name + "_server_group_server", Set: "cloudlb_" + p.name + "_server_group_servers",
		Group: "server_group_id", Members: "servers", Host: "server_id", Port: "port", Text: "description",
		Blank: []string{"type", "server_ip", "description"}, Separator: ":",
		Weight: defaultWeight, Batch: 200, MostBatch: 200, Updates: p.updates, BatchSize: p.name + "_batch_size", Quota: p.quota,
		Page: 100, Connections: p.protocol == "TCP", AnyPort: p.firstPort == 0,
		Ops: fakecloud.Ops{
			Add: []string{addServers}, Update: []string{updateServers}, Remove: []string{removeServers}, Read: []string{listServers},
			Poll: []string{listJobs},
		},
		Codes: fakecloud.Codes{
			Busy:    fakecloud.Code{Status: 400, Code: p.code("IncorrectStatus")},
			Full:    fakecloud.Code{Status: 400, Code: "QuotaExceeded.QuotaInsufficient"},
			Refused: fakecloud.Code{Status: 400, Code: "Mismatch.VpcId"},
			Absent:  fakecloud.Code{Status: 404, Code: "ResourceNotFound.BackendServer"},
		},
	}
	k.Open = func(scene fakecloud.Scene, reporter fakecloud.Reporter, latency fakecloud.Latency) *fakecloud.Stage {
		return p.open(k, scene, reporter, latency)
	}
	return k
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

// stage is a product with server groups.
type stage struct {
	cloud   *Cloud
	foreign int // members that are somebody else's, of each group
}

func (p *Product) open(kind fakecloud.Kind, scene fakecloud.Scene, reporter fakecloud.Reporter, latency fakecloud.Latency) *fakecloud.Stage {
	s := &stage{}
	seed, groups := p.scene(scene)
	seed.Rules.JobSeconds = latency.Job.Seconds()
	if scene.Foreign {
		s.foreign = 1
	}
	s.cloud = New(p, seed, ReportTo(reporter))
	return &fakecloud.Stage{
		Kind: kind, Server: fakecloud.NewServer(s.cloud, reporter, latency), Region: stageRegion, Groups: groups,
		HostOf: host, PortOf: stagePort, Absent: stageReleased,
		Settings: s.cloud.settings,
		Environment: func(url string) []string {
			return []string{
				"ALIBABA_CLOUD_REGION=" + stageRegion, "ALIBABA_CLOUD_ACCESS_KEY_ID=" + stageKey,
				"ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + stageSecret, "ALIBABA_CLOUD_ENDPOINT_" + strings.ToUpper(p.name) + "=" + url,
			}
		},
		Held: func(group string) map[string]int { return s.cloud.Holdings()[group] },
		Put: func(group string, n, weight int) {
			m := s.find(group, n)
			m.Weight = weight
			s.cloud.AddForeign(group, m)
		},
		Take:      func(group string, n int) { s.cloud.RemoveForeign(group, nth(n)) },
		Reweight:  func(group string, n, weight int) { s.cloud.SetWeightForeign(group, nth(n), weight) },
		Describe:  s.describe,
		Described: func(group string, n int) string { return s.find(group, n).Description },
		Drop:      s.cloud.DeleteGroup,
		Limit:     func(n int) { s.cloud.SetRules(func(r *Rules) { r.GroupQuota = n + s.foreign }) },
		Ward:      &s.cloud.ward, Lock: func(group string) string { return group },
		Plane:    s.cloud.OpenDataPlane,
		Listener: func(group string) string { return strings.Replace(group, "sgp-", "lsn-", 1) },
	}
}

// scene has a listener for each group where members are checked. All are healthy
// as soon as they are there, if nothing else is said.
func (p *Product) scene(scene fakecloud.Scene) (seed Seed, groups []string) {
	seed = Seed{
		Region: stageRegion, Account: acsfake.Account{Keys: []acsfake.Key{{ID: stageKey, Secret: stageSecret}}},
		Rules: Rules{AnyServer: true}, Servers: []Server{{ID: stageReleased, Released: true}},
	}
	for i := range max(scene.Groups, 1) {
		g := ServerGroup{ID: fmt.Sprintf("sgp-%d", i+1), Name: "web", Check: &Check{Interval: 2}}
		if scene.Foreign {
			g.Members = []Member{{ServerID: stageForeign, Port: stagePort, Weight: fakecloud.ForeignWeight}}
		}
		if scene.Checked {
			seed.Listeners = append(seed.Listeners, Listener{
				ID: fmt.Sprintf("lsn-%d", i+1), LoadBalancer: fmt.Sprintf("%s-%d", p.name, i+1), Port: 80, Protocol: p.protocol, ServerGroup: g.ID,
			})
		}
		seed.ServerGroups, groups = append(seed.ServerGroups, g), append(groups, g.ID)
	}
	return seed, groups
}

func host(n int) string {
	if n == 0 {
		return stageForeign
	}
	return fmt.Sprintf("i-%d", n)
}

func nth(n int) Member { return Member{ServerID: host(n), Type: ecs, Port: stagePort} }

// settings are those of the provider for a cloud that is served at a URL.
func (c *Cloud) settings(url string) map[string]any {
	all := c.front.Settings(c.region)
	if url != "" {
		all["endpoints"] = map[string]any{c.name: url, "sts": url}
	}
	return all
}

// find is member n as the group has it, or as it would be put in.
func (s *stage) find(group string, n int) Member {
	if !s.cloud.HasGroup(group) {
		return nth(n)
	}
	all := s.cloud.Members(group)
	i := slices.IndexFunc(all, func(m Member) bool { return keyOf(m) == keyOf(nth(n)) })
	if i < 0 {
		return nth(n)
	}
	return all[i]
}

func (s *stage) describe(group string, n int, text string) {
	m := s.find(group, n)
	m.Description = text
	s.cloud.AddForeign(group, m)
}
