package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/terraform"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// The scenarios.
const (
	graceful = "graceful" // servers are drained, and new ones waited for
	plain    = "plain"    // neither
)

const (
	// quiet is how long the load runs before the change, and after it.
	quiet = 3 * time.Second
	// bootTime is how long a new server takes until it answers.
	bootTime = 2 * time.Second
	// patience bounds every wait for what takes seconds.
	patience = time.Minute
	// lookEvery is how often the members are looked at.
	lookEvery = 5 * time.Millisecond
)

// tools are what every run uses.
type tools struct {
	cli   terraform.CLI
	temp  string
	rc    string // the CLI configuration
	setup options
}

// prepare builds the provider and tells Terraform where it is.
func prepare(ctx context.Context, temp string, cli terraform.CLI, o options) (*tools, error) {
	t := &tools{cli: cli, temp: temp, rc: filepath.Join(temp, "terraformrc"), setup: o}
	root, err := terraform.ModuleRoot(ctx)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(temp, "cloudlb")
	if err := terraform.BuildProvider(ctx, root, filepath.Join(dir, "terraform-provider-cloudlb"+terraform.Exe)); err != nil {
		return nil, err
	}
	rc := fmt.Sprintf("disable_checkpoint = true\n\nprovider_installation {\n  dev_overrides {\n    \"cloudlb/cloudlb\" = %q\n  }\n}\n", filepath.ToSlash(dir))
	if err := os.WriteFile(t.rc, []byte(rc), 0o600); err != nil {
		return nil, fmt.Errorf("write the CLI configuration: %w", err)
	}
	return t, nil
}

// folder is where Terraform runs.
func (t *tools) folder() (*tfexec.Terraform, error) {
	dir, err := os.MkdirTemp(t.temp, "run-")
	if err != nil {
		return nil, err
	}
	tf, err := tfexec.NewTerraform(dir, t.cli.Path)
	if err != nil {
		return nil, err
	}
	if err := tf.SetEnv(terraform.Environment(os.Environ(), t.rc)); err != nil {
		return nil, err
	}
	_ = tf.SetWaitDelay(10 * time.Second) // an error says that this system has no such delay
	return tf, nil
}

// site is where a run takes place.
type site struct {
	*tools
	scenario string
	backends map[string]*backend
	nameOf   map[string]string // by what the data plane calls them
	cloud    *cloud
	tf       *tfexec.Terraform
	share    int // of green, in the scenario steps
}

// run is one run of a scenario on a product.
func (t *tools) run(ctx context.Context, product fakecloud.Product, scenario string, n int) (r *result, err error) {
	s := &site{tools: t, scenario: scenario, backends: map[string]*backend{}, nameOf: map[string]string{}}
	defer func() {
		for _, b := range s.backends {
			b.destroy()
		}
	}()
	for _, name := range names() {
		if s.backends[name], err = startBackend(ctx, name); err != nil {
			delete(s.backends, name)
			return nil, err
		}
	}
	if s.cloud, err = startCloud(ctx, kindOf(product), s.backends, t.setup.propagation); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.cloud.stop()) }()
	for _, name := range names() {
		s.nameOf[s.cloud.stage.Key(number(name))], s.nameOf[name] = name, name
	}
	if s.tf, err = t.folder(); err != nil {
		return nil, err
	}
	for _, name := range s.first() {
		s.backends[name].boot(0)
	}
	if err := s.serve(ctx, "blue", func() {}); err != nil {
		return nil, err
	}
	r = &result{Cloud: product.Name, Title: product.Title, Scenario: scenario, Single: t.setup.single, Run: n, Rate: t.setup.rate, Backends: names(), Propagation: t.setup.propagation.Seconds()}
	if err := s.replace(ctx, r); err != nil {
		return nil, err
	}
	return r, errors.Join(s.check(r), s.cloud.complained())
}

// set are the names of a set's servers.
func set(color string) []string {
	if color == "blue" {
		return names()[:perSet]
	}
	return names()[perSet:]
}

// first are the servers that are there before the load begins.
func (s *site) first() []string {
	if s.scenario == steps {
		return names()
	}
	return set("blue")
}

// serve has Terraform put a set behind the listener, and waits until all of it
// gets requests. applied is called when Terraform is done.
func (s *site) serve(ctx context.Context, color string, applied func()) error {
	if err := s.apply(ctx, color); err != nil {
		return err
	}
	applied()
	return until(ctx, "the "+color+" servers are healthy", func() bool { return s.cloud.healthy(set(color)) })
}

func (s *site) apply(ctx context.Context, color string) error {
	text := s.cloud.configuration(color, s.scenario)
	switch {
	case s.setup.single:
		text = s.cloud.single(color)
	case s.scenario == steps:
		text = s.cloud.shared(s.share)
	}
	if err := os.WriteFile(filepath.Join(s.tf.WorkingDir(), "main.tf"), []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	if err := s.tf.Apply(ctx); err != nil {
		return fmt.Errorf("terraform apply of the %s servers: %w", color, err)
	}
	return nil
}

// replace puts the green servers in the blue ones' place, at once or step by step,
// under load, and fills in what it showed.
func (s *site) replace(ctx context.Context, r *result) error {
	mark := s.cloud.stage.Server.Log.Mark()
	began := time.Now()
	l := newLoad(s.cloud.listener.Address(), r.Rate, s.cloud.stage.Connections, began)
	stopLoad := during(ctx, l.run)
	defer stopLoad()
	w := &watched{began: began}
	stopWatch := during(ctx, func(ctx context.Context) {
		for ctx.Err() == nil {
			come, gone := w.see(time.Now(), s.cloud.members(), s.nameOf)
			for _, name := range come {
				s.backends[name].bootOnce(bootTime) // a new server's apply has just created it
			}
			for _, name := range gone {
				s.backends[name].destroy()
				r.Shutdown = append(r.Shutdown, moment{time.Since(began).Seconds(), name})
			}
			_ = pause(ctx, lookEvery) // an error ends the loop
		}
	})
	defer stopWatch()

	if err := pause(ctx, quiet); err != nil {
		return err
	}
	r.Apply.From = time.Since(began).Seconds()
	applied := func() { r.Apply.To = time.Since(began).Seconds() }
	if s.scenario == steps {
		if err := s.shift(ctx, r, began); err != nil {
			return err
		}
		applied()
	} else if err := s.serve(ctx, "green", applied); err != nil {
		return err
	}
	end := (time.Since(began) + quiet + time.Second).Truncate(time.Second)
	l.end.Store(int64(end))
	if err := pause(ctx, end-time.Since(began)); err != nil {
		return err
	}
	stopLoad()
	stopWatch()

	r.Writes = writesOf(s.cloud.stage.Server.Log.Since(mark), began, s.cloud.stage.Ops)
	r.Weights = w.changes
	r.Connections = int(l.opened.Load())
	r.count(l.sent, int(end/time.Second), s.nameOf)
	return ctx.Err()
}

// check says what went otherwise than in every run.
func (s *site) check(r *result) error {
	var errs []error
	var left []string
	for key := range s.cloud.members() {
		left = append(left, s.nameOf[key])
	}
	stay, leave := set("green"), perSet
	if s.scenario == steps {
		stay, leave = names(), 0
	}
	if slices.Sort(left); !slices.Equal(left, stay) {
		errs = append(errs, fmt.Errorf("the group holds %v after the change, and not %v", left, stay))
	}
	if len(r.Shutdown) != leave {
		errs = append(errs, fmt.Errorf("%d servers were destroyed, and not %d", len(r.Shutdown), leave))
	}
	if want := r.Rate * len(r.Seconds); r.Requests != want {
		errs = append(errs, fmt.Errorf("%d requests were sent, and not the %d that were due", r.Requests, want))
	}
	return errors.Join(errs...)
}

// during does something until what it returns is called, which waits for its
// end and may be called again.
func during(ctx context.Context, do func(context.Context)) (stop func()) {
	own, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		do(own)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// until waits until it is so.
func until(ctx context.Context, what string, so func() bool) error {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for !so() {
		select {
		case <-bounded.Done():
			return fmt.Errorf("waited %s until %s: %w", patience, what, bounded.Err())
		case <-ticker.C:
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// failuresOf is what failed, as "502 x 12, 503 x 3".
func failuresOf(r *result) string {
	var out []string
	for _, what := range slices.Sorted(maps.Keys(r.Failures)) {
		out = append(out, fmt.Sprintf("%s x %d", what, r.Failures[what]))
	}
	return strings.Join(out, ", ")
}
