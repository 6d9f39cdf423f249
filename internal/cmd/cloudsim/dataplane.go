package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// dataPlane is the listeners of all clouds, and the servers behind them that
// the seed gives no address of their own.
type dataPlane struct {
	planes  map[string]*traffic.Plane // by cloud
	servers *servers
}

// openDataPlane serves the clouds' listeners.
func (s *simulator) openDataPlane(ctx context.Context) (*dataPlane, error) {
	d := &dataPlane{planes: map[string]*traffic.Plane{}, servers: &servers{addresses: map[string]string{}}}
	how := fakecloud.DataPlane{Options: traffic.Options{Health: &traffic.Check{}}, Elsewhere: d.servers.address}
	for _, c := range s.clouds {
		plane, err := c.Plane(ctx, how)
		if err != nil {
			return nil, errors.Join(err, d.close())
		}
		d.planes[c.Seed] = plane
	}
	return d, nil
}

func (d *dataPlane) close() error {
	var errs []error
	for _, p := range d.planes {
		errs = append(errs, p.Close())
	}
	return errors.Join(append(errs, d.servers.close())...)
}

// listeners are where the listeners listen, by cloud and name.
func (d *dataPlane) listeners() map[string]map[string]string {
	out := map[string]map[string]string{}
	for cloud, p := range d.planes {
		out[cloud] = p.Addresses()
	}
	return out
}

// servers are one small HTTP server for each name, from when it is first asked
// for. It answers every request with its name.
type servers struct {
	mu        sync.Mutex
	addresses map[string]string
	running   []*http.Server
	closed    bool
}

// address is where the server of a name is; "" where none could be started.
func (s *servers) address(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if address, ok := s.addresses[name]; ok || s.closed {
		return address
	}
	socket, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "" // tried again when it is next asked for
	}
	server := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name+"\n") }),
		ReadHeaderTimeout: 10 * time.Second,
	}
	go func() { _ = server.Serve(socket) }()
	s.running = append(s.running, server)
	s.addresses[name] = socket.Addr().String()
	return s.addresses[name]
}

func (s *servers) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	var errs []error
	for _, server := range s.running {
		if err := server.Close(); err != nil {
			errs = append(errs, fmt.Errorf("stop a server: %w", err))
		}
	}
	return errors.Join(errs...)
}
