package acceptance_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// config is the provider block and some members.
func (w *world) config(resources ...string) string {
	return w.provider(nil) + strings.Join(resources, "")
}

func (w *world) member(n int, extra string) string { return w.resource(n, w.group, extra) }

func (w *world) address(n int) string { return fmt.Sprintf("%s.m%d", w.kind, n) }

// holds checks what the group holds: the given members beside the foreign one
// that the seed put there.
func (w *world) holds(t *testing.T, want map[int]int) {
	t.Helper()
	expected := map[string]int{}
	for n, weight := range want {
		expected[w.key(n)] = weight
	}
	got := maps.Clone(w.members())
	for key, weight := range w.others {
		if got[key] != weight {
			t.Errorf("somebody else's member %s: weight %d, want %d; the group holds %v", key, got[key], weight, got)
		}
		delete(got, key)
	}
	if !maps.Equal(got, expected) {
		t.Errorf("the group holds %v, want %v", got, expected)
	}
}

// check is holds as a test step's last check.
func (w *world) check(t *testing.T, want map[int]int) resource.TestCheckFunc {
	return func(*terraform.State) error {
		t.Helper()
		w.holds(t, want)
		return nil
	}
}

// destroyed checks that only the foreign member is left.
func (w *world) destroyed(t *testing.T) resource.TestCheckFunc { return w.check(t, nil) }

// count is the number of calls of some actions since a mark.
func (w *world) count(mark int, actions []string) int {
	n := 0
	for _, a := range actions {
		n += w.server.Log.Since(mark).Count(a)
	}
	return n
}

func planIs(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

var emptyPlan = planIs(plancheck.ExpectEmptyPlan())

// action expects one member's plan.
func (w *world) action(n int, a plancheck.ResourceActionType) plancheck.PlanCheck {
	return plancheck.ExpectResourceAction(w.address(n), a)
}
