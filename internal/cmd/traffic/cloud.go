package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// products are the load balancers that --cloud names.
func products() []string {
	var all []string
	for _, p := range stages.Products() {
		all = append(all, p.Name)
	}
	return all
}

// kindOf is a product's first kind of group whose members have ports.
func kindOf(p fakecloud.Product) fakecloud.Kind {
	return p.Kinds[slices.IndexFunc(p.Kinds, func(k fakecloud.Kind) bool { return k.Port != "" })]
}

// How long the simulated clouds take.
const (
	readLatency  = 20 * time.Millisecond
	writeLatency = 100 * time.Millisecond
)

// perSet is how many servers a set has.
const perSet = 3

// names are all servers', the blue ones first.
func names() []string {
	var out []string
	for _, set := range []string{"blue", "green"} {
		for n := range perSet {
			out = append(out, fmt.Sprintf("%s-%d", set, n+1))
		}
	}
	return out
}

// cloud is a simulated cloud with one listener that carries traffic.
type cloud struct {
	stage    *fakecloud.Stage
	url      string
	http     *http.Server
	plane    *traffic.Plane
	listener *traffic.Listener

	mu         sync.Mutex
	complaints []string
}

// Errorf takes down a request that no correct client sends.
func (c *cloud) Errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.complaints = append(c.complaints, fmt.Sprintf(format, args...))
}

// complained is an error where there are complaints.
func (c *cloud) complained() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, s := range c.complaints {
		errs = append(errs, errors.New(s))
	}
	return errors.Join(errs...)
}

// startCloud serves a cloud whose group is empty, until stop.
func startCloud(ctx context.Context, kind fakecloud.Kind, backends map[string]*backend, propagation time.Duration) (*cloud, error) {
	c := &cloud{}
	c.stage = kind.Open(fakecloud.Scene{Checked: true}, c, fakecloud.Latency{Read: readLatency, Write: writeLatency})
	places := map[string]string{}
	for name, b := range backends {
		places[c.host(name)] = b.address
	}
	// Patient, so that a busy machine takes no server for a sick one. One that boots
	// accepts connections, so that a connection is no proof of health.
	check := traffic.Check{Path: "/", Interval: 500 * time.Millisecond, Timeout: 10 * time.Second, Unhealthy: 5}
	var err error
	c.plane, err = c.stage.Plane(ctx, fakecloud.DataPlane{
		Options:   traffic.Options{Health: &check, Propagation: propagation},
		Elsewhere: func(host string) string { return places[host] },
	})
	if err != nil {
		return nil, err
	}
	c.listener = c.plane.Listener(c.stage.Listener(c.group()))
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("serve the simulated cloud: %w", err), c.plane.Close())
	}
	c.url = "http://" + socket.Addr().String()
	c.http = &http.Server{Handler: c.stage.Server, ReadHeaderTimeout: time.Minute}
	go func() { _ = c.http.Serve(socket) }()
	return c, nil
}

func (c *cloud) stop() error { return errors.Join(c.http.Close(), c.plane.Close()) }

func (c *cloud) group() string { return c.stage.Groups[0] }

// number is that of a server among the stage's members.
func number(name string) int { return slices.Index(names(), name) + 1 }

func (c *cloud) host(name string) string { return c.stage.HostOf(number(name)) }

// members are the group's, weights by key.
func (c *cloud) members() map[string]int { return c.stage.Held(c.group()) }

// healthy tells whether all servers of the names get requests.
func (c *cloud) healthy(names []string) bool {
	for _, name := range names {
		if c.listener.Health(c.stage.Key(number(name))).Status != traffic.Healthy {
			return false
		}
	}
	return true
}
