package huaweicloud_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

// Two spellings of one IPv6 address are one member; an import takes either,
// in brackets.
func TestAccIPv6(t *testing.T) {
	t.Parallel()
	c := start(t, elbfake.Behaviour{})
	v6 := func(address string) string {
		return provider(c) + member("m", "pool-tcp", address, "protocol_port = 80\nsubnet_cidr_id = \"subnet-6\"")
	}
	same := statecheck.CompareValue(compare.ValuesSame())
	id := func() statecheck.StateCheck { return same.AddStateValue(address, tfjsonpath.New("member_id")) }
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		CheckDestroy:             holds(c, "pool-tcp", othersWeb),
		Steps: []resource.TestStep{
			{
				Config: v6("2001:0DB8:0::0005"), Check: holds(c, "pool-tcp", othersWeb, "2001:db8::5:80 1"),
				ConfigStateChecks: []statecheck.StateCheck{
					id(), statecheck.ExpectKnownValue(address, tfjsonpath.New("ip_version"), knownvalue.StringExact("v6")),
				},
			},
			{Config: v6("2001:db8::5"), ConfigPlanChecks: emptyPlan},
			{Config: v6("2001:db8::0.0.0.5"), ConfigPlanChecks: emptyPlan},
			{
				Config:            strings.Replace(v6("2001:DB8::5"), "= 80\n", "= 81\n", 1),
				ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
				Check:             holds(c, "pool-tcp", othersWeb, "2001:db8::5:81 1"),
				ConfigStateChecks: []statecheck.StateCheck{id()},
			},
			{
				ResourceName: address, ImportState: true, ImportStateId: "pool-tcp/[2001:DB8:0:0::5]:81", ImportStateVerify: true,
				ImportStateVerifyIgnore: []string{"timeouts", "address"}, // which state spells as the configuration does
			},
			{
				Config: v6("2001:db8::6"), ConfigPlanChecks: planned(plancheck.ResourceActionDestroyBeforeCreate),
				Check: holds(c, "pool-tcp", othersWeb, "2001:db8::6:80 1"),
			},
		},
	})
}
