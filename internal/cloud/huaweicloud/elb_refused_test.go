package huaweicloud_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

// What ELB refuses for its subnet is an error that says what to do, at the
// attribute, and no sign that a pool or a member is gone.
func TestAccRefusedMembers(t *testing.T) {
	t.Parallel()
	c := start(t, elbfake.Behaviour{})
	good := server("protocol_port = 8080\n")
	var steps []resource.TestStep
	for _, tc := range []struct{ config, want string }{
		{
			member("bad", "pool-no-ip", "192.168.0.1", bare),
			`Unable to add member.*192\.168\.0\.1:8080.*ELB\.8939.*request\s+id.*Set\s+subnet_cidr_id,\s+or\s+enable\s+IP\s+targets`,
		},
		{
			member("bad", "pool-gateway", "192.168.0.1", ""),
			`Unable to add member.*ELB\.8938.*set\s+subnet_cidr_id`,
		},
		{
			member("bad", "pool-1", "10.0.0.2", "protocol_port = 8080\nsubnet_cidr_id = \"vpc-subnet-1\""),
			`Unable to add member.*\d+:\s+subnet_cidr_id = "vpc-subnet-1".*ELB\.8904.*vpc-subnet-1.*not\s+the\s+VPC\s+subnet's\s+own\s+id`,
		},
		{
			member("bad", "pool-1", "10.0.0.2", web+"availability_zone = \"az-1\""),
			`Unable to add member.*ELB\.8902.*only\s+for\s+IP\s+members`,
		},
		{
			member("bad", "pool-1", "10.0.0.2", inSubnet),
			`Unable to add member.*ELB\.8902.*protocol_port`,
		},
	} {
		steps = append(steps, resource.TestStep{
			Config: provider(c) + good + tc.config, ExpectError: regexp.MustCompile(`(?s)` + tc.want),
		})
	}
	// The good member beside them is in state, and no bad one is.
	steps = append(steps, resource.TestStep{
		Config: provider(c) + good, ConfigPlanChecks: emptyPlan, Check: holds(c, "pool-1", "10.0.0.1:8080 1", othersWeb),
	})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(), Steps: steps, CheckDestroy: holds(c, "pool-1", othersWeb),
	})
}

func TestAccWhatThePlanRefuses(t *testing.T) {
	t.Parallel()
	c := start(t, elbfake.Behaviour{})
	var steps []resource.TestStep
	for _, tc := range []struct{ config, want string }{
		{server("protocol_port = -1"), `protocol_port.*whole\s+number\s+from\s+0\s+to\s+65535`},
		{server("protocol_port = 80.5"), `protocol_port is 80\.5`},
		{server("protocol_port = 65536"), `protocol_port.*whole\s+number\s+from\s+0\s+to\s+65535`},
		{member("m", "pool-1", "web.example.com", web), `address is web\.example\.com: this is not an IP address`},
		{member("m", "pool-1", "0.0.0.0", web), `no\s+server\s+is\s+at\s+it`},
		{member("m", "pool-1", "::", web), `no\s+server\s+is\s+at\s+it`},
		{member("m", "pool-1", "10.0.0.1/32", web), `this is not an IP address`},
		{member("m", "pool-1", "fe80::1%eth0", web), `Leave out what follows the %`},
		{member("m", "pool-1", "::ffff:10.0.1.3", web), `10\.0\.1\.3`},
		{member("m", "pool-1", "", web), `address is empty, and required`},
		{server(fmt.Sprintf("protocol_port = 80\nname = %q", strings.Repeat("n", 256))), `name.*at most 255`},
		{member("m", "pool/1", "10.0.0.1", web), `must be a pool id`},
		{member("m", "pool-1", "10.0.0.1", `subnet_cidr_id = "subnet/4"`), `must be a subnet id`},
		{server(`availability_zone = "az/1"`), `must be an availability zone`},
	} {
		steps = append(steps, resource.TestStep{
			Config: provider(c) + tc.config, PlanOnly: true, ExpectError: regexp.MustCompile(`(?s)` + tc.want),
		})
	}
	resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(), Steps: steps})
	if es := c.Server.Log.All(); len(es) != 0 {
		t.Errorf("errors at plan cost calls:\n%s", es)
	}
}

// Each run of the provider looks the project up once, however many members wait
// for it. That it does not where the id is configured is TestAccManyMembers'.
func TestAccProjectLookup(t *testing.T) {
	t.Parallel()
	lookups := func(members int) int {
		c := start(t, elbfake.Behaviour{})
		resource.Test(t, resource.TestCase{
			ProtoV6ProviderFactories: acctest.Factories(),
			Steps:                    []resource.TestStep{{Config: provider(c) + many(members, "")}},
			CheckDestroy:             holds(c, "pool-1", othersWeb),
		})
		return c.Server.Log.All().Count("KeystoneListProjects")
	}
	alone, many := lookups(1), lookups(12)
	if alone == 0 || many != alone {
		t.Errorf("%d look-ups for 12 members, %d for one", many, alone)
	}
}

func TestAccWrongProjectName(t *testing.T) {
	t.Parallel()
	c := start(t, elbfake.Behaviour{})
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{
				Config: providerWith(c, `project_name = "nobody"`) + server("protocol_port = 8080"),
				ExpectError: regexp.MustCompile(
					`(?s)Unable to add member.*project\s+"nobody":\s+these\s+credentials\s+see\s+no\s+project\s+of\s+that\s+name.*project`),
			},
			// One that is there and does not own the pool.
			{
				Config:      providerWith(c, fmt.Sprintf("project_name = %q", region+"_team")) + server("protocol_port = 8080"),
				ExpectError: regexp.MustCompile(`(?s)Unable to add member.*ELB\.8904.*Check\s+pool_id.*project`),
			},
		},
	})
	if es := c.Server.Log.All(); es.Count("KeystoneListProjects") != 2 || len(es.Writes()) != 0 {
		t.Errorf("calls of two applies that fail for their project:\n%s", es)
	}
}
