package elbapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/def"
	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// write does n items in one call: a batch call, or the single call where there
// is one item. An endpoint without batch calls does nothing; from then on the
// client's limit is one member, and the engine sends them one by one. Where it is
// not the vendor who says so, that is of unknown outcome all the same.
func (p *pool) write(ctx context.Context, n int, one, batch func(context.Context) error) error {
	if n == 1 {
		err := single(one(ctx))
		if e, ok := errors.AsType[*membership.Error](err); ok && notPublished(e) {
			p.client.noBatch.Store(false) // the gateway answers so to everything: that teaches nothing
		}
		return err
	}
	err := batch(ctx)
	e, ok := errors.AsType[*membership.Error](err)
	if !ok || !p.withoutBatch(err) {
		return err
	}
	nothing := *e
	if vendors(e.Code) {
		nothing.Class = membership.Transient
	}
	nothing.Message = "this endpoint has no batch calls, so that members go one by one: " + e.Message
	return &nothing
}

// runBatch makes one batch call and reads its answer item by item.
func runBatch(ctx context.Context, c *Client, op operation, req any, call *def.HttpRequestDef) (*batchAnswer, error) {
	return run(ctx, c, op, func(sdk *elb.ElbClient) (*batchAnswer, error) {
		answer := new(batchAnswer)
		call.Response = answer
		if _, err := sdk.HcClient.Sync(req, call); err != nil {
			return nil, err
		}
		if answer.Members == nil {
			return nil, apigw.Incomplete("list of members")
		}
		return answer, nil
	})
}

// withoutBatch tells whether a batch call failed for not being there, and
// remembers it. One that told its items' outcomes is there, whatever they are.
func (p *pool) withoutBatch(err error) bool {
	if _, ok := errors.AsType[membership.ItemErrors](err); ok {
		return false
	}
	e, ok := errors.AsType[*membership.Error](err)
	if !ok || !notPublished(e) {
		return false
	}
	p.client.noBatch.Store(true)
	return true
}

// precheck refuses a request with items that cannot be sent, before any is
// sent: those are class Refused, the others Transient. It also holds callers
// to the batch size.
func (p *pool) precheck(action string, refused membership.ItemErrors) error {
	if err := apigw.CheckID("pool", p.id); err != nil {
		return named(err, action)
	}
	if n := len(refused); n > p.client.batch {
		return &membership.Error{Class: membership.Refused, Action: action,
			Message: fmt.Sprintf("%d members in a call that takes %d", n, p.client.batch)}
	}
	if anyOf(refused) == nil {
		return nil
	}
	for i, err := range refused {
		if err == nil {
			refused[i] = &membership.Error{Class: membership.Transient, Action: action,
				Message: "not sent, because another member of the request cannot be"}
		}
	}
	return single(refused)
}

// anyOf is nil where every item succeeded.
func anyOf(errs membership.ItemErrors) error {
	for _, err := range errs {
		if err != nil {
			return errs
		}
	}
	return nil
}

// single is the item's own error where there is one item.
func single(err error) error {
	if errs, ok := errors.AsType[membership.ItemErrors](err); ok && len(errs) == 1 {
		return errs[0]
	}
	return err
}

// checkValues refuses what the vendor's 32-bit fields would not hold or mean.
func checkValues(action string, weight, port *int) error {
	switch {
	case weight != nil && (*weight < 0 || *weight > 100):
		return &membership.Error{Class: membership.Refused, Action: action, Message: fmt.Sprintf("weight %d: must be 0 to 100", *weight)}
	case port != nil && (*port < 0 || *port > 65535):
		return &membership.Error{Class: membership.Refused, Action: action, Message: fmt.Sprintf("port %d: must be 0 to 65535", *port)}
	}
	return nil
}

func nonEmpty(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func narrow(n *int) *int32 {
	if n == nil {
		return nil
	}
	v := int32(*n)
	return &v
}
