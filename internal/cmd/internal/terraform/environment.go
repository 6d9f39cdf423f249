package terraform

import "strings"

// foreignSettings are the variables that would make Terraform or the provider
// do something else than the program says.
var foreignSettings = []string{
	"TF_", "ALICLOUD_", "ALIBABA_CLOUD_", "ALIBABACLOUD_", "SLB_", "HW_", "HUAWEICLOUD_", "OS_",
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
