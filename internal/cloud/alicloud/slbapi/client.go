// Package slbapi puts the official SDK of Alibaba Cloud behind
// [membership.Group], for Server Load Balancer (SLB, also CLB), API version
// 2014-05-15: https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference.
//
// The SDK builds, signs and sends the requests; this package keeps its traps
// from the rest of the program:
//
//   - One SDK client is not safe for concurrent use: each call writes to it.
//     Every call makes its own, which costs some tens of microseconds (see
//     BenchmarkSDKClient) and so is no reason for a pool. The connections are
//     pooled below it, in the transport, which all calls share.
//   - An SDK request keeps the parameters of earlier calls. Every call makes
//     its own.
//   - The SDK takes no context, reads without bound, follows redirects with a
//     signed URL, and plays with the transport's proxy and TLS settings. It is
//     handed a transport of its own for each call (see exchange), which does
//     none of this.
//   - It panics on an error code that is not a string, does not read XML
//     errors, and fails on or misreads several forms of answer. Its reading is
//     not used: the answer is taken from the transport and read here.
//   - Its default scheme is HTTP, its default credentials search the home
//     directory and the metadata service, and its debugging prints signed
//     requests to standard output. None of the three can come to pass here.
package slbapi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	defaultBatch = 20 // the documented maximum of servers in one call
	maxBatch     = 40 // what the vendor's Kubernetes controller sends

	connectTimeout = 5 * time.Second
	callTimeout    = 30 * time.Second // one call from its start to the last byte of the answer
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
	Credentials Credentials
	// Transport carries the requests. It must honour their contexts. Nil: one
	// with TLS 1.2 or better, the environment's proxies and a connect timeout
	// of 5 seconds.
	Transport http.RoundTripper
	// UserAgent is added to the SDK's own.
	UserAgent string
	// BatchSize is how many servers go into one write: 1 to 40, and 20, the
	// documented maximum, where it is 0.
	BatchSize int
}

// Client talks to SLB in one region. It is safe for concurrent use.
type Client struct {
	service     string // "SLB", or "STS"; in texts
	region      string
	endpoint    endpoint
	credentials Credentials
	transport   http.RoundTripper
	userAgent   string
	batch       int
}

// New checks a configuration. It contacts nobody.
func New(cfg Config) (*Client, error) {
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
	if strings.ContainsFunc(cfg.UserAgent, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, errors.New("the user agent must be printable ASCII")
	}
	endpointMap() // before the SDK's clients use it
	c := &Client{
		service: "SLB", region: cfg.Region, endpoint: ep, credentials: cfg.Credentials,
		transport: cfg.Transport, userAgent: cfg.UserAgent, batch: cfg.BatchSize,
	}
	if c.transport == nil {
		c.transport = newTransport()
	}
	if c.batch == 0 {
		c.batch = defaultBatch
	}
	return c, nil
}

// Endpoint is the URL that calls go to.
func (c *Client) Endpoint() string { return c.endpoint.scheme + "://" + c.endpoint.host }

// BackendServers is the default server group of a load balancer.
func (c *Client) BackendServers(loadBalancerID string) membership.Group {
	return &backendServers{c: c, id: loadBalancerID}
}

// VServerGroup is a vserver group.
func (c *Client) VServerGroup(id string) membership.Group {
	return &vserverGroup{c: c, id: id}
}
