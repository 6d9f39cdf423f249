// Package apigw makes calls of Huawei Cloud's APIs, such as ELB and IAM, through
// the official SDK and the gateway that all of them stand behind
// (https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-provide.html).
//
// The SDK is kept at arm's length. It knows no context, follows no proxy
// variable, takes a redirect for success and an empty, null or foreign JSON body
// for an answer without members, does not escape ids in paths, and its client
// builder writes a file into the home directory. A call here builds a client of
// its own, which costs about a microsecond, around a transport for that call
// alone ([apikit.Exchange]).
package apigw

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const defaultUserAgent = "terraform-provider-cloudlb"

// Config says where an API is, and how requests get there.
type Config struct {
	// Service names the API in texts: "ELB".
	Service string
	// Region such as "cn-north-4" stands for {region} in the endpoint; it may be
	// empty where that has none.
	Region string
	// Endpoint is a host or a URL; https when there is no scheme. A trailing /v3
	// is taken off. Empty: https://SERVICE.{region}.Cloud.
	Endpoint string
	// Cloud is the domain that the default endpoint is in; empty:
	// myhuaweicloud.eu for the regions eu-west-1..., of which there is
	// eu-west-101, and myhuaweicloud.com for all others, as in the vendor's
	// provider for Terraform.
	Cloud string
	// Transport carries the calls; nil: one of apikit.NewTransport. It must
	// honour the request's context and must not follow redirects.
	Transport http.RoundTripper
	// UserAgent is added to the SDK's own.
	UserAgent string
}

// Client makes calls of one API in one region. It is safe for concurrent use.
type Client struct {
	Endpoint  apikit.Endpoint
	Transport http.RoundTripper
	UserAgent string

	service, region string
}

// New makes a client. It contacts nobody.
func New(cfg Config) (*Client, error) {
	at, err := cfg.endpoint()
	if err != nil {
		return nil, err
	}
	c := &Client{Endpoint: at, Transport: cfg.Transport, UserAgent: cfg.UserAgent, service: cfg.Service, region: cfg.Region}
	if c.Transport == nil {
		c.Transport = apikit.NewTransport()
	}
	if c.UserAgent == "" {
		c.UserAgent = defaultUserAgent
	}
	return c, nil
}

var regionName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)

// endpoint is scheme and host alone: the SDK replaces whatever path an endpoint
// has.
func (cfg Config) endpoint() (apikit.Endpoint, error) {
	s := cfg.Endpoint
	if s == "" {
		s = strings.ToLower(cfg.Service) + ".{region}." + cfg.cloud()
	}
	switch {
	case cfg.Region != "" && !regionName.MatchString(cfg.Region):
		return apikit.Endpoint{}, fmt.Errorf("region %q: letters, digits and hyphens only", cfg.Region)
	case cfg.Region == "" && strings.Contains(s, "{region}"):
		return apikit.Endpoint{}, errors.New("neither a region nor an endpoint for " + cfg.Service)
	}
	return apikit.ParseEndpoint(cfg.Service, strings.ReplaceAll(s, "{region}", cfg.Region), "/v3")
}

// cloud is the domain of the default endpoints.
func (cfg Config) cloud() string {
	switch {
	case cfg.Cloud != "":
		return cfg.Cloud
	case strings.HasPrefix(cfg.Region, "eu-west-1"):
		return "myhuaweicloud.eu"
	default:
		return "myhuaweicloud.com"
	}
}

var plainID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// CheckID refuses what is no id. The SDK puts ids into paths as they are, so
// that a slash, dots, a question mark or a brace would make another call of it.
func CheckID(kind, id string) error {
	if !plainID.MatchString(id) {
		return &membership.Error{Class: membership.Refused, Message: fmt.Sprintf(
			"%q is not a valid %s id: letters, digits, hyphens and underscores only", id, kind)}
	}
	return nil
}
