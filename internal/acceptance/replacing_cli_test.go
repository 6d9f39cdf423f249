package acceptance_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// The guide's single members that are created before they are destroyed: a
// replacement that keeps its member takes it over, and the old half leaves it in. A
// destroy goes by what the last apply has recorded: not by a drain of an hour that is
// written since.
func TestAccCLIReplacingGuide(t *testing.T) {
	t.Parallel()
	inWorld(t, "cloudlb_slb_vserver_group_server", func(t *testing.T, w *world) {
		example := strings.NewReplacer(
			"var.server_ids", fmt.Sprintf("toset([%q, %q])", w.HostOf(1), w.HostOf(2)),
			"alicloud_slb_server_group.web.id", fmt.Sprintf("%q", w.group),
			"8080", fmt.Sprint(w.PortOf),
		).Replace(snippet(t, "draining.md", "adopt_existing = true\n\n  lifecycle"))
		cli := acctest.NewCLI(t)
		drains := func(text string) {
			cli.Write("main.tf", acctest.Required+w.config()+strings.Replace(example, `"30s"`, `"`+text+`"`, 1))
		}
		held := map[int]int{1: w.weight, 2: w.weight}
		drains("2s")
		cli.Run("apply", "-auto-approve")
		w.holds(t, held)
		mark := w.server.Log.Mark()
		out := cli.Run("apply", "-auto-approve", fmt.Sprintf("-replace=%s.web[%q]", w.kind, w.HostOf(1)))
		w.holds(t, held)
		if writes := w.server.Log.Since(mark).Writes(); len(writes) != 0 || !strings.Contains(out, "1 added, 0 changed, 1 destroyed") {
			t.Errorf("a replacement that keeps its member:\n%s\n%s", writes, out)
		}
		drains("1h")
		mark = w.server.Log.Mark()
		cli.Run("destroy", "-auto-approve")
		w.holds(t, nil)
		w.drainedFirst(t, w.server.Log.Since(mark), 2*time.Second)
	})
}

// What the guide says of servers that are in the configuration of their set:
// Terraform destroys one before its member is out, unless the server is created
// before it is destroyed.
func TestAccCLIAServerGoesAfterItsMember(t *testing.T) {
	t.Parallel()
	for rule, after := range map[string]bool{"create_before_destroy = true": true, "create_before_destroy = false": false} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			inWorld(t, "cloudlb_slb_vserver_group_server", func(t *testing.T, w *world) {
				example := strings.NewReplacer(
					"alicloud_instance", "terraform_data", "image_id = each.value", "input = each.value", "server.id,", "server.output,",
					"alicloud_slb_server_group.web.id", fmt.Sprintf("%q", w.group), "8080", fmt.Sprint(w.PortOf), "30s", "10ms",
					"create_before_destroy = true", rule,
				).Replace(snippet(t, "draining.md", `resource "alicloud_instance" "web"`))
				cli := acctest.NewCLI(t)
				cli.Write("main.tf", acctest.Required+w.config()+"variable \"images\" {\n  type = map(string)\n}\n"+example)
				servers := fmt.Sprintf("images={a=%q,b=%q}", w.HostOf(1), w.HostOf(2))
				cli.Run("apply", "-auto-approve", "-var", servers)
				w.holds(t, map[int]int{1: w.weight, 2: w.weight})
				out := cli.Run("apply", "-auto-approve", "-var", fmt.Sprintf("images={a=%q}", w.HostOf(1)))
				w.holds(t, map[int]int{1: w.weight})
				destroyed, changed := strings.Index(out, `terraform_data.web["b"]: Destroying`), strings.Index(out, ".web: Modifications complete")
				if destroyed < 0 || changed < 0 || destroyed > changed != after {
					t.Errorf("%s: the server goes at %d and its member at %d:\n%s", rule, destroyed, changed, out)
				}
			})
		})
	}
}
