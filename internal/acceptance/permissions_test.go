package acceptance_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// policyAction is what the policies of Huawei Cloud call what a call takes; those of
// Alibaba Cloud call it as the call.
var policyAction = map[string]string{
	"ListMembers": "elb:members:list", "ShowPool": "elb:pools:get", "ListPools": "elb:pools:list",
	"CreateMember": "elb:members:create", "BatchCreateMembers": "elb:members:create",
	"UpdateMember": "elb:members:put", "BatchUpdateMembers": "elb:members:put",
	"DeleteMember": "elb:members:delete", "BatchDeleteMembers": "elb:members:delete",
	"KeystoneListProjects": "iam:projects:listProjects",
}

// allowed are the actions in the policies of the guide, which are JSON.
func allowed(t *testing.T) (actions []string) {
	t.Helper()
	for _, text := range acctest.CodeBlocks(acctest.Guide(t, "../..", "permissions"), "json") {
		var policy struct{ Statement []struct{ Action []string } }
		if err := json.Unmarshal([]byte(text), &policy); err != nil {
			t.Errorf("%v\n%s", err, text)
		}
		for _, s := range policy.Statement {
			actions = append(actions, s.Action...)
		}
	}
	return actions
}

// The policies to copy allow every call of a set and a single that wait for health,
// are changed, drain and go.
func TestThePoliciesAllowEveryCall(t *testing.T) {
	t.Parallel()
	allows := allowed(t)
	inEveryWard(t, func(t *testing.T, w *ward) {
		s := w.made(t, upTo(2), gentle())
		s.apply(map[string]listed{"m2": weighted(2, 0), "m3": {n: 3}}, gentle())
		c := w.core(t)
		single := c.New(w.kind)
		config := w.attributes(9)
		config["drain_duration"] = "1s"
		c.MustApply(single, config)
		c.MustApply(single, nil)
		product := strings.Split(w.kind, "_")[1]
		for _, call := range w.server.Log.All() {
			action := product + ":" + call.Op
			if product == "elb" {
				action = policyAction[call.Op]
			}
			if !slices.Contains(allows, action) {
				t.Errorf("no policy allows %s (%s)", call.Op, action)
			}
		}
	})
}
