package elbapi

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	// maxMargin is how long before its end a key is replaced at the latest: a
	// call and its repetitions take less. Short-lived keys are replaced after
	// four fifths of their life, so that a failed try leaves time for others.
	maxMargin = 5 * time.Minute
	// minLife is how long a key counts as valid in any case, and how long it is
	// not blamed for a refusal: a clock that goes wrong, or a key that is
	// refused for another reason, must not make every call log in again.
	minLife = time.Minute
	// unsaidLife is the life of a key whose end IAM does not say, its shortest.
	unsaidLife = 15 * time.Minute
	// retryPause is the pause after a refresh that failed while the key at hand
	// is still valid.
	retryPause = 30 * time.Second
	// loginTimeout bounds one refresh with its repetitions.
	loginTimeout = 2 * time.Minute
	loginTries   = 3
)

// refreshing are temporary keys that are replaced before they end, once for
// all who ask meanwhile. A refresh goes on when those who wait for it give up:
// whoever comes next needs it too.
type refreshing struct {
	obtain func(context.Context) (Keys, time.Time, error)

	mu     sync.Mutex
	keys   Keys      // zero: none yet
	since  time.Time // when they were obtained
	renew  time.Time // when to replace them
	end    time.Time
	flight *renewal
}

type renewal struct {
	done chan struct{}
	keys Keys
	err  error
}

// Credentials returns the keys. While they are valid nobody waits for their
// successor; a refresh that fails is no matter until they end.
func (r *refreshing) Credentials(ctx context.Context) (Keys, error) {
	r.mu.Lock()
	now := time.Now()
	keys, valid := r.keys, now.Before(r.end)
	if valid && now.Before(r.renew) {
		r.mu.Unlock()
		return keys, nil
	}
	if err := ctx.Err(); err != nil {
		r.mu.Unlock()
		return Keys{}, err
	}
	f := r.flight
	if f == nil {
		f = &renewal{done: make(chan struct{})}
		r.flight = f
		go r.fly(context.WithoutCancel(ctx), f)
	}
	r.mu.Unlock()
	if valid {
		return keys, nil
	}
	select {
	case <-f.done:
		return f.keys, f.err
	case <-ctx.Done():
		return Keys{}, ctx.Err()
	}
}

// expired says that a call with these keys was refused as not valid any more.
// It tells whether asking again gives others.
func (r *refreshing) expired(keys Keys) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case keys != r.keys: // somebody was faster
		return true
	case time.Since(r.since) < minLife:
		return false
	}
	r.end = time.Time{}
	return true
}

func (r *refreshing) fly(ctx context.Context, f *renewal) {
	ctx, cancel := context.WithTimeout(ctx, loginTimeout)
	defer cancel()
	keys, end, err := r.persist(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	if err != nil {
		r.renew = now.Add(retryPause)
	} else {
		life := unsaidLife
		if !end.IsZero() {
			life = max(end.Sub(now), minLife)
		}
		r.keys, r.since, r.end = keys, now, now.Add(life)
		r.renew = r.end.Add(-min(life/5, maxMargin))
	}
	f.keys, f.err = keys, err
	r.flight = nil
	close(f.done)
}

// persist obtains keys, trying again after failures that pass.
func (r *refreshing) persist(ctx context.Context) (Keys, time.Time, error) {
	for n := 1; ; n++ {
		keys, end, err := r.try(ctx)
		passing := membership.Is(err, membership.Transient) || membership.Is(err, membership.Throttled)
		if !passing || n == loginTries {
			return keys, end, err
		}
		pause := time.Duration(n) * time.Second
		if e, ok := errors.AsType[*membership.Error](err); ok {
			pause = max(pause, min(e.After, retryPause))
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return keys, end, err
		}
	}
}

func (r *refreshing) try(ctx context.Context) (keys Keys, end time.Time, err error) {
	defer func() { // nobody else would end the flight
		if p := recover(); p != nil {
			err = &membership.Error{Class: membership.Denied, Err: fmt.Errorf("log in: %v", p)}
		}
	}()
	return r.obtain(ctx)
}

// expiry reads IAM's expires_at; zero where it cannot be read.
func expiry(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
