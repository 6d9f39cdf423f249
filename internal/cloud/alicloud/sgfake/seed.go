package sgfake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// Seed is a cloud's state to begin with, and the form in which [Cloud.State]
// shows it. As JSON:
//
//	{
//	  "region": "cn-hangzhou",
//	  "keys": [{"id": "ak", "secret": "sk"}],
//	  "servers": [{"id": "i-a", "ips": ["10.0.0.1"]}, {"id": "eni-a", "ips": ["10.0.0.2", "10.0.0.3"]}],
//	  "server_groups": [{
//	    "id": "sgp-a", "name": "web", "drain": {"timeout": 30}, "check": {"interval": 2, "threshold": 3},
//	    "members": [{"server_id": "i-a", "port": 8080}, {"server_id": "eni-a", "type": "Eni", "port": 8080, "weight": 10}]
//	  }],
//	  "listeners": [{"id": "lsn-a", "load_balancer_id": "alb-a", "port": 80, "protocol": "HTTP", "server_group_id": "sgp-a"}],
//	  "rules": {"any_server": false, "job_seconds": 1.5}
//	}
type Seed struct {
	Region string `json:"region"`
	acsfake.Account
	Servers      []Server      `json:"servers,omitempty"`
	ServerGroups []ServerGroup `json:"server_groups"`
	Listeners    []Listener    `json:"listeners,omitempty"`
	Rules        Rules         `json:"rules,omitzero"`
	// Addresses are where servers really are, for a data plane: host:port by
	// "i-a:8080", by "i-a" for all its ports, or by an address instead of the id.
	Addresses traffic.Places `json:"addresses,omitempty"`
}

// Server is something that can be a backend, apart from an address.
type Server struct {
	ID       string   `json:"id"`
	Type     string   `json:"type,omitempty"` // Ecs, Eni, Eci; "" goes by the id's prefix, then Ecs
	IPs      []string `json:"ips,omitempty"`  // the first is primary; none: one is made up
	VPC      string   `json:"vpc_id,omitempty"`
	Zone     string   `json:"zone_id,omitempty"` // "" is the region's a
	Released bool     `json:"released,omitempty"`
	// FailJob is why a job that is to add this server fails.
	FailJob *JobFailure `json:"fail_job,omitempty"`
	// RefuseAdd, where set, is the code that an Add of this server gets, such as
	// IncorrectStatus.Eni.
	RefuseAdd string `json:"refuse_add,omitempty"`
}

// JobFailure is why a job failed: a code of an answer's kind, a number, or none.
type JobFailure struct {
	Code    string `json:"code"`
	Message string `json:"message,omitempty"`
}

// ServerGroup is a server group.
type ServerGroup struct {
	ID      string   `json:"id"`
	Name    string   `json:"name,omitempty"`
	Type    string   `json:"type,omitempty"` // Instance (""), Ip, Fc: what its members are
	VPC     string   `json:"vpc_id,omitempty"`
	CIDR    string   `json:"cidr,omitempty"` // of the VPC: members by address lie in it; "" is any
	IPv6    bool     `json:"ipv6,omitempty"`
	AnyPort bool     `json:"any_port,omitempty"` // members have all ports, and port 0
	Status  string   `json:"status,omitempty"`   // Available (""), Creating: one that is being created takes no writes
	Drain   *Drain   `json:"drain,omitempty"`    // nil: a removal drains nothing
	Check   *Check   `json:"check,omitempty"`    // nil: the members' health is not checked
	Members []Member `json:"members,omitempty"`
}

// Drain is what a group grants to the requests of a member that leaves.
type Drain struct {
	Timeout int `json:"timeout"` // seconds: 10 to 900, or 0
	// Lasts is how many seconds the requests under way need, where there is no
	// data plane that knows.
	Lasts int `json:"lasts,omitempty"`
}

// Check is how members are checked: one is Initial for threshold times interval
// after it came, and then healthy if nothing else is said. Threshold 0: at once.
type Check struct {
	Interval  int `json:"interval"` // seconds
	Threshold int `json:"threshold"`
}

// Listener is a listener and which groups serve it.
type Listener struct {
	ID           string         `json:"id"`
	LoadBalancer string         `json:"load_balancer_id"`
	Port         int            `json:"port"`
	Protocol     string         `json:"protocol"`
	ServerGroup  string         `json:"server_group_id,omitempty"` // "": only its rules forward
	Rules        []ListenerRule `json:"rules,omitempty"`           // of ALB
}

// ListenerRule is a forwarding rule.
type ListenerRule struct {
	ID          string `json:"id"`
	ServerGroup string `json:"server_group_id"`
}

// Member is a backend server in a group. In Go a Weight of 0 is 0; in JSON a
// weight that is left out is 100, the vendor's default.
type Member struct {
	ServerID    string `json:"server_id"`
	Type        string `json:"type,omitempty"`      // as the vendor writes it; "" is Ecs. A seed may have unknown ones
	ServerIP    string `json:"server_ip,omitempty"` // of Eni and Eci; "" is the primary address
	Port        int    `json:"port,omitempty"`
	Weight      int    `json:"weight"` // 0 to 100
	Description string `json:"description,omitempty"`
	RemoteIP    bool   `json:"remote_ip_enabled,omitempty"`
	Status      string `json:"status,omitempty"` // "" is Available. A seed may have unknown ones
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
	if err == nil {
		err = unmarshalStrict(b, &s)
	}
	if err == nil {
		err = s.Validate()
	}
	if err != nil {
		return Seed{}, fmt.Errorf("read seed: %w", err)
	}
	return s, nil
}

// Validate tells what is wrong with a seed: a missing region or id, an id used
// twice, a listener without its group, a weight or port out of range.
func (s Seed) Validate() error {
	if s.Region == "" {
		return errors.New("no region")
	}
	if err := errors.Join(s.Rules.validate(), s.Addresses.Validate(), s.Account.Validate()); err != nil {
		return err
	}
	ids := map[string]bool{}
	unique := func(kind, id string) error {
		if id == "" || ids[id] {
			return fmt.Errorf("%s %q: an id must be there, and there once", kind, id)
		}
		ids[id] = true
		return nil
	}
	for _, k := range s.Keys {
		if err := unique("access key", k.ID); err != nil {
			return err
		}
	}
	for _, v := range s.Servers {
		if err := unique("server", v.ID); err != nil {
			return err
		}
	}
	groups := map[string]bool{}
	for _, g := range s.ServerGroups {
		if err := errors.Join(unique("server group", g.ID), validateMembers(g.ID, g.Members)); err != nil {
			return err
		}
		groups[g.ID] = true
	}
	for _, l := range s.Listeners {
		if err := errors.Join(unique("listener", l.ID), l.validate(groups)); err != nil {
			return err
		}
	}
	return nil
}

func (l Listener) validate(groups map[string]bool) error {
	if l.ServerGroup != "" && !groups[l.ServerGroup] {
		return fmt.Errorf("listener %s: no server group %s", l.ID, l.ServerGroup)
	}
	for _, r := range l.Rules {
		if !groups[r.ServerGroup] {
			return fmt.Errorf("rule %s of %s: no server group %q", r.ID, l.ID, r.ServerGroup)
		}
	}
	if l.Port < 0 || l.Port > maxPort {
		return fmt.Errorf("listener %s: port %d is out of range", l.ID, l.Port)
	}
	return nil
}

func validateMembers(group string, ms []Member) error {
	for _, m := range ms {
		switch {
		case m.ServerID == "":
			return fmt.Errorf("%s: a member without server_id", group)
		case m.Weight < 0 || m.Weight > maxWeight:
			return fmt.Errorf("%s: member %s: weight %d is out of range", group, m.ServerID, m.Weight)
		case m.Port < 0 || m.Port > maxPort:
			return fmt.Errorf("%s: member %s: port %d is out of range", group, m.ServerID, m.Port)
		}
	}
	return nil
}

func unmarshalStrict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func (s Server) clone() *Server {
	s.IPs = slices.Clone(s.IPs)
	return &s
}

// snapshot is the state as a seed. c.mu is held.
func (c *Cloud) snapshot() Seed {
	s := Seed{Region: c.region, Rules: c.rules, ServerGroups: []ServerGroup{}, Listeners: slices.Clone(c.listeners)}
	for _, id := range slices.Sorted(maps.Keys(c.servers)) {
		s.Servers = append(s.Servers, *c.servers[id].clone())
	}
	for _, id := range slices.Sorted(maps.Keys(c.groups)) {
		g := c.groups[id].ServerGroup
		g.Members = plain(c.groups[id].members)
		s.ServerGroups = append(s.ServerGroups, g)
	}
	return s
}
