package elbfake

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// enterpriseProject is the default one, to which everything belongs.
const enterpriseProject = "0"

func (c *Cloud) renderPool(p *pool) map[string]any {
	refs := func(ids []string) []idRef {
		out := make([]idRef, len(ids))
		for i, id := range ids {
			out[i].ID = id
		}
		return out
	}
	members := make([]string, len(p.members))
	for i, m := range p.members {
		members[i] = m.id
	}
	slices.Sort(members)
	drain, slow := p.ConnectionDrain, p.SlowStart
	if drain == nil {
		drain = &Drain{Timeout: 300}
	}
	if slow == nil {
		slow = &SlowStart{Duration: 30}
	}
	shown := map[string]any{
		"id": p.ID, "name": p.Name, "description": p.Description, "project_id": c.owner(), "admin_state_up": true,
		"protocol": p.Protocol, "lb_algorithm": p.Algorithm, "ip_version": p.IPVersion, "type": p.Type, "vpc_id": p.VPC,
		"loadbalancers": refs(p.LoadBalancers), "listeners": refs(p.Listeners), "members": refs(members),
		"healthmonitor_id": p.monitor, "session_persistence": nil, "slow_start": slow, "connection_drain": drain,
		"any_port_enable": p.AnyPort, "member_deletion_protection_enable": p.DeletionProtection,
		"az_affinity":       map[string]any{"enable": p.AZAffinity},
		"pool_health":       map[string]any{"minimum_healthy_member_count": p.MinimumHealthy},
		"protection_status": "nonProtection", "protection_reason": "", "enterprise_project_id": enterpriseProject,
		"created_at": p.created, "updated_at": p.updated,
	}
	if c.behaviour.PoolNulls {
		for attribute, none := range map[string]bool{
			"healthmonitor_id": p.monitor == "", "connection_drain": p.ConnectionDrain == nil, "slow_start": p.SlowStart == nil,
		} {
			if none {
				shown[attribute] = nil
			}
		}
	}
	for _, attribute := range c.behaviour.PoolOmits {
		delete(shown, attribute)
	}
	return shown
}

func (c *Cloud) showPool(call *fakecloud.Call, req *request) (int, any, *refusal) {
	p, refused := c.poolFor(call, req)
	if refused != nil {
		return 0, nil, refused
	}
	return http.StatusOK, map[string]any{"pool": c.renderPool(p)}, nil
}

func (c *Cloud) listPools(call *fakecloud.Call, req *request) (int, any, *refusal) {
	var found []*pool
	if req.project == c.owner() {
		for _, p := range sortedPools(c.view(call.Stale)) {
			if matchesPool(req.query, p) {
				found = append(found, p)
			}
		}
	}
	entries, info, refused := page(c, req, found, func(p *pool) string { return p.ID })
	if refused != nil {
		return 0, nil, refused
	}
	out := make([]any, len(entries))
	for i, p := range entries {
		out[i] = c.renderPool(p)
	}
	return http.StatusOK, map[string]any{"pools": out, "page_info": info}, nil
}

func matchesPool(q url.Values, p *pool) bool {
	var addresses, instances, ids []string
	for _, m := range p.members {
		addresses, instances, ids = append(addresses, m.address), append(instances, m.instance), append(ids, m.id)
	}
	return any1(q["id"], p.ID) &&
		any1(q["name"], p.Name) &&
		any1(q["description"], p.Description) &&
		any1(q["protocol"], p.Protocol) &&
		any1(q["lb_algorithm"], p.Algorithm) &&
		any1(q["admin_state_up"], "true") &&
		any1(q["healthmonitor_id"], p.monitor) &&
		any1(q["loadbalancer_id"], p.LoadBalancers...) &&
		any1(q["listener_id"], p.Listeners...) &&
		any1(q["enterprise_project_id"], enterpriseProject, "all_granted_eps") &&
		any1(q["ip_version"], p.IPVersion) &&
		any1(q["type"], p.Type) &&
		any1(q["vpc_id"], p.VPC) &&
		any1(q["any_port_enable"], strconv.FormatBool(p.AnyPort)) &&
		any1(q["member_deletion_protection_enable"], strconv.FormatBool(p.DeletionProtection)) &&
		any1(q["member_address"], addresses...) &&
		any1(q["member_device_id"], instances...) &&
		any1(q["member_instance_id"], ids...)
}

// poolBody is what CreatePool takes, as far as it matters to members.
type poolBody struct {
	Protocol     string  `json:"protocol"`
	Algorithm    string  `json:"lb_algorithm"`
	Name         string  `json:"name"`
	Description  string  `json:"description"`
	LoadBalancer string  `json:"loadbalancer_id"`
	Listener     string  `json:"listener_id"`
	Type         *string `json:"type"`
	VPC          string  `json:"vpc_id"`
	IPVersion    string  `json:"ip_version"`
	AnyPort      bool    `json:"any_port_enable"`
	Protection   bool    `json:"member_deletion_protection_enable"`
	Drain        *struct {
		Enable  bool `json:"enable"`
		Timeout *int `json:"timeout"`
	} `json:"connection_drain"`
	SlowStart  *SlowStart `json:"slow_start"`
	AZAffinity struct {
		Enable bool `json:"enable"`
	} `json:"az_affinity"`
}

var poolAttributes = []string{"protocol", "lb_algorithm", "name", "description", "loadbalancer_id", "listener_id", "type",
	"vpc_id", "ip_version", "any_port_enable", "member_deletion_protection_enable", "connection_drain", "slow_start", "az_affinity"}

func (c *Cloud) readPool(req *request, body []byte) *refusal {
	outer, refused := open(body, "pool")
	if refused != nil {
		return refused
	}
	if outer["pool"] == nil {
		return invalid("Invalid request body: pool is required.")
	}
	if _, refused := open(outer["pool"], c.attributes("CreatePool", poolAttributes)...); refused != nil {
		return refused
	}
	b := &req.newPool
	if err := json.Unmarshal(outer["pool"], b); err != nil {
		return invalid("Invalid request body: %s", typeError(err))
	}
	switch {
	case !protocols[b.Protocol]:
		return invalid("Invalid input for attribute protocol. Value: '%s'.", b.Protocol)
	case b.Algorithm == "" && b.Protocol != "IP":
		return invalid("Invalid request body: lb_algorithm is required.")
	case b.LoadBalancer == "" && b.Listener == "" && b.Type == nil:
		return invalid("At least one of listener_id, loadbalancer_id and type must be given.")
	case b.Type != nil && *b.Type != "" && *b.Type != "instance" && *b.Type != "ip":
		return invalid("Invalid input for attribute type. Value: '%s'.", *b.Type)
	case b.Type != nil && *b.Type == "instance" && b.VPC == "":
		return invalid("vpc_id is required when type is instance.")
	case b.VPC != "" && (b.Type == nil || *b.Type != "instance"):
		return invalid("vpc_id needs type instance.")
	case b.Type != nil && *b.Type == "ip" && b.Protocol == "IP":
		return invalid("type must not be ip when the protocol is IP.")
	case b.AnyPort && !slices.Contains([]string{"TCP", "UDP", "QUIC"}, b.Protocol):
		return invalid("any_port_enable is supported only by TCP, UDP and QUIC pools.")
	case b.IPVersion != "" && b.IPVersion != "v4" && b.IPVersion != "dualstack":
		return invalid("Invalid input for attribute ip_version. Value: '%s'.", b.IPVersion)
	case b.Drain != nil && b.Drain.Enable && b.Drain.Timeout == nil:
		return invalid("Connection drain timeout must be explict defined.") //nolint:misspell // the vendor's spelling
	}
	return nil
}

func (c *Cloud) createPool(_ *fakecloud.Call, req *request) (int, any, *refusal) {
	b := req.newPool
	s := Pool{ID: c.newID(), Name: b.Name, Description: b.Description, Protocol: b.Protocol, Algorithm: b.Algorithm,
		IPVersion: b.IPVersion, Type: deref(b.Type), VPC: b.VPC, AnyPort: b.AnyPort, DeletionProtection: b.Protection,
		SlowStart: b.SlowStart, AZAffinity: b.AZAffinity.Enable}
	if b.Drain != nil && b.Drain.Timeout != nil {
		s.ConnectionDrain = &Drain{Enable: b.Drain.Enable, Timeout: *b.Drain.Timeout}
	}
	if b.LoadBalancer != "" {
		if c.balancers[b.LoadBalancer] == nil {
			return 0, nil, notFound("loadbalancer", b.LoadBalancer)
		}
		s.LoadBalancers = []string{b.LoadBalancer}
	}
	if b.Listener != "" {
		if c.balancerOf(b.Listener) == nil {
			return 0, nil, notFound("listener", b.Listener)
		}
		s.Listeners = []string{b.Listener}
	}
	p := c.newPool(s)
	c.commit(p)
	return http.StatusCreated, map[string]any{"pool": c.renderPool(p)}, nil
}

func (c *Cloud) deletePool(call *fakecloud.Call, req *request) (int, any, *refusal) {
	p, refused := c.poolFor(call, req)
	if refused != nil {
		return 0, nil, refused
	}
	switch {
	case len(p.members) > 0:
		return 0, nil, conflict("Pool %s is in use: it has %d members.", p.ID, len(p.members))
	case p.monitor != "":
		return 0, nil, conflict("Pool %s is in use: it has health monitor %s.", p.ID, p.monitor)
	}
	c.drop(p.ID)
	return http.StatusNoContent, nil, nil
}
