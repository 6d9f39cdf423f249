package acctest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// CLI is a terraform (or OpenTofu) of a test's own: the real command in a
// folder of its own, with the real provider binary as a process of its own.
type CLI struct {
	t    testing.TB
	Dir  string
	path string
	env  []string
}

// NeedsCLI skips an acceptance test where none are asked for. It comes before
// anything that the test scripts, which would otherwise be found unused.
func NeedsCLI(t testing.TB) {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("acceptance tests run with TF_ACC=1")
	}
}

// NewCLI builds the provider, once for all tests of a package, and prepares a
// folder. The test is skipped without TF_ACC.
func NewCLI(t testing.TB) *CLI {
	t.Helper()
	NeedsCLI(t)
	path := terraform(t)
	dir := t.TempDir()
	c := &CLI{t: t, Dir: dir, path: path}
	c.override(map[string]string{"cloudlb/cloudlb": c.built(binary())})
	c.env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	return c
}

// terraform is the path of the CLI that the tests run on.
func terraform(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path
	}
	path, err := exec.LookPath("terraform")
	if err != nil {
		t.Fatalf("no terraform: set TF_ACC_TERRAFORM_PATH: %v", err)
	}
	return path
}

// NeedsQuery skips an acceptance test on a CLI without the command query.
func NeedsQuery(t testing.TB) {
	t.Helper()
	NeedsCLI(t)
	if err := exec.CommandContext(t.Context(), terraform(t), "query", "-help").Run(); err != nil {
		t.Skipf("this CLI has no query command (Terraform has it from 1.14 on): %v", err)
	}
}

// override says in which folder each provider is found, by its address.
func (c *CLI) override(folders map[string]string) {
	c.t.Helper()
	var lines strings.Builder
	for address, folder := range folders {
		fmt.Fprintf(&lines, "    %q = %q\n", address, folder)
	}
	c.Write("cli.tfrc", "provider_installation {\n  dev_overrides {\n"+lines.String()+"  }\n  direct {}\n}\n")
}

// Setenv sets a variable for the commands to come.
func (c *CLI) Setenv(name, value string) { c.env = append(c.env, name+"="+value) }

// Write writes a file of the configuration.
func (c *CLI) Write(name, text string) {
	c.t.Helper()
	file := filepath.Join(c.Dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// Required is the terraform block that names the provider.
const Required = `
terraform {
  required_providers {
    cloudlb = { source = "cloudlb/cloudlb" }
  }
}
`

// Command is a command that is not started yet.
func (c *CLI) Command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(c.t.Context(), c.path, args...)
	cmd.Dir, cmd.Env = c.Dir, c.env
	return cmd
}

// Try runs a command and returns what it printed and its exit code.
func (c *CLI) Try(args ...string) (output string, code int) {
	c.t.Helper()
	var out bytes.Buffer
	cmd := c.Command(append(args, "-no-color")...)
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return out.String(), exit.ExitCode()
	}
	if err != nil {
		c.t.Fatalf("%v: %v", args, err)
	}
	return out.String(), 0
}

// Generate plans an import for which there is no configuration yet, writes that to
// generated.tf and the plan to a file of that name, and leaves the import block in
// import.tf. Terraform 1.16 looks for the provider of such a resource under
// hashicorp/, unless the block names it, which it must not afterwards.
func (c *CLI) Generate(to, id string) {
	c.t.Helper()
	block := func(more string) {
		c.Write("import.tf", fmt.Sprintf("import {\n  to = %s\n  id = %q\n%s}\n", to, id, more))
	}
	args := []string{"plan", "-generate-config-out=generated.tf", "-out=plan"}
	block("")
	out, code := c.Try(args...)
	if code != 0 && strings.Contains(out, "hashicorp/cloudlb") {
		block("  provider = cloudlb\n")
		out, code = c.Try(args...)
		block("")
	}
	if code != 0 {
		c.t.Fatalf("%v: exit code %d\n%s", args, code, out)
	}
}

// OpenTofu tells whether the tests run on OpenTofu.
func OpenTofu() bool {
	return strings.Contains(os.Getenv("TF_ACC_PROVIDER_HOST"), "opentofu")
}

// Run runs a command that must succeed.
func (c *CLI) Run(args ...string) string {
	c.t.Helper()
	out, code := c.Try(args...)
	if code != 0 {
		c.t.Fatalf("%v: exit code %d\n%s", args, code, out)
	}
	return out
}

// KillProviders kills the providers that this CLI's commands have started, as
// running out of memory does.
func (c *CLI) KillProviders() {
	c.t.Helper()
	processes, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil || len(processes) == 0 {
		c.t.Skip("processes are found in /proc only")
	}
	killed := 0
	for _, environ := range processes {
		program, err := os.Readlink(filepath.Join(filepath.Dir(environ), "exe"))
		if err != nil || filepath.Base(program) != "terraform-provider-cloudlb" {
			continue
		}
		variables, err := os.ReadFile(environ)
		if err != nil || !bytes.Contains(variables, []byte("TF_CLI_CONFIG_FILE="+c.Dir)) {
			continue // another test's
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(environ)))
		if err != nil {
			continue
		}
		if p, err := os.FindProcess(pid); err == nil && p.Kill() == nil {
			killed++
		}
	}
	if killed == 0 {
		c.t.Fatal("no provider was running")
	}
}

// binary builds the provider and returns its folder.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "cloudlb-provider-")
	if err != nil {
		return "", err
	}
	return dir, build(".", filepath.Join(dir, "terraform-provider-cloudlb"))
})

// built is the folder of what has been built.
func (c *CLI) built(dir string, err error) string {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	return dir
}

// build builds a program of the module, for all tests that come.
func build(program, to string) error {
	ctx := context.Background()
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("find the module: %w", err)
	}
	// Without the race detector, which the tests in this process have: these
	// start dozens of providers, and with it each takes a second to begin.
	cmd := exec.CommandContext(ctx, "go", "build", "-o", to, program)
	cmd.Dir = string(bytes.TrimSpace(root))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", program, err, out)
	}
	return nil
}
