// Package acs makes calls of Alibaba Cloud's RPC-style APIs, such as SLB, ALB,
// NLB and STS, through the official SDK
// (https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism).
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
//     handed a transport of its own for each call ([apikit.Exchange]), which
//     does none of this.
//   - It panics on an error code that is not a string, does not read XML
//     errors, and fails on or misreads several forms of answer. Its reading is
//     not used: the answer is taken from the transport and read here.
//   - Its default scheme is HTTP, its default credentials search the home
//     directory and the metadata service, and its debugging prints signed
//     requests to standard output. None of the three can come to pass here.
package acs

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Config says which API to talk to, and as whom.
type Config struct {
	// Service names the API in texts: "SLB".
	Service string
	// Region is a region id such as "cn-hangzhou". It is sent with every call.
	Region string
	// Endpoint is where calls go. The SDK itself would ask the location service
	// for it in some cases.
	Endpoint apikit.Endpoint
	// Credentials sign the calls; nil where none is to be signed.
	Credentials Credentials
	// Transport carries the requests. It must honour their contexts. Nil: one of
	// apikit.NewTransport.
	Transport http.RoundTripper
	// UserAgent is added to the SDK's own.
	UserAgent string
	// Classify gives an answer that is no success its class. unsure is that of
	// an outcome that is not known: Unknown for a write, Transient for a read.
	Classify func(status int, f Fault, unsure membership.Class) membership.Class
}

// Client makes calls of one API in one region. It is safe for concurrent use.
type Client struct{ Config }

// New checks a configuration. It contacts nobody.
func New(cfg Config) (*Client, error) {
	if err := CheckRegion(cfg.Region); err != nil {
		return nil, err
	}
	if strings.ContainsFunc(cfg.UserAgent, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, errors.New("the user agent must be printable ASCII")
	}
	if cfg.Transport == nil {
		cfg.Transport = apikit.NewTransport()
	}
	return &Client{cfg}, nil
}

// regionID is what a region may look like; it becomes part of a host name.
var regionID = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// CheckRegion refuses what is no region id.
func CheckRegion(region string) error {
	if !regionID.MatchString(region) {
		return fmt.Errorf("region %q is not a region id such as cn-hangzhou", region)
	}
	return nil
}
