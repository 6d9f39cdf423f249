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
	arrived chan struct{} // poked on every arrival

	mu       sync.Mutex
	queue    []*op // in order of arrival
	running  bool
	underWay []*op         // the round
	crowd    int           // how many callers there were at once of late; 0 when not known
	active   time.Time     // when something last came or went
	spread   time.Duration // the widest gap between arrivals of late
	last     int           // how many callers the last round held
}

// The waits for a crowd: the callers whose operations are under way at once,
// as many as Terraform's parallelism allows. How far apart they come depends on
// how busy the machine is, so the waits follow what was seen of late.
const (
	// minPatience and maxPatience bound the wait for the next of a known
	// crowd, which is twice the widest gap of late.
	minPatience, maxPatience = 100 * time.Millisecond, 500 * time.Millisecond
	// minMuster and maxMuster bound the wait for a whole crowd.
	minMuster, maxMuster = 500 * time.Millisecond, 2 * time.Second
	// crowdMemory is how long a quiet lock remembers its crowd.
	crowdMemory = 2 * time.Second
)

func (w *writer) submit(ops ...*op) {
	w.mu.Lock()
	now := time.Now()
	for _, o := range ops {
		o.writer, o.queued = w, now
	}
	w.queue = append(w.queue, ops...)
	switch since := now.Sub(w.active); {
	case len(w.underWay) > 0:
	case since > crowdMemory:
		w.crowd, w.spread, w.last = 0, 0, 0
	case since < maxPatience:
		w.spread = max(since, w.spread*7/8)
	}
	w.active = now
	if w.crowd > 0 {
		w.crowd = max(w.crowd, callers(w.underWay, w.queue))
	}
	start := !w.running
	w.running = true
	w.mu.Unlock()
	if start {
		go w.run()
		return
	}
	select {
	case w.arrived <- struct{}{}:
	default:
	}
}

// callers is how many callers asked for some operations.
func callers(ops ...[]*op) int {
	seen := map[*caller]bool{}
	for _, some := range ops {
		for _, o := range some {
			seen[o.caller] = true
		}
	}
	return len(seen)
}

// withdraw takes an operation out of the queue; false when it has left it.
func (w *writer) withdraw(o *op) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.taken {
		return false
	}
	w.drop(map[*op]bool{o: true})
	o.taken = true
	return true
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
		w.underWay, w.active = nil, time.Now()
		w.mu.Unlock()
	}
}

// next waits for the moment to send and takes the next round's operations; nil
// when there are none, and then the writer has stopped.
//
// A full batch goes at once. Otherwise the wait ends when nothing has come for
// the quiet gap. As long as fewer have come than there were at once of late,
// the wait is more patient: the callers that a round released come back one by
// one with their next members, and a round sent before the last of them would
// carry a part of the crowd, the next round the other part, and so on for ever,
// at twice the calls.
func (w *writer) next() []*op {
	began := time.Now()
	var quiet *time.Timer
	for {
		w.mu.Lock()
		if len(w.queue) == 0 {
			w.running = false
			w.mu.Unlock()
			return nil
		}
		batch, full := w.pick()
		gap, limit, missing := w.gap()
		left := min(gap, limit-time.Since(began))
		if full || left <= 0 {
			if left > 0 {
				batch = whole(batch)
			}
			batch = w.take(batch)
			w.mu.Unlock()
			if len(batch) > 0 {
				return batch
			}
			continue
		}
		w.mu.Unlock()
		if quiet == nil {
			quiet = time.NewTimer(left)
			defer quiet.Stop()
		} else {
			quiet.Reset(left)
		}
		select {
		case <-w.arrived:
			continue
		case <-quiet.C:
		}
		w.mu.Lock()
		if missing {
			w.crowd = callers(w.queue) // the others do not come
		}
		batch, _ = w.pick()
		batch = w.take(batch)
		w.mu.Unlock()
		if len(batch) > 0 {
			return batch
		}
	}
}

// gap is how long to wait for the next arrival, and in all, and whether some
// of a known crowd are missing; w.mu is held.
func (w *writer) gap() (gap, limit time.Duration, missing bool) {
	opts := w.engine.opts
	here := callers(w.queue)
	switch known := w.crowd; {
	case known == 0:
		return opts.QuietGap, opts.MaxGap, false
	case here < known:
		return min(max(2*w.spread, minPatience), maxPatience), min(max(w.spread*time.Duration(known), minMuster), maxMuster), true
	case here > w.last:
		// More have come than the last round held: the crowd is still growing,
		// and nobody knows yet how large it is.
		return minPatience, minMuster, false
	default:
		return opts.QuietGap, minMuster, false
	}
}

// take takes a batch out of the queue; w.mu is held.
func (w *writer) take(batch []*op) []*op {
	gone := make(map[*op]bool, len(batch))
	for _, o := range batch {
		o.taken = true
		gone[o] = true
	}
	if ready := w.ready(); len(ready) > 0 && !gone[ready[0]] {
		ready[0].passed++
	}
	w.drop(gone)
	w.underWay = batch
	w.last = callers(batch)
	w.crowd = max(w.crowd, callers(batch, w.queue))
	return batch
}

// maxPassed is how many rounds may go before the oldest operation.
const maxPassed = 2

// maxBatches is how many batches a round has at most. More in one round cost
// fewer listings, and make others under the same lock wait longer.
const maxBatches = 10

// pick makes up the next round; w.mu is held and nothing is taken yet. full
// tells that it fills a batch of the vendor's.
func (w *writer) pick() (batch []*op, full bool) {
	ready := w.ready()
	if len(ready) == 0 {
		return nil, false
	}
	lead := lead(ready)
	limit := max(lead.handle.group.Limits().Batch, 1)
	for _, o := range ready {
		if o.handle == lead.handle && o.kind == lead.kind {
			if batch = append(batch, o); len(batch) == limit*maxBatches {
				break
			}
		}
	}
	return batch, len(batch) >= limit
}

// whole is a round, which fills a batch, without the part at its end that does
// not: that waits for more to come. A caller's members are not parted for it.
func whole(ops []*op) []*op {
	limit := max(ops[0].handle.group.Limits().Batch, 1)
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
	var ready []*op
	for _, o := range w.queue {
		byKey := subject{handle: o.handle, key: o.member.Key}
		byID := subject{handle: o.handle, id: o.member.ID}
		free := !seen[byKey] && (o.member.ID == "" || !seen[byID])
		seen[byKey] = true
		if o.member.ID != "" {
			seen[byID] = true
		}
		if free {
			ready = append(ready, o)
		}
	}
	makesRoom := map[*Handle]bool{}
	for _, o := range ready {
		makesRoom[o.handle] = makesRoom[o.handle] || o.kind == remove
	}
	return slices.DeleteFunc(ready, func(o *op) bool { return o.full && makesRoom[o.handle] })
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
// a removal of the same group waits there and may go before them.
func (w *writer) afterRemovals(adds []*op) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	queue := w.queue
	w.queue = append(slices.Clone(adds), queue...)
	if !slices.ContainsFunc(w.ready(), func(o *op) bool { return o.kind == remove && o.handle == adds[0].handle }) {
		w.queue = queue
		return false
	}
	for _, o := range adds {
		o.taken, o.full = false, true
	}
	return true
}
