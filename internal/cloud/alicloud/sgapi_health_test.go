package alicloud_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Who waits for the health of a new member of a server group is told when each
// listener and rule that sends to it finds it healthy, whichever way the cloud tells
// of that; where nothing checks it, at once.
func TestWaitingForHealthInServerGroups(t *testing.T) {
	t.Parallel()
	balanced := []sgfake.Listener{{ID: "lsn-1", LoadBalancer: "lb-1", Port: 80, Protocol: "HTTP", ServerGroup: "sgp-1"}}
	byRule := []sgfake.Listener{{ID: "lsn-1", LoadBalancer: "lb-1", Port: 80, Protocol: "HTTP", Rules: []sgfake.ListenerRule{{ID: "rule-1", ServerGroup: "sgp-1"}}}}
	checked := &sgfake.Check{Interval: 2, Threshold: 4}
	for name, tc := range map[string]struct {
		rules     sgfake.Rules
		check     *sgfake.Check
		listeners []sgfake.Listener
		ill       sgfake.Health
		drops     bool
		from, to  time.Duration
		note      string
		says      []string // an error
		only      sgapi.Product
	}{
		"by a listener":              {check: checked, listeners: balanced, from: 8 * time.Second, to: 20 * time.Second},
		"by a rule":                  {check: checked, listeners: byRule, from: 8 * time.Second, to: 20 * time.Second, only: sgapi.ALB},
		"by a rule that is not told": {check: checked, listeners: byRule, rules: sgfake.Rules{NoRelations: true}, from: 8 * time.Second, to: 20 * time.Second, only: sgapi.ALB},
		"told late":                  {check: checked, listeners: balanced, rules: sgfake.Rules{HealthGap: 1}, from: 9 * time.Second, to: 20 * time.Second},
		"in pages of one":            {check: checked, listeners: balanced, rules: sgfake.Rules{PageCap: 1}, from: 8 * time.Second, to: 20 * time.Second},
		"never": {check: checked, listeners: balanced, ill: sgfake.Health{ServerID: "i-new", Status: "Unhealthy", Reason: "CONNECT_TIMEOUT"},
			from: time.Minute, to: time.Minute, says: []string{"listener lsn-1", "Unhealthy", "CONNECT_TIMEOUT"}},
		"never, by a rule": {check: checked, listeners: byRule, ill: sgfake.Health{ServerID: "i-new", Status: "Unhealthy"}, only: sgapi.ALB,
			from: time.Minute, to: time.Minute, says: []string{"listener lsn-1, rule rule-1: Unhealthy"}},
		"no check":          {listeners: balanced, to: 6 * time.Second, note: "health check is off"},
		"no check, unsaid":  {listeners: balanced, rules: sgfake.Rules{HidesUnchecked: true}, to: 6 * time.Second, note: "health check is off"},
		"no listener":       {check: checked, to: 6 * time.Second, note: "no listener"},
		"another's removal": {check: checked, listeners: balanced, drops: true, to: 20 * time.Second, says: []string{"taken out by somebody else"}},
	} {
		for product, of := range sgProducts {
			if tc.only != 0 && tc.only != product {
				continue
			}
			t.Run(name+"/"+product.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					rules := tc.rules
					rules.AnyServer = true
					c, group := sgOpen(t, product, of, sgfake.Seed{
						ServerGroups: []sgfake.ServerGroup{{ID: "sgp-1", Check: tc.check, Members: []sgfake.Member{{ServerID: "i-old", Port: 80, Weight: 1}}}},
						Listeners:    tc.listeners, Rules: rules,
					})
					if tc.ill.ServerID != "" {
						c.Cloud.SetHealth(tc.ill)
					}
					h := membership.New(membership.Options{}).Open("g", func() membership.Group { return group })
					some := []membership.Member{{Key: membership.Key{Server: "i-new", Port: 80}, Type: "ecs", Weight: 10}}
					for _, o := range h.AddAll(t.Context(), some, false) {
						if o.Err != nil {
							t.Fatal(o.Err)
						}
					}
					if tc.drops {
						time.AfterFunc(3*time.Second, func() { c.Cloud.RemoveForeign("sgp-1", sgfake.Member{ServerID: "i-new", Port: 80}) })
					}
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					defer cancel()
					began := time.Now()
					notes, errs := h.AwaitHealthy(ctx, some)
					if d := time.Since(began).Round(time.Second); d < tc.from-time.Second || d > tc.to {
						t.Errorf("it took %v, want %v to %v: %v\n%s", d, tc.from, tc.to, errs[0], c.Log.All())
					}
					if !strings.Contains(notes[0], tc.note) || (tc.note == "") != (notes[0] == "") {
						t.Errorf("the note is %q, want %q", notes[0], tc.note)
					}
					if (errs[0] == nil) != (len(tc.says) == 0) {
						t.Fatalf("%v, want %q", errs[0], tc.says)
					}
					for _, s := range tc.says {
						if !strings.Contains(errs[0].Error(), s) {
							t.Errorf("%q lacks %q", errs[0], s)
						}
					}
				})
			})
		}
	}
}
