package acceptance_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
)

// What a moved set's old state did not name, and its configuration does not list, goes
// with the next apply, because the set owns the group: the plan names each such
// member in a warning, and none other.
func TestAMovedSetWarnsOfMembersOfOthers(t *testing.T) {
	t.Parallel()
	const all = "eni-bp1c:10.0.0.7, i-bp1a, i-bp1b"
	some := map[string]any{"i-bp1a": map[string]any{"server_id": "i-bp1a"}}
	for name, tc := range map[string]struct {
		from, members string
		lists         map[string]any
		others        string // whom the warning names; "" where there is none
	}{
		"an empty list":               {"alicloud_slb_backend_server", `,"backend_servers":[]`, map[string]any{}, all},
		"null":                        {"alicloud_slb_backend_server", `,"backend_servers":null`, map[string]any{}, all},
		"absent":                      {"alicloud_slb_backend_server", "", map[string]any{}, all},
		"an attachment of nobody":     {"alicloud_slb_attachment", `,"instance_ids":[]`, map[string]any{}, all},
		"one of them listed":          {"alicloud_slb_backend_server", "", some, "eni-bp1c:10.0.0.7, i-bp1b"},
		"its own left out":            {"alicloud_slb_attachment", `,"instance_ids":["i-bp1a","i-bp1b","eni-bp1c"]`, some, ""},
		"its own and somebody else's": {"alicloud_slb_attachment", `,"instance_ids":["i-bp1a","i-bp1b"]`, some, "eni-bp1c:10.0.0.7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const target = "cloudlb_slb_backend_servers"
				w := newOriginWorld(t, target)
				state := `{"id":"lb-bp1example","load_balancer_id":"lb-bp1example"` + tc.members + `}`
				moved := w.moveAndRead(t, origin{from: tc.from, state: state, target: target})
				w.core.Warnings()
				if _, err := w.core.Plan(t.Context(), moved, serversConfig(tc.lists)); err != nil {
					t.Fatal(err)
				}
				said := strings.Join(w.core.Warnings(), "\n")
				if tc.others == "" {
					if strings.Contains(said, "of others") {
						t.Errorf("its own are called those of others: %s", said)
					}
				} else if !containsAll(said, []string{"Members of others will be removed", ": " + tc.others + "."}) {
					t.Errorf("no warning names %s: %s", tc.others, said)
				}
			})
		})
	}
}

// A state that names its region is read there, whatever the provider's is: the
// instances of one resource may be in several.
func TestAMovedMemberOfAnotherRegion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := originNamed(t, "huaweicloud_elb_member", "today")
		w := newOriginELB(t, "cn-south-1")
		moved := w.moveAndRead(t, o)
		o.config["region"] = originRegion
		if plan, err := w.core.Plan(t.Context(), moved, o.config); err != nil || !plan.Empty {
			t.Errorf("the plan: empty %v, %v", plan.Empty, err)
		}
	})
}

// A description that the old state does not say is shown as a change in place, and
// is none where the configuration has it.
func TestAMovedSetsDescriptions(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := originNamed(t, "alicloud_slb_backend_server", "all members")
		w := newOriginWorld(t, o.target)
		w.slb.Cloud.RemoveForeign("lb-bp1example", slbfake.Member{ServerID: "i-bp1a"})
		w.slb.Cloud.AddForeign("lb-bp1example", slbfake.Member{ServerID: "i-bp1a", Weight: 100, Description: "web/one"})
		moved := w.moveAndRead(t, o)
		if plan, err := w.core.Plan(t.Context(), moved, o.config); err != nil || plan.Empty || plan.Replace {
			t.Errorf("without it: empty %v, replace %v, %v", plan.Empty, plan.Replace, err)
		}
		w.core.Run()
		o.config["servers"].(map[string]any)["i-bp1a"].(map[string]any)["description"] = "web/one"
		if plan, err := w.core.Plan(t.Context(), moved, o.config); err != nil || !plan.Empty {
			t.Errorf("with it: empty %v, %v", plan.Empty, err)
		}
	})
}
