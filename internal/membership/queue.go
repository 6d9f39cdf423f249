package membership

import (
	"slices"
	"sync"
	"time"
)

// writer makes the writes under one lock, one at a time, in rounds: a round is
// of one kind for one group, in as many batches as that takes. Its goroutine
// lives while there is work.
type writer struct {
	engine  *Engine
	arrived chan struct{} // poked on every arrival, and when the queue is left empty

	mu       sync.Mutex
	queue    []*op // in order of arrival
	running  bool
	underWay []*op // the round
	crowd    crowd
}

func (w *writer) submit(ops ...*op) {
	w.mu.Lock()
	now := time.Now()
	for _, o := range ops {
		o.writer, o.queued = w, now
	}
	w.queue = append(w.queue, ops...)
	w.crowd.came(now, len(w.underWay) > 0, callers(w.underWay, w.queue))
	start := !w.running
	w.running = true
	w.mu.Unlock()
	if start {
		go w.run()
		return
	}
	w.poke()
}

// poke makes the writer look at its queue again.
func (w *writer) poke() {
	select {
	case w.arrived <- struct{}{}:
	default:
	}
}

// callers is how many callers wait for some operations. One that has been told
// is not there: it may be back with its next operations before the round that
// told it is over, and would be counted twice.
func callers(ops ...[]*op) int {
	seen := map[*caller]bool{}
	for _, some := range ops {
		for _, o := range some {
			select {
			case <-o.done:
			default:
				seen[o.caller] = true
			}
		}
	}
	return len(seen)
}

// withdraw takes an operation out of the queue; false when it has left it.
func (w *writer) withdraw(o *op) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.queue)
	w.drop(map[*op]bool{o: true})
	if len(w.queue) == 0 {
		w.poke() // nobody waits any more
	}
	return len(w.queue) < n
}

// drop takes operations out of the queue; w.mu is held.
func (w *writer) drop(gone map[*op]bool) {
	kept := w.queue[:0]
	for _, o := range w.queue {
		if !gone[o] {
			kept = append(kept, o)
		}
	}
	clear(w.queue[len(kept):])
	w.queue = kept
}

// run serves the queue until it is empty.
func (w *writer) run() {
	for {
		batch := w.next()
		if batch == nil {
			return
		}
		newRound(w, batch).run()
		w.mu.Lock()
		w.underWay = nil
		w.vacated(batch)
		w.crowd.ends(time.Now())
		w.mu.Unlock()
	}
}

// next waits for the moment to send and takes the next round's operations; nil
// when there are none, and then the writer has stopped. A full batch goes at
// once. Otherwise the wait ends when nothing has come for the gap that the crowd
// is worth.
func (w *writer) next() []*op {
	began := time.Now()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for quiet := false; ; {
		batch, wait := w.choose(began, quiet)
		if batch != nil || wait == 0 {
			return batch
		}
		timer.Reset(wait)
		select {
		case <-w.arrived:
			quiet = false
		case <-timer.C:
			quiet = true
		}
	}
}

// choose takes the next round's operations out of the queue, or tells how long
// to wait for more; neither when there are none, and then the writer has
// stopped. quiet says that nothing came in the wait before.
func (w *writer) choose(began time.Time, quiet bool) (batch []*op, wait time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.openCircles()
	if len(w.queue) == 0 {
		w.running = false
		return nil, 0
	}
	batch, full, held := w.pick(time.Now())
	if len(batch) == 0 {
		return nil, held
	}
	here := callers(w.queue)
	gap, limit, missing := w.crowd.muster(here, w.engine.opts.QuietGap, w.engine.opts.MaxGap)
	left := min(gap, limit-time.Since(began))
	switch {
	case full && left > 0:
		batch = whole(batch)
	case quiet && missing:
		w.crowd.stayAway(here)
	case !full && !quiet && left > 0:
		return nil, left
	}
	return w.take(batch), 0
}

// take takes a batch out of the queue; w.mu is held.
func (w *writer) take(batch []*op) []*op {
	gone := make(map[*op]bool, len(batch))
	for _, o := range batch {
		gone[o] = true
	}
	if ready := w.ready(); len(ready) > 0 && !gone[ready[0]] {
		ready[0].passed++
	}
	w.drop(gone)
	w.underWay = batch
	w.crowd.sets(callers(batch), callers(batch, w.queue))
	return batch
}

// maxPassed is how many rounds may go before the oldest operation.
const maxPassed = 2

// maxBatches is how many batches a round has at most. More in one round cost
// fewer listings, and make others under the same lock wait longer.
const maxBatches = 10

// pick makes up the next round; w.mu is held and nothing is taken yet. full
// tells that it fills a batch of the vendor's. Where all that could go is held
// back, held is how long.
func (w *writer) pick(now time.Time) (batch []*op, full bool, held time.Duration) {
	ready, waits := w.placesFirst(w.ready(), now)
	ready, held = w.holdBack(ready, now)
	if len(ready) == 0 {
		return nil, false, soonest(held, waits, w.putOff(now))
	}
	lead := lead(ready)
	limit := lead.handle.limit(lead.kind)
	for _, o := range ready {
		if o.handle == lead.handle && o.kind == lead.kind {
			if batch = append(batch, o); len(batch) == limit*maxBatches {
				break
			}
		}
	}
	return batch, len(batch) >= limit, 0
}

// whole is a round, which fills a batch, without the part at its end that does
// not: that waits for more to come. A caller's members are not parted for it.
func whole(ops []*op) []*op {
	limit := ops[0].handle.limit(ops[0].kind)
	n := len(ops) - len(ops)%limit
	if n < len(ops) && ops[n].caller == ops[n-1].caller {
		return ops
	}
	return ops[:n]
}

// ready are the operations that may go now, oldest first; w.mu is held. Of
// those on one member only the oldest may: they take effect in the order they
// were asked for. An add that found the group full waits for the removals.
func (w *writer) ready() []*op {
	type subject struct {
		handle *Handle
		key    Key
		id     string
	}
	seen := make(map[subject]bool, 2*len(w.queue))
	now := time.Now()
	movers := w.movers()
	var ready []*op
	for _, o := range w.queue {
		if o.kind == add && movesOn(movers[place{o.handle, o.taken}]) {
			continue // another member, which comes when this one has gone
		}
		byKey := subject{handle: o.handle, key: o.member.Key}
		byID := subject{handle: o.handle, id: o.member.ID}
		free := !seen[byKey] && (o.member.ID == "" || !seen[byID])
		seen[byKey] = true
		if o.member.ID != "" {
			seen[byID] = true
		}
		if free && !o.later.After(now) {
			ready = append(ready, o)
		}
	}
	makesRoom := map[*Handle]bool{}
	for _, o := range ready {
		makesRoom[o.handle] = makesRoom[o.handle] || o.kind == remove
	}
	return slices.DeleteFunc(ready, func(o *op) bool { return o.forRoom && makesRoom[o.handle] })
}

// lead is the operation whose group and kind the next round has: the oldest of
// the foremost kind, unless the very oldest has been passed over too often.
func lead(ready []*op) *op {
	first := ready[0]
	if first.passed >= maxPassed {
		return first
	}
	for _, o := range ready {
		if o.kind < first.kind {
			first = o
		}
	}
	return first
}

// afterRemovals puts adds that found the group full back in the queue, where
// a removal of the same group waits there and may go before them, or is on its
// way there.
func (w *writer) afterRemovals(adds []*op) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	queue := w.queue
	w.queue = append(slices.Clone(adds), queue...)
	if !slices.ContainsFunc(w.ready(), func(o *op) bool { return o.kind == remove && o.handle == adds[0].handle }) {
		if !w.engine.arrivals.makesRoom(adds[0].handle, adds) {
			w.queue = queue
			return false
		}
		for _, o := range adds {
			o.later = time.Now().Add(roomGap)
		}
	}
	for _, o := range adds {
		o.forRoom = true
	}
	return true
}
