package sgfake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// OpenDataPlane serves every listener for HTTP and TCP on a port of this machine
// until it is closed; a listener is called by its id there.
// GetListenerHealthStatus then tells what real probes find, but for what
// SetHealth says otherwise. A member that leaves gets nothing new; of a group
// that drains, what is under way goes on until it ends or the group's time is up.
// Forwarding rules are not followed: their groups are probed and get no requests.
func (c *Cloud) OpenDataPlane(ctx context.Context, how fakecloud.DataPlane) (*traffic.Plane, error) {
	configs := map[string]traffic.Config{}
	c.mu.Lock()
	if c.plane != nil {
		c.mu.Unlock()
		return nil, errors.New("sgfake: there is a data plane already")
	}
	for _, l := range c.listeners {
		mode := traffic.Mode(strings.ToLower(l.Protocol))
		if mode != traffic.HTTP && mode != traffic.TCP {
			continue
		}
		cfg := traffic.Config{Mode: mode, Options: how.Options, Targets: func() []traffic.Target { return c.targets(l.ID, how.Elsewhere) }}
		if g := c.groups[l.ServerGroup]; g != nil {
			if g.Check == nil {
				cfg.Health = nil
			}
			if g.Drain != nil {
				cfg.OnRemove = traffic.Cut // what still goes on when the drain is over
			}
		}
		configs[l.ID] = cfg
	}
	c.mu.Unlock()
	plane, err := traffic.Open(ctx, configs)
	if err != nil {
		return nil, fmt.Errorf("sgfake: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plane = plane
	return plane, nil
}

// targets are the members behind a listener.
func (c *Cloud) targets(listener string, elsewhere func(string) string) []traffic.Target {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settle(time.Now())
	i := slices.IndexFunc(c.listeners, func(l Listener) bool { return l.ID == listener })
	if i < 0 {
		return nil
	}
	l := c.listeners[i]
	var out []traffic.Target
	for _, id := range l.serving() {
		g := c.groups[id]
		if g == nil {
			continue
		}
		for _, m := range g.members {
			if m.Status == adding || m.Status == replacing {
				continue
			}
			t := traffic.Target{
				Key: keyOf(m.Member), Weight: m.Weight, Address: c.placeOf(l, m.Member, elsewhere),
				Said: c.ward.Target(id, keyOf(m.Member), l.ID),
			}
			if m.leaving() || id != l.ServerGroup {
				t.Weight = 0
			}
			out = append(out, t)
		}
	}
	return out
}

// placeOf is where a member really is. One with all ports is asked at the
// listener's.
func (c *Cloud) placeOf(l Listener, m Member, elsewhere func(string) string) string {
	if s := c.servers[m.ServerID]; s != nil && s.Released {
		return ""
	}
	names := []string{m.ServerID, c.shownIP(m)}
	if m.Type != ecs {
		names = []string{m.ServerIP, m.ServerID}
	}
	place := c.addresses.Find(orDefault(m.Port, l.Port), names...)
	if place == "" && elsewhere != nil {
		return elsewhere(m.ServerID)
	}
	return place
}

// underWay is how many requests and connections a member still has.
func (c *Cloud) underWay(g *group, m member) (n int) {
	for _, l := range c.listeners {
		if served := c.plane.Listener(l.ID); served != nil && l.ServerGroup == g.ID {
			n += served.UnderWay(keyOf(m.Member))
		}
	}
	return n
}
