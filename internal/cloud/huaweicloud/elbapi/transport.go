package elbapi

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// NewTransport is the transport of a Client that is given none: TLS 1.2 or
// newer, HTTP/2 where offered, proxies from HTTPS_PROXY, HTTP_PROXY and
// NO_PROXY. Callers may adjust it before its first use, such as its
// TLSClientConfig for a private certificate authority.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           100,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 1 << 20,
		OnProxyConnectResponse: func(_ context.Context, proxy *url.URL, _ *http.Request, r *http.Response) error {
			if r.StatusCode == http.StatusOK {
				return nil
			}
			return &proxyError{host: proxy.Host, status: r.StatusCode}
		},
	}
}

// proxyError is a proxy's refusal to open a tunnel: nothing reached the cloud.
type proxyError struct {
	host   string
	status int
}

func (e *proxyError) Error() string {
	return fmt.Sprintf("proxy %s refused the connection: HTTP %d %s", e.host, e.status, http.StatusText(e.status))
}
