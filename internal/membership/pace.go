package membership

import (
	"context"
	"math/rand/v2"
	"time"
)

// The pace of retries: from minBackoff doubling to maxBackoff, with jitter.
// Throttling costs at most maxThrottle between two tries, so that a vendor who
// throttles for 30 s costs little more than 30 s. A vendor who says how long to
// wait is waited for as long: whoever asks sooner is refused, and where refused
// calls count too, for ever.
const (
	minBackoff  = 200 * time.Millisecond
	maxBackoff  = 10 * time.Second
	maxThrottle = 5 * time.Second
)

// backoff is the wait before try n+1 (n from 1): a random time between half
// and all of an exponentially growing one, and never less than the vendor
// asked for (see [maxRetryAfter]).
func backoff(n int, err error) time.Duration {
	top := maxBackoff
	if Is(err, Throttled) {
		top = maxThrottle
	}
	d := minBackoff
	for i := 1; i < n && d < top; i++ {
		d *= 2
	}
	d = min(d, top)
	d = d/2 + rand.N(d/2+1)
	return max(d, retryAfter(err))
}

// The pace of what is urgent: steps of maxUrgent at the most, and the last try
// lastTry before the caller's time is over.
const (
	maxUrgent = time.Second
	lastTry   = 500 * time.Millisecond
)

type urgentKey struct{}

// urgently is a context for what gives members back what they had, when a run has
// little time left: whatever keeps it from being done is tried again soon, as long
// as there is time.
func urgently(ctx context.Context) context.Context {
	return context.WithValue(ctx, urgentKey{}, true)
}

func urgent(ctx context.Context) bool { return ctx.Value(urgentKey{}) != nil }

// sooner is a wait before another try, shortened where the context is urgent.
func sooner(ctx context.Context, wait time.Duration) time.Duration {
	if !urgent(ctx) {
		return wait
	}
	wait = min(wait, maxUrgent)
	if end, ok := ctx.Deadline(); ok {
		if left := time.Until(end) - lastTry; left > 0 {
			wait = min(wait, left)
		}
	}
	return wait
}

// pause waits, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
