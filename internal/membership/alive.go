package membership

import (
	"context"
	"slices"
	"time"
)

// alive returns the operations whose caller has not been told, after it has
// told those who gave up.
func (r *round) alive(ops []*op) []*op {
	if r.leaving.Swap(false) {
		r.tellWhoLeft()
	}
	var left []*op
	for _, o := range ops {
		if o.stands() != answered {
			left = append(left, o)
		}
	}
	return left
}

// tellWhoLeft answers the callers that gave up, wherever their operations stand
// in the round; none is in a call now. One that was sent with an unknown outcome
// gets a last look first, and one that was accepted a look at what shows.
func (r *round) tellWhoLeft() {
	if slices.ContainsFunc(r.accepted, func(o *op) bool { return o.ctx.Err() != nil && o.stands() == sent }) {
		r.settleAccepted()
	}
	var looked []*op
	for _, o := range r.ops {
		if o.ctx.Err() == nil || o.giveUp(false) {
			continue
		}
		if s := o.stands(); s == doubted {
			looked = append(looked, o)
		} else if s == half || s == takenOver {
			o.fail(o.timeIsOver())
		}
	}
	for _, o := range r.reread(looked) {
		o.fail(o.timeIsOver())
	}
}

func (r *round) gone() bool {
	select {
	case <-r.allGone:
		return true
	default:
		return false
	}
}

// rest waits before the next try and returns the operations whose caller is
// still there; one that goes meanwhile is settled at once.
func (r *round) rest(ops []*op, d time.Duration) []*op {
	until := time.Now().Add(d)
	for len(ops) > 0 && r.pause(time.Until(until)) {
		ops = r.alive(ops)
	}
	return ops
}

// sooner is a wait of operations before the next try, shortened where one of them
// is urgent.
func (r *round) sooner(ops []*op, wait time.Duration) time.Duration {
	for _, o := range ops {
		wait = sooner(o.ctx, wait)
	}
	return wait
}

func (r *round) inHurry(ops []*op) bool {
	return slices.ContainsFunc(ops, func(o *op) bool { return urgent(o.ctx) })
}

// pause waits, and returns true when a caller went before the time was over.
func (r *round) pause(d time.Duration) (poked bool) {
	if d <= 0 {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return false
	case <-r.poked:
		return true
	}
}

// whileAlive does what must be done before operations are sent. A caller that
// gives up meanwhile is settled at once, and the operations of those who are
// still there are returned; when there are none, do was stopped.
func (r *round) whileAlive(ops []*op, do func(context.Context) error) ([]*op, error) {
	if len(ops) == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = do(ctx)
	}()
	for {
		select {
		case <-done:
			return ops, err
		case <-r.poked:
			if ops = r.alive(ops); len(ops) == 0 {
				cancel()
				<-done
				return nil, nil
			}
		}
	}
}
