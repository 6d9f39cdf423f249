package acceptance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// list is a list block named <name>; extra stands beside its config.
func (w *world) list(name, extra string) string {
	return fmt.Sprintf("list %q %q {\n  provider = cloudlb\n  %s\n  config {\n    %s = %q\n  }\n}\n", w.kind, name, extra, w.Group, w.group)
}

// What terraform query shows of a group's members.
func TestAccQuery(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		acctest.NeedsQuery(t)
		w.foreign(1, 7)
		name := knownvalue.StringExact(w.key(1) + " (" + w.group + ")")
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			Steps: []resource.TestStep{{
				Query: true,
				Config: w.provider(nil) + w.list("all", "include_resource = true") + w.list("first", "limit = 1") +
					w.list("none", "limit = 0"),
				QueryResultChecks: []querycheck.QueryResultCheck{
					querycheck.ExpectLength(w.kind+".all", 2),
					querycheck.ExpectLength(w.kind+".first", 1),
					querycheck.ExpectLength(w.kind+".none", 0),
					querycheck.ExpectResourceDisplayName(w.kind+".all", queryfilter.ByDisplayName(name), name),
				},
			}},
		})
	})
}

// What terraform query generates imports every member, changes none, and is what
// the plan after that is empty of.
func TestAccCLIQueryGeneratesWhatPlansEmpty(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		acctest.NeedsQuery(t)
		w.foreign(1, w.weight)
		w.foreign(2, 0)
		w.Describe(w.group, 2, "web-2")
		cli := acctest.NewCLI(t)
		cli.Write("main.tf", acctest.Required+w.config())
		cli.Write("members.tfquery.hcl", w.list("web", ""))
		cli.Run("query", "-generate-config-out=found.tf")
		found, err := os.ReadFile(filepath.Join(cli.Dir, "found.tf"))
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(found), "\nimport {"); n != 3 {
			t.Errorf("%d import blocks, want 3:\n%s", n, found)
		}
		if out := cli.Run("apply", "-auto-approve"); !strings.Contains(out, "3 imported, 0 added, 0 changed, 0 destroyed") {
			t.Errorf("apply of what was generated:\n%s\n%s", out, found)
		}
		if out := cli.Run("plan"); !strings.Contains(out, emptyPlanText) {
			t.Errorf("the plan after that is not empty:\n%s\n%s", out, found)
		}
		if writes := w.server.Log.All().Writes(); len(writes) != 0 {
			t.Errorf("a query and imports made writes:\n%s", writes)
		}
	})
}
