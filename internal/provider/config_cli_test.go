package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// flat is text on one line, as Terraform would print it on a wide screen.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// errorsIn counts the errors that Terraform has printed.
func errorsIn(output string) int { return strings.Count(output, "Error: ") }

// offline is a CLI whose environment says nothing of any cloud.
func offline(t *testing.T) *acctest.CLI {
	t.Helper()
	cli := acctest.NewCLI(t)
	for _, name := range cloudVariables {
		cli.Setenv(name, "")
	}
	return cli
}

// Terraform refuses an argument that is misspelt, in every block.
func TestAccCLIMisspeltArguments(t *testing.T) {
	t.Parallel()
	type row struct{ block, body, named string }
	provider := []row{
		{"alicloud", `batchsize = 5`, `argument named "batchsize"`},
		{"alicloud", `assume_rol { role_arn = "x" }`, `Blocks of type "assume_rol"`},
		{"alicloud.assume_role", `role_session_name = "x"`, `argument named "role_session_name"`},
		{"alicloud.assume_role_with_oidc", `oidc_tokn = "x"`, `argument named "oidc_tokn"`},
		{"alicloud.endpoints", `slbb = "x"`, `argument named "slbb"`},
		{"huaweicloud", `acces_key = "x"`, `argument named "acces_key"`},
		{"huaweicloud", `endpoint { elb = "x" }`, `Blocks of type "endpoint"`},
		{"huaweicloud.assume_role", `agency = "x"`, `argument named "agency"`},
		{"huaweicloud.assume_role_with_oidc", `idp = "x"`, `argument named "idp"`},
		{"huaweicloud.endpoints", `elbb = "x"`, `argument named "elbb"`},
	}
	bodies := map[string]string{}
	for _, r := range provider {
		if cloud, inner, nested := strings.Cut(r.block, "."); nested {
			bodies[cloud] += inner + " {\n" + r.body + "\n}\n"
		} else {
			bodies[cloud] += r.body + "\n"
		}
	}
	config := "provider \"cloudlb\" {\n"
	for cloud, body := range bodies {
		config += cloud + " {\n" + body + "}\n"
	}
	var resources []row
	inResources := ""
	for kind, required := range map[string]string{
		"cloudlb_slb_backend_server":        "load_balancer_id = \"lb\"\nserver_id = \"i-1\"",
		"cloudlb_slb_backend_servers":       "load_balancer_id = \"lb\"\nservers = {}",
		"cloudlb_slb_vserver_group_server":  "vserver_group_id = \"g\"\nserver_id = \"i-1\"\nport = 80",
		"cloudlb_slb_vserver_group_servers": "vserver_group_id = \"g\"\nservers = {}",
		"cloudlb_elb_member":                "pool_id = \"p\"\naddress = \"10.0.0.1\"\nprotocol_port = 80",
		"cloudlb_elb_members":               "pool_id = \"p\"\nmembers = {}",
	} {
		misspelt := "creat_" + strings.TrimPrefix(kind, "cloudlb_")
		resources = append(resources, row{kind + ".timeouts", misspelt, fmt.Sprintf("argument named %q", misspelt)})
		inResources += fmt.Sprintf("resource %q \"m\" {\n%s\ntimeouts {\n%s = \"5m\"\n}\n}\n", kind, required, misspelt)
	}
	cli := offline(t)
	for _, tt := range []struct {
		config string
		rows   []row
	}{{config + "}\n" + slbResource, provider}, {inResources, resources}} {
		cli.Write("main.tf", acctest.Required+tt.config)
		out, code := cli.Try("validate")
		if n := errorsIn(out); code == 0 || n != len(tt.rows) {
			t.Errorf("exit code %d and %d errors for %d misspelt arguments:\n%s", code, n, len(tt.rows), out)
		}
		for _, r := range tt.rows {
			if !strings.Contains(flat(out), r.named) {
				t.Errorf("%s of %s is not refused:\n%s", r.body, r.block, out)
			}
		}
	}
}

// A value that is wrong is one error of terraform validate, at its argument,
// which it names in full.
func TestAccCLIInvalidSettings(t *testing.T) {
	t.Parallel()
	cli := offline(t)
	for _, tt := range []struct{ config, named, says string }{
		{`alicloud { region = "cn hangzhou" }`, "alicloud.region", "must be a region"},
		{`alicloud { batch_size = 41 }`, "alicloud.batch_size", "is 41: it must be a whole number from 1 to 40"},
		{`alicloud { batch_size = 2.5 }`, "alicloud.batch_size", "is 2.5: it must be a whole number"},
		{`alicloud { requests_per_second = -0.5 }`, "alicloud.requests_per_second", "is -0.5: it must be"},
		{`huaweicloud { requests_per_second = -log(0, 2) }`, "huaweicloud.requests_per_second", "it must be"},
		{`huaweicloud { batch_size = 0 }`, "huaweicloud.batch_size", "from 1 to 200"},
		{`alicloud {
			assume_role { session_expiration = 899 }
		}`, "alicloud.assume_role.session_expiration", "from 900 to 43200"},
		{`huaweicloud {
			assume_role { duration = 86401 }
		}`, "huaweicloud.assume_role.duration", "from 900 to 86400"},
		{`alicloud {
			endpoints { slb = "https://slb.example.com/v3" }
		}`, "alicloud.endpoints.slb", "host or a URL, such as slb.aliyuncs.com, slb.aliyuncs.com:8443 or https://slb.aliyuncs.com, but it has a path, /v3"},
		{`alicloud {
			endpoints { sts = "ftp://sts.example.com" }
		}`, "alicloud.endpoints.sts", "its scheme is ftp"},
		{`alicloud { credentials_uri = "localhost:7002/?token=hush" }`, "alicloud.credentials_uri", "must be a URL"},
		{`huaweicloud {
			endpoints { elb = "elb.example.com:99999" }
		}`, "huaweicloud.endpoints.elb", "1 to 65535"},
		{`huaweicloud {
			endpoints { iam = "https://user:hush@iam.example.com/v3" }
		}`, "huaweicloud.endpoints.iam", "user name"},
		{`huaweicloud { cloud = "https://myhuaweicloud.eu" }`, "huaweicloud.cloud", "without a scheme"},
		{`alicloud {
			assume_role_with_oidc { 
				oidc_token = "hush"
				oidc_token_file = "f"
				oidc_token_variable = "V"
			}
		}`, "alicloud.assume_role_with_oidc", "has oidc_token, oidc_token_file and oidc_token_variable"},
		{`huaweicloud {
			assume_role_with_oidc { 
				id_token_file = "f"
				id_token_variable = "V"
			}
		}`, "huaweicloud.assume_role_with_oidc", "has id_token_file and id_token_variable"},
		{`huaweicloud {
			assume_role_with_oidc { id_token_variable = "eyJhbGc.hush" }
		}`, "huaweicloud.assume_role_with_oidc.id_token_variable", "name of an environment variable"},
	} {
		cli.Write("main.tf", acctest.Required+"provider \"cloudlb\" {\n"+tt.config+"\n}\n"+slbResource+elbResource)
		for _, command := range []string{"validate", "plan"} {
			out, code := cli.Try(command)
			if said := flat(out); code == 0 || errorsIn(out) != 1 || !strings.Contains(said, tt.named) || !strings.Contains(said, tt.says) {
				t.Errorf("%s of %s: exit code %d\n%s", command, tt.config, code, out)
			}
		}
	}
}

// What is not known while Terraform validates is refused when it is known, once.
func TestAccCLIInvalidVariables(t *testing.T) {
	t.Parallel()
	cli := offline(t)
	cli.Write("main.tf", acctest.Required+`
variable "endpoint" { type = string }
variable "size" { type = number }
provider "cloudlb" {
  alicloud {
    region     = "cn-hangzhou"
    access_key = "ak"
    secret_key = "s"
    batch_size = var.size
    endpoints { slb = var.endpoint }
  }
}
`+slbResource+strings.Replace(slbResource, `"m"`, `"n"`, 1))
	cli.Run("validate")
	out, code := cli.Try("plan", "-var=endpoint=a b", "-var=size=0")
	if code == 0 || errorsIn(out) != 2 || !strings.Contains(out, "Invalid alicloud.endpoints.slb") || !strings.Contains(out, "Invalid alicloud.batch_size") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// A login that is there in part passes validation, because the environment may
// complete it, and is one error of a plan, however many resources need it.
func TestAccCLIHalfALogin(t *testing.T) {
	t.Parallel()
	cli := offline(t)
	many := `resource "cloudlb_slb_backend_server" "m" {
  count            = 12
  load_balancer_id = "lb-1"
  server_id        = "i-${count.index}"
}
resource "cloudlb_slb_backend_servers" "m" {
  load_balancer_id = "lb-2"
  servers          = { a = { server_id = "i-1" } }
}
resource "cloudlb_elb_member" "m" {
  count          = 12
  pool_id        = "p"
  address        = "10.0.0.${count.index + 1}"
  protocol_port  = 80
  subnet_cidr_id = "s"
}
resource "cloudlb_elb_members" "m" {
  pool_id = "p-2"
  members = { a = { address = "10.0.0.1", protocol_port = 80 } }
}
`
	const ali, hw = `alicloud {
    region     = "cn-hangzhou"
    access_key = "ak"
`, `huaweicloud {
    region     = "cn-north-4"
    user_name  = "robot"
`
	for _, tt := range []struct {
		config string
		says   []string // one of each error
	}{
		{ali + "}\n" + hw + "}\n", []string{
			"The login by access keys lacks alicloud.secret_key (in the environment: ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALICLOUD_SECRET_KEY or ALIBABACLOUD_ACCESS_KEY_SECRET).",
			"The login by password lacks huaweicloud.password (in the environment: HW_USER_PASSWORD, OS_PASSWORD or OS_USER_PASSWORD) and huaweicloud.domain_name (in the environment:",
		}},
		{ali + "secret_key = \"s\"\nassume_role {}\n}\n" + hw + "password = \"p\"\ndomain_name = \"d\"\nassume_role { agency_name = \"a\" }\n}\n", []string{
			"alicloud.assume_role.role_arn (in the environment: ALIBABA_CLOUD_ROLE_ARN or ALICLOUD_ASSUME_ROLE_ARN).",
			"huaweicloud.assume_role.domain_name (in the environment: HW_ASSUME_ROLE_DOMAIN_NAME).",
		}},
		{"alicloud {\nregion = \"r\"\nassume_role_with_oidc {}\n}\nhuaweicloud {\nregion = \"r\"\nprofile = \"p\"\nshared_config_file = \"/nowhere\"\n}\n", []string{
			"lacks alicloud.assume_role_with_oidc.role_arn (in the environment: ALIBABA_CLOUD_ROLE_ARN), alicloud.assume_role_with_oidc.oidc_provider_arn",
			"The shared configuration file /nowhere, which huaweicloud.shared_config_file asks for, cannot be used",
		}},
	} {
		cli.Write("main.tf", acctest.Required+"provider \"cloudlb\" {\n"+tt.config+"}\n"+many)
		cli.Run("validate")
		out, code := cli.Try("plan")
		if code == 0 || errorsIn(out) != len(tt.says) {
			t.Errorf("exit code %d and %d errors:\n%s", code, errorsIn(out), out)
		}
		for _, want := range tt.says {
			if !strings.Contains(flat(out), want) {
				t.Errorf("%q is not in:\n%s", want, out)
			}
		}
	}
}
