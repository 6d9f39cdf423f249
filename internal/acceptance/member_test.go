package acceptance_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

func TestAccMembersComeChangeAndGo(t *testing.T) {
	t.Parallel()
	onEveryStage(t, 3, func(t *testing.T, w *world) {
		three := func(extra string) string {
			return w.config(w.member(1, extra), w.member(2, ""), w.member(3, "weight = 7"))
		}
		mark := 0
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			CheckDestroy:             w.destroyed(t),
			Steps: []resource.TestStep{
				{
					Config: three(""),
					Check:  w.check(t, map[int]int{1: w.weight, 2: w.weight, 3: 7}),
					ConfigStateChecks: []statecheck.StateCheck{
						statecheck.ExpectKnownValue(w.address(1), tfjsonpath.New("weight"), knownvalue.Int64Exact(int64(w.weight))),
						statecheck.ExpectKnownValue(w.address(1), tfjsonpath.New("adopt_existing"), knownvalue.Bool(false)),
						statecheck.ExpectKnownValue(w.address(1), tfjsonpath.New("id"), knownvalue.StringRegexp(regexp.MustCompile("^"+w.group+"[:/]."))),
					},
				},
				{
					PreConfig: func() { mark = w.mark() },
					Config:    three("weight = 0"),
					ConfigPlanChecks: planIs(w.action(1, plancheck.ResourceActionUpdate),
						w.action(2, plancheck.ResourceActionNoop), w.action(3, plancheck.ResourceActionNoop)),
					Check: func(s *terraform.State) error {
						w.wrote(t, mark, 1)
						return w.check(t, map[int]int{1: 0, 2: w.weight, 3: 7})(s)
					},
				},
				{
					// Removing weight from the configuration restores the default.
					PreConfig: func() { mark = w.mark() },
					Config:    three(""),
					Check: func(s *terraform.State) error {
						w.wrote(t, mark, 1)
						w.wrote(t, mark, 1, w.ops.update...)
						return w.check(t, map[int]int{1: w.weight, 2: w.weight, 3: 7})(s)
					},
				},
				{
					Config: w.config(w.member(1, ""), w.member(3, "weight = 7")),
					Check:  w.check(t, map[int]int{1: w.weight, 3: 7}),
				},
			},
		})
		w.inTurn(t)
	})
}

func TestAccMembersChangedOutsideArePutRight(t *testing.T) {
	t.Parallel()
	onEveryStage(t, 5, func(t *testing.T, w *world) {
		config := w.config(w.member(1, ""), w.member(2, ""))
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			CheckDestroy:             w.destroyed(t),
			Steps: []resource.TestStep{
				{Config: config},
				{
					// Somebody else's new member is in no plan.
					PreConfig:        func() { w.outside(1); w.reweight(2, 3); w.foreign(5, 33) },
					Config:           config,
					ConfigPlanChecks: planIs(w.action(1, plancheck.ResourceActionCreate), w.action(2, plancheck.ResourceActionUpdate)),
					Check:            w.check(t, map[int]int{1: w.weight, 2: w.weight, 5: 33}),
				},
				{
					// Nor does a destroy touch it, or stumble over one that is gone.
					PreConfig: func() { w.outside(2) },
					Config:    config,
					Destroy:   true,
					Check: func(s *terraform.State) error {
						defer w.outside(5)
						return w.check(t, map[int]int{5: 33})(s)
					},
				},
			},
		})
	})
}

func TestAccImport(t *testing.T) {
	t.Parallel()
	onEveryStage(t, 1, func(t *testing.T, w *world) {
		w.foreign(1, 42)
		config := w.config(w.member(1, "weight = 42"))
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			CheckDestroy:             w.destroyed(t),
			Steps: []resource.TestStep{
				{
					ResourceName: w.address(1), Config: config,
					ImportState: true, ImportStateId: w.importID(1), ImportStatePersist: true,
				},
				{Config: config, ConfigPlanChecks: emptyPlan, Check: w.check(t, map[int]int{1: 42})},
				{
					ResourceName: w.address(1), ImportState: true, ImportStateVerify: true,
					ImportStateVerifyIgnore: []string{"timeouts"},
				},
			},
		})
		w.wrote(t, 0, 1)
		w.wrote(t, 0, 1, w.ops.remove...) // the one that ends the test
	})
}

func TestAccAdoptExisting(t *testing.T) {
	t.Parallel()
	onEveryStage(t, 1, func(t *testing.T, w *world) {
		w.foreign(1, 9)
		config := w.config(w.member(1, "adopt_existing = true\nweight = 55"))
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			CheckDestroy:             w.destroyed(t),
			Steps: []resource.TestStep{
				{Config: config, Check: w.check(t, map[int]int{1: 55})}, // and the plan after it is empty
			},
		})
		w.wrote(t, 0, 0, w.ops.add...)
	})
}
