package membership

import (
	"context"
	"sync/atomic"
	"time"
)

// kind is what an operation does. Their order is the order of service: what
// adds capacity goes before what takes it away.
type kind int

const (
	add kind = iota
	update
	remove
	kinds // their number
)

// op is one change to one member, asked for by one caller.
type op struct {
	kind   kind
	member Member
	change Change // update
	adopt  bool   // add
	ctx    context.Context
	handle *Handle
	queued time.Time
	caller *caller
	// spared: a removal, or the drain before one, that does nothing where this
	// run has put the member in; see [Handle.Holds].
	spared bool

	waited context.Context // ends when the caller gives up or has its answer
	over   context.CancelFunc

	// Guarded by writer.mu.
	taken  bool // left the queue; from here on only its round settles it
	passed int  // how often a round was made up without it while it was oldest
	full   bool // an add that found the group full and waits for its removals

	// Owned by the round that took it.
	doubted bool // sent with an unknown outcome
	seen    bool // the member was listed before anything was sent
	denied  bool // a removal that the vendor answered with "no such member"
	offered bool // an add in a batch that was refused as a whole, which may be in effect all the same
	added   bool // an add that is in effect, but not yet with the weight, name or zone asked for
	ignored int  // how often it was accepted without showing
	last    error

	settled atomic.Bool
	done    chan struct{} // closed once result and err are final
	result  Member
	err     error
	writer  *writer
}

// caller is who asked for some operations together: where callers are counted
// it is one, and it waits for all of them at once.
type caller struct {
	until time.Time // how long it waits for the truth, once it gave up
}

// ask makes an operation a caller's own.
func (o *op) ask(ctx context.Context, h *Handle, by *caller) {
	o.ctx, o.handle, o.done, o.caller = ctx, h, make(chan struct{}), by
	o.waited, o.over = context.WithCancel(ctx)
}

// maybeOurs tells whether a member to add that turns out to be in the group may
// be there by this very operation.
func (o *op) maybeOurs() bool { return o.doubted || o.offered }

// settle gives the caller its answer; the first answer stands.
func (o *op) settle(m Member, err error) {
	if o.settled.CompareAndSwap(false, true) {
		o.result, o.err = m, err
		switch {
		case err != nil:
		case o.kind == add:
			o.handle.hold(m.Key, true)
		case o.kind == remove && !o.spared:
			o.handle.hold(o.member.Key, false)
		}
		close(o.done)
		o.over()
	}
}

// wait is the caller's side: the answer, however it comes about.
func (o *op) wait() (Member, error) {
	select {
	case <-o.done:
		return o.result, o.err
	case <-o.ctx.Done():
	}
	if o.writer.withdraw(o) {
		if o.doubted { // put back, after a try whose outcome is unknown
			o.settle(Member{}, inDoubt(context.Cause(o.ctx)))
		} else {
			o.settle(Member{}, notSent(o.ctx, nil))
		}
		return o.result, o.err
	}
	// It is being worked on. Its round sees the end of ctx too and settles it
	// as soon as the truth is known; the timer only guards the caller against
	// a call that other callers still wait for.
	if o.caller.until.IsZero() {
		o.caller.until = time.Now().Add(inFlightGrace + settleGrace + time.Second)
	}
	guard := time.NewTimer(time.Until(o.caller.until))
	defer guard.Stop()
	select {
	case <-o.done:
	case <-guard.C:
		o.settle(Member{}, inDoubt(context.Cause(o.ctx)))
		<-o.done
	}
	return o.result, o.err
}
