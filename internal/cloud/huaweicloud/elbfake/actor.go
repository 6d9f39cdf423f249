package elbfake

import (
	"fmt"
	"maps"
	"slices"
)

// The methods here are another actor at work, or the hand of the test. They
// leave no trace in the request log and wait for no lock. One that has nothing
// to act on panics, for it is a mistake of the test's.

// AddForeign puts a member into a pool and returns its id. It keeps the rules
// of the pool, but not the quota.
func (c *Cloud) AddForeign(poolID string, m Member) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pools[poolID]
	if p == nil {
		mistake("AddForeign: no pool %s", poolID)
	}
	next := p.clone()
	if refused := c.join(next, m); refused != nil {
		mistake("AddForeign to pool %s: %s", poolID, refused.message)
	}
	c.commit(next)
	return next.members[len(next.members)-1].id
}

// join puts a member of the test's into next.
func (c *Cloud) join(next *pool, in Member) *refusal {
	body := memberBody{Address: &in.Address, Port: &in.Port, Weight: in.Weight, Name: &in.Name}
	if in.Subnet != "" {
		body.Subnet = &in.Subnet
	}
	if in.Zone != "" {
		body.Zone = &in.Zone
	}
	m, refused := c.newMember(next, body)
	if refused != nil {
		return refused
	}
	if next.find(m.addr, m.port) >= 0 {
		return duplicate(next, m)
	}
	m.id = in.ID
	c.admit(next, m)
	return nil
}

// edit changes one member of a pool, found by address and port.
func (c *Cloud) edit(what, poolID, address string, port int, change func(next *pool, i int)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.pools[poolID]; p != nil {
		next := p.clone()
		if i := next.find(parseAddr(address), port); i >= 0 {
			change(next, i)
			c.commit(next)
			return
		}
	}
	mistake("%s: no member %s port %d in pool %s", what, address, port, poolID)
}

// RemoveForeign takes a member out, protected or not.
func (c *Cloud) RemoveForeign(poolID, address string, port int) {
	c.edit("RemoveForeign", poolID, address, port, func(next *pool, i int) {
		next.members = slices.Delete(next.members, i, i+1)
	})
}

// SetWeight changes a member's weight.
func (c *Cloud) SetWeight(poolID, address string, port, weight int) {
	c.edit("SetWeight", poolID, address, port, func(next *pool, i int) {
		next.members[i].weight, next.members[i].updated = weight, c.now()
	})
}

// SetName changes a member's name.
func (c *Cloud) SetName(poolID, address string, port int, name string) {
	c.edit("SetName", poolID, address, port, func(next *pool, i int) {
		next.members[i].name, next.members[i].updated = name, c.now()
	})
}

// SetHealth fixes a member's health, as all reads show it from now on.
func (c *Cloud) SetHealth(poolID, address string, port int, h Health) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.pools[poolID]; p != nil {
		if i := p.find(parseAddr(address), port); i >= 0 {
			c.health[p.members[i].id] = Health{h.Condition, maps.Clone(h.Listeners)}
			return
		}
	}
	mistake("SetHealth: no member %s port %d in pool %s", address, port, poolID)
}

// SetQuota changes the account's limits.
func (c *Cloud) SetQuota(q Quota) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seed.Quota = q
}

// editPool changes a pool.
func (c *Cloud) editPool(what, poolID string, change func(next *pool)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.pools[poolID]
	if p == nil {
		mistake("%s: no pool %s", what, poolID)
	}
	next := p.clone()
	change(next)
	c.commit(next)
}

// SetDeletionProtection sets a pool's member_deletion_protection_enable.
func (c *Cloud) SetDeletionProtection(poolID string, on bool) {
	c.editPool("SetDeletionProtection", poolID, func(next *pool) { next.DeletionProtection = on })
}

// SetListeners has these listeners forward to a pool, and no others; their
// load balancers are then the pool's. With none it is bound to nothing.
func (c *Cloud) SetListeners(poolID string, listeners ...string) {
	c.editPool("SetListeners", poolID, func(next *pool) {
		for _, l := range listeners {
			if c.balancerOf(l) == nil {
				mistake("SetListeners: no listener %s", l)
			}
		}
		next.Listeners, next.LoadBalancers = slices.Clone(listeners), nil
		c.bind(&next.Pool)
	})
}

// SetHealthMonitor gives a pool a health monitor or takes it away.
func (c *Cloud) SetHealthMonitor(poolID string, on bool) {
	c.editPool("SetHealthMonitor", poolID, func(next *pool) {
		next.HealthMonitor, next.monitor = on, ""
		if on {
			next.monitor = c.newID()
		}
	})
}

// DeletePool removes a pool with all that is in it.
func (c *Cloud) DeletePool(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pools[id] == nil {
		mistake("DeletePool: no pool %s", id)
	}
	c.drop(id)
}

// DeleteLoadBalancer removes a load balancer with its listeners and pools, as
// the vendor's cascading delete does.
func (c *Cloud) DeleteLoadBalancer(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.balancers[id] == nil {
		mistake("DeleteLoadBalancer: no load balancer %s", id)
	}
	delete(c.balancers, id)
	for _, p := range sortedPools(c.pools) {
		if slices.Contains(p.LoadBalancers, id) {
			c.drop(p.ID)
		}
	}
}

// SetProvisioningStatus sets a load balancer's provisioning_status: ACTIVE or
// PENDING_DELETE.
func (c *Cloud) SetProvisioningStatus(id, status string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.balancers[id]
	if b == nil {
		mistake("SetProvisioningStatus: no load balancer %s", id)
	}
	if !provisioning(status) {
		mistake("SetProvisioningStatus: %q is neither ACTIVE nor PENDING_DELETE", status)
	}
	b.Status = status
}

// provisioning tells whether a load balancer may have a provisioning_status;
// "" is ACTIVE in a seed.
func provisioning(status string) bool {
	return status == "" || status == "ACTIVE" || status == "PENDING_DELETE"
}

// StopServer stops or deletes the server at an address. Its memberships stay
// listed, OFFLINE where their health is checked.
func (c *Cloud) StopServer(address string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped[address] = true
}

func mistake(format string, args ...any) { panic("elbfake: " + fmt.Sprintf(format, args...)) }

// State is what the cloud holds: the load balancers and the pools with their
// members, in the form of a [Seed], and health as a read would show it.
func (c *Cloud) State() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	type memberState struct {
		Member
		Health string `json:"operating_status"`
	}
	type poolState struct {
		Pool
		Members []memberState `json:"members"`
	}
	balancers := []LoadBalancer{}
	for _, id := range slices.Sorted(maps.Keys(c.balancers)) {
		balancers = append(balancers, *c.balancers[id])
	}
	pools := []poolState{}
	for _, p := range sortedPools(c.pools) {
		s := poolState{Pool: p.Pool, Members: []memberState{}}
		for _, m := range snapshot(p) {
			s.Members = append(s.Members, memberState{m, c.healthOf(p, p.members[p.index(m.ID)]).Status})
		}
		pools = append(pools, s)
	}
	return map[string]any{"region": c.seed.Region, "projects": c.seed.Projects, "load_balancers": balancers, "pools": pools}
}
