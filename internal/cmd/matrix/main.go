// Matrix runs the acceptance tests on every Terraform and OpenTofu that this
// provider promises to work on and that can be had. --help says how.
package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
)

// promised are the oldest versions that run everything, those in which Terraform
// learned something that the provider uses, and the newest.
var promised = []string{"terraform@1.11", "terraform@1.13", "terraform@1.15", "terraform@1.16", "tofu@1.10", "tofu@1.12"}

const usage = `matrix runs the acceptance tests on one CLI after the other and ends with a table.

Usage: go run ./internal/cmd/matrix [flags] [CLI...]

A CLI is the path of a terraform or tofu, or the newest of a minor version, such as
terraform@1.13 or tofu@1.10: the one on PATH if it is of that version, else it is
downloaded, else built from the Go module proxy, and kept. Without any:
  %s

  --run PATTERN  which tests (default ^TestAcc)

Exit status: 0 when no test failed, 1 when one did or no CLI could be had, 2 for
wrong flags, 130 when interrupted. A CLI that cannot be had is a row of the table.
`

func main() { program.Main(run) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	p := program.New("matrix", fmt.Sprintf(usage, strings.Join(promised, " ")), stdout, stderr)
	pattern := p.String("run", "^TestAcc", "")
	if err := p.Parse(args, math.MaxInt, nil); err != nil {
		return p.Status(ctx, err)
	}
	which := p.Args()
	if len(which) == 0 {
		which = promised
	}
	root, err := terraform.ModuleRoot(ctx)
	if err != nil {
		return p.Status(ctx, err)
	}
	var rows []row
	for _, w := range which {
		r := row{asked: w}
		if r.cli, r.failure = find(ctx, w, stdout); r.failure == nil {
			fmt.Fprintf(stdout, "== on %s\n", r.cli)
			r.count, r.failure = test(ctx, root, *pattern, r.cli, stdout)
		}
		if ctx.Err() != nil {
			return p.Status(ctx, nil)
		}
		rows = append(rows, r)
	}
	fmt.Fprintln(stdout)
	table(stdout, rows)
	return verdict(rows)
}

// find is the CLI that an argument means.
func find(ctx context.Context, which string, out io.Writer) (terraform.CLI, error) {
	if strings.Contains(which, "@") {
		return terraform.Minor(ctx, which, out)
	}
	return terraform.Named(ctx, which)
}
