// Cli finds the Terraform or OpenTofu that the tests run on, and runs a command
// with it. --help says how.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
)

const usage = `cli finds a terraform (1.11 or later) or tofu (1.10 or later), says which one, and
runs a command for whose acceptance tests that is the one: with TF_ACC_TERRAFORM_PATH
and what else they need in the environment. Without a command it prints the path.

Usage: go run ./internal/cmd/cli [flags] [COMMAND ARGUMENT...]

  --terraform PATH  the one to use (default: terraform on PATH, else tofu on PATH,
                    else it downloads Terraform, else it builds OpenTofu from the Go
                    module proxy, either once)
  --quiet           do not say which one

Exit status: the command's own; 1 when there is no CLI, 2 for wrong flags, 130 when
interrupted before it.
`

func main() { program.Main(run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p := program.New("cli", usage, stdout, stderr)
	named := p.String("terraform", "", "")
	quiet := p.Bool("quiet", false, "")
	if err := p.Parse(args, math.MaxInt, nil); err != nil {
		return p.Status(ctx, err)
	}
	c, err := terraform.Find(ctx, *named, stderr)
	if err != nil {
		return p.Status(ctx, err)
	}
	if p.NArg() == 0 {
		fmt.Fprintln(stdout, c.Path)
		return program.OK
	}
	if !*quiet {
		fmt.Fprintf(stderr, "== on %s\n", c)
	}
	root, err := terraform.ModuleRoot(ctx)
	if err != nil {
		return p.Status(ctx, err)
	}
	err = with(ctx, c.Acceptance(root), p.Args(), stdout, stderr)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode()
	}
	return p.Status(context.WithoutCancel(ctx), err)
}

// with runs a command with variables besides the environment. It is not killed at
// an interrupt, which reaches it too: what it has begun it ends in order.
func with(ctx context.Context, variables, command []string, stdout, stderr io.Writer) error {
	cmd := exec.CommandContext(context.WithoutCancel(ctx), command[0], command[1:]...)
	cmd.Env = append(os.Environ(), variables...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", command[0], err)
	}
	return nil
}
