package alicloud

import (
	"net/http"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// session is the cloud as one provider block configures it: the settings, and
// a client and an engine for each region in use.
type session struct {
	tfkit.Configured

	credentials acs.Credentials // nil where there are none that can be used

	endpoint  string
	userAgent string
	transport http.RoundTripper
	batch     int     // members per call; 0 is the adapter's default
	rate      float64 // calls a second in each region; 0 is no limit
	writes    int     // of each kind a minute in each region; 0 is no limit

	regions tfkit.Regions[*regional]
}

type regional struct {
	client *slbapi.Client
	engine *membership.Engine
}

// in is the client and engine of a region.
func (s *session) in(region string) (*regional, error) {
	return s.regions.In(region, func() (*regional, error) {
		client, err := slbapi.New(slbapi.Config{
			Region: region, Endpoint: s.endpoint, Credentials: s.credentials,
			UserAgent: s.userAgent, BatchSize: s.batch, Transport: s.transport,
		})
		return &regional{client: client, engine: membership.New(membership.Options{RequestsPerSecond: s.rate, WritesPerMinute: s.writes})}, err
	})
}

// open is a group of some kind, by its id or its load balancer's.
func (s *session) open(kind serverKind, region, id string) (*membership.Handle, error) {
	r, err := s.in(region)
	if err != nil {
		return nil, err
	}
	return r.engine.Open(kind.object+" "+id, func() membership.Group { return kind.group(r.client, id) }), nil
}
