package apikit

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// connectTimeout bounds dialling, and again the TLS handshake.
const connectTimeout = 10 * time.Second

// NewTransport is a pool of connections: TLS 1.2 or newer, proxies from
// HTTPS_PROXY, HTTP_PROXY and NO_PROXY. Callers may adjust it before its first
// use, such as its TLSClientConfig for a private certificate authority.
//
// It speaks HTTP/1.1. Over HTTP/2 all calls would share one connection: when it
// is lost, every write on it is in doubt at once, and one that died silently
// takes them all along.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    connectTimeout,
		Protocols:              onlyHTTP1(),
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    16, // Terraform calls ten resources at once
		MaxResponseHeaderBytes: 1 << 20,
		// A write on a connection that the other side has just given up ends
		// with nobody knowing whether it happened: give it up first.
		IdleConnTimeout: 20 * time.Second,
		OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, r *http.Response) error {
			if r.StatusCode == http.StatusOK {
				return nil
			}
			return &proxyRefusal{host: proxy.Host, status: r.StatusCode}
		},
	}
}

func onlyHTTP1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

// proxyRefusal is a proxy's refusal to open a tunnel: nothing reached the cloud.
type proxyRefusal struct {
	host   string
	status int
}

func (e *proxyRefusal) Error() string {
	return fmt.Sprintf("proxy %s refused the connection: HTTP %d %s", e.host, e.status, http.StatusText(e.status))
}

// passes tells whether the refusal may be another one soon: the proxy is broken
// or busy. What it thinks of the request or of its sender stays.
func (e *proxyRefusal) passes() bool {
	return e.status >= 500 || e.status == http.StatusRequestTimeout || e.status == http.StatusTooManyRequests
}
