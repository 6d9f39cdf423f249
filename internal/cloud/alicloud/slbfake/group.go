package slbfake

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
)

const (
	defaultWeight = 100
	maxWeight     = 100
	maxPort       = 65535

	ecs, eni, eci              = "ecs", "eni", "eci"
	running, stopped, released = "running", "stopped", "released"
)

func knownType(t string) bool { return t == ecs || t == eni || t == eci }

// balancer is a load balancer: its own group, its listeners, its vserver
// groups.
type balancer struct {
	id, name, status string
	deleteProtection bool
	listeners        []Listener
	own              *group
}

// group is a default server group (id is the load balancer's) or a vserver
// group.
type group struct {
	id, name string
	vserver  bool
	lb       *balancer
	created  time.Time

	members []Member // in the order in which they came
	// The group as it was before the last write, for stale reads.
	before []Member
}

// seeded is when everything that a seed plants was created.
var seeded = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func (c *Cloud) plant(s LoadBalancer) {
	lb := &balancer{
		id: s.ID, name: s.Name, status: orDefault(s.Status, "active"), deleteProtection: s.DeleteProtection,
		listeners: inOrder(s.Listeners),
	}
	lb.own = &group{id: s.ID, lb: lb, created: seeded, members: c.canonical(s.Members)}
	lb.own.before = lb.own.members
	c.balancers[s.ID] = lb
	for _, v := range s.VServerGroups {
		g := &group{
			id: v.ID, name: v.Name, vserver: true, lb: lb, created: seeded,
			members: c.canonical(v.Members),
		}
		g.before = g.members
		c.groups[v.ID] = g
	}
}

// inOrder is listeners by port and protocol, as answers show them.
func inOrder(ls []Listener) []Listener {
	return slices.SortedFunc(slices.Values(ls), func(a, b Listener) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol))
	})
}

// canonical fills in what members leave to default.
func (c *Cloud) canonical(ms []Member) []Member {
	out := make([]Member, 0, len(ms))
	for _, m := range ms {
		m.Type = orDefault(m.Type, ecs)
		if m.Type == ecs {
			m.ServerIP = ""
		} else {
			m.ServerIP = normalIP(orDefault(m.ServerIP, c.primaryIP(m.ServerID)))
		}
		out = append(out, m)
	}
	return out
}

// key is what tells members of one group apart.
type key struct {
	server, ip string
	port       int
}

func (m Member) key() key { return key{m.ServerID, m.ServerIP, m.Port} }

// commit makes the group's members what a write leaves behind.
func (g *group) commit(members []Member) {
	g.before = g.members
	g.members = members
}

// view is the group as a read sees it. A stale read may see a group that is
// deleted.
func (g *group) view(stale bool) []Member {
	if stale {
		return g.before
	}
	return g.members
}

func (g *group) index(k key) int {
	return slices.IndexFunc(g.members, func(m Member) bool { return m.key() == k })
}

// groupsOf lists a load balancer's vserver groups by id.
func (c *Cloud) groupsOf(lb *balancer) []*group {
	var gs []*group
	for _, g := range c.groups {
		if g.lb == lb {
			gs = append(gs, g)
		}
	}
	slices.SortFunc(gs, func(a, b *group) int { return strings.Compare(a.id, b.id) })
	return gs
}

// count is how many members the quota counts for a group.
func (c *Cloud) count(g *group) int {
	if c.rules.QuotaPerGroup {
		return len(g.members)
	}
	n := len(g.lb.own.members)
	for _, v := range c.groupsOf(g.lb) {
		n += len(v.members)
	}
	return n
}

// typeOf is what kind of server an id names; "" when nothing tells.
func (c *Cloud) typeOf(id string) string {
	if s, ok := c.servers[id]; ok && s.Type != "" {
		return s.Type
	}
	switch {
	case strings.HasPrefix(id, "eni-"):
		return eni
	case strings.HasPrefix(id, "eci-"):
		return eci
	case strings.HasPrefix(id, "i-"):
		return ecs
	}
	if _, ok := c.servers[id]; ok {
		return ecs
	}
	return ""
}

// primaryIP is a server's first address; a made-up one, always the same, where
// the seed names none.
func (c *Cloud) primaryIP(id string) string {
	if s, ok := c.servers[id]; ok && len(s.IPs) > 0 {
		return normalIP(s.IPs[0])
	}
	h := sha256.Sum256([]byte(id))
	return fmt.Sprintf("10.%d.%d.%d", h[0], h[1], h[2])
}

// normalIP is an address in its canonical spelling.
func normalIP(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String()
	}
	return s
}

func (s Server) clone() *Server {
	s.IPs = slices.Clone(s.IPs)
	return &s
}

func (c *Cloud) snapshot() Seed {
	s := Seed{Region: c.region, Rules: c.rules, LoadBalancers: []LoadBalancer{}}
	for _, id := range slices.Sorted(maps.Keys(c.servers)) {
		s.Servers = append(s.Servers, *c.servers[id].clone())
	}
	for _, id := range slices.Sorted(maps.Keys(c.balancers)) {
		lb := c.balancers[id]
		out := LoadBalancer{
			ID: lb.id, Name: lb.name, Status: lb.status, DeleteProtection: lb.deleteProtection,
			Members: sorted(lb.own.members), Listeners: slices.Clone(lb.listeners),
		}
		for _, g := range c.groupsOf(lb) {
			out.VServerGroups = append(out.VServerGroups, VServerGroup{
				ID: g.id, Name: g.name, Members: sorted(g.members),
			})
		}
		s.LoadBalancers = append(s.LoadBalancers, out)
	}
	return s
}

// sorted is a copy by server, address and port.
func sorted(ms []Member) []Member {
	return slices.SortedFunc(slices.Values(ms), func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.ServerID, b.ServerID), cmp.Compare(a.ServerIP, b.ServerIP), cmp.Compare(a.Port, b.Port))
	})
}
