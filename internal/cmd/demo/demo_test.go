package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
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
		{[]string{"--help"}, program.OK, "--keep"},
		{[]string{"--nonsense"}, program.Misused, "nonsense"},
		{[]string{"nonsense"}, program.Misused, "nonsense"},
		{[]string{"--terraform", "/nowhere/terraform"}, program.Failed, "/nowhere/terraform"},
	} {
		var out bytes.Buffer
		if code := command(t.Context(), tc.args, &out, &out); code != tc.code || !strings.Contains(out.String(), tc.says) {
			t.Errorf("%q: exit status %d, want %d; %q should be in %s", tc.args, code, tc.code, tc.says, &out)
		}
	}
}
