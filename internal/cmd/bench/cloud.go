package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// How long the simulated clouds take. A write holds its lock meanwhile, and
// another one is told that it is busy, where the cloud has such locks.
const (
	readLatency  = 20 * time.Millisecond
	writeLatency = 200 * time.Millisecond
)

// maxMembers is the quota of a group.
const maxMembers = 4000

// cloud is a simulated cloud that serves one piece of work.
type cloud struct {
	stage *fakecloud.Stage
	url   string

	http       *http.Server
	mu         sync.Mutex
	complaints []string
}

// Errorf takes note of a request that no correct client sends.
func (c *cloud) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.complaints = append(c.complaints, fmt.Sprintf(format, args...))
}

// take returns the complaints since the last time it was asked.
func (c *cloud) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.complaints
	c.complaints = nil
	return taken
}

// startCloud serves a cloud with empty groups of a kind on a loopback port
// until stop.
func startCloud(ctx context.Context, k fakecloud.Kind, groups int) (*cloud, error) {
	c := &cloud{}
	c.stage = k.Open(fakecloud.Scene{Groups: groups}, c, fakecloud.Latency{Read: readLatency, Write: writeLatency})
	c.stage.Limit(maxMembers)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the simulated cloud: %w", err)
	}
	c.url = "http://" + listener.Addr().String()
	c.http = &http.Server{Handler: c.stage.Server, ReadHeaderTimeout: time.Minute}
	go func() { _ = c.http.Serve(listener) }()
	return c, nil
}

func (c *cloud) stop() { _ = c.http.Close() }

// env tells the provider of the cloud.
func (c *cloud) env() []string { return c.stage.Environment(c.url) }
