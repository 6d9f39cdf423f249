// Traffic replaces all backends behind a listener of each simulated cloud while
// a steady load goes through it, with a real Terraform, and counts the requests
// that fail. --help says how.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

const usage = `traffic sends a steady load over kept-alive connections through a listener of
each cloud, simulated in this process, to real HTTP servers: 2 %% of the requests
take 2 s, the others 4 ms. Meanwhile it runs a real Terraform with the provider
as it is built from this module, whose apply replaces the three blue servers with
three green ones. A green server takes 2 s to boot from when it is added. A blue
one is destroyed at once when it has been removed, with the requests that it is
at. It needs Go and no account.

Scenarios: with "graceful" new servers are waited for and old ones are drained,
and no request may fail; with "plain" neither, and requests must fail. "steps",
which has to be named, replaces nobody: blue and green are both there, and in
five applies green gets 10, 25, 50, 90 and 100 %% of the traffic. No request may
fail, and each step's traffic must be its share.

Usage: go run ./internal/cmd/traffic [flags]

  --cloud NAME        %s (default: all)
  --scenario NAME     graceful, plain or steps (default: the first two)
  --runs N            how often to do each (default 1)
  --rate N            requests a second (default 500)
  --propagation TIME  how long a change takes to reach the listener (default 0;
                      Huawei Cloud documents up to 5 s)
  --single            use the resources for one member, not those for many;
                      for the plain scenario: their order is Terraform's
  --json FILE         write all figures to FILE
  --svg FILE          draw a picture to FILE; with several clouds or runs their
                      names come before the file's extension
  --terraform PATH    the terraform (1.11 or later) or tofu (1.10 or later) to use
                      (default: the one on PATH, else one that it downloads or builds once)

Exit status: 0 when each run showed what it should, 1 when one did not or could
not be made, 2 for wrong flags, 130 when interrupted.
`

type options struct {
	cloud, scenario, json, svg, terraform string
	runs, rate                            int
	propagation                           time.Duration
	single                                bool
}

func main() { program.Main(command) }

// check says what is wrong with the flags' values.
func (o *options) check() error {
	switch {
	case !slices.Contains(append(products(), ""), o.cloud):
		return fmt.Errorf("--cloud: there is no %q", o.cloud)
	case !slices.Contains([]string{"", graceful, plain, steps}, o.scenario):
		return fmt.Errorf("--scenario: there is no %q", o.scenario)
	case o.runs < 1:
		return errors.New("--runs must be 1 or more")
	case o.rate < 1:
		return errors.New("--rate must be 1 or more")
	case o.propagation < 0:
		return errors.New("--propagation must not be negative")
	case o.single && o.scenario != plain:
		return errors.New("--single needs --scenario plain")
	}
	return nil
}

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	p := program.New("traffic", fmt.Sprintf(usage, strings.Join(products(), " or ")), stdout, stderr)
	p.StringVar(&o.cloud, "cloud", "", "")
	p.StringVar(&o.scenario, "scenario", "", "")
	p.IntVar(&o.runs, "runs", 1, "")
	p.IntVar(&o.rate, "rate", 500, "")
	p.DurationVar(&o.propagation, "propagation", 0, "")
	p.BoolVar(&o.single, "single", false, "")
	p.StringVar(&o.json, "json", "", "")
	p.StringVar(&o.svg, "svg", "", "")
	p.StringVar(&o.terraform, "terraform", "", "")
	if err := p.Parse(args, 0, o.check); err != nil {
		return p.Status(ctx, err)
	}
	results, err := run(ctx, o, stdout)
	if err != nil || ctx.Err() != nil {
		return p.Status(ctx, err)
	}
	return conclude(results, stdout)
}

// busy is a 95th percentile, in milliseconds, that only a machine with too much
// to do has.
const busy = 500

// conclude says which runs did not show what they should.
func conclude(results []*result, out io.Writer) int {
	code := program.OK
	for _, r := range results {
		if r.Latency.NineFive > busy {
			fmt.Fprintf(out, "\n%s, %s, run %d: of the answers, of which 2 %% take long, 5 %% took %.0f ms or more: this machine was too busy to tell much.\n",
				r.Cloud, r.Scenario, r.Run, r.Latency.NineFive)
		}
		if why := r.judge(); why != "" {
			fmt.Fprintf(out, "\nNot as it should be: %s, %s, run %d: %s.\n", r.Cloud, r.Scenario, r.Run, why)
			code = program.Failed
		}
	}
	if code == program.OK {
		fmt.Fprintln(out, "\nAll as it should be.")
	}
	return code
}

// run prepares everything, makes the runs and cleans up.
func run(ctx context.Context, o options, out io.Writer) (results []*result, err error) {
	temp, err := os.MkdirTemp("", "cloudlb-traffic-")
	if err != nil {
		return nil, fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	cli, err := terraform.Find(ctx, o.terraform, out)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "Building the provider ...\n")
	t, err := prepare(ctx, temp, cli, o)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "%s, %d requests a second\n", cli, o.rate)
	for _, product := range stages.Products() {
		if o.cloud != "" && o.cloud != product.Name {
			continue
		}
		for _, scenario := range either(o.scenario, plain, graceful) {
			for n := range o.runs {
				fmt.Fprintf(out, "%s, %s, run %d ...", product.Name, scenario, n+1)
				r, err := t.run(ctx, product, scenario, n+1)
				if err != nil {
					fmt.Fprintln(out)
					return nil, fmt.Errorf("%s, %s, run %d: %w", product.Name, scenario, n+1, err)
				}
				fmt.Fprintf(out, " %d of %d requests failed\n", r.Failed, r.Requests)
				results = append(results, r)
			}
		}
	}
	fmt.Fprintln(out)
	table(out, results)
	if o.json != "" {
		b, err := json.MarshalIndent(results, "", "  ")
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(o.json, append(b, '\n'), 0o644); err != nil {
			return nil, fmt.Errorf("write the figures: %w", err)
		}
	}
	if o.svg != "" {
		return results, draw(o.svg, results)
	}
	return results, nil
}

// either is the one that is named, or all.
func either(named string, all ...string) []string {
	if named != "" {
		return []string{named}
	}
	return all
}

// draw draws a picture for each cloud and run, with all scenarios on it.
func draw(file string, results []*result) error {
	type page struct {
		cloud string
		run   int
	}
	var order []page
	pages := map[page][]*result{}
	for _, r := range results {
		p := page{r.Cloud, r.Run}
		if pages[p] == nil {
			order = append(order, p)
		}
		pages[p] = append(pages[p], r)
	}
	for _, p := range order {
		name := file
		if len(order) > 1 {
			ext := filepath.Ext(file)
			name = strings.TrimSuffix(file, ext) + "-" + p.cloud
			if p.run > 1 {
				name += fmt.Sprintf("-%d", p.run)
			}
			name += ext
		}
		if err := os.WriteFile(name, picture(pages[p]), 0o644); err != nil {
			return fmt.Errorf("write the picture: %w", err)
		}
	}
	return nil
}
