package membership

import (
	"context"
	"sync/atomic"
	"time"
)

// turns are the turns of the requests that an adapter sends in one call of the
// engine's: the engine has waited for the first.
type turns struct {
	engine *Engine
	lane   lane
	first  atomic.Bool // the first turn is taken
	bound  *time.Timer // ends the call; it does not run while a turn is waited for
}

type turnsKey struct{}

// withTurns bounds a call of a lane in time, and lets the adapter take turns in
// it.
func (e *Engine) withTurns(ctx context.Context, l lane) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	t := &turns{engine: e, lane: l, bound: time.AfterFunc(e.opts.CallTimeout, func() { cancel(context.DeadlineExceeded) })}
	return context.WithValue(ctx, turnsKey{}, t), func() {
		t.bound.Stop()
		cancel(nil)
	}
}

// Turn waits until a call to the vendor may be made, or until ctx ends. An
// adapter takes one before each request that it sends: the pages of a listing,
// the second call of a reading, a login, a repetition. The first of those that
// the engine asks for has its turn already, and so has a call that no engine
// asks for.
func Turn(ctx context.Context) error {
	t, ok := ctx.Value(turnsKey{}).(*turns)
	if !ok || !t.first.Swap(true) {
		return nil
	}
	t.bound.Stop()
	defer t.bound.Reset(t.engine.opts.CallTimeout)
	return t.engine.pacer.wait(ctx, t.lane)
}
