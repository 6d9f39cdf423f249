package elbfake

import (
	"maps"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// The values of operating_status.
const (
	Online    = "ONLINE"
	Offline   = "OFFLINE"
	Initial   = "INITIAL"
	NoMonitor = "NO_MONITOR"
	Unknown   = "UNKNOWN"
)

// Condition is what a health check found, one of the operating_status values,
// and why.
type Condition struct {
	Status string
	Reason *Reason
}

// Health is a member's health as a test sets it: overall, and on those
// listeners that see it differently.
type Health struct {
	Condition
	Listeners map[string]Condition
}

// healthOf is a member's health as a read shows it: what was said of it, and for
// the rest what is found.
func (c *Cloud) healthOf(p *pool, m member) Health {
	h := c.found(p, m)
	if p.monitor == "" {
		return h
	}
	if said, ok := c.ward.Of(p.ID, m.target(), ""); ok {
		h = Health{Condition: conditionSaid(said)}
	}
	seen := maps.Clone(h.Listeners)
	for _, l := range p.Listeners {
		said, ok := c.ward.Of(p.ID, m.target(), l)
		if !ok {
			continue
		}
		if seen == nil {
			seen = map[string]Condition{}
		}
		if seen[l] = conditionSaid(said); said.Status == fakecloud.Unhealthy {
			h.Condition = seen[l] // the worst
		}
	}
	h.Listeners = seen
	return h
}

func conditionSaid(h fakecloud.Health) Condition {
	c := Condition{Status: map[fakecloud.Condition]string{
		fakecloud.Healthy: Online, fakecloud.Unhealthy: Offline, fakecloud.Checking: Initial,
	}[h.Status]}
	if h.Reason != "" {
		c.Reason = &Reason{Code: h.Reason}
	}
	return c
}

// found is a member's health as SetHealth, probes or the state of the pool tell it.
func (c *Cloud) found(p *pool, m member) Health {
	if h, ok := c.health[m.id]; ok {
		return h
	}
	if h, ok := c.probed(p, m); ok {
		return h
	}
	status := Online
	switch {
	case len(p.LoadBalancers) == 0 && c.behaviour.UnattachedUnknown:
		status = Unknown
	case p.monitor == "":
		status = NoMonitor
	case c.stopped[m.address]:
		status = Offline
	case len(p.Listeners) == 0, m.subnet != "" && m.instance == "":
		status = Unknown
	case c.polls[m.id] < p.InitialPolls:
		status = Initial
	}
	return Health{Condition: Condition{Status: status}}
}

// render is the Member of ListMembers, CreateMember and
// UpdateMember.
func (c *Cloud) render(p *pool, m member) memberJSON {
	h := c.healthOf(p, m)
	j := memberJSON{
		ID: m.id, Name: m.name, Project: c.owner(), AdminStateUp: m.subnet == "" || m.instance != "" && !c.stopped[m.address],
		Address: m.address, Port: m.port, Weight: m.weight, IPVersion: "v4", Zone: &m.zone, Subnet: m.subnet,
		Status: h.Status, Reason: h.Reason, Type: "ip", Instance: m.instance, Created: m.created, Updated: m.updated,
	}
	if m.addr.Is6() {
		j.IPVersion = "v6"
	}
	if m.subnet != "" {
		j.Type = "instance"
	}
	if !c.behaviour.OmitStatus {
		ls := make([]listenerStatus, 0, len(p.Listeners))
		for _, l := range p.Listeners {
			seen, ok := h.Listeners[l]
			if !ok {
				seen = h.Condition
			}
			ls = append(ls, listenerStatus{Listener: l, Status: seen.Status, Reason: seen.Reason})
		}
		j.Listeners = &ls
	}
	return j
}

// read renders a member for a Show or List, which is one reading of its
// health.
func (c *Cloud) read(p *pool, m member, stale bool) memberJSON {
	j := c.render(p, m)
	if !stale {
		c.polls[m.id]++
	}
	return j
}
