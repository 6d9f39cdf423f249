package sgfake_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// A stage of either product does what tests that know no product ask of it, and
// its words for members are those of the wire.
func TestTheStageOfEachProduct(t *testing.T) {
	t.Parallel()
	products := []*sgfake.Product{sgfake.ALB, sgfake.NLB}
	for i, p := range sgfake.Products() {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			s := p.Kinds[0].Open(fakecloud.Scene{Groups: 2, Foreign: true, Checked: true}, t, fakecloud.Latency{})
			t.Cleanup(s.Server.CheckFaults)
			is := func(want map[string]int) {
				t.Helper()
				if got := s.Held("sgp-1"); !maps.Equal(got, want) {
					t.Errorf("held %v, want %v", got, want)
				}
			}
			settings := s.Settings("http://x")
			endpoints, _ := settings["endpoints"].(map[string]any)
			if len(s.Groups) != 2 || endpoints[p.Name] != "http://x" || !strings.Contains(strings.Join(s.Environment("http://x"), " "), strings.ToUpper(p.Name)+"=http://x") {
				t.Errorf("groups %v, settings %v", s.Groups, settings)
			}
			key := acsfake.Key{ID: fmt.Sprint(settings["access_key"]), Secret: fmt.Sprint(settings["secret_key"])}
			c := &script{
				Running: &sgfake.Running{Server: s.Server, Cloud: s.Server.Cloud().(*sgfake.Cloud)}, product: products[i], key: key, region: s.Region,
			}
			foreign := s.Key(0)
			is(map[string]int{foreign: fakecloud.ForeignWeight})
			s.Limit(1)
			if a := c.request("AddServersToServerGroup sgp-1 i-1:8080 i-2:8080"); a.Status != p.Kinds[0].Codes.Full.Status || !strings.Contains(a.Body, p.Kinds[0].Codes.Full.Code) {
				t.Errorf("above the limit: %+v", a)
			}
			named := false
			s.Server.Faults.On(s.Ops.Add[0]).Where(func(call *fakecloud.Call) bool {
				named = s.Names(call, 1) && !s.Names(call, 2)
				return call.Lock == s.Lock("sgp-1")
			}).Do(fakecloud.ResetAfterCommit())
			if a := c.request("AddServersToServerGroup sgp-1 i-1:8080@5=text"); a.Err == nil || !named {
				t.Errorf("an Add of member 1: %+v, named %t", a, named)
			}
			is(map[string]int{foreign: fakecloud.ForeignWeight, s.Key(1): 5})
			s.Put("sgp-1", 2, 7)
			s.Reweight("sgp-1", 1, 6)
			s.Describe("sgp-1", 1, "other")
			s.Take("sgp-1", 0)
			is(map[string]int{s.Key(1): 6, s.Key(2): 7})
			if got := s.Described("sgp-1", 1); got != "other" {
				t.Errorf("described %q", got)
			}
			s.Ward.Fare(s.Key(1), false)
			health := fmt.Sprintf("GetListenerHealthStatus %s", s.Listener("sgp-1"))
			if a := c.request(health); !strings.Contains(a.Body, "Unhealthy") {
				t.Errorf("faring ill: %s", a.Body)
			}
			s.Ward.Fare(s.Key(1), true)
			if a := c.request(health); strings.Contains(a.Body, "Status\":\"Un") {
				t.Errorf("faring well: %s", a.Body)
			}
			if a := c.request("AddServersToServerGroup sgp-1 " + s.Absent + ":8080"); a.Status != 404 {
				t.Errorf("a server that is not there: %+v", a)
			}
			s.Drop("sgp-1")
			is(nil)
			if got := s.Described("sgp-1", 1); got != "" {
				t.Errorf("described in a group that is gone: %q", got)
			}
		})
	}
}
