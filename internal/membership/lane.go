package membership

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// lane is the calls that a vendor counts together: the reads, or one sort of
// writes. Vendors throttle each action for itself, so that a write that is
// throttled says nothing about reads.
type lane int

const (
	readLane lane = iota
	addLane
	updateLane
	removeLane

	laneCount
)

// laneOf is the lane of the writes of a kind.
func laneOf(k kind) lane {
	switch k {
	case add:
		return addLane
	case remove:
		return removeLane
	default:
		return updateLane
	}
}

// The penalty of a throttled lane: its calls are spaced this far apart, twice as
// far after each throttling, a quarter less after each success.
const (
	minPenalty = 50 * time.Millisecond
	maxPenalty = time.Second
)

// budgetWindow is how long a write counts against [Options.WritesPerMinute]: a
// second more than the minute, because one call takes longer to arrive than
// another.
const budgetWindow = time.Minute + time.Second

// minSaid is how long a call is held back at the least for that to be said.
const minSaid = 2 * time.Second

// pacer says when the calls to one cloud may start: no closer together than the
// user's cap allows, which counts all of them; no more writes of one sort in a
// minute than the vendor takes; and further apart in a lane that the vendor
// throttles (additive patience, multiplicative retreat).
type pacer struct {
	turn     chan struct{} // held by the caller who waits for the user's cap
	interval time.Duration // the user's cap
	budget   int           // writes of a lane in budgetWindow; 0 is no limit
	log      *slog.Logger

	mu    sync.Mutex
	last  time.Time // start of the last call of all
	lanes [laneCount]pace
}

// pace is what holds back the calls of one lane. All but turn is guarded by
// pacer.mu.
type pace struct {
	turn      chan struct{} // held by the caller whose call is next
	penalty   time.Duration
	last      time.Time   // start of the lane's last call
	notBefore time.Time   // what the vendor asked for
	started   []time.Time // the lane's latest calls, as many as the budget, oldest first
}

func newPacer(perSecond float64, writesPerMinute int, log *slog.Logger) *pacer {
	p := &pacer{turn: make(chan struct{}, 1), budget: max(writesPerMinute, 0), log: log}
	for l := range p.lanes {
		p.lanes[l].turn = make(chan struct{}, 1)
	}
	if perSecond > 0 {
		p.interval = time.Duration(float64(time.Second) / perSecond)
	}
	return p
}

// wait returns when the next call of a lane may start, or when ctx ends. The
// callers of a lane are served in turn. One that goes away leaves no gap, and
// the waits shorten as soon as the vendor recovers.
func (p *pacer) wait(ctx context.Context, l lane) error {
	turn := p.lanes[l].turn
	if err := take(ctx, turn); err != nil {
		return err
	}
	defer func() { <-turn }()
	for {
		held, why := p.held(l)
		p.says(ctx, held, why)
		if err := pause(ctx, held); err != nil {
			return err
		}
		if err := take(ctx, p.turn); err != nil {
			return err
		}
		capped := p.capped()
		p.says(ctx, capped, "requests_per_second")
		err := pause(ctx, capped)
		started := err == nil && p.start(l)
		<-p.turn
		if err != nil || started {
			return err
		}
	}
}

func take(ctx context.Context, turn chan struct{}) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// says says that the next call is held back, where that takes its time.
func (p *pacer) says(ctx context.Context, d time.Duration, why string) {
	if d >= minSaid {
		p.log.LogAttrs(ctx, slog.LevelInfo, fmt.Sprintf("holding a call back for %s: %s", rounded(d), why), slog.Int64("next_try_ms", d.Milliseconds()))
	}
}

// held is how long the next call of a lane is held back for the vendor's sake, and
// why.
func (p *pacer) held(l lane) (time.Duration, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lanes[l].held(p.budgetOf(l))
}

// held is pacer.held; pacer.mu is held.
func (p *pace) held(budget int) (d time.Duration, why string) {
	now := time.Now()
	d, why = max(p.notBefore.Sub(now), p.last.Add(p.penalty).Sub(now)), "the cloud has asked for it"
	if budget > 0 && len(p.started) >= budget {
		if full := p.started[len(p.started)-budget].Add(budgetWindow).Sub(now); full > d {
			d, why = full, fmt.Sprintf("the cloud takes %d such calls a minute", budget)
		}
	}
	return d, why
}

// capped is how long the next call is held back by the user's cap.
func (p *pacer) capped() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.last.Add(p.interval))
}

// start notes that a call starts now, unless the vendor has asked for a pause
// since the lane was last looked at.
func (p *pacer) start(l lane) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	own, budget := &p.lanes[l], p.budgetOf(l)
	if held, _ := own.held(budget); held > 0 {
		return false
	}
	p.last = time.Now()
	own.last = p.last
	if budget > 0 {
		if own.started = append(own.started, p.last); len(own.started) > budget {
			own.started = own.started[1:]
		}
	}
	return true
}

// budgetOf is how many calls of a lane may start in budgetWindow; 0 is no limit.
func (p *pacer) budgetOf(l lane) int {
	if l == readLane {
		return 0
	}
	return p.budget
}

// report tells the pacer how a call of a lane ended.
func (p *pacer) report(l lane, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	own := &p.lanes[l]
	if !Is(err, Throttled) {
		if own.penalty = own.penalty * 3 / 4; own.penalty < minPenalty/4 {
			own.penalty = 0
		}
		return
	}
	own.penalty = min(max(2*own.penalty, minPenalty), maxPenalty)
	if t := time.Now().Add(retryAfter(err)); t.After(own.notBefore) {
		own.notBefore = t
	}
}
