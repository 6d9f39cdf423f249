package main

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

// cli is a terraform or tofu that is new enough.
type cli struct {
	path, name, version string
}

// minimum are the oldest versions that run everything, by what the program
// calls itself.
var minimum = map[string][2]int{"Terraform": {1, 11}, "OpenTofu": {1, 10}}

// registry is the host that a provider's address without one means.
var registry = map[string]string{"Terraform": "registry.terraform.io", "OpenTofu": "registry.opentofu.org"}

var exe = map[bool]string{true: ".exe"}[runtime.GOOS == "windows"]

// providerVersion is what the provider is installed as: not a prerelease,
// which Terraform would take only where it is asked for by name.
const providerVersion = "0.0.1"

// providerFile is where the CLI looks for the provider in a mirror.
func (c cli) providerFile(mirror string) string {
	return filepath.Join(mirror, registry[c.name], "cloudlb", "cloudlb", providerVersion,
		runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-cloudlb_v"+providerVersion+exe)
}

// findCLI looks for a program that is new enough: the one named, else on PATH,
// else one that it downloads.
func findCLI(ctx context.Context, named string, out io.Writer) (cli, error) {
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
		return cli{}, fmt.Errorf("no terraform (1.11 or later) or tofu (1.10 or later) to run; "+
			"put one on PATH, or name it with --terraform PATH:\n%w", errors.Join(append(why, err)...))
	}
	return c, nil
}

var versionLine = regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v(\d+)\.(\d+)\S*`)

// probe tells what a program is, by its name on PATH or its path.
func probe(ctx context.Context, program string) (cli, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return cli{}, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return cli{}, err
	}
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(os.Environ(), "CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE="+os.DevNull)
	b, err := cmd.Output()
	if err != nil {
		return cli{}, fmt.Errorf("%s version: %w", path, err)
	}
	return parseVersion(path, string(b))
}

// parseVersion reads what the command version prints.
func parseVersion(path, printed string) (cli, error) {
	m := versionLine.FindStringSubmatch(printed)
	if m == nil {
		return cli{}, fmt.Errorf("%s is neither Terraform nor OpenTofu", path)
	}
	c := cli{path: path, name: m[1], version: strings.TrimPrefix(m[0], m[1]+" ")}
	var major, minor int
	if _, err := fmt.Sscan(m[2]+" "+m[3], &major, &minor); err != nil {
		return cli{}, fmt.Errorf("%s: version %s: %w", path, c.version, err)
	}
	if low := minimum[c.name]; major < low[0] || major == low[0] && minor < low[1] {
		return cli{}, fmt.Errorf("%s is %s %s, which is older than %d.%d", path, c.name, c.version, low[0], low[1])
	}
	return c, nil
}

// download fetches the newest Terraform, once, into the user's cache folder.
func download(ctx context.Context, out io.Writer) (cli, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return cli{}, err
	}
	dir := filepath.Join(cache, "terraform-provider-cloudlb")
	file := filepath.Join(dir, "terraform"+exe)
	if c, err := probe(ctx, file); err == nil {
		return c, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cli{}, err
	}
	part, err := os.MkdirTemp(dir, "download-")
	if err != nil {
		return cli{}, err
	}
	defer func() { _ = os.RemoveAll(part) }()
	fmt.Fprintf(out, "Downloading Terraform into %s ...\n", dir)
	got, err := (&releases.LatestVersion{Product: product.Terraform, InstallDir: part}).Install(ctx)
	if err != nil {
		return cli{}, fmt.Errorf("download terraform: %w", err)
	}
	if err := os.Rename(got, file); err != nil {
		return cli{}, err
	}
	return probe(ctx, file)
}
