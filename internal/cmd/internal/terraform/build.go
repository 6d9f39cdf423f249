package terraform

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

const module = "github.com/cloudlb/terraform-provider-cloudlb"

// ModuleRoot is the folder of this module.
func ModuleRoot(ctx context.Context) (string, error) {
	b, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("find the folder of %s (run this inside it): %w", module, err)
	}
	return strings.TrimSpace(string(b)), nil
}

// Build builds a package of the module whose folder is root into file.
func Build(ctx context.Context, root, pkg, file string, flags ...string) error {
	args := append([]string{"build", "-o", file}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	cmd.Dir = root
	cmd.Env = ownModule()
	if b, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", pkg, err, b)
	}
	return nil
}

// BuildProvider builds the provider into file.
func BuildProvider(ctx context.Context, root, file string) error {
	return Build(ctx, root, ".", file, "-ldflags=-X main.version="+ProviderVersion)
}
