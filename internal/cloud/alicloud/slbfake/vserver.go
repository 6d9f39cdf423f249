package slbfake

import (
	"fmt"
	"slices"
	"time"
)

func createGroup(c *Cloud, q *request) (answer, *refusal) {
	lb, refused := c.balancer(q)
	if refused != nil {
		return nil, refused
	}
	g := &group{name: orDefault(q.params["VServerGroupName"], "default"), vserver: true, lb: lb, created: time.Now().UTC(), tags: q.tags}
	members, named, refused := c.added(g, nil, q.items())
	if refused != nil {
		return nil, refused
	}
	for g.id == "" || c.groups[g.id] != nil {
		c.created++
		g.id = fmt.Sprintf("rsp-fake%06d", c.created)
	}
	g.members = members // and existed is false: a stale read misses the group
	c.groups[g.id] = g
	return answer{"VServerGroupId": g.id, "BackendServers": c.written(g, named, weightNumber)}, nil
}

func addToGroup(c *Cloud, q *request) (answer, *refusal) {
	return c.changeGroup(q, func(g *group) ([]Member, []Member, *refusal) {
		return c.added(g, g.members, q.items())
	})
}

func removeFromGroup(c *Cloud, q *request) (answer, *refusal) {
	return c.changeGroup(q, func(g *group) ([]Member, []Member, *refusal) {
		return c.removed(g, q.items())
	})
}

// setGroup renames a group and sets its members' weights.
func setGroup(c *Cloud, q *request) (answer, *refusal) {
	a, refused := c.changeGroup(q, func(g *group) ([]Member, []Member, *refusal) {
		return c.reweighted(g, q.items())
	})
	if refused != nil {
		return nil, refused
	}
	g := c.groups[q.params[groupParam]]
	g.name = orDefault(q.params["VServerGroupName"], g.name)
	a["VServerGroupName"] = g.name
	return a, nil
}

// replaceInGroup takes old members out and puts new ones in, all or nothing.
func replaceInGroup(c *Cloud, q *request) (answer, *refusal) {
	out, in := q.members["OldBackendServers"], q.members["NewBackendServers"]
	if len(out)+len(in) == 0 {
		return nil, missing("NewBackendServers")
	}
	if only := q.call.Only; only > 0 { // a fault cuts the request off
		out = out[:min(only, len(out))]
		in = in[:min(only-len(out), len(in))]
	}
	return c.changeGroup(q, func(g *group) ([]Member, []Member, *refusal) {
		left, _, refused := c.removed(g, out)
		if refused != nil {
			return nil, nil, refused
		}
		return c.added(g, left, in)
	})
}

func (c *Cloud) changeGroup(q *request, ch func(*group) (members, named []Member, refused *refusal)) (answer, *refusal) {
	g, refused := c.group(q)
	if refused != nil {
		return nil, refused
	}
	members, named, refused := ch(g)
	if refused != nil {
		return nil, refused
	}
	g.commit(members)
	return answer{"VServerGroupId": g.id, "BackendServers": c.written(g, named, weightNumber)}, nil
}

// deleteGroup deletes a group that no listener and no rule uses.
func deleteGroup(c *Cloud, q *request) (answer, *refusal) {
	g, refused := c.group(q)
	if refused != nil {
		return nil, refused
	}
	for _, l := range g.lb.listeners {
		if l.VServerGroup == g.id {
			return nil, &refusal{status: 400, code: "RspoolVipExist"}
		}
		if slices.ContainsFunc(l.Rules, func(r Rule) bool { return r.VServerGroup == g.id }) {
			return nil, &refusal{status: 400, code: "RspoolRuleExist"}
		}
	}
	c.drop(g)
	return answer{}, nil
}

// drop makes a group one that was.
func (c *Cloud) drop(g *group) {
	g.commit(g.members)
	delete(c.groups, g.id)
	c.deleted[g.id] = g
}

// describeGroup shows a vserver group, whole: there are no pages.
func describeGroup(c *Cloud, q *request) (answer, *refusal) {
	g, refused := c.group(q)
	if refused != nil {
		return nil, refused
	}
	return answer{
		"VServerGroupId": g.id, "VServerGroupName": g.name, "LoadBalancerId": g.lb.id,
		"CreateTime": g.created.Format("2006-01-02T15:04:05Z"), "ServiceManagedMode": "Unmanaged",
		"Tags": tagList(g.tags), "BackendServers": c.list(g.view(q.stale()), true, weightNumber),
	}, nil
}

// describeGroups lists a load balancer's vserver groups, without their
// members.
func describeGroups(c *Cloud, q *request) (answer, *refusal) {
	lb, refused := c.balancer(q)
	if refused != nil {
		return nil, refused
	}
	rows := []any{}
	for _, g := range c.groupsOf(lb) {
		if !tagged(g.tags, q.tags) || q.stale() && !g.existed {
			continue
		}
		listeners, rules := []any{}, []any{}
		for _, l := range lb.listeners {
			if l.VServerGroup == g.id && q.params["IncludeListener"] == "true" {
				listeners = append(listeners, map[string]any{"Port": l.Port, "Protocol": l.Protocol})
			}
			for _, r := range l.Rules {
				if r.VServerGroup == g.id && q.params["IncludeRule"] == "true" {
					rules = append(rules, map[string]any{"RuleId": r.ID, "RuleName": r.ID, "Domain": r.Domain, "Url": r.URL})
				}
			}
		}
		row := map[string]any{
			"VServerGroupId": g.id, "VServerGroupName": g.name, "ServerCount": len(g.view(q.stale())),
			"CreateTime": g.created.Format("2006-01-02T15:04:05Z"), "ServiceManagedMode": "Unmanaged",
			"Tags": tagList(g.tags),
		}
		if !c.rules.NoAssociatedObjects {
			row["AssociatedObjects"] = map[string]any{
				"Listeners": map[string]any{"Listener": listeners}, "Rules": map[string]any{"Rule": rules},
			}
		}
		rows = append(rows, row)
	}
	return answer{"VServerGroups": map[string]any{"VServerGroup": rows}}, nil
}
