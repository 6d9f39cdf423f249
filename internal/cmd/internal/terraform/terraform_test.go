package terraform

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlyAProgramThatIsNewEnoughIsUsed(t *testing.T) {
	t.Parallel()
	for printed, want := range map[string]string{
		"Terraform v1.11.4\non linux_amd64\n":       "Terraform v1.11.4",
		"Terraform v1.12.0-beta1\non linux_amd64\n": "Terraform v1.12.0-beta1",
		"Terraform v2.0.0\n":                        "Terraform v2.0.0",
		"OpenTofu v1.10.0\non linux_amd64\n":        "OpenTofu v1.10.0",
		"A warning first.\n\nTerraform v1.14.0\n":   "Terraform v1.14.0",
		"Terraform v1.10.5\n":                       "",
		"Terraform v0.15.0\n":                       "",
		"OpenTofu v1.9.1\n":                         "",
		"go version go1.26 linux/amd64\n":           "",
		"":                                          "",
	} {
		c, err := parseVersion("/bin/x", printed)
		got := c.Name + " " + c.Version
		if want == "" && err == nil || want != "" && (err != nil || got != want) {
			t.Errorf("%q: %s, %v; want %q", printed, got, err, want)
		}
	}
}

func TestProviderIsWhereEachProgramLooksForIt(t *testing.T) {
	t.Parallel()
	for name, host := range map[string]string{"Terraform": "registry.terraform.io", "OpenTofu": "registry.opentofu.org"} {
		got := filepath.ToSlash(CLI{Name: name}.ProviderFile("mirror"))
		want := "mirror/" + host + "/cloudlb/cloudlb/" + ProviderVersion + "/"
		if !strings.HasPrefix(got, want) || !strings.Contains(got, "/terraform-provider-cloudlb_v"+ProviderVersion) {
			t.Errorf("%s: %s, want it below %s", name, got, want)
		}
	}
}

func TestSettingsOfTheUserDoNotReachTheCommand(t *testing.T) {
	t.Parallel()
	got := Environment([]string{
		"PATH=/bin", "HOME=/home/u", "EMPTY=", "=C:=odd", "TF_CLI_CONFIG_FILE=/other", "TF_LOG=trace", "TF_VAR_weight=1", "HW_ACCESS_KEY=x",
		"ALICLOUD_REGION=x", "ALIBABA_CLOUD_REGION=x", "ALIBABACLOUD_ACCESS_KEY_ID=x", "SLB_ENDPOINT=x", "OS_REGION_NAME=x",
		"HUAWEICLOUD_SDK_AK=x",
	}, "config")
	want := map[string]string{"PATH": "/bin", "HOME": "/home/u", "EMPTY": "", "TF_CLI_CONFIG_FILE": "config"}
	for name, value := range want {
		if v, ok := got[name]; !ok || v != value {
			t.Errorf("%s is %q (%t), want %q", name, v, ok, value)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the environment is %v, want %v", got, want)
	}
}
