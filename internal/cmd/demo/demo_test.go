package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

// The whole demo, with a real Terraform.
func TestAccDemo(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs a real terraform; set TF_ACC=1")
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	// None of these may reach Terraform or the provider.
	t.Setenv("TF_CLI_CONFIG_FILE", filepath.Join(temp, "none"))
	t.Setenv("TF_VAR_weight", "7")
	t.Setenv("HW_PROJECT_ID", "another")
	t.Setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "another")
	if err := run(t.Context(), options{terraform: os.Getenv("TF_ACC_TERRAFORM_PATH")}, t.Output()); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(temp, "cloudlb-demo-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

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
		got := c.name + " " + c.version
		if want == "" && err == nil || want != "" && (err != nil || got != want) {
			t.Errorf("%q: %s, %v; want %q", printed, got, err, want)
		}
	}
}

func TestProviderIsWhereEachProgramLooksForIt(t *testing.T) {
	t.Parallel()
	for name, host := range map[string]string{"Terraform": "registry.terraform.io", "OpenTofu": "registry.opentofu.org"} {
		got := filepath.ToSlash(cli{name: name}.providerFile("mirror"))
		want := "mirror/" + host + "/cloudlb/cloudlb/" + providerVersion + "/"
		if !strings.HasPrefix(got, want) || !strings.Contains(got, "/terraform-provider-cloudlb_v"+providerVersion) {
			t.Errorf("%s: %s, want it below %s", name, got, want)
		}
	}
}

func TestSettingsOfTheUserDoNotReachTheDemo(t *testing.T) {
	t.Parallel()
	got := environment([]string{
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

func TestAReplacementCountsAsAnAdditionAndARemoval(t *testing.T) {
	t.Parallel()
	var resources []*tfjson.ResourceChange
	for _, a := range []tfjson.Actions{
		{tfjson.ActionNoop},
		{tfjson.ActionRead},
		{tfjson.ActionCreate},
		{tfjson.ActionUpdate},
		{tfjson.ActionDelete},
		{tfjson.ActionDelete, tfjson.ActionCreate},
	} {
		resources = append(resources, &tfjson.ResourceChange{Change: &tfjson.Change{Actions: a}})
	}
	if got, want := count(resources), (changes{add: 2, change: 1, destroy: 2}); got != want {
		t.Errorf("counted %s, want %s", got, want)
	}
}

func TestWrongFlagsAreExplained(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--help"}, exitOK, "--keep"},
		{[]string{"--nonsense"}, exitUsage, "nonsense"},
		{[]string{"nonsense"}, exitUsage, "nonsense"},
		{[]string{"--terraform", "/nowhere/terraform"}, exitFailed, "/nowhere/terraform"},
	} {
		var out bytes.Buffer
		if code := command(t.Context(), tc.args, &out, &out); code != tc.code || !strings.Contains(out.String(), tc.says) {
			t.Errorf("%q: exit status %d, want %d; %q should be in %s", tc.args, code, tc.code, tc.says, &out)
		}
	}
}
