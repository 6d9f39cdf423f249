package elbapi

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
)

// PoolInfo is what there is to know of a pool apart from its members.
type PoolInfo struct {
	ID, Name string
	// Protocol is TCP, UDP, IP, TLS, HTTP, HTTPS, QUIC or GRPC.
	Protocol string
	// LBAlgorithm is ROUND_ROBIN, LEAST_CONNECTIONS, SOURCE_IP, QUIC_CID or,
	// with protocol IP, 2_TUPLE_HASH, 3_TUPLE_HASH or 5_TUPLE_HASH.
	LBAlgorithm string
	// Type is instance, ip or "" (any member).
	Type string
	// IPVersion is v4 or dualstack.
	IPVersion string
	VpcID     string
	// LoadBalancers and Listeners are the ids of those that use the pool.
	LoadBalancers, Listeners []string
	// HealthMonitorID is "" where nothing checks the members' health.
	HealthMonitorID          string
	ConnectionDrain          ConnectionDrain
	MemberDeletionProtection bool
	AnyPort                  bool
	// Members is how many members the pool has; -1 where ELB does not say.
	Members int
}

// ConnectionDrain is a pool's connection_drain: for how long ELB itself keeps
// the connections of a member that is removed, fails its health check or gets
// weight 0 (10 to 4000 s). TCP, UDP and QUIC pools have it.
type ConnectionDrain struct {
	Enable  bool
	Timeout time.Duration
}

// PoolInfo reads a pool: ShowPool,
// https://support.huaweicloud.com/intl/en-us/api-elb/ShowPool.html. One that
// does not exist is class NotFound.
func (c *Client) PoolInfo(ctx context.Context, id string) (PoolInfo, error) {
	body, err := c.showPool(ctx, id)
	if err != nil {
		return PoolInfo{}, err
	}
	return body.info(), nil
}

// PoolFilter picks pools; an empty field picks all.
type PoolFilter struct {
	ID, Name, Protocol, LBAlgorithm, Type, VpcID, IPVersion string
	LoadBalancerID                                          string
	// ListenerID is that of a listener, also one that gets to the pool by way
	// of a forwarding policy.
	ListenerID string
	// MemberAddress is the address of a member of the pool.
	MemberAddress string
}

// Pools reads the pools that a filter picks, all pages: ListPools,
// https://support.huaweicloud.com/intl/en-us/api-elb/ListPools.html. None is
// no error, whatever the filter names.
func (c *Client) Pools(ctx context.Context, f PoolFilter) ([]PoolInfo, error) {
	bodies, err := everyPage("ListPools", func(p poolBody) string { return p.ID },
		func(marker string) (listingPage[poolBody], error) { return c.poolPage(ctx, f, marker) })
	if err != nil {
		return nil, err
	}
	infos := make([]PoolInfo, len(bodies))
	for i := range bodies {
		infos[i] = bodies[i].info()
	}
	return infos, nil
}

// DrainNotes tells what somebody should know who has members of the pool set
// to weight 0 and left there for a time before they are removed: whether that
// does what it is meant to. There are none for a drain of 0.
func (p PoolInfo) DrainNotes(drain time.Duration) []string {
	var notes []string
	if drain <= 0 {
		return notes
	}
	if note := p.WeightNote(); note != "" {
		notes = append(notes, fmt.Sprintf("%s, so that a drain of %s only delays its removal.", note, drain))
	}
	if d := p.ConnectionDrain; d.Enable && slices.Contains([]string{"TCP", "UDP", "QUIC"}, p.Protocol) {
		notes = append(notes, fmt.Sprintf("The pool drains by itself (connection_drain): ELB keeps the connections of a member that "+
			"gets weight 0 or is removed for %d s, and then cuts them. A drain of %s is not needed on top of that.",
			int(d.Timeout.Seconds()), drain))
	}
	return notes
}

// WeightNote says, without a full stop, that the pool's members get requests whatever
// their weight is; "" where weights count.
func (p PoolInfo) WeightNote() string {
	if p.LBAlgorithm != "SOURCE_IP" && p.LBAlgorithm != "QUIC_CID" {
		return ""
	}
	return fmt.Sprintf("The pool's lb_algorithm, %s, ignores weights: a member with weight 0 goes on getting new requests", p.LBAlgorithm)
}

// poolBody is the pool of an answer. The SDK's own type fails on the whole pool
// where one attribute has another form than it expects, and cannot tell an
// attribute that an endpoint does not have from one that is empty.
type poolBody struct {
	ID            string          `json:"id"`
	Name          string          `json:"name"`
	Protocol      string          `json:"protocol"`
	Algorithm     string          `json:"lb_algorithm"`
	Type          string          `json:"type"`
	IPVersion     string          `json:"ip_version"`
	VpcID         string          `json:"vpc_id"`
	LoadBalancers *[]idRef        `json:"loadbalancers"`
	Listeners     *[]idRef        `json:"listeners"`
	Members       *[]idRef        `json:"members"`
	Monitor       json.RawMessage `json:"healthmonitor_id"` // nil: not in the answer
	Protection    bool            `json:"member_deletion_protection_enable"`
	AnyPort       bool            `json:"any_port_enable"`
	Drain         struct {
		Enable  bool `json:"enable"`
		Timeout int  `json:"timeout"` // seconds
	} `json:"connection_drain"`
}

type idRef struct {
	ID string `json:"id"`
}

// UnmarshalJSON keeps the SDK's decoder out, to which null is the same as
// absent in a RawMessage.
func (b *poolBody) UnmarshalJSON(data []byte) error {
	type plain poolBody
	return json.Unmarshal(data, (*plain)(b))
}

func (b *poolBody) info() PoolInfo {
	p := PoolInfo{
		ID: b.ID, Name: b.Name, Protocol: b.Protocol, LBAlgorithm: b.Algorithm, Type: b.Type, IPVersion: b.IPVersion, VpcID: b.VpcID,
		LoadBalancers: ids(b.LoadBalancers), Listeners: ids(b.Listeners), HealthMonitorID: b.monitor(),
		ConnectionDrain:          ConnectionDrain{Enable: b.Drain.Enable, Timeout: time.Duration(b.Drain.Timeout) * time.Second},
		MemberDeletionProtection: b.Protection, AnyPort: b.AnyPort, Members: -1,
	}
	if b.Members != nil {
		p.Members = len(*b.Members)
	}
	return p
}

// monitor is the id of the health monitor; "" where there is none, which
// endpoints say by "" or null.
func (b *poolBody) monitor() string {
	var id string
	_ = json.Unmarshal(b.Monitor, &id) // what is no text is no id
	return id
}

// unchecked says why nothing checks the members; "" where something does. What
// is not in the answer proves nothing.
func (b *poolBody) unchecked() string {
	switch {
	case b.Listeners != nil && len(*b.Listeners) == 0:
		return noListener
	case string(b.Monitor) == `""`, string(b.Monitor) == "null":
		return noHealthMonitor
	}
	return ""
}

func ids(refs *[]idRef) []string {
	out := []string{}
	if refs != nil {
		for _, r := range *refs {
			out = append(out, r.ID)
		}
	}
	return out
}

// The SDK sets HttpStatusCode in whatever an answer is read into.

type showPoolAnswer struct {
	Pool           *poolBody `json:"pool"`
	HttpStatusCode int       `json:"-"`
}

type listPoolsAnswer struct {
	Pools          *[]poolBody     `json:"pools"`
	PageInfo       *model.PageInfo `json:"page_info"`
	RequestID      string          `json:"request_id"`
	HttpStatusCode int             `json:"-"`
}

func (c *Client) showPool(ctx context.Context, id string) (*poolBody, error) {
	return run(ctx, c, operation{action: "ShowPool", pool: id}, func(sdk *elb.ElbClient) (*poolBody, error) {
		def, answer := elb.GenReqDefForShowPool(), new(showPoolAnswer)
		def.Response = answer
		if _, err := sdk.HcClient.Sync(&model.ShowPoolRequest{PoolId: id}, def); err != nil {
			return nil, err
		}
		if answer.Pool == nil || answer.Pool.ID == "" {
			return nil, apigw.Incomplete("pool")
		}
		return answer.Pool, nil
	})
}

func (c *Client) poolPage(ctx context.Context, f PoolFilter, marker string) (listingPage[poolBody], error) {
	limit := int32(pageSize)
	req := &model.ListPoolsRequest{
		Limit: &limit, Id: only(f.ID), Name: only(f.Name), Protocol: only(f.Protocol), LbAlgorithm: only(f.LBAlgorithm),
		Type: only(f.Type), VpcId: only(f.VpcID), IpVersion: only(f.IPVersion), LoadbalancerId: only(f.LoadBalancerID),
		ListenerId: only(f.ListenerID), MemberAddress: only(f.MemberAddress),
	}
	if marker != "" {
		req.Marker = &marker
	}
	return run(ctx, c, operation{action: "ListPools", project: true}, func(sdk *elb.ElbClient) (listingPage[poolBody], error) {
		def, answer := elb.GenReqDefForListPools(), new(listPoolsAnswer)
		def.Response = answer
		var none listingPage[poolBody]
		if _, err := sdk.HcClient.Sync(req, def); err != nil {
			return none, err
		}
		if answer.Pools == nil {
			return none, apigw.Incomplete("list of pools")
		}
		for _, p := range *answer.Pools {
			if p.ID == "" {
				return none, apigw.Incomplete("id of a pool")
			}
		}
		return listingPage[poolBody]{
			entries: *answer.Pools, next: nextMarker(answer.PageInfo), status: answer.HttpStatusCode, requestID: answer.RequestID,
		}, nil
	})
}

// only is a filter of one value; nil where there is none.
func only(v string) *[]string {
	if v == "" {
		return nil
	}
	return &[]string{v}
}
