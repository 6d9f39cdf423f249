package acceptance_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

func TestAccBatchSizeAndRate(t *testing.T) {
	t.Parallel()
	inEveryWorld(t, func(t *testing.T, w *world) {
		with := func(settings string) string {
			return strings.Replace(w.config(), "endpoints", settings+"\n    endpoints", 1)
		}
		var six string
		for n := range 6 {
			six += w.member(n+1, "")
		}
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: w.factories(),
			CheckDestroy:             w.destroyed(t),
			Steps: []resource.TestStep{
				{Config: with(w.BatchSize+" = 0") + six, PlanOnly: true, ExpectError: regexp.MustCompile(w.BatchSize)},
				{Config: with(fmt.Sprintf("%s = %d", w.BatchSize, w.MostBatch+1)) + six, PlanOnly: true, ExpectError: regexp.MustCompile(w.BatchSize)},
				{Config: with("requests_per_second = -1") + six, PlanOnly: true, ExpectError: regexp.MustCompile(`requests_per_second`)},
				{
					Config: with(w.BatchSize+" = 2\n    requests_per_second = 10") + six,
					Check: func(*terraform.State) error {
						var starts []time.Time
						for _, e := range w.server.Log.All() {
							if !slices.Contains(slices.Concat(w.ops.add, w.ops.read), e.Op) {
								continue // IAM is not the balancer's API
							}
							if e.Write && e.Items > 2 {
								t.Errorf("%s of %d members with %s 2", e.Op, e.Items, w.BatchSize)
							}
							starts = append(starts, e.Start)
						}
						// The pace is kept where the calls leave; on their way here
						// single ones may catch up, but not all of them.
						n := len(starts) - 1
						if took := starts[n].Sub(starts[0]); n < 4 || took < time.Duration(n)*80*time.Millisecond {
							t.Errorf("%d calls in %s, at 10 a second", n+1, took)
						}
						return nil
					},
				},
			},
		})
	})
}
