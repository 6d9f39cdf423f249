package alicloud

import (
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// session is the cloud as one provider block configures it: the settings, and
// a client and an engine for each region in use.
type session struct {
	tfkit.ThisRun

	known  bool
	region string
	// credentials are nil where there are none that can be used: problem says why.
	credentials slbapi.Credentials
	problem     problem

	endpoint  string
	userAgent string
	transport http.RoundTripper
	batch     int     // members per call; 0 is the adapter's default
	rate      float64 // calls a second in each region; 0 is no limit

	regions tfkit.Regions[*regional]
}

type regional struct {
	client *slbapi.Client
	engine *membership.Engine
}

// Known tells whether the provider block holds no unknown value.
func (s *session) Known() bool { return s.known }

// Check says what is missing to use a region; "" is the provider's.
func (s *session) Check(region string) (string, diag.Diagnostics) {
	var diags diag.Diagnostics
	if region == "" {
		region = s.region
	}
	if region == "" {
		diags.AddAttributeError(path.Root("region"), "No region for Alibaba Cloud",
			"Set region on the resource, alicloud.region in the provider block, or ALIBABA_CLOUD_REGION "+
				"(or ALICLOUD_REGION) in the environment.")
	}
	if s.credentials == nil {
		diags.AddError(s.problem.summary, s.problem.detail)
	}
	return region, diags
}

// in is the client and engine of a region.
func (s *session) in(region string) (*regional, error) {
	return s.regions.In(region, func() (*regional, error) {
		client, err := slbapi.New(slbapi.Config{
			Region: region, Endpoint: s.endpoint, Credentials: s.credentials,
			UserAgent: s.userAgent, BatchSize: s.batch, Transport: s.transport,
		})
		return &regional{client: client, engine: membership.New(membership.Options{RequestsPerSecond: s.rate})}, err
	})
}

func (s *session) backendServers(region, loadBalancer string) (*membership.Handle, error) {
	r, err := s.in(region)
	if err != nil {
		return nil, err
	}
	return r.engine.Open("load balancer "+loadBalancer, func() membership.Group {
		return r.client.BackendServers(loadBalancer)
	}), nil
}

func (s *session) vserverGroup(region, group string) (*membership.Handle, error) {
	r, err := s.in(region)
	if err != nil {
		return nil, err
	}
	return r.engine.Open("vserver group "+group, func() membership.Group {
		return r.client.VServerGroup(group)
	}), nil
}
