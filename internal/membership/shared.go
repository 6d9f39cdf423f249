package membership

import (
	"context"
	"sync"
	"time"
)

// Forever is the age of a reading that does not age.
const Forever = time.Duration(1<<63 - 1)

// Shared is something that is read for all who want it at once, and serves
// others as long as it is fresh enough for them. A reading has the values of its
// first caller's context (a logger), but not its end: it ends when the last who
// waits for it has gone. The zero value is ready, and remembers no failure.
//
// Its clock is logical: it ticks when a reading begins and when all before is
// outdated, so that "after" needs no wall clock.
type Shared[T any] struct {
	// Gap is how far apart readings begin at the least. A failure is shared for
	// so long.
	Gap time.Duration
	// Patient callers take a reading that was outdated while they waited for it:
	// it was begun after all that was over when they asked.
	Patient bool
	// kept hears of each reading that ended well, with mu held.
	kept func(*Reading[T])

	mu       sync.Mutex
	tick     uint64
	outdated uint64      // readings begun earlier serve nobody who asks later
	newest   *Reading[T] // the one begun last, under way or over
}

// Reading is one reading. Its value, its error and the time when its last try
// began are final for whoever has it of [Shared.Get].
type Reading[T any] struct {
	Value T
	Err   error
	At    time.Time

	begun   uint64 // the tick when the last try began
	done    chan struct{}
	trouble error // what the last of the tries ended with
	tries   int   // how many have ended
	waiters int
	cancel  context.CancelFunc // stops the reading when nobody waits
}

// GaveUp is the error of a caller whose context ended before the reading did.
type GaveUp struct {
	Err  error // the context's
	Last error // what the last try ended with, if there was one
	// Tries is how many have ended.
	Tries int
}

func (e *GaveUp) Error() string {
	if e.Last != nil {
		return ended(e.Err, e.Tries, e.Last)
	}
	return because(e.Err)
}

func (e *GaveUp) Unwrap() error { return e.Err }

// Get is a reading begun no longer ago than age, and after everything before was
// last outdated; with age 0 one begun after the call. read carries one out; it
// calls again with each failure that it does not leave it at. The error is a
// [*GaveUp], that of a reading is in the reading.
func (s *Shared[T]) Get(ctx context.Context, age time.Duration, read func(ctx context.Context, again func(error)) (T, error)) (*Reading[T], error) {
	s.mu.Lock()
	asked := s.tick
	s.mu.Unlock()
	for {
		s.mu.Lock()
		r := s.newest
		if !s.serves(r, age, asked) {
			if wait := s.tooSoon(r); wait > 0 {
				s.mu.Unlock()
				if err := pause(ctx, wait); err != nil {
					return nil, &GaveUp{Err: err}
				}
				continue
			}
			r = s.begin(ctx, read)
		}
		r.waiters++
		s.mu.Unlock()
		select {
		case <-r.done:
			_ = s.leave(r)
		case <-ctx.Done():
			gave := s.leave(r)
			gave.Err = ctx.Err()
			return nil, gave
		}
		if r.failed() || s.Patient || s.current(r) { // else it was outdated while it was under way
			return r, nil
		}
	}
}

// Outdate makes all that was begun before serve nobody who asks later.
func (s *Shared[T]) Outdate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tick++
	s.outdated = s.tick
}

func (s *Shared[T]) current(r *Reading[T]) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.begun > s.outdated
}

// lastBegun is when the last try of the newest reading began, if there is one.
func (s *Shared[T]) lastBegun() (at time.Time, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newest == nil {
		return time.Time{}, false
	}
	return s.newest.At, true
}

// serves tells whether a reading will do; s.mu is held.
func (s *Shared[T]) serves(r *Reading[T], age time.Duration, asked uint64) bool {
	switch {
	case r == nil, r.begun <= s.outdated:
		return false
	case r.over() && r.failed():
		return time.Since(r.At) < s.Gap
	case age == 0:
		return r.begun > asked
	}
	return time.Since(r.At) <= age
}

// tooSoon is how long no other reading is begun after r; s.mu is held.
func (s *Shared[T]) tooSoon(r *Reading[T]) time.Duration {
	if r == nil || s.Gap == 0 {
		return 0
	}
	return time.Until(r.At.Add(s.Gap))
}

// begin starts a reading; s.mu is held.
func (s *Shared[T]) begin(ctx context.Context, read func(context.Context, func(error)) (T, error)) *Reading[T] {
	shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &Reading[T]{done: make(chan struct{}), cancel: cancel}
	s.newest = r
	s.try(r, nil)
	go func() {
		value, err := read(shared, func(err error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.try(r, err)
		})
		cancel()
		s.mu.Lock()
		defer s.mu.Unlock()
		r.Value, r.Err = value, err
		switch {
		case err != nil && s.newest == r && s.Gap == 0:
			s.newest = nil // shared with those who wait now, and with no one later
		case err == nil && s.kept != nil:
			s.kept(r)
		}
		close(r.done)
	}()
	return r
}

// try marks the beginning of another try; s.mu is held.
func (s *Shared[T]) try(r *Reading[T], trouble error) {
	s.tick++
	r.begun, r.At, r.trouble = s.tick, time.Now(), trouble
	if trouble != nil {
		r.tries++
	}
}

// leave ends a caller's interest in a reading and returns what came of it so
// far.
func (s *Shared[T]) leave(r *Reading[T]) *GaveUp {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.waiters--; r.waiters == 0 && !r.over() {
		r.cancel()
		if s.newest == r {
			s.newest = nil
		}
	}
	return &GaveUp{Last: r.trouble, Tries: r.tries}
}

func (r *Reading[T]) failed() bool { return r.Err != nil }

func (r *Reading[T]) over() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}
