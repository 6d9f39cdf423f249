// Bench does fixed work on the simulated clouds with a real Terraform, counts
// the calls that the clouds got, takes the times, and prints both beside their
// bounds. --help says how.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

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

// Exit statuses.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

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

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second signal ends the program at once
	}()
	if len(os.Args) > 1 && os.Args[1] == childCommand {
		if err := child(ctx, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitFailed)
		}
		return
	}
	os.Exit(command(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.only, "only", "", "")
	f.IntVar(&o.members, "members", 200, "")
	f.BoolVar(&o.noBounds, "no-bounds", false, "")
	f.BoolVar(&o.verbose, "verbose", false, "")
	f.StringVar(&o.terraform, "terraform", "", "")
	err := f.Parse(args)
	var chosen []work
	if err == nil {
		chosen, err = choose(o.only)
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		var list strings.Builder
		for _, w := range works {
			fmt.Fprintf(&list, "                      %-9s %s\n", w.name, strings.ReplaceAll(w.title, "%d", "N"))
		}
		fmt.Fprintf(stdout, usage, strings.TrimRight(list.String(), "\n"))
		return exitOK
	case err == nil && f.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", f.Arg(0))
	case err == nil && (o.members < 1 || o.members > maxMembers):
		err = fmt.Errorf("--members must be 1 to %d", maxMembers)
	}
	if err != nil {
		fmt.Fprintf(stderr, "bench: %v\n--help lists the flags.\n", err)
		return exitUsage
	}
	rows, err := run(ctx, o, chosen, stdout)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "bench: interrupted")
		return exitInterrupted
	case err != nil:
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return exitFailed
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
		return exitOK
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
		return exitOK
	}
	return exitFailed
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
