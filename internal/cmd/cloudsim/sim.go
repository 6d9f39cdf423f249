package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
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
func newSimulator(products []fakecloud.Product, s seed, latency fakecloud.Latency, reporter fakecloud.Reporter) (_ *simulator, err error) {
	defer mistaken("seed", &err)
	sim := &simulator{reporter: reporter}
	accounts := map[string]*fakecloud.Account{} // products of one cloud are one account's
	for _, p := range products {
		text, ok := s[p.Seed]
		if !ok {
			continue
		}
		if accounts[p.Cloud] == nil {
			accounts[p.Cloud] = &fakecloud.Account{}
		}
		made, err := p.Begin(text, accounts[p.Cloud], reporter, latency)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.Seed, err)
		}
		sim.clouds = append(sim.clouds, &cloud{p, made})
	}
	if _, err := sim.settings(""); err != nil {
		return nil, err
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

// ServeHTTP tells the clouds apart by path, and products by what they are asked.
// None has anything at /_admin.
func (s *simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if path == adminPath || strings.HasPrefix(path, adminPath+"/") {
		s.admin.ServeHTTP(w, r)
		return
	}
	var names []string
	for _, c := range s.clouds {
		if c.Serves(r) {
			c.Server.ServeHTTP(w, r)
			return
		}
		names = append(names, c.Seed)
	}
	// Not 404, which a client may read as "deleted".
	why := "none of the seed's clouds (" + strings.Join(names, ", ") + ") has this path, or API"
	s.reporter.Errorf("%s %s: %s", r.Method, path, why)
	http.Error(w, "cloudsim: "+why+"; see "+adminPath+"/", http.StatusBadRequest)
}

// ready tells how the clouds are reached at a base URL. Each cloud is written as
// in the provider block. Listeners are the hosts and ports of a data plane, by
// cloud and by the name of the listener there, such as lb-quickstart:80; nil:
// there is no data plane.
func (s *simulator) ready(url string, listeners map[string]map[string]string) map[string]any {
	out := map[string]any{"url": url, "admin": url + adminPath + "/"}
	settings, _ := s.settings(url) // they were together when the clouds were made
	for cloud, block := range settings {
		out[cloud] = block
	}
	if listeners != nil {
		out["listeners"] = listeners
	}
	return out
}

// settings are those of the provider by cloud. What the products of one cloud
// want must go together.
func (s *simulator) settings(url string) (map[string]any, error) {
	all := map[string]any{}
	for _, c := range s.clouds {
		if err := merge(all, map[string]any{c.Cloud: c.Settings(url)}); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Seed, err)
		}
	}
	return all, nil
}

// merge puts settings beside those that are there.
func merge(into, more map[string]any) error {
	for name, v := range more {
		block, nested := into[name].(map[string]any)
		other, both := v.(map[string]any)
		switch old, there := into[name]; {
		case nested && both:
			if err := merge(block, other); err != nil {
				return err
			}
		case there && old != v:
			return fmt.Errorf("%s is %v, and %v in another product of the account", name, v, old)
		default:
			into[name] = v
		}
	}
	return nil
}
