package acceptance_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// maintenance is the world's member 1, with actions on it; a new release drains it
// before anything else is done.
func (w *world) maintenance(release int, drain, more string) string {
	config := func(name, extra string) string {
		return fmt.Sprintf(`
action %q "m1" {
  config {
    %s = %s.%s
    %s = %s.%s
    %s
  }
}
`, w.actionType(name), w.Host, w.address(1), w.Host, w.Group, w.address(1), w.Group, extra)
	}
	return acctest.Required + w.config(w.member(1, "weight = 30\n"+more)) +
		config("drain", fmt.Sprintf("duration = %q", drain)) + config("set_weight", "weight = 7") + fmt.Sprintf(`
resource "terraform_data" "release" {
  input = %d
  lifecycle {
    action_trigger {
      events  = [before_update]
      actions = [action.%s.m1]
    }
  }
}
`, release, w.actionType("drain"))
}

// An action is triggered by a change of another resource, or invoked; what it changed
// is drift in the next plan, which the next apply takes back, unless it is ignored.
func TestAccCLIActions(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		cli := acctest.NewCLI(t)
		cli.NeedsActions()
		cli.Write("main.tf", w.maintenance(1, "10ms", ""))
		cli.Run("apply", "-auto-approve")
		w.holds(t, map[int]int{1: 30})
		cli.Write("main.tf", w.maintenance(2, "10ms", ""))
		out := cli.Run("apply", "-auto-approve")
		w.holds(t, map[int]int{1: 0})
		if !strings.Contains(out, "1 member of 1 group at weight 0") {
			t.Errorf("no progress:\n%s", out)
		}
		if out := cli.Run("plan"); !strings.Contains(strings.Join(strings.Fields(out), " "), "weight = 0 -> 30") {
			t.Errorf("the plan does not show the drift:\n%s", out)
		}
		cli.Write("main.tf", w.maintenance(2, "10ms", "lifecycle {\n ignore_changes = [weight]\n}"))
		if out := cli.Run("plan"); strings.Contains(out, "will be updated") {
			t.Errorf("the plan does not ignore it:\n%s", out)
		}
		cli.Write("main.tf", w.maintenance(2, "10ms", ""))
		cli.Run("apply", "-auto-approve")
		w.holds(t, map[int]int{1: 30})
		cli.Run("apply", "-auto-approve", "-invoke=action."+w.actionType("set_weight")+".m1")
		w.holds(t, map[int]int{1: 7})
	})
}

// An interrupt in mid-drain gives the member its weight back, though nobody hears of it.
func TestAccCLIInterruptedAction(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		cli := acctest.NewCLI(t)
		cli.NeedsActions()
		cli.Write("main.tf", w.maintenance(1, "15m", ""))
		cli.Run("apply", "-auto-approve")
		cmd := cli.Command("apply", "-auto-approve", "-no-color", "-invoke=action."+w.actionType("drain")+".m1")
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		lowered := make(chan struct{}, 10)
		w.server.Faults.On(w.ops.update[0]).Do(fakecloud.After(func() { lowered <- struct{}{} }))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-lowered
		interrupt(t, cmd)
		_ = cmd.Wait() // Terraform may take the end for success
		w.holds(t, map[int]int{1: 30})
		if out := cli.Run("plan"); !strings.Contains(out, emptyPlanText) {
			t.Errorf("the plan after it is not empty:\n%s", out)
		}
	})
}
