package sgapi

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// group is a server group.
type group struct {
	c    *Client
	id   string
	seen lately
}

func (g *group) Name() string { return g.c.name + " server group " + g.id }

// Lock is the group: those of one load balancer are written at once, as the
// vendor's Kubernetes controller does.
func (g *group) Lock() string { return g.id }

func (g *group) Limits() membership.Limits { return g.c.limits }

// Times are those of a write whose job may take its time. How long listings lag
// behind jobs is not documented.
func (g *group) Times() membership.Times {
	return membership.Times{Write: 2 * time.Minute, Settle: 30 * time.Second}
}

// AtWork tells whether a job on the group is not over, whoever began it.
func (g *group) AtWork(ctx context.Context) (bool, error) {
	is, err := g.c.serverGroup(ctx, g.id)
	return strings.EqualFold(is.Status, "Configuring") || strings.EqualFold(is.Status, "Creating"), err
}

// List reads all members, 100 in a call: ListServerGroupServers,
// https://www.alibabacloud.com/help/en/slb/application-load-balancer/developer-reference/api-alb-2020-06-16-listservergroupservers,
// https://www.alibabacloud.com/help/en/slb/network-load-balancer/developer-reference/api-nlb-2022-04-30-listservergroupservers.
// Whether a group that does not exist is an error there is not documented, so that
// none is believed to have no members unless ListServerGroups has it.
func (g *group) List(ctx context.Context) ([]membership.Member, error) {
	var members []membership.Member
	type entry struct {
		key   membership.Key
		phase membership.Phase
	}
	seen := map[entry]bool{} // one that comes while pages are read may be in two
	listing := g.seen.begin()
	err := g.c.servers(ctx, g.id, form{"ServerGroupId": g.id}, func(m membership.Member, of string) error {
		if of != "" && of != g.id {
			return fmt.Errorf("it has servers of the group %q", apikit.Word(of))
		}
		if e := (entry{m.Key, m.Phase}); !seen[e] {
			seen[e] = true
			members = append(members, m)
		}
		return nil
	})
	if err == nil && len(members) == 0 {
		_, err = g.c.serverGroup(ctx, g.id)
	}
	if err != nil {
		return nil, err
	}
	g.seen.keep(listing, members)
	return members, nil
}

// servers reads listed servers with the ids of their groups.
func (c *Client) servers(ctx context.Context, concerns string, params form, take func(m membership.Member, group string) error) error {
	return c.pages(ctx, "ListServerGroupServers", concerns, pageSize, params, func(o acs.Object) error {
		items, err := entries(o, "Servers")
		for _, item := range items {
			m, of, err := decodeMember(item)
			if err == nil {
				err = take(m, of)
			}
			if err != nil {
				return err
			}
		}
		return err
	})
}

// Add puts servers in: AddServersToServerGroup,
// https://www.alibabacloud.com/help/en/slb/application-load-balancer/developer-reference/api-alb-2020-06-16-addserverstoservergroup,
// https://www.alibabacloud.com/help/en/slb/api-addserverstoservergroup-nlb.
func (g *group) Add(ctx context.Context, members []membership.Member) error {
	return g.write(ctx, "AddServersToServerGroup", membership.LogNames(members), len(members), g.c.limits.Batch, added(members))
}

// Update changes weights and descriptions: UpdateServerGroupServersAttribute,
// https://www.alibabacloud.com/help/en/slb/application-load-balancer/developer-reference/api-alb-2020-06-16-updateservergroupserversattribute,
// https://www.alibabacloud.com/help/en/slb/network-load-balancer/developer-reference/api-nlb-2022-04-30-updateservergroupserversattribute.
func (g *group) Update(ctx context.Context, changes []membership.Change) error {
	const action = "UpdateServerGroupServersAttribute"
	params, err := changed(changes)
	if err != nil {
		return refused(action, err)
	}
	return g.write(ctx, action, membership.LogNamesAfter(changes), len(changes), g.c.limits.Update, params)
}

// Remove takes servers out: RemoveServersFromServerGroup,
// https://www.alibabacloud.com/help/en/slb/application-load-balancer/developer-reference/api-alb-2020-06-16-removeserversfromservergroup,
// https://www.alibabacloud.com/help/en/slb/api-removeserversfromservergroup-nlb.
// On NLB one that is not in the group is an error (class MemberNotFound), and none
// of the call is taken out.
func (g *group) Remove(ctx context.Context, members []membership.Member) error {
	return g.write(ctx, actionRemove, membership.LogNames(members), len(members), g.c.limits.Batch, removed(members))
}

const actionRemove = "RemoveServersFromServerGroup"

// write makes a call that changes something, and waits for its job; nothing to
// change makes no call. Its token is new: the vendor answers one that it has seen
// with the outcome of then, and the engine looks before it repeats a write.
func (g *group) write(ctx context.Context, action string, names []string, n, most int, params form) error {
	switch {
	case n == 0:
		return nil
	case n > most:
		return refused(action, fmt.Errorf("%d servers in one call, at most %d are allowed", n, most))
	}
	params["ServerGroupId"], params["ClientToken"] = g.id, rand.Text()
	call := g.c.call(action, g.id, params)
	call.Write, call.Members = true, names
	var job, requestID string
	call.Accept = func(o acs.Object) error {
		job, requestID = o.Text("JobId"), apikit.Word(o.Text("RequestId"))
		if of := o.Text("ServerGroupId"); of != "" && of != g.id {
			return fmt.Errorf("it is about the group %q", apikit.Word(of))
		}
		if job == "" && requestID == "" {
			return errors.New("it lacks the JobId")
		}
		return nil
	}
	defer g.seen.forget()
	if err := g.c.rpc.Do(ctx, call); err != nil || job == "" {
		return err
	}
	return g.c.await(ctx, action, g.id, apikit.Word(job), requestID)
}

// refused is the error of a call that was not made because it cannot succeed.
func refused(action string, err error) error {
	return &membership.Error{Class: membership.Refused, Action: action, Err: err}
}
