package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// childCommand makes this program, as a process of its own, run the provider
// and drive it by the calls of the plugin protocol.
const childCommand = "drive-provider"

// drive is what the child reports.
type drive struct {
	Create  time.Duration
	Refresh time.Duration
	Destroy time.Duration
	PeakKB  int // of the whole process; 0: not known on this system
}

// child is the child's main. The cloud is told by the environment.
func child(ctx context.Context, args []string, out io.Writer) error {
	provider.LimitMemory() // as the provider's own main does
	f := flag.NewFlagSet(childCommand, flag.ContinueOnError)
	name := f.String("kind", "", "")
	groups := f.Int("groups", 1, "")
	members := f.Int("members", 1, "")
	if err := f.Parse(args); err != nil {
		return err
	}
	for _, k := range kinds {
		if k.name == *name {
			d, err := driveProvider(ctx, k, *groups, *members)
			if err != nil {
				return err
			}
			return json.NewEncoder(out).Encode(d)
		}
	}
	return fmt.Errorf("no kind %q", *name)
}

// client speaks to the provider as Terraform does.
type client struct {
	server   tfprotov6.ProviderServer
	resource string
	typ      tftypes.Object
}

func newClient(ctx context.Context, resource string) (*client, error) {
	server := providerserver.NewProtocol6(provider.New("bench")())()
	schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	kind, ok := schema.ResourceSchemas[resource]
	if !ok {
		return nil, fmt.Errorf("the provider has no %s", resource)
	}
	typ, ok := kind.ValueType().(tftypes.Object)
	settings, isObject := schema.Provider.ValueType().(tftypes.Object)
	if !ok || !isObject {
		return nil, errors.New("a schema is no object")
	}
	config, err := object(settings, nil)
	if err != nil {
		return nil, err
	}
	resp, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.0", Config: config})
	if err != nil {
		return nil, err
	}
	return &client{server: server, resource: resource, typ: typ}, problems(resp.Diagnostics)
}

// object is an object of a type with some values; the others are null.
func object(t tftypes.Object, set map[string]tftypes.Value) (*tfprotov6.DynamicValue, error) {
	all := map[string]tftypes.Value{}
	for name, typ := range t.AttributeTypes {
		all[name] = tftypes.NewValue(typ, nil)
	}
	for name, v := range set {
		all[name] = v
	}
	v, err := tfprotov6.NewDynamicValue(t, tftypes.NewValue(t, all))
	return &v, err
}

// problems are the errors among diagnostics.
func problems(diags []*tfprotov6.Diagnostic) error {
	var errs []error
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, fmt.Errorf("%s: %s", d.Summary, d.Detail))
		}
	}
	return errors.Join(errs...)
}

// instance is one member in Terraform's state.
type instance struct {
	values  map[string]tftypes.Value
	state   *tfprotov6.DynamicValue
	private []byte
}

func (c *client) create(ctx context.Context, i *instance) error {
	null, err := tfprotov6.NewDynamicValue(c.typ, tftypes.NewValue(c.typ, nil))
	if err != nil {
		return err
	}
	config, err := object(c.typ, i.values)
	if err != nil {
		return err
	}
	return c.change(ctx, i, &null, config, config)
}

func (c *client) destroy(ctx context.Context, i *instance) error {
	null, err := tfprotov6.NewDynamicValue(c.typ, tftypes.NewValue(c.typ, nil))
	if err != nil {
		return err
	}
	return c.change(ctx, i, i.state, &null, &null)
}

// change plans and applies.
func (c *client) change(ctx context.Context, i *instance, prior, proposed, config *tfprotov6.DynamicValue) error {
	plan, err := c.server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: c.resource, PriorState: prior, ProposedNewState: proposed, Config: config, PriorPrivate: i.private,
	})
	if err == nil {
		err = problems(plan.Diagnostics)
	}
	if err != nil {
		return fmt.Errorf("plan: %w", err)
	}
	resp, err := c.server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: c.resource, PriorState: prior, PlannedState: plan.PlannedState, Config: config, PlannedPrivate: plan.PlannedPrivate,
	})
	if err == nil {
		err = problems(resp.Diagnostics)
	}
	if err != nil {
		return fmt.Errorf("apply: %w", err)
	}
	i.state, i.private = resp.NewState, resp.Private
	return nil
}

func (c *client) refresh(ctx context.Context, i *instance) error {
	resp, err := c.server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{
		TypeName: c.resource, CurrentState: i.state, Private: i.private,
	})
	if err == nil {
		err = problems(resp.Diagnostics)
	}
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	i.state, i.private = resp.NewState, resp.Private
	return nil
}

// driveProvider creates, reads and destroys members of every group, all at once.
func driveProvider(ctx context.Context, k *kind, groups, members int) (drive, error) {
	var d drive
	c, err := newClient(ctx, k.resource)
	if err != nil {
		return d, err
	}
	var all []*instance
	for n := range members { // neighbours are of different groups
		for g := range groups {
			all = append(all, &instance{values: k.values(g, n)})
		}
	}
	for _, step := range []struct {
		do   func(context.Context, *instance) error
		took *time.Duration
	}{{c.create, &d.Create}, {c.refresh, &d.Refresh}, {c.destroy, &d.Destroy}} {
		begun := time.Now()
		errs := make([]error, len(all))
		var wg sync.WaitGroup
		for i, in := range all {
			wg.Go(func() { errs[i] = step.do(ctx, in) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			return d, err
		}
		*step.took = time.Since(begun)
	}
	d.PeakKB = peakMemory()
	return d, nil
}

// peakMemory is the most memory that this process ever had resident, in KiB;
// 0 where the system does not tell it in Linux's way.
func peakMemory() int {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	return peakOf(string(b))
}
