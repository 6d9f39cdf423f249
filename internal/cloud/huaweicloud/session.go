package huaweicloud

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/iamlogin"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// session is the cloud as one provider block configures it: the settings, and
// a client and an engine for each region in use.
type session struct {
	tfkit.Configured

	login                  *login // nil while the block is not known
	projectID, projectName string
	cloud, elb, iam        string
	userAgent              string
	transport              http.RoundTripper
	batch                  int     // members per call; 0 is the adapter's default
	rate                   float64 // calls a second in each region; 0 is no limit

	regions tfkit.Regions[*regional]
}

type regional struct {
	client *elbapi.Client
	engine *membership.Engine
	looks  poolLooks
}

// fill takes from a profile what nothing else says. Its project is one of its
// region.
func (s *session) fill() {
	if s.Region.Value == "" {
		s.Region.Value = s.login.region
	}
	if s.projectID == "" && s.projectName == "" && s.Region.Value == s.login.region {
		s.projectID = s.login.project
	}
}

// in is the client and engine of a region. A project belongs to one region, so
// a region other than the provider's looks its own up by name. Each region logs
// in for itself, at its own IAM.
func (s *session) in(region string) (*regional, error) {
	return s.regions.In(region, func() (*regional, error) {
		if s.login == nil {
			return nil, errors.New("the provider block has values that are not known yet")
		}
		config := elbapi.Config{
			Region: region, ELBEndpoint: s.elb, IAMEndpoint: s.iam, Cloud: s.cloud,
			UserAgent: s.userAgent, BatchSize: s.batch, Transport: s.transport,
		}
		if region == s.Region.Value || s.Region.Value == "" {
			config.ProjectID, config.ProjectName = s.projectID, s.projectName
		}
		iam, err := iamlogin.New(apigw.Config{
			Region: region, Endpoint: s.iam, Cloud: s.cloud, Transport: s.transport, UserAgent: s.userAgent,
		})
		if err != nil {
			return nil, err
		}
		config.Credentials = s.login.credentials(iam, iamlogin.Scope{
			ProjectID: config.ProjectID, ProjectName: cmp.Or(config.ProjectName, region),
		})
		client, err := elbapi.New(config)
		return &regional{client: client, engine: membership.New(membership.Options{
			RequestsPerSecond: s.rate, Log: apikit.Logger("ELB", region),
		})}, err
	})
}

func (s *session) pool(region, pool string) (*membership.Handle, error) {
	r, err := s.in(region)
	if err != nil {
		return nil, err
	}
	return r.engine.Open(pool, func() membership.Group { return r.client.Pool(pool) }), nil
}
