package traffic

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"time"
)

// addressKey is the key of the address in a request's context that it goes to.
type addressKey struct{}

// serveHTTP begins to serve requests.
func (l *Listener) serveHTTP(ctx context.Context) {
	silent := log.New(io.Discard, "", 0)
	l.transport = &http.Transport{
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		MaxIdleConnsPerHost: 1000,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}
	l.proxy = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetXForwarded()
			r.Out.URL.Scheme = "http"
			r.Out.URL.Host, _ = r.In.Context().Value(addressKey{}).(string)
		},
		Transport: l.transport,
		ErrorLog:  silent,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, "the backend did not answer", http.StatusBadGateway)
		},
	}
	l.server = &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { l.forwardRequest(ctx, w, r) }),
		ReadHeaderTimeout: time.Minute,
		ErrorLog:          silent,
	}
	l.active.Go(func() { _ = l.server.Serve(l.socket) })
}

// forwardRequest forwards one request. One that fails is not tried elsewhere.
func (l *Listener) forwardRequest(own context.Context, w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	f, ok := l.begin(own, cancel)
	if !ok {
		http.Error(w, "no backend can be used", http.StatusServiceUnavailable)
		return
	}
	defer l.end(f)
	w.Header().Set(TargetHeader, f.target.Key)
	l.proxy.ServeHTTP(w, r.WithContext(context.WithValue(ctx, addressKey{}, f.target.Address)))
}

// serveTCP accepts connections until ctx ends.
func (l *Listener) serveTCP(ctx context.Context) {
	for {
		conn, err := l.socket.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = conn.Close()
			}
			return
		}
		if err != nil {
			// Out of file descriptors, for example: it passes.
			select {
			case <-ctx.Done():
				return
			case <-time.After(lookAgain):
			}
			continue
		}
		l.active.Go(func() { l.forwardConnection(ctx, conn) })
	}
}

// forwardConnection copies both ways between a client and a target, until both
// have nothing more to say or one of them breaks off.
func (l *Listener) forwardConnection(own context.Context, client net.Conn) {
	defer func() { _ = client.Close() }()
	ctx, cut := context.WithCancel(own)
	defer cut()
	f, ok := l.begin(own, cut)
	if !ok {
		return
	}
	defer l.end(f)
	backend, err := (&net.Dialer{Timeout: connectTimeout}).DialContext(ctx, "tcp", f.target.Address)
	if err != nil {
		return
	}
	defer func() { _ = backend.Close() }()
	unhook := context.AfterFunc(ctx, func() {
		_ = client.Close()
		_ = backend.Close()
	})
	defer unhook()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		pass(client, backend, cut)
	}()
	pass(backend, client, cut)
	<-answered
}

// pass copies all that from says, and then that it has said all.
func pass(to, from net.Conn, broken func()) {
	if _, err := io.Copy(to, from); err != nil {
		broken()
		return
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}
