package traffic

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"syscall"
	"time"
)

// Check is how targets are probed. What is zero has a short default.
type Check struct {
	// Path is asked for by GET, and an answer of 2xx or 3xx is a success; "" is
	// "/" for HTTP, and for TCP a connection that is accepted is a success.
	Path     string
	Interval time.Duration // from the end of one probe to the next; default 250 ms
	Timeout  time.Duration // of one probe; default 1 s
	// Healthy and Unhealthy are how many probes in a row change a target's
	// status; default 2 and 2. The first success of a new target suffices.
	Healthy, Unhealthy int
}

func (c Check) filled(mode Mode) Check {
	if c.Path == "" && mode == HTTP {
		c.Path = "/"
	}
	if c.Interval <= 0 {
		c.Interval = 250 * time.Millisecond
	}
	if c.Timeout <= 0 {
		c.Timeout = time.Second
	}
	c.Healthy, c.Unhealthy = max(c.Healthy, 0), max(c.Unhealthy, 0)
	if c.Healthy == 0 {
		c.Healthy = 2
	}
	if c.Unhealthy == 0 {
		c.Unhealthy = 2
	}
	return c
}

// Status is a target's health.
type Status int

const (
	// Unwatched is the status of a target that is not probed, or not there.
	Unwatched Status = iota
	// Pending is a target of which no probe has succeeded yet, nor enough of
	// them failed: it gets no requests.
	Pending
	// Healthy targets get requests.
	Healthy
	// Unhealthy targets get none.
	Unhealthy
)

// Cause is why the last probe failed.
type Cause int

const (
	// NoCause says that it did not fail.
	NoCause Cause = iota
	// Refused says that nothing listens there.
	Refused
	// TimedOut says that no answer came in time.
	TimedOut
	// WrongAnswer says that the answer was neither 2xx nor 3xx.
	WrongAnswer
	// Broken is all else: a connection that was reset, no address at all.
	Broken
)

// Health is a target's health as the last probes tell it.
type Health struct {
	Status Status
	Cause  Cause // of the last probe
	Answer int   // the HTTP status that was wrong
}

// Health is the health of the target with a key.
func (l *Listener) Health(key string) Health {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.probes[key]; p != nil {
		return p.health
	}
	return Health{}
}

// usable tells whether a target may get requests. mu is held.
func (l *Listener) usable(t Target) bool {
	if l.cfg.Health == nil {
		return t.Address != ""
	}
	if t.Said != Unwatched {
		return t.Said == Healthy && t.Address != ""
	}
	p := l.probes[t.Key]
	return p != nil && p.health.Status == Healthy
}

// probe is the watch on one target.
type probe struct {
	address string
	stop    context.CancelFunc
	health  Health
	row     int // probes in a row that say otherwise than the status
}

// watch has a target probed, from the beginning where it is new or elsewhere
// than it was. mu is held.
func (l *Listener) watch(ctx context.Context, t Target) {
	p := l.probes[t.Key]
	if l.cfg.Health == nil || p != nil && p.address == t.Address {
		return
	}
	if p != nil {
		p.stop()
	}
	own, stop := context.WithCancel(ctx)
	p = &probe{address: t.Address, stop: stop, health: Health{Status: Pending}}
	l.probes[t.Key] = p
	l.active.Go(func() { l.keepProbing(own, p) })
}

// keepProbing probes until ctx ends: for the first time at some moment of the
// first interval, so that not all probes come at once.
func (l *Listener) keepProbing(ctx context.Context, p *probe) {
	check := *l.cfg.Health
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	timer := time.NewTimer(rand.N(check.Interval))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		bounded, cancel := context.WithTimeout(ctx, check.Timeout)
		cause, answer := check.try(bounded, client, p.address)
		cancel()
		if ctx.Err() != nil {
			return
		}
		l.mu.Lock()
		p.note(check, cause, answer)
		l.mu.Unlock()
		timer.Reset(check.Interval)
	}
}

// note takes in what one probe found.
func (p *probe) note(check Check, cause Cause, answer int) {
	p.health.Cause, p.health.Answer = cause, answer
	success := cause == NoCause
	if success == (p.health.Status == Healthy) && p.health.Status != Pending {
		p.row = 0
		return
	}
	p.row++
	switch {
	case success && (p.health.Status == Pending || p.row >= check.Healthy):
		p.health.Status, p.row = Healthy, 0
	case !success && p.row >= check.Unhealthy:
		p.health.Status, p.row = Unhealthy, 0
	}
}

// try probes once.
func (c Check) try(ctx context.Context, client *http.Client, address string) (Cause, int) {
	if address == "" {
		return Broken, 0
	}
	if c.Path == "" {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return causeOf(err), 0
		}
		_ = conn.Close()
		return NoCause, 0
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s%s", address, c.Path), http.NoBody)
	if err != nil {
		return Broken, 0
	}
	resp, err := client.Do(req)
	if err != nil {
		return causeOf(err), 0
	}
	_ = resp.Body.Close()
	if resp.StatusCode < 200 || resp.StatusCode > 399 {
		return WrongAnswer, resp.StatusCode
	}
	return NoCause, 0
}

func causeOf(err error) Cause {
	timeout, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded), ok && timeout.Timeout():
		return TimedOut
	case errors.Is(err, syscall.ECONNREFUSED):
		return Refused
	default:
		return Broken
	}
}
