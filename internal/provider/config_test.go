package provider_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/config"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

const (
	slbResource = `resource "cloudlb_slb_backend_server" "m" {
  load_balancer_id = "lb-1"
  server_id        = "i-1"
}
`
	elbResource = `resource "cloudlb_elb_member" "m" {
  pool_id        = "` + poolID + `"
  address        = "10.0.0.5"
  protocol_port  = 8080
  subnet_cidr_id = "` + subnetID + `"
}
`
)

// cloudVariables are the environment variables that the provider reads.
var cloudVariables = []string{
	"ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN", "ALICLOUD_ACCESS_KEY",
	"ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN", "ALIBABACLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_SECRET",
	"ALIBABACLOUD_SECURITY_TOKEN", "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION", "ALIBABA_CLOUD_ENDPOINT_SLB", "SLB_ENDPOINT",
	"ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE", "ALIBABA_CLOUD_CREDENTIALS_FILE", "ALICLOUD_SHARED_CREDENTIALS_FILE",
	"ALIBABA_CLOUD_ECS_METADATA", "ALICLOUD_ECS_ROLE_NAME", "ALIBABA_CLOUD_ECS_METADATA_DISABLED", "ALIBABA_CLOUD_IMDSV1_DISABLED",
	"ALIBABA_CLOUD_CREDENTIALS_URI", "ALICLOUD_CREDENTIALS_URI", "ALIBABA_CLOUD_ROLE_ARN", "ALICLOUD_ASSUME_ROLE_ARN",
	"ALIBABA_CLOUD_ROLE_SESSION_NAME", "ALICLOUD_ASSUME_ROLE_SESSION_NAME", "ALICLOUD_ASSUME_ROLE_SESSION_EXPIRATION",
	"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE", "TFC_WORKLOAD_IDENTITY_TOKEN",
	"ALIBABA_CLOUD_ENDPOINT_STS", "STS_ENDPOINT",
	"HW_ACCESS_KEY", "HW_SECRET_KEY", "HW_SECURITY_TOKEN", "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK",
	"HUAWEICLOUD_SDK_SECURITY_TOKEN", "OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_SECURITY_TOKEN", "HW_REGION_NAME", "OS_REGION_NAME",
	"HW_PROJECT_ID", "HUAWEICLOUD_SDK_PROJECT_ID", "OS_PROJECT_ID", "HW_PROJECT_NAME", "OS_PROJECT_NAME", "HW_ELB_ENDPOINT",
	"HW_AUTH_URL", "OS_AUTH_URL", "HW_CLOUD",
	"HW_AUTH_TOKEN", "OS_AUTH_TOKEN", "HW_USER_NAME", "OS_USERNAME", "OS_USER_NAME", "HW_USER_PASSWORD", "OS_PASSWORD",
	"OS_USER_PASSWORD", "HW_DOMAIN_NAME", "OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME", "HW_SHARED_CONFIG_FILE", "HW_PROFILE",
	"HW_ASSUME_ROLE_AGENCY_NAME", "HW_ASSUME_ROLE_DOMAIN_NAME", "HW_ASSUME_ROLE_DURATION", "HUAWEICLOUD_SDK_IDP_ID",
	"HW_ASSUME_ROLE_IDP_ID", "HUAWEICLOUD_SDK_ID_TOKEN_FILE", "HW_ASSUME_ROLE_ID_TOKEN_FILE", "HW_ASSUME_ROLE_ID_TOKEN",
	"HW_INSECURE", "OS_INSECURE", "HW_CACERT", "OS_CACERT",
}

// noEnvironment clears what a person who runs the tests may have set.
func noEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range cloudVariables {
		t.Setenv(name, "")
	}
}

// Each row sets the environment alone; the cloud accepts one key, in one
// region, so that a create shows which value was used.
func TestEnvironment(t *testing.T) {
	for name, env := range map[string]map[string]string{
		"alicloud, first names": {
			"ALIBABA_CLOUD_ACCESS_KEY_ID": "ak", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret, "ALIBABA_CLOUD_SECURITY_TOKEN": "",
			"ALIBABA_CLOUD_REGION": slbAt, "ALIBABA_CLOUD_ENDPOINT_SLB": "URL",
			"ALICLOUD_ACCESS_KEY": "other", "ALICLOUD_SECRET_KEY": "other", "ALICLOUD_SECURITY_TOKEN": "other", "ALICLOUD_REGION": "other",
		},
		"alicloud, second names": {
			"ALICLOUD_ACCESS_KEY": "ak", "ALICLOUD_SECRET_KEY": secret, "ALICLOUD_REGION": slbAt, "SLB_ENDPOINT": "URL",
			"ALIBABACLOUD_ACCESS_KEY_ID": "other", "ALIBABACLOUD_ACCESS_KEY_SECRET": "other", "ALIBABACLOUD_SECURITY_TOKEN": "other",
		},
		"alicloud, third names with a token": {
			"ALIBABACLOUD_ACCESS_KEY_ID": "sts", "ALIBABACLOUD_ACCESS_KEY_SECRET": secret, "ALIBABACLOUD_SECURITY_TOKEN": "token",
			"ALIBABA_CLOUD_REGION": slbAt, "SLB_ENDPOINT": "URL",
		},
		"huaweicloud, first names": {
			"HW_ACCESS_KEY": "ak", "HW_SECRET_KEY": secret, "HW_REGION_NAME": elbAt, "HW_ELB_ENDPOINT": "URL", "HW_AUTH_URL": "URL/v3",
			"OS_ACCESS_KEY": "other", "OS_SECRET_KEY": "other", "OS_SECURITY_TOKEN": "other", "OS_REGION_NAME": "other",
		},
		"huaweicloud, second names": {
			"HUAWEICLOUD_SDK_AK": "sts", "HUAWEICLOUD_SDK_SK": secret, "HUAWEICLOUD_SDK_SECURITY_TOKEN": "token",
			"OS_REGION_NAME": elbAt, "HW_ELB_ENDPOINT": "URL", "HUAWEICLOUD_SDK_PROJECT_ID": project, "OS_PROJECT_ID": "other",
			"HW_AUTH_URL": "http://127.0.0.1:1", // a project id needs no IAM
		},
		"huaweicloud, third names": {
			"OS_ACCESS_KEY": "ak", "OS_SECRET_KEY": secret, "OS_REGION_NAME": elbAt, "HW_ELB_ENDPOINT": "URL", "HW_AUTH_URL": "URL",
			"OS_PROJECT_NAME": elbAt,
		},
	} {
		t.Run(name, func(t *testing.T) {
			noEnvironment(t)
			one := slbMemberOne
			var url string
			if name[0] == 'h' {
				seed := elbSeed()
				seed.Keys = append(seed.Keys, elbfake.Key{AK: "sts", SK: secret, SecurityToken: "token"})
				one, url = elbMemberOne, elbfake.Start(t, seed).URL
			} else {
				seed := slbSeed()
				seed.Keys = append(seed.Keys, slbfake.Key{ID: "sts", Secret: secret, Token: "token"})
				url = slbfake.Start(t, seed).URL
			}
			for k, v := range env {
				if len(v) >= 3 && v[:3] == "URL" {
					v = url + v[3:]
				}
				t.Setenv(k, v)
			}
			comesAndGoes(t, provider.New("test"), nil, one)
		})
	}
}

//nolint:paralleltest // it sets the environment
func TestAccWhatTheProviderBlockLacks(t *testing.T) {
	noEnvironment(t)
	fail := func(config, text string) resource.TestStep {
		return resource.TestStep{Config: config, PlanOnly: true, ExpectError: regexp.MustCompile(`(?s)` + text)}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			fail(slbResource, `No region for Alibaba Cloud.*alicloud\.region.*ALIBABA_CLOUD_REGION`),
			fail(elbResource, `No region for Huawei Cloud.*huaweicloud\.region.*HW_REGION_NAME`),
			fail(`provider "cloudlb" {
				alicloud { region = "cn-hangzhou" }
			}`+"\n"+slbResource,
				`No credentials for Alibaba Cloud.*alicloud\.access_key.*ALIBABA_CLOUD_ACCESS_KEY_ID`),
			fail(`provider "cloudlb" {
				huaweicloud { region = "cn-north-4" }
			}`+"\n"+elbResource,
				`No credentials for Huawei Cloud.*huaweicloud\.access_key.*HW_ACCESS_KEY`),
			fail(`provider "cloudlb" {
				alicloud { region = "cn hangzhou" }
			}`+"\n"+slbResource, `must be a region`),
		},
	})
}

// A cloud without credentials is no matter for the other one's resources.
//
//nolint:paralleltest // it sets the environment
func TestAccOneCloudAlone(t *testing.T) {
	noEnvironment(t)
	c := slbfake.Start(t, slbSeed())
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps:                    []resource.TestStep{{Config: slbProvider(c.URL)(secret, slbAt) + slbResource}},
	})
}

// Values of the provider block that only the apply knows do not break a plan.
func TestAccUnknownProviderValues(t *testing.T) {
	t.Parallel()
	c := slbfake.Start(t, slbSeed())
	text := fmt.Sprintf(`
resource "terraform_data" "secret" { input = %q }
provider "cloudlb" {
  alicloud {
    region     = %q
    access_key = "ak"
    secret_key = terraform_data.secret.output
    endpoints { slb = %q }
  }
}
`, secret, slbAt, c.URL) + slbResource
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{Config: text, ConfigPlanChecks: planIs(plancheck.ExpectUnknownValue("cloudlb_slb_backend_server.m", tfjsonpath.New("region")))},
		},
	})
}

// The region of a resource that names none is the provider's, and a change of
// either replaces the member.
func TestAccRegion(t *testing.T) {
	t.Parallel()
	c := slbfake.Start(t, slbSeed())
	in := func(providerRegion, resourceRegion string) string {
		body := slbResource
		if resourceRegion != "" {
			body = regexp.MustCompile(`}\s*$`).ReplaceAllString(body, fmt.Sprintf("  region = %q\n}\n", resourceRegion))
		}
		return slbProvider(c.URL)(secret, providerRegion) + body
	}
	const address = "cloudlb_slb_backend_server.m"
	region := func(want string) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectKnownValue(address, tfjsonpath.New("region"), knownvalue.StringExact(want))}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{
			{Config: in(slbAt, ""), ConfigStateChecks: region(slbAt)},
			{Config: in(slbAt, slbAt), ConfigPlanChecks: emptyPlan},
			{Config: in("cn-beijing", slbAt), ConfigPlanChecks: emptyPlan, ConfigStateChecks: region(slbAt)},
			{
				Config:           in("cn-beijing", ""),
				ConfigPlanChecks: planIs(plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroyBeforeCreate)),
				ExpectError:      regexp.MustCompile(`(?s)Unable to add.*cn-beijing`), // lb-1 is not there
			},
			{Config: in(slbAt, "")},
		},
	})
}

// Values that come with variables without a default are unknown while
// terraform validates; nothing may stumble over them.
func TestAccUnknownAttributes(t *testing.T) {
	t.Parallel()
	c := slbfake.Start(t, slbSeed())
	text := slbProvider(c.URL)(secret, slbAt) + `
variable "weight" { type = number }
variable "kind" { type = string }
resource "terraform_data" "server" { input = "eni-1" }
resource "terraform_data" "ip" { input = "10.0.0.7" }
resource "cloudlb_slb_backend_server" "m" {
  load_balancer_id = "lb-1"
  server_id        = terraform_data.server.output
  server_ip        = terraform_data.ip.output
  type             = var.kind
  weight           = var.weight
}
`
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: acctest.Factories(),
		Steps: []resource.TestStep{{
			Config:          text,
			ConfigVariables: config.Variables{"weight": config.IntegerVariable(0), "kind": config.StringVariable("eni")},
		}},
	})
}
