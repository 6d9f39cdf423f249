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

func TestWhatThePlanRefuses(t *testing.T) {
	t.Parallel()
	inProcess(t, elbfake.Behaviour{}, nil, func(f *fleet) {
		for _, tc := range []struct {
			attribute string
			value     any
			says      string
		}{
			{"protocol_port", -1, `protocol_port.*whole number from 0 to 65535`},
			{"protocol_port", 80.5, `protocol_port is 80\.5`},
			{"protocol_port", 65536, `protocol_port.*whole number from 0 to 65535`},
			{"address", "web.example.com", `address is web\.example\.com: this is not an IP address`},
			{"address", "0.0.0.0", `no server is at it`},
			{"address", "::", `no server is at it`},
			{"address", "10.0.0.1/32", `this is not an IP address`},
			{"address", "fe80::1%eth0", `Leave out what follows the %`},
			{"address", "::ffff:10.0.1.3", `10\.0\.1\.3`},
			{"address", "", `address is empty, and required`},
			{"name", strings.Repeat("n", 256), `name.*at most 255`},
			{"pool_id", "pool/1", `must be a pool id`},
			{"subnet_cidr_id", "subnet/4", `must be a subnet id`},
			{"availability_zone", "az/1", `must be an availability zone`},
		} {
			config := many(1, map[string]any{tc.attribute: tc.value})["10.0.0.1"]
			_, err := f.core.Plan(f.t.Context(), f.core.New("cloudlb_elb_member"), config)
			if at := `AttributeName("` + tc.attribute + `")`; err == nil || !regexp.MustCompile("(?s)"+tc.says).MatchString(err.Error()) || !strings.Contains(err.Error(), at) {
				t.Errorf("%s = %v: %v, want an error at it that says %s", tc.attribute, tc.value, err, tc.says)
			}
		}
		if es := f.Server.Log.All(); len(es) != 0 {
			t.Errorf("errors at plan cost calls:\n%s", es)
		}
	})
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
