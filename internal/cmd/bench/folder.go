package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
)

// tools are what every folder uses.
type tools struct {
	cli  terraform.CLI
	temp string
	rc   string // the CLI configuration
}

// prepare builds the provider and tells Terraform where it is.
func prepare(ctx context.Context, temp string, cli terraform.CLI) (*tools, error) {
	t := &tools{cli: cli, temp: temp, rc: filepath.Join(temp, "terraformrc")}
	root, err := terraform.ModuleRoot(ctx)
	if err != nil {
		return nil, err
	}
	ours := filepath.Join(temp, "cloudlb")
	if err := terraform.BuildProvider(ctx, root, filepath.Join(ours, "terraform-provider-cloudlb"+terraform.Exe)); err != nil {
		return nil, err
	}
	rc := fmt.Sprintf("disable_checkpoint = true\n\nprovider_installation {\n  dev_overrides {\n    \"cloudlb/cloudlb\" = %q\n  }\n}\n", filepath.ToSlash(ours))
	if err := os.WriteFile(t.rc, []byte(rc), 0o600); err != nil {
		return nil, fmt.Errorf("write the CLI configuration: %w", err)
	}
	return t, nil
}

// folder is a configuration that Terraform runs in. It needs no init: its
// providers are built in or overridden.
type folder struct {
	cli         terraform.CLI
	dir         string
	env         []string
	parallelism int
}

func (t *tools) folder(config string, env []string, parallelism int) (*folder, error) {
	dir, err := os.MkdirTemp(t.temp, "run-")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	f := &folder{cli: t.cli, dir: dir, parallelism: parallelism}
	for k, v := range terraform.Environment(os.Environ(), t.rc) {
		f.env = append(f.env, k+"="+v)
	}
	f.env = append(f.env, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	f.env = append(f.env, env...)
	return f, nil
}

// ran is how a command went.
type ran struct {
	output string
	code   int
	took   time.Duration
}

// run runs a command: plan, apply or destroy.
func (f *folder) run(ctx context.Context, p phase) (ran, error) {
	args := slices.Concat(p.args, []string{
		"-input=false", "-no-color", fmt.Sprintf("-parallelism=%d", f.parallelism), fmt.Sprintf("-var=weight=%d", p.weight),
	})
	cmd := exec.CommandContext(ctx, f.cli.Path, args...)
	cmd.Dir, cmd.Env = f.dir, f.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 20 * time.Second
	if runtime.GOOS != "windows" {
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	}
	begun := time.Now()
	err := cmd.Run()
	r := ran{output: out.String(), took: time.Since(begun), code: cmd.ProcessState.ExitCode()}
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		return r, fmt.Errorf("terraform %s: %w", strings.Join(args, " "), err)
	}
	return r, ctx.Err()
}

// phase is one command of a piece of work, and what the group is to hold
// after it.
type phase struct {
	name   string
	args   []string
	weight int
	full   bool // the members are in, with the weight
	others int  // so many of them have another weight
}

// phases are what is done with the members of a group.
var phases = []phase{
	{name: "create", args: []string{"apply", "-auto-approve"}, weight: 10, full: true},
	{name: "plan with no change", args: []string{"plan", "-detailed-exitcode"}, weight: 10, full: true},
	{name: "weight change of all", args: []string{"apply", "-auto-approve"}, weight: 50, full: true},
	{name: "destroy", args: []string{"destroy", "-auto-approve"}, weight: 50},
}
