package elbapi

import (
	"context"
	"fmt"

	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Add puts members in: one by CreateMember,
// https://support.huaweicloud.com/intl/en-us/api-elb/CreateMember.html, more
// by BatchCreateMembers, or one by one where the endpoint has no batch calls.
// A member's weight (0 to 100) and port (0 to 65535, 0 in gateway and any-port
// pools) are always sent; name, subnet and zone only when they are not empty,
// since regions that lag behind refuse attributes that they do not know.
//
// BatchCreateMembers answers for each member; one that was there already is
// class AlreadyExists, and keeps its attributes (assumed), one that the answer
// does not mention is Unknown.
func (p *pool) Add(ctx context.Context, members []membership.Member) error {
	refused := make(membership.ItemErrors, len(members))
	for i, m := range members {
		refused[i] = checkValues("CreateMember", &m.Weight, &m.Key.Port)
		if refused[i] == nil && m.Key.Address == "" {
			refused[i] = &membership.Error{Class: membership.Refused, Action: "CreateMember", Message: "a member without an address"}
		}
	}
	if err := p.precheck("BatchCreateMembers", refused); err != nil || len(members) == 0 {
		return err
	}
	one := func(ctx context.Context, i int) error { return p.addOne(ctx, members[i]) }
	return p.write(ctx, batchAdd, len(members), one, func(ctx context.Context) error { return p.addBatch(ctx, members) })
}

func (p *pool) addOne(ctx context.Context, m membership.Member) error {
	port, weight := int32(m.Key.Port), int32(m.Weight)
	req := &model.CreateMemberRequest{PoolId: p.id, Body: &model.CreateMemberRequestBody{
		Member: &model.CreateMemberOption{
			Address: m.Key.Address, ProtocolPort: &port, Weight: &weight,
			Name: nonEmpty(m.Name), SubnetCidrId: nonEmpty(m.Subnet), AvailabilityZone: nonEmpty(m.Zone),
		},
	}}
	op := operation{action: "CreateMember", write: true, create: true, pool: p.id, size: 1}
	_, err := run(ctx, p.client, op, func(sdk *elb.ElbClient) (*model.CreateMemberResponse, error) {
		r, err := sdk.CreateMember(req)
		if err == nil && (r.Member == nil || r.Member.Id == "") {
			err = incomplete("member")
		}
		return r, err
	})
	return err
}

func (p *pool) addBatch(ctx context.Context, members []membership.Member) error {
	options := make([]model.BatchCreateMembersOption, len(members))
	for i, m := range members {
		weight := int32(m.Weight)
		options[i] = model.BatchCreateMembersOption{
			// The SDK sends this port even when it is 0 and unset. That is
			// right here: a gateway pool demands the 0, an any-port pool
			// ignores it, and in any other pool a member without a port is the
			// vendor's to refuse, not ours to send as something else.
			Address: m.Key.Address, ProtocolPort: int32(m.Key.Port), Weight: &weight,
			Name: nonEmpty(m.Name), SubnetCidrId: nonEmpty(m.Subnet), AvailabilityZone: nonEmpty(m.Zone),
		}
	}
	req := &model.BatchCreateMembersRequest{PoolId: p.id, Body: &model.BatchCreateMembersRequestBody{Members: options}}
	op := operation{action: "BatchCreateMembers", write: true, pool: p.id, size: len(members)}
	r, err := run(ctx, p.client, op, func(sdk *elb.ElbClient) (*model.BatchCreateMembersResponse, error) {
		r, err := sdk.BatchCreateMembers(req)
		if err == nil && r.Members == nil {
			err = incomplete("list of members")
		}
		return r, err
	})
	if err != nil {
		return err
	}
	return addOutcome(members, *r.Members, value(r.RequestId))
}

// addOutcome matches the members of a batch answer with those of the request:
// by address, port and subnet, since the order is not documented. No two
// members of a pool have one address and port, so where one side names no
// subnet those two decide.
func addOutcome(members []membership.Member, answer []model.BatchMember, requestID string) error {
	type place struct {
		key    membership.Key
		subnet string
	}
	exact, loose := map[place]model.BatchMember{}, map[membership.Key]model.BatchMember{}
	for _, m := range answer {
		key := membership.Key{Address: membership.NormalAddress(m.Address), Port: int(m.ProtocolPort)}
		exact[place{key, value(m.SubnetCidrId)}] = m
		loose[key] = m
	}
	errs := make(membership.ItemErrors, len(members))
	for i, m := range members {
		key := membership.Key{Address: membership.NormalAddress(m.Key.Address), Port: m.Key.Port}
		got, ok := exact[place{key, m.Subnet}]
		if !ok {
			got, ok = loose[key]
			ok = ok && (m.Subnet == "" || value(got.SubnetCidrId) == "")
		}
		e := &membership.Error{Class: membership.Unknown, Action: "BatchCreateMembers", RequestID: requestID}
		switch {
		case !ok:
			e.Message = "the answer does not mention " + m.Key.String()
		case outcome(got.RetStatus) == "successful":
			continue
		case outcome(got.RetStatus) == "existed":
			e.Class, e.Message = membership.AlreadyExists, m.Key.String()+" was in the pool already"
		default:
			e.Message = fmt.Sprintf("the answer for %s has the unknown ret_status %q", m.Key, shorten(oneLine(got.RetStatus), maxCode))
		}
		errs[i] = e
	}
	return anyOf(errs)
}
