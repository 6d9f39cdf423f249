package elbapi

import (
	"context"
	"fmt"

	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Remove takes members out: one by DeleteMember,
// https://support.huaweicloud.com/intl/en-us/api-elb/DeleteMember.html, more by
// BatchDeleteMembers.
// Connections that a member has are kept or cut as the pool's connection drain
// says. A member is named by its id alone; one without an id, from a state
// that never learnt it, by address and port, which BatchDeleteMembers takes.
//
// BatchDeleteMembers answers for each member, and its "not found" is success;
// DeleteMember's is class MemberNotFound. The refusal of a pool with deletion
// protection is Refused.
func (p *pool) Remove(ctx context.Context, members []membership.Member) error {
	refused := make(membership.ItemErrors, len(members))
	for i, m := range members {
		switch {
		case m.ID != "":
			refused[i] = named(apigw.CheckID("member", m.ID), "DeleteMember")
		case m.Key.Address == "":
			refused[i] = &membership.Error{Class: membership.Refused, Action: "DeleteMember", Message: "a member with neither an id nor an address"}
		default:
			refused[i] = checkValues("DeleteMember", nil, &m.Key.Port)
		}
	}
	if err := p.precheck("BatchDeleteMembers", refused); err != nil || len(members) == 0 {
		return err
	}
	batch := func(ctx context.Context) error { return p.removeBatch(ctx, members) }
	one := func(ctx context.Context) error { return p.removeOne(ctx, members[0]) }
	if len(members) == 1 && members[0].ID == "" && !p.client.noBatch.Load() {
		if err := batch(ctx); !p.withoutBatch(err) {
			return single(err)
		}
	}
	return p.write(ctx, len(members), one, batch)
}

func (p *pool) removeOne(ctx context.Context, m membership.Member) error {
	if m.ID == "" { // without batch calls an id is needed, so look for it
		present, err := p.List(ctx)
		if err != nil {
			return err
		}
		key := membership.Key{Address: membership.NormalAddress(m.Key.Address), Port: m.Key.Port}
		for _, there := range present {
			if there.Key == key {
				m.ID = there.ID
			}
		}
		if m.ID == "" {
			return nil
		}
	}
	req := &model.DeleteMemberRequest{PoolId: p.id, MemberId: m.ID}
	op := operation{action: "DeleteMember", write: true, pool: p.id, members: []string{m.ID}, names: membership.LogNames([]membership.Member{m})}
	_, err := run(ctx, p.client, op, func(sdk *elb.ElbClient) (*model.DeleteMemberResponse, error) {
		r, err := sdk.DeleteMember(req)
		if err == nil && r.HttpStatusCode != 204 {
			err = fmt.Errorf("HTTP %d where 204 was expected", r.HttpStatusCode)
		}
		return r, err
	})
	return err
}

func (p *pool) removeBatch(ctx context.Context, members []membership.Member) error {
	options := make([]model.BatchDeleteMembersOption, len(members))
	var ids []string
	for i, m := range members {
		if m.ID != "" {
			options[i].Id = &m.ID // and nothing beside it: the vendor refuses that
			ids = append(ids, m.ID)
			continue
		}
		options[i].Address, options[i].ProtocolPort = &m.Key.Address, narrow(&m.Key.Port)
	}
	req := &model.BatchDeleteMembersRequest{PoolId: p.id, Body: &model.BatchDeleteMembersRequestBody{Members: options}}
	op := operation{action: "BatchDeleteMembers", write: true, pool: p.id, members: ids, names: membership.LogNames(members)}
	r, err := runBatch(ctx, p.client, op, req, elb.GenReqDefForBatchDeleteMembers())
	if err != nil {
		return err
	}
	return removeOutcome(op, members, r)
}

// removeOutcome matches the answer with the request by id. A member that was
// named by address and port cannot be told from the answer's ids, so that all
// of those are out once the answer has as many good entries left over.
func removeOutcome(op operation, members []membership.Member, r *batchAnswer) error {
	asked, byAddress := map[string]bool{}, 0
	for _, m := range members {
		asked[m.ID] = true
		if m.ID == "" {
			byAddress++
		}
	}
	answers, spare := map[string]batchItem{}, 0
	for _, b := range *r.Members {
		if b.ID != "" && asked[b.ID] {
			answers[b.ID] = b
		} else if b.gone() {
			spare++
		}
	}
	errs := make(membership.ItemErrors, len(members))
	for i, m := range members {
		got, ok := answers[m.ID]
		switch {
		case m.ID == "" && spare >= byAddress, ok && got.gone():
		case ok:
			errs[i] = got.failure(op, r.RequestID, describe(m))
		default:
			errs[i] = &membership.Error{Class: membership.Unknown, Action: op.action, RequestID: r.RequestID,
				Message: "the answer does not mention " + describe(m)}
		}
	}
	return anyOf(errs)
}

func describe(m membership.Member) string {
	if m.ID != "" {
		return "member " + m.ID
	}
	return m.Key.String()
}
