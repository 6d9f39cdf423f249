// Package terraform finds a Terraform or OpenTofu, builds this module's
// programs for it, and keeps the user's own settings away from it: what the
// programs under internal/cmd share that run the real command.
package terraform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
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

// String names the program and where it is.
func (c CLI) String() string { return fmt.Sprintf("%s %s (%s)", c.Name, c.Version, c.Path) }

// Find looks for a program that is new enough: the one named, else terraform
// and then tofu on PATH, else one that an earlier call has got, else one that it
// downloads, else one that it builds. Out is told what takes time.
func Find(ctx context.Context, named string, out io.Writer) (CLI, error) {
	if named != "" {
		c, err := probe(ctx, named)
		if err != nil {
			return CLI{}, fmt.Errorf("the terraform or tofu that was named cannot be used: %w", err)
		}
		return c, nil
	}
	c, err := first(ctx, out, onPath("terraform"), onPath("tofu"), kept, download("", ""), build(""))
	if err != nil {
		return CLI{}, fmt.Errorf("no terraform (1.11 or later) or tofu (1.10 or later) to run; "+
			"put one on PATH, or name it with TERRAFORM=PATH or --terraform PATH:\n%w", err)
	}
	return c, nil
}

// source is a way to come by a program.
type source func(ctx context.Context, out io.Writer) (CLI, error)

// first is what the first source gives that gives any. A program that is there
// and is passed over is told to out, so that nobody wonders which one ran.
func first(ctx context.Context, out io.Writer, sources ...source) (CLI, error) {
	var why []error
	for _, get := range sources {
		c, err := get(ctx, out)
		if err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			return CLI{}, ctx.Err()
		}
		if !errors.Is(err, exec.ErrNotFound) && !errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintf(out, "Not used: %v\n", err)
		}
		why = append(why, err)
	}
	return CLI{}, errors.Join(why...)
}

// onPath is the program of a name on PATH.
func onPath(name string) source {
	return func(ctx context.Context, _ io.Writer) (CLI, error) { return probe(ctx, name) }
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
