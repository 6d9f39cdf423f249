package main

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
)

func TestACommandRunsOnTheCLIThatWasNamed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script")
	}
	tofu := filepath.Join(t.TempDir(), "tofu")
	if err := os.WriteFile(tofu, []byte("#!/bin/sh\necho OpenTofu v1.12.0\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	show := `echo "on $TF_ACC_TERRAFORM_PATH of $TF_ACC_PROVIDER_HOST with $TF_CLI_CONFIG_FILE"; exit 7`
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--terraform", tofu}, program.OK, tofu},
		{[]string{"--terraform", tofu, "sh", "-c", show}, 7, "on " + tofu + " of registry.opentofu.org with /"},
		{[]string{"--terraform", tofu, "true"}, program.OK, "== on OpenTofu v1.12.0 (" + tofu + ")"},
		{[]string{"--terraform", tofu, "no-such-command"}, program.Failed, "no-such-command"},
		{[]string{"--terraform", "/nowhere/terraform", "true"}, program.Failed, "/nowhere/terraform: no such file"},
		{[]string{"--nonsense"}, program.Misused, "nonsense"},
		{[]string{"--help"}, program.OK, "--quiet"},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), tc.args, &out, &out); code != tc.code || !strings.Contains(out.String(), tc.says) {
			t.Errorf("%q: exit status %d, want %d; %q should be in %s", tc.args, code, tc.code, tc.says, &out)
		}
	}
}
