package elbfake

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// member is a stored member. Values are never changed in place: a write puts
// a new one into a copy of its pool.
type member struct {
	id       string
	name     string
	address  string
	addr     netip.Addr
	port     int
	weight   int
	subnet   string // "" for an IP-type member
	zone     string
	portID   string // the VPC port behind a member with a subnet
	instance string // the server there; "" where there is none
	created  string
	updated  string
}

// pool is a stored pool. A write changes a clone and commits it.
type pool struct {
	Pool
	monitor          string // health monitor id; "" without
	members          []member
	created, updated string
}

func (p *pool) clone() *pool {
	next := *p
	next.members = slices.Clone(p.members)
	return &next
}

func (p *pool) index(id string) int {
	return slices.IndexFunc(p.members, func(m member) bool { return m.id == id })
}

// find looks a member up by address and port. In an any-port pool the port is
// 0 whatever was asked for.
func (p *pool) find(addr netip.Addr, port int) int {
	if p.AnyPort {
		port = 0
	}
	return slices.IndexFunc(p.members, func(m member) bool { return m.addr == addr && m.port == port })
}

// newID makes a UUID from a counter, so that every run has the same ones, in
// an order that has nothing to do with that of creation.
func (c *Cloud) newID() string {
	c.ids++
	h := sha256.Sum256([]byte(fmt.Sprint("elbfake id ", c.ids)))
	h[6], h[8] = h[6]&0x0f|0x40, h[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", h[0:4], h[4:6], h[6:8], h[8:10], h[10:16])
}

// newPool fills in a pool's defaults.
func (c *Cloud) newPool(s Pool) *pool {
	if s.Algorithm == "" {
		s.Algorithm = "ROUND_ROBIN"
		if s.Protocol == "IP" {
			s.Algorithm = "5_TUPLE_HASH"
		}
	}
	if s.IPVersion == "" {
		s.IPVersion = "v4"
		if slices.Contains([]string{"TCP", "UDP", "QUIC"}, s.Protocol) {
			s.IPVersion = "dualstack"
		}
	}
	s.LoadBalancers = slices.Clone(s.LoadBalancers)
	c.bind(&s)
	p := &pool{Pool: s, created: c.now(), updated: c.now()}
	p.Pool.Members = nil
	if s.HealthMonitor {
		p.monitor = c.newID()
	}
	c.known[s.ID] = true
	return p
}

// bind gives a pool the load balancers of its listeners.
func (c *Cloud) bind(s *Pool) {
	for _, l := range s.Listeners {
		if b := c.balancerOf(l); b != nil && !slices.Contains(s.LoadBalancers, b.ID) {
			s.LoadBalancers = append(s.LoadBalancers, b.ID)
		}
	}
}

func (c *Cloud) balancerOf(listener string) *LoadBalancer {
	for _, b := range c.balancers {
		if slices.Contains(b.Listeners, listener) {
			return b
		}
	}
	return nil
}

// commit makes a changed clone the pool, and remembers the pool as it was for
// stale reads.
func (c *Cloud) commit(next *pool) {
	next.updated = c.now()
	c.before[next.ID] = c.pools[next.ID]
	c.pools[next.ID] = next
}

func (c *Cloud) drop(id string) {
	c.before[id] = c.pools[id]
	delete(c.pools, id)
}

// view is the pools as a read sees them: a stale one sees each pool as it was
// before the last write to it.
func (c *Cloud) view(stale bool) map[string]*pool {
	if !stale {
		return c.pools
	}
	v := maps.Clone(c.pools)
	for id, p := range c.before {
		if p == nil {
			delete(v, id)
		} else {
			v[id] = p
		}
	}
	return v
}

func sortedPools(m map[string]*pool) []*pool {
	ps := slices.Collect(maps.Values(m))
	slices.SortFunc(ps, func(a, b *pool) int { return strings.Compare(a.ID, b.ID) })
	return ps
}

func (c *Cloud) memberCount() int {
	n := 0
	for _, p := range c.pools {
		n += len(p.members)
	}
	return n
}

func (c *Cloud) subnet(id string) (Subnet, bool) {
	i := slices.IndexFunc(c.seed.Subnets, func(s Subnet) bool { return s.ID == id })
	if i < 0 {
		return Subnet{}, false
	}
	return c.seed.Subnets[i], true
}

// instanceAt is the server at an address of a subnet, "" where there is none.
func (c *Cloud) instanceAt(subnet string, addr netip.Addr) string {
	if slices.Contains(c.seed.NoServer, addr.String()) {
		return ""
	}
	key := subnet + " " + addr.String()
	if c.instances[key] == "" {
		c.instances[key] = c.newID()
	}
	return c.instances[key]
}
