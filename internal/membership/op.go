package membership

import (
	"context"
	"sync"
	"time"
)

// kind is what an operation does. Their order is the order of service: what
// adds capacity goes before what takes it away.
type kind int

const (
	add   kind = iota
	raise      // a change that takes no capacity away
	lower      // a change that does: less weight, or another port
	remove
)

// changes tells whether a kind changes members that are in the group.
func (k kind) changes() bool { return k == raise || k == lower }

// noun is a kind as a text names it.
func (k kind) noun() string {
	switch k {
	case add:
		return "add"
	case remove:
		return "removal"
	default:
		return "change"
	}
}

// standing is how far an operation has come, and so what may be said of it when
// nothing more can be done.
type standing int

const (
	// waiting: nothing was sent that may have had an effect.
	waiting standing = iota
	// sent: it is in a call that is under way, or in one that the vendor has
	// accepted and whose effect does not show yet.
	sent
	// offered: an add in a batch that was refused as a whole. A member that
	// shows up is ours all the same.
	offered
	// doubted: it was sent with an unknown outcome.
	doubted
	// half: an add that is in effect, but not yet with the weight, name or zone
	// asked for.
	half
	// takenOver: an add whose member was there before, and which is to be
	// changed to the weight, name or zone asked for.
	takenOver
	// answered: its caller has been told.
	answered
)

// op is one change to one member, asked for by one caller.
type op struct {
	kind   kind
	member Member
	wish   Change // of a change, or of an add whose member is there: what is wanted
	adopt  bool   // add
	drains bool   // a lowering by a drain
	goes   bool   // and of a member that is taken out after it
	by     string // the resource instance that asks; see [As]
	spared bool   // a removal, or the drain before one, of what is another one's by now
	seen   bool   // the member was listed when the operation was asked for

	ctx    context.Context
	handle *Handle
	writer *writer
	queued time.Time
	caller *caller
	waited context.Context // ends when the caller gives up or has its answer
	over   context.CancelFunc

	// Guarded by writer.mu.
	passed  int       // how often a round was made up without it while it was oldest
	forRoom bool      // an add that found the group full and waits for its removals
	held    time.Time // since when it is held back
	taken   string    // the id of the member that has the place it is to take
	later   time.Time // not before then

	// Owned by the round that took it.
	change  Change // what is left of the wish, to the member as it was last listed
	ignored int    // how often it was accepted without showing
	departs bool   // an add: the member that was there before is listed as departing
	put     int    // how often it was put off for that

	mu       sync.Mutex
	standing standing
	last     error // the last answer that was no success
	tries    int   // how many there were
	outcome  Outcome
	done     chan struct{} // closed once outcome is final
}

// caller is who asked for some operations together: where callers are counted
// it is one, and it waits for all of them at once.
type caller struct {
	until time.Time // how long it waits for the truth, once it gave up
}

// ask makes an operation a caller's own.
func (o *op) ask(ctx context.Context, h *Handle, by *caller) {
	o.ctx, o.handle, o.done, o.caller, o.by = ctx, h, make(chan struct{}), by, asker(ctx)
	o.waited, o.over = context.WithCancel(ctx)
}

// stands is how far the operation has come.
func (o *op) stands() standing {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.standing
}

// become moves the operation on, unless its caller has been told.
func (o *op) become(s standing) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.standing != answered {
		o.standing = s
	}
}

// leaves marks the operation as sent, just before the call. It returns the
// standing to go back to where the vendor does nothing, and false where there is
// nothing to send, because its caller has given up.
func (o *op) leaves() (before standing, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	before = o.standing
	if before == waiting || before == offered {
		o.standing = sent
	}
	return before, before != answered
}

// arrives notes what the vendor answered to a call that the operation was in.
func (o *op) arrives(before standing, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.standing == answered {
		return
	}
	if err != nil {
		o.last = err
		o.tries++
	}
	switch {
	case o.standing == half, o.standing == takenOver:
	case err == nil:
		o.standing = sent
	case conductOf(err).write == doubt:
		o.standing = doubted
	default:
		o.standing = before
	}
}

// lastAnswer is what the vendor last said of it that was no success.
func (o *op) lastAnswer() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last
}

// hears notes something that stands for an answer.
func (o *op) hears(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.last = err
}

// maybeOurs tells whether a member to add that turns out to be in the group may
// be there by this very operation.
func (o *op) maybeOurs() bool {
	s := o.stands()
	return s == sent || s == offered || s == doubted
}

// tell is what may be said of the operation when it ends with an error; nil
// where that means success. o.mu is held.
func (o *op) tell(err error) error {
	switch {
	case o.wish.Port != nil && Is(err, AlreadyExists):
		return placeTaken(*o.wish.Port, err)
	case Is(err, NotFound):
		return beforeSend(o.ctx, o.kind, o.tries, err)
	case o.standing == half:
		return halfDone(err)
	case o.standing == takenOver && !Is(err, MemberNotFound):
		return notChanged(err)
	case o.standing == sent, o.standing == doubted:
		return inDoubt(err)
	}
	return beforeSend(o.ctx, o.kind, o.tries, err)
}

// beforeSend is what may be said of an operation for which nothing was sent that
// may have had an effect, after some tries; nil where that means success.
func beforeSend(ctx context.Context, k kind, tries int, err error) error {
	switch {
	case Is(err, NotFound) && k == remove: // out with the whole group
		return nil
	case Is(err, NotSent), conductOf(err).passes && ctx.Err() != nil:
		return notSent(ctx, tries, err)
	case Is(err, Unknown):
		return unread(err)
	}
	return err
}

// fail gives the caller what may be said after an error.
func (o *op) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.finish(Member{}, o.tell(err))
}

// settle gives the caller its answer; the first answer stands.
func (o *op) settle(m Member, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.finish(m, err)
}

// finish is settle; o.mu is held.
func (o *op) finish(m Member, err error) {
	if o.standing == answered {
		return
	}
	if Is(err, NotChanged) {
		m = o.wish.Member
	}
	o.outcome = Outcome{Member: m, Err: err, Adopted: o.standing == takenOver, Spared: o.spared}
	o.standing = answered
	switch {
	case o.kind == add && err == nil:
		o.handle.hold(m.Key, o.by)
	case o.kind == add && Is(err, AlreadyExists):
		o.handle.want(o.member.Key, o.by)
	case o.kind == remove && err == nil && !o.spared:
		o.handle.let(o.member.Key)
	}
	close(o.done)
	o.over()
}

// giveUp answers a caller that has given up, where that needs no look at the
// group: nothing of its operation can be in effect. One in the queue is in no
// call, and nobody will look for it.
func (o *op) giveUp(inQueue bool) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.standing == waiting, o.standing == offered:
		o.finish(Member{}, notSent(o.ctx, o.tries, o.last))
	case inQueue:
		o.finish(Member{}, o.tell(context.Cause(o.ctx)))
	}
	return o.standing == answered
}

// timeIsOver is why an operation is not tried again whose caller has given up.
func (o *op) timeIsOver() error {
	e := &Error{Class: Transient, Err: context.Cause(o.ctx), Message: because(context.Cause(o.ctx))}
	if last := o.lastAnswer(); last != nil {
		e.Message = ended(e.Err, o.tries, last)
	}
	return e
}

// wait is the caller's side: the answer, however it comes about.
func (o *op) wait() Outcome {
	select {
	case <-o.done:
		return o.outcome
	case <-o.ctx.Done():
	}
	if o.giveUp(o.writer.withdraw(o)) {
		return o.outcome
	}
	// It has been sent. Its round sees the end of ctx too and settles it as soon
	// as the truth is known; the timer only guards the caller against a call
	// that other callers still wait for.
	if o.caller.until.IsZero() {
		o.caller.until = time.Now().Add(inFlightGrace + settleGrace + time.Second)
	}
	guard := time.NewTimer(time.Until(o.caller.until))
	defer guard.Stop()
	select {
	case <-o.done:
	case <-guard.C:
		o.fail(context.Cause(o.ctx))
	}
	return o.outcome
}
