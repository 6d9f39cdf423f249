// Package terraform finds a Terraform or OpenTofu, builds this module's
// programs for it, and keeps the user's own settings away from it: what the
// programs under internal/cmd share that run the real command.
package terraform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

// CLI is a terraform or tofu that is new enough. Name is what the program
// calls itself: Terraform or OpenTofu.
type CLI struct {
	Path, Name, Version string
}

// minimum are the oldest versions that run everything, by what the program
// calls itself.
var minimum = map[string][2]int{"Terraform": {1, 11}, "OpenTofu": {1, 10}}

// Registry is the host that a provider's address without one means.
var Registry = map[string]string{"Terraform": "registry.terraform.io", "OpenTofu": "registry.opentofu.org"}

// Exe is how the name of a program's file ends.
var Exe = map[bool]string{true: ".exe"}[runtime.GOOS == "windows"]

// ProviderVersion is what the provider is installed as: not a prerelease,
// which Terraform would take only where it is asked for by name.
const ProviderVersion = "0.0.1"

// ProviderFile is where the CLI looks for the provider in a mirror.
func (c CLI) ProviderFile(mirror string) string {
	return filepath.Join(mirror, Registry[c.Name], "cloudlb", "cloudlb", ProviderVersion,
		runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-cloudlb_v"+ProviderVersion+Exe)
}

// Find looks for a program that is new enough: the one named, else on PATH,
// else one that it downloads.
func Find(ctx context.Context, named string, out io.Writer) (CLI, error) {
	if named != "" {
		return probe(ctx, named)
	}
	var why []error
	for _, name := range []string{"terraform", "tofu"} {
		c, err := probe(ctx, name)
		if err == nil {
			return c, nil
		}
		why = append(why, err)
	}
	c, err := download(ctx, out)
	if err != nil {
		return CLI{}, fmt.Errorf("no terraform (1.11 or later) or tofu (1.10 or later) to run; "+
			"put one on PATH, or name it with --terraform PATH:\n%w", errors.Join(append(why, err)...))
	}
	return c, nil
}

var versionLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\d+)\.(\d+)\S*`)

// probe tells what a program is, by its name on PATH or its path.
func probe(ctx context.Context, program string) (CLI, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return CLI{}, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return CLI{}, err
	}
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+os.DevNull)
	b, err := cmd.Output()
	if err != nil {
		return CLI{}, fmt.Errorf("%s version: %w", path, err)
	}
	return parseVersion(path, string(b))
}

// parseVersion reads what the command version prints.
func parseVersion(path, printed string) (CLI, error) {
	m := versionLine.FindStringSubmatch(printed)
	if m == nil {
		return CLI{}, fmt.Errorf("%s is neither Terraform nor OpenTofu", path)
	}
	c := CLI{Path: path, Name: m[1], Version: strings.TrimPrefix(m[0], m[1]+" ")}
	var major, minor int
	if _, err := fmt.Sscan(m[2]+" "+m[3], &major, &minor); err != nil {
		return CLI{}, fmt.Errorf("%s: version %s: %w", path, c.Version, err)
	}
	if low := minimum[c.Name]; major < low[0] || major == low[0] && minor < low[1] {
		return CLI{}, fmt.Errorf("%s is %s %s, which is older than %d.%d", path, c.Name, c.Version, low[0], low[1])
	}
	return c, nil
}

// download fetches the newest Terraform, once, into the user's cache folder.
func download(ctx context.Context, out io.Writer) (CLI, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return CLI{}, err
	}
	dir := filepath.Join(cache, "terraform-provider-cloudlb")
	file := filepath.Join(dir, "terraform"+Exe)
	if c, err := probe(ctx, file); err == nil {
		return c, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return CLI{}, err
	}
	part, err := os.MkdirTemp(dir, "download-")
	if err != nil {
		return CLI{}, err
	}
	defer func() { _ = os.RemoveAll(part) }()
	fmt.Fprintf(out, "Downloading Terraform into %s ...\n", dir)
	got, err := (&releases.LatestVersion{Product: product.Terraform, InstallDir: part}).Install(ctx)
	if err != nil {
		return CLI{}, fmt.Errorf("download terraform: %w", err)
	}
	if err := os.Rename(got, file); err != nil {
		return CLI{}, err
	}
	return probe(ctx, file)
}
