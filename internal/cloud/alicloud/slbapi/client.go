// Package slbapi puts the official SDK of Alibaba Cloud behind
// [membership.Group], for Server Load Balancer (SLB, also CLB), API version
// 2014-05-15: https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference.
// The calls themselves, and what there is to know of the SDK, are of package
// acs.
package slbapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	defaultBatch = 20 // the documented maximum of servers in one call
	maxBatch     = 40 // what the vendor's Kubernetes controller sends
)

// Config says which cloud to talk to, and as whom.
type Config struct {
	// Region is a region id such as "cn-hangzhou". Required; it is sent with
	// every call.
	Region string
	// Endpoint is a host or URL, with a port where needed; https where no
	// scheme is given. Empty: the SDK's rule for the region.
	Endpoint string
	// Credentials are required.
	Credentials acs.Credentials
	// Transport carries the requests. It must honour their contexts. Nil: one
	// of apikit.NewTransport.
	Transport http.RoundTripper
	// UserAgent is added to the SDK's own.
	UserAgent string
	// BatchSize is how many servers go into one write: 1 to 40, and 20, the
	// documented maximum, where it is 0.
	BatchSize int
}

// Client talks to SLB in one region. It is safe for concurrent use.
type Client struct {
	rpc   *acs.Client
	batch int
}

// New checks a configuration. It contacts nobody.
func New(cfg Config) (*Client, error) {
	if err := acs.CheckRegion(cfg.Region); err != nil {
		return nil, err
	}
	ep, err := resolve(cfg.Region, cfg.Endpoint)
	if err != nil {
		return nil, err
	}
	if cfg.Credentials == nil {
		return nil, errors.New("SLB needs credentials")
	}
	if cfg.BatchSize < 0 || cfg.BatchSize > maxBatch {
		return nil, fmt.Errorf("batch size %d is not between 1 and %d", cfg.BatchSize, maxBatch)
	}
	rpc, err := acs.New(acs.Config{
		Service: "SLB", Region: cfg.Region, Endpoint: ep, Credentials: cfg.Credentials,
		Transport: cfg.Transport, UserAgent: cfg.UserAgent, Classify: codes.Classify,
	})
	if err != nil {
		return nil, err
	}
	c := &Client{rpc: rpc, batch: cfg.BatchSize}
	if c.batch == 0 {
		c.batch = defaultBatch
	}
	return c, nil
}

// Endpoint is the URL that calls go to.
func (c *Client) Endpoint() string { return c.rpc.Endpoint.String() }

// BackendServers is the default server group of a load balancer.
func (c *Client) BackendServers(loadBalancerID string) membership.Group {
	return &backendServers{c: c, id: loadBalancerID}
}

// VServerGroup is a vserver group.
func (c *Client) VServerGroup(id string) membership.Group {
	return &vserverGroup{c: c, id: id}
}
