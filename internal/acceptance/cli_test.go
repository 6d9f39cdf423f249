package acceptance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

const emptyPlanText = "No changes."

// What Terraform writes for an import is followed by an empty plan.
func TestAccCLIImport(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		w.foreign(2, 0)
		cli := acctest.NewCLI(t)
		cli.Write("main.tf", acctest.Required+w.config())
		cli.Generate(w.kind+".m2", w.importID(2))
		out := cli.Run("apply", "plan")
		if !strings.Contains(out, "1 imported, 0 added, 0 changed, 0 destroyed") {
			t.Errorf("apply of the import:\n%s", out)
		}
		if out := cli.Run("plan"); !strings.Contains(out, emptyPlanText) {
			generated, _ := os.ReadFile(filepath.Join(cli.Dir, "generated.tf"))
			t.Errorf("the plan after the import block is not empty:\n%s\n%s", out, generated)
		}
		if writes := w.server.Log.All().Writes(); len(writes) != 0 {
			t.Errorf("imports made writes:\n%s", writes)
		}
	})
}

// An interrupt while a creation waits leaves nothing behind: neither in the
// cloud nor in state.
func TestAccCLIInterrupt(t *testing.T) {
	t.Parallel()
	inWorld(t, "cloudlb_slb_backend_server", func(t *testing.T, w *world) {
		reached := make(chan struct{}, 100)
		w.server.Faults.On(w.ops.add[0]).Times(0).Do(func(c *fakecloud.Call, cloud fakecloud.Cloud, _ func() fakecloud.Reply) fakecloud.Outcome {
			reached <- struct{}{}
			return fakecloud.Outcome{Reply: cloud.Throttled(c)}
		})
		cli := acctest.NewCLI(t)
		cli.Write("main.tf", acctest.Required+w.config(w.member(1, "")))
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
		w.holds(t, nil)
		if state := cli.Run("state", "list"); strings.Contains(state, w.kind) {
			t.Errorf("state holds a member that is not there:\n%s\n%s", state, out.String())
		}
		cli.Run("apply", "-auto-approve")
		w.holds(t, map[int]int{1: w.weight})
		cli.Run("destroy", "-auto-approve")
		w.holds(t, nil)
	})
}

// interrupt does what Ctrl-C does: it signals the whole foreground group.
func interrupt(t *testing.T, cmd *exec.Cmd) { signalGroup(t, cmd, syscall.SIGINT) }

func signalGroup(t *testing.T, cmd *exec.Cmd, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(-cmd.Process.Pid, s); err != nil {
		t.Fatal(err)
	}
}

// drainedSlowly is a member with a drain, out of which a destroy is caught.
func (w *world) drainedSlowly(drain string) string {
	return acctest.Required + w.config(w.member(1, "weight = 30\ndrain_duration = \""+drain+"\""))
}

// destroyUntilDrained starts a destroy and returns when the member's weight is 0.
func destroyUntilDrained(t *testing.T, w *world, cli *acctest.CLI, out *strings.Builder) *exec.Cmd {
	t.Helper()
	cmd := cli.Command("destroy", "-auto-approve", "-no-color")
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lowered := make(chan struct{}, 10)
	w.server.Faults.On(w.ops.update[0]).Do(fakecloud.After(func() { lowered <- struct{}{} }))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-lowered
	return cmd
}

// An interrupt in mid-drain gives the member its weight back, and leaves it in
// state: Ctrl-C, and the signal with which timeout(1), CI systems and systemd end
// a whole group of processes, the provider's among them. What goes on within, tests
// in virtual time show for every resource.
func TestAccCLIInterruptedDrain(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			w := slbVServerGroup(t, false)
			cli := acctest.NewCLI(t)
			cli.Write("main.tf", w.drainedSlowly("5m"))
			cli.Run("apply", "-auto-approve")
			var out strings.Builder
			cmd := destroyUntilDrained(t, w, cli, &out)
			w.holds(t, map[int]int{1: 0})
			signalGroup(t, cmd, signal)
			if err := cmd.Wait(); err == nil {
				t.Errorf("the interrupted destroy succeeded:\n%s", out.String())
			}
			if !strings.Contains(strings.Join(strings.Fields(out.String()), " "), "the weight is 30 again") {
				t.Errorf("nothing is said of the weight:\n%s", out.String())
			}
			w.holds(t, map[int]int{1: 30})
			if out := cli.Run("plan"); !strings.Contains(out, emptyPlanText) {
				t.Errorf("state is not what is in the cloud:\n%s", out)
			}
		})
	}
}

// A provider that is killed in mid-drain leaves the member at weight 0. The next
// apply puts it right, and the next destroy takes it out.
func TestAccCLIKilledDrain(t *testing.T) {
	t.Parallel()
	w := elbPool(t, false)
	cli := acctest.NewCLI(t)
	cli.Write("main.tf", w.drainedSlowly("5m"))
	cli.Run("apply", "-auto-approve")
	var out strings.Builder
	cmd := destroyUntilDrained(t, w, cli, &out)
	cli.KillProviders()
	if err := cmd.Wait(); err == nil {
		t.Errorf("the destroy succeeded without its provider:\n%s", out.String())
	}
	w.holds(t, map[int]int{1: 0})
	cli.Write("main.tf", w.drainedSlowly("10ms"))
	cli.Run("apply", "-auto-approve")
	w.holds(t, map[int]int{1: 30})
	cli.Run("destroy", "-auto-approve")
	w.holds(t, nil)
}
