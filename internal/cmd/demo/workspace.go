package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
)

// workspace is the copy of the quickstart that Terraform runs in.
type workspace struct {
	dir, source, endpoint string
	tf                    *tfexec.Terraform
}

// newWorkspace sets Terraform up so that it takes the provider from the mirror
// as it would from a registry, and looks nowhere else.
func newWorkspace(c terraform.CLI, dir, mirror, config, endpoint string) (*workspace, error) {
	source := terraform.Registry[c.Name] + "/cloudlb/cloudlb"
	text := fmt.Sprintf("disable_checkpoint = true\n\nprovider_installation {\n  filesystem_mirror {\n    path    = %q\n    include = [%q]\n  }\n}\n",
		filepath.ToSlash(mirror), source)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("write the CLI configuration: %w", err)
	}
	tf, err := tfexec.NewTerraform(dir, c.Path)
	if err != nil {
		return nil, err
	}
	if err := tf.SetEnv(terraform.Environment(os.Environ(), config)); err != nil {
		return nil, err
	}
	_ = tf.SetWaitDelay(10 * time.Second) // an error says that this system has no such delay
	return &workspace{dir: dir, source: source, endpoint: endpoint, tf: tf}, nil
}

// init installs the provider and checks that the lock file was written.
func (w *workspace) init(ctx context.Context) error {
	if err := w.tf.Init(ctx); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	lock, err := os.ReadFile(filepath.Join(w.dir, ".terraform.lock.hcl"))
	if err != nil {
		return fmt.Errorf("init wrote no lock file: %w", err)
	}
	if !strings.Contains(string(lock), w.source) {
		return fmt.Errorf("the lock file does not name %s:\n%s", w.source, lock)
	}
	return nil
}

// changes are the resources that a plan changes.
type changes struct{ add, change, destroy int }

func (c changes) String() string {
	if c == (changes{}) {
		return "no changes"
	}
	return fmt.Sprintf("%d to add, %d to change, %d to destroy", c.add, c.change, c.destroy)
}

const planFile = "tfplan"

// plan makes a plan; weight is the quickstart's variable.
func (w *workspace) plan(ctx context.Context, weight int, destroy bool) (changes, error) {
	changed, err := w.tf.Plan(ctx,
		tfexec.VarFile("cloudsim.tfvars"),
		tfexec.Var("endpoint="+w.endpoint),
		tfexec.Var(fmt.Sprintf("weight=%d", weight)),
		tfexec.Destroy(destroy),
		tfexec.Out(planFile),
	)
	if err != nil {
		return changes{}, fmt.Errorf("plan: %w", err)
	}
	shown, err := w.tf.ShowPlanFile(ctx, planFile)
	if err != nil {
		return changes{}, fmt.Errorf("show the plan: %w", err)
	}
	n := count(shown.ResourceChanges)
	if changed && n == (changes{}) {
		return n, fmt.Errorf("the exit code says that the plan changes something, but no resource changes")
	}
	return n, nil
}

func count(resources []*tfjson.ResourceChange) (n changes) {
	for _, r := range resources {
		for _, a := range r.Change.Actions { // a replacement has two
			switch a {
			case tfjson.ActionCreate:
				n.add++
			case tfjson.ActionUpdate:
				n.change++
			case tfjson.ActionDelete:
				n.destroy++
			default: // changes nothing
			}
		}
	}
	return n
}

// apply carries the last plan out.
func (w *workspace) apply(ctx context.Context) error {
	if err := w.tf.Apply(ctx, tfexec.DirOrPlan(planFile)); err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	return nil
}
