package fakecloud

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// Condition is how a member fares, in words that are the same on every cloud.
type Condition string

// The conditions.
const (
	Healthy   Condition = "healthy"
	Unhealthy Condition = "unhealthy"
	Checking  Condition = "checking"   // no check has succeeded or failed often enough yet
	AsChecked Condition = "as_checked" // what the checks find, whatever was said before
)

var conditions = []Condition{Healthy, Unhealthy, Checking, AsChecked}

// Health says how members fare, whatever checks would find. It holds for members
// that come later too. Where nothing checks a member it shows nowhere.
type Health struct {
	Group string `json:"group,omitempty"` // "": in every group
	// Member is named as in what a cloud holds ("i-a:8080"), or by its server alone
	// ("i-a"), for all its ports; "": every one.
	Member   string    `json:"member,omitempty"`
	Listener string    `json:"listener,omitempty"` // as a data plane names it; "": every one
	Status   Condition `json:"status"`
	Reason   string    `json:"reason,omitempty"` // the vendor's code, where its answers have one
	For      Duration  `json:"for,omitzero"`     // from now on, then what was said before; 0: without end
}

func (h Health) validate() error {
	if !slices.Contains(conditions, h.Status) {
		return fmt.Errorf("status %q is none of %v", h.Status, conditions)
	}
	return nil
}

// of tells whether it is about a member as a listener sees it.
func (h Health) of(group, member, listener string) bool {
	return (h.Group == "" || h.Group == group) && covers(h.Member, member) && (h.Listener == "" || h.Listener == listener)
}

// Ward is what has been said of members' health. Its zero value is one of which
// nothing has been said. Of several sayings that match, the last counts.
type Ward struct {
	mu   sync.Mutex
	said []saying
}

type saying struct {
	Health
	until time.Time // zero: without end
}

// Say says how members fare from now on, and what was said of them before is
// forgotten.
func (w *Ward) Say(h Health) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h.For == 0 {
		w.said = slices.DeleteFunc(w.said, func(s saying) bool { return h.of(s.Group, s.Member, s.Listener) })
	}
	if h.Status == AsChecked && len(w.said) == 0 {
		return
	}
	s := saying{Health: h}
	if h.For > 0 {
		s.until = time.Now().Add(time.Duration(h.For))
	}
	w.said = append(w.said, s)
}

// Fare says whether a member is healthy from now on, in whatever group.
func (w *Ward) Fare(member string, healthy bool) {
	status := map[bool]Condition{true: Healthy, false: Unhealthy}[healthy]
	w.Say(Health{Member: member, Status: status})
}

// Of is what was said of a member as a listener sees it; "" is what was said for
// every listener.
func (w *Ward) Of(group, member, listener string) (Health, bool) {
	for _, h := range slices.Backward(w.All()) {
		if h.of(group, member, listener) {
			return h, h.Status != AsChecked
		}
	}
	return Health{}, false
}

// All is what holds now, the oldest first.
func (w *Ward) All() []Health {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	w.said = slices.DeleteFunc(w.said, func(s saying) bool { return !s.until.IsZero() && !now.Before(s.until) })
	all := make([]Health, len(w.said))
	for i, s := range w.said {
		all[i] = s.Health
	}
	return all
}

// Target is what was said of a member, for a data plane.
func (w *Ward) Target(group, member, listener string) traffic.Status {
	h, said := w.Of(group, member, listener)
	if !said {
		return traffic.Unwatched
	}
	return map[Condition]traffic.Status{Healthy: traffic.Healthy, Unhealthy: traffic.Unhealthy, Checking: traffic.Pending}[h.Status]
}

// covers tells whether a name means a member: "" every one, and a server's name
// all its ports.
func covers(name, member string) bool {
	host, _, _ := net.SplitHostPort(member) // of an address of IPv6, without its brackets
	return name == "" || name == member || name == host || strings.HasPrefix(member, name+":")
}
