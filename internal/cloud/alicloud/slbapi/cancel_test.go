package slbapi

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// hang is a cloud that takes a request and never answers.
func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestCancelledCallReturnsAtOnce(t *testing.T) {
	t.Parallel()
	for name, cloud := range map[string]roundTrip{
		"before the answer": hang,
		"in the body": func(r *http.Request) (*http.Response, error) {
			resp := answer(200, "")
			resp.Body = io.NopCloser(readFunc(func([]byte) (int, error) { <-r.Context().Done(); return 0, r.Context().Err() }))
			return resp, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, cloud)
				for _, write := range []bool{true, false} {
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(1500*time.Millisecond, cancel)
					start := time.Now()
					e, want := call(t, ctx, c, write), membership.Transient
					if write {
						want = membership.Unknown
					}
					if took := time.Since(start); took != 1500*time.Millisecond {
						t.Errorf("returned after %s", took)
					}
					if e.Class != want || !errors.Is(e, context.Canceled) {
						t.Errorf("%s: %v, want %s", e.Class, e, want)
					}
				}
			})
		})
	}
}

func TestCallEndsByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, roundTrip(hang))
		start := time.Now()
		e := call(t, t.Context(), c, true)
		if took := time.Since(start); took != 30*time.Second {
			t.Errorf("ended after %s, want 30s", took)
		}
		if e.Class != membership.Unknown || !errors.Is(e, context.DeadlineExceeded) || !strings.Contains(e.Error(), "no answer within 30s") {
			t.Errorf("%s: %v", e.Class, e)
		}
	})
}

func TestSlowAnswerIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, roundTrip(func(*http.Request) (*http.Response, error) {
			<-time.After(29 * time.Second) // the SDK alone would give up after 10
			return answer(200, `{"RequestId":"r"}`), nil
		}))
		if err := c.BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs}); err != nil {
			t.Error(err)
		}
	})
}

func TestCallersDeadlineEndsACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		start := time.Now()
		e := call(t, ctx, newClient(t, roundTrip(hang)), false)
		if took := time.Since(start); took != 2*time.Second || e.Class != membership.Transient || !errors.Is(e, context.DeadlineExceeded) {
			t.Errorf("after %s: %s: %v", took, e.Class, e)
		}
	})
}

func TestDoneContextSendsNothing(t *testing.T) {
	t.Parallel()
	cloud := &recorder{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := call(t, ctx, newClient(t, cloud), true)
	if e.Class != membership.Transient || !errors.Is(e, context.Canceled) || len(cloud.requests) != 0 {
		t.Errorf("%s: %v, %d requests", e.Class, e, len(cloud.requests))
	}
}

// A write that was given up while the connection was still being made was not
// sent; one given up later may have been carried out.
func TestCancelledWriteBeforeAndAfterTheConnection(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		dial func(context.Context) (net.Conn, error)
		want membership.Class
	}{
		"dialling": {func(ctx context.Context) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }, membership.Transient},
		"waiting": {func(context.Context) (net.Conn, error) {
			near, far := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, far) }()
			return near, nil
		}, membership.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tr := newTransport()
				tr.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return tc.dial(ctx) }
				defer tr.CloseIdleConnections()
				c := newClient(t, tr, func(cfg *Config) { cfg.Endpoint = "http://slb.example.com" })
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if e := call(t, ctx, c, true); e.Class != tc.want || !errors.Is(e, context.DeadlineExceeded) {
					t.Errorf("%s: %v, want %s", e.Class, e, tc.want)
				}
			})
		})
	}
}

func TestCredentialsThatFail(t *testing.T) {
	t.Parallel()
	throttled := &membership.Error{Class: membership.Throttled, Action: "AssumeRole", Code: "Throttling", After: time.Second}
	for name, tc := range map[string]struct {
		cred  credentialsFunc
		want  membership.Class
		after time.Duration
	}{
		"broken":     {func(context.Context) (Keys, error) { return Keys{}, errors.New("no profile") }, membership.Denied, 0},
		"classified": {func(context.Context) (Keys, error) { return Keys{}, throttled }, membership.Throttled, time.Second},
		"slow":       {func(context.Context) (Keys, error) { return Keys{}, context.DeadlineExceeded }, membership.Transient, 0},
		"empty":      {func(context.Context) (Keys, error) { return Keys{}, nil }, membership.Denied, 0},
		"half":       {func(context.Context) (Keys, error) { return Keys{AccessKeyID: "x"}, nil }, membership.Denied, 0},
	} {
		cloud := &recorder{}
		c := newClient(t, cloud, func(cfg *Config) { cfg.Credentials = tc.cred })
		e := call(t, t.Context(), c, true)
		if e.Class != tc.want || e.After != tc.after || len(cloud.requests) != 0 {
			t.Errorf("%s: %s: %v, %d requests; want %s", name, e.Class, e, len(cloud.requests), tc.want)
		}
	}
}

type credentialsFunc func(context.Context) (Keys, error)

func (f credentialsFunc) Credentials(ctx context.Context) (Keys, error) { return f(ctx) }

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// call makes a write or a read that fails.
func call(t *testing.T, ctx context.Context, c *Client, write bool) *membership.Error {
	t.Helper()
	if write {
		return asError(t, c.BackendServers("lb-1").Add(ctx, []membership.Member{ecs}))
	}
	_, err := c.BackendServers("lb-1").List(ctx)
	return asError(t, err)
}
