package slbapi

import (
	"context"
	"sync/atomic"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// vserverGroup is a vserver group.
type vserverGroup struct {
	c     *Client
	id    string
	owner atomic.Pointer[string] // the load balancer, once a List has learnt it
	// What the latest readings told, for Health.
	seen lately
}

func (g *vserverGroup) Name() string { return "SLB vserver group " + g.id }

func (g *vserverGroup) Limits() membership.Limits { return membership.Limits{Batch: g.c.batch} }

// Lock is the load balancer that the group belongs to, once a List has learnt
// it. A group never moves to another.
func (g *vserverGroup) Lock() string {
	if id := g.owner.Load(); id != nil {
		return *id
	}
	return ""
}

// List reads all members in one call: SLB API DescribeVServerGroupAttribute,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-describevservergroupattribute.
func (g *vserverGroup) List(ctx context.Context) ([]membership.Member, error) {
	r := slb.CreateDescribeVServerGroupAttributeRequest()
	r.VServerGroupId = g.id
	var members []membership.Member
	listing := g.seen.listing()
	err := g.c.rpc.Do(ctx, acs.Call{Request: r, Group: g.id, Accept: func(o acs.Object) (err error) {
		if err = echoed(o, "VServerGroupId", g.id); err != nil {
			return err
		}
		if members, err = decodeMembers(o, true); err != nil {
			return err
		}
		if id := o.Text("LoadBalancerId"); id != "" {
			g.owner.Store(&id)
		}
		g.seen.keepMembers(listing, members)
		return nil
	}})
	return members, err
}

// Add puts servers in: SLB API AddVServerGroupBackendServers,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-addvservergroupbackendservers.
func (g *vserverGroup) Add(ctx context.Context, members []membership.Member) error {
	r := slb.CreateAddVServerGroupBackendServersRequest()
	items, err := addItems(members)
	if err != nil {
		return refused(r.GetActionName(), err)
	}
	r.VServerGroupId, r.BackendServers = g.id, items
	defer g.seen.forgetMembers()
	return g.c.write(ctx, len(members), acs.Call{Request: r, Group: g.id, Members: membership.LogNames(members), Accept: written("VServerGroupId", g.id)})
}

// Update changes weights and descriptions, and leaves the group's name alone:
// SLB API SetVServerGroupAttribute,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-setvservergroupattribute.
func (g *vserverGroup) Update(ctx context.Context, changes []membership.Change) error {
	r := slb.CreateSetVServerGroupAttributeRequest()
	items, err := changeItems(changes)
	if err != nil {
		return refused(r.GetActionName(), err)
	}
	r.VServerGroupId, r.BackendServers = g.id, items
	return g.c.write(ctx, len(changes), acs.Call{Request: r, Group: g.id, Members: membership.LogNamesAfter(changes), Accept: written("VServerGroupId", g.id)})
}

// Remove takes servers out; the vendor ignores those that are not in: SLB API
// RemoveVServerGroupBackendServers,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-removevservergroupbackendservers.
func (g *vserverGroup) Remove(ctx context.Context, members []membership.Member) error {
	r := slb.CreateRemoveVServerGroupBackendServersRequest()
	items, err := removeItems(members)
	if err != nil {
		return refused(r.GetActionName(), err)
	}
	r.VServerGroupId, r.BackendServers = g.id, items
	return g.c.write(ctx, len(members), acs.Call{Request: r, Group: g.id, Members: membership.LogNames(members), Accept: written("VServerGroupId", g.id)})
}
