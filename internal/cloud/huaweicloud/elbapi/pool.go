package elbapi

import (
	"context"
	"net/netip"

	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// pool is one ELB pool as a group of members.
type pool struct {
	client *Client
	id     string
	why    membership.Shared[string] // why nothing checks its members; see unchecked
}

// Name is "ELB pool " and the id.
func (p *pool) Name() string { return "ELB pool " + p.id }

// Lock is the pool's id: a pool is changed apart from any other. It reads
// nothing.
func (p *pool) Lock() string { return p.id }

// Limits is the batch size of the client; one member as soon as the endpoint is
// known to have no batch calls.
func (p *pool) Limits() membership.Limits {
	if p.client.noBatch.Load() {
		return membership.Limits{Batch: 1}
	}
	return membership.Limits{Batch: p.client.batch}
}

// List reads every member: ListMembers,
// https://support.huaweicloud.com/intl/en-us/api-elb/ListMembers.html, 2000 a
// page. An answer without a list of members is class Transient, never an empty
// pool; so is a listing whose full pages repeat themselves.
func (p *pool) List(ctx context.Context) ([]membership.Member, error) {
	all, err := p.read(ctx)
	if err != nil {
		return nil, err
	}
	members := make([]membership.Member, len(all))
	for i, m := range all {
		members[i] = member(m)
	}
	return members, nil
}

// read is every member as ELB reports it.
func (p *pool) read(ctx context.Context) ([]model.Member, error) {
	return everyPage("ListMembers", func(m model.Member) string { return m.Id },
		func(marker string) (listingPage[model.Member], error) { return p.page(ctx, marker) })
}

func (p *pool) page(ctx context.Context, marker string) (listingPage[model.Member], error) {
	limit := int32(pageSize)
	req := &model.ListMembersRequest{PoolId: p.id, Limit: &limit}
	if marker != "" {
		req.Marker = &marker
	}
	r, err := run(ctx, p.client, operation{action: "ListMembers", pool: p.id},
		func(sdk *elb.ElbClient) (*model.ListMembersResponse, error) {
			r, err := sdk.ListMembers(req)
			if err != nil {
				return nil, err
			}
			if r.Members == nil {
				return nil, apigw.Incomplete("list of members")
			}
			for _, m := range *r.Members {
				if m.Id == "" || m.Address == "" {
					return nil, apigw.Incomplete("id or address of a member")
				}
			}
			return r, nil
		})
	if err != nil {
		return listingPage[model.Member]{}, err
	}
	return listingPage[model.Member]{
		entries: *r.Members, next: nextMarker(r.PageInfo), status: r.HttpStatusCode, requestID: value(r.RequestId),
	}, nil
}

// member is a member as the rest of the provider knows it.
func member(m model.Member) membership.Member {
	return membership.Member{
		Key:    membership.Key{Address: membership.NormalAddress(m.Address), Port: int(m.ProtocolPort)},
		ID:     m.Id,
		Weight: int(m.Weight),
		Name:   m.Name,
		Subnet: value(m.SubnetCidrId),
		Zone:   m.AvailabilityZone,
		Observed: membership.Observed{
			Status:     m.OperatingStatus,
			IPVersion:  ipVersion(m.IpVersion, m.Address),
			MemberType: value(m.MemberType),
			Instance:   value(m.InstanceId),
		},
	}
}

// ipVersion is the version that the vendor reports, or else the address's own.
func ipVersion(reported, address string) string {
	if reported != "" {
		return reported
	}
	a, err := netip.ParseAddr(address)
	switch {
	case err != nil:
		return ""
	case a.Is4() || a.Is4In6():
		return "v4"
	}
	return "v6"
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
