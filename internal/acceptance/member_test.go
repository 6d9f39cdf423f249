package acceptance_test

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
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

func TestAccMemberRemovedOutsideComesBack(t *testing.T) {
	t.Parallel()
	onEveryStage(t, 5, func(t *testing.T, w *world) {
		config := w.config(w.member(1, ""), w.member(2, ""))
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			CheckDestroy:             w.destroyed(t),
			Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig:        func() { w.outside(1) },
					Config:           config,
					ConfigPlanChecks: planIs(w.action(1, plancheck.ResourceActionCreate), w.action(2, plancheck.ResourceActionNoop)),
					Check:            w.check(t, map[int]int{1: w.weight, 2: w.weight}),
				},
				{
					// Somebody else's new member is in no plan.
					PreConfig:        func() { w.foreign(5, 33) },
					Config:           config,
					ConfigPlanChecks: emptyPlan,
					Check:            w.check(t, map[int]int{1: w.weight, 2: w.weight, 5: 33}),
				},
				{
					// Nor does a destroy touch it, or stumble over one that is gone.
					PreConfig: func() { w.outside(2) },
					Config:    config,
					Destroy:   true,
					Check:     w.check(t, map[int]int{5: 33}),
				},
				{
					PreConfig: func() { w.outside(5) },
					Config:    w.config(),
				},
			},
		})
	})
}

func TestAccWeightChangedOutsideIsPutRight(t *testing.T) {
	t.Parallel()
	onEveryStage(t, 1, func(t *testing.T, w *world) {
		config := w.config(w.member(1, "weight = 50"))
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			CheckDestroy:             w.destroyed(t),
			Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig:        func() { w.reweight(1, 3) },
					Config:           config,
					ConfigPlanChecks: planIs(w.action(1, plancheck.ResourceActionUpdate)),
					Check:            w.check(t, map[int]int{1: 50}),
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
				{
					ResourceName: w.address(1), ImportState: true, ImportStateId: w.importID(1),
					ImportStateKind: resource.ImportBlockWithID,
				},
			},
		})
		w.wrote(t, 0, 1)
		w.wrote(t, 0, 1, w.ops.remove...) // the one that ends the test
	})
}

func TestAccImportOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	onEveryStage(t, 1, func(t *testing.T, w *world) {
		steps := []resource.TestStep{
			{
				ResourceName: w.address(1), Config: w.config(w.member(1, "")),
				ImportState: true, ImportStateId: w.importID(1),
				ExpectError: regexp.MustCompile(`(?s)Cannot import non-existent remote object`),
			},
			{
				ResourceName: w.address(1), Config: w.config(w.member(1, "")),
				ImportState: true, ImportStateId: "nonsense",
				ExpectError: regexp.MustCompile(`(?s)Malformed import id.*It is written`),
			},
		}
		resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: w.factories(), Steps: steps})
	})
}

func TestAccGroupDeletedOutside(t *testing.T) {
	t.Parallel()
	onEveryStage(t, 1, func(t *testing.T, w *world) {
		w.needs(t, w.Drop != nil, "delete the group")
		config := w.config(w.member(1, ""))
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			Steps: []resource.TestStep{
				{Config: config},
				{
					PreConfig: w.deleteGroup,
					Config:    config, PlanOnly: true, ExpectNonEmptyPlan: true,
				},
				{Config: config, ExpectError: regexp.MustCompile(`(?s)Unable to add .*Check`)},
				{Config: config, Destroy: true},
			},
		})
	})
}

func TestAccDestroyAfterGroupIsGone(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		config := w.config(w.member(1, ""), w.member(2, ""))
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			Steps: []resource.TestStep{
				{Config: config},
				{
					// The group goes between the plan's read and the removal.
					PreConfig: func() {
						for _, op := range w.ops.remove {
							rule := w.server.Faults.On(op)
							rule.Do(fakecloud.Before(w.deleteGroup))
						}
					},
					Config: config, Destroy: true,
					Check: func(*terraform.State) error { w.server.Faults.Reset(); return nil },
				},
			},
		})
	})
}

func TestAccErrorsAtPlan(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		expect := func(config, text string) resource.TestStep {
			return resource.TestStep{Config: config, PlanOnly: true, ExpectError: regexp.MustCompile(`(?s)` + text)}
		}
		steps := []resource.TestStep{
			expect(w.config(w.member(1, "weight = 101")), `weight.*whole\s+number\s+from\s+0\s+to\s+100`),
			expect(w.config(w.member(1, "weight = -1")), `weight.*whole\s+number\s+from\s+0\s+to\s+100`),
			expect(w.config(w.member(1, "weight = 1.5")), `weight is 1\.5: it must be a whole\s+number`),
			expect(w.config(w.resource(1, "../x", "")), `must be a`),
			expect(w.config(w.resource(1, "a/b?c=d", "")), `must be a`),
			expect(w.config(w.member(1, `timeouts { create = "soon" }`)), `timeouts\.create is "soon"`),
		}
		resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: w.factories(), Steps: steps})
		if es := w.server.Log.All(); len(es) != 0 {
			t.Errorf("errors that the configuration shows cost calls:\n%s", es)
		}
	})
}

func TestAccErrorsAtApply(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		w.foreign(7, 9)
		cases := []struct{ name, config, want string }{
			{"wrong secret", w.provider(map[string]any{"secret_key": "sk-wrong"}) + w.member(1, ""), `Unable to add .*(SignatureDoesNotMatch|APIGW\.0301).*credentials`},
			{"wrong region", w.provider(map[string]any{"region": "eu-west-0"}) + w.member(1, ""), `Unable to add .*(region|project)`},
			{"wrong id", w.config(w.resource(1, "no-such-id", "")), `Unable to add .*no-such-id.*Check`},
			{"existing member", w.config(w.member(7, "")), `(?s)already\s+in.*import\s+it\s+with\s+the\s+id\s+"` + regexp.QuoteMeta(w.importID(7)[:6])},
		}
		var steps []resource.TestStep
		for _, c := range cases {
			steps = append(steps, resource.TestStep{Config: c.config, ExpectError: regexp.MustCompile(`(?s)` + c.want)})
			// Nothing is in state: the plan for nothing is empty.
			steps = append(steps, resource.TestStep{Config: w.config() + `output "none" { value = 1 }`, ConfigPlanChecks: planIs()})
		}
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(), Steps: steps,
			CheckDestroy: w.check(t, map[int]int{7: 9}),
		})
		if n := w.count(0, w.ops.remove); n != 0 {
			t.Errorf("%d removals were made of members that were never ours:\n%s", n, w.server.Log.All())
		}
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

// A lost answer is a change that took place and whose reply was not received.
func TestAccLostAnswers(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		config := func(extra string) string { return w.config(w.member(1, extra)) }
		lose := func(actions []string) func() {
			return func() { w.server.Faults.On(actions[0]).Do(fakecloud.ResetAfterCommit()) }
		}
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			CheckDestroy:             w.destroyed(t),
			Steps: []resource.TestStep{
				{PreConfig: lose(w.ops.add), Config: config(""), Check: w.check(t, map[int]int{1: w.weight})},
				{PreConfig: lose(w.ops.update), Config: config("weight = 3"), Check: w.check(t, map[int]int{1: 3})},
				{PreConfig: lose(w.ops.remove), Config: w.config() + `output "none" { value = 1 }`, Check: w.check(t, nil)},
			},
		})
		for name, actions := range map[string][]string{"add": w.ops.add, "update": w.ops.update, "remove": w.ops.remove} {
			if n := w.count(0, actions); n != 1 {
				t.Errorf("%d calls to %s, want 1: what was carried out is not sent again", n, name)
			}
		}
	})
}

// No unrelated answer to a read is taken for "the member is gone"; that each
// of many is not, TestFaults shows in virtual time.
func TestAccUnrelatedErrorsAreNotGone(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		config := w.config(w.member(1, `timeouts { read = "2s" }`))
		answers := map[string]fakecloud.Effect{
			"HTML 404":   fakecloud.Raw(404, "text/html", "<html><body>404 page not found</body></html>"),
			"empty 200":  fakecloud.Raw(200, "application/json", ""),
			"APIGW.0101": fakecloud.Raw(404, "application/json", apigw101),
		}
		steps := []resource.TestStep{{Config: config}}
		for _, name := range slices.Sorted(maps.Keys(answers)) {
			steps = append(steps, resource.TestStep{
				PreConfig: func() {
					w.server.Faults.Reset()
					w.server.Faults.On(w.ops.read[0]).Times(0).Do(answers[name])
				},
				RefreshState: true,
				ExpectError:  regexp.MustCompile(`Unable to read`),
			})
		}
		steps = append(steps, resource.TestStep{
			PreConfig: w.server.Faults.Reset, Config: config, ConfigPlanChecks: emptyPlan,
		})
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(), Steps: steps, CheckDestroy: w.destroyed(t),
		})
	})
}
