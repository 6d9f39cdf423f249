package elbapi

import (
	"context"
	"fmt"
	"slices"

	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Add puts members in: one by CreateMember,
// https://support.huaweicloud.com/intl/en-us/api-elb/CreateMember.html, more
// by BatchCreateMembers.
// A member's weight (0 to 100) and port (0 to 65535, 0 in gateway and any-port
// pools) are always sent; name, subnet and zone only when they are not empty,
// since regions that lag behind refuse attributes that they do not know.
//
// BatchCreateMembers answers for each member; one that was there already is
// class AlreadyExists, and keeps its attributes (assumed), one that the answer
// does not mention is Unknown.
//
// A member that the answer shows with another port than was sent is class
// Refused, and is taken out again by the id that the answer gives it: that is
// one call more, repeated where it fails for a passing reason. The error says
// what became of it. It is Refused even where the member could not be taken
// out, and then names it, because whoever looks for it by the port that was
// asked for concludes that it is not there. The other members of the call stay.
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
	return p.write(ctx, len(members),
		func(ctx context.Context) error { return p.addOne(ctx, members[0]) },
		func(ctx context.Context) error { return p.addBatch(ctx, members) })
}

func (p *pool) addOne(ctx context.Context, m membership.Member) error {
	port, weight := int32(m.Key.Port), int32(m.Weight)
	req := &model.CreateMemberRequest{PoolId: p.id, Body: &model.CreateMemberRequestBody{
		Member: &model.CreateMemberOption{
			Address: m.Key.Address, ProtocolPort: &port, Weight: &weight,
			Name: nonEmpty(m.Name), SubnetCidrId: nonEmpty(m.Subnet), AvailabilityZone: nonEmpty(m.Zone),
		},
	}}
	var says bool
	op := operation{action: "CreateMember", write: true, create: true, pool: p.id, names: membership.LogNames([]membership.Member{m}), saysPorts: &says}
	r, err := run(ctx, p.client, op, func(sdk *elb.ElbClient) (*model.CreateMemberResponse, error) {
		r, err := sdk.CreateMember(req)
		if err == nil && (r.Member == nil || r.Member.Id == "") {
			err = apigw.Incomplete("member")
		}
		return r, err
	})
	if err != nil || !says || r.Member.ProtocolPort == port {
		return err
	}
	id := r.Member.Id
	return portIgnored(op.action, r.HttpStatusCode, value(r.RequestId), m.Key.Port, int(r.Member.ProtocolPort),
		p.takeBack(ctx, []string{id})[id])
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
	op := operation{action: "BatchCreateMembers", write: true, pool: p.id, names: membership.LogNames(members)}
	r, err := runBatch(ctx, p.client, op, req, elb.GenReqDefForBatchCreateMembers())
	if err != nil {
		return err
	}
	return p.addOutcome(ctx, op, members, r)
}

// addOutcome matches the members of a batch answer with those of the request:
// by address, port and subnet, since the order is not documented. What is left
// over on both sides under one address are members whose port was ignored, where
// the answer says ports at all.
func (p *pool) addOutcome(ctx context.Context, op operation, members []membership.Member, r *batchAnswer) error {
	answers, ours := byAddress(*r.Members), map[string]bool{}
	says := slices.ContainsFunc(*r.Members, func(b batchItem) bool { return b.Port != nil })
	errs := make(membership.ItemErrors, len(members))
	fail := func(i int, c membership.Class, format string, args ...any) {
		errs[i] = &membership.Error{Class: c, Action: op.action, RequestID: r.RequestID, Message: fmt.Sprintf(format, args...)}
	}
	var unmatched []int
	for i, m := range members {
		got := answers.take(m, says || m.Key.Port == 0)
		if got == nil {
			unmatched = append(unmatched, i)
			continue
		}
		ours[got.ID] = true
		switch {
		case got.successful():
		case got.outcome() == "existed":
			fail(i, membership.AlreadyExists, "%s was in the pool already", m.Key)
		default:
			errs[i] = got.failure(op, r.RequestID, m.Key.String())
		}
	}
	delete(ours, "")
	var stray []string
	ignored := map[int]*batchItem{}
	for _, i := range unmatched {
		got := answers.take(members[i], false)
		if got == nil {
			fail(i, membership.Unknown, "the answer does not mention %s", members[i].Key)
			continue
		}
		ignored[i] = got
		if got.successful() && got.ID != "" && !ours[got.ID] && !slices.Contains(stray, got.ID) {
			stray = append(stray, got.ID)
		}
	}
	fate := p.takeBack(ctx, stray)
	for i, got := range ignored {
		then := fate[got.ID]
		switch {
		case got.outcome() == "existed", ours[got.ID]:
			then = "the address is in the pool already, and nothing was added for it"
		case then == "":
			then = fmt.Sprintf("the member of address %s (id %q, ret_status %q) is left in the pool",
				members[i].Key.Address, apikit.Word(got.ID), apikit.Word(got.Status))
		}
		errs[i] = portIgnored(op.action, r.HttpStatusCode, r.RequestID, members[i].Key.Port, got.port(), then)
	}
	return anyOf(errs)
}

// batchAnswers are the members of a batch answer that no member of the request
// has been matched with, by address.
type batchAnswers map[string][]*batchItem

func byAddress(answer []batchItem) batchAnswers {
	answers := batchAnswers{}
	for i := range answer {
		address := membership.NormalAddress(answer[i].Address)
		answers[address] = append(answers[address], &answer[i])
	}
	return answers
}

// take finds the answer for a member, of the same port or of another, and takes
// it from the others; nil where there is none. No two members of a pool have
// one address and port, so where one side names no subnet those two decide. In
// an any-port pool one address may be answered for twice, and the member that
// was put in is then the first's.
func (a batchAnswers) take(m membership.Member, samePort bool) *batchItem {
	address := membership.NormalAddress(m.Key.Address)
	best, most := -1, 0
	for i, got := range a[address] {
		subnet := got.Subnet
		if (got.port() == m.Key.Port) != samePort || (subnet != m.Subnet && subnet != "" && m.Subnet != "") {
			continue
		}
		score := 1
		if subnet == m.Subnet {
			score += 2
		}
		if got.successful() {
			score++
		}
		if score > most {
			best, most = i, score
		}
	}
	if best < 0 {
		return nil
	}
	got := a[address][best]
	a[address] = slices.Delete(a[address], best, best+1)
	return got
}
