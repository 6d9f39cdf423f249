// Package membership is the domain of this provider: what the members of a
// load balancer's group are, and how to change them safely. It knows no cloud
// and no Terraform. A cloud offers a [Group]; everything else, the batching of
// concurrent changes, retries, verification and shared reads, is done here,
// once, for all of them.
package membership

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Key tells the members of one group apart by what the user calls them. Its
// parts are the vendor's: an SLB member of type ecs is its instance id (and,
// in a vserver group, its port); one of type eni or eci adds the IP address;
// an ELB member is its address and port. A part that the vendor does not use
// is empty.
type Key struct {
	Server  string
	Address string
	Port    int
}

// String is the key as users see it and as import labels it: i-abc,
// eni-abc:10.0.0.5, i-abc:8080, 10.0.0.5:8080, [2001:db8::5]:8080.
func (k Key) String() string {
	var parts []string
	if k.Server != "" {
		parts = append(parts, k.Server)
	}
	if k.Address != "" {
		a := k.Address
		if strings.Contains(a, ":") {
			a = "[" + a + "]"
		}
		parts = append(parts, a)
	}
	if k.Port != 0 || k.Server == "" {
		parts = append(parts, itoa(k.Port))
	}
	return strings.Join(parts, ":")
}

// NormalAddress is an IP address in its canonical form, so that two spellings
// of one IPv6 address compare equal. What is no address is returned as it is.
func NormalAddress(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String()
	}
	return s
}

// Member is one backend behind a load balancer, as wished for or as the vendor
// reports it.
type Member struct {
	Key Key
	// ID is the vendor's own id of this membership (ELB's member_id), which is
	// not the server's id. Empty where the vendor has none (SLB) and in a
	// member not yet added.
	ID string
	// Weight is the share of new requests, 0 to 100; 0 gets none.
	Weight int
	// Name is free text: ELB's name, SLB's description.
	Name string
	// Type is SLB's kind of server: ecs, eni or eci.
	Type string
	// Subnet is ELB's subnet_cidr_id; empty for an IP-type member.
	Subnet string
	// Zone is ELB's availability_zone.
	Zone string
	// Remote tells of an address beyond the group's own network (ALB's
	// RemoteIpEnabled). It is sent when the member is added, and never changed.
	Remote bool
	// Phase is what the vendor is doing with the member.
	Phase Phase
	// Observed is what only the vendor can say; it is never sent.
	Observed Observed
}

// Observed are the facts of a member that the vendor alone decides. A cloud
// that does not report one leaves it empty.
type Observed struct {
	Status     string // ELB's operating_status; ALB's and NLB's word for the phase
	Zone       string // NLB's ZoneId
	IPVersion  string // "v4" or "v6"
	MemberType string // ELB's member_type: "ip" or "instance"
	Instance   string // ELB's instance_id
}

// Is tells whether two members are the same membership: by the vendor's id
// where both have one, by key otherwise.
func (m Member) Is(other Member) bool {
	if m.ID != "" && other.ID != "" {
		return m.ID == other.ID
	}
	return m.Key == other.Key
}

// Compare orders members as users look for them: by server, address and port,
// addresses and ports as numbers.
func Compare(a, b Member) int {
	return cmp.Or(cmp.Compare(a.Key.Server, b.Key.Server), compareAddresses(a.Key.Address, b.Key.Address),
		cmp.Compare(a.Key.Port, b.Key.Port), cmp.Compare(a.ID, b.ID))
}

func compareAddresses(a, b string) int {
	x, errX := netip.ParseAddr(a)
	y, errY := netip.ParseAddr(b)
	if errX != nil || errY != nil {
		return cmp.Compare(a, b)
	}
	return x.Compare(y)
}

// Change alters a member in place. Nil fields stay as they are.
type Change struct {
	// Member says by its Key and ID which member. A caller sets no more; the
	// engine fills in the rest with what it has just listed, for an adapter to
	// repeat to a vendor whose call replaces all of a member's fields.
	Member Member
	Weight *int
	Name   *string
	Port   *int    // ELB only
	Zone   *string // ELB only
}

// Result is the member after the change.
func (c Change) Result() Member {
	m := c.Member
	if c.Weight != nil {
		m.Weight = *c.Weight
	}
	if c.Name != nil {
		m.Name = *c.Name
	}
	if c.Port != nil {
		m.Key.Port = *c.Port
	}
	if c.Zone != nil {
		m.Zone = *c.Zone
	}
	return m
}

// Empty tells whether nothing would be changed.
func (c Change) Empty() bool {
	return c.Weight == nil && c.Name == nil && c.Port == nil && c.Zone == nil
}

// Done tells whether a member, as the vendor reports it, shows the change.
func (c Change) Done(m Member) bool {
	return (c.Weight == nil || *c.Weight == m.Weight) &&
		(c.Name == nil || *c.Name == m.Name) &&
		(c.Port == nil || *c.Port == m.Key.Port) &&
		(c.Zone == nil || *c.Zone == m.Zone)
}

// of is the change of a member as it is listed now: what of it is left to do.
func (c Change) of(now Member) Change {
	left := Change{Member: now}
	if c.Weight != nil && *c.Weight != now.Weight {
		left.Weight = c.Weight
	}
	if c.Name != nil && *c.Name != now.Name {
		left.Name = c.Name
	}
	if c.Port != nil && *c.Port != now.Key.Port {
		left.Port = c.Port
	}
	if c.Zone != nil && *c.Zone != now.Zone {
		left.Zone = c.Zone
	}
	return left
}

// wanting is what a member, as the vendor lists it now, has instead of what the
// change asks for: "weight 5, not 7".
func (c Change) wanting(now Member) string {
	left := c.of(now)
	var parts []string
	lists := func(what string, has, asked any) {
		parts = append(parts, fmt.Sprintf("%s %v, not %v", what, has, asked))
	}
	if left.Weight != nil {
		lists("weight", now.Weight, *left.Weight)
	}
	if left.Name != nil {
		lists("the name or description", strconv.Quote(now.Name), strconv.Quote(*left.Name))
	}
	if left.Port != nil {
		lists("port", now.Key.Port, *left.Port)
	}
	if left.Zone != nil {
		lists("zone", strconv.Quote(now.Zone), strconv.Quote(*left.Zone))
	}
	return strings.Join(parts, ", ")
}

// ofText tells whether nothing of a change is left to be seen but a name, which
// no request depends on.
func (c Change) ofText(now Member) bool {
	left := c.of(now)
	left.Name = nil
	return left.Empty()
}

// kindOf is whether a change of a member, as it was last listed, takes capacity
// away.
func (c Change) kindOf(now Member) kind {
	if c.Port != nil || c.Weight != nil && *c.Weight < now.Weight {
		return lower
	}
	return raise
}

func itoa(n int) string { return strconv.Itoa(n) }
