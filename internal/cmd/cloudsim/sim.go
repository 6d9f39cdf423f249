package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// simulator is all clouds of a seed behind one port.
type simulator struct {
	clouds   []*cloud
	reporter fakecloud.Reporter
	admin    http.Handler
}

// cloud is one of them.
type cloud struct {
	fakecloud.Product
	*fakecloud.Simulation
}

// newSimulator makes the clouds. reporter is told of requests that no correct
// client sends. A seed whose members break the rules of their groups is an
// error.
func newSimulator(s seed, latency fakecloud.Latency, reporter fakecloud.Reporter) (_ *simulator, err error) {
	defer mistaken("seed", &err)
	sim := &simulator{reporter: reporter}
	for _, p := range stages.Products() {
		text, ok := s[p.Cloud]
		if !ok {
			continue
		}
		made, err := p.Simulate(text, reporter, latency)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Cloud, err)
		}
		sim.clouds = append(sim.clouds, &cloud{p, made})
	}
	sim.admin = sim.adminHandler()
	return sim, nil
}

// mistaken makes an error of a panic, by which the fakes tell of what they take
// for a mistake of a test's: a bad member.
func mistaken(what string, err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: %v", what, p)
	}
}

// ServeHTTP tells the clouds apart by path. None has anything at /_admin.
func (s *simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if path == adminPath || strings.HasPrefix(path, adminPath+"/") {
		s.admin.ServeHTTP(w, r)
		return
	}
	var names []string
	for _, c := range s.clouds {
		if c.Serves(path) {
			c.Server.ServeHTTP(w, r)
			return
		}
		names = append(names, c.Cloud)
	}
	// Not 404, which a client may read as "deleted".
	why := "none of the seed's clouds (" + strings.Join(names, ", ") + ") has this path"
	s.reporter.Errorf("%s %s: %s", r.Method, path, why)
	http.Error(w, "cloudsim: "+why+"; see "+adminPath+"/", http.StatusBadRequest)
}

// ready tells how the clouds are reached at a base URL. Each cloud is written as
// in the provider block. Listeners are the hosts and ports of a data plane, by
// cloud and by the name of the listener there, such as lb-quickstart:80; nil:
// there is no data plane.
func (s *simulator) ready(url string, listeners map[string]map[string]string) map[string]any {
	out := map[string]any{"url": url, "admin": url + adminPath + "/"}
	for _, c := range s.clouds {
		out[c.Cloud] = c.Settings(url)
	}
	if listeners != nil {
		out["listeners"] = listeners
	}
	return out
}
