package acceptance_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// A replacement that creates first fails after the new half is there, in what
// depends on it. The next apply destroys what is left of the old half, and the
// member stays in: of a single and of a set.
func TestAccCLILeftoverOfAReplacement(t *testing.T) {
	t.Parallel()
	inWorld(t, "cloudlb_slb_vserver_group_server", func(t *testing.T, w *world) {
		cli := acctest.NewCLI(t)
		replaced := `
adopt_existing = true
lifecycle {
  create_before_destroy = true
  replace_triggered_by  = [terraform_data.release]
}
`
		config := func(release, smoke string) {
			cli.Write("main.tf", acctest.Required+w.config(w.member(1, replaced))+w.set("s", replaced, plain(2, 3))+`
resource "terraform_data" "release" {
  input = `+release+`
}
resource "terraform_data" "smoke" {
  triggers_replace = [terraform_data.release.id, `+w.address(1)+`.id, `+w.setAddress("s")+`.id]
  provisioner "local-exec" {
    command = "`+smoke+`"
  }
}
`)
		}
		held := map[int]int{1: w.weight, 2: w.weight, 3: w.weight}
		config("1", "true")
		cli.Run("apply", "-auto-approve")
		w.holds(t, held)
		config("2", "false")
		if out, code := cli.Try("apply", "-auto-approve"); code == 0 {
			t.Fatalf("the smoke test passed:\n%s", out)
		}
		config("2", "true")
		mark := w.server.Log.Mark()
		out := cli.Run("apply", "-auto-approve")
		w.holds(t, held)
		if n := w.count(mark, w.ops.remove); n != 0 {
			t.Errorf("%d removals:\n%s\n%s", n, w.server.Log.Since(mark), out)
		}
		// Terraform 1.16 may leave an object of its own terraform_data behind.
		if out := cli.Run("plan"); strings.Contains(out, "# cloudlb_") {
			t.Errorf("the plan after it:\n%s", out)
		}
		cli.Run("destroy", "-auto-approve")
		w.holds(t, nil)
	})
}

// A resource that is renamed without a moved block is refused at plan, and with
// one nothing is called.
func TestAccCLIRename(t *testing.T) {
	t.Parallel()
	inWorld(t, "cloudlb_elb_member", func(t *testing.T, w *world) {
		cli := acctest.NewCLI(t)
		write := func(single, set, more string) {
			cli.Write("main.tf", acctest.Required+w.config(strings.Replace(w.member(1, `drain_duration = "1s"`), `"m1"`, `"`+single+`"`, 1))+
				w.set(set, "", plain(2, 3))+more)
		}
		write("m1", "s", "")
		cli.Run("apply", "-auto-approve")
		mark := w.server.Log.Mark()
		write("renamed", "t", "")
		out, code := cli.Try("apply", "-auto-approve")
		if flat := strings.Join(strings.Fields(out), " "); code == 0 || strings.Count(flat, "Member changes hands") < 2 || !strings.Contains(flat, "moved block") {
			t.Errorf("exit code %d:\n%s", code, out)
		}
		write("renamed", "t", "moved {\n  from = "+w.address(1)+"\n  to = "+w.kind+".renamed\n}\nmoved {\n  from = "+w.setAddress("s")+
			"\n  to = "+w.setAddress("t")+"\n}\n")
		cli.Run("apply", "-auto-approve")
		if calls := w.server.Log.Since(mark).Writes(); len(calls) != 0 {
			t.Errorf("writes:\n%s", calls)
		}
		cli.Run("destroy", "-auto-approve")
		w.holds(t, nil)
	})
}

// A test file configures the provider, which serves all of its runs since
// Terraform 1.13.
func TestAccCLITestFile(t *testing.T) {
	t.Parallel()
	inWorld(t, "cloudlb_slb_backend_server", func(t *testing.T, w *world) {
		cli := acctest.NewCLI(t)
		block := w.provider(nil)
		cli.Write("main.tf", acctest.Required+"variable \"weight\" {\n  type = number\n  default = 5\n}\n"+
			w.member(1, "weight = var.weight")+w.set("s", "", plain(2, 3)))
		if err := os.Mkdir(filepath.Join(cli.Dir, "tests"), 0o700); err != nil {
			t.Fatal(err)
		}
		cli.Write("tests/all.tftest.hcl", block+`
run "plan" { command = plan }
run "again" { command = plan }
run "create" { command = apply }
run "change" {
  command = apply
  variables { weight = 7 }
  assert {
    condition     = `+w.address(1)+`.weight == 7
    error_message = "the weight has not changed"
  }
}
run "after" { command = plan }
`)
		out := cli.Run("test")
		if !strings.Contains(out, "5 passed, 0 failed") {
			t.Errorf("terraform test:\n%s", out)
		}
		w.holds(t, nil)
	})
}
