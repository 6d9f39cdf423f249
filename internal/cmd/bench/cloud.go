package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// How long the simulated clouds take. An SLB write holds the load balancer's
// lock meanwhile, and other writes are told that it is busy.
const (
	readLatency     = 20 * time.Millisecond
	elbWriteLatency = 50 * time.Millisecond
	slbWriteLatency = 200 * time.Millisecond
)

const (
	accessKey = "bench"
	secretKey = "simulated"
	token     = "simulated-token" // what the other provider's calls are given
	slbRegion = "cn-hangzhou"
	elbRegion = "cn-north-4"
	projectID = "project-bench"
	subnetID  = "subnet-bench"
	port      = 8080
)

// The members below maxMembers can be added. absent is one that the clouds
// refuse: SLB has no such server, and for ELB it is outside the subnet.
const (
	maxMembers = 4000
	absent     = 4500
)

// cloud is a simulated cloud that serves one piece of work.
type cloud struct {
	kind     *kind
	server   *fakecloud.Server
	url      string
	tolerant bool                              // the client under test is not this provider
	members  func(group string) map[string]int // what a group holds: member to weight

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

// startCloud serves a cloud with empty groups on a loopback port until stop.
// wrap, where not nil, stands before it.
func startCloud(ctx context.Context, k *kind, groups int, wrap func(http.Handler) http.Handler) (*cloud, error) {
	c := &cloud{kind: k}
	if k.elb {
		fake := elbfake.New(elbSeed(groups), elbfake.ReportTo(c))
		c.server = fakecloud.NewServer(fake, c, fakecloud.Latency{Read: readLatency, Write: elbWriteLatency})
		c.members = func(group string) map[string]int {
			held := map[string]int{}
			for _, m := range fake.Members(group) {
				held[m.Address] = m.W()
			}
			return held
		}
	} else {
		fake := slbfake.New(slbSeed(groups), slbfake.ReportTo(c))
		c.server = fakecloud.NewServer(fake, c, fakecloud.Latency{Read: readLatency, Write: slbWriteLatency})
		c.members = func(group string) map[string]int {
			held := map[string]int{}
			for _, m := range fake.Members(group) {
				held[m.ServerID] = m.Weight
			}
			return held
		}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the simulated cloud: %w", err)
	}
	c.url = "http://" + listener.Addr().String()
	var handler http.Handler = c.server
	if wrap != nil {
		handler = wrap(handler)
	}
	c.http = &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	go func() { _ = c.http.Serve(listener) }()
	return c, nil
}

func (c *cloud) stop() { _ = c.http.Close() }

// env tells the provider of the cloud.
func (c *cloud) env() []string {
	if c.kind.elb {
		return []string{
			"HW_REGION_NAME=" + elbRegion, "HW_ACCESS_KEY=" + accessKey, "HW_SECRET_KEY=" + secretKey,
			"HW_PROJECT_ID=" + projectID, "HW_ELB_ENDPOINT=" + c.url, "HW_AUTH_URL=" + c.url,
		}
	}
	return []string{
		"ALIBABA_CLOUD_REGION=" + slbRegion, "ALIBABA_CLOUD_ACCESS_KEY_ID=" + accessKey,
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + secretKey, "ALIBABA_CLOUD_ENDPOINT_SLB=" + c.url,
	}
}

// groupID is the id of the n-th group.
func (k *kind) groupID(n int) string { return fmt.Sprintf("%s-%d", k.prefix, n) }

func elbSeed(groups int) elbfake.Seed {
	s := elbfake.Seed{
		Region:   elbRegion,
		Projects: []elbfake.Project{{ID: projectID, Name: elbRegion}},
		Keys:     []elbfake.Key{{AK: accessKey, SK: secretKey}},
		Tokens:   []string{token},
		Subnets:  []elbfake.Subnet{{ID: subnetID, CIDR: "10.0.0.0/20", VPC: "vpc-bench"}},
	}
	for n := range groups {
		lb := fmt.Sprintf("elb-%d", n)
		s.LoadBalancers = append(s.LoadBalancers, elbfake.LoadBalancer{ID: lb, VPC: "vpc-bench"})
		s.Pools = append(s.Pools, elbfake.Pool{
			ID: elbMember.groupID(n), Protocol: "HTTP", VPC: "vpc-bench", LoadBalancers: []string{lb},
		})
	}
	return s
}

// slbSeed has a load balancer with a vserver group for each group.
func slbSeed(groups int) slbfake.Seed {
	s := slbfake.Seed{
		Region: slbRegion,
		Keys:   []slbfake.Key{{ID: accessKey, Secret: secretKey}},
		Rules:  slbfake.Rules{MemberQuota: maxMembers},
	}
	for n := range maxMembers {
		s.Servers = append(s.Servers, slbfake.Server{ID: slbServer(n)})
	}
	for n := range groups {
		s.LoadBalancers = append(s.LoadBalancers, slbfake.LoadBalancer{
			ID:            slbBackend.groupID(n),
			VServerGroups: []slbfake.VServerGroup{{ID: slbVServer.groupID(n), Name: "bench"}},
		})
	}
	return s
}

func slbServer(n int) string { return fmt.Sprintf("i-%d", n) }

// elbAddress is in the subnet for n below maxMembers.
func elbAddress(n int) string { return fmt.Sprintf("10.0.%d.%d", n/250, n%250+1) }
