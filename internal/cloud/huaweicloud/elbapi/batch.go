package elbapi

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// batchKind is one of the batch calls. An endpoint may have some of them.
type batchKind int

const (
	batchAdd batchKind = iota
	batchUpdate
	batchRemove
)

// write does n items in one batch call, or one by one: a single item, and all
// of them where the endpoint has no such batch call.
func (p *pool) write(ctx context.Context, kind batchKind, n int,
	one func(context.Context, int) error, batch func(context.Context) error,
) error {
	if n == 1 {
		return p.each(ctx, kind, 1, one)
	}
	if !p.client.noBatch[kind].Load() {
		if err := batch(ctx); !fallback(err) {
			return err
		}
	}
	return p.each(ctx, kind, n, one)
}

// fallback tells whether a batch call failed for not being there. One that told
// its items' outcomes is there, whatever they are.
func fallback(err error) bool {
	if _, ok := errors.AsType[membership.ItemErrors](err); ok {
		return false
	}
	e, ok := errors.AsType[*membership.Error](err)
	return ok && notPublished(e)
}

// each does the items one by one. The client remembers that there is no batch
// call once a single call of a batch has got through to ELB: a gateway that
// answers 404 to everything for a while does not slow the rest of the run.
// What stops one item for a reason that is not the item's stops the rest too,
// unsent.
func (p *pool) each(ctx context.Context, kind batchKind, n int, one func(context.Context, int) error) error {
	errs := make(membership.ItemErrors, n)
	for i := range n {
		err := one(ctx, i)
		errs[i] = err
		if n > 1 && throughToELB(err) {
			p.client.noBatch[kind].Store(true)
		}
		if rest := stops(ctx, err); rest != nil {
			for j := i + 1; j < n; j++ {
				errs[j] = rest
			}
			break
		}
	}
	return single(anyOf(errs))
}

func throughToELB(err error) bool {
	e, ok := errors.AsType[*membership.Error](err)
	return err == nil || ok && strings.HasPrefix(e.Code, "ELB.")
}

// stops is the error of the items that are not sent because of another's; nil
// where they are sent.
func stops(ctx context.Context, err error) error {
	e, ok := errors.AsType[*membership.Error](err)
	if !ok {
		return err // nil among them: every error here is classified
	}
	if ctx.Err() != nil {
		return unsent(ctx, e.Action)
	}
	switch e.Class {
	case membership.Denied, membership.Throttled, membership.Busy, membership.Transient, membership.NotFound:
		return err
	case membership.Unknown:
		if e.Status == 0 { // the connection is lost: no use in waiting for each
			return &membership.Error{Class: membership.Transient, Action: e.Action,
				Message: "not sent after the call before it got no answer"}
		}
	case membership.Refused, membership.MemberNotFound, membership.AlreadyExists, membership.Quota:
		// Of this item alone: the next may fare better.
	}
	return nil
}

// precheck refuses a request with items that cannot be sent, before any is
// sent: those are class Refused, the others Transient. It also holds callers
// to the batch size.
func (p *pool) precheck(action string, refused membership.ItemErrors) error {
	if err := checkID("pool", p.id); err != nil {
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

// outcome is a ret_status as it is compared.
func outcome(ret string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(ret)), "_", " ")
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
