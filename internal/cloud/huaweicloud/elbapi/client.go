package elbapi

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/iamlogin"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

const (
	// MaxBatch is the most members that a batch call takes (BatchCreateMembers,
	// BatchUpdateMembers and BatchDeleteMembers alike).
	MaxBatch = 200
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
	Credentials apigw.Credentials
	// Transport carries the calls; nil: one of apikit.NewTransport. It must honour
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
	api     *apigw.Client
	creds   apigw.Credentials
	id      string            // the project's, where it is configured
	project *iamlogin.Project // else
	batch   int
	noBatch atomic.Bool // this endpoint has no batch calls
}

// New makes a client. It contacts nobody; its errors name the setting that is
// wrong or missing.
func New(cfg Config) (*Client, error) {
	if cfg.Credentials == nil {
		return nil, errors.New("no credentials for Huawei Cloud")
	}
	if cfg.BatchSize < 0 || cfg.BatchSize > MaxBatch {
		return nil, fmt.Errorf("batch size %d: must be 1 to %d", cfg.BatchSize, MaxBatch)
	}
	c := &Client{creds: cfg.Credentials, batch: cfg.BatchSize, id: cfg.ProjectID}
	if c.batch == 0 {
		c.batch = MaxBatch
	}
	at := apigw.Config{
		Service: "ELB", Region: cfg.Region, Endpoint: cfg.ELBEndpoint, Cloud: cfg.Cloud, Transport: cfg.Transport, UserAgent: cfg.UserAgent,
	}
	var err error
	if c.api, err = apigw.New(at); err != nil {
		return nil, err
	}
	switch {
	case cfg.ProjectID != "":
		if err := apigw.CheckID("project", cfg.ProjectID); err != nil {
			return nil, err
		}
	case cfg.ProjectName == "" && cfg.Region == "":
		return nil, errors.New("neither a project id, nor a project name or region to look it up by")
	default:
		at.Endpoint, at.Transport = cfg.IAMEndpoint, c.api.Transport
		iam, err := iamlogin.New(at)
		if err != nil {
			return nil, err
		}
		c.project = iamlogin.NewProject(iam, cfg.Credentials, cmp.Or(cfg.ProjectName, cfg.Region))
	}
	return c, nil
}

// Pool is the group of one ELB pool's members, by the pool's id.
func (c *Client) Pool(id string) membership.Group { return &pool{client: c, id: id} }
