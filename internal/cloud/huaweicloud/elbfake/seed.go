package elbfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// Seed is what a simulated cloud holds when it starts, as a test writes it or
// as a JSON file says it. An id left empty is made up where that makes sense.
type Seed struct {
	// Region is the region's id, such as "cn-north-4". IAM knows a project of
	// that name only where Projects lists one.
	Region string `json:"region"`
	// Projects are the account's projects. The first owns everything below;
	// the others are there to be found by IAM and own nothing.
	Projects []Project `json:"projects"`
	// Keys are the access keys the cloud accepts, Tokens the X-Auth-Token
	// values.
	Keys   []Key    `json:"keys,omitempty"`
	Tokens []string `json:"tokens,omitempty"`
	// Domain is the account's name; "" is "domain". Keys, users and agencies
	// that name no other account are of this one.
	Domain string `json:"domain,omitempty"`
	// Users, Agencies and IdentityProviders are IAM's ways to log in.
	Users             []User             `json:"users,omitempty"`
	Agencies          []Agency           `json:"agencies,omitempty"`
	IdentityProviders []IdentityProvider `json:"identity_providers,omitempty"`
	// Zones are the region's availability zones. With none, any is accepted.
	Zones []string `json:"zones,omitempty"`

	Subnets       []Subnet       `json:"subnets,omitempty"`
	LoadBalancers []LoadBalancer `json:"load_balancers,omitempty"`
	Pools         []Pool         `json:"pools,omitempty"`
	Quota         Quota          `json:"quota,omitzero"`
	// NoServer are addresses inside the subnets where no server lives. At
	// every other address of a subnet one does.
	NoServer []string `json:"no_server,omitempty"`
	// Addresses are where servers really are, for a data plane: host:port by
	// the member's "10.0.0.1:8080", or by "10.0.0.1" for all its ports.
	Addresses traffic.Places `json:"addresses,omitempty"`
	// Behaviour chooses between what the vendor's documentation leaves open.
	Behaviour Behaviour `json:"behaviour,omitzero"`
}

// Project is an IAM project.
type Project struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Key is an access key. One with a SecurityToken is temporary: requests must
// carry that token too.
type Key struct {
	AK            string `json:"ak"`
	SK            string `json:"sk"`
	SecurityToken string `json:"security_token,omitempty"`
	// Domain, where set, is the other account that the key belongs to. It sees
	// nothing of this one, but may assume an agency of it.
	Domain string `json:"domain,omitempty"`
}

// User is an IAM user, who logs in with a password. Domain is as in [Key].
type User struct {
	Name     string `json:"name"`
	Password string `json:"password"`
	Domain   string `json:"domain,omitempty"`
}

// Agency is an agency of this account. Trusts is the account it is delegated
// to; "" is any.
type Agency struct {
	Name   string `json:"name"`
	Trusts string `json:"trusts,omitempty"`
}

// IdentityProvider is an OIDC provider that the account trusts, with the ID
// tokens that count as its own.
type IdentityProvider struct {
	ID       string   `json:"id"`
	IDTokens []string `json:"id_tokens"`
}

// Subnet is a subnet as a member names it: for IPv4 by its neutron subnet id,
// for IPv6 by its neutron network id.
type Subnet struct {
	ID   string `json:"id"`
	CIDR string `json:"cidr"`
	VPC  string `json:"vpc_id"`
}

// LoadBalancer is a dedicated load balancer.
type LoadBalancer struct {
	ID       string   `json:"id"`
	Name     string   `json:"name,omitempty"`
	VPC      string   `json:"vpc_id,omitempty"`
	Subnet   string   `json:"subnet_cidr_id,omitempty"` // where its own address is
	Address  string   `json:"vip_address,omitempty"`
	IPTarget bool     `json:"ip_target_enable,omitempty"`
	Status   string   `json:"provisioning_status,omitempty"` // default ACTIVE; or PENDING_DELETE
	Zones    []string `json:"availability_zone_list,omitempty"`
	// Listeners are the ids of its listeners.
	Listeners []string `json:"listeners,omitempty"`
}

// Pool is a backend server group.
type Pool struct {
	ID          string `json:"id"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
	Protocol    string `json:"protocol"`             // TCP, UDP, IP, TLS, HTTP, HTTPS, QUIC or GRPC
	Algorithm   string `json:"lb_algorithm"`         // default ROUND_ROBIN
	IPVersion   string `json:"ip_version,omitempty"` // default dualstack for TCP, UDP and QUIC, otherwise v4
	Type        string `json:"type,omitempty"`       // "", "instance" or "ip"
	VPC         string `json:"vpc_id,omitempty"`
	// LoadBalancers and Listeners are the ids of those that use the pool. A
	// listener brings its load balancer along.
	LoadBalancers []string `json:"loadbalancers,omitempty"`
	Listeners     []string `json:"listeners,omitempty"`
	// HealthMonitor says that the pool checks its members' health. A member
	// is then INITIAL in its first InitialPolls readings, and ONLINE after.
	HealthMonitor bool `json:"health_monitor,omitempty"`
	InitialPolls  int  `json:"initial_polls,omitempty"`

	AnyPort            bool       `json:"any_port_enable,omitempty"`
	DeletionProtection bool       `json:"member_deletion_protection_enable,omitempty"`
	AZAffinity         bool       `json:"az_affinity,omitempty"`
	ConnectionDrain    *Drain     `json:"connection_drain,omitempty"`
	SlowStart          *SlowStart `json:"slow_start,omitempty"`
	MinimumHealthy     int        `json:"minimum_healthy_member_count,omitempty"` // 0 or 1

	Members []Member `json:"members,omitempty"`
}

// Drain is a pool's connection_drain; the timeout is in seconds, 10 to 4000.
type Drain struct {
	Enable  bool `json:"enable"`
	Timeout int  `json:"timeout"`
}

// SlowStart is a pool's slow_start; the duration is in seconds, 30 to 1200.
type SlowStart struct {
	Enable   bool `json:"enable"`
	Duration int  `json:"duration"`
}

// Member is a backend server of a pool, in a seed, in a call of another actor
// and in what [Cloud.Members] returns.
type Member struct {
	ID      string `json:"id,omitempty"` // made up when empty
	Address string `json:"address"`
	Port    int    `json:"protocol_port"`
	// Weight is 0 to 100. In a seed, absent means the vendor's default, 1.
	Weight *int   `json:"weight,omitempty"`
	Name   string `json:"name,omitempty"`
	Subnet string `json:"subnet_cidr_id,omitempty"` // empty: an IP-type member
	Zone   string `json:"availability_zone,omitempty"`
}

// W is the weight; the vendor's default of 1 where none is given.
func (m Member) W() int {
	if m.Weight == nil {
		return defaultWeight
	}
	return *m.Weight
}

// Quota are the account's limits. 0 means the fake's default, no limit (-1).
type Quota struct {
	Members        int `json:"member,omitempty"`
	MembersPerPool int `json:"members_per_pool,omitempty"`
}

// ReadSeed reads a seed in JSON. Attributes that Seed does not have are errors.
func ReadSeed(r io.Reader) (Seed, error) {
	var s Seed
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return Seed{}, fmt.Errorf("read ELB seed: %w", err)
	}
	return s, s.Validate()
}

// Validate tells what is wrong with a seed. Whether its members keep the rules
// of their pools is seen by [New] alone.
func (s Seed) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("ELB seed: "+format, args...)) }
	if err := s.Addresses.Validate(); err != nil {
		bad("%v", err)
	}
	if len(s.Projects) == 0 {
		bad("no project")
	}
	seen := map[string]string{}
	unique := func(kind, id string) {
		if id == "" {
			bad("a %s without id", kind)
		} else if other, ok := seen[id]; ok {
			bad("%s %s: the id is already that of a %s", kind, id, other)
		}
		seen[id] = kind
	}
	for _, p := range s.Projects {
		unique("project", p.ID)
	}
	for _, k := range s.Keys {
		if k.AK == "" || k.SK == "" {
			bad("a key without ak or sk")
		}
	}
	for _, n := range s.Subnets {
		unique("subnet", n.ID)
		if _, err := netip.ParsePrefix(n.CIDR); err != nil {
			bad("subnet %s: %v", n.ID, err)
		}
	}
	for _, b := range s.LoadBalancers {
		unique("load balancer", b.ID)
		if !provisioning(b.Status) {
			bad("load balancer %s: provisioning_status %q", b.ID, b.Status)
		}
		for _, l := range b.Listeners {
			unique("listener", l)
		}
	}
	s.validatePools(seen, unique, bad)
	if err := s.Behaviour.validate(); err != nil {
		bad("%v", err)
	}
	return errors.Join(errs...)
}

// validatePools checks pools against the load balancers and listeners seen.
func (s Seed) validatePools(seen map[string]string, unique func(kind, id string), bad func(format string, args ...any)) {
	for _, p := range s.Pools {
		unique("pool", p.ID)
		if !protocols[p.Protocol] {
			bad("pool %s: protocol %q", p.ID, p.Protocol)
		}
		for _, id := range p.LoadBalancers {
			if seen[id] != "load balancer" {
				bad("pool %s: no load balancer %s", p.ID, id)
			}
		}
		for _, id := range p.Listeners {
			if seen[id] != "listener" {
				bad("pool %s: no listener %s", p.ID, id)
			}
		}
		for _, m := range p.Members {
			if m.ID != "" {
				unique("member", m.ID)
			}
		}
	}
}
