package slbapi

import (
	"context"
	"fmt"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// backendServers is the default server group of a load balancer.
type backendServers struct {
	c  *Client
	id string // of the load balancer
	// What the latest readings told, for Health.
	seen lately
}

func (g *backendServers) Name() string { return "SLB default server group of " + g.id }

// Lock is the load balancer.
func (g *backendServers) Lock() string { return g.id }

func (g *backendServers) Limits() membership.Limits { return membership.Limits{Batch: g.c.batch} }

// List reads all members in one call: SLB API DescribeLoadBalancerAttribute,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-describeloadbalancerattribute.
func (g *backendServers) List(ctx context.Context) ([]membership.Member, error) {
	r := slb.CreateDescribeLoadBalancerAttributeRequest()
	r.LoadBalancerId = g.id
	var members []membership.Member
	listing := g.seen.listing()
	err := g.c.rpc.Do(ctx, acs.Call{Request: r, Group: g.id, Accept: func(o acs.Object) (err error) {
		if err = echoed(o, "LoadBalancerId", g.id); err == nil {
			members, err = decodeMembers(o, false)
		}
		if err == nil {
			g.seen.keepMembers(listing, members)
			g.seen.keepListeners(listenersOf(o))
		}
		return err
	}})
	return members, err
}

// Add puts servers in, which must be running: SLB API AddBackendServers,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-addbackendservers.
func (g *backendServers) Add(ctx context.Context, members []membership.Member) error {
	r := slb.CreateAddBackendServersRequest()
	items, err := addItems(withoutPorts(members))
	if err != nil {
		return refused(r.GetActionName(), err)
	}
	r.LoadBalancerId, r.BackendServers = g.id, items
	defer g.seen.forgetMembers()
	return g.c.write(ctx, len(members), acs.Call{Request: r, Group: g.id, Members: membership.LogNames(members), Accept: written("LoadBalancerId", g.id)})
}

// Update changes weights and descriptions: SLB API SetBackendServers,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-setbackendservers.
func (g *backendServers) Update(ctx context.Context, changes []membership.Change) error {
	r := slb.CreateSetBackendServersRequest()
	changes = append([]membership.Change(nil), changes...)
	for i := range changes {
		changes[i].Member.Key.Port = 0
	}
	items, err := changeItems(changes)
	if err != nil {
		return refused(r.GetActionName(), err)
	}
	r.LoadBalancerId, r.BackendServers = g.id, items
	return g.c.write(ctx, len(changes), acs.Call{Request: r, Group: g.id, Members: membership.LogNamesAfter(changes), Accept: written("LoadBalancerId", g.id)})
}

// Remove takes servers out; the vendor ignores those that are not in: SLB API
// RemoveBackendServers,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-removebackendservers.
func (g *backendServers) Remove(ctx context.Context, members []membership.Member) error {
	r := slb.CreateRemoveBackendServersRequest()
	items, err := removeItems(withoutPorts(members))
	if err != nil {
		return refused(r.GetActionName(), err)
	}
	r.LoadBalancerId, r.BackendServers = g.id, items
	return g.c.write(ctx, len(members), acs.Call{Request: r, Group: g.id, Members: membership.LogNames(members), Accept: written("LoadBalancerId", g.id)})
}

// withoutPorts are the members as the default group knows them: a server's
// port there is the listener's.
func withoutPorts(members []membership.Member) []membership.Member {
	out := append([]membership.Member(nil), members...)
	for i := range out {
		out[i].Key.Port = 0
	}
	return out
}

// write makes a call that changes n servers; nothing to change makes no call.
func (c *Client) write(ctx context.Context, n int, call acs.Call) error {
	call.Write = true
	if n == 0 {
		return nil
	}
	if n > c.batch {
		return refused(call.Request.GetActionName(), fmt.Errorf("%d servers in one call, at most %d are allowed", n, c.batch))
	}
	return c.rpc.Do(ctx, call)
}

// refused is the error of a call that was not made because it cannot succeed.
func refused(action string, err error) error {
	return &membership.Error{Class: membership.Refused, Action: action, Err: err}
}
