package apikit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	// maxLead is how long before their end keys are renewed, or a fifth of the
	// life they had left when they came, whichever is less. A call takes no more
	// than CallTimeout; the rest is for a login that fails for a while.
	maxLead = 5 * time.Minute
	// minLife is how long keys count as valid in any case, and how long they are
	// not blamed for a refusal: a clock that goes wrong, or keys that are refused
	// for another reason, must not make every call log in.
	minLife = time.Minute
	// oddLife is the life of keys that come with an end in the past: the clock of
	// this machine is wrong, or they are. The call will tell.
	oddLife = 10 * time.Minute
	// renewPause is the pause after a login that failed while the keys at hand
	// are still valid.
	renewPause = 30 * time.Second

	loginTimeout = 25 * time.Second // all tries together: less than a caller waits
	tryTimeout   = 10 * time.Second // one of them
	loginTries   = 4
	loginPause   = 500 * time.Millisecond // before the second try, doubled before each further
)

// Temporary are keys that end. They are renewed before that, once for all who
// ask, and nobody waits while the old ones are valid. A login that callers wait
// for ends when the last of them has gone.
type Temporary[K Keys] struct {
	// fetch logs in. A zero time says that the keys have no end.
	fetch func(context.Context) (keys K, end time.Time, err error)
	local bool
	login membership.Shared[K] // for those who wait; what it gives is kept here

	mu       sync.Mutex
	keys     K
	have     bool
	since    time.Time // when they came
	due      time.Time // from when on they are renewed; zero: never
	end      time.Time // zero: none
	renewing bool
}

// NewTemporary are keys that fetch gets, with the time when they end; the zero
// time is none. Failures of class Transient and Throttled are tried again, four
// times in all and for 25 s; a try takes 10 s at most. local says that the
// service is on this machine or beneath it: that it cannot be reached will not
// pass, and after the last try is class Denied.
func NewTemporary[K Keys](local bool, fetch func(context.Context) (K, time.Time, error)) *Temporary[K] {
	t := &Temporary[K]{fetch: fetch, local: local}
	t.login.Patient = true // each login outdates itself; those who waited for it take it
	return t
}

// Credentials are the keys. While they are valid nobody waits for their
// successors; a renewal that fails is no matter until they end.
func (t *Temporary[K]) Credentials(ctx context.Context) (K, error) {
	keys, valid, fresh := t.current()
	if valid && !fresh {
		t.renew(ctx)
	}
	if valid {
		return keys, nil
	}
	if err := ctx.Err(); err != nil {
		return keys, fmt.Errorf("interrupted: %w", err)
	}
	r, err := t.wait(ctx)
	if err != nil {
		return keys, fmt.Errorf("interrupted: %w", err)
	}
	return r.Value, r.Err
}

// Ended says that a call with keys was refused as one whose keys have ended. It
// tells whether asking again gives others.
func (t *Temporary[K]) Ended(keys K) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !t.have || keys != t.keys: // somebody was faster
		return true
	case time.Since(t.since) < minLife:
		return false
	}
	t.have = false
	return true
}

// current are the keys at hand, whether they can be used, and whether they need
// no successors yet.
func (t *Temporary[K]) current() (keys K, valid, fresh bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); t.have && (t.end.IsZero() || now.Before(t.end)) {
		return t.keys, true, t.due.IsZero() || now.Before(t.due)
	}
	return keys, false, false
}

// renew gets successors for valid keys, with nobody waiting.
func (t *Temporary[K]) renew(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.renewing {
		return
	}
	t.renewing = true
	go func() {
		ctx := context.WithoutCancel(ctx)
		r, err := t.wait(ctx)
		if err == nil {
			err = r.Err
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.renewing = false
		if err != nil {
			t.due = time.Now().Add(renewPause)
			write(ctx, slog.LevelWarn, "Temporary keys could not be renewed; the old ones are still valid", map[string]any{"error": err.Error()})
		}
	}()
}

// wait shares a login with all who wait for one.
func (t *Temporary[K]) wait(ctx context.Context) (*membership.Reading[K], error) {
	return t.login.Get(ctx, membership.Forever, func(ctx context.Context, _ func(error)) (K, error) {
		if keys, _, fresh := t.current(); fresh {
			return keys, nil // another login ended just before
		}
		keys, end, err := t.persist(ctx)
		if err == nil {
			t.keep(keys, end)
			t.login.Outdate()
		}
		return keys, err
	})
}

func (t *Temporary[K]) keep(keys K, end time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	t.keys, t.have, t.since, t.due, t.end = keys, true, now, time.Time{}, time.Time{}
	if end.IsZero() {
		return
	}
	life := max(end.Sub(now), minLife)
	if !end.After(now) {
		life = oddLife
	}
	t.end = now.Add(life)
	t.due = t.end.Add(-min(maxLead, life/5))
}

// persist logs in, several times where what fails may pass.
func (t *Temporary[K]) persist(ctx context.Context) (K, time.Time, error) {
	ctx, cancel := limited(ctx, loginTimeout)
	defer cancel()
	pause := loginPause
	for n := 1; ; n++ {
		keys, end, err := t.try(ctx)
		e, ok := errors.AsType[*membership.Error](err)
		passes := ok && (e.Class == membership.Transient || e.Class == membership.Throttled)
		if passes && n < loginTries {
			wait := max(pause/2+rand.N(pause/2), e.After)
			pause *= 2
			select {
			case <-time.After(wait):
				continue
			case <-ctx.Done():
			}
		}
		if passes && t.local {
			denied := *e
			denied.Class, err = membership.Denied, &denied
		}
		return keys, end, err
	}
}

func (t *Temporary[K]) try(ctx context.Context) (keys K, end time.Time, err error) {
	defer func() { // those who wait would wait for ever
		if p := recover(); p != nil {
			err = &membership.Error{Class: membership.Denied, Err: fmt.Errorf("log in: %v", p)}
		}
	}()
	ctx, cancel := limited(ctx, tryTimeout)
	defer cancel()
	return t.fetch(ctx)
}

// String hides the keys from a careless %v.
func (t *Temporary[K]) String() string { return "(temporary keys)" }

// GoString hides the keys from a careless %#v.
func (t *Temporary[K]) GoString() string { return "apikit.Temporary{...}" }
