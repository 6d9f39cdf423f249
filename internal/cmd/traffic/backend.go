package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// backend is a real HTTP server on this machine, as a server behind a load
// balancer is: it takes a while to boot, and when it is destroyed, all that it
// was doing is lost.
type backend struct {
	name, address string
	server        *http.Server
	booted        atomic.Int64 // when, in Unix nanoseconds; 0: it is not to boot yet
	busy          atomic.Int64 // requests that it is at
}

// takeParam says in a request how long the answer is to take.
const takeParam = "take"

func startBackend(ctx context.Context, name string) (*backend, error) {
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start backend %s: %w", name, err)
	}
	b := &backend{name: name, address: socket.Addr().String()}
	b.server = &http.Server{Handler: b, ReadHeaderTimeout: time.Minute}
	go func() { _ = b.server.Serve(socket) }()
	return b, nil
}

// boot makes it ready after a while.
func (b *backend) boot(after time.Duration) { b.booted.Store(time.Now().Add(after).UnixNano()) }

// bootOnce makes it ready after a while, unless it is booting or booted.
func (b *backend) bootOnce(after time.Duration) {
	b.booted.CompareAndSwap(0, time.Now().Add(after).UnixNano())
}

// destroy stops it at once; requests that it is at are lost.
func (b *backend) destroy() { _ = b.server.Close() }

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if at := b.booted.Load(); at == 0 || time.Now().UnixNano() < at {
		http.Error(w, "still booting", http.StatusServiceUnavailable)
		return
	}
	take, err := time.ParseDuration(r.FormValue(takeParam))
	if err != nil {
		take = 0 // a probe
	}
	b.busy.Add(1)
	defer b.busy.Add(-1)
	if take > 0 {
		timer := time.NewTimer(take)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return
		}
	}
	// A listener that shares out connections cannot say who answers. What one says
	// that shares out requests stands before this.
	w.Header().Add(traffic.TargetHeader, b.name)
	fmt.Fprintln(w, b.name)
}
