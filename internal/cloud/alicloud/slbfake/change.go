package slbfake

import (
	"slices"
	"strconv"
)

// A change works on a copy of a group's members: a request that is refused has
// done nothing.

// resolve makes the member that an item of an Add asks for.
func (c *Cloud) resolve(it item, vserver bool) (Member, *refusal) {
	m := Member{ServerID: it.server, Type: orDefault(it.kind, ecs), Weight: defaultWeight}
	if vserver {
		m.Port = *it.port
	}
	if it.weight != nil {
		m.Weight = *it.weight
	}
	if it.description != nil {
		m.Description = *it.description
	}
	s, known := c.servers[it.server]
	switch {
	case !known && !c.rules.AnyServer:
		return m, &refusal{Status: orDefault(c.rules.UnknownServerStatus, 404), Code: "InvalidServerId.NotFound"}
	case known && (s.Status == stopped || s.Status == released):
		return m, &refusal{Status: 400, Code: "ObtainIpFail"}
	case known && s.RefuseAdd != "":
		return m, &refusal{Status: 400, Code: s.RefuseAdd}
	}
	if t := c.typeOf(it.server); t != "" && t != m.Type {
		return m, invalid("The specified BackendServers is invalid: %s is not of type %s.", it.server, m.Type)
	}
	if m.Type == ecs {
		return m, nil // its address is its own affair
	}
	if it.ip == "" && c.rules.RefuseMissingIP {
		return m, invalid("The Rs IP is empty.")
	}
	m.ServerIP = orDefault(it.ip, c.primaryIP(it.server))
	if known && len(s.IPs) > 0 && !slices.ContainsFunc(s.IPs, func(ip string) bool { return normalIP(ip) == m.ServerIP }) {
		return m, invalid("The specified ServerIp %s does not belong to %s.", m.ServerIP, it.server)
	}
	return m, nil
}

// added is a group's members with those of an Add.
func (c *Cloud) added(g *group, items []item) ([]Member, []Member, *refusal) {
	policy := c.rules.DefaultAddPresent
	if g.vserver {
		policy = c.rules.VServerAddPresent
	}
	members := slices.Clone(g.members)
	var named []Member
	seen := map[key]bool{}
	for _, it := range items {
		m, refused := c.resolve(it, g.vserver)
		if refused != nil {
			return nil, nil, refused
		}
		if seen[m.key()] {
			continue // the first of a request wins
		}
		seen[m.key()] = true
		i := slices.IndexFunc(members, func(o Member) bool { return o.key() == m.key() })
		switch {
		case i < 0:
			members = append(members, m)
		case policy == PresentOverwritten:
			members[i].Weight = m.Weight
			if it.description != nil {
				members[i].Description = m.Description
			}
			m = members[i]
		case policy == PresentIgnored:
			m = members[i]
		default:
			return nil, nil, invalid("The resource already exists.")
		}
		named = append(named, m)
	}
	if grown := len(members) - len(g.members); grown > 0 && c.count(g)+grown > c.rules.memberQuota() {
		return nil, nil, &refusal{Status: 400, Code: "InstanceBackendServerNumberOverLimit"}
	}
	return members, named, nil
}

// removed is a group's members without those of a Remove. An absent member is
// no error.
func (c *Cloud) removed(g *group, items []item) ([]Member, []Member, *refusal) {
	gone := map[key]bool{}
	for _, it := range distinct(items, g.vserver) {
		s, known := c.servers[it.server]
		if known && s.Status == released && s.RefuseRemove {
			return nil, nil, &refusal{Status: 400, Code: "ObtainIpFail"}
		}
		if !known && !c.rules.AnyServer && c.rules.RemoveUnknownServer {
			return nil, nil, &refusal{Status: orDefault(c.rules.UnknownServerStatus, 404), Code: "InvalidServerId.NotFound"}
		}
		found := c.find(g, it)
		if len(found) == 0 && c.rules.AbsentVoidsRemove {
			return g.members, nil, nil
		}
		for _, k := range found {
			gone[k] = true
		}
	}
	var left, named []Member
	for _, m := range g.members {
		if gone[m.key()] {
			named = append(named, m)
		} else {
			left = append(left, m)
		}
	}
	return left, named, nil
}

// reweighted is a group's members after a Set.
func (c *Cloud) reweighted(g *group, items []item) ([]Member, []Member, *refusal) {
	members := slices.Clone(g.members)
	var named []Member
	for _, it := range distinct(items, g.vserver) {
		found := c.find(g, it)
		if len(found) == 0 && c.rules.SetAbsent != AbsentIgnored {
			return nil, nil, invalid("The specified backend server %s does not exist in the group.", it.text(false))
		}
		for _, k := range found {
			m := &members[g.index(k)]
			switch {
			case it.weight != nil:
				m.Weight = *it.weight
			case c.rules.SetResetsOmitted:
				m.Weight = defaultWeight
			}
			switch {
			case c.rules.SetIgnoresDescription:
			case it.description != nil:
				m.Description = *it.description
			case c.rules.SetResetsOmitted:
				m.Description = ""
			}
			named = append(named, *m)
		}
	}
	return members, named, nil
}

// weightStyle is how an answer writes weights.
type weightStyle bool

const (
	weightText   weightStyle = true  // "100": AddBackendServers, SetBackendServers
	weightNumber weightStyle = false // 100: all the others
)

// row is a member as an answer shows it.
func (c *Cloud) row(m Member, vserver bool, style weightStyle) map[string]any {
	r := map[string]any{"ServerId": m.ServerID, "Type": m.Type, "Weight": m.Weight, "Description": m.Description}
	if style == weightText {
		r["Weight"] = strconv.Itoa(m.Weight)
	}
	if ip := c.shownIP(m); ip != "" {
		r["ServerIp"] = ip
	}
	if vserver {
		r["Port"] = m.Port
	}
	return r
}

// shownIP is a member's address as answers tell it.
func (c *Cloud) shownIP(m Member) string {
	if m.Type == ecs && !c.rules.HideIP {
		return c.primaryIP(m.ServerID)
	}
	return m.ServerIP
}

// list is members as an answer shows them.
func (c *Cloud) list(ms []Member, vserver bool, style weightStyle) map[string]any {
	rows := []any{}
	for _, m := range ms {
		rows = append(rows, c.row(m, vserver, style))
	}
	return map[string]any{"BackendServer": rows}
}

// written is the list of members in the answer to a write.
func (c *Cloud) written(g *group, named []Member, style weightStyle) map[string]any {
	switch c.rules.WriteEcho {
	case EchoNamed:
		return c.list(named, g.vserver, style)
	case EchoNone:
		return c.list(nil, g.vserver, style)
	default:
		return c.list(g.members, g.vserver, style)
	}
}
