package apikit

import (
	"context"
	"errors"
	"fmt"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Keys are what the calls of a cloud are signed with.
type Keys interface {
	comparable
	// Check says why nothing can be signed with them; nil where it can be tried.
	Check() error
	// Secrets are the parts of them that must not be shown.
	Secrets() []string
}

// Credentials give the keys of the moment. They are asked before every call, by
// many goroutines at once. An error that is no [membership.Error] counts as
// class Denied.
type Credentials[K Keys] interface {
	Credentials(ctx context.Context) (K, error)
}

// WithKeys makes a call of an action with the keys of the moment. Where it fails
// as one does whose keys have ended, which ended tells, and others are to be
// had, it is made once more with those: whom a cloud does not know, it does
// nothing for.
func WithKeys[K Keys](ctx context.Context, creds Credentials[K], action string, ended func(*membership.Error) bool,
	call func(context.Context, K) *membership.Error) *membership.Error {
	keys, failed := KeysOf(ctx, creds, action)
	if failed != nil {
		return failed
	}
	failed = call(ctx, keys)
	t, ok := creds.(interface{ Ended(keys K) bool })
	if failed == nil || !ok || !ended(failed) || !t.Ended(keys) {
		return failed
	}
	if keys, failed = KeysOf(ctx, creds, action); failed != nil {
		return failed
	}
	return call(ctx, keys)
}

// KeysOf asks for the keys of the moment, for a call of an action.
func KeysOf[K Keys](ctx context.Context, creds Credentials[K], action string) (K, *membership.Error) {
	var none K
	if ctx.Err() != nil {
		return none, NotSent(ctx, action)
	}
	keys, err := creds.Credentials(ctx)
	if err == nil {
		err = keys.Check()
	}
	if err == nil {
		return keys, nil
	}
	if ctx.Err() != nil {
		return none, NotSent(ctx, action)
	}
	if own, ok := errors.AsType[*membership.Error](err); ok {
		return none, own
	}
	e := &membership.Error{Class: membership.Denied, Action: action, Err: fmt.Errorf("get credentials: %w", err)}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		e.Class = membership.Transient // it ended by a deadline of its own
	}
	return none, e
}
