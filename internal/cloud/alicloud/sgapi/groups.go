package sgapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// ServerGroup is what there is to know of a group apart from its members.
type ServerGroup struct {
	ID, Name string
	// Type is the kind of its servers: Instance (ecs, eni, eci), Ip or, on ALB, Fc.
	Type                     string
	Protocol, Scheduler, VPC string
	// Status is Creating, Available or Configuring.
	Status string
	// Servers is how many members the group has; -1 where that is not told.
	Servers       int
	LoadBalancers []string
	// Listeners and Rules are those that send to the group (ALB). Related tells
	// whether the vendor said so: where it did not, their absence means nothing.
	Listeners, Rules []string
	Related          bool
	// Unchecked: its health check is off. CheckEvery is how often it is made; 0
	// where that is not told.
	Unchecked  bool
	CheckEvery time.Duration
	// Drains: a server that is taken out ends what it has begun, for DrainTime at
	// most.
	Drains    bool
	DrainTime time.Duration
	// AnyPort: its members have no ports (NLB).
	AnyPort bool
}

// Filter picks groups; an empty field picks all.
type Filter struct {
	VPC          string
	LoadBalancer string
	id           string
}

// Groups reads the groups that a filter picks, in the vendor's order, 100 in a
// call: ListServerGroups,
// https://www.alibabacloud.com/help/en/slb/application-load-balancer/developer-reference/api-alb-2020-06-16-listservergroups,
// https://www.alibabacloud.com/help/en/slb/network-load-balancer/developer-reference/api-nlb-2022-04-30-listservergroups.
// None is no error, whatever the filter names. The calls are made once, without
// retries; the error is a [*membership.Error].
func (c *Client) Groups(ctx context.Context, f Filter) ([]ServerGroup, error) {
	params := form{}
	if f.VPC != "" {
		params["VpcId"] = f.VPC
	}
	if f.id != "" {
		params.list("ServerGroupIds", f.id)
	}
	if c.rules {
		params["ShowRelationEnabled"] = "true" // without it the vendor leaves the relations out
	}
	groups := []ServerGroup{}
	err := c.pages(ctx, "ListServerGroups", f.id, pageSize, params, func(o acs.Object) error {
		items, err := entries(o, "ServerGroups")
		for _, item := range items {
			g, err := c.decodeGroup(item)
			if err != nil {
				return err
			}
			if f.LoadBalancer == "" || slices.Contains(g.LoadBalancers, f.LoadBalancer) {
				groups = append(groups, g)
			}
		}
		return err
	})
	return groups, err
}

// serverGroup is one group; one that does not exist is class NotFound.
func (c *Client) serverGroup(ctx context.Context, id string) (ServerGroup, error) {
	groups, err := c.Groups(ctx, Filter{id: id})
	if err != nil {
		return ServerGroup{}, err
	}
	if i := slices.IndexFunc(groups, func(g ServerGroup) bool { return g.ID == id }); i >= 0 {
		return groups[i], nil
	}
	return ServerGroup{}, &membership.Error{Class: membership.NotFound, Action: "ListServerGroups",
		Message: "server group " + id + " is not among the groups of the region"}
}

func (c *Client) decodeGroup(o acs.Object) (g ServerGroup, err error) {
	g = ServerGroup{
		ID: o.Text("ServerGroupId"), Name: o.Text("ServerGroupName"), Type: o.Text("ServerGroupType"),
		Protocol: o.Text("Protocol"), Scheduler: o.Text("Scheduler"), VPC: o.Text("VpcId"), Status: o.Text("ServerGroupStatus"),
		AnyPort: o.Flag("AnyPortEnabled").True(),
	}
	if g.ID == "" {
		return g, errors.New("a server group has no ServerGroupId")
	}
	if g.Servers, err = o.Number("ServerCount", -1); err != nil {
		return g, fmt.Errorf("server group %s: %w", g.ID, err)
	}
	g.LoadBalancers, _ = o.Texts("RelatedLoadBalancerIds")
	var rules bool
	g.Listeners, g.Related = o.Texts("RelatedListenerIds")
	g.Rules, rules = o.Texts("RelatedRuleIds")
	g.Related = g.Related && rules
	// What is not as documented in the following counts as not told.
	if check, err := o.Object(c.check); err == nil && check != nil {
		g.Unchecked = check.Flag("HealthCheckEnabled").False()
		g.CheckEvery = seconds(check, "HealthCheckInterval")
	}
	drain := o // NLB has it in the group itself
	if config, err := o.Object("ConnectionDrainConfig"); err == nil && config != nil {
		drain = config
	}
	g.Drains, g.DrainTime = drain.Flag("ConnectionDrainEnabled").True(), seconds(drain, "ConnectionDrainTimeout")
	return g, nil
}

// seconds is a time that is told in seconds; 0 where it is not.
func seconds(o acs.Object, name string) time.Duration {
	n, _ := o.Number(name, 0)
	return time.Duration(n) * time.Second
}

// Membership is a member with the id of its group.
type Membership struct {
	Group  string
	Member membership.Member
}

// GroupsOf are the memberships of a server in all groups of the region, by one
// listing: its id, or its address where it is a member of type ip. Those that
// leave their group are among them. The calls are made once, without retries.
func (c *Client) GroupsOf(ctx context.Context, serverID string) ([]Membership, error) {
	all, id := []Membership{}, membership.NormalAddress(serverID) // which another id is too
	err := c.servers(ctx, id, form{}.list("ServerIds", id), func(m membership.Member, of string) error {
		if of == "" {
			return errors.New("a server has no ServerGroupId")
		}
		if m.Key.Server == id || m.Key.Server == "" && m.Key.Address == id {
			all = append(all, Membership{of, m})
		}
		return nil
	})
	return all, err
}
