package fakecloud

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxBody bounds a request body; the vendors' own limits are lower.
const maxBody = 16 << 20

// Reporter is told of requests that no correct client would send; a
// testing.TB is one.
type Reporter interface {
	Errorf(format string, args ...any)
}

// Server is the HTTP front of one cloud. Use it as an http.Handler, or, inside
// a testing/synctest bubble, through Transport.
type Server struct {
	Log    Log
	Faults Script

	cloud    Cloud
	reporter Reporter

	mu      sync.Mutex
	latency Latency
	locks   map[string]chan struct{}
}

// NewServer serves a cloud. reporter may be nil.
func NewServer(cloud Cloud, reporter Reporter, latency Latency) *Server {
	return &Server{cloud: cloud, reporter: reporter, latency: latency, locks: map[string]chan struct{}{}}
}

// SetLatency changes the latency of calls that have not begun.
func (s *Server) SetLatency(l Latency) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latency = l
}

// Cloud is what is being served.
func (s *Server) Cloud() Cloud { return s.cloud }

// State is what the cloud holds.
func (s *Server) State() any { return s.cloud.State() }

// Errorf reports a request that no correct client sends.
func (s *Server) Errorf(format string, args ...any) {
	if s.reporter != nil {
		s.reporter.Errorf(format, args...)
	}
}

// CheckFaults reports every scripted fault that never fired.
func (s *Server) CheckFaults() {
	for _, u := range s.Faults.Unused() {
		s.Errorf("fakecloud: %s", u)
	}
}

// TB is the part of testing.TB that Start needs.
type TB interface {
	Reporter
	Cleanup(func())
}

// Start serves on a loopback port until the test ends, checks then that every
// scripted fault fired, and returns the base URL.
func (s *Server) Start(t TB) string {
	ts := httptest.NewServer(s)
	t.Cleanup(func() {
		ts.CloseClientConnections()
		ts.Close()
		s.CheckFaults()
	})
	return ts.URL
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := s.serve(r)
	if out.Abort {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	for k, v := range out.Reply.Header {
		h[k] = v
	}
	if out.Reply.ContentType != "" {
		h.Set("Content-Type", out.Reply.ContentType)
	}
	if out.Reply.Status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(out.Reply.Body)))
	}
	w.WriteHeader(out.Reply.Status)
	_, _ = w.Write(out.Reply.Body)
}

func (s *Server) serve(r *http.Request) Outcome {
	start, seq := time.Now(), s.Log.begin()
	c := &Call{HTTP: r}
	out, note := s.handle(c)
	e := Entry{
		Seq: seq, Start: start, Took: time.Since(start),
		Op: c.Op, Write: c.Write, Lock: c.Lock, Group: c.Group, Items: c.Items, Detail: c.Detail,
		Status: out.Reply.Status, Code: out.Reply.Code, Fault: note.fault, Rules: strings.TrimSpace(note.rules), Busy: note.busy,
	}
	if out.Abort {
		e.Status = 0
	}
	s.Log.add(e)
	return out
}

type note struct {
	fault, busy bool
	rules       string
}

func (s *Server) handle(c *Call) (Outcome, note) {
	body, err := io.ReadAll(io.LimitReader(c.HTTP.Body, maxBody))
	if err != nil {
		return Outcome{Abort: true}, note{}
	}
	c.Body = body
	if refused := s.cloud.Parse(c); refused != nil {
		return Outcome{Reply: *refused}, note{}
	}
	s.mu.Lock()
	latency := s.latency
	s.mu.Unlock()
	busy := false
	execute := func() Reply {
		if !c.Write {
			if c.Lock != "" && s.held(c.Lock) {
				if r, ok := s.cloud.Busy(c); ok {
					busy = true
					return r
				}
			}
			sleep(latency.Read + c.Delay)
			return s.cloud.Execute(c)
		}
		if c.Lock == "" {
			sleep(latency.Write + c.Delay)
			return s.cloud.Execute(c)
		}
		if !s.acquire(c.Lock, false) {
			if r, ok := s.cloud.Busy(c); ok {
				busy = true
				return r
			}
			s.acquire(c.Lock, true)
		}
		defer s.release(c.Lock, latency.LockTail)
		sleep(latency.Write + c.Delay)
		return s.cloud.Execute(c)
	}
	if c.Write && c.Lock != "" {
		s.Log.enter(c.Lock)
		defer s.Log.leave(c.Lock)
	}
	effect, hit := s.Faults.match(c)
	if effect == nil {
		effect = func(*Call, Cloud, func() Reply) Outcome { return Outcome{Reply: execute()} }
	}
	out := effect(c, s.cloud, execute)
	return out, note{fault: len(hit) > 0, rules: strings.Join(hit, " "), busy: busy || c.Busy}
}

// acquire takes a lock, waiting for it where asked.
func (s *Server) acquire(lock string, wait bool) bool {
	s.mu.Lock()
	ch, ok := s.locks[lock]
	if !ok {
		ch = make(chan struct{}, 1)
		s.locks[lock] = ch
	}
	s.mu.Unlock()
	if wait {
		ch <- struct{}{}
		return true
	}
	select {
	case ch <- struct{}{}:
		return true
	default:
		return false
	}
}

// held tells whether a write has a lock.
func (s *Server) held(lock string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.locks[lock]) > 0
}

func (s *Server) release(lock string, tail time.Duration) {
	s.mu.Lock()
	ch := s.locks[lock]
	s.mu.Unlock()
	if tail <= 0 {
		<-ch
		return
	}
	time.AfterFunc(tail, func() { <-ch })
}

// sleep is a server taking its time: a write goes on when its client has hung
// up, as at the vendors'.
func sleep(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

// errReset is what a client sees of a connection that was cut.
var errReset = errors.New("read: connection reset by peer")

// Transport answers requests in process, without a socket, so that it works
// in a testing/synctest bubble. A cancelled request returns at once while the
// server goes on.
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ s *Server }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in := r.Clone(context.WithoutCancel(ctx))
	served, cancel := context.WithCancel(in.Context())
	in = in.WithContext(served)
	in.Body = io.NopCloser(bytes.NewReader(nil))
	if r.Body != nil {
		b, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil {
			cancel()
			return nil, fmt.Errorf("read request body: %w", err)
		}
		in.Body = io.NopCloser(bytes.NewReader(b))
	}
	if in.Host == "" {
		in.Host = in.URL.Host
	}
	done := make(chan Outcome, 1)
	go func() { done <- t.s.serve(in) }()
	select {
	case <-ctx.Done():
		cancel() // the server sees the client gone
		return nil, ctx.Err()
	case out := <-done:
		cancel()
		if out.Abort {
			return nil, errReset
		}
		h := out.Reply.Header.Clone()
		if h == nil {
			h = http.Header{}
		}
		if out.Reply.ContentType != "" {
			h.Set("Content-Type", out.Reply.ContentType)
		}
		return &http.Response{
			Status:     fmt.Sprintf("%d %s", out.Reply.Status, http.StatusText(out.Reply.Status)),
			StatusCode: out.Reply.Status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: h, Body: io.NopCloser(bytes.NewReader(out.Reply.Body)),
			ContentLength: int64(len(out.Reply.Body)), Request: r,
		}, nil
	}
}
