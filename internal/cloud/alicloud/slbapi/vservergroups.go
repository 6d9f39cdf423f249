package slbapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// VServerGroup is a vserver group as its load balancer lists it.
type VServerGroup struct {
	ID          string
	Name        string
	ServerCount int // members
	// Listeners forward to the group; their protocols are in small letters.
	Listeners []membership.Listener
	// Rules is the number of forwarding rules that send to the group.
	Rules int
	// Associated tells whether the vendor said what forwards to the group.
	// Where it did not, or only in part, the absence of listeners and rules
	// means nothing.
	Associated bool
}

// VServerGroups are the vserver groups of a load balancer, all in one call and
// in the vendor's order: SLB API DescribeVServerGroups,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-describevservergroups.
// The call is made once, without retries; its error is a [*membership.Error],
// of class NotFound where there is no such load balancer.
func (c *Client) VServerGroups(ctx context.Context, loadBalancer string) ([]VServerGroup, error) {
	r := slb.CreateDescribeVServerGroupsRequest()
	r.LoadBalancerId = loadBalancer
	r.IncludeListener, r.IncludeRule = requests.NewBoolean(true), requests.NewBoolean(true)
	var groups []VServerGroup
	err := c.rpc.Do(ctx, acs.Call{Request: r, Group: loadBalancer, Accept: func(o acs.Object) error {
		// The answer does not name what was asked about.
		if _, ok := o.Get("VServerGroups"); !ok {
			return errors.New("it lacks the VServerGroups")
		}
		items, err := o.List("VServerGroups", "VServerGroup")
		if err != nil {
			return err
		}
		groups = make([]VServerGroup, len(items))
		for i, item := range items {
			if groups[i], err = decodeVServerGroup(item); err != nil {
				return err
			}
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	return groups, nil
}

func decodeVServerGroup(o acs.Object) (g VServerGroup, err error) {
	g = VServerGroup{ID: o.Text("VServerGroupId"), Name: o.Text("VServerGroupName")}
	if g.ID == "" {
		return g, errors.New("a vserver group has no VServerGroupId")
	}
	if g.ServerCount, err = o.Number("ServerCount", 0); err != nil {
		return g, fmt.Errorf("vserver group %s: %w", g.ID, err)
	}
	// What is not as documented here counts as not told: it is of use, but
	// nothing fails for want of it.
	if objects, err := o.Object("AssociatedObjects"); err == nil {
		var rules []acs.Object
		var told bool
		g.Listeners, g.Associated = decodeListeners(objects, "Listeners", "Listener", "Port", "Protocol")
		rules, told = objects.Told("Rules", "Rule")
		g.Rules, g.Associated = len(rules), g.Associated && told
	}
	return g, nil
}

// claims tells whether a listener is among those of the group.
func (g VServerGroup) claims(l membership.Listener) bool {
	return slices.ContainsFunc(g.Listeners, func(own membership.Listener) bool {
		return own.Port == l.Port && (own.Protocol == l.Protocol || own.Protocol == "" || l.Protocol == "")
	})
}

// listenersOf are a load balancer's listeners in an answer of
// DescribeLoadBalancerAttribute, which spells them in two ways. told is false
// where the answer does not say, or cannot be read.
func listenersOf(o acs.Object) (listeners []membership.Listener, told bool) {
	for _, name := range []struct{ outer, inner, protocol string }{
		{"ListenerPortsAndProtocol", "ListenerPortAndProtocol", "ListenerProtocol"},
		{"ListenerPortsAndProtocal", "ListenerPortAndProtocal", "ListenerProtocal"},
	} {
		if v, ok := o.Get(name.outer); ok && string(v) != "null" {
			return decodeListeners(o, name.outer, name.inner, "ListenerPort", name.protocol)
		}
	}
	return nil, false
}

// decodeListeners reads a list of listeners whose fields have the given names.
func decodeListeners(o acs.Object, outer, inner, port, protocol string) (listeners []membership.Listener, told bool) {
	items, told := o.Told(outer, inner)
	for _, item := range items {
		n, err := item.Number(port, 0)
		if err != nil || n == 0 {
			return nil, false
		}
		listeners = append(listeners, membership.Listener{Port: n, Protocol: strings.ToLower(item.Text(protocol))})
	}
	return listeners, told
}
