// Cli finds the Terraform or OpenTofu that the tests run on, and runs a command
// with it. --help says how.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

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

Exit status: the command's own; 1 when there is no CLI, 2 for wrong flags.
`

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the program at once
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("cli", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	named := f.String("terraform", "", "")
	quiet := f.Bool("quiet", false, "")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitOK
	} else if err != nil {
		fmt.Fprintf(stderr, "cli: %v\n--help lists the flags.\n", err)
		return exitUsage
	}
	c, err := terraform.Find(ctx, *named, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "cli: %v\n", err)
		return exitFailed
	}
	if f.NArg() == 0 {
		fmt.Fprintln(stdout, c.Path)
		return exitOK
	}
	if !*quiet {
		fmt.Fprintf(stderr, "== on %s\n", c)
	}
	return with(ctx, c, f.Args(), stdout, stderr)
}

// with runs a command with the environment of acceptance tests on c. It is not
// killed at an interrupt, which reaches it too: what it has begun it ends in order.
func with(ctx context.Context, c terraform.CLI, command []string, stdout, stderr io.Writer) int {
	root, err := terraform.ModuleRoot(ctx)
	if err != nil {
		fmt.Fprintf(stderr, "cli: %v\n", err)
		return exitFailed
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), command[0], command[1:]...)
	cmd.Env = append(os.Environ(), c.Acceptance(root)...)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintf(stderr, "cli: %s: %v\n", command[0], err)
		return exitFailed
	}
	return exitOK
}
