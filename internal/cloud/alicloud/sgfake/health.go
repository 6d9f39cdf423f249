package sgfake

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// The statuses of members that are not normal.
const (
	initial     = "Initial"
	unhealthy   = "Unhealthy"
	unavailable = "Unavailable" // nothing checks it
	unused      = "Unused"      // its weight is 0
)

// Health says how members fare. Fields that are zero match every member and
// listener; of several that match, the one set last counts.
type Health struct {
	ServerID string
	ServerIP string // of a member by address, the address
	Port     int
	Listener string // the id
	Status   string // "": healthy, Initial, Unhealthy, Unavailable, Unused
	Reason   string // a code such as CONNECT_TIMEOUT
	// Polls, where positive, is for how many answers of GetListenerHealthStatus
	// this holds; what was set before it counts again after that.
	Polls int
}

type override struct {
	Health
	used bool // in the answer at hand
	left int
}

// SetHealth makes GetListenerHealthStatus tell it of members that are Available
// in groups that are checked. One of which nothing was said is as its group's
// check and a data plane have it.
func (c *Cloud) SetHealth(h Health) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h.ServerIP = normalIP(h.ServerIP)
	c.health = append(c.health, &override{Health: h, left: h.Polls})
}

func (h Health) matches(m Member, listener string) bool {
	return (h.ServerID == "" || h.ServerID == m.ServerID) && (h.ServerIP == "" || h.ServerIP == m.ServerIP) &&
		(h.Port == 0 || h.Port == m.Port) && (h.Listener == "" || h.Listener == listener)
}

// listenerHealth is GetListenerHealthStatus: it tells of the members of a
// listener's groups that are not normal, and of the others by silence.
func (c *Cloud) listenerHealth(q *request) (map[string]any, *acsfake.Refusal) {
	i := slices.IndexFunc(c.listeners, func(l Listener) bool { return l.ID == q.params["ListenerId"] })
	if i < 0 || !c.inRegion(q) {
		return nil, notFound(c.listener, q.params["ListenerId"])
	}
	l := c.listeners[i]
	var rows []row
	tell := func(place, id string) {
		if g := c.groups[id]; g != nil {
			rows = append(rows, c.abnormal(place, l, g, q.stale())...)
		}
	}
	tell("", l.ServerGroup)
	ruled := q.params["IncludeRule"] == "true"
	for _, r := range l.Rules {
		if ruled {
			tell(r.ID, r.ServerGroup)
		}
	}
	answer, refused := c.page(q, "rows", rows, c.healthPage)
	if refused != nil {
		return nil, refused
	}
	for _, o := range c.health {
		if o.used {
			o.used = false
			o.left--
		}
	}
	told := map[string][]any{}
	for _, r := range answer["rows"].([]any) {
		f := r.(map[string]any)
		place := f["place"].(string)
		told[place] = append(told[place], f["row"])
	}
	delete(answer, "rows")
	answer["ListenerHealthStatus"] = []any{map[string]any{
		"ListenerId": l.ID, "ListenerPort": l.Port, "ListenerProtocol": l.Protocol, "ServerGroupInfos": c.infos(l.ServerGroup, told[""]),
	}}
	if ruled {
		byRule := []any{}
		for _, r := range l.Rules {
			byRule = append(byRule, map[string]any{"RuleId": r.ID, "ServerGroupInfos": c.infos(r.ServerGroup, told[r.ID])})
		}
		answer["RuleHealthStatus"] = byRule
	}
	return answer, nil
}

// infos are what is told of the group that a listener or a rule forwards to.
func (c *Cloud) infos(id string, rows []any) []any {
	g := c.groups[id]
	if g == nil {
		return []any{}
	}
	if rows == nil {
		rows = []any{}
	}
	field, value := c.checked(g.Check != nil)
	return []any{map[string]any{groupParam: id, field: value, "NonNormalServers": rows}}
}

// abnormal are the members of a group that a listener tells of, for a place in
// the answer.
func (c *Cloud) abnormal(place string, l Listener, g *group, stale bool) (rows []row) {
	now := time.Now()
	for _, m := range g.view(now, stale) {
		status, reason := c.healthOf(l, g, m, now)
		if status == "" {
			continue
		}
		f := map[string]any{"ServerId": m.ServerID, "ServerIp": c.shownIP(m.Member), "Port": m.Port, "Status": status}
		if reason != nil {
			f["Reason"] = reason
		}
		at := fmt.Sprintf("%s/%s/%s/%s/%05d", place, g.ID, m.ServerID, m.ServerIP, m.Port)
		rows = append(rows, row{at, map[string]any{"place": place, "row": f}})
	}
	return rows
}

// healthOf is a member's status, "" where it is normal, and the reason.
func (c *Cloud) healthOf(l Listener, g *group, m member, now time.Time) (string, map[string]any) {
	switch {
	case m.Status != available:
		return "", nil // it is told of once it is there
	case g.Check == nil && c.rules.HidesUnchecked:
		return "", nil
	case g.Check == nil:
		return unavailable, nil
	case !m.since.IsZero() && now.Before(m.since.Add(seconds(c.rules.HealthGap))):
		return "", nil
	case m.Weight == 0 && c.unused:
		return unused, nil
	}
	if said, ok := c.ward.Of(g.ID, keyOf(m.Member), l.ID); ok {
		return healthSaid(said)
	}
	for i := len(c.health) - 1; i >= 0; i-- {
		o := c.health[i]
		if o.Polls > 0 && o.left <= 0 || !o.matches(m.Member, l.ID) {
			continue
		}
		o.used = o.Polls > 0
		return o.Status, reasonOf(o.Reason)
	}
	if c.plane != nil {
		return c.probed(l, m)
	}
	first := time.Duration(g.Check.Interval*g.Check.Threshold) * time.Second
	if !m.since.IsZero() && now.Before(m.since.Add(seconds(c.rules.HealthGap)+first)) {
		return initial, nil
	}
	return "", nil
}

func healthSaid(h fakecloud.Health) (string, map[string]any) {
	if h.Status == fakecloud.Healthy {
		return "", nil
	}
	if h.Status == fakecloud.Checking {
		return initial, reasonOf(h.Reason)
	}
	return unhealthy, reasonOf(orDefault(h.Reason, "CONNECT_FAILED"))
}

func reasonOf(code string) map[string]any {
	if code == "" {
		return nil
	}
	return map[string]any{"ReasonCode": code}
}

// probed is a member's health as real probes of the listener tell it; normal at a
// listener that no data plane serves.
func (c *Cloud) probed(l Listener, m member) (string, map[string]any) {
	served := c.plane.Listener(l.ID)
	if served == nil {
		return "", nil
	}
	switch h := served.Health(keyOf(m.Member)); h.Status {
	case traffic.Healthy:
		return "", nil
	case traffic.Unhealthy:
		reason := reasonOf(map[traffic.Cause]string{
			traffic.Refused: "CONNECT_FAILED", traffic.TimedOut: "CONNECT_TIMEOUT", traffic.WrongAnswer: "RESPONSE_MISMATCH",
		}[h.Cause])
		if h.Cause == traffic.WrongAnswer && strings.EqualFold(l.Protocol, "HTTP") {
			reason["ExpectedResponse"], reason["ActualResponse"] = "HTTP_2xx,HTTP_3xx", fmt.Sprint(h.Answer)
		}
		return unhealthy, reason
	default:
		return initial, nil
	}
}
