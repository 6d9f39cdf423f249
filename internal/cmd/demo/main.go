// Demo shows the provider at work on both clouds, simulated on this machine:
// it builds the provider and cloudsim, runs examples/quickstart with a real
// Terraform, and checks after each step what the clouds hold and which calls
// they got. --help says how.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
)

const usage = `demo runs examples/quickstart against both clouds, simulated on this machine, and
checks each step: apply, an empty plan, a weight changed in place, members that
somebody else removed put back, destroy. It needs Go and no account.

Usage: go run ./internal/cmd/demo [flags]

  --terraform PATH  the terraform (1.11 or later) or tofu (1.10 or later) to use
                    (default: the one on PATH, else one that it downloads or builds once)
  --release FOLDER  install the provider from the files of a release, such as dist,
                    rather than build it
  --keep            keep the temporary folder and say where it is

Exit status: 0 when every step was as it should be, 1 when one was not,
2 for wrong flags, 130 when interrupted.
`

type options struct {
	terraform, release string
	keep               bool
}

func main() { program.Main(command) }

func command(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o options
	p := program.New("demo", usage, stdout, stderr)
	p.StringVar(&o.terraform, "terraform", "", "")
	p.StringVar(&o.release, "release", "", "")
	p.BoolVar(&o.keep, "keep", false, "")
	err := p.Parse(args, 0, nil)
	if err == nil {
		err = run(ctx, o, stdout)
	}
	return p.Status(ctx, err)
}

// run prepares everything, goes through the steps and cleans up.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	begun := time.Now()
	temp, err := os.MkdirTemp("", "cloudlb-demo-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer func() {
		if o.keep {
			fmt.Fprintf(out, "\nKept: %s\n", temp)
			return
		}
		err = errors.Join(err, os.RemoveAll(temp))
	}()

	cli, err := terraform.Find(ctx, o.terraform, out)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Preparing the provider and cloudsim ...")
	root, err := terraform.ModuleRoot(ctx)
	if err != nil {
		return err
	}
	cloudsim := filepath.Join(temp, "cloudsim"+terraform.Exe)
	mirror := filepath.Join(temp, "mirror")
	work := filepath.Join(temp, "quickstart")
	if err := os.CopyFS(work, os.DirFS(filepath.Join(root, "examples", "quickstart"))); err != nil {
		return fmt.Errorf("copy examples/quickstart: %w", err)
	}
	if err := errors.Join(
		provide(ctx, o.release, root, cli, mirror, work),
		terraform.Build(ctx, root, "./internal/cmd/cloudsim", cloudsim),
	); err != nil {
		return err
	}
	fmt.Fprintf(out, " %s\n", since(begun))

	sim, err := startSim(ctx, cloudsim)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sim.stop()) }()
	fmt.Fprintf(out, "Both clouds are simulated at %s (what they hold: %sstate)\n", sim.URL, sim.Admin)

	ws, err := newWorkspace(cli, work, mirror, filepath.Join(temp, "terraformrc"), sim.URL)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s runs a copy of examples/quickstart\n", cli)
	if err := (&demo{sim: sim, ws: ws, out: out}).play(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nAll steps were as they should be, in %s.\n", since(begun))
	return nil
}

// provide puts the provider into the mirror: one that it builds, or a release's.
func provide(ctx context.Context, dir, root string, c terraform.CLI, mirror, work string) error {
	if dir == "" {
		return terraform.BuildProvider(ctx, root, c.ProviderFile(mirror))
	}
	r, err := openRelease(dir)
	if err != nil {
		return err
	}
	return r.install(c, mirror, work)
}

func since(t time.Time) string { return fmt.Sprintf("%.1f s", time.Since(t).Seconds()) }
