package elbapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	// MaxBatch is the most members that a batch call takes (BatchCreateMembers,
	// BatchUpdateMembers and BatchDeleteMembers alike).
	MaxBatch = 200

	// callTimeout bounds one HTTP call from dialling to the last byte.
	callTimeout = 30 * time.Second

	defaultUserAgent = "terraform-provider-cloudlb"
)

// Config is what a Client is made of.
type Config struct {
	// Region such as "cn-north-4". It names the default endpoints and the
	// default project; it may be empty where neither is needed.
	Region string
	// ELBEndpoint and IAMEndpoint are a host or a URL; https when there is no
	// scheme. A trailing /v3 is taken off, and {region} stands for Region.
	// Empty: the region's, https://elb.{region}.Cloud and likewise for iam.
	ELBEndpoint, IAMEndpoint string
	// Cloud is the domain that the default endpoints are in; empty:
	// myhuaweicloud.eu for the regions eu-west-1..., of which there is
	// eu-west-101, and myhuaweicloud.com for all others, as in the vendor's
	// provider for Terraform.
	Cloud string
	// ProjectID is the id in the path of every call. Empty: looked up from IAM
	// by ProjectName (empty: Region) on the first call that needs it.
	ProjectID, ProjectName string
	// Credentials sign the calls.
	Credentials Credentials
	// Transport carries the calls; nil: one of NewTransport. It must honour
	// the request's context and must not follow redirects.
	Transport http.RoundTripper
	// UserAgent is added to the SDK's own.
	UserAgent string
	// BatchSize is the most members in one call, 1 to 200; 0 is 200.
	BatchSize int
}

// Client calls the ELB v3 API of one region and project. It is safe for
// concurrent use.
type Client struct {
	sender
	elb     string // the base URL without a trailing slash
	creds   Credentials
	iam     *IAM // nil where the project is known
	batch   int
	project project
	noBatch atomic.Bool // this endpoint has no batch calls
}

// sender is how requests leave.
type sender struct {
	transport http.RoundTripper
	userAgent string
}

func newSender(cfg Config) sender {
	s := sender{cfg.Transport, cfg.UserAgent}
	if s.transport == nil {
		s.transport = NewTransport()
	}
	if s.userAgent == "" {
		s.userAgent = defaultUserAgent
	}
	return s
}

var regionName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9-]*$`)

// New makes a client. It contacts nobody; its errors name the setting that is
// wrong or missing.
func New(cfg Config) (*Client, error) {
	if cfg.Credentials == nil {
		return nil, errors.New("no credentials for Huawei Cloud")
	}
	if cfg.BatchSize < 0 || cfg.BatchSize > MaxBatch {
		return nil, fmt.Errorf("batch size %d: must be 1 to %d", cfg.BatchSize, MaxBatch)
	}
	c := &Client{sender: newSender(cfg), creds: cfg.Credentials, batch: cfg.BatchSize}
	if c.batch == 0 {
		c.batch = MaxBatch
	}
	var err error
	if c.elb, err = cfg.endpoint("elb", cfg.ELBEndpoint); err != nil {
		return nil, err
	}
	switch {
	case cfg.ProjectID != "":
		if err := checkID("project", cfg.ProjectID); err != nil {
			return nil, err
		}
		c.project.id = cfg.ProjectID
	case cfg.ProjectName == "" && cfg.Region == "":
		return nil, errors.New("neither a project id, nor a project name or region to look it up by")
	default:
		cfg.Transport = c.transport
		if c.iam, err = NewIAM(cfg); err != nil {
			return nil, err
		}
		c.project.name = cfg.ProjectName
		if c.project.name == "" {
			c.project.name = cfg.Region
		}
	}
	return c, nil
}

// Pool is the group of one ELB pool's members, by the pool's id.
func (c *Client) Pool(id string) membership.Group { return &pool{client: c, id: id} }

// endpoint is a service's base URL, scheme and host alone: the SDK replaces
// whatever path an endpoint has.
func (cfg Config) endpoint(service, configured string) (string, error) {
	s := configured
	if s == "" {
		s = service + ".{region}." + cfg.cloud()
	}
	switch {
	case cfg.Region != "" && !regionName.MatchString(cfg.Region):
		return "", fmt.Errorf("region %q: letters, digits and hyphens only", cfg.Region)
	case cfg.Region == "" && strings.Contains(s, "{region}"):
		return "", fmt.Errorf("neither a region nor an endpoint for %s", service)
	}
	s = strings.ReplaceAll(s, "{region}", cfg.Region)
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") {
		return "", fmt.Errorf("%s endpoint: must be a host or an http or https URL", service)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%s endpoint: must have no user name, query or fragment", service)
	}
	if p := strings.Trim(u.Path, "/"); p != "" && p != "v3" {
		return "", fmt.Errorf("%s endpoint: must have no path (it has %q)", service, u.Path)
	}
	return u.Scheme + "://" + u.Host, nil
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

// checkID refuses what is no id. The SDK puts ids into paths as they are, so
// that a slash, dots, a question mark or a brace would make another call of it.
func checkID(kind, id string) error {
	if !plainID.MatchString(id) {
		return &membership.Error{Class: membership.Refused, Message: fmt.Sprintf(
			"%q is not a valid %s id: letters, digits, hyphens and underscores only", id, kind)}
	}
	return nil
}

// Keys are what a request is signed with, or the token that it carries instead.
// SecurityToken belongs to temporary keys and is empty for permanent ones.
type Keys struct {
	AccessKey, SecretKey, SecurityToken string
	// Token is an IAM token (X-Auth-Token). Where it is set, nothing is signed.
	Token string
	// ProjectID is the project that Token is for; "" where that is not known.
	ProjectID string
}

// Credentials give the keys of the moment; they are asked before every call,
// by many goroutines at once. An error that is no [*membership.Error] counts
// as class Denied.
type Credentials interface {
	Credentials(ctx context.Context) (Keys, error)
}

// Static are credentials that never change.
type Static Keys

// Credentials returns the keys.
func (s Static) Credentials(context.Context) (Keys, error) { return Keys(s), nil }
