// Package sgapi puts the server groups of Alibaba Cloud's Application Load
// Balancer (ALB, API version 2020-06-16,
// https://www.alibabacloud.com/help/en/slb/application-load-balancer/developer-reference)
// and Network Load Balancer (NLB, 2022-04-30,
// https://www.alibabacloud.com/help/en/slb/network-load-balancer/developer-reference)
// behind [membership.Group]. The two products name their actions and parameters
// alike; what differs is in one table ([products]).
//
// Parameters travel in the body, for a list of 200 servers is too long for a URL.
// A write is answered before it is carried out: it is over when its job is.
package sgapi

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Config says which product of which cloud to talk to, and as whom.
type Config struct {
	Product Product
	// Region is a region id such as "cn-hangzhou". Required; it is sent with
	// every call.
	Region string
	// Endpoint is a host or URL, with a port where needed; https where no
	// scheme is given. Empty: alb.REGION.aliyuncs.com or nlb.REGION.aliyuncs.com.
	Endpoint string
	// Credentials are required.
	Credentials acs.Credentials
	// Transport carries the requests. It must honour their contexts. Nil: one
	// of apikit.NewTransport.
	Transport http.RoundTripper
	// UserAgent is added to the SDK's own.
	UserAgent string
	// BatchSize is how many servers go into one write: 1 to 200, and 200, the
	// documented maximum, where it is 0. A change of ALB's holds no more than 40.
	BatchSize int
}

// Client talks to ALB or NLB in one region. It is safe for concurrent use.
type Client struct {
	product
	rpc    *acs.Client
	log    *slog.Logger
	limits membership.Limits
	// noJobList: the endpoint does not know ListAsynJobs.
	noJobList atomic.Bool
}

// New checks a configuration. It contacts nobody.
func New(cfg Config) (*Client, error) {
	p, ok := products[cfg.Product]
	if !ok {
		return nil, errors.New("the product must be ALB or NLB")
	}
	if err := acs.CheckRegion(cfg.Region); err != nil {
		return nil, err
	}
	endpoint, err := apikit.ParseEndpoint(p.name, cmp.Or(cfg.Endpoint, fmt.Sprintf(p.host, cfg.Region)))
	if err != nil {
		return nil, err
	}
	if cfg.Credentials == nil {
		return nil, errors.New(p.name + " needs credentials")
	}
	if cfg.BatchSize < 0 || cfg.BatchSize > MaxBatch {
		return nil, fmt.Errorf("batch size %d is not between 1 and %d", cfg.BatchSize, MaxBatch)
	}
	rpc, err := acs.New(acs.Config{
		Service: p.name, Region: cfg.Region, Endpoint: endpoint, Credentials: cfg.Credentials,
		Transport: cfg.Transport, UserAgent: cfg.UserAgent, Classify: codes.Classify,
	})
	if err != nil {
		return nil, err
	}
	batch := cmp.Or(cfg.BatchSize, MaxBatch)
	return &Client{product: p, rpc: rpc, log: apikit.Logger(p.name, cfg.Region), limits: membership.Limits{Batch: batch, Update: min(batch, p.updates)}}, nil
}

// Endpoint is the URL that calls go to.
func (c *Client) Endpoint() string { return c.rpc.Endpoint.String() }

// Group is a server group.
func (c *Client) Group(id string) membership.Group { return &group{c: c, id: id} }

// form are the parameters of a call.
type form map[string]string

// list adds a list of texts, numbered from 1.
func (f form) list(name string, values ...string) form {
	for i, v := range values {
		f[name+"."+strconv.Itoa(i+1)] = v
	}
	return f
}

// with is the parameters and some more.
func (f form) with(more form) form {
	all := maps.Clone(f)
	maps.Copy(all, more)
	return all
}

// call is a call of the product's; concerns is the id that it is about, for the
// log.
func (c *Client) call(action, concerns string, params form) acs.Call {
	return acs.Call{Request: acs.NewRequest(c.name, c.version, action, params), Group: concerns}
}
