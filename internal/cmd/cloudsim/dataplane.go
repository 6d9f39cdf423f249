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

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// dataPlane is the listeners of both clouds, and the servers behind them that
// the seed gives no address of their own.
type dataPlane struct {
	slb, elb *traffic.Plane // nil where the cloud is not simulated
	servers  *servers
}

// openDataPlane serves the clouds' listeners.
func (s *simulator) openDataPlane(ctx context.Context) (_ *dataPlane, err error) {
	d := &dataPlane{servers: &servers{addresses: map[string]string{}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	options := traffic.Options{Health: &traffic.Check{}}
	if s.slb != nil {
		if d.slb, err = s.slb.OpenDataPlane(ctx, slbfake.DataPlane{Options: options, Elsewhere: d.servers.address}); err != nil {
			return nil, err
		}
	}
	if s.elb != nil {
		if d.elb, err = s.elb.OpenDataPlane(ctx, elbfake.DataPlane{Options: options, Elsewhere: d.servers.address}); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *dataPlane) close() error {
	var errs []error
	for _, p := range []*traffic.Plane{d.slb, d.elb} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	return errors.Join(append(errs, d.servers.close())...)
}

// listeners are where the listeners listen.
func (d *dataPlane) listeners() *listeners {
	var out listeners
	if d.slb != nil {
		out.Alicloud = d.slb.Addresses()
	}
	if d.elb != nil {
		out.Huaweicloud = d.elb.Addresses()
	}
	return &out
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
