package membership

import (
	"context"
	"sync/atomic"
)

// turns are the turns of the calls that an adapter makes on the engine's behalf
// in one go: the engine has waited for the first.
type turns struct {
	pacer *pacer
	first atomic.Bool // the first turn is taken
}

type turnsKey struct{}

func withTurns(ctx context.Context, p *pacer) context.Context {
	return context.WithValue(ctx, turnsKey{}, &turns{pacer: p})
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
	return t.pacer.wait(ctx)
}
