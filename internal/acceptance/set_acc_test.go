package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

func TestAccSetsComeChangeAndGo(t *testing.T) {
	t.Parallel()
	onEveryStage(t, 7, func(t *testing.T, w *world) {
		w.needs(t, w.Set != "", "declare a set")
		address, members := w.setAddress("all"), w.Members
		config := func(extra string, items map[string]listed) string { return w.config(w.set("all", extra, items)) }
		mark := 0
		here := func() { mark = w.mark() }
		writes := func(want int, then resource.TestCheckFunc) resource.TestCheckFunc {
			return func(s *terraform.State) error {
				w.wrote(t, mark, want)
				return then(s)
			}
		}
		weight := func(label string, want int) statecheck.StateCheck {
			return statecheck.ExpectKnownValue(address, tfjsonpath.New(members).AtMapKey(label).AtMapKey("weight"), knownvalue.Int64Exact(int64(want)))
		}
		updates := planIs(plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate))
		reweighted := map[string]listed{"m1": weighted(1, 0), "m2": {n: 2}, "m3": {n: 3}}
		renamed := map[string]listed{"a": weighted(1, 0), "m2": {n: 3}, "m3": {n: 2}}
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			CheckDestroy:             w.destroyed(t),
			Steps: []resource.TestStep{
				{
					PreConfig: here, Config: config("", upTo(3)),
					Check:             writes(1, w.check(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight})),
					ConfigStateChecks: []statecheck.StateCheck{weight("m1", w.weight)},
				},
				{
					PreConfig: here, Config: config("", reweighted), ConfigPlanChecks: updates,
					Check:             writes(1, w.check(t, map[int]int{1: 0, 2: w.weight, 3: w.weight})),
					ConfigStateChecks: []statecheck.StateCheck{weight("m1", 0)},
				},
				{
					PreConfig: here, Config: config("", renamed), ConfigPlanChecks: updates,
					Check: writes(0, w.check(t, map[int]int{1: 0, 2: w.weight, 3: w.weight})),
				},
				{
					PreConfig: func() { w.outside(2); w.reweight(3, 9); w.foreign(7, 8); here() },
					Config:    config("", renamed), ConfigPlanChecks: updates,
					Check: writes(2, w.check(t, map[int]int{1: 0, 2: w.weight, 3: w.weight, 7: 8})),
				},
				{
					PreConfig: func() { w.outside(7); here() },
					Config:    config("", plain(2, 4)), ConfigPlanChecks: updates,
					Check: writes(2, w.check(t, map[int]int{2: w.weight, 4: w.weight})),
				},
				{
					ResourceName: address, ImportState: true, ImportStateId: w.group, ImportStateCheck: func(s []*terraform.InstanceState) error {
						if got, want := s[0].Attributes[members+".%"], fmt.Sprint(2+len(w.others)); got != want {
							t.Errorf("%s members were imported, want %s: %v", got, want, s[0].Attributes)
						}
						return nil
					},
				},
			},
		})
		w.inTurn(t)
	})
}

// The plan of an owner shows a member of somebody else as one element that goes;
// a whole group is imported, and what is generated for it plans empty; a member
// moves from a resource of its own to a set without a write.
func TestAccCLISetsAreImported(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		if w.kind == "cloudlb_slb_backend_server" {
			return // in everything here as the vserver group
		}
		w.foreign(1, 42)
		w.foreign(2, 0)
		cli := acctest.NewCLI(t)
		must := func(out string, texts ...string) {
			t.Helper()
			for _, text := range texts {
				if !strings.Contains(out, text) {
					t.Errorf("no %q in:\n%s", text, out)
				}
			}
		}
		address := w.setAddress("all")
		cli.Write("main.tf", acctest.Required+w.config())
		if !acctest.OpenTofu() { // it writes the keys of a map without quotes, and cannot read that
			cli.Generate(address, w.group)
			must(cli.Run("apply", "plan"), "1 imported, 0 added, 0 changed, 0 destroyed")
			if out := cli.Run("plan"); !strings.Contains(out, emptyPlanText) {
				generated, _ := os.ReadFile(filepath.Join(cli.Dir, "generated.tf"))
				t.Errorf("the plan after the import block is not empty:\n%s\n%s", out, generated)
			}
			cli.Run("state", "rm", address)
			for _, name := range []string{"generated.tf", "import.tf"} {
				cli.Write(name, "")
			}
		}

		// A member of its own, and then of the set.
		cli.Write("main.tf", acctest.Required+w.config(w.member(1, "weight = 42")))
		cli.Run("import", w.address(1), w.importID(1))
		all := map[string]listed{w.key(1): weighted(1, 42), w.key(2): weighted(2, 0), w.key(0): w.foreigner()}
		cli.Write("main.tf", acctest.Required+w.config(w.set("all", "exclusive = true", all))+`
import {
  to = `+address+`
  id = "`+w.group+`"
}
removed {
  from = `+w.address(1)+`
  lifecycle {
    destroy = false
  }
}
`)
		cli.Run("apply", "-auto-approve")
		if out := cli.Run("plan"); !strings.Contains(out, emptyPlanText) {
			t.Errorf("the plan after the move is not empty:\n%s", out)
		}
		if writes := w.server.Log.All().Writes(); len(writes) != 0 {
			t.Errorf("imports made writes:\n%s", writes)
		}

		w.foreign(7, 8)
		out := cli.Run("plan")
		must(out, `- "`+w.key(7)+`"`, "0 to add, 1 to change, 0 to destroy", "-> null")
		if strings.Contains(out, `"`+w.key(1)+`"`) {
			t.Errorf("the plan shows members that stay:\n%s", out)
		}
		cli.Run("apply", "-auto-approve")
		w.holds(t, map[int]int{1: 42, 2: 0})
		cli.Run("destroy", "-auto-approve")
		if got := w.members(); len(got) != 0 {
			t.Errorf("the group holds %v", got)
		}
	})
}

// One kind shows what Terraform itself does around a set.
func TestAccCLIAroundASet(t *testing.T) {
	t.Parallel()
	w := elbPool(t, false)
	cli := acctest.NewCLI(t)
	write := func(text ...string) { cli.Write("main.tf", acctest.Required+w.config(text...)) }
	trigger := func(value string) string {
		return "resource \"terraform_data\" \"t\" {\n input = \"" + value + "\"\n}\n"
	}
	const replaced = "lifecycle {\n create_before_destroy = true\n replace_triggered_by = [terraform_data.t]\n}\n"
	both := func(value, adopt string) {
		write(trigger(value), w.set("all", adopt+"\n"+replaced, plain(1, 2)), w.member(9, adopt+"\n"+replaced))
	}
	held := func() { t.Helper(); w.holds(t, map[int]int{1: 1, 2: 1, 9: 1}) }

	both("1", "adopt_existing = true")
	cli.Run("apply", "-auto-approve")
	held()
	both("2", "adopt_existing = true")
	mark := w.server.Log.Mark()
	cli.Run("apply", "-auto-approve")
	if calls := w.server.Log.Since(mark); len(calls.Writes()) != 0 {
		t.Errorf("a replacement of nothing made writes:\n%s", calls)
	}
	held()
	both("2", "")
	cli.Run("apply", "-auto-approve")
	both("3", "")
	out, code := cli.Try("apply", "-auto-approve")
	if code == 0 || !strings.Contains(out, "adopt_existing = true") {
		t.Errorf("exit code %d, want an error that says what to set:\n%s", code, out)
	}
	held()
	both("3", "adopt_existing = true")
	cli.Run("apply", "-auto-approve")
	if out := cli.Run("plan"); !strings.Contains(out, emptyPlanText) {
		t.Errorf("the plan after it is not empty:\n%s", out)
	}
	held()

	// Other names, counts and ways of applying; never a conflict.
	rest := "moved {\n from = " + w.setAddress("all") + "\n to = " + w.setAddress("other") + "\n}\n"
	moved := func(extra string, items map[string]listed) []string {
		return []string{rest, w.set("other", extra, items), w.member(9, "")}
	}
	write(moved("exclusive = false", plain(1, 2, 3))...)
	cli.Run("plan", "-out=plan")
	cli.Run("apply", "plan")
	w.holds(t, map[int]int{1: 1, 2: 1, 3: 1, 9: 1})
	cli.Run("apply", "-auto-approve", "-replace="+w.setAddress("other"))
	cli.Run("taint", w.setAddress("other"))
	cli.Run("apply", "-auto-approve", "-target="+w.setAddress("other"))
	w.holds(t, map[int]int{1: 1, 2: 1, 3: 1, 9: 1})
	write(w.set("other", "count = 1", plain(1, 2, 3)), w.member(9, ""))
	if out := cli.Run("plan"); !strings.Contains(out, "0 to add, 0 to change, 0 to destroy") && !strings.Contains(out, emptyPlanText) {
		t.Errorf("a count is a change:\n%s", out)
	}
	// Two that claim one member.
	write(w.set("other", "", plain(1, 2, 3)), w.member(3, ""), w.member(9, ""))
	if out, code := cli.Try("plan"); code == 0 || !strings.Contains(out, "Member managed twice") {
		t.Errorf("exit code %d of a plan with a conflict:\n%s", code, out)
	}
	// A member that is known only after apply.
	known := strings.Replace(w.set("other", "", plain(1, 2, 4)), `"10.0.0.5"`, "terraform_data.t.output", 1)
	if !strings.Contains(known, "terraform_data") {
		t.Fatal(known)
	}
	write(trigger("10.0.0.5"), known, w.member(9, ""))
	cli.Run("apply", "-auto-approve")
	w.holds(t, map[int]int{1: 1, 2: 1, 4: 1, 9: 1})
	cli.Run("destroy", "-auto-approve")
	w.holds(t, nil)
}

// An interrupt in mid-update leaves state with what the cloud holds.
func TestAccCLIInterruptedUpdateOfASet(t *testing.T) {
	t.Parallel()
	w := slbVServerGroup(t, false)
	cli := acctest.NewCLI(t)
	cli.Write("main.tf", acctest.Required+w.config(w.set("all", "", upTo(2))))
	cli.Run("apply", "-auto-approve")
	reached := make(chan struct{}, 100)
	w.server.Faults.On(w.ops.remove[0]).Times(0).Do(func(c *fakecloud.Call, cloud fakecloud.Cloud, _ func() fakecloud.Reply) fakecloud.Outcome {
		reached <- struct{}{}
		return fakecloud.Outcome{Reply: cloud.Throttled(c)}
	})
	cli.Write("main.tf", acctest.Required+w.config(w.set("all", "", plain(2, 3))))
	cmd := cli.Command("apply", "-auto-approve", "-no-color")
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-reached
	interrupt(t, cmd)
	if err := cmd.Wait(); err == nil {
		t.Errorf("the interrupted apply succeeded:\n%s", out.String())
	}
	w.server.Faults.Reset()
	w.holds(t, map[int]int{1: 100, 2: 100, 3: 100})
	state := cli.Run("state", "show", w.setAddress("all"))
	labels := regexp.MustCompile(`"m\d"\s+= \{`).FindAllString(state, -1)
	if slices.Sort(labels); len(labels) != 3 {
		t.Errorf("state does not hold the three members:\n%s\n%s", state, out.String())
	}
	cli.Run("apply", "-auto-approve")
	w.holds(t, map[int]int{2: 100, 3: 100})
	cli.Run("destroy", "-auto-approve")
	w.holds(t, nil)
}
