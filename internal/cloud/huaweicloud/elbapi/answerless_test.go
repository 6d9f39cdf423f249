package elbapi

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func TestACancelledCallReturnsAtOnce(t *testing.T) {
	t.Parallel()
	for kind, call := range kinds {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, w := testGroup(t, hang)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(200*time.Millisecond, cancel)
				start := time.Now()
				err := call(ctx, g)
				want := membership.Unknown
				if kind == "list" {
					want = membership.Transient
				}
				if wantClass(t, err, want); !errors.Is(err, context.Canceled) {
					t.Errorf("does not wrap the context's error: %v", err)
				}
				if took := time.Since(start); took != 200*time.Millisecond || len(w.requests()) != 1 {
					t.Errorf("took %v for %d requests", took, len(w.requests()))
				}
			})
		})
	}
}

func TestACallIsGivenUpAfterThirtySeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g, _ := testGroup(t, hang)
		start := time.Now()
		err := g.Add(t.Context(), []membership.Member{withID(memberA)})
		e := wantClass(t, err, membership.Unknown)
		if took := time.Since(start); took != 30*time.Second || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(e.Error(), "no answer within 30s") {
			t.Errorf("took %v: %v", took, err)
		}
	})
}

func TestAnEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for kind, call := range kinds {
		g, w := testGroup(t, hang)
		err := call(ctx, g)
		wantClass(t, err, membership.Transient)
		if !errors.Is(err, context.Canceled) || len(w.requests()) != 0 {
			t.Errorf("%s: %v after %d requests", kind, err, len(w.requests()))
		}
	}
}

// over is a group at a real address.
func over(t *testing.T, endpoint string, rt http.RoundTripper) membership.Group {
	return testClient(t, nil, func(c *Config) { c.ELBEndpoint = endpoint; c.Transport = rt }).Pool(testPool)
}

// raw serves one connection after another with fn.
func raw(t *testing.T, fn func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fn(c)
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

// refusingProxy answers every CONNECT with a status.
func refusingProxy(t *testing.T, status int) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(s.Close)
	return s.URL
}

// dialTo is a transport that dials as dial does.
func dialTo(dial func(context.Context, string, string) (net.Conn, error)) *http.Transport {
	tr := NewTransport()
	tr.Proxy, tr.DialContext = nil, dial
	return tr
}

func TestCallsWithoutAnAnswerAreClassified(t *testing.T) {
	t.Parallel()
	readRequest := func(c net.Conn) { _, _ = http.ReadRequest(bufio.NewReader(c)) }
	reset := raw(t, func(c net.Conn) {
		readRequest(c)
		_ = c.(*net.TCPConn).SetLinger(0)
	})
	closed := raw(t, readRequest)
	cut := raw(t, func(c net.Conn) {
		readRequest(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"members\":[")
	})
	noise := raw(t, func(c net.Conn) {
		readRequest(c)
		_, _ = io.WriteString(c, "hello\r\n\r\n")
	})
	untrustedTLS := httptest.NewUnstartedServer(answers(200, `{"members":[]}`))
	untrustedTLS.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrustedTLS.StartTLS()
	t.Cleanup(untrustedTLS.Close)
	old := httptest.NewUnstartedServer(answers(200, `{"members":[]}`))
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	old.Config.ErrorLog = untrustedTLS.Config.ErrorLog
	old.StartTLS()
	t.Cleanup(old.Close)
	plain := httptest.NewServer(answers(200, `{"members":[]}`))
	t.Cleanup(plain.Close)
	refused := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	lookup := func(notFound bool) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "elb.xx", IsNotFound: notFound, IsTemporary: !notFound}}
		}
	}
	proxied := NewTransport()
	proxied.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(refusingProxy(t, 407)) }
	proxyDown := NewTransport()
	proxyDown.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(refusingProxy(t, 502)) }

	both := func(c membership.Class) [2]membership.Class { return [2]membership.Class{c, c} }
	unsure := [2]membership.Class{membership.Unknown, membership.Transient}
	tests := []struct {
		name string
		url  string
		rt   http.RoundTripper
		want [2]membership.Class // of a write, of a read
		text string
	}{
		{"connection refused", "http://elb.test", dialTo(refused), both(membership.Transient), "refused"},
		{"unknown host", "http://elb.test", dialTo(lookup(true)), both(membership.Denied), "check the region and the endpoint"},
		{"name server down", "http://elb.test", dialTo(lookup(false)), both(membership.Transient), ""},
		{"certificate of nobody known", untrustedTLS.URL, dialTo((&net.Dialer{}).DialContext), both(membership.Denied), "certificate is not trusted"},
		{"TLS 1.1", old.URL, dialTo((&net.Dialer{}).DialContext), both(membership.Transient), "tls"},
		{"no TLS", strings.Replace(plain.URL, "http:", "https:", 1), dialTo((&net.Dialer{}).DialContext), both(membership.Denied), "does not speak TLS"},
		{"proxy wants a password", "https://elb.test", proxied, both(membership.Denied), "check the proxy settings"},
		{"proxy is down", "https://elb.test", proxyDown, both(membership.Transient), "HTTP 502"},
		{"reset", "http://" + reset, dialTo((&net.Dialer{}).DialContext), unsure, ""},
		{"closed", "http://" + closed, dialTo((&net.Dialer{}).DialContext), unsure, "EOF"},
		{"answer cut off", "http://" + cut, dialTo((&net.Dialer{}).DialContext), unsure, "unexpected EOF"},
		{"no HTTP", "http://" + noise, dialTo((&net.Dialer{}).DialContext), unsure, "malformed"},
		{"a transport of its own, dial", "http://elb.test", fails{&net.OpError{Op: "dial", Err: errors.New("x")}}, both(membership.Transient), ""},
		{"a transport of its own, host", "http://elb.test", fails{&net.DNSError{IsNotFound: true}}, both(membership.Denied), ""},
		{"a transport of its own, lost", "http://elb.test", fails{io.ErrUnexpectedEOF}, unsure, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := over(t, tt.url, tt.rt)
			err := g.Add(t.Context(), []membership.Member{withID(memberA)})
			wantClass(t, err, tt.want[0])
			if !strings.Contains(err.Error(), tt.text) || !strings.HasPrefix(err.Error(), "CreateMember: ") {
				t.Errorf("text %v", err)
			}
			_, err = g.List(t.Context())
			wantClass(t, err, tt.want[1])
		})
	}
}

type fails struct{ err error }

func (f fails) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestAnAnswerThatIsTooLargeIsNotRead(t *testing.T) {
	t.Parallel()
	g, _ := testGroup(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"members":[`+strings.Repeat(" ", maxBody)+`]}`)
	})
	_, err := g.List(t.Context())
	if e := wantClass(t, err, membership.Transient); !errors.Is(e, errTooLarge) {
		t.Error(err)
	}
}
