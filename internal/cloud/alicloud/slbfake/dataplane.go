package slbfake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// ListenerName is what a data plane calls a listener.
func ListenerName(loadBalancer string, port int) string {
	return net.JoinHostPort(loadBalancer, strconv.Itoa(port))
}

// OpenDataPlane serves every listener for HTTP and TCP on a port of this
// machine until it is closed. DescribeHealthStatus then tells what real probes
// find, but for what SetHealth says otherwise. Listeners for HTTPS and UDP are
// not served. Forwarding rules are not followed: their groups are probed and
// get no requests.
func (c *Cloud) OpenDataPlane(ctx context.Context, how fakecloud.DataPlane) (*traffic.Plane, error) {
	configs := map[string]traffic.Config{}
	c.mu.Lock()
	if c.plane != nil {
		c.mu.Unlock()
		return nil, errors.New("slbfake: there is a data plane already")
	}
	for _, lb := range c.balancers {
		for _, l := range lb.listeners {
			mode := traffic.Mode(strings.ToLower(l.Protocol))
			if mode != traffic.HTTP && mode != traffic.TCP {
				continue
			}
			cfg := traffic.Config{Mode: mode, Options: how.Options, Targets: func() []traffic.Target {
				return c.targets(lb.id, l.Port, l.Protocol, how.Elsewhere)
			}}
			if l.NoHealthCheck {
				cfg.Health = nil
			}
			configs[ListenerName(lb.id, l.Port)] = cfg
		}
	}
	c.mu.Unlock()
	plane, err := traffic.Open(ctx, configs)
	if err != nil {
		return nil, fmt.Errorf("slbfake: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plane = plane
	return plane, nil
}

// targets are the members behind a listener.
func (c *Cloud) targets(loadBalancer string, port int, protocol string, elsewhere func(string) string) []traffic.Target {
	c.mu.Lock()
	defer c.mu.Unlock()
	lb := c.balancers[loadBalancer]
	if lb == nil {
		return nil
	}
	i := slices.IndexFunc(lb.listeners, func(l Listener) bool { return l.Port == port && l.Protocol == protocol })
	if i < 0 {
		return nil
	}
	l := lb.listeners[i]
	var out []traffic.Target
	for n, g := range c.behind(lb, l) {
		for _, m := range g.members {
			p := m.portBehind(l)
			t := traffic.Target{Key: m.target(p), Weight: m.Weight, Said: c.ward.Target(g.id, keyOf(m), ListenerName(lb.id, port))}
			if n > 0 {
				t.Weight = 0 // a forwarding rule's
			}
			if s := c.servers[m.ServerID]; s == nil || s.Status == "" || s.Status == running {
				t.Address = c.addresses.Find(p, m.names(c.primaryIP(m.ServerID))...)
				if t.Address == "" && elsewhere != nil {
					t.Address = elsewhere(m.ServerID)
				}
			}
			out = append(out, t)
		}
	}
	return out
}

// portBehind is the port that a listener sends a member's requests to.
func (m Member) portBehind(l Listener) int {
	if m.Port != 0 {
		return m.Port
	}
	return orDefault(l.BackendPort, l.Port)
}

// names are what a seed's addresses may call a member: its server, or the
// address that it is reached at.
func (m Member) names(primary string) []string {
	if m.Type == ecs {
		return []string{m.ServerID, primary}
	}
	return []string{m.ServerIP, m.ServerID}
}

// target is a member's key in the data plane.
func (m Member) target(port int) string {
	if m.Type == ecs {
		return net.JoinHostPort(m.ServerID, strconv.Itoa(port))
	}
	return m.ServerID + "/" + net.JoinHostPort(m.ServerIP, strconv.Itoa(port))
}

// probed is a member's health as real probes of the listener tell it; normal
// without a data plane, and at a listener that it does not serve. A member that
// has not been probed yet is abnormal: it gets no requests.
func (c *Cloud) probed(lb *balancer, l Listener, m Member, port int) string {
	if c.plane == nil {
		return "normal"
	}
	served := c.plane.Listener(ListenerName(lb.id, l.Port))
	if served == nil || served.Health(m.target(port)).Status == traffic.Healthy {
		return "normal"
	}
	return "abnormal"
}
