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
// Query": limit and marker). The marker is the last entry of the page before,
// and may have been deleted since.
func page[T any](c *Cloud, req *request, kind string, entries []T, id func(T) string) ([]T, pageInfo, *refusal) {
	slices.SortFunc(entries, func(a, b T) int { return strings.Compare(id(a), id(b)) })
	size := req.limit
	if c.behaviour.PageCap > 0 {
		size = min(size, c.behaviour.PageCap)
	}
	from := 0
	if marker := req.query.Get("marker"); marker != "" {
		i, found := slices.BinarySearchFunc(entries, marker, func(e T, m string) int { return strings.Compare(id(e), m) })
		switch {
		case found:
			from = i + 1
		case !c.known[marker], c.behaviour.DeletedMarker == MarkerRefused:
			return nil, pageInfo{}, invalid("Invalid input for marker. Value: '%s'.", marker)
		case c.behaviour.DeletedMarker == MarkerNotFound:
			return nil, pageInfo{}, notFound(kind, marker)
		default:
			from = i
		}
	}
	to := min(len(entries), from+size)
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

func (c *Cloud) listMembers(call *fakecloud.Call, req *request) (int, any, *refusal) {
	p, refused := c.poolFor(call, req)
	if refused != nil {
		return 0, nil, refused
	}
	var found []member
	for _, m := range p.members {
		if matchesMember(req.query, c.render(p, m)) {
			found = append(found, m)
		}
	}
	entries, info, refused := page(c, req, "member", found, func(m member) string { return m.id })
	if refused != nil {
		return 0, nil, refused
	}
	out := make([]memberJSON, len(entries))
	for i, m := range entries {
		out[i] = c.read(p, m, call.Stale)
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
