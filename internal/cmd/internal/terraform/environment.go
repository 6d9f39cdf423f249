package terraform

import (
	"path/filepath"
	"strings"
)

// foreignSettings are the variables that would make Terraform or the provider
// do something else than the program says.
var foreignSettings = []string{
	"TF_", "ALICLOUD_", "ALIBABA_CLOUD_", "ALIBABACLOUD_", "SLB_", "ALB_", "NLB_", "HW_", "HUAWEICLOUD_", "OS_",
}

// Environment is this program's own without foreign settings, and with the CLI
// configuration.
func Environment(own []string, config string) map[string]string {
	env := map[string]string{}
next:
	for _, e := range own {
		for _, prefix := range foreignSettings {
			if strings.HasPrefix(e, prefix) {
				continue next
			}
		}
		if name, value, _ := strings.Cut(e, "="); name != "" {
			env[name] = value
		}
	}
	env["TF_CLI_CONFIG_FILE"] = config
	return env
}

// Acceptance are the variables that make the module's acceptance tests run, on c
// and with no settings of the user's own; root is the module's folder.
func (c CLI) Acceptance(root string) []string {
	env := []string{
		"TF_ACC=1",
		"TF_ACC_TERRAFORM_PATH=" + c.Path,
		"TF_CLI_CONFIG_FILE=" + filepath.Join(root, "internal", "acctest", "terraformrc"),
		"CHECKPOINT_DISABLE=1",
		"TF_IN_AUTOMATION=1",
	}
	if c.Name == "OpenTofu" { // it looks for providers under its own host
		env = append(env, "TF_ACC_PROVIDER_HOST="+Registry[c.Name])
	}
	return env
}
