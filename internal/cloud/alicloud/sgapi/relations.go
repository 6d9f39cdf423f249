package sgapi

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// How old a reading of what sends to a group may be: to read its health, and to say
// that nothing checks it, which ends a wait and so must not be yesterday's news.
const (
	relationAge = 60 * time.Second
	certainAge  = 5 * time.Second
)

// Why nothing checks the members of a group.
const (
	noListener = "no listener and no forwarding rule sends to it"
	noCheck    = "its health check is off"
)

// idsInCall is how many ids a filter of a listing takes.
const idsInCall = 20

// relations are a group with the listeners that send to it, directly or by rules.
type relations struct {
	group     ServerGroup
	listeners []string
}

// unchecked says why nothing checks the group; "" where something does.
func (r relations) unchecked() string {
	switch {
	case r.group.Unchecked:
		return noCheck
	case len(r.listeners) == 0:
		return noListener
	}
	return ""
}

// relations reads what sends to the group, or shares a reading no older than age.
func (g *group) relations(ctx context.Context, age time.Duration) (relations, error) {
	r, err := g.seen.relations.Get(ctx, age, func(ctx context.Context, _ func(error)) (r relations, err error) {
		if r.group, err = g.c.serverGroup(ctx, g.id); err != nil || r.group.Unchecked {
			return r, err
		}
		r.listeners, err = g.c.listeners(ctx, r.group)
		return r, err
	})
	if err != nil {
		return relations{}, &membership.Error{Class: membership.Transient, Action: "ListServerGroups", Err: err}
	}
	return r.Value, r.Err
}

// listeners are the ids of the listeners that send to a group. ALB tells those of a
// group, and its rules, to whom asks, and not always: then, as on NLB, the listeners
// of its load balancers do.
func (c *Client) listeners(ctx context.Context, g ServerGroup) ([]string, error) {
	found := map[string]bool{}
	told := c.rules && g.Related && len(g.Listeners)+len(g.Rules) > 0
	if told {
		for _, id := range g.Listeners {
			found[id] = true
		}
		for ids := range slices.Chunk(g.Rules, idsInCall) {
			if err := c.ofRules(ctx, g.ID, form{}.list("RuleIds", ids...), found); err != nil {
				return nil, err
			}
		}
		return slices.Sorted(maps.Keys(found)), nil
	}
	for ids := range slices.Chunk(g.LoadBalancers, idsInCall) {
		balancers := form{}.list("LoadBalancerIds", ids...)
		err := c.pages(ctx, "ListListeners", g.ID, pageSize, balancers, func(o acs.Object) error {
			return c.sending(o, "Listeners", "DefaultActions", g.ID, found)
		})
		if err == nil && c.rules {
			err = c.ofRules(ctx, g.ID, balancers, found)
		}
		if err != nil {
			return nil, err
		}
	}
	return slices.Sorted(maps.Keys(found)), nil
}

// ofRules finds the listeners whose rules send to a group.
func (c *Client) ofRules(ctx context.Context, group string, params form, found map[string]bool) error {
	return c.pages(ctx, "ListRules", group, pageSize, params, func(o acs.Object) error {
		return c.sending(o, "Rules", "RuleActions", group, found)
	})
}

// sending finds the listeners among listed listeners, or rules, whose actions send
// to a group.
func (c *Client) sending(o acs.Object, list, actions, group string, found map[string]bool) error {
	items, err := entries(o, list)
	for _, item := range items {
		id := item.Text("ListenerId")
		if id == "" {
			continue
		}
		if c.groupOfListener {
			found[id] = found[id] || item.Text("ServerGroupId") == group
			continue
		}
		forwards, _ := item.List(actions, actions)
		for _, a := range forwards {
			config, _ := a.Object("ForwardGroupConfig")
			tuples, _ := config.List("ServerGroupTuples", "ServerGroupTuples")
			for _, t := range tuples {
				found[id] = found[id] || t.Text("ServerGroupId") == group
			}
		}
	}
	maps.DeleteFunc(found, func(_ string, sends bool) bool { return !sends })
	return err
}
