package fakecloud

import (
	"sync"
	"time"
)

// Window is how a vendor counts calls against a rate limit. The vendors state
// limits and not how they count.
type Window string

// The ways of counting.
const (
	FixedWindow   Window = "fixed"   // afresh at each whole window; also ""
	SlidingWindow Window = "sliding" // over the window that ends now; refused calls do not count
	SilenceWindow Window = "silence" // so too, but refused calls count: who keeps asking is never let in
)

// Windows are all of them, for tests that run with each.
var Windows = []Window{FixedWindow, SlidingWindow, SilenceWindow}

// Meter counts calls against a limit. Its zero value is ready for use.
type Meter struct {
	mu    sync.Mutex
	calls map[string][]time.Time
}

// Allow counts a call of one kind and tells whether it is within limit calls
// in a window of this length. A limit of 0 or less allows every call.
func (m *Meter) Allow(kind string, limit int, length time.Duration, w Window) bool {
	if limit <= 0 {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	from := now.Add(-length)
	if w == "" || w == FixedWindow {
		from = now.Truncate(length).Add(-1)
	}
	if m.calls == nil {
		m.calls = map[string][]time.Time{}
	}
	recent := m.calls[kind]
	for len(recent) > 0 && !recent[0].After(from) {
		recent = recent[1:]
	}
	allowed := len(recent) < limit
	if allowed || w == SilenceWindow {
		recent = append(recent, now)
	}
	m.calls[kind] = recent
	return allowed
}
