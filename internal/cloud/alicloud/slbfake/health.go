package slbfake

import (
	"strconv"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Health says how members fare. Fields that are zero match every member and
// listener; of several that match, the one set last counts.
type Health struct {
	ServerID     string
	ServerIP     string
	Port         int // of the member; in the default group, the listener's backend port
	ListenerPort int
	Status       string // normal, abnormal or unavailable
	// Polls, where positive, is for how many answers of DescribeHealthStatus
	// this holds; what was set before it counts again after that.
	Polls int
}

type override struct {
	Health
	used bool // in the answer at hand
	left int
}

// SetHealth makes DescribeHealthStatus tell it. A member of which nothing was
// said is normal. Where the listener checks no health, the answer is
// unavailable whatever was set.
func (c *Cloud) SetHealth(h Health) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h.ServerIP = normalIP(h.ServerIP)
	c.health = append(c.health, &override{Health: h, left: h.Polls})
}

func (h Health) matches(m Member, port, listener int) bool {
	return (h.ServerID == "" || h.ServerID == m.ServerID) &&
		(h.ServerIP == "" || h.ServerIP == m.ServerIP) &&
		(h.Port == 0 || h.Port == port) &&
		(h.ListenerPort == 0 || h.ListenerPort == listener)
}

// describeHealth tells of each listener and each member behind it.
func describeHealth(c *Cloud, q *request) (answer, *refusal) {
	lb, refused := c.balancer(q)
	if refused != nil {
		return nil, refused
	}
	if code := c.rules.HealthNoListener; code != "" && len(lb.listeners) == 0 {
		return nil, &refusal{Status: 404, Code: code}
	}
	port := 0
	if p := q.params["ListenerPort"]; p != "" {
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > maxPort {
			return nil, invalid("The specified ListenerPort is invalid.")
		}
		port = n
	}
	protocol := q.params["ListenerProtocol"]
	rows, found := []any{}, false
	for _, l := range lb.listeners {
		if port != 0 && l.Port != port || protocol != "" && !strings.EqualFold(l.Protocol, protocol) {
			continue
		}
		found = true
		for _, g := range c.behind(lb, l) {
			for _, m := range g.view(q.stale()) {
				rows = append(rows, c.healthRow(l, g, m))
			}
		}
	}
	if !found && (port != 0 || protocol != "") {
		return nil, &refusal{Status: 404, Code: "ListenerNotFound"}
	}
	for _, o := range c.health {
		if o.used {
			o.used = false
			o.left--
		}
	}
	return answer{"BackendServers": map[string]any{"BackendServer": rows}}, nil
}

// behind is the groups that a listener sends requests to: its own, and those
// of its forwarding rules.
func (c *Cloud) behind(lb *balancer, l Listener) []*group {
	own := lb.own
	if l.VServerGroup != "" {
		own = c.groups[l.VServerGroup]
	}
	groups := []*group{own}
	seen := map[*group]bool{own: true}
	for _, r := range l.Rules {
		if g := c.groups[r.VServerGroup]; !seen[g] {
			seen[g] = true
			groups = append(groups, g)
		}
	}
	return groups
}

func (c *Cloud) healthRow(l Listener, g *group, m Member) map[string]any {
	port := m.Port
	if !g.vserver {
		port = orDefault(l.BackendPort, l.Port)
	}
	row := map[string]any{
		"ListenerPort": l.Port, "Protocol": strings.ToLower(l.Protocol), "ServerId": m.ServerID, "Port": port,
		"ServerHealthStatus": c.healthOf(g, l, m, port),
	}
	if !c.rules.HealthNoType {
		row["Type"] = m.Type
	}
	ip := m.ServerIP
	if m.Type == ecs && c.rules.HealthEchoIP {
		ip = c.primaryIP(m.ServerID)
	}
	if ip != "" {
		if m.Type != ecs && c.rules.HealthInEniHost {
			row["EniHost"] = ip
		} else {
			row["ServerIp"] = ip
		}
	}
	return row
}

func (c *Cloud) healthOf(g *group, l Listener, m Member, port int) string {
	if l.NoHealthCheck {
		return "unavailable"
	}
	if said, ok := c.ward.Of(g.id, keyOf(m), ListenerName(g.lb.id, l.Port)); ok {
		if said.Status == fakecloud.Healthy {
			return "normal"
		}
		return "abnormal"
	}
	for i := len(c.health) - 1; i >= 0; i-- {
		o := c.health[i]
		if o.Polls > 0 && o.left <= 0 || !o.matches(m, port, l.Port) {
			continue
		}
		o.used = o.Polls > 0
		return o.Status
	}
	return c.probed(g.lb, l, m, port)
}
