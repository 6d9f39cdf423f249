package membership

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// The pace of retries: from minBackoff doubling to maxBackoff, with jitter.
// Throttling costs at most maxThrottle between two tries, so that a vendor who
// throttles for 30 s costs little more than 30 s.
const (
	minBackoff  = 200 * time.Millisecond
	maxBackoff  = 10 * time.Second
	maxThrottle = 5 * time.Second
)

// backoff is the wait before try n+1 (n from 1): a random time between half
// and all of an exponentially growing one, and never less than the vendor
// asked for.
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

// The penalty of a throttled cloud: calls are spaced this far apart, twice as
// far after each throttling, a quarter less after each success.
const (
	minPenalty = 50 * time.Millisecond
	maxPenalty = time.Second
)

// pacer spaces the calls to one cloud: by the user's cap, and further while
// the vendor throttles (additive patience, multiplicative retreat).
type pacer struct {
	turn     chan struct{} // held by the caller whose call is next
	interval time.Duration // the user's cap

	mu        sync.Mutex
	penalty   time.Duration
	last      time.Time // start of the last call
	notBefore time.Time // what the vendor asked for
}

func newPacer(perSecond float64) *pacer {
	p := &pacer{turn: make(chan struct{}, 1)}
	if perSecond > 0 {
		p.interval = time.Duration(float64(time.Second) / perSecond)
	}
	return p
}

// wait returns when the next call may start, or when ctx ends. Callers are
// served in turn. One that goes away leaves no gap, and the waits shorten as
// soon as the vendor recovers.
func (p *pacer) wait(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		p.mu.Lock()
		now := time.Now()
		d := max(p.notBefore.Sub(now), p.last.Add(max(p.interval, p.penalty)).Sub(now))
		if d <= 0 {
			p.last = now
		}
		p.mu.Unlock()
		if err := pause(ctx, d); err != nil || d <= 0 {
			return err
		}
	}
}

// report tells the pacer how a call ended.
func (p *pacer) report(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !Is(err, Throttled) {
		if p.penalty = p.penalty * 3 / 4; p.penalty < minPenalty/4 {
			p.penalty = 0
		}
		return
	}
	p.penalty = min(max(2*p.penalty, minPenalty), maxPenalty)
	if after := retryAfter(err); after > 0 {
		if t := time.Now().Add(after); t.After(p.notBefore) {
			p.notBefore = t
		}
	}
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
