package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
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

// task is what the child is given to do.
type task struct {
	Settings map[string]any   // the provider block
	Resource string           // the type of a member's resource
	Group    string           // its attribute that names the group
	Groups   []string         // each is to have all members
	Members  []map[string]any // their attributes but for the group
}

// drive is what the child reports.
type drive struct {
	Create  time.Duration
	Refresh time.Duration
	Destroy time.Duration
	PeakKB  int // of the whole process; 0: not known on this system
}

// child is the child's main.
func child(ctx context.Context, in io.Reader, out io.Writer) error {
	provider.LimitMemory() // as the provider's own main does
	var t task
	if err := json.NewDecoder(in).Decode(&t); err != nil {
		return fmt.Errorf("read what is to be done: %w", err)
	}
	d, err := driveProvider(ctx, t)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(d)
}

// client speaks to the provider as Terraform does.
type client struct {
	server   tfprotov6.ProviderServer
	resource string
	group    string // its attribute
	typ      tftypes.Type
}

func newClient(ctx context.Context, t task) (*client, error) {
	server := providerserver.NewProtocol6(provider.New("bench")())()
	schema, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	kind, ok := schema.ResourceSchemas[t.Resource]
	if !ok {
		return nil, fmt.Errorf("the provider has no %s", t.Resource)
	}
	config, err := dynamic(schema.Provider.ValueType(), t.Settings)
	if err != nil {
		return nil, err
	}
	resp, err := server.ConfigureProvider(ctx, &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.11.0", Config: config})
	if err != nil {
		return nil, err
	}
	return &client{server: server, resource: t.Resource, group: t.Group, typ: kind.ValueType()}, problems(resp.Diagnostics)
}

// dynamic is a value as the protocol has it; nil is null.
func dynamic(t tftypes.Type, plain any) (*tfprotov6.DynamicValue, error) {
	v, err := valueOf(t, plain)
	if err != nil {
		return nil, err
	}
	d, err := tfprotov6.NewDynamicValue(t, v)
	return &d, err
}

// valueOf is a plain value of a type. What an object's attributes do not name
// is null.
func valueOf(t tftypes.Type, plain any) (tftypes.Value, error) {
	if object, ok := t.(tftypes.Object); ok {
		if attributes, given := plain.(map[string]any); given {
			all := map[string]tftypes.Value{}
			for name, typ := range object.AttributeTypes {
				v, err := valueOf(typ, attributes[name])
				if err != nil {
					return v, fmt.Errorf("%s: %w", name, err)
				}
				all[name] = v
			}
			plain = all
		}
	}
	if err := tftypes.ValidateValue(t, plain); err != nil {
		return tftypes.Value{}, err
	}
	return tftypes.NewValue(t, plain), nil
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
	group   string
	member  map[string]any // shared by the groups
	state   *tfprotov6.DynamicValue
	private []byte
}

func (c *client) create(ctx context.Context, i *instance) error {
	null, err := dynamic(c.typ, nil)
	if err != nil {
		return err
	}
	values := maps.Clone(i.member)
	values[c.group] = i.group
	config, err := dynamic(c.typ, values)
	if err != nil {
		return err
	}
	return c.change(ctx, i, null, config, config)
}

func (c *client) destroy(ctx context.Context, i *instance) error {
	null, err := dynamic(c.typ, nil)
	if err != nil {
		return err
	}
	return c.change(ctx, i, i.state, null, null)
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

// driveProvider creates, reads and destroys the members, all at once.
func driveProvider(ctx context.Context, t task) (drive, error) {
	var d drive
	c, err := newClient(ctx, t)
	if err != nil {
		return d, err
	}
	var all []*instance
	for _, m := range t.Members { // neighbours are of different groups
		for _, g := range t.Groups {
			all = append(all, &instance{group: g, member: m})
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
