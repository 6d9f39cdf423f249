package slbapi

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	// maxLead is how long before their expiry keys are exchanged, or a fifth of
	// the life they had left when they came, whichever is less. A call is
	// bounded by callTimeout, so a minute would do for it; the rest is for an
	// STS that cannot be reached for a while, when the old keys still serve.
	maxLead = 5 * time.Minute
	// A refresh that fails while the old keys are valid is not worth waiting
	// for long, nor repeating with every call.
	earlyTimeout = 5 * time.Second
	earlyPause   = 15 * time.Second

	loginTimeout = 25 * time.Second // all tries together; less than a call waits for its keys
	tryTimeout   = 10 * time.Second // one of them

	loginTries = 4
	loginPause = 500 * time.Millisecond // before the second try, doubled before each further
)

// errNoKeys is the cause of the deadline of one try.
var errNoKeys = fmt.Errorf("no answer within %s: %w", tryTimeout, context.DeadlineExceeded)

// temporary are keys that expire; never, where the time is zero.
type temporary struct {
	Keys
	expires time.Time
}

// refreshing keeps temporary keys, and exchanges them before they expire: once,
// however many callers wait. It implements [Credentials].
type refreshing struct {
	fetch func(context.Context) (temporary, error)
	// local is a service on this machine or beneath it: that it cannot be
	// reached will not pass.
	local bool

	mu     sync.Mutex
	kept   temporary // the zero value: none
	due    time.Time // from when on fresh keys are asked for; zero: never
	flight *flight   // the exchange under way
}

// flight is one exchange of keys.
type flight struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiters int
	keys    Keys
	err     error
}

// Credentials implements the interface of that name.
func (r *refreshing) Credentials(ctx context.Context) (Keys, error) {
	r.mu.Lock()
	if r.kept != (temporary{}) && (r.due.IsZero() || time.Now().Before(r.due)) {
		defer r.mu.Unlock()
		return r.kept.Keys, nil
	}
	if err := ctx.Err(); err != nil {
		r.mu.Unlock()
		return Keys{}, fmt.Errorf("interrupted: %w", err)
	}
	f := r.flight
	if f == nil {
		f = r.takeOff(ctx)
	}
	f.waiters++
	r.mu.Unlock()
	select {
	case <-f.done:
		return f.keys, f.err
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.waiters--; f.waiters == 0 {
		f.cancel()
		if r.flight == f {
			r.flight = nil
		}
	}
	return Keys{}, fmt.Errorf("interrupted: %w", ctx.Err())
}

// expired drops keys that were refused as expired, whatever their time says.
func (r *refreshing) expired(k Keys) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kept.Keys == k {
		r.kept = temporary{}
	}
}

// takeOff begins an exchange. Its life is not that of the caller who happened
// to be first, but of all who wait for it. r.mu is held.
func (r *refreshing) takeOff(ctx context.Context) *flight {
	within, tries := loginTimeout, loginTries
	old := r.kept
	usable := old != (temporary{}) && time.Now().Before(old.expires)
	if usable {
		within, tries = earlyTimeout, 1
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	r.flight = f
	go func() {
		defer cancel()
		fresh, err := r.try(ctx, tries)
		r.mu.Lock()
		defer r.mu.Unlock()
		switch {
		case err == nil:
			r.keep(fresh)
			f.keys = fresh.Keys
		case usable && r.kept == old:
			tflog.SubsystemWarn(WithLog(ctx), Subsystem, "Temporary keys could not be refreshed; the old ones are still valid",
				map[string]any{"error": err.Error()})
			r.due = time.Now().Add(min(earlyPause, time.Until(old.expires)))
			f.keys = old.Keys
		default:
			f.err = err
		}
		if r.flight == f {
			r.flight = nil
		}
		close(f.done)
	}()
	return f
}

// keep stores fresh keys. r.mu is held.
func (r *refreshing) keep(fresh temporary) {
	r.kept, r.due = fresh, time.Time{}
	if fresh.expires.IsZero() {
		return
	}
	now := time.Now()
	left := fresh.expires.Sub(now)
	if left <= 0 {
		// This machine's clock is wrong, or the keys are: the call will tell.
		left = 2 * maxLead
		r.kept.expires = now.Add(left)
	}
	r.due = now.Add(left - min(maxLead, left/5))
}

// try fetches keys, several times where what fails may pass.
func (r *refreshing) try(ctx context.Context, tries int) (temporary, error) {
	pause := loginPause
	for n := 1; ; n++ {
		one, cancel := context.WithTimeoutCause(ctx, tryTimeout, errNoKeys)
		fresh, err := r.fetch(one)
		cancel()
		if err == nil {
			return fresh, nil
		}
		e, ok := errors.AsType[*membership.Error](err)
		passes := ok && e.Class == membership.Transient
		if passes && n < tries {
			wait := max(pause/2+rand.N(pause/2), e.After)
			pause *= 2
			select {
			case <-time.After(wait):
				continue
			case <-ctx.Done():
			}
		}
		if passes && r.local {
			denied := *e
			denied.Class = membership.Denied
			return temporary{}, &denied
		}
		return temporary{}, err
	}
}

// String hides the keys from a careless %v.
func (r *refreshing) String() string { return "(temporary keys)" }

// GoString hides the keys from a careless %#v.
func (r *refreshing) GoString() string { return "slbapi.refreshing{...}" }
