package sgapi

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// checkEvery is how often a group's health is taken to be checked where the vendor
// does not tell.
const checkEvery = 10 * time.Second

// verdicts are what the vendor's words for a server that is not healthy mean; of a
// word that is not known there is no result yet.
var verdicts = map[string]membership.Verdict{
	"initial": membership.Pending, "unhealthy": membership.Unhealthy,
	"unavailable": membership.Unchecked, // its check is off
	"unused":      membership.Unchecked, // it has weight 0 (ALB)
}

// Health is what the health checks of each listener that sends to the group, and
// of each of its rules that does, say of the members: GetListenerHealthStatus,
// https://www.alibabacloud.com/help/en/slb/application-load-balancer/developer-reference/api-alb-2020-06-16-getlistenerhealthstatus,
// https://www.alibabacloud.com/help/en/slb/api-getlistenerhealthstatus-nlb, once for
// each listener, beside a listing where none is at hand. The vendor lists only
// members that are not healthy, and perhaps not yet one that is new; so a member
// is healthy that is Available and not listed, in two readings.
func (g *group) Health(ctx context.Context) (h membership.Health, err error) {
	r, err := g.relations(ctx, relationAge)
	if err == nil && r.unchecked() != "" {
		r, err = g.relations(ctx, certainAge)
	}
	if err != nil {
		return h, err
	}
	if h.Unchecked = r.unchecked(); h.Unchecked != "" {
		return h, nil
	}
	members, known := g.seen.latest()
	if !known {
		if members, err = g.List(ctx); err != nil {
			return h, err
		}
	}
	h.Confirm = min(cmp.Or(r.group.CheckEvery, checkEvery), time.Minute)
	for _, id := range r.listeners {
		reports, err := g.c.reports(ctx, id, g.id)
		if e, ok := errors.AsType[*membership.Error](err); ok && strings.EqualFold(e.Code, "ResourceNotFound.Listener") {
			g.seen.relations.Outdate() // it is gone since
			continue
		}
		if err != nil {
			return h, err
		}
		for _, report := range reports {
			h.Checks = append(h.Checks, report.checks(members)...)
		}
	}
	return h, nil
}

// report is what a listener, or one of its rules, says of a group's members.
type report struct {
	listener string
	rule     string
	off      bool // nothing is checked
	abnormal []acs.Object
}

// reports are those of a listener on a group. A report may go on in the next page.
func (c *Client) reports(ctx context.Context, listener, group string) (reports []report, err error) {
	params := form{"ListenerId": listener}
	if c.rules {
		params["IncludeRule"] = "true"
	}
	err = c.pages(ctx, "GetListenerHealthStatus", group, c.healthPage, params, func(o acs.Object) error {
		status, told := o.Told("ListenerHealthStatus", "ListenerHealthStatus")
		byRule, ruled := o.Told("RuleHealthStatus", "RuleHealthStatus")
		if !told && !ruled {
			return errors.New("it lacks the ListenerHealthStatus")
		}
		for _, status := range append(status, byRule...) {
			infos, err := status.List("ServerGroupInfos", "ServerGroupInfos")
			if err != nil {
				return err
			}
			for _, info := range infos {
				if info.Text("ServerGroupId") != group {
					continue
				}
				more, err := info.List("NonNormalServers", "NonNormalServers")
				if err != nil {
					return err
				}
				off := info.Flag("HealthCheckEnabled").False() || info.Flag("HeathCheckEnabled").False() // the vendor's spelling
				reports = join(reports, report{listener, status.Text("RuleId"), off, more})
			}
		}
		return nil
	})
	return reports, err
}

// join adds a report to the others: what a rule says may come in parts.
func join(reports []report, r report) []report {
	for i, is := range reports {
		if is.rule == r.rule {
			reports[i].abnormal = slices.Concat(is.abnormal, r.abnormal)
			return reports
		}
	}
	return append(reports, r)
}

// checks are what the report says of each member that is in the group.
func (r report) checks(members []membership.Member) (checks []membership.Check) {
	for _, m := range members {
		if m.Phase == membership.Departing {
			continue
		}
		c := membership.Check{Key: m.Key, Listener: membership.Listener{ID: r.listener}, Rule: r.rule}
		row, listed := r.of(m)
		switch {
		case r.off:
			c.Verdict, c.Status, c.Reason = membership.Unchecked, "Unavailable", noCheck
		case listed:
			c.Status = row.Text("Status")
			c.Verdict = verdicts[strings.ToLower(c.Status)]
			c.Reason = reason(row, c.Status)
		case strings.EqualFold(cmp.Or(m.Observed.Status, available), available):
			c.Verdict, c.Status = membership.Healthy, "Normal"
		default:
			c.Status = m.Observed.Status // it is being put in or changed
		}
		checks = append(checks, c)
	}
	return checks
}

// of is the row of a member. A row may name the address of a server whose key has
// none, and tells no port of a server in a group of any port.
func (r report) of(m membership.Member) (acs.Object, bool) {
	for _, row := range r.abnormal {
		id, address := row.Text("ServerId"), membership.NormalAddress(row.Text("ServerIp"))
		port, _ := row.Number("Port", 0)
		if m.Key.Port != 0 && port != 0 && port != m.Key.Port {
			continue
		}
		if m.Key.Server == "" && (membership.NormalAddress(id) == m.Key.Address || address == m.Key.Address) ||
			m.Key.Server != "" && id == m.Key.Server && (m.Key.Address == "" || address == "" || address == m.Key.Address) {
			return row, true
		}
	}
	return nil, false
}

// reason is why a server is not healthy, in the vendor's words.
func reason(row acs.Object, status string) string {
	if strings.EqualFold(status, "unused") {
		return "weight 0"
	}
	why, err := row.Object("Reason")
	if err != nil {
		return ""
	}
	code := why.Text("ReasonCode")
	if actual := why.Text("ActualResponse"); actual != "" {
		code += ": " + actual + " instead of " + why.Text("ExpectedResponse")
	}
	return code
}
