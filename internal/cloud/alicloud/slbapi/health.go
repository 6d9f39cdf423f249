package slbapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// How old a reading of what forwards to a group may be: to tell its health
// from that of other groups, and to say that nothing forwards to it at all,
// which ends a wait and so must not be yesterday's news.
const (
	associationAge = 60 * time.Second
	certainAge     = 5 * time.Second
)

// Why nothing checks the members of a group.
const (
	noListener = "no listener forwards to it"
	noCheck    = "no listener of its load balancer checks health"
)

// Health is what the listeners' health checks say of the members, in one call
// for the whole load balancer: SLB API DescribeHealthStatus,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-describehealthstatus.
// At most once a minute it takes another, to leave out listeners that a vserver
// group says are its own. A forwarding rule's listener is not told, so that a
// server which is also in the vserver group of a rule may come with the checks
// of both.
func (g *backendServers) Health(ctx context.Context) (membership.Health, error) {
	rows, why, err := g.c.healthRows(ctx, g.id, g.id)
	if err != nil || why != "" {
		return membership.Health{Unchecked: why}, err
	}
	groups, err := g.seen.associations(ctx, g.c, g.id, associationAge)
	if err != nil {
		return membership.Health{}, err
	}
	rows = slices.DeleteFunc(rows, func(r healthRow) bool {
		return slices.ContainsFunc(groups, func(v VServerGroup) bool { return v.claims(r.listener) })
	})
	return g.seen.health(ctx, rows, g.List, g.idle)
}

// idle tells whether certainly no listener forwards to the default group: the
// load balancer has none but those that vserver groups call their own.
func (g *backendServers) idle(ctx context.Context, age time.Duration) (bool, error) {
	listeners, fresh := g.seen.latestListeners(age)
	if !fresh {
		if _, err := g.List(ctx); err != nil {
			return false, err
		}
		listeners, _ = g.seen.latestListeners(age)
	}
	if listeners == nil || len(*listeners) == 0 {
		return listeners != nil, nil
	}
	groups, err := g.seen.associations(ctx, g.c, g.id, age)
	if err != nil {
		return false, err
	}
	for _, l := range *listeners {
		// Of a group with rules it is not certain that its listeners are not
		// those of its rules, which may serve the default group as well.
		if !slices.ContainsFunc(groups, func(v VServerGroup) bool { return v.Associated && v.Rules == 0 && v.claims(l) }) {
			return false, nil
		}
	}
	return true, nil
}

// Health is what the listeners' health checks say of the members, as that of a
// default group is. It needs the load balancer, which the first List tells.
func (g *vserverGroup) Health(ctx context.Context) (membership.Health, error) {
	if g.Lock() == "" {
		if _, err := g.List(ctx); err != nil {
			return membership.Health{}, err
		}
	}
	loadBalancer := g.Lock()
	if loadBalancer == "" {
		return membership.Health{}, refused("DescribeHealthStatus", errors.New("SLB does not tell which load balancer "+g.id+" belongs to"))
	}
	rows, why, err := g.c.healthRows(ctx, loadBalancer, g.id)
	if err != nil || why != "" {
		return membership.Health{Unchecked: why}, err
	}
	groups, err := g.seen.associations(ctx, g.c, loadBalancer, associationAge)
	if err != nil {
		return membership.Health{}, err
	}
	// A group of forwarding rules may stand behind any listener.
	if own := g.in(groups); own != nil && own.Associated && own.Rules == 0 {
		rows = slices.DeleteFunc(rows, func(r healthRow) bool {
			return !own.claims(r.listener) &&
				slices.ContainsFunc(groups, func(v VServerGroup) bool { return v.claims(r.listener) })
		})
	}
	return g.seen.health(ctx, rows, g.List, func(ctx context.Context, age time.Duration) (bool, error) {
		groups, err := g.seen.associations(ctx, g.c, loadBalancer, age)
		own := g.in(groups)
		return err == nil && own != nil && own.Associated && len(own.Listeners) == 0 && own.Rules == 0, err
	})
}

// in is this group among those of its load balancer; nil where it is not
// listed, which may be a matter of time.
func (g *vserverGroup) in(groups []VServerGroup) *VServerGroup {
	if i := slices.IndexFunc(groups, func(v VServerGroup) bool { return v.ID == g.id }); i >= 0 {
		return &groups[i]
	}
	return nil
}

// health makes the rows that may be a group's into checks of its members. Where
// there are none, idle says whether that is because nothing checks them, by
// readings no older than a given age.
func (s *lately) health(
	ctx context.Context, rows []healthRow,
	list func(context.Context) ([]membership.Member, error), idle func(context.Context, time.Duration) (bool, error),
) (h membership.Health, err error) {
	if len(rows) > 0 {
		members, known := s.latestMembers()
		if !known {
			if members, err = list(ctx); err != nil {
				return h, err
			}
		}
		for _, r := range rows {
			h.Checks = append(h.Checks, r.checks(members)...)
		}
	}
	if len(h.Checks) > 0 {
		return h, nil
	}
	for _, age := range []time.Duration{associationAge, certainAge} {
		if nothing, err := idle(ctx, age); err != nil || !nothing {
			return h, err
		}
	}
	h.Unchecked = noListener
	return h, nil
}

// healthRow is what one listener says of one server.
type healthRow struct {
	listener  membership.Listener
	server    string
	port      int      // 0 where it is not told
	addresses []string // as ServerIp and as EniHost
	status    string
}

// checks are the checks that a row means: one, unless it does not tell which of
// a server's several members it is about. It speaks of a member by its server,
// and by port and address where both have one: the row of an instance may name
// an address, which is no part of its key, and a default group's member has no
// port.
func (r healthRow) checks(members []membership.Member) []membership.Check {
	var checks []membership.Check
	for _, m := range members {
		if m.Key.Server != r.server ||
			r.port != 0 && m.Key.Port != 0 && m.Key.Port != r.port ||
			len(r.addresses) > 0 && m.Key.Address != "" && !slices.Contains(r.addresses, m.Key.Address) {
			continue
		}
		checks = append(checks, membership.Check{Key: m.Key, Listener: r.listener, Verdict: verdict(r.status), Status: r.status})
	}
	return checks
}

// verdict is what a ServerHealthStatus means. "unavailable" is a check that is
// off or not completed; SLB does not tell which.
func verdict(status string) membership.Verdict {
	switch strings.ToLower(status) {
	case "normal":
		return membership.Healthy
	case "abnormal":
		return membership.Unhealthy
	default:
		return membership.Pending
	}
}

// healthRows reads the health of a load balancer's members, of all its groups.
// Where there is nothing to check them, why says so.
func (c *Client) healthRows(ctx context.Context, loadBalancer, group string) (rows []healthRow, why string, err error) {
	r := slb.CreateDescribeHealthStatusRequest()
	r.LoadBalancerId = loadBalancer
	err = c.rpc.Do(ctx, acs.Call{Request: r, Group: group, Accept: func(o acs.Object) error {
		// The answer does not name what was asked about.
		if _, ok := o.Get("BackendServers"); !ok {
			return errors.New("it lacks the BackendServers")
		}
		items, err := o.List("BackendServers", "BackendServer")
		if err != nil {
			return err
		}
		rows = make([]healthRow, len(items))
		for i, item := range items {
			if rows[i], err = decodeHealth(item); err != nil {
				return err
			}
		}
		return nil
	}})
	if e, ok := errors.AsType[*membership.Error](err); ok && e.Status == http.StatusNotFound {
		switch strings.ToLower(e.Code) {
		case "listenernotfound":
			return nil, noListener, nil
		case "checkedlistenernotfound":
			return nil, noCheck, nil
		}
	}
	return rows, "", err
}

func decodeHealth(o acs.Object) (r healthRow, err error) {
	r = healthRow{server: o.Text("ServerId"), status: o.Text("ServerHealthStatus")}
	r.listener.Protocol = strings.ToLower(o.Text("Protocol"))
	if r.server == "" {
		return r, errors.New("the health of a server has no ServerId")
	}
	for _, name := range []string{"ServerIp", "EniHost"} {
		if a := o.Text(name); a != "" {
			r.addresses = append(r.addresses, membership.NormalAddress(a))
		}
	}
	if r.port, err = o.Number("Port", 0); err == nil {
		r.listener.Port, err = o.Number("ListenerPort", 0)
	}
	if err != nil {
		return r, fmt.Errorf("the health of server %s: %w", r.server, err)
	}
	return r, nil
}
