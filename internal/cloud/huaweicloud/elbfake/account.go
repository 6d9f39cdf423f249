package elbfake

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

func (c *Cloud) showLoadBalancer(_ *fakecloud.Call, req *request) (int, any, *refusal) {
	b := c.balancers[req.id]
	if b == nil || req.project != c.owner() {
		return 0, nil, notFound("loadbalancer", req.id)
	}
	pools, listeners := []idRef{}, make([]idRef, len(b.Listeners))
	for _, p := range sortedPools(c.pools) {
		if slices.Contains(p.LoadBalancers, b.ID) {
			pools = append(pools, idRef{p.ID})
		}
	}
	for i, l := range b.Listeners {
		listeners[i].ID = l
	}
	return http.StatusOK, map[string]any{"loadbalancer": map[string]any{
		"id": b.ID, "name": b.Name, "description": "", "project_id": c.owner(), "admin_state_up": true,
		"provider": "vlb", "guaranteed": true, "provisioning_status": b.Status, "operating_status": Online,
		"vpc_id": b.VPC, "vip_subnet_cidr_id": b.Subnet, "vip_address": b.Address, "ip_target_enable": b.IPTarget,
		"availability_zone_list": append([]string{}, b.Zones...), "pools": pools, "listeners": listeners,
		"enterprise_project_id": enterpriseProject,
	}}, nil
}

// quotaKeys are the resources that have a quota. All but the members' are
// without limit here.
var quotaKeys = []string{
	"loadbalancer", "certificate", "listener", "l7policy", "condition_per_policy", "pool", "healthmonitor", "member",
	"members_per_pool", "listeners_per_pool", "ipgroup", "ipgroup_bindings", "ipgroup_max_length", "ipgroups_per_listener",
	"security_policy", "listeners_per_loadbalancer", "pools_per_l7policy", "l7policies_per_listener",
	"free_instance_members_per_pool", "free_instance_listeners_per_loadbalancer",
}

func (c *Cloud) quota(key string) int {
	switch key {
	case "member":
		return cmp.Or(c.seed.Quota.Members, -1)
	case "members_per_pool":
		return cmp.Or(c.seed.Quota.MembersPerPool, -1)
	}
	return -1
}

func (c *Cloud) showQuota(_ *fakecloud.Call, req *request) (int, any, *refusal) {
	q := map[string]any{"project_id": req.project}
	for _, k := range quotaKeys {
		q[k] = c.quota(k)
	}
	return http.StatusOK, map[string]any{"quota": q}, nil
}

type quotaDetail struct {
	Key   string `json:"quota_key"`
	Limit int    `json:"quota_limit"`
	Used  int    `json:"used"`
	Unit  string `json:"unit"`
}

func (c *Cloud) listQuotaDetails(_ *fakecloud.Call, req *request) (int, any, *refusal) {
	asked := req.query["quota_key"]
	for _, k := range asked {
		if !slices.Contains(quotaKeys, k) {
			return 0, nil, invalid("Invalid value %q for query parameter quota_key.", k)
		}
	}
	out := []quotaDetail{}
	for _, k := range quotaKeys {
		if !any1(asked, k) {
			continue
		}
		d := quotaDetail{Key: k, Limit: c.quota(k), Unit: "count"}
		if req.project == c.owner() {
			switch k {
			case "member":
				d.Used = c.memberCount()
			case "pool":
				d.Used = len(c.pools)
			case "loadbalancer":
				d.Used = len(c.balancers)
			}
		}
		out = append(out, d)
	}
	return http.StatusOK, map[string]any{"quotas": out}, nil
}

// iamBody is an answer of IAM's, which has no request_id.
type iamBody map[string]any

// listProjects is IAM's "Querying Project Information", GET /v3/projects
// (https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html).
func (c *Cloud) listProjects(_ *fakecloud.Call, req *request) (int, any, *refusal) {
	out := []any{}
	for _, p := range c.seed.Projects {
		if req.who.domain == c.account() && any1(req.query["name"], p.Name) {
			out = append(out, map[string]any{
				"id": p.ID, "name": p.Name, "domain_id": "domain", "parent_id": "domain", "is_domain": false, "enabled": true, "description": "",
			})
		}
	}
	return http.StatusOK, iamBody{"projects": out, "links": map[string]any{"next": nil, "previous": nil}}, nil
}
