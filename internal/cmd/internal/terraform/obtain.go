package terraform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

// goModule is where the Go module proxy has the source of a program.
type goModule struct{ name, path, command string }

var (
	openTofu  = goModule{"tofu", "github.com/opentofu/opentofu", "./cmd/tofu"}
	hashicorp = goModule{"terraform", "github.com/hashicorp/terraform", "."}
)

// pinned is the folder of the module that says which OpenTofu is built.
const pinned = "internal/tools/opentofu"

// cache is the user's folder for programs that were downloaded or built.
func cache() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "terraform-provider-cloudlb")
	return dir, os.MkdirAll(dir, 0o755)
}

// kept is what an earlier download of the newest Terraform, or an earlier build
// of the pinned OpenTofu, has left.
func kept(ctx context.Context, _ io.Writer) (CLI, error) {
	dir, err := cache()
	if err != nil {
		return CLI{}, err
	}
	if c, err := probe(ctx, filepath.Join(dir, "terraform"+Exe)); err == nil {
		return c, nil
	}
	v, err := openTofu.version(ctx, "")
	if err != nil {
		return CLI{}, err
	}
	return probe(ctx, filepath.Join(dir, openTofu.file(v)))
}

// download fetches Terraform from its maker, which signs it, and keeps it in the
// cache: the newest that meets a constraint, under the program's name and suffix.
func download(suffix, constraint string) source {
	return func(ctx context.Context, out io.Writer) (CLI, error) {
		dir, err := cache()
		if err != nil {
			return CLI{}, err
		}
		file := filepath.Join(dir, "terraform"+suffix+Exe)
		if c, err := probe(ctx, file); err == nil {
			return c, nil
		}
		part, err := os.MkdirTemp(dir, "download-")
		if err != nil {
			return CLI{}, err
		}
		defer func() { _ = os.RemoveAll(part) }()
		newest := &releases.LatestVersion{Product: product.Terraform, InstallDir: part}
		if constraint != "" {
			if newest.Constraints, err = version.NewConstraint(constraint); err != nil {
				return CLI{}, err
			}
		}
		fmt.Fprintf(out, "Downloading terraform%s into %s ...\n", suffix, dir)
		got, err := newest.Install(ctx)
		if err != nil {
			return CLI{}, fmt.Errorf("download terraform: %w", err)
		}
		if err := os.Rename(got, file); err != nil {
			return CLI{}, err
		}
		return probe(ctx, file)
	}
}

// build builds a program from the Go module proxy and keeps it in the cache. The
// query is a version as the go command takes it, such as v1.10 for the newest of
// 1.10; without one it is what the pinned module requires.
//
// The module is built in the folder that Go has unpacked it in, as its makers
// build it: with their replacements, which count in no other module, and against
// their go.sum. The module itself is checked by ours, or by Go's checksum database.
func build(m goModule, query string) source {
	return func(ctx context.Context, out io.Writer) (CLI, error) {
		v, err := m.version(ctx, query)
		if err != nil {
			return CLI{}, err
		}
		dir, err := cache()
		if err != nil {
			return CLI{}, err
		}
		file := filepath.Join(dir, m.file(v))
		if c, err := probe(ctx, file); err == nil {
			return c, nil
		}
		fmt.Fprintf(out, "Building %s %s from the Go module proxy into %s; the first time it takes some minutes ...\n", m.name, v, dir)
		b, err := inModule(ctx, "mod", "download", "-json", m.path+"@"+v)
		if err != nil {
			return CLI{}, err
		}
		var unpacked struct{ Dir string }
		if err := json.Unmarshal(b, &unpacked); err != nil {
			return CLI{}, fmt.Errorf("read what go mod download says: %w", err)
		}
		part, err := os.MkdirTemp(dir, "build-")
		if err != nil {
			return CLI{}, err
		}
		defer func() { _ = os.RemoveAll(part) }()
		made := filepath.Join(part, m.name+Exe)
		flags := "-ldflags=-s -w -X " + m.path + "/version.dev=no" // it calls itself -dev otherwise
		if err := Build(ctx, unpacked.Dir, m.command, made, flags); err != nil {
			return CLI{}, err
		}
		if err := os.Rename(made, file); err != nil {
			return CLI{}, err
		}
		return probe(ctx, file)
	}
}

func (m goModule) file(v string) string { return m.name + "-" + strings.TrimPrefix(v, "v") + Exe }

// version is the version that a query means.
func (m goModule) version(ctx context.Context, query string) (string, error) {
	what := m.path
	if query != "" {
		what += "@" + query
	}
	b, err := inModule(ctx, "list", "-m", "-f", "{{.Version}}", what)
	return strings.TrimSpace(string(b)), err
}

// inModule runs the go command in the pinned module, and returns what it prints.
func inModule(ctx context.Context, args ...string) ([]byte, error) {
	root, err := ModuleRoot(ctx)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = filepath.Join(root, pinned)
	cmd.Env = ownModule()
	b, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
	}
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return b, nil
}

// ownModule is an environment in which the go command keeps to the module of its
// folder, whatever workspace or flags somebody has set.
func ownModule() []string { return append(os.Environ(), "GOWORK=off", "GOFLAGS=") }
