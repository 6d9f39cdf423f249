package elbapi

import (
	"context"
	"errors"
	"net/netip"

	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// pageSize is the most members of a page (ListMembers: limit, 0 to 2000).
const pageSize = 2000

// pool is one ELB pool as a group of members.
type pool struct {
	client *Client
	id     string
}

// Name is "ELB pool " and the id.
func (p *pool) Name() string { return "ELB pool " + p.id }

// Lock is the pool's id: a pool is changed apart from any other. It reads
// nothing.
func (p *pool) Lock() string { return p.id }

// Limits is the batch size of the client.
func (p *pool) Limits() membership.Limits { return membership.Limits{Batch: p.client.batch} }

// List reads every member: ListMembers,
// https://support.huaweicloud.com/intl/en-us/api-elb/ListMembers.html, 2000 a
// page. An answer without a list of members is class Transient, never an empty
// pool; so is a listing whose full pages repeat themselves.
//
// A next_marker is followed even where the page is shorter than asked for: an
// endpoint may cap its pages lower, and a member that is not listed is taken
// for one that is gone. An endpoint that marks its last page too costs one
// call more.
func (p *pool) List(ctx context.Context) ([]membership.Member, error) {
	members := []membership.Member{}
	seen := map[string]bool{}
	marker, short := "", false
	for {
		page, err := p.page(ctx, marker)
		if err != nil {
			return nil, err
		}
		news := 0
		for _, m := range *page.Members {
			if !seen[m.Id] {
				seen[m.Id] = true
				news++
				members = append(members, member(m))
			}
		}
		next := ""
		if page.PageInfo != nil && page.PageInfo.NextMarker != nil {
			next = *page.PageInfo.NextMarker
		}
		switch {
		case next == "", len(*page.Members) == 0, next == marker && news > 0:
			return members, nil
		case news == 0 && short:
			return members, nil // the short page before was the last, and its marker led back
		case news == 0:
			e := &membership.Error{Class: membership.Transient, Action: "ListMembers", Status: page.HttpStatusCode,
				Message: "the pages of the listing repeat themselves"}
			if page.RequestId != nil {
				e.RequestID = *page.RequestId
			}
			return nil, e
		}
		marker, short = next, len(*page.Members) < pageSize
	}
}

func (p *pool) page(ctx context.Context, marker string) (*model.ListMembersResponse, error) {
	limit := int32(pageSize)
	req := &model.ListMembersRequest{PoolId: p.id, Limit: &limit}
	if marker != "" {
		req.Marker = &marker
	}
	return run(ctx, p.client, operation{action: "ListMembers", pool: p.id},
		func(sdk *elb.ElbClient) (*model.ListMembersResponse, error) {
			r, err := sdk.ListMembers(req)
			if err != nil {
				return nil, err
			}
			if r.Members == nil {
				return nil, incomplete("list of members")
			}
			for _, m := range *r.Members {
				if m.Id == "" || m.Address == "" {
					return nil, incomplete("id or address of a member")
				}
			}
			return r, nil
		})
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

// Health is not read yet.
func (p *pool) Health(context.Context) (membership.Health, error) {
	return membership.Health{}, &membership.Error{Class: membership.Refused, Action: "ListMembers", Err: errors.ErrUnsupported}
}
