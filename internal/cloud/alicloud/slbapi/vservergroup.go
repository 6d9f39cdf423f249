package slbapi

import (
	"context"
	"errors"
	"sync"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// vserverGroup is a vserver group.
type vserverGroup struct {
	c  *Client
	id string
}

func (g vserverGroup) Name() string { return "SLB vserver group " + g.id }

func (g vserverGroup) Limits() membership.Limits { return membership.Limits{Batch: g.c.batch} }

// Lock is the load balancer that the group belongs to. It is learnt from the
// first reading of the group by anyone; while one caller reads, others wait
// for what it learns.
func (g vserverGroup) Lock(ctx context.Context) (string, error) {
	o := g.c.owners.of(g.id)
	if id := o.loadBalancer(); id != "" {
		return id, nil
	}
	const action = "DescribeVServerGroupAttribute"
	select {
	case o.turn <- struct{}{}:
		defer func() { <-o.turn }()
	case <-ctx.Done():
		return "", &membership.Error{Class: membership.Transient, Action: action, Err: ctx.Err()}
	}
	if id := o.loadBalancer(); id != "" {
		return id, nil
	}
	if _, err := g.List(ctx); err != nil {
		return "", err
	}
	id := o.loadBalancer()
	if id == "" {
		return "", &membership.Error{Class: membership.Transient, Action: action,
			Err: errors.New("unusable answer: it does not say which load balancer the group belongs to")}
	}
	return id, nil
}

// List reads all members in one call: SLB API DescribeVServerGroupAttribute,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-describevservergroupattribute.
func (g vserverGroup) List(ctx context.Context) ([]membership.Member, error) {
	r := slb.CreateDescribeVServerGroupAttributeRequest()
	r.VServerGroupId = g.id
	var members []membership.Member
	err := g.c.do(ctx, operation{request: r, group: g.id, accept: func(o object) (err error) {
		if err = echoed(o, "VServerGroupId", g.id); err != nil {
			return err
		}
		if members, err = decodeMembers(o, true); err != nil {
			return err
		}
		if id := o.text("LoadBalancerId"); id != "" {
			g.c.owners.of(g.id).learn(id)
		}
		return nil
	}})
	return members, err
}

// Add puts servers in: SLB API AddVServerGroupBackendServers,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-addvservergroupbackendservers.
func (g vserverGroup) Add(ctx context.Context, members []membership.Member) error {
	r := slb.CreateAddVServerGroupBackendServersRequest()
	r.VServerGroupId, r.BackendServers = g.id, addItems(members)
	return g.c.write(ctx, operation{request: r, group: g.id, size: len(members), accept: written("VServerGroupId", g.id)})
}

// Update changes weights and descriptions, and leaves the group's name alone:
// SLB API SetVServerGroupAttribute,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-setvservergroupattribute.
func (g vserverGroup) Update(ctx context.Context, changes []membership.Change) error {
	r := slb.CreateSetVServerGroupAttributeRequest()
	items, err := changeItems(changes)
	if err != nil {
		return refused(r.GetActionName(), err)
	}
	r.VServerGroupId, r.BackendServers = g.id, items
	return g.c.write(ctx, operation{request: r, group: g.id, size: len(changes), accept: written("VServerGroupId", g.id)})
}

// Remove takes servers out; the vendor ignores those that are not in: SLB API
// RemoveVServerGroupBackendServers,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-removevservergroupbackendservers.
func (g vserverGroup) Remove(ctx context.Context, members []membership.Member) error {
	r := slb.CreateRemoveVServerGroupBackendServersRequest()
	r.VServerGroupId, r.BackendServers = g.id, removeItems(members)
	return g.c.write(ctx, operation{request: r, group: g.id, size: len(members), accept: written("VServerGroupId", g.id)})
}

// owners remembers which load balancer each vserver group belongs to. A group
// never moves to another.
type owners struct {
	mu     sync.Mutex
	groups map[string]*owner
}

type owner struct {
	turn chan struct{} // held by the one that reads

	mu sync.Mutex
	id string
}

func (o *owners) of(group string) *owner {
	o.mu.Lock()
	defer o.mu.Unlock()
	w, ok := o.groups[group]
	if !ok {
		if o.groups == nil {
			o.groups = map[string]*owner{}
		}
		w = &owner{turn: make(chan struct{}, 1)}
		o.groups[group] = w
	}
	return w
}

func (w *owner) loadBalancer() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.id
}

func (w *owner) learn(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.id = id
}
