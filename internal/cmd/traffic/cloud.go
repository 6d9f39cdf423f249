package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// configurations are what Terraform runs: slb.tf and elb.tf for the resources
// of many members, slb-single.tf and elb-single.tf for those of one.
//
//go:embed configurations
var configurations embed.FS

// What the configurations name.
const (
	accessKey, secretKey = "traffic", "simulated"
	group, pool          = "rsp-traffic", "pool-traffic"
	subnet               = "subnet-traffic"
	backendPort          = 8080
)

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

// keyOf is what the cloud's data plane calls a server.
func keyOf(cloud, name string) string {
	if cloud == slbCloud {
		return fmt.Sprintf("i-%s:%d", name, backendPort)
	}
	var n int
	digit := 1
	if _, err := fmt.Sscanf(name, "blue-%d", &n); err != nil {
		digit = 2
		_, _ = fmt.Sscanf(name, "green-%d", &n)
	}
	return fmt.Sprintf("10.0.0.%d%d:%d", digit, n, backendPort)
}

// The clouds, as --cloud names them.
const slbCloud, elbCloud = "slb", "elb"

// cloud is a simulated cloud with one listener that carries traffic.
type cloud struct {
	kind     string
	url      string
	server   *fakecloud.Server
	http     *http.Server
	plane    *traffic.Plane
	listener *traffic.Listener
	members  func() map[string]int // weights by key

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
func startCloud(ctx context.Context, kind string, backends map[string]*backend, propagation time.Duration) (*cloud, error) {
	c := &cloud{kind: kind}
	places := traffic.Places{}
	for name, b := range backends {
		places[keyOf(kind, name)] = b.address
	}
	// Patient, so that a busy machine takes no server for a sick one.
	check := traffic.Check{Interval: 500 * time.Millisecond, Timeout: 10 * time.Second, Unhealthy: 5}
	options := traffic.Options{Health: &check, Propagation: propagation}
	latency := fakecloud.Latency{Read: readLatency, Write: writeLatency}
	var err error
	if kind == slbCloud {
		fake := slbfake.New(slbSeed(places), slbfake.ReportTo(c))
		c.server = fakecloud.NewServer(fake, c, latency)
		c.members = func() map[string]int {
			held := map[string]int{}
			for _, m := range fake.Members(group) {
				held[fmt.Sprintf("%s:%d", m.ServerID, m.Port)] = m.Weight
			}
			return held
		}
		c.plane, err = fake.OpenDataPlane(ctx, slbfake.DataPlane{Options: options})
		if err == nil {
			c.listener = c.plane.Listener(slbfake.ListenerName("lb-traffic", 80))
		}
	} else {
		fake := elbfake.New(elbSeed(places), elbfake.ReportTo(c))
		c.server = fakecloud.NewServer(fake, c, latency)
		c.members = func() map[string]int {
			held := map[string]int{}
			for _, m := range fake.Members(pool) {
				held[fmt.Sprintf("%s:%d", m.Address, m.Port)] = m.W()
			}
			return held
		}
		c.plane, err = fake.OpenDataPlane(ctx, elbfake.DataPlane{Options: options})
		if err == nil {
			c.listener = c.plane.Listener("listener-traffic")
		}
	}
	if err != nil {
		return nil, err
	}
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("serve the simulated cloud: %w", err), c.plane.Close())
	}
	c.url = "http://" + socket.Addr().String()
	c.http = &http.Server{Handler: c.server, ReadHeaderTimeout: time.Minute}
	go func() { _ = c.http.Serve(socket) }()
	return c, nil
}

func (c *cloud) stop() error { return errors.Join(c.http.Close(), c.plane.Close()) }

// healthy tells whether all servers of the names get requests.
func (c *cloud) healthy(names []string) bool {
	for _, name := range names {
		if c.listener.Health(keyOf(c.kind, name)).Status != traffic.Healthy {
			return false
		}
	}
	return true
}

func slbSeed(places traffic.Places) slbfake.Seed {
	s := slbfake.Seed{
		Region:    "cn-hangzhou",
		Keys:      []slbfake.Key{{ID: accessKey, Secret: secretKey}},
		Addresses: places,
		LoadBalancers: []slbfake.LoadBalancer{{
			ID:            "lb-traffic",
			Listeners:     []slbfake.Listener{{Port: 80, Protocol: "http", VServerGroup: group}},
			VServerGroups: []slbfake.VServerGroup{{ID: group, Name: "web"}},
		}},
	}
	for _, name := range names() {
		s.Servers = append(s.Servers, slbfake.Server{ID: "i-" + name})
	}
	return s
}

func elbSeed(places traffic.Places) elbfake.Seed {
	return elbfake.Seed{
		Region:        "cn-north-4",
		Projects:      []elbfake.Project{{ID: "project-traffic", Name: "cn-north-4"}},
		Keys:          []elbfake.Key{{AK: accessKey, SK: secretKey}},
		Addresses:     places,
		Subnets:       []elbfake.Subnet{{ID: subnet, CIDR: "10.0.0.0/24", VPC: "vpc-traffic"}},
		LoadBalancers: []elbfake.LoadBalancer{{ID: "elb-traffic", VPC: "vpc-traffic", Listeners: []string{"listener-traffic"}}},
		Pools: []elbfake.Pool{{
			ID: pool, Name: "web", Protocol: "HTTP", VPC: "vpc-traffic", Listeners: []string{"listener-traffic"}, HealthMonitor: true,
		}},
	}
}
