package elbapi

import (
	"context"
	"errors"

	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Update changes members in place: one by UpdateMember,
// https://support.huaweicloud.com/intl/en-us/api-elb/UpdateMember.html, more by
// BatchUpdateMembers, Only
// what a change names is sent, a weight of 0 and an empty name included; a
// change of nothing is not sent, because the vendor refuses it. A member
// without an id is class Refused: there is no other way to name it.
//
// BatchUpdateMembers reports no outcome for each member; one that the answer
// does not mention is Unknown. A change of port after which the answer still
// shows the port from before is Refused: a pool that forwards to any port may
// ignore it. What else the change names may be in effect.
func (p *pool) Update(ctx context.Context, changes []membership.Change) error {
	refused := make(membership.ItemErrors, len(changes))
	var todo []membership.Change
	for i, c := range changes {
		refused[i] = named(apigw.CheckID("member", c.Member.ID), "UpdateMember")
		if refused[i] == nil {
			refused[i] = checkValues("UpdateMember", c.Weight, c.Port)
		}
		if !c.Empty() {
			todo = append(todo, c)
		}
	}
	if err := p.precheck("BatchUpdateMembers", refused); err != nil || len(todo) == 0 {
		return err
	}
	err := p.write(ctx, len(todo),
		func(ctx context.Context) error { return p.updateOne(ctx, todo[0]) },
		func(ctx context.Context) error { return p.updateBatch(ctx, todo) })
	errs, ok := errors.AsType[membership.ItemErrors](err)
	if !ok || len(todo) == len(changes) {
		return err
	}
	all := make(membership.ItemErrors, 0, len(changes))
	for _, c := range changes {
		if c.Empty() {
			all = append(all, nil)
			continue
		}
		all, errs = append(all, errs[0]), errs[1:]
	}
	return all
}

func (p *pool) updateOne(ctx context.Context, c membership.Change) error {
	req := &model.UpdateMemberRequest{PoolId: p.id, MemberId: c.Member.ID, Body: &model.UpdateMemberRequestBody{
		Member: &model.UpdateMemberOption{
			Weight: narrow(c.Weight), Name: c.Name, ProtocolPort: narrow(c.Port), AvailabilityZone: c.Zone,
		},
	}}
	op := operation{action: "UpdateMember", write: true, pool: p.id, members: []string{c.Member.ID}, names: membership.LogNamesAfter([]membership.Change{c})}
	r, err := run(ctx, p.client, op, func(sdk *elb.ElbClient) (*model.UpdateMemberResponse, error) {
		r, err := sdk.UpdateMember(req)
		if err == nil && (r.Member == nil || r.Member.Id == "") {
			err = apigw.Incomplete("member")
		}
		return r, err
	})
	if err != nil {
		return err
	}
	return portKept(op.action, r.HttpStatusCode, value(r.RequestId), c, int(r.Member.ProtocolPort))
}

// portKept is the error of a change of port that the answer shows to be without
// effect; nil where it is not. A third port than the old and the new one says
// nothing: the answer may lack it.
func portKept(action string, status int, requestID string, c membership.Change, answered int) error {
	if c.Port == nil || *c.Port == answered || answered != c.Member.Key.Port {
		return nil
	}
	return portIgnored(action, status, requestID, *c.Port, answered, "member "+c.Member.ID+" keeps the port that it had")
}

func (p *pool) updateBatch(ctx context.Context, changes []membership.Change) error {
	options := make([]model.BatchUpdateMembersOption, len(changes))
	ids := make([]string, len(changes))
	for i, c := range changes {
		ids[i] = c.Member.ID
		options[i] = model.BatchUpdateMembersOption{
			Id: c.Member.ID, Weight: narrow(c.Weight), Name: c.Name, ProtocolPort: narrow(c.Port), AvailabilityZone: c.Zone,
		}
	}
	req := &model.BatchUpdateMembersRequest{PoolId: p.id, Body: &model.BatchUpdateMembersRequestBody{Members: options}}
	op := operation{action: "BatchUpdateMembers", write: true, pool: p.id, members: ids, names: membership.LogNamesAfter(changes)}
	r, err := run(ctx, p.client, op, func(sdk *elb.ElbClient) (*model.BatchUpdateMembersResponse, error) {
		r, err := sdk.BatchUpdateMembers(req)
		if err == nil && r.Members == nil {
			err = apigw.Incomplete("list of members")
		}
		return r, err
	})
	if err != nil {
		return err
	}
	ports := map[string]int{}
	for _, m := range *r.Members {
		ports[m.Id] = int(m.ProtocolPort)
	}
	errs := make(membership.ItemErrors, len(changes))
	for i, id := range ids {
		port, mentioned := ports[id]
		if mentioned {
			errs[i] = portKept(op.action, r.HttpStatusCode, value(r.RequestId), changes[i], port)
			continue
		}
		errs[i] = &membership.Error{Class: membership.Unknown, Action: op.action, RequestID: value(r.RequestId),
			Message: "the answer does not mention member " + id}
	}
	return anyOf(errs)
}
