package provider_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// dynamicBlocks are provider blocks with dynamic ones in them; URL stands for
// itself.
var dynamicBlocks = map[string]struct {
	before, block string
	unknown       bool // at plan
	env           map[string]string
	ops           string // what is called to log in
}{
	"known": {
		block: `dynamic "alicloud" {
    for_each = { cn-hangzhou = "assumer" }
    content {
      region     = alicloud.key
      access_key = alicloud.value
      secret_key = "` + secret + `"
      dynamic "assume_role" {
        for_each = ["` + aliRole + `"]
        content { role_arn = assume_role.value }
      }
      dynamic "endpoints" {
        for_each = [1]
        content {
          slb = "URL"
          sts = "URL"
        }
      }
    }
  }`,
		ops: "AssumeRole",
	},
	"inner block unknown": {
		before: `resource "terraform_data" "roles" { input = ["` + aliRole + `"] }`,
		block: `alicloud {
    region     = "cn-hangzhou"
    access_key = "assumer"
    secret_key = "` + secret + `"
    dynamic "assume_role" {
      for_each = terraform_data.roles.output
      content { role_arn = assume_role.value }
    }
    endpoints {
      slb = "URL"
      sts = "URL"
    }
  }`,
		unknown: true, ops: "AssumeRole",
	},
	"inner block unknown, and then none": {
		before: `resource "terraform_data" "roles" { input = [] }`,
		block: `alicloud {
    region     = "cn-hangzhou"
    access_key = "ak"
    secret_key = "` + secret + `"
    dynamic "assume_role" {
      for_each = terraform_data.roles.output
      content { role_arn = assume_role.value }
    }
    endpoints { slb = "URL" }
  }`,
		unknown: true,
	},
	"block unknown": {
		before: `resource "terraform_data" "keys" { input = ["ak"] }`,
		block: `dynamic "alicloud" {
    for_each = terraform_data.keys.output
    content {
      region     = "cn-hangzhou"
      access_key = alicloud.value
      secret_key = "` + secret + `"
      endpoints { slb = "URL" }
    }
  }`,
		unknown: true,
	},
	"no block": {
		block: `dynamic "alicloud" {
    for_each = []
    content { region = "none" }
  }`,
		env: map[string]string{
			"ALIBABA_CLOUD_ACCESS_KEY_ID": "ak", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret, "ALIBABA_CLOUD_REGION": slbAt, "SLB_ENDPOINT": "URL",
		},
	},
}

// Blocks may be dynamic, also where only the apply knows whether there are any.
func TestAccDynamicBlocks(t *testing.T) {
	for name, tt := range dynamicBlocks {
		t.Run(name, func(t *testing.T) {
			noEnvironment(t)
			c := slbfake.Start(t, aliAccount())
			at := strings.NewReplacer("URL", c.URL)
			for k, v := range tt.env {
				t.Setenv(k, at.Replace(v))
			}
			config := tt.before + "\nprovider \"cloudlb\" {\n  " + at.Replace(tt.block) + "\n}\n" + slbResource
			first := resource.TestStep{Config: config}
			if tt.unknown {
				first.ConfigPlanChecks = planIs(plancheck.ExpectUnknownValue("cloudlb_slb_backend_server.m", tfjsonpath.New("region")))
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories(),
				Steps:                    []resource.TestStep{first, {Config: config, ConfigPlanChecks: emptyPlan}},
			})
			if n := c.Log.All().Count("AssumeRole"); (n > 0) != (tt.ops != "") {
				t.Errorf("the role was assumed %d times", n)
			}
		})
	}
}

// Every text may be "", which is the same as leaving it out: it is no fault, and
// the environment serves in its place.
func TestEmptyTextsCountAsLeftOut(t *testing.T) {
	noEnvironment(t)
	texts := func(names ...string) map[string]any {
		block := map[string]any{}
		for _, name := range names {
			block[name] = ""
		}
		return block
	}
	ali := texts("region", "access_key", "secret_key", "security_token", "profile", "shared_credentials_file", "ecs_role_name", "credentials_uri")
	ali["endpoints"] = texts("slb", "sts")
	ali["assume_role"] = texts("role_arn", "session_name", "policy", "external_id")
	hw := texts("region", "access_key", "secret_key", "security_token", "project_id", "project_name", "cloud", "token", "user_name",
		"password", "domain_name", "shared_config_file", "profile", "cacert_file")
	hw["endpoints"] = texts("elb", "iam")
	hw["assume_role_with_oidc"] = texts("idp_id", "id_token", "id_token_file", "id_token_variable")
	slb, elb := slbfake.Start(t, aliAccount()), elbfake.Start(t, huaweiSeed())
	for name, v := range map[string]string{
		"ALICLOUD_REGION": slbAt, "ALICLOUD_ACCESS_KEY": "assumer", "ALICLOUD_SECRET_KEY": secret, "SLB_ENDPOINT": slb.URL, "STS_ENDPOINT": slb.URL,
		"ALIBABA_CLOUD_ROLE_ARN": aliRole,
		"OS_REGION_NAME":         elbAt, "HUAWEICLOUD_SDK_IDP_ID": "ci", "TFC_WORKLOAD_IDENTITY_TOKEN": elbIDToken, "HW_ELB_ENDPOINT": elb.URL, "OS_AUTH_URL": elb.URL + "/v3",
	} {
		t.Setenv(name, v)
	}
	config := map[string]any{"alicloud": ali, "huaweicloud": hw}
	for _, d := range acctest.ValidateProvider(t, provider.New("test"), config) {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
	core := acctest.NewCore(t, provider.New("test"), config)
	for kind, member := range map[string]map[string]any{
		"cloudlb_slb_backend_server": {"load_balancer_id": "lb-1", "server_id": "i-1"},
		"cloudlb_elb_member":         {"pool_id": poolID, "address": "10.0.0.5", "protocol_port": 80, "subnet_cidr_id": subnetID},
	} {
		if err := core.Apply(t.Context(), core.New(kind), member); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	// The tokens' own block of the other cloud.
	core = acctest.NewCore(t, provider.New("test"), map[string]any{"alicloud": map[string]any{
		"assume_role_with_oidc": texts("role_arn", "oidc_provider_arn", "oidc_token", "oidc_token_file", "oidc_token_variable", "session_name", "policy"),
	}})
	t.Setenv("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", aliProvider)
	t.Setenv("TFC_WORKLOAD_IDENTITY_TOKEN", aliToken)
	core.Run()
	if err := core.Apply(t.Context(), core.New("cloudlb_slb_backend_server"), map[string]any{"load_balancer_id": "lb-1", "server_id": "i-2"}); err != nil {
		t.Error(err)
	}
}

// A refresh says once what keeps it from the cloud; the members stay in state.
//
//nolint:paralleltest // it clears the environment
func TestARefreshWithoutALogin(t *testing.T) {
	noEnvironment(t)
	cloud := alicloud.Cloud{Transport: slbfake.InProcess(t, slbSeed()).Transport()}
	core := acctest.NewCore(t, provider.Of("test", cloud), slbSettings())
	var members []*acctest.Object
	for n := range 3 {
		m := core.New("cloudlb_slb_backend_server")
		core.MustApply(m, map[string]any{"load_balancer_id": "lb-1", "server_id": fmt.Sprintf("i-%d", n)})
		members = append(members, m)
	}
	core = acctest.NewCore(t, provider.Of("test", cloud), map[string]any{"alicloud": map[string]any{"region": slbAt, "access_key": "ak"}})
	said := 0
	for _, m := range members {
		before := m.State
		if err := core.Refresh(t.Context(), m); err != nil {
			said++
		}
		if !m.State.Equal(before) {
			t.Errorf("the state has changed: %v", m.State)
		}
	}
	if said != 1 {
		t.Errorf("the error is said %d times", said)
	}
	for _, m := range members { // what changes something never goes by in silence
		if err := core.Apply(t.Context(), m, nil); err == nil {
			t.Error("a removal succeeded without a login")
		}
	}
}

// {region} in an endpoint stands for the region in use, a resource's own
// included; by default the hosts are those of the region's cloud.
func TestEndpointsOfRegions(t *testing.T) {
	noEnvironment(t)
	for name, tt := range map[string]struct {
		settings map[string]any
		env      map[string]string
		hosts    map[string]string // region: of ELB and IAM
	}{
		"by default": {nil, nil, map[string]string{
			elbAt:         "elb.cn-north-4.myhuaweicloud.com iam.cn-north-4.myhuaweicloud.com",
			"eu-west-101": "elb.eu-west-101.myhuaweicloud.eu iam.eu-west-101.myhuaweicloud.eu",
		}},
		"of a cloud": {map[string]any{"cloud": "cloud.example.com"}, map[string]string{"HW_CLOUD": "x.example.com"}, map[string]string{
			elbAt:         "elb.cn-north-4.cloud.example.com iam.cn-north-4.cloud.example.com",
			"eu-west-101": "elb.eu-west-101.cloud.example.com iam.eu-west-101.cloud.example.com",
		}},
		"of the environment's cloud": {nil, map[string]string{"HW_CLOUD": "x.example.com"}, map[string]string{
			elbAt: "elb.cn-north-4.x.example.com iam.cn-north-4.x.example.com",
		}},
		"by region": {map[string]any{"endpoints": map[string]any{"elb": "{region}.elb.test", "iam": "https://iam-{region}.test/v3"}}, nil, map[string]string{
			elbAt:       "cn-north-4.elb.test iam-cn-north-4.test",
			"cn-east-3": "cn-east-3.elb.test iam-cn-east-3.test",
		}},
		"by region, of the environment": {nil, map[string]string{"HW_ELB_ENDPOINT": "https://elb.{region}.test", "HW_AUTH_URL": "iam.{region}.test"}, map[string]string{
			"cn-east-3": "elb.cn-east-3.test iam.cn-east-3.test",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			for region, want := range tt.hosts {
				hosts := &hostsAsked{}
				settings := map[string]any{"region": elbAt, "access_key": "ak", "secret_key": secret}
				for k, v := range tt.settings {
					settings[k] = v
				}
				core := acctest.NewCore(t, provider.Of("test", huaweicloud.Cloud{Transport: hosts}), map[string]any{"huaweicloud": settings})
				member := map[string]any{"pool_id": poolID, "address": "10.0.0.5", "protocol_port": 80, "region": region}
				if err := core.Apply(t.Context(), core.New("cloudlb_elb_member"), member); err == nil {
					t.Error("nobody answered, and yet it was created")
				}
				elb, iam := "none", "none"
				for _, host := range hosts.all() {
					if strings.Contains(host, "iam") {
						iam = host
					} else {
						elb = host
					}
				}
				if got := fmt.Sprint(elb, " ", iam); got != want {
					t.Errorf("%s: %s, want %s", region, got, want)
				}
			}
		})
	}
}

// hostsAsked is a transport that notes the hosts. IAM gives it a project, and
// ELB refuses everything.
type hostsAsked struct {
	mu    sync.Mutex
	hosts []string
}

func (h *hostsAsked) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.hosts = append(h.hosts, r.URL.Host)
	answer, status := `{"projects": [{"id": "p", "name": ""}]}`, http.StatusOK
	if !strings.Contains(r.URL.Host, "iam") {
		answer, status = `{"error_code": "APIGW.0301", "error_msg": "no"}`, http.StatusUnauthorized
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(answer)), Request: r,
	}, nil
}

func (h *hostsAsked) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.hosts)
}
