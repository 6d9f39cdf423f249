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
