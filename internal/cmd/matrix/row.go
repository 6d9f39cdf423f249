package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
)

// row is what came of one CLI.
type row struct {
	asked   string
	cli     terraform.CLI // zero where none could be had
	count   count
	failure error // why there is no CLI, or what else than a test went wrong
}

// count is how many tests, without their subtests, ended how.
type count struct {
	passed, failed, skipped int
	took                    time.Duration
}

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output string
}

// test runs the acceptance tests of the module in root on one CLI. What failed
// tests and packages print goes to out.
func test(ctx context.Context, root, pattern string, c terraform.CLI, out io.Writer) (n count, err error) {
	begun := time.Now()
	defer func() { n.took = time.Since(begun) }()
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-timeout=20m", "-parallel=4", "-run", pattern, "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), c.Acceptance(root)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	cmd.Stderr = out
	events, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return n, fmt.Errorf("start go test: %w", err)
	}
	broken, readErr := n.read(events, out)
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && n.failed > 0 && len(broken) == 0 {
		err = nil // the failed tests say it
	}
	if len(broken) > 0 {
		err = errors.Join(fmt.Errorf("not tested to the end: %s", strings.Join(broken, " ")), err)
	}
	return n, errors.Join(readErr, err)
}

// read counts the tests that end in a stream of events, and returns the packages
// that failed with no test to blame.
func (n *count) read(events io.Reader, out io.Writer) (broken []string, err error) {
	said := map[[2]string]*strings.Builder{} // by package and test
	blamed := map[string]bool{}
	lines := bufio.NewScanner(events)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Fprintf(out, "%s\n", lines.Text()) // what the compiler says
			continue
		}
		name, _, sub := strings.Cut(e.Test, "/")
		key := [2]string{e.Package, name}
		if said[key] == nil {
			said[key] = &strings.Builder{}
		}
		said[key].WriteString(e.Output)
		ended := e.Action == "pass" || e.Action == "fail" || e.Action == "skip"
		if !ended || sub {
			continue
		}
		if e.Action == "fail" {
			fmt.Fprint(out, said[key])
		}
		delete(said, key)
		switch {
		case name == "" && e.Action == "fail" && !blamed[e.Package]:
			broken = append(broken, e.Package)
		case name == "":
		case e.Action == "pass":
			n.passed++
		case e.Action == "skip":
			n.skipped++
		default:
			n.failed++
			blamed[e.Package] = true
		}
	}
	return broken, lines.Err()
}

// table prints the rows.
func table(out io.Writer, rows []row) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CLI\tVERSION\tPASSED\tFAILED\tSKIPPED\tSECONDS\t")
	for _, r := range rows {
		if r.cli.Path == "" {
			fmt.Fprintf(w, "%s\tnone\t\t\t\t\t\n", r.asked)
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%.0f\t\n", r.cli.Name, r.cli.Version, r.count.passed, r.count.failed, r.count.skipped, r.count.took.Seconds())
	}
	_ = w.Flush()
	for _, r := range rows {
		if r.failure != nil {
			fmt.Fprintf(out, "\n%s: %v\n", r.asked, r.failure)
		}
	}
}

// verdict is the exit status.
func verdict(rows []row) int {
	ran := 0
	for _, r := range rows {
		if r.count.failed > 0 || r.cli.Path != "" && r.failure != nil {
			return program.Failed
		}
		ran += r.count.passed
	}
	if ran == 0 {
		return program.Failed
	}
	return program.OK
}
