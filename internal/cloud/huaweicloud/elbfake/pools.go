package elbfake

import (
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
	entries, info, refused := page(c, req, "pool", found, func(p *pool) string { return p.ID })
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
