package slbfake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// Seed is a cloud's state to begin with, and the form in which
// [Cloud.State] shows it. As JSON:
//
//	{
//	  "region": "cn-hangzhou",
//	  "keys": [{"id": "ak", "secret": "sk"}],
//	  "servers": [
//	    {"id": "i-a", "ips": ["10.0.0.1"]},
//	    {"id": "eni-a", "type": "eni", "ips": ["10.0.0.2", "10.0.0.3"]}
//	  ],
//	  "load_balancers": [{
//	    "id": "lb-a",
//	    "members": [{"server_id": "i-a", "weight": 100}],
//	    "listeners": [{"port": 80, "protocol": "http", "vserver_group_id": "rsp-a"}],
//	    "vserver_groups": [{
//	      "id": "rsp-a", "name": "web",
//	      "members": [{"server_id": "eni-a", "type": "eni", "server_ip": "10.0.0.3", "port": 8080}]
//	    }]
//	  }],
//	  "rules": {"any_server": false}
//	}
type Seed struct {
	Region        string         `json:"region"`
	Keys          []Key          `json:"keys,omitempty"` // access keys that may sign; none: nobody may
	Servers       []Server       `json:"servers,omitempty"`
	LoadBalancers []LoadBalancer `json:"load_balancers"`
	Roles         []Role         `json:"roles,omitempty"`       // that STS gives keys of
	OIDCTokens    []OIDCToken    `json:"oidc_tokens,omitempty"` // that STS takes
	// Instance is the role of the ECS instance whose metadata service this
	// cloud serves, under /latest/; "": an instance without a role.
	Instance string `json:"instance,omitempty"`
	// CredentialsPath is where a credentials URI is served, such as
	// "/credentials"; "": nowhere.
	CredentialsPath string `json:"credentials_path,omitempty"`
	Rules           Rules  `json:"rules,omitzero"`
	// Addresses are where servers really are, for a data plane: host:port by
	// "i-a:8080", by "i-a" for all its ports, or by an address instead of the id.
	Addresses traffic.Places `json:"addresses,omitempty"`
}

type (
	// Key is an access key of the account.
	Key = acsfake.Key
	// Role is a RAM role that STS gives keys of.
	Role = acsfake.Role
	// OIDCToken is a token that STS takes.
	OIDCToken = acsfake.OIDCToken
)

// account is the part of a seed that is the account's.
func (s Seed) account() acsfake.Account {
	return acsfake.Account{Keys: s.Keys, Roles: s.Roles, OIDCTokens: s.OIDCTokens, Instance: s.Instance, CredentialsPath: s.CredentialsPath}
}

// Server is something that can be a backend: an ECS instance, an elastic
// network interface, an elastic container instance.
type Server struct {
	ID     string   `json:"id"`
	Type   string   `json:"type,omitempty"`   // ecs, eni, eci; "" goes by the id's prefix, then ecs
	IPs    []string `json:"ips,omitempty"`    // the first is primary; none: one is made up
	Status string   `json:"status,omitempty"` // running, stopped, released; "" is running
	// RefuseRemove answers ObtainIpFail to a removal that names this server
	// once it is released, as has been seen of the vendor.
	RefuseRemove bool `json:"refuse_remove,omitempty"`
	// RefuseAdd, where set, is the code that an Add of this server gets, one of
	// those for what the simulation does not know of servers: Mismatched.ZoneId,
	// NetworkConflict, ... (see [AddRefusals]).
	RefuseAdd string `json:"refuse_add,omitempty"`
}

// AddRefusals are the codes by which an Add is refused for what a server is.
var AddRefusals = []string{
	"Mismatched.ZoneId", "NetworkConflict", "MasterSlaveServerConflict", "InvalidBackendServers.ServerIpConflict",
	"IncorrectStatus.RSByPassToas", "OperationUnsupported.AddBackendServer", "OperationDeny.LbNotSupportIPv6Server",
}

// LoadBalancer is an SLB instance.
type LoadBalancer struct {
	ID               string         `json:"id"`
	Name             string         `json:"name,omitempty"`
	Status           string         `json:"status,omitempty"` // active (""), inactive, locked: one that is locked refuses writes
	DeleteProtection bool           `json:"delete_protection,omitempty"`
	Members          []Member       `json:"members,omitempty"` // of the default server group
	Listeners        []Listener     `json:"listeners,omitempty"`
	VServerGroups    []VServerGroup `json:"vserver_groups,omitempty"`
}

// Listener is a listener and what serves it.
type Listener struct {
	Port          int    `json:"port"`
	Protocol      string `json:"protocol"`                   // tcp, udp, http, https
	BackendPort   int    `json:"backend_port,omitempty"`     // for members of the default group; 0 is Port
	VServerGroup  string `json:"vserver_group_id,omitempty"` // "" is the default group
	Rules         []Rule `json:"rules,omitempty"`
	NoHealthCheck bool   `json:"no_health_check,omitempty"`
}

// Rule is a forwarding rule of an HTTP or HTTPS listener.
type Rule struct {
	ID           string `json:"id"`
	Domain       string `json:"domain,omitempty"`
	URL          string `json:"url,omitempty"`
	VServerGroup string `json:"vserver_group_id"`
}

// VServerGroup is a vserver group.
type VServerGroup struct {
	ID      string   `json:"id"`
	Name    string   `json:"name,omitempty"`
	Members []Member `json:"members,omitempty"`
}

// Member is a backend server in a group. In Go a Weight of 0 is 0; in JSON a
// weight that is left out is 100, the vendor's default.
type Member struct {
	ServerID    string `json:"server_id"`
	Type        string `json:"type"`                // ecs, eni, eci; "" is ecs
	ServerIP    string `json:"server_ip,omitempty"` // of eni and eci; "" is the primary address
	Port        int    `json:"port,omitempty"`      // in vserver groups
	Weight      int    `json:"weight"`              // 0 to 100
	Description string `json:"description,omitempty"`
}

// UnmarshalJSON reads a member; an absent weight is 100.
func (m *Member) UnmarshalJSON(b []byte) error {
	type plain Member
	p := plain{Weight: defaultWeight}
	if err := unmarshalStrict(b, &p); err != nil {
		return err
	}
	*m = Member(p)
	return nil
}

// ReadSeed reads a seed from JSON. A field that it does not know is an error.
func ReadSeed(r io.Reader) (Seed, error) {
	var s Seed
	b, err := io.ReadAll(r)
	if err != nil {
		return Seed{}, fmt.Errorf("read seed: %w", err)
	}
	if err := unmarshalStrict(b, &s); err != nil {
		return Seed{}, fmt.Errorf("read seed: %w", err)
	}
	if err := s.Validate(); err != nil {
		return Seed{}, fmt.Errorf("read seed: %w", err)
	}
	return s, nil
}

// Validate tells what is wrong with a seed: a missing region or id, an id used
// twice, a reference to a group that is not there, a weight or port out of
// range, an unknown rule.
func (s Seed) Validate() error {
	if s.Region == "" {
		return errors.New("no region")
	}
	if err := s.Rules.validate(); err != nil {
		return err
	}
	if err := s.Addresses.Validate(); err != nil {
		return err
	}
	ids := map[string]bool{}
	unique := func(kind, id string) error {
		if id == "" {
			return fmt.Errorf("%s without an id", kind)
		}
		if ids[id] {
			return fmt.Errorf("%s %s: the id is used twice", kind, id)
		}
		ids[id] = true
		return nil
	}
	for _, k := range s.Keys {
		if err := unique("access key", k.ID); err != nil {
			return err
		}
	}
	if err := s.account().Validate(); err != nil {
		return err
	}
	for _, sv := range s.Servers {
		if err := errors.Join(unique("server", sv.ID), sv.validate()); err != nil {
			return err
		}
	}
	for _, lb := range s.LoadBalancers {
		if err := errors.Join(unique("load balancer", lb.ID), validateMembers(lb.ID, lb.Members, false)); err != nil {
			return err
		}
		groups := map[string]bool{"": true}
		for _, g := range lb.VServerGroups {
			if err := errors.Join(unique("vserver group", g.ID), validateMembers(g.ID, g.Members, true)); err != nil {
				return err
			}
			groups[g.ID] = true
		}
		if err := validateListeners(lb.ID, lb.Listeners, groups); err != nil {
			return err
		}
	}
	return nil
}

// validateListeners checks listeners against the vserver groups that there are;
// "" is the default group.
func validateListeners(lb string, ls []Listener, groups map[string]bool) error {
	for _, l := range ls {
		if !groups[l.VServerGroup] {
			return fmt.Errorf("listener %d of %s: no vserver group %s", l.Port, lb, l.VServerGroup)
		}
		for _, r := range l.Rules {
			if r.VServerGroup == "" || !groups[r.VServerGroup] {
				return fmt.Errorf("rule %s of %s: no vserver group %q", r.ID, lb, r.VServerGroup)
			}
		}
		if l.Port < 1 || l.Port > maxPort {
			return fmt.Errorf("listener %d of %s: port out of range", l.Port, lb)
		}
	}
	return nil
}

func (s Server) validate() error {
	if s.Type != "" && !knownType(s.Type) {
		return fmt.Errorf("server %s: type %q is none of ecs, eni, eci", s.ID, s.Type)
	}
	if s.RefuseAdd != "" && !slices.Contains(AddRefusals, s.RefuseAdd) {
		return fmt.Errorf("server %s: refuse_add %q is none of %v", s.ID, s.RefuseAdd, AddRefusals)
	}
	switch s.Status {
	case "", running, stopped, released:
		return nil
	}
	return fmt.Errorf("server %s: status %q is none of running, stopped, released", s.ID, s.Status)
}

func validateMembers(group string, ms []Member, vserver bool) error {
	for _, m := range ms {
		switch {
		case m.ServerID == "":
			return fmt.Errorf("%s: a member without server_id", group)
		case m.Type != "" && !knownType(m.Type):
			return fmt.Errorf("%s: member %s: type %q is none of ecs, eni, eci", group, m.ServerID, m.Type)
		case m.Weight < 0 || m.Weight > maxWeight:
			return fmt.Errorf("%s: member %s: weight %d is out of range", group, m.ServerID, m.Weight)
		case vserver && (m.Port < 1 || m.Port > maxPort):
			return fmt.Errorf("%s: member %s: port %d is out of range", group, m.ServerID, m.Port)
		case !vserver && m.Port != 0:
			return fmt.Errorf("%s: member %s: a default group has no ports", group, m.ServerID)
		}
	}
	return nil
}

func unmarshalStrict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
