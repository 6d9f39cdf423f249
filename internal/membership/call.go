package membership

import "context"

// Read makes a call that reads something other than the members of one group.
// It waits its turn, is bounded, and is made again while the reason for its
// failure passes, as a listing is.
func (e *Engine) Read(ctx context.Context, do func(context.Context) error) error {
	return e.persist(ctx, func(error) {}, do)
}

// Read makes a call that only reads, in the midst of another call of the
// engine's: an adapter reads so of a job that a write has begun. It is made as
// [Engine.Read] makes one, among the reads of the engine. Where no engine asks, it
// is made once.
func Read(ctx context.Context, do func(context.Context) error) error {
	t, ok := ctx.Value(turnsKey{}).(*turns)
	if !ok {
		return do(ctx)
	}
	t.bound.Stop()
	defer t.bound.Reset(t.engine.opts.CallTimeout)
	return t.engine.Read(ctx, do)
}

// persist makes a call that only reads, again and again while the reason for
// its failure passes; again hears of each failure before the next try. It names
// no member, so what an answer says of a missing one proves nothing: a page may
// begin at a member that is gone.
func (e *Engine) persist(ctx context.Context, again func(error), do func(context.Context) error) error {
	for n, failures := 1, 0; ; n++ {
		if err := e.pacer.wait(ctx, readLane); err != nil {
			return &Error{Finding: NotSent, Message: because(context.Cause(ctx)), Err: err}
		}
		err := ofNoMember(e.call(ctx, readLane, Attempt{N: n}, do))
		if err == nil {
			return nil
		}
		c := conductOf(err)
		if c.counts {
			failures++
		}
		if !c.passes || failures >= maxDoubts {
			return err
		}
		wait := backoff(n, err)
		e.saysAgain(ctx, n, wait, err)
		if pause(ctx, wait) != nil {
			return err
		}
		again(err)
	}
}

// ofNoMember is the error of a call that is about no member.
func ofNoMember(err error) error {
	if !Is(err, MemberNotFound) {
		return err
	}
	return unread(err)
}

// call makes one call of a lane to the vendor, whose turn has come: bounded, and
// reported to the pacer.
func (e *Engine) call(ctx context.Context, l lane, a Attempt, do func(context.Context) error) error {
	ctx, end := e.withTurns(WithAttempt(ctx, a), l)
	defer end()
	err := do(ctx)
	e.pacer.report(l, err)
	return err
}
