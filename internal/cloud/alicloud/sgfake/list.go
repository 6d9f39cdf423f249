package sgfake

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
)

// row is one entry of a listing. Rows are in the order of at.
type row struct {
	at     string
	fields map[string]any
}

const defaultPage = 20

// page is the page of a listing that a request asks for.
func (c *Cloud) page(q *request, name string, rows []row, most int) (map[string]any, *acsfake.Refusal) {
	size := defaultPage
	if text := q.params["MaxResults"]; text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > most {
			return nil, illegal("MaxResults", "The param of MaxResults is illegal: it is from 1 to %d.", most)
		}
		size = n
	}
	if c.rules.PageCap > 0 {
		size = min(size, c.rules.PageCap)
	}
	filter, token := q.filter(), q.params["NextToken"]
	after := ""
	if token != "" {
		b, _ := base64.URLEncoding.DecodeString(token) // what cannot be read is of no filter
		of, rest, _ := strings.Cut(string(b), " ")
		if of != filter {
			return nil, illegal("NextToken", "The param of NextToken is illegal.")
		}
		after = rest
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.at, b.at) })
	answer := map[string]any{"TotalCount": len(rows), "MaxResults": size}
	next := func(at string) { answer["NextToken"] = base64.URLEncoding.EncodeToString([]byte(filter + " " + at)) }
	page := []any{}
	if c.rules.EmptyPages && token == "" && len(rows) > 0 {
		next("")
		answer[name] = page
		return answer, nil
	}
	for _, r := range rows {
		if r.at <= after {
			continue
		}
		if len(page) == size {
			next(last(rows, page, after))
			break
		}
		page = append(page, r.fields)
	}
	answer[name] = page
	return answer, nil
}

// last is where a page ends.
func last(rows []row, page []any, after string) string {
	i := slices.IndexFunc(rows, func(r row) bool { return r.at > after })
	return rows[i+len(page)-1].at
}

// filter is what a listing is of, apart from which page: a NextToken serves only
// for the listing that it was got from.
func (q *request) filter() string {
	h := fnv.New64a()
	for _, name := range slices.Sorted(maps.Keys(q.params)) {
		switch name {
		case "Signature", "SignatureNonce", "Timestamp", "AccessKeyId", "SecurityToken", "NextToken", "MaxResults":
		default:
			fmt.Fprintf(h, "%q=%q ", name, q.params[name])
		}
	}
	return strconv.FormatUint(h.Sum64(), 36)
}

// wants tells whether a list of a request's, which may be left out, has a value.
func (q *request) wants(list, v string) bool {
	return len(q.lists[list]) == 0 || slices.Contains(q.lists[list], v)
}

func matches(want, v string) bool { return want == "" || want == v }

// listServers is ListServerGroupServers: the members of a group, or of all.
func (c *Cloud) listServers(q *request) (map[string]any, *acsfake.Refusal) {
	groups := slices.Collect(maps.Values(c.groups))
	if q.params[groupParam] != "" {
		g, refused := c.group(q)
		switch {
		case refused == nil:
			groups = []*group{g}
		case c.rules.UnknownGroupIsEmpty:
			groups = nil
		default:
			return nil, refused
		}
	}
	wants := func(list, param, v string) bool {
		return q.wants(list, v) && matches(q.params[param], v)
	}
	now := time.Now()
	var rows []row
	for _, g := range groups {
		for _, m := range g.view(now, q.stale()) {
			if m.Status == draining && c.rules.HidesDraining || !wants("ServerIds", "ServerId", m.ServerID) ||
				!wants("ServerIps", "ServerIp", c.shownIP(m.Member)) {
				continue
			}
			rows = append(rows, row{fmt.Sprintf("%s/%s/%s/%05d", g.ID, m.ServerID, m.ServerIP, m.Port), c.shown(g, m)})
		}
	}
	return c.page(q, "Servers", rows, 100)
}

// shown is a member as a listing tells it.
func (c *Cloud) shown(g *group, m member) map[string]any {
	f := map[string]any{
		groupParam: g.ID, "ServerId": m.ServerID, "ServerType": m.Type, "ServerIp": c.shownIP(m.Member), "Port": m.Port,
		"Weight": m.Weight, "Description": m.Description, "Status": m.Status,
	}
	if m.Status == draining && !c.rules.ShowsDraining {
		f["Status"] = removing
	}
	if c.remoteIP {
		f["RemoteIpEnabled"] = m.RemoteIP
	}
	if c.zoned {
		f["ZoneId"] = c.region + "-a"
		if s := c.servers[m.ServerID]; s != nil && s.Zone != "" {
			f["ZoneId"] = s.Zone
		}
	}
	if c.rules.Strangers {
		f["Stranger"] = map[string]any{"Of": []string{"another", "edition"}}
	}
	return f
}

// check is a group's health check, in the words that the products share.
func (g *ServerGroup) check() fieldsOfOne {
	if g.Check == nil {
		return fieldsOfOne{"HealthCheckEnabled": false}
	}
	return fieldsOfOne{
		"HealthCheckEnabled": true, "HealthCheckInterval": g.Check.Interval,
		"HealthyThreshold": max(g.Check.Threshold, 2), "UnhealthyThreshold": max(g.Check.Threshold, 2),
	}
}

func (g *ServerGroup) drain() fieldsOfOne {
	all := fieldsOfOne{"ConnectionDrainEnabled": g.Drain != nil}
	if g.Drain != nil {
		all["ConnectionDrainTimeout"] = g.Drain.Timeout
	}
	return all
}

// listGroups is ListServerGroups.
func (c *Cloud) listGroups(q *request) (map[string]any, *acsfake.Refusal) {
	var rows []row
	for id, g := range c.groups {
		if !c.inRegion(q) || !q.wants("ServerGroupIds", id) || !q.wants("ServerGroupNames", g.Name) || !matches(q.params["VpcId"], g.VPC) ||
			!matches(q.params["ServerGroupType"], orDefault(g.Type, "Instance")) {
			continue
		}
		f := map[string]any{
			groupParam: id, "ServerGroupName": g.Name, "ServerGroupType": orDefault(g.Type, "Instance"), "VpcId": g.VPC,
			"ServerGroupStatus": g.status(), "ServerCount": len(g.members), "Scheduler": "Wrr",
		}
		maps.Copy(f, c.Product.status(&g.ServerGroup))
		c.relations(f, id, q.params["ShowRelationEnabled"] == "true" && !c.rules.NoRelations)
		if c.rules.Strangers {
			f["Stranger"] = "x"
		}
		rows = append(rows, row{id, f})
	}
	return c.page(q, "ServerGroups", rows, 100)
}

// relations tells what a group serves: load balancers and, where asked and known,
// listeners and rules.
func (c *Cloud) relations(f map[string]any, id string, all bool) {
	balancers, listeners, rules := []string{}, []string{}, []string{}
	for _, l := range c.listeners {
		if !slices.Contains(l.serving(), id) {
			continue
		}
		balancers = append(balancers, l.LoadBalancer)
		if l.ServerGroup == id {
			listeners = append(listeners, l.ID)
		}
		for _, r := range l.Rules {
			if r.ServerGroup == id {
				rules = append(rules, r.ID)
			}
		}
	}
	slices.Sort(balancers)
	f["RelatedLoadBalancerIds"] = slices.Compact(balancers)
	if all {
		f["RelatedListenerIds"], f["RelatedRuleIds"] = listeners, rules
	}
}

// forwarding is an action that forwards to a group, as ALB writes it.
func forwarding(group string) map[string]any {
	return map[string]any{"Type": "ForwardGroup", "ForwardGroupConfig": map[string]any{
		"ServerGroupTuples": []any{map[string]any{groupParam: group, "Weight": 100}},
	}}
}

// listListeners is ListListeners.
func (c *Cloud) listListeners(q *request) (map[string]any, *acsfake.Refusal) {
	var rows []row
	for _, l := range c.listeners {
		if !c.inRegion(q) || !q.wants("LoadBalancerIds", l.LoadBalancer) || !q.wants("ListenerIds", l.ID) || !matches(q.params["ListenerProtocol"], l.Protocol) {
			continue
		}
		f := map[string]any{
			"ListenerId": l.ID, "LoadBalancerId": l.LoadBalancer, "ListenerPort": l.Port, "ListenerProtocol": l.Protocol, "ListenerStatus": "Running",
		}
		switch {
		case !slices.Contains(c.actions, listRules):
			f[groupParam] = l.ServerGroup
		case l.ServerGroup != "":
			f["DefaultActions"] = []any{forwarding(l.ServerGroup)}
		}
		rows = append(rows, row{l.ID, f})
	}
	return c.page(q, "Listeners", rows, 100)
}

// listRules is ListRules.
func (c *Cloud) listRules(q *request) (map[string]any, *acsfake.Refusal) {
	var rows []row
	for _, l := range c.listeners {
		for _, r := range l.Rules {
			if !c.inRegion(q) || !q.wants("LoadBalancerIds", l.LoadBalancer) || !q.wants("ListenerIds", l.ID) || !q.wants("RuleIds", r.ID) ||
				!matches(q.params["ListenerId"], l.ID) {
				continue
			}
			rows = append(rows, row{r.ID, map[string]any{
				"RuleId": r.ID, "ListenerId": l.ID, "LoadBalancerId": l.LoadBalancer, "RuleStatus": available, "Direction": "Request",
				"RuleActions": []any{forwarding(r.ServerGroup)},
			}})
		}
	}
	return c.page(q, "Rules", rows, 100)
}
