package acceptance_test

import (
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// The command itself: the apply after a failed creation leaves in at every moment
// what that had taken over.
func TestAccCLIATaintedSetLeavesInWhatItTookOver(t *testing.T) {
	t.Parallel()
	inWorld(t, "cloudlb_slb_vserver_group_server", func(t *testing.T, w *world) {
		w.foreign(1, w.weight)
		w.refuse(2, w.ops.add)
		cli := acctest.NewCLI(t)
		cli.Write("main.tf", acctest.Required+w.config(w.set("all", "adopt_existing = true", upTo(2))))
		if out, code := cli.Try("apply", "-auto-approve"); code == 0 {
			t.Fatalf("the creation did not fail:\n%s", out)
		}
		w.server.Faults.Reset()
		w.watched(func(held map[string]int) {
			if _, in := held[w.key(1)]; !in {
				t.Errorf("the member that was there is out: %v", held)
			}
		})
		cli.Run("apply", "-auto-approve")
		w.holds(t, map[int]int{1: w.weight, 2: w.weight})
	})
}
