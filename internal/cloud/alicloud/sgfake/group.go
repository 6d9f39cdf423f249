package sgfake

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The statuses of groups and members.
const (
	available   = "Available"
	creating    = "Creating"
	configuring = "Configuring"
	adding      = "Adding"
	removing    = "Removing"
	replacing   = "Replacing"
	draining    = "Draining" // the listing may call it Removing
)

// group is a server group as it is now.
type group struct {
	ServerGroup           // without its members
	members     []member  // in the order in which they came
	jobs        []*job    // that are not over, the oldest first: only the first has begun
	before      []member  // as they were before the last write, for reads that are stale
	during      []member  // as they were before the last job's end, ...
	lagsUntil   time.Time // ... which is what listings tell until then
}

// member is a member as it is now.
type member struct {
	Member
	since time.Time // when it became Available; zero: before all calls
	until time.Time // when its draining is cut off
	held  bool      // it drains until then, whatever is under way
}

// leaving tells whether a member gets no new requests and is on its way out.
func (m member) leaving() bool { return m.Status == removing || m.Status == draining }

// key is what tells members of one group apart.
type key struct {
	server, address string
	port            int
}

func (m Member) key() key {
	switch m.Type {
	case ip:
		return key{address: normalIP(m.ServerID), port: m.Port}
	case ecs:
		return key{server: m.ServerID, port: m.Port}
	}
	return key{server: m.ServerID, address: m.ServerIP, port: m.Port}
}

// canonical fills in what a member leaves to default.
func (c *Cloud) canonical(m Member) Member {
	m.Type = orDefault(m.Type, ecs)
	m.Status = orDefault(m.Status, available)
	switch m.Type {
	case ip:
		m.ServerID = normalIP(m.ServerID)
		m.ServerIP = m.ServerID
	case eni, eci:
		m.ServerIP = normalIP(orDefault(m.ServerIP, c.primaryIP(m.ServerID)))
	default:
		m.ServerIP = "" // a server's address is its own affair
	}
	return m
}

func (g *group) index(k key) int {
	return slices.IndexFunc(g.members, func(m member) bool { return m.key() == k })
}

// status is what a listing says of a group.
func (g *group) status() string {
	if len(g.jobs) > 0 {
		return configuring
	}
	return orDefault(g.Status, available)
}

// view is the members that a read sees.
func (g *group) view(now time.Time, stale bool) []member {
	switch {
	case stale:
		return g.before
	case now.Before(g.lagsUntil):
		return g.during
	}
	return g.members
}

// counted is how many members the quota counts.
func (c *Cloud) counted(g *group) int {
	n := 0
	for _, m := range g.members {
		if !c.rules.LeavingAreFree || !m.leaving() {
			n++
		}
	}
	return n
}

// usage is how many members each load balancer has, once for each listener and
// rule, and how often it counts those of a group.
func (c *Cloud) usage(g *group) (used, times map[string]int) {
	used, times = map[string]int{}, map[string]int{}
	for _, l := range c.listeners {
		for _, id := range l.serving() {
			used[l.LoadBalancer] += c.counted(c.groups[id])
			if id == g.ID {
				times[l.LoadBalancer]++
			}
		}
	}
	return used, times
}

// serving are the groups that a listener and its rules forward to.
func (l Listener) serving() []string {
	var ids []string
	if l.ServerGroup != "" {
		ids = append(ids, l.ServerGroup)
	}
	for _, r := range l.Rules {
		ids = append(ids, r.ServerGroup)
	}
	return ids
}

// typeOf is what kind of server an id names.
func (c *Cloud) typeOf(id string) string {
	if s, ok := c.servers[id]; ok && s.Type != "" {
		return s.Type
	}
	switch {
	case strings.HasPrefix(id, "eni-"):
		return eni
	case strings.HasPrefix(id, "eci-"):
		return eci
	}
	return ecs
}

// primaryIP is a server's first address; a made-up one, always the same, where
// the seed names none.
func (c *Cloud) primaryIP(id string) string {
	if s, ok := c.servers[id]; ok && len(s.IPs) > 0 {
		return normalIP(s.IPs[0])
	}
	h := sha256.Sum256([]byte(id))
	return fmt.Sprintf("10.%d.%d.%d", h[0], h[1], h[2])
}

// shownIP is a member's address as answers tell it.
func (c *Cloud) shownIP(m Member) string {
	if m.Type == ecs {
		return c.primaryIP(m.ServerID)
	}
	return m.ServerIP
}

// plain is members as a seed has them, by server, address and port.
func plain(ms []member) []Member {
	out := make([]Member, 0, len(ms))
	for _, m := range ms {
		if m.Status == available {
			m.Status = ""
		}
		out = append(out, m.Member)
	}
	slices.SortFunc(out, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.ServerID, b.ServerID), cmp.Compare(a.ServerIP, b.ServerIP), cmp.Compare(a.Port, b.Port))
	})
	return out
}
