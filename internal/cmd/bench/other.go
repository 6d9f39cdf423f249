package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
)

// theirs runs the phases with the other provider, on an ELB of its own.
func (b *bench) theirs(ctx context.Context) ([]result, error) {
	gate := &gate{}
	c, err := startCloud(ctx, elbMember, 1, gate.before)
	if err != nil {
		return nil, err
	}
	defer c.stop()
	c.tolerant = true
	// It must not ask who else there is: its own sites, a newer version.
	env := []string{"SKIP_CHECK_WEBSITE_TYPE=true", "SKIP_CHECK_UPGRADE=true"}
	f, err := b.folder(otherConfig(c.url, b.members), env, 10)
	if err != nil {
		return nil, err
	}
	results := make([]result, 0, len(phases))
	for _, p := range phases {
		before := gate.lookups.Load()
		r, err := b.measure(ctx, f, c, p, b.members)
		if err != nil {
			return nil, err
		}
		if r.failed != "" {
			r.failed = "other provider: " + r.failed
		}
		r.tally.lookups += int(gate.lookups.Load() - before)
		results = append(results, r)
	}
	return results, nil
}

// gate stands before the simulated ELB and makes up for what that does not
// simulate: the other provider's way of signing, which is not under test, and
// IAM's calls about its domain.
type gate struct{ lookups atomic.Int64 }

func (g *gate) before(elb http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for strings.HasPrefix(r.URL.Path, "//") {
			r.URL.Path = r.URL.Path[1:]
		}
		if r.URL.Path == "/v3/auth/domains" {
			g.lookups.Add(1)
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"domains":[{"id":"d","name":"d","enabled":true}],"links":{"self":null,"next":null,"previous":null}}`)
			return
		}
		for _, h := range []string{"Authorization", "X-Sdk-Date", "X-Sdk-Content-Sha256", "X-Security-Token"} {
			r.Header.Del(h)
		}
		r.Header.Set("X-Auth-Token", token)
		elb.ServeHTTP(w, r)
	})
}

// otherConfig is elbMember.config in the other provider's words.
func otherConfig(url string, count int) string {
	return fmt.Sprintf(`terraform {
  required_providers {
    huaweicloud = { source = "huaweicloud/huaweicloud" }
  }
}

provider "huaweicloud" {
  region     = %[1]q
  access_key = %[2]q
  secret_key = %[3]q
  project_id = %[4]q
  domain_id  = "d"
  auth_url   = "%[5]s/v3"
  endpoints  = { elb = "%[5]s/", iam = "%[5]s/" }
}

%[6]s
resource "huaweicloud_elb_member" "m" {
  count         = %[7]d
  pool_id       = "pool-0"
  address       = "10.0.${floor(count.index / 250)}.${count.index %% 250 + 1}"
  protocol_port = %[8]d
  subnet_id     = %[9]q
  name          = "m${count.index}"
  weight        = var.weight
}
`, elbRegion, accessKey, secretKey, projectID, url, variables, count, port, subnetID)
}
