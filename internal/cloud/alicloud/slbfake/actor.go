package slbfake

import (
	"fmt"
	"slices"
)

// What follows is another actor's work, such as a colleague at the console: it
// passes by the request log, the locks and the limits. A group is named by its
// vserver group id or, for a default server group, its load balancer's id; one
// that does not exist is the test's mistake and panics.

// AddForeign puts members in, or replaces those that are there.
func (c *Cloud) AddForeign(group string, members ...Member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.must(group)
	if err := validateMembers(group, members, g.vserver); err != nil {
		panic("slbfake: " + err.Error())
	}
	now := slices.Clone(g.members)
	for _, m := range c.canonical(members) {
		now = slices.DeleteFunc(now, func(o Member) bool { return o.key() == m.key() })
		now = append(now, m)
	}
	g.commit(now)
}

// RemoveForeign takes members out; their weights do not matter.
func (c *Cloud) RemoveForeign(group string, members ...Member) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.must(group)
	now := slices.Clone(g.members)
	for _, m := range c.canonical(members) {
		now = slices.DeleteFunc(now, func(o Member) bool { return o.key() == m.key() })
	}
	g.commit(now)
}

// SetWeightForeign gives a member another weight.
func (c *Cloud) SetWeightForeign(group string, member Member, weight int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g := c.must(group)
	i := g.index(c.canonical([]Member{member})[0].key())
	if i < 0 {
		panic(fmt.Sprintf("slbfake: %s has no member %+v", group, member))
	}
	now := slices.Clone(g.members)
	now[i].Weight = weight
	g.commit(now)
}

// Members is a group's members, sorted by server, address and port.
func (c *Cloud) Members(group string) []Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	return sorted(c.must(group).members)
}

// HasGroup tells whether a vserver group, or a load balancer, exists.
func (c *Cloud) HasGroup(group string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.groups[group] != nil || c.balancers[group] != nil
}

// DeleteLoadBalancer deletes a load balancer and its vserver groups.
func (c *Cloud) DeleteLoadBalancer(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	lb, ok := c.balancers[id]
	if !ok {
		panic("slbfake: no load balancer " + id)
	}
	for _, g := range c.groupsOf(lb) {
		c.drop(g)
	}
	delete(c.balancers, id)
}

// DeleteVServerGroup deletes a vserver group; listeners that it served fall
// back to the default group, and rules that sent to it go.
func (c *Cloud) DeleteVServerGroup(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.groups[id]
	if !ok {
		panic("slbfake: no vserver group " + id)
	}
	for i := range g.lb.listeners {
		l := &g.lb.listeners[i]
		if l.VServerGroup == id {
			l.VServerGroup = ""
		}
		l.Rules = slices.DeleteFunc(slices.Clone(l.Rules), func(r Rule) bool { return r.VServerGroup == id })
	}
	c.drop(g)
}

// SetListeners gives a load balancer other listeners in place of those it has.
func (c *Cloud) SetListeners(loadBalancer string, listeners ...Listener) {
	c.mu.Lock()
	defer c.mu.Unlock()
	lb, ok := c.balancers[loadBalancer]
	if !ok {
		panic("slbfake: no load balancer " + loadBalancer)
	}
	groups := map[string]bool{"": true}
	for _, g := range c.groupsOf(lb) {
		groups[g.id] = true
	}
	if err := validateListeners(loadBalancer, listeners, groups); err != nil {
		panic("slbfake: " + err.Error())
	}
	lb.listeners = inOrder(listeners)
}

// PutServer adds a server to the account, or replaces what is known of it.
func (c *Cloud) PutServer(s Server) {
	if err := s.validate(); err != nil || s.ID == "" {
		panic(fmt.Sprintf("slbfake: server %q: %v", s.ID, err))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers[s.ID] = s.clone()
}

// Release is what becomes of the members of a server that is released.
type Release struct {
	// KeepMembers leaves its members in their groups; otherwise they drop out.
	KeepMembers bool
	// RefuseRemove answers ObtainIpFail to a removal that names it.
	RefuseRemove bool
}

// ReleaseServer releases a server: it can no longer be added.
func (c *Cloud) ReleaseServer(id string, how Release) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.servers[id]
	if !ok {
		s = &Server{ID: id}
		c.servers[id] = s
	}
	s.Status, s.RefuseRemove = released, how.RefuseRemove
	if how.KeepMembers {
		return
	}
	for _, lb := range c.balancers {
		for _, g := range append(c.groupsOf(lb), lb.own) {
			if slices.ContainsFunc(g.members, func(m Member) bool { return m.ServerID == id }) {
				g.commit(slices.DeleteFunc(slices.Clone(g.members), func(m Member) bool { return m.ServerID == id }))
			}
		}
	}
}

func (c *Cloud) must(id string) *group {
	if g, ok := c.groups[id]; ok {
		return g
	}
	if lb, ok := c.balancers[id]; ok {
		return lb.own
	}
	panic("slbfake: no group " + id)
}
