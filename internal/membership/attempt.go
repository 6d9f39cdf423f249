package membership

import (
	"context"
	"time"
)

// Attempt is what the engine knows of the call an adapter is about to make,
// for the adapter's log line.
type Attempt struct {
	N      int           // 1 for the first try
	Size   int           // members in the call
	Queued time.Duration // how long the oldest of them waited for the call
}

type attemptKey struct{}

// WithAttempt attaches what is known of the coming call.
func WithAttempt(ctx context.Context, a Attempt) context.Context {
	return context.WithValue(ctx, attemptKey{}, a)
}

// AttemptOf is what is known of the call that ctx belongs to; the first
// attempt of a call of no members where nothing was attached.
func AttemptOf(ctx context.Context) Attempt {
	if a, ok := ctx.Value(attemptKey{}).(Attempt); ok {
		return a
	}
	return Attempt{N: 1}
}
