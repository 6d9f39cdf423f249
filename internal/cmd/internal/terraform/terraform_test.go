package terraform

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
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
		"ALICLOUD_REGION=x", "ALIBABA_CLOUD_REGION=x", "ALIBABACLOUD_ACCESS_KEY_ID=x", "SLB_ENDPOINT=x", "ALB_ENDPOINT=x", "NLB_ENDPOINT=x", "OS_REGION_NAME=x",
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

// programs is a folder of stand-ins that print what each is to print.
func programs(t *testing.T, printed map[string]string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins are shell scripts")
	}
	dir := t.TempDir()
	for name, says := range printed {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\necho "+says+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWhichProgramIsTaken(t *testing.T) {
	for name, tc := range map[string]struct {
		path map[string]string
		want string // the program's version
		says string // to out
	}{
		"both on PATH":         {map[string]string{"terraform": "Terraform v1.14.0", "tofu": "OpenTofu v1.12.0"}, "Terraform v1.14.0", ""},
		"tofu on PATH":         {map[string]string{"tofu": "OpenTofu v1.12.0"}, "OpenTofu v1.12.0", ""},
		"an old one passed by": {map[string]string{"terraform": "Terraform v1.9.0", "tofu": "OpenTofu v1.12.0"}, "OpenTofu v1.12.0", "older than 1.11"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", programs(t, tc.path))
			var out bytes.Buffer
			c, err := Find(t.Context(), "", &out)
			if got := c.Name + " " + c.Version; err != nil || got != tc.want || !strings.Contains(out.String(), tc.says) {
				t.Errorf("%s, %v, want %s; said %q, want %q in it", got, err, tc.want, &out, tc.says)
			}
		})
	}
}

func TestOneThatIsNamedIsTheOneOrNone(t *testing.T) {
	dir := programs(t, map[string]string{"terraform": "Terraform v1.14.0", "old": "Terraform v1.9.0"})
	t.Setenv("PATH", dir)
	for named, want := range map[string]string{
		filepath.Join(dir, "missing"): "no such file",
		filepath.Join(dir, "old"):     "older than 1.11",
		"elsewhere":                   "not found in $PATH",
	} {
		if c, err := Find(t.Context(), named, io.Discard); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), named) {
			t.Errorf("%s: %s, %v; want an error with %q", named, c, err, want)
		}
	}
}

func TestTheNextSourceIsAskedAndTheReasonsAreKept(t *testing.T) {
	t.Parallel()
	none := func(err error) source {
		return func(context.Context, io.Writer) (CLI, error) { return CLI{}, err }
	}
	offline := errors.New("download terraform: no such host")
	var out bytes.Buffer
	c, err := first(t.Context(), &out, none(fs.ErrNotExist), none(offline), func(context.Context, io.Writer) (CLI, error) { return CLI{Path: "built"}, nil })
	if err != nil || c.Path != "built" || out.String() != "Not used: download terraform: no such host\n" {
		t.Errorf("%v, %v; said %q", c, err, &out)
	}
	if _, err := first(t.Context(), io.Discard, none(fs.ErrNotExist), none(offline)); !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, offline) {
		t.Errorf("%v, want both reasons", err)
	}
}

// What is pinned must be found without the network.
func TestThePinnedOpenTofuHasAVersion(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	v, err := openTofuVersion(t.Context(), "")
	if err != nil || !strings.HasPrefix(v, "v1.") {
		t.Errorf("%q, %v", v, err)
	}
}
