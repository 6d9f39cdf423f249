package sgfake

import (
	"fmt"
	"slices"
	"time"
)

// What follows is another actor's work, such as a colleague at the console, or
// the cloud's own: it passes by the request log, the jobs and the limits. A group
// that does not exist is the test's mistake and panics.

// AddForeign puts members in, or replaces those that are there.
func (c *Cloud) AddForeign(id string, members ...Member) {
	if err := validateMembers(id, members); err != nil {
		panic("sgfake: " + err.Error())
	}
	c.alter(id, members, func(g *group, m Member, i int) {
		if i < 0 {
			g.members = append(g.members, member{Member: m, since: time.Now()})
			return
		}
		g.members[i].Member = m
	})
}

// RemoveForeign takes members out; their weights do not matter.
func (c *Cloud) RemoveForeign(id string, members ...Member) {
	c.alter(id, members, func(g *group, _ Member, i int) {
		if i >= 0 {
			g.members = slices.Delete(g.members, i, i+1)
		}
	})
}

// SetWeightForeign gives a member another weight.
func (c *Cloud) SetWeightForeign(id string, m Member, weight int) {
	c.alter(id, []Member{m}, func(g *group, _ Member, i int) {
		if i < 0 {
			panic(fmt.Sprintf("sgfake: %s has no member %+v", id, m))
		}
		g.members[i].Weight = weight
	})
}

// alter changes each of some members of a group, i of which is its place, or -1.
func (c *Cloud) alter(id string, members []Member, change func(g *group, m Member, i int)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(time.Now())
	g := c.must(id)
	g.before = g.members
	g.members = slices.Clone(g.members)
	for _, m := range members {
		m = c.canonical(m)
		change(g, m, g.index(m.key()))
	}
}

// Members is a group's members, sorted by server, address and port. Their Status
// is "" where it is Available.
func (c *Cloud) Members(group string) []Member {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(time.Now())
	return plain(c.must(group).members)
}

// HasGroup tells whether a group exists.
func (c *Cloud) HasGroup(group string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.groups[group] != nil
}

// Holdings are the weights of all members that are in or come in, by group and
// key: those that are on their way out are not among them.
func (c *Cloud) Holdings() map[string]map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(time.Now())
	all := map[string]map[string]int{}
	for id, g := range c.groups {
		all[id] = map[string]int{}
		for _, m := range g.members {
			if !m.leaving() {
				all[id][keyOf(m.Member)] = m.Weight
			}
		}
	}
	return all
}

// PutServer adds a server to the account, or replaces what is known of it.
func (c *Cloud) PutServer(s Server) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers[s.ID] = s.clone()
}

// ReleaseServer releases a server: it can no longer be added. Its members stay in
// their groups.
func (c *Cloud) ReleaseServer(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Server{ID: id}
	if known, ok := c.servers[id]; ok {
		s = *known
	}
	s.Released = true
	c.servers[id] = &s
}

// FailNextJob makes the next job fail. Several are for one job each, in turn.
func (c *Cloud) FailNextJob(why JobFailure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, why)
}

// Occupy makes the group busy for a while, as somebody else's job that changes no
// member does.
func (c *Cloud) Occupy(group string, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	c.settle(now)
	rules := c.rules
	c.rules.JobSeconds = d.Seconds()
	c.begin("UpdateServerGroupAttribute", c.must(group), &change{}, now)
	c.rules = rules
}

func (c *Cloud) must(id string) *group {
	if g, ok := c.groups[id]; ok {
		return g
	}
	panic("sgfake: no group " + id)
}
