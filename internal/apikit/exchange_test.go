package apikit

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
	return "http://" + l.Addr().String()
}

// server answers every request with success, over TLS as the config says; nil is
// without.
func server(t *testing.T, secure *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	t.Cleanup(s.Close)
	if s.TLS = secure; secure == nil {
		s.Start()
	} else {
		s.StartTLS()
	}
	return s.URL
}

// dialTo is the transport, dialling as dial does.
func dialTo(dial func(context.Context, string, string) (net.Conn, error)) *http.Transport {
	tr := NewTransport()
	tr.Proxy, tr.DialContext = nil, dial
	return tr
}

// through is the transport behind a proxy that answers every CONNECT with a
// status.
func through(t *testing.T, status int) *http.Transport {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(s.Close)
	tr := NewTransport()
	tr.Proxy = func(*http.Request) (*url.URL, error) {
		return url.Parse(strings.Replace(s.URL, "://", "://user:proxy-password@", 1))
	}
	return tr
}

// What the lack of an answer means to a write and to a read, over sockets, over
// the transport with broken dialling, and over a transport that traces nothing.
func TestCallsWithoutAnAnswerAreClassified(t *testing.T) {
	t.Parallel()
	readRequest := func(c net.Conn) { _, _ = http.ReadRequest(bufio.NewReader(c)) }
	reset := raw(t, func(c net.Conn) {
		readRequest(c)
		_ = c.(*net.TCPConn).SetLinger(0)
	})
	cut := raw(t, func(c net.Conn) {
		readRequest(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"members\":[")
	})
	noise := raw(t, func(c net.Conn) {
		readRequest(c)
		_, _ = io.WriteString(c, "hello\r\n\r\n")
	})
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	refused := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	lookup := func(notFound bool) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "x.test", IsNotFound: notFound, IsTemporary: !notFound}}
		}
	}
	direct := dialTo((&net.Dialer{}).DialContext)
	fails := func(err error) http.RoundTripper {
		return roundTrip(func(*http.Request) (*http.Response, error) { return nil, err })
	}
	both := func(c membership.Class) [2]membership.Class { return [2]membership.Class{c, c} }
	denied, transient, unsure := both(membership.Denied), both(membership.Transient), [2]membership.Class{membership.Unknown, membership.Transient}
	for name, tt := range map[string]struct {
		url  string
		base http.RoundTripper
		want [2]membership.Class // of a write, of a read
		text string
	}{
		"nobody listens":                  {nobody.URL, direct, transient, "no connection to 127.0.0.1:"},
		"connection refused":              {"http://x.test", dialTo(refused), transient, "refused"},
		"unknown host":                    {"http://x.test", dialTo(lookup(true)), denied, "unknown host: the name "},
		"name server down":                {"http://x.test", dialTo(lookup(false)), transient, "no such host"},
		"certificate of nobody known":     {server(t, &tls.Config{MinVersion: tls.VersionTLS12}), direct, denied, "certificate is not trusted"},
		"TLS 1.1":                         {server(t, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}), direct, transient, "tls"},
		"no TLS":                          {strings.Replace(server(t, nil), "http:", "https:", 1), direct, denied, "does not speak TLS"},
		"proxy wants a password":          {"https://x.test", through(t, 407), denied, "check the proxy settings"},
		"proxy forbids":                   {"https://x.test", through(t, 403), denied, "HTTP 403"},
		"proxy is no proxy":               {"https://x.test", through(t, 405), denied, "HTTP 405"},
		"proxy is down":                   {"https://x.test", through(t, 502), transient, "HTTP 502"},
		"proxy is busy":                   {"https://x.test", through(t, 429), transient, "HTTP 429"},
		"reset":                           {reset, direct, unsure, ""},
		"closed":                          {raw(t, readRequest), direct, unsure, "EOF"},
		"answer cut off":                  {cut, direct, unsure, "unexpected EOF"},
		"no HTTP":                         {noise, direct, unsure, "malformed"},
		"untraced: dial":                  {"http://x.test", fails(&net.OpError{Op: "dial", Err: errors.New("x")}), transient, ""},
		"untraced: proxy is down":         {"http://x.test", fails(&net.OpError{Op: "proxyconnect", Err: errors.New("x")}), transient, ""},
		"untraced: unknown host":          {"http://x.test", fails(&net.DNSError{IsNotFound: true}), denied, ""},
		"untraced: reset":                 {"http://x.test", fails(&net.OpError{Op: "read", Err: errors.New("reset")}), unsure, ""},
		"untraced: lost":                  {"http://x.test", fails(io.ErrUnexpectedEOF), unsure, ""},
		"untraced: a deadline of its own": {"http://x.test", fails(context.DeadlineExceeded), unsure, ""},
		"a panic":                         {"http://x.test", roundTrip(func(*http.Request) (*http.Response, error) { panic("boom") }), unsure, "boom"},
		"nothing to send":                 {"http://x.test/\x7f", direct, both(membership.Refused), "prepare the request"},
	} {
		t.Run(name, func(t *testing.T) {
			for i, of := range []membership.Class{membership.Unknown, membership.Transient} {
				e := send(t.Context(), tt.base, tt.url, of)
				if e == nil || e.Class != tt.want[i] || !strings.Contains(e.Error(), tt.text) {
					t.Fatalf("%v, want %s and %q", e, tt.want[i], tt.text)
				}
				if _, ok := errors.AsType[*url.Error](e); ok || strings.Contains(e.Error(), "proxy-password") {
					t.Errorf("it shows too much: %v", e)
				}
			}
		})
	}
}

func TestACallEndsWithItsCallerAndByItself(t *testing.T) {
	t.Parallel()
	slowBody := roundTrip(func(r *http.Request) (*http.Response, error) {
		resp := answer(200, "")
		resp.Body = io.NopCloser(readFunc(func([]byte) (int, error) { <-r.Context().Done(); return 0, r.Context().Err() }))
		return resp, nil
	})
	for name, base := range map[string]http.RoundTripper{"before the answer": roundTrip(hang), "in the body": slowBody} {
		synctest.Test(t, func(t *testing.T) {
			for _, of := range []membership.Class{membership.Unknown, membership.Transient} {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(1500*time.Millisecond, cancel)
				began := time.Now()
				e := send(ctx, base, "http://x.test", of)
				if took := time.Since(began); took != 1500*time.Millisecond || e.Class != of || !errors.Is(e, context.Canceled) {
					t.Errorf("%s, cancelled: %s: %v after %v", name, e.Class, e, took)
				}
				began = time.Now()
				e = send(t.Context(), base, "http://x.test", of)
				// Nobody else's deadline has passed.
				if took := time.Since(began); took != 30*time.Second || e.Class != of || errors.Is(e, context.DeadlineExceeded) ||
					!strings.Contains(e.Error(), "no answer within 30s") {
					t.Errorf("%s, by itself: %s: %v after %v", name, e.Class, e, took)
				}
			}
		})
	}
}

type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestAnEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	sent := 0
	e := send(ctx, roundTrip(func(*http.Request) (*http.Response, error) { sent++; return answer(200, ""), nil }), "http://x.test", membership.Unknown)
	if e == nil || e.Class != membership.Transient || !errors.Is(e, context.Canceled) || sent != 0 {
		t.Errorf("%v after %d requests", e, sent)
	}
}

// A write that was given up while the connection was still being made was not
// sent; one given up later may have been carried out.
func TestAWriteGivenUpBeforeAndAfterTheConnection(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
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
		synctest.Test(t, func(t *testing.T) {
			tr := dialTo(func(ctx context.Context, _, _ string) (net.Conn, error) { return tt.dial(ctx) })
			defer tr.CloseIdleConnections()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if e := send(ctx, tr, "http://x.test", membership.Unknown); e == nil || e.Class != tt.want || !errors.Is(e, context.DeadlineExceeded) {
				t.Errorf("%s: %v, want %s", name, e, tt.want)
			}
		})
	}
}

// A redirect would carry the signed request to wherever it points.
func TestOneCallIsOneRequest(t *testing.T) {
	t.Parallel()
	sent := 0
	base := roundTrip(func(*http.Request) (*http.Response, error) {
		sent++
		resp := answer(307, "moved")
		resp.Header.Set("Location", "https://elsewhere.example/")
		return resp, nil
	})
	if e := send(t.Context(), base, "http://x.test", membership.Unknown); e != nil || sent != 1 {
		t.Errorf("%v after %d requests", e, sent)
	}
}

func TestAnAnswerThatIsTooLargeIsNotRead(t *testing.T) {
	t.Parallel()
	base := roundTrip(func(*http.Request) (*http.Response, error) { return answer(200, strings.Repeat(" ", maxBody+1)), nil })
	if e := send(t.Context(), base, "http://x.test", membership.Transient); e == nil || !errors.Is(e, errTooLarge) || e.Status != 200 {
		t.Errorf("%v", e)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().UTC()
		for given, want := range map[string]time.Duration{
			"": 0, "3": 3 * time.Second, " 3 ": 3 * time.Second, "0": 0, "-3": 0, "soon": 0, "1.5": 0, "86400": time.Hour, "9999999999999": 0,
			now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
			now.Add(-time.Hour).Format(http.TimeFormat):       0,
			now.Add(48 * time.Hour).Format(http.TimeFormat):   time.Hour,
		} {
			if got := RetryAfter(http.Header{"Retry-After": {given}}); got != want {
				t.Errorf("%q gives %s, want %s", given, got, want)
			}
		}
	})
}

func TestTheTransport(t *testing.T) {
	t.Parallel()
	tr := NewTransport()
	switch {
	case tr.TLSClientConfig.MinVersion < tls.VersionTLS12 || tr.TLSClientConfig.InsecureSkipVerify:
		t.Error("TLS below 1.2, or unverified")
	case tr.Proxy == nil:
		t.Error("the environment's proxies are ignored")
	case tr.MaxIdleConnsPerHost < 10 || tr.TLSHandshakeTimeout <= 0 || tr.IdleConnTimeout > 20*time.Second || tr.IdleConnTimeout <= 0:
		t.Error("pool or timeouts are not as they should be")
	case tr.Protocols.HTTP2():
		t.Error("all calls share one connection")
	}
}
