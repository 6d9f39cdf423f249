// Bench does fixed work on the simulated clouds with a real Terraform, counts
// the calls that the clouds got, takes the times, and prints both beside their
// bounds. --help says how.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
)

const usage = `bench does fixed work on every cloud, simulated in this process, with a real
Terraform and the provider as it is built from this module, counts the calls
that the clouds got and takes the times. It needs Go and no account. A write
takes 200 ms and holds its lock meanwhile; a read takes 20 ms.

Usage: go run ./internal/cmd/bench [flags]

  --only NAME,...   the work to do (default: all):
%s
  --members N       members in a group (default 200)
  --no-bounds       only print: a bound that is missed is no failure
  --verbose         print every call
  --terraform PATH  the terraform (1.11 or later) or tofu (1.10 or later) to use
                    (default: the one on PATH, else one that it downloads or builds once)

Exit status: 0 when all is within its bounds, 1 when something is not or some
work failed, 2 for wrong flags, 130 when interrupted.
`

type options struct {
	only, terraform   string
	members           int
	noBounds, verbose bool
}

// work is one of the things that the bench does.
type work struct {
	name, title string // %d in the title: the members
	do          func(*bench, context.Context) ([]row, error)
}

var works = []work{
	{"tens", "%d members of a group, 10 at a time", (*bench).byTens},
	{"at-once", "%d members of a group, all at a time", (*bench).atOnce},
	{"groups", "10 groups of %d members, all at a time, by the plugin protocol", (*bench).manyGroups},
	{"sets", "%d members in one resource", (*bench).sets},
	{"large-set", "2000 members in one resource, where calls take most", (*bench).largeSet},
	{"bad", "one bad member among twenty", (*bench).oneBad},
	{"throttle", "twenty members while the cloud throttles everything for 30 s", (*bench).throttled},
}

func (w work) heading(members int) string {
	if strings.Contains(w.title, "%d") {
		return fmt.Sprintf(w.title, members)
	}
	return w.title
}

func main() { program.Main(command) }

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var list strings.Builder
	for _, w := range works {
		fmt.Fprintf(&list, "                      %-9s %s\n", w.name, strings.ReplaceAll(w.title, "%d", "N"))
	}
	p := program.New("bench", fmt.Sprintf(usage, strings.TrimRight(list.String(), "\n")), stdout, stderr)
	if len(args) > 0 && args[0] == childCommand {
		return p.Status(ctx, child(ctx, os.Stdin, stdout))
	}
	var o options
	p.StringVar(&o.only, "only", "", "")
	p.IntVar(&o.members, "members", 200, "")
	p.BoolVar(&o.noBounds, "no-bounds", false, "")
	p.BoolVar(&o.verbose, "verbose", false, "")
	p.StringVar(&o.terraform, "terraform", "", "")
	var chosen []work
	err := p.Parse(args, 0, func() (err error) {
		if o.members < 1 || o.members > maxMembers {
			return fmt.Errorf("--members must be 1 to %d", maxMembers)
		}
		chosen, err = choose(o.only)
		return err
	})
	if err != nil {
		return p.Status(ctx, err)
	}
	rows, err := run(ctx, o, chosen, stdout)
	if err != nil || ctx.Err() != nil {
		return p.Status(ctx, err)
	}
	return conclude(rows, o.noBounds, stdout)
}

// choose picks the work named; all of it for "".
func choose(only string) ([]work, error) {
	if only == "" {
		return works, nil
	}
	var chosen []work
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(works, func(w work) bool { return w.name == name })
		if i < 0 {
			return nil, fmt.Errorf("--only: there is no %q", name)
		}
		chosen = append(chosen, works[i])
	}
	return chosen, nil
}

// conclude says what was missed and gives the exit status.
func conclude(rows []row, noBounds bool, out io.Writer) int {
	bad := missed(rows)
	if len(bad) == 0 {
		fmt.Fprintln(out, "\nAll within bounds.")
		return program.OK
	}
	fmt.Fprintf(out, "\nNot as it should be:\n")
	for _, r := range bad {
		what := r.Failed
		if what == "" {
			what = fmt.Sprintf("%s, at most %s", number(r.Value, r.Unit), number(*r.Bound, r.Unit))
		}
		fmt.Fprintf(out, "  %s: %s: %s: %s\n", r.Work, r.Phase, r.Measure, what)
	}
	if noBounds {
		return program.OK
	}
	return program.Failed
}

// run prepares everything, does the work and cleans up.
func run(ctx context.Context, o options, chosen []work, out io.Writer) (rows []row, err error) {
	begun := time.Now()
	temp, err := os.MkdirTemp("", "cloudlb-bench-")
	if err != nil {
		return nil, fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	cli, err := terraform.Find(ctx, o.terraform, out)
	if err != nil {
		return nil, err
	}
	t, err := prepare(ctx, temp, cli)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "%s %s; provider built in %.1f s; %d cores%s\n", cli.Name, cli.Version, time.Since(begun).Seconds(), runtime.NumCPU(), load())
	b := &bench{tools: t, out: out, verbose: o.verbose, members: o.members}
	for _, w := range chosen {
		got, err := w.do(b, ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.name, err)
		}
		for i := range got {
			got[i].Work = w.name
			got[i] = got[i].judge()
		}
		write(out, w.name+": "+w.heading(o.members), got)
		rows = append(rows, got...)
	}
	fmt.Fprintf(out, "\nTook %.0f s%s.\n", time.Since(begun).Seconds(), load())
	return rows, nil
}

// load is the machine's load averages, which the times and the sizes of the
// batches depend on; nothing where the system does not tell it in Linux's way.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(b)); err == nil && len(fields) >= 3 {
		return ", load " + strings.Join(fields[:3], " ")
	}
	return ""
}
