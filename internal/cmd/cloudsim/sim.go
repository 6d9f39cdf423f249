package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// simulator is both clouds behind one port. A cloud that the seed leaves out
// is nil, and so is its server.
type simulator struct {
	seed      seed
	reporter  fakecloud.Reporter
	slb       *slbfake.Cloud
	slbServer *fakecloud.Server
	elb       *elbfake.Cloud
	elbServer *fakecloud.Server
	admin     http.Handler
}

// newSimulator makes the clouds. reporter is told of requests that no correct
// client sends. A seed whose members break the rules of their pools is an
// error.
func newSimulator(s seed, latency fakecloud.Latency, reporter fakecloud.Reporter) (sim *simulator, err error) {
	defer func() { // the fakes take a bad seed for a mistake of a test's
		if p := recover(); p != nil {
			sim, err = nil, fmt.Errorf("seed: %v", p)
		}
	}()
	sim = &simulator{seed: s, reporter: reporter}
	if s.slb != nil {
		sim.slb = slbfake.New(*s.slb, slbfake.ReportTo(reporter))
		sim.slbServer = fakecloud.NewServer(sim.slb, reporter, latency)
	}
	if s.elb != nil {
		sim.elb = elbfake.New(*s.elb, elbfake.ReportTo(reporter))
		sim.elbServer = fakecloud.NewServer(sim.elb, reporter, latency)
	}
	sim.admin = sim.adminHandler()
	return sim, nil
}

// ServeHTTP tells the clouds apart by path, which is unambiguous: every SLB and
// STS call goes to / (the RPC style), those for the keys of an ECS instance
// below /latest and those for a credentials URI where the seed says, every ELB
// and IAM call to a path below /v3 or /v3.0,
// and neither has anything at /_admin.
func (s *simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch {
	case path == adminPath || strings.HasPrefix(path, adminPath+"/"):
		s.admin.ServeHTTP(w, r)
	case strings.HasPrefix(path, "/v3/"), strings.HasPrefix(path, "/v3.0/"):
		s.serve(w, r, "huaweicloud", s.elbServer)
	case path == "/" || path == "", strings.HasPrefix(path, "/latest/"), s.seed.slb != nil && path == s.seed.slb.CredentialsPath:
		s.serve(w, r, "alicloud", s.slbServer)
	default:
		// Not 404, which a client may read as "deleted".
		s.reporter.Errorf("%s %s: no simulated cloud has this path", r.Method, path)
		http.Error(w, "cloudsim: no simulated cloud has this path; see "+adminPath+"/", http.StatusBadRequest)
	}
}

func (s *simulator) serve(w http.ResponseWriter, r *http.Request, cloud string, server *fakecloud.Server) {
	if server == nil {
		s.reporter.Errorf("%s %s: the seed has no %s", r.Method, r.URL.Path, cloud)
		http.Error(w, "cloudsim: the seed has no "+cloud, http.StatusNotImplemented)
		return
	}
	server.ServeHTTP(w, r)
}

// ready tells how the clouds are reached. Its two clouds are written as in the
// provider block.
type ready struct {
	URL         string            `json:"url"`
	Admin       string            `json:"admin"`
	Alicloud    *alicloudReady    `json:"alicloud,omitempty"`
	Huaweicloud *huaweicloudReady `json:"huaweicloud,omitempty"`
	Listeners   *listeners        `json:"listeners,omitempty"` // with a data plane
}

// listeners are the hosts and ports of a data plane: those of SLB by load
// balancer and port, as in lb-quickstart:80, those of ELB by id.
type listeners struct {
	Alicloud    map[string]string `json:"alicloud,omitempty"`
	Huaweicloud map[string]string `json:"huaweicloud,omitempty"`
}

type keys struct {
	AccessKey     string `json:"access_key,omitempty"`
	SecretKey     string `json:"secret_key,omitempty"`
	SecurityToken string `json:"security_token,omitempty"`
}

type alicloudReady struct {
	Region string `json:"region"`
	keys
	Endpoints struct {
		SLB string `json:"slb"`
		STS string `json:"sts"`
	} `json:"endpoints"`
}

type huaweicloudReady struct {
	Region string `json:"region"`
	keys
	ProjectID string `json:"project_id"`
	Endpoints struct {
		ELB string `json:"elb"`
		IAM string `json:"iam"`
	} `json:"endpoints"`
}

// ready is how the clouds are reached at a base URL; of several keys, the
// first.
func (s *simulator) ready(url string) ready {
	out := ready{URL: url, Admin: url + adminPath + "/"}
	if slb := s.seed.slb; slb != nil {
		out.Alicloud = &alicloudReady{Region: slb.Region}
		out.Alicloud.Endpoints.SLB, out.Alicloud.Endpoints.STS = url, url
		if len(slb.Keys) > 0 {
			k := slb.Keys[0]
			out.Alicloud.keys = keys{k.ID, k.Secret, k.Token}
		}
	}
	if elb := s.seed.elb; elb != nil {
		out.Huaweicloud = &huaweicloudReady{Region: elb.Region, ProjectID: elb.Projects[0].ID}
		out.Huaweicloud.Endpoints.ELB, out.Huaweicloud.Endpoints.IAM = url, url
		if len(elb.Keys) > 0 {
			k := elb.Keys[0]
			out.Huaweicloud.keys = keys{k.AK, k.SK, k.SecurityToken}
		}
	}
	return out
}
