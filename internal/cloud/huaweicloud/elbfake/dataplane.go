package elbfake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

var planeModes = map[string]traffic.Mode{"HTTP": traffic.HTTP, "TCP": traffic.TCP}

// OpenDataPlane serves every listener that has an HTTP or TCP pool on a port of
// this machine, under the listener's id, until it is closed. The members' health
// is then what real probes find, but for what SetHealth says otherwise. Of
// several pools behind one listener only the first, by id, gets requests.
func (c *Cloud) OpenDataPlane(ctx context.Context, how fakecloud.DataPlane) (*traffic.Plane, error) {
	configs := map[string]traffic.Config{}
	c.mu.Lock()
	if c.plane != nil {
		c.mu.Unlock()
		return nil, errors.New("elbfake: there is a data plane already")
	}
	for _, p := range sortedPools(c.pools) {
		mode, ok := planeModes[p.Protocol]
		if !ok {
			continue
		}
		for _, l := range p.Listeners {
			if _, ok := configs[l]; ok {
				continue
			}
			cfg := traffic.Config{Mode: mode, Options: how.Options, Targets: func() []traffic.Target {
				return c.targets(l, how.Elsewhere)
			}}
			if p.monitor == "" {
				cfg.Health = nil
			}
			configs[l] = cfg
		}
	}
	c.mu.Unlock()
	plane, err := traffic.Open(ctx, configs)
	if err != nil {
		return nil, fmt.Errorf("elbfake: %w", err)
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
	var out []traffic.Target
	first := true
	for _, p := range sortedPools(c.pools) {
		if !slices.Contains(p.Listeners, listener) {
			continue
		}
		for _, m := range p.members {
			t := traffic.Target{Key: m.target(), Weight: m.weight, Said: c.ward.Target(p.ID, m.target(), listener)}
			if !first {
				t.Weight = 0
			}
			if m.subnet == "" || m.instance != "" {
				t.Address = c.seed.Addresses.Find(m.port, m.addr.String())
				if t.Address == "" && elsewhere != nil {
					t.Address = elsewhere(m.addr.String())
				}
			}
			out = append(out, t)
		}
		first = false
	}
	return out
}

// target is a member's key in the data plane.
func (m member) target() string { return net.JoinHostPort(m.addr.String(), strconv.Itoa(m.port)) }

// probed is a member's health as real probes tell it. It is false where nothing
// probes the member: no data plane, no health monitor, no listener that the
// plane serves.
func (c *Cloud) probed(p *pool, m member) (Health, bool) {
	if c.plane == nil || p.monitor == "" || m.subnet != "" && m.instance == "" {
		return Health{}, false
	}
	h := Health{Condition: Condition{Status: Online}, Listeners: map[string]Condition{}}
	for _, l := range p.Listeners {
		served := c.plane.Listener(l)
		if served == nil {
			continue
		}
		seen := conditionOf(served.Health(m.target()))
		h.Listeners[l] = seen
		if seen.Status == Offline || seen.Status == Initial && h.Status == Online {
			h.Condition = seen // the worst
		}
	}
	return h, len(h.Listeners) > 0
}

func conditionOf(h traffic.Health) Condition {
	switch h.Status {
	case traffic.Healthy:
		return Condition{Status: Online}
	case traffic.Unhealthy:
		return Condition{Status: Offline, Reason: reasonOf(h)}
	default:
		return Condition{Status: Initial}
	}
}

func reasonOf(h traffic.Health) *Reason {
	switch h.Cause {
	case traffic.Refused:
		return &Reason{Code: "CONNECT_REFUSED"}
	case traffic.TimedOut:
		return &Reason{Code: "CONNECT_TIMEOUT"}
	case traffic.WrongAnswer:
		return &Reason{Code: "RESPONSE_MISMATCH", Expected: new("200-399"), Actual: new(strconv.Itoa(h.Answer))}
	default:
		return &Reason{Code: "CONNECT_FAILED"}
	}
}
