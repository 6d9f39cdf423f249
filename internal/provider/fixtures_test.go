package provider_test

import (
	"fmt"
	"testing"

	fwprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

const (
	secret   = "sk-not-a-real-secret"
	slbAt    = "cn-hangzhou"
	elbAt    = "cn-north-4"
	poolID   = "36ce7086-a496-4666-9064-5ba0e6840c75"
	subnetID = "c09f620e-3492-4429-ac15-445d5dd9ca74"
	project  = "99a3fff0d03c428eac3678da6a7d0f24"
)

func slbSeed() slbfake.Seed {
	return slbfake.Seed{
		Region: slbAt,
		Keys:   []slbfake.Key{{ID: "ak", Secret: secret}},
		LoadBalancers: []slbfake.LoadBalancer{{
			ID:            "lb-1",
			Members:       []slbfake.Member{{ServerID: "i-foreign", Weight: 40}},
			VServerGroups: []slbfake.VServerGroup{{ID: "rsp-1", Name: "web", Members: []slbfake.Member{{ServerID: "i-foreign", Port: 8080, Weight: 40}}}},
		}},
		Rules: slbfake.Rules{AnyServer: true},
	}
}

func slbProvider(url string) func(secret, region string) string {
	return func(secret, region string) string {
		return fmt.Sprintf(`
provider "cloudlb" {
  alicloud {
    region     = %q
    access_key = "ak"
    secret_key = %q
    endpoints { slb = %q }
  }
}
`, region, secret, url)
	}
}

func slbSettings() map[string]any {
	return map[string]any{"alicloud": map[string]any{"region": slbAt, "access_key": "ak", "secret_key": secret}}
}

func slbMembers(c *slbfake.Running, group string) map[string]int {
	held := map[string]int{}
	if !c.Cloud.HasGroup(group) {
		return held
	}
	for _, m := range c.Cloud.Members(group) {
		key := m.ServerID
		if m.ServerIP != "" {
			key += ":" + m.ServerIP
		}
		if m.Port != 0 {
			key += fmt.Sprintf(":%d", m.Port)
		}
		held[key] = m.Weight
	}
	return held
}

func elbSeed() elbfake.Seed {
	weight := 40
	return elbfake.Seed{
		Region:   elbAt,
		Projects: []elbfake.Project{{ID: project, Name: elbAt}},
		Keys:     []elbfake.Key{{AK: "ak", SK: secret}},
		Subnets:  []elbfake.Subnet{{ID: subnetID, CIDR: "10.0.0.0/16", VPC: "vpc-1"}},
		LoadBalancers: []elbfake.LoadBalancer{{
			ID: "lb-1", VPC: "vpc-1", IPTarget: true, Listeners: []string{"listener-1"},
		}},
		Pools: []elbfake.Pool{{
			ID: poolID, Name: "web", Protocol: "HTTP", LoadBalancers: []string{"lb-1"}, Listeners: []string{"listener-1"},
			HealthMonitor: true, InitialPolls: 1,
			Members: []elbfake.Member{{Address: "10.0.9.9", Port: 8080, Subnet: subnetID, Weight: &weight}},
		}},
	}
}

func elbProvider(url string) func(secret, region string) string {
	return func(secret, region string) string {
		return fmt.Sprintf(`
provider "cloudlb" {
  huaweicloud {
    region     = %q
    access_key = "ak"
    secret_key = %q
    endpoints {
      elb = %q
      iam = %q
    }
  }
}
`, region, secret, url, url)
	}
}

func planIs(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

var emptyPlan = planIs(plancheck.ExpectEmptyPlan())

// The resources of the tests by the plugin protocol.
var (
	slbMemberOne = member{"cloudlb_slb_backend_server", map[string]any{"load_balancer_id": "lb-1", "server_id": "i-1"}}
	elbMemberOne = member{"cloudlb_elb_member", map[string]any{
		"pool_id": poolID, "address": "10.0.0.5", "protocol_port": 8080, "subnet_cidr_id": subnetID,
	}}
)

type member struct {
	kind       string
	attributes map[string]any
}

// comesAndGoes creates a member, finds it unchanged and removes it again, each in a
// run of its own.
func comesAndGoes(t *testing.T, p func() fwprovider.Provider, config map[string]any, m member) {
	t.Helper()
	core := acctest.NewCore(t, p, config)
	o := core.New(m.kind)
	if err := core.Apply(t.Context(), o, m.attributes); err != nil {
		t.Fatalf("create: %v", err)
	}
	core.Run()
	if err := core.Refresh(t.Context(), o); err != nil {
		t.Fatalf("refresh: %v", err)
	}
	core.Settled(o, m.attributes)
	core.Run()
	if err := core.Apply(t.Context(), o, nil); err != nil {
		t.Fatalf("destroy: %v", err)
	}
}
