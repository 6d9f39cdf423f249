package elbapi

import (
	"context"
	"strings"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// The values of operating_status that a Health turns on.
const (
	online    = "ONLINE"
	offline   = "OFFLINE"
	disabled  = "DISABLED" // of the load balancer's status tree, where members have it too
	noMonitor = "NO_MONITOR"
	unknown   = "UNKNOWN"
)

// Health reads what the health checks say of every member, with the call and
// the pages of List. A member's status[], one entry for each listener, counts
// more than its operating_status ("status takes precedence", ListMembers);
// where an endpoint leaves it out, or the pool has no listener, the member's
// one check has no listener.
//
// UNKNOWN is the status of a pool that nothing forwards to, which lasts, and of
// a server that ELB does not know yet, which may pass: where no member has any
// other status, the pool itself is read (ShowPool) to tell them apart.
func (p *pool) Health(ctx context.Context) (membership.Health, error) {
	members, err := p.read(ctx)
	if err != nil {
		return membership.Health{}, err
	}
	h := membership.Health{Checks: make([]membership.Check, 0, len(members))}
	unwatched, unclear := 0, 0
	for _, m := range members {
		for _, c := range checks(m) {
			switch strings.ToUpper(c.Status) {
			case noMonitor:
				unwatched++
			case unknown:
				unclear++
			}
			h.Checks = append(h.Checks, c)
		}
	}
	switch {
	case unwatched+unclear == 0, unwatched+unclear < len(h.Checks):
		return h, nil // something checks the others
	case unclear == 0:
		h.Unchecked = noHealthMonitor
		return h, nil
	}
	if h.Unchecked = p.unchecked(ctx); h.Unchecked != "" {
		for i := range h.Checks {
			h.Checks[i].Verdict = membership.Unchecked
		}
	}
	return h, nil
}

// checks are the results for one member.
func checks(m model.Member) []membership.Check {
	own := member(m)
	check := func(listener, status string, why *model.MemberHealthCheckFailedReason) membership.Check {
		return membership.Check{Key: own.Key, ID: own.ID, Listener: membership.Listener{ID: listener},
			Verdict: verdict(status), Status: status, Reason: reason(why)}
	}
	if len(m.Status) == 0 {
		return []membership.Check{check("", m.OperatingStatus, m.Reason)}
	}
	out := make([]membership.Check, len(m.Status))
	for i, s := range m.Status {
		why := s.Reason
		if why == nil && verdict(s.OperatingStatus) == membership.Unhealthy {
			why = m.Reason // some answers have it beside the statuses alone
		}
		out[i] = check(s.ListenerId, s.OperatingStatus, why)
	}
	return out
}

// verdict is what a status means on its own. A word that is not documented
// means nothing yet: to read again is safer than to assume.
func verdict(status string) membership.Verdict {
	switch strings.ToUpper(status) {
	case online:
		return membership.Healthy
	case offline, disabled:
		return membership.Unhealthy
	case noMonitor:
		return membership.Unchecked
	default: // INITIAL, UNKNOWN and what is not documented
		return membership.Pending
	}
}

// reason is why a check fails: "CONNECT_REFUSED", "RESPONSE_MISMATCH: expected
// 200, got 503". The responses are null with every other code.
func reason(r *model.MemberHealthCheckFailedReason) string {
	if r == nil {
		return ""
	}
	var responses []string
	if r.ExpectedResponse != "" {
		responses = append(responses, "expected "+r.ExpectedResponse)
	}
	if r.HealthcheckResponse != "" {
		responses = append(responses, "got "+r.HealthcheckResponse)
	}
	text := strings.Join(responses, ", ")
	if r.ReasonCode != "" && text != "" {
		return r.ReasonCode + ": " + text
	}
	return r.ReasonCode + text
}

// Why nothing checks a pool's members, as a continuation of "ELB pool x is not
// checked: ".
const (
	noListener      = "no listener forwards to it"
	noHealthMonitor = "it has no health monitor"
)

const (
	// lookTimeout bounds the reading of a pool beside its members, which must
	// not keep their health from whoever asked for it.
	lookTimeout = 10 * time.Second
	// lookKept is how long its answer serves, so that the polls of a wait cost
	// one call each.
	lookKept = time.Minute
	// uncheckedKept is how long it serves where nothing checks the pool. That
	// ends a wait, so no poll repeats it; but a member that is added after a
	// listener, in the same run, must not hear of the time before it.
	uncheckedKept = 5 * time.Second
)

// unchecked says why nothing checks the pool's members; "" where something
// does, or where that cannot be found out.
func (p *pool) unchecked(ctx context.Context) string {
	why := func(age time.Duration) (*membership.Reading[string], error) {
		return p.why.Get(ctx, age, func(ctx context.Context, _ func(error)) (string, error) {
			bounded, cancel := context.WithTimeout(ctx, lookTimeout)
			defer cancel()
			body, err := p.client.showPool(bounded, p.id)
			if err != nil {
				return "", ctx.Err() // a pool that cannot be read tells nothing for as long
			}
			return body.unchecked(), nil
		})
	}
	r, err := why(lookKept - 1)
	if err == nil && r.Value != "" {
		r, err = why(uncheckedKept - 1)
	}
	if err != nil || r.Err != nil {
		return ""
	}
	return r.Value
}
