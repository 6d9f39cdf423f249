package slbapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// maxAnswer bounds an answer. 200 members with every field filled are about
// 60 KiB.
const maxAnswer = 8 << 20

var errTooLarge = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)

// newTransport is the connection pool of a client whose Config has none.
// HTTP/1.1 only, as the SDK's own.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    connectTimeout,
		MaxIdleConns:           32,
		MaxIdleConnsPerHost:    16,
		MaxResponseHeaderBytes: 1 << 20,
		// A write on a connection that the other side has just given up ends
		// with nobody knowing whether it happened: give it up first.
		IdleConnTimeout: 20 * time.Second,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, r *http.Response) error {
			if r.StatusCode != http.StatusOK {
				return &proxyRefusal{r.StatusCode}
			}
			return nil
		},
	}
}

// proxyRefusal is a proxy that will not connect to the cloud.
type proxyRefusal struct{ status int }

func (e *proxyRefusal) Error() string {
	return fmt.Sprintf("the proxy answered %d %s", e.status, http.StatusText(e.status))
}

// exchange is the transport of one SDK client for its one call. It gives the
// request the caller's context, reads the answer whole, within bounds and
// still under that context, and keeps it: what the SDK makes of it afterwards
// does not matter.
type exchange struct {
	ctx  context.Context
	base http.RoundTripper

	called    bool        // the SDK got as far as sending,
	dialling  atomic.Bool // base asked its pool for a connection,
	connected atomic.Bool // and got one

	status int
	header http.Header
	body   []byte
}

func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	// The SDK's http.Client follows redirects, which would take the signed
	// query to another host.
	if x.called {
		return nil, errors.New("one call makes one request")
	}
	if err := x.ctx.Err(); err != nil {
		return nil, err
	}
	x.called = true
	ctx := httptrace.WithClientTrace(x.ctx, &httptrace.ClientTrace{
		GetConn: func(string) { x.dialling.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { x.connected.Store(true) },
	})
	resp, err := x.base.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	body, err := readAll(resp)
	x.status, x.header = resp.StatusCode, resp.Header
	if err != nil {
		return nil, err
	}
	x.body = body
	out := *resp
	out.Body = io.NopCloser(bytes.NewReader(body))
	out.ContentLength = int64(len(body))
	return &out, nil
}

// unsent tells whether certainly nothing of the request left this machine.
func (x *exchange) unsent() bool {
	return !x.called || (x.dialling.Load() && !x.connected.Load())
}

func readAll(resp *http.Response) ([]byte, error) {
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, errTooLarge
	}
	return body, nil
}
