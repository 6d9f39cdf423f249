package elbfake

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	defaultWeight = 1
	maxWeight     = 100
	maxPort       = 65535
	maxName       = 255
)

var protocols = map[string]bool{
	"TCP": true, "UDP": true, "IP": true, "TLS": true, "HTTP": true, "HTTPS": true, "QUIC": true, "GRPC": true,
}

// ipTargetProtocols are those whose pools take members without a subnet.
var ipTargetProtocols = []string{"UDP", "TCP", "TLS", "HTTP", "HTTPS", "QUIC", "GRPC"}

// sharedAddresses is carrier-grade NAT space (RFC 6598), which the vendor's
// networks use as private.
var sharedAddresses = netip.MustParsePrefix("100.64.0.0/10")

// newMember checks a member that is to join a pool against everything but the
// pool's present members ("Adding a Backend Server", API v3, CreateMember).
func (c *Cloud) newMember(p *pool, in memberBody) (member, *refusal) {
	var m member
	if in.Address == nil || *in.Address == "" {
		return m, invalid("Invalid request body: address is required.")
	}
	addr, err := netip.ParseAddr(*in.Address)
	if err != nil || addr.Zone() != "" {
		return m, invalid("Invalid input for attribute address. Value: '%s'.", *in.Address)
	}
	m.address, m.addr, m.weight = *in.Address, addr.Unmap(), defaultWeight
	m.subnet, m.zone = deref(in.Subnet), deref(in.Zone)
	if refused := setWeightAndName(&m, in); refused != nil {
		return m, refused
	}
	if refused := c.setPort(p, &m, in.Port); refused != nil {
		return m, refused
	}
	if p.IPVersion == "v4" && !addr.Is4() {
		return m, &refusal{http.StatusBadRequest, "ELB.8932", "The pool " + p.ID + " does not support IPv6 members."}
	}
	if m.subnet == "" {
		return m, c.checkIPTarget(p, &m)
	}
	return m, c.checkSubnet(p, &m)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// setWeightAndName applies what creates and updates have in common.
func setWeightAndName(m *member, in memberBody) *refusal {
	if in.Weight != nil {
		if *in.Weight < 0 || *in.Weight > maxWeight {
			return invalid("Invalid input for attribute weight. Value: '%d'. Must be 0 to %d.", *in.Weight, maxWeight)
		}
		m.weight = *in.Weight
	}
	if in.Name != nil {
		if utf8.RuneCountInString(*in.Name) > maxName {
			return invalid("Invalid input for attribute name: longer than %d characters.", maxName)
		}
		m.name = *in.Name
	}
	return nil
}

// setPort gives a new member its port: none in an any-port pool, 0 in an
// IP-protocol pool, 1 to 65535 elsewhere.
func (c *Cloud) setPort(p *pool, m *member, port *int) *refusal {
	switch {
	case p.AnyPort:
		m.port = 0
		return nil
	case p.Protocol == "IP":
		if port == nil && c.behaviour.IPPoolPortOptional {
			return nil
		}
		if port == nil || *port != 0 {
			return invalid("protocol_port must be set to 0 when the pool protocol is IP.")
		}
		return nil
	case port == nil:
		return invalid("Invalid request body: protocol_port is required.")
	}
	return changePort(m, *port)
}

func changePort(m *member, port int) *refusal {
	if port < 1 || port > maxPort {
		return invalid("Invalid input for attribute protocol_port. Value: '%d'. Must be 1 to %d.", port, maxPort)
	}
	m.port = port
	return nil
}

// checkIPTarget holds the rules of members without a subnet.
func (c *Cloud) checkIPTarget(p *pool, m *member) *refusal {
	if !slices.Contains(ipTargetProtocols, p.Protocol) {
		return &refusal{http.StatusBadRequest, "ELB.8938",
			fmt.Sprintf("The IP member is supported only when the pool protocol is %s.", strings.Join(ipTargetProtocols, "/"))}
	}
	if !m.addr.Is4() || !(m.addr.IsPrivate() || sharedAddresses.Contains(m.addr)) {
		return invalid("Invalid input for attribute address. Value: '%s'. An IP member needs a private IPv4 address.", m.address)
	}
	for _, id := range p.LoadBalancers {
		if b := c.balancers[id]; b != nil && !b.IPTarget {
			return &refusal{http.StatusBadRequest, "ELB.8939", "The load balancer's ip_target_enable must be true when adding IP members."}
		}
	}
	return c.checkZone(p, m)
}

func (c *Cloud) checkZone(p *pool, m *member) *refusal {
	switch {
	case m.zone == "" && p.AZAffinity:
		return invalid("availability_zone is required for IP members of a pool with az_affinity.")
	case m.zone != "" && len(c.seed.Zones) > 0 && !slices.Contains(c.seed.Zones, m.zone):
		return invalid("Invalid input for attribute availability_zone. Value: '%s'.", m.zone)
	}
	return nil
}

// checkSubnet holds the rules of members that are servers of a subnet.
func (c *Cloud) checkSubnet(p *pool, m *member) *refusal {
	if p.Type == "ip" {
		return invalid("A pool of type ip accepts only IP members.")
	}
	if m.zone != "" {
		return invalid("availability_zone is supported only for IP members.")
	}
	s, ok := c.subnet(m.subnet)
	if !ok {
		return notFound("subnet", m.subnet)
	}
	prefix := netip.MustParsePrefix(s.CIDR)
	if prefix.Addr().Is4() != m.addr.Is4() {
		return &refusal{http.StatusBadRequest, ipVersionCode(m), "The IP version of subnet " + s.ID + " does not match address " + m.address + "."}
	}
	if !prefix.Contains(m.addr) {
		return invalid("Invalid input for attribute address. Value: '%s' is not in subnet %s.", m.address, s.ID)
	}
	if p.VPC != "" && p.VPC != s.VPC {
		return invalid("Subnet %s is not in VPC %s of pool %s.", s.ID, p.VPC, p.ID)
	}
	for _, id := range p.LoadBalancers {
		b := c.balancers[id]
		switch {
		case b == nil:
		case b.VPC != "" && b.VPC != s.VPC:
			return invalid("Subnet %s is not in the VPC of load balancer %s.", s.ID, b.ID)
		case p.Protocol == "IP" && b.Subnet == s.ID:
			return invalid("Subnet %s is that of load balancer %s; a gateway load balancer's members need another.", s.ID, b.ID)
		}
	}
	if p.Type == "instance" {
		for _, b := range c.balancers {
			if own, err := netip.ParseAddr(b.Address); err == nil && own == m.addr {
				return invalid("Address %s belongs to load balancer %s.", m.address, b.ID)
			}
		}
	}
	return nil
}

// ipVersionCode tells a subnet without IPv6 from one without IPv4.
func ipVersionCode(m *member) string {
	if m.addr.Is6() {
		return "ELB.8933"
	}
	return "ELB.8931"
}

// checkQuota is asked before one more member joins next.
func (c *Cloud) checkQuota(next *pool) *refusal {
	over := func(key string, limit, used int) *refusal {
		if limit <= 0 || used < limit {
			return nil
		}
		return &refusal{http.StatusConflict, "ELB.8905", fmt.Sprintf("Quota exceeded for resource %s: limit %d, used %d.", key, limit, used)}
	}
	if refused := over("members_per_pool", c.seed.Quota.MembersPerPool, len(next.members)); refused != nil {
		return refused
	}
	elsewhere := c.memberCount()
	if now := c.pools[next.ID]; now != nil {
		elsewhere -= len(now.members)
	}
	return over("member", c.seed.Quota.Members, elsewhere+len(next.members))
}

// admit completes a checked member and puts it into next.
func (c *Cloud) admit(next *pool, m member) member {
	if m.id == "" {
		m.id = c.newID()
	}
	c.known[m.id] = true
	m.created, m.updated = c.now(), c.now()
	if m.subnet != "" {
		m.portID, m.instance = c.newID(), c.instanceAt(m.subnet, m.addr)
		if s, _ := c.subnet(m.subnet); next.VPC == "" {
			next.VPC = s.VPC // a pool without VPC takes its first server's
		}
	}
	next.members = append(next.members, m)
	return m
}

// change applies an update to a member of next.
func (c *Cloud) change(next *pool, id string, in memberBody) (member, *refusal) {
	i := next.index(id)
	if i < 0 {
		return member{}, notFound("member", id)
	}
	m := next.members[i]
	if refused := setWeightAndName(&m, in); refused != nil {
		return m, refused
	}
	if in.Zone != nil {
		m.zone = *in.Zone
		if m.subnet != "" {
			return m, invalid("availability_zone is supported only for IP members.")
		}
		if refused := c.checkZone(next, &m); refused != nil {
			return m, refused
		}
	}
	if in.Port != nil {
		switch {
		case next.AnyPort:
			return m, invalid("protocol_port cannot be updated when any_port_enable is true.")
		case next.Protocol == "IP":
			if *in.Port != 0 {
				return m, invalid("protocol_port must be set to 0 when the pool protocol is IP.")
			}
		default:
			if refused := changePort(&m, *in.Port); refused != nil {
				return m, refused
			}
		}
		if other := next.find(m.addr, m.port); other >= 0 && other != i {
			return m, duplicate(next, m)
		}
	}
	m.updated = c.now()
	next.members[i] = m
	return m, nil
}

func duplicate(p *pool, m member) *refusal {
	return conflict("Member with address %s and protocol_port %d already exists in pool %s.", m.address, m.port, p.ID)
}

// protected refuses to take members out of a pool that forbids it.
func (c *Cloud) protected(p *pool) *refusal {
	if !p.DeletionProtection {
		return nil
	}
	code := c.behaviour.ProtectionCode
	if code == "" {
		code = "ELB.8907"
	}
	return &refusal{http.StatusConflict, code,
		"Pool " + p.ID + " has member_deletion_protection_enable set, its members cannot be removed."}
}

// active refuses an update while a load balancer of the pool is not ACTIVE.
func (c *Cloud) active(p *pool) *refusal {
	for _, id := range p.LoadBalancers {
		if b := c.balancers[id]; b != nil && b.Status != "ACTIVE" {
			return conflict("The provisioning status of load balancer %s is %s, not ACTIVE.", b.ID, b.Status)
		}
	}
	return nil
}
