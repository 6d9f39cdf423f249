package huaweicloud_test

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

// Deletion protection of the pool's members refuses a removal, says so, and
// keeps what it refuses in state.
func TestAccDeletionProtection(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]string{"conflict": "", "other code": "ELB.8917"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, elbfake.Behaviour{ProtectionCode: code})
			config := provider(c) + server("protocol_port = 8080\n") + member("n", "pool-1", "10.0.0.2", web)
			kept := holds(c, "pool-1", "10.0.0.1:8080 1", "10.0.0.2:8080 1", othersWeb)
			refused := regexp.MustCompile(
				`(?s)Unable to remove member.*has\s+member_deletion_protection_enable\s+set.*request\s+id.*Turn\s+the\s+deletion\s+protection`)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(),
				CheckDestroy:             holds(c, "pool-1", othersWeb),
				Steps: []resource.TestStep{
					{Config: config},
					{
						PreConfig: func() { c.SetDeletionProtection("pool-1", true) },
						Config:    config, Destroy: true, ExpectError: refused,
					},
					{Config: config, ConfigPlanChecks: emptyPlan, Check: kept},
					{PreConfig: func() { c.SetDeletionProtection("pool-1", false) }, Config: config, Destroy: true},
				},
			})
		})
	}
}
