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

// openTofu is the module of OpenTofu, and pinned the folder of a module of ours
// that says which version of it is built.
const (
	openTofu = "github.com/opentofu/opentofu"
	pinned   = "internal/tools/opentofu"
)

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
	v, err := openTofuVersion(ctx, "")
	if err != nil {
		return CLI{}, err
	}
	return probe(ctx, filepath.Join(dir, openTofuFile(v)))
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

// build builds OpenTofu from the Go module proxy and keeps it in the cache. The
// query is a version as the go command takes it, such as v1.10 for the newest of
// 1.10; without one it is what the pinned module requires.
//
// OpenTofu is built in the folder that Go has unpacked it in, as its makers build
// it: with their replacements, which count in no other module, and against their
// go.sum. It is itself checked by our go.sum, or by Go's checksum database.
func build(query string) source {
	return func(ctx context.Context, out io.Writer) (CLI, error) {
		v, err := openTofuVersion(ctx, query)
		if err != nil {
			return CLI{}, err
		}
		dir, err := cache()
		if err != nil {
			return CLI{}, err
		}
		file := filepath.Join(dir, openTofuFile(v))
		if c, err := probe(ctx, file); err == nil {
			return c, nil
		}
		fmt.Fprintf(out, "Building OpenTofu %s from the Go module proxy into %s; the first time it takes some minutes ...\n", v, dir)
		b, err := inPinned(ctx, "mod", "download", "-json", openTofu+"@"+v)
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
		made := filepath.Join(part, "tofu"+Exe)
		flags := "-ldflags=-s -w -X " + openTofu + "/version.dev=no" // it calls itself -dev otherwise
		if err := Build(ctx, unpacked.Dir, "./cmd/tofu", made, flags); err != nil {
			return CLI{}, err
		}
		if err := os.Rename(made, file); err != nil {
			return CLI{}, err
		}
		return probe(ctx, file)
	}
}

func openTofuFile(v string) string { return "tofu-" + strings.TrimPrefix(v, "v") + Exe }

// openTofuVersion is the version that a query means.
func openTofuVersion(ctx context.Context, query string) (string, error) {
	what := openTofu
	if query != "" {
		what += "@" + query
	}
	b, err := inPinned(ctx, "list", "-m", "-f", "{{.Version}}", what)
	return strings.TrimSpace(string(b)), err
}

// inPinned runs the go command in the pinned module, and returns what it prints.
func inPinned(ctx context.Context, args ...string) ([]byte, error) {
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
