package membership

import (
	"slices"
	"strings"
	"time"
)

// Health is what a vendor's health checks say of a group's members at one
// moment.
type Health struct {
	// Checks are the results, one for each member and each listener that
	// serves it.
	Checks []Check
	// Unchecked says why nothing will ever check the group's members: no
	// listener forwards to the group, or the group has no health monitor. ""
	// where something does, or where the vendor does not tell.
	Unchecked string
	// Confirm is how far apart two readings must be begun that show a member
	// healthy before it counts as that: a vendor that lists only those that fail
	// shows none of a member that it has not checked yet. One will do where zero.
	Confirm time.Duration
}

// Check is what one listener's health check says of one member.
type Check struct {
	// Key and ID are the member's; ID is empty where the vendor has none.
	Key Key
	ID  string
	// Listener is the listener: its id, or its port and protocol. A vendor
	// that reports a member as a whole leaves it zero.
	Listener Listener
	// Rule is the listener's forwarding rule that sends to the group (ALB's); ""
	// where the listener does by itself.
	Rule string
	// Verdict is what the status means.
	Verdict Verdict
	// Status is the vendor's word: normal, ONLINE, ...
	Status string
	// Reason is the vendor's reason code for a member that fails, and what
	// else it tells; "" where it gives none.
	Reason string
}

// Listener is what forwards requests to a group: by id on ELB, by port and
// protocol on SLB.
type Listener struct {
	ID       string
	Port     int
	Protocol string
}

// String is the listener as an error names it; "" for the zero listener.
func (l Listener) String() string {
	switch {
	case l.ID != "":
		return "listener " + l.ID
	case l.Protocol != "":
		return "listener " + l.Protocol + " " + itoa(l.Port)
	case l.Port != 0:
		return "listener " + itoa(l.Port)
	}
	return ""
}

// Verdict is what a vendor's status of a member means.
type Verdict int

// The verdicts.
const (
	// Pending: checked, but there is no result yet.
	Pending Verdict = iota
	// Healthy: it passes its check.
	Healthy
	// Unhealthy: it fails its check.
	Unhealthy
	// Unchecked: nothing checks it.
	Unchecked
)

// Of are the checks of one member: by id where both have one, by key
// otherwise.
func (h Health) Of(m Member) []Check { return h.index().of(m) }

// ByMember is Of for many members, in the time that few take.
func (h Health) ByMember() func(Member) []Check { return h.index().of }

// String is the check as an error names it: "listener https 443: abnormal".
func (c Check) String() string {
	from := c.Listener.String()
	if c.Rule != "" {
		from += ", rule " + c.Rule
	}
	parts := []string{from, c.Status, c.Reason}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ": ")
}
