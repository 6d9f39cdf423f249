package huaweicloud_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

const (
	theirsAny = "10.0.9.9:0 40"
	atPort    = `(?s)Unable to %s member.*\d+:\s+protocol_port = 8080.*%s.*Leave\s+protocol_port\s+out`
)

// A pool that forwards to any port takes a member with a port and stores it
// without. Such a member does not stay: the error says so at the attribute, at
// once, and nothing is in the pool that is in nobody's state.
func TestAccAnyPortPoolRefusesAPort(t *testing.T) {
	t.Parallel()
	c := start(t, elbfake.Behaviour{})
	good, bad := member("m", "pool-any", "10.0.0.1", inSubnet), member("m", "pool-any", "10.0.0.1", web)
	portless := []statecheck.StateCheck{statecheck.ExpectKnownValue(address, tfjsonpath.New("protocol_port"), knownvalue.Int64Exact(0))}
	only := func(ops ...string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			var got []string
			for _, e := range c.Server.Log.All().Writes() {
				got = append(got, e.Op)
			}
			if !slices.Equal(got, ops) {
				return fmt.Errorf("wrote %q, want %q\n%s", got, ops, c.Server.Log.All())
			}
			return nil
		}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		CheckDestroy:             holds(c, "pool-any", theirsAny),
		Steps: []resource.TestStep{
			{Config: provider(c) + bad, ExpectError: regexp.MustCompile(fmt.Sprintf(atPort, "add", `was\s+taken\s+out\s+again`))},
			{
				Config: provider(c) + nothing, // whatever is in state is destroyed
				Check:  resource.ComposeTestCheckFunc(holds(c, "pool-any", theirsAny), only("CreateMember", "DeleteMember")),
			},
			{Config: provider(c) + good, Check: holds(c, "pool-any", "10.0.0.1:0 1", theirsAny), ConfigStateChecks: portless},
			{Config: provider(c) + bad, ExpectError: regexp.MustCompile(fmt.Sprintf(atPort, "change", `any_port_enable`))},
			{
				Config: provider(c) + good, ConfigPlanChecks: emptyPlan, ConfigStateChecks: portless,
				Check: resource.ComposeTestCheckFunc(holds(c, "pool-any", "10.0.0.1:0 1", theirsAny),
					only("CreateMember", "DeleteMember", "CreateMember", "UpdateMember")),
			},
		},
	})
}

// Those beside it land, whether they go in one call or each in its own.
func TestAccAnyPortPoolRefusesAPortAmongOthers(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]elbfake.Behaviour{
		"batch": {}, "shuffled": {ShuffleResults: true}, "no batch calls": {BatchUnpublished: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, behaviour)
			good := member("a", "pool-any", "10.0.0.1", inSubnet) + member("b", "pool-any", "10.0.0.2", inSubnet)
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(),
				CheckDestroy:             holds(c, "pool-any", theirsAny),
				Steps: []resource.TestStep{
					{
						Config: provider(c) + good + member("bad", "pool-any", "10.0.0.3", web) +
							member("worse", "pool-any", "10.0.0.4", inSubnet+"protocol_port = 9090\n"),
						ExpectError: regexp.MustCompile(fmt.Sprintf(atPort, "add", `was\s+taken\s+out\s+again`)),
					},
					{
						Config: provider(c) + good, ConfigPlanChecks: emptyPlan,
						Check: holds(c, "pool-any", "10.0.0.1:0 1", "10.0.0.2:0 1", theirsAny),
					},
				},
			})
		})
	}
}

// Where the member cannot be taken out, the error names it.
func TestAccAnyPortPoolThatKeepsTheMember(t *testing.T) {
	t.Parallel()
	c := start(t, elbfake.Behaviour{})
	c.SetDeletionProtection("pool-any", true)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{{
			Config: provider(c) + member("m", "pool-any", "10.0.0.1", web),
			ExpectError: regexp.MustCompile(fmt.Sprintf(atPort, "add",
				`member\s+[0-9a-f]{8}-[0-9a-f-]+\s+could\s+not\s+be\s+taken\s+out\s+again\s+and\s+is\s+left\s+in\s+the\s+pool`)),
		}},
		CheckDestroy: holds(c, "pool-any", "10.0.0.1:0 1", theirsAny),
	})
}
