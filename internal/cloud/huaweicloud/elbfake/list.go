package elbfake

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// page cuts one page out of entries, which it sorts by id ("Pagination
// Query": limit, marker and page_reverse). The marker is the last entry of the
// page before, and may have been deleted since.
func page[T any](c *Cloud, req *request, entries []T, id func(T) string) ([]T, pageInfo, *refusal) {
	slices.SortFunc(entries, func(a, b T) int { return strings.Compare(id(a), id(b)) })
	size := req.limit
	if c.behaviour.PageCap > 0 {
		size = min(size, c.behaviour.PageCap)
	}
	from, to := 0, len(entries)
	if marker := req.query.Get("marker"); marker != "" {
		if !c.known[marker] {
			return nil, pageInfo{}, invalid("Invalid input for marker. Value: '%s'.", marker)
		}
		i, found := slices.BinarySearchFunc(entries, marker, func(e T, m string) int { return strings.Compare(id(e), m) })
		switch {
		case req.reverse:
			to = i
		case found:
			from = i + 1
		default:
			from = i
		}
	}
	if req.reverse {
		from = max(0, to-size)
	} else {
		to = min(to, from+size)
	}
	out := entries[from:to]
	info := pageInfo{Count: len(out)}
	if len(out) > 0 {
		info.Previous = id(out[0])
		if to < len(entries) || c.behaviour.NextMarkerAlways {
			info.Next = id(out[len(out)-1])
		}
	}
	return out, info, nil
}

// inPool is a member with its pool, for listings across pools.
type inPool struct {
	member
	pool *pool
}

func (c *Cloud) listMembers(call *fakecloud.Call, req *request) (int, any, *refusal) {
	p, refused := c.poolFor(call, req)
	if refused != nil {
		return 0, nil, refused
	}
	return c.answerMembers(call, req, []*pool{p})
}

func (c *Cloud) listAllMembers(call *fakecloud.Call, req *request) (int, any, *refusal) {
	var ps []*pool
	if req.project == c.owner() {
		for _, p := range sortedPools(c.view(call.Stale)) {
			if any1(req.query["pool_id"], p.ID) && any1(req.query["loadbalancer_id"], p.LoadBalancers...) {
				ps = append(ps, p)
			}
		}
	}
	return c.answerMembers(call, req, ps)
}

func (c *Cloud) answerMembers(call *fakecloud.Call, req *request, pools []*pool) (int, any, *refusal) {
	var found []inPool
	for _, p := range pools {
		for _, m := range p.members {
			if matchesMember(req.query, c.render(p, m)) {
				found = append(found, inPool{m, p})
			}
		}
	}
	entries, info, refused := page(c, req, found, func(m inPool) string { return m.id })
	if refused != nil {
		return 0, nil, refused
	}
	out := make([]memberJSON, len(entries))
	for i, m := range entries {
		out[i] = c.read(m.pool, m.member, call.Stale)
	}
	return http.StatusOK, map[string]any{"members": out, "page_info": info}, nil
}

// any1 tells whether a filter, which may be given several times, lets one of
// the values through. A filter that was not given lets everything through.
func any1(filter []string, values ...string) bool {
	return len(filter) == 0 || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(filter, v) })
}

func matchesMember(q url.Values, j memberJSON) bool {
	byAddress := len(q["address"]) == 0 || slices.ContainsFunc(q["address"], func(a string) bool {
		return a == j.Address || parseAddr(a).IsValid() && parseAddr(a) == parseAddr(j.Address)
	})
	return byAddress &&
		any1(q["id"], j.ID) &&
		any1(q["name"], j.Name) &&
		any1(q["weight"], strconv.Itoa(j.Weight)) &&
		any1(q["protocol_port"], strconv.Itoa(j.Port)) &&
		any1(q["subnet_cidr_id"], j.Subnet) &&
		any1(q["operating_status"], j.Status) &&
		any1(q["ip_version"], j.IPVersion) &&
		any1(q["member_type"], j.Type) &&
		any1(q["instance_id"], j.Instance) &&
		any1(q["availability_zone"], *j.Zone) &&
		any1(q["admin_state_up"], strconv.FormatBool(j.AdminStateUp)) &&
		any1(q["enterprise_project_id"], enterpriseProject, "all_granted_eps")
}

// Members is a pool's members as they are now, in the order of their addresses
// and ports. It is no reading of their health.
func (c *Cloud) Members(poolID string) []Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pools[poolID]
	if p == nil {
		return nil
	}
	return snapshot(p)
}

func snapshot(p *pool) []Member {
	ms := slices.Clone(p.members)
	slices.SortFunc(ms, func(a, b member) int { return cmp.Or(a.addr.Compare(b.addr), a.port-b.port) })
	out := make([]Member, len(ms))
	for i, m := range ms {
		out[i] = Member{ID: m.id, Address: m.address, Port: m.port, Weight: &m.weight, Name: m.name, Subnet: m.subnet, Zone: m.zone}
	}
	return out
}
