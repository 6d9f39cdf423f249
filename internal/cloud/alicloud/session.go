package alicloud

import (
	"net/http"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// session is the cloud as one provider block configures it: the settings, and
// for each product a client and an engine in each region in use.
type session struct {
	tfkit.Configured

	credentials acs.Credentials // nil where there are none that can be used

	userAgent string
	transport http.RoundTripper
	rate      float64 // calls a second to each product in each region; 0 is no limit
	slb       slbSettings
	groups    map[sgapi.Product]*groupSettings // of each product

	regions tfkit.Regions[*regional]
}

// slbSettings are what the provider block says of SLB.
type slbSettings struct {
	endpoint string
	batch    int // members per call; 0 is the adapter's default
	writes   int // of each kind a minute in each region; 0 is no limit
}

// groupSettings are what the provider block says of ALB or NLB.
type groupSettings struct {
	endpoint string
	batch    int // members per call; 0 is the adapter's default

	regions tfkit.Regions[*groups]
}

// regional is SLB in one region.
type regional struct {
	client *slbapi.Client
	engine *membership.Engine
}

// groups are the server groups of ALB or NLB in one region.
type groups struct {
	client *sgapi.Client
	engine *membership.Engine
}

// in is the client and engine of SLB in a region.
func (s *session) in(region string) (*regional, error) {
	return s.regions.In(region, func() (*regional, error) {
		client, err := slbapi.New(slbapi.Config{
			Region: region, Endpoint: s.slb.endpoint, Credentials: s.credentials,
			UserAgent: s.userAgent, BatchSize: s.slb.batch, Transport: s.transport,
		})
		return &regional{client: client, engine: membership.New(membership.Options{
			RequestsPerSecond: s.rate, WritesPerMinute: s.slb.writes, Log: apikit.Logger("SLB", region),
		})}, err
	})
}

// groupsIn are the client and engine of ALB or NLB in a region.
func (s *session) groupsIn(product sgapi.Product, region string) (*groups, error) {
	set := s.groups[product]
	return set.regions.In(region, func() (*groups, error) {
		client, err := sgapi.New(sgapi.Config{
			Product: product, Region: region, Endpoint: set.endpoint, Credentials: s.credentials,
			UserAgent: s.userAgent, BatchSize: set.batch, Transport: s.transport,
		})
		return &groups{client: client, engine: membership.New(membership.Options{
			RequestsPerSecond: s.rate, WritesPerMinute: product.WritesPerMinute(), Log: apikit.Logger(product.String(), region),
		})}, err
	})
}

// opener is what opens groups of a kind in a region: the engine, and the group
// with some id.
type opener func(s *session, region string) (*membership.Engine, func(id string) membership.Group, error)

// slbGroups opens groups of SLB's, of which of makes one.
func slbGroups(of func(*slbapi.Client, string) membership.Group) opener {
	return func(s *session, region string) (*membership.Engine, func(string) membership.Group, error) {
		r, err := s.in(region)
		if err != nil {
			return nil, nil, err
		}
		return r.engine, func(id string) membership.Group { return of(r.client, id) }, nil
	}
}

// serverGroups opens server groups of a product.
func serverGroups(product sgapi.Product) opener {
	return func(s *session, region string) (*membership.Engine, func(string) membership.Group, error) {
		r, err := s.groupsIn(product, region)
		if err != nil {
			return nil, nil, err
		}
		return r.engine, r.client.Group, nil
	}
}

// open is a group of some kind, by its id or its load balancer's.
func (s *session) open(kind serverKind, region, id string) (*membership.Handle, error) {
	engine, group, err := kind.opener(s, region)
	if err != nil {
		return nil, err
	}
	return engine.Open(kind.object+" "+id, func() membership.Group { return group(id) }), nil
}
