package slbfake

func addToGroup(c *Cloud, q *request) (answer, *refusal) {
	return c.changeGroup(q, func(g *group) ([]Member, []Member, *refusal) {
		return c.added(g, q.items())
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
		"Tags": map[string]any{"Tag": []any{}}, "BackendServers": c.list(g.view(q.stale()), true, weightNumber),
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
			"Tags": map[string]any{"Tag": []any{}},
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
