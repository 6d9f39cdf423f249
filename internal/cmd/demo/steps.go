package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"time"
)

// What cloudsim's default seed and the quickstart's cloudsim.tfvars name.
const (
	balancer, vserverGroup = "lb-quickstart", "rsp-quickstart"
	serverGroup            = "sgp-alb-quickstart"
	pool, subnet           = "pool-quickstart", "subnet-quickstart"
)

// ours are the quickstart's members.
var ours = []member{
	{balancer, "i-web-1"}, {balancer, "i-web-2"},
	{vserverGroup, "i-web-1:8443"}, {vserverGroup, "i-web-2:8443"},
	{serverGroup, "i-web-1:8080"}, {serverGroup, "i-web-2:8080"},
	{pool, "10.0.2.1:8080"}, {pool, "10.0.2.2:8080"},
}

// step is one thing that the demo shows, and what must come of it.
type step struct {
	title   string
	weight  int  // the quickstart's variable
	destroy bool // rather than apply
	before  func(context.Context) error
	want    outcome
}

// steps are those after init. theirs is what the clouds hold to begin with:
// somebody else's members, which every step must leave alone.
func (d *demo) steps(theirs holdings) []step {
	with := func(theirs holdings, weight int) holdings {
		h := maps.Clone(theirs)
		for _, m := range ours {
			h[m] = weight
		}
		return h
	}
	all := len(ours)
	later := maps.Clone(theirs)
	later[member{balancer, "i-legacy-2"}] = 10
	later[member{vserverGroup, "i-legacy-2:8443"}] = 10
	later[member{serverGroup, "i-legacy-2:8080"}] = 10
	later[member{pool, "10.0.2.102:8080"}] = 10
	return []step{
		{
			title:  "apply: eight backends behind four groups on two clouds",
			weight: 100,
			want:   outcome{plan: changes{add: all}, adds: all, holds: with(theirs, 100)},
		},
		{
			title:  "plan again: nothing to do, and nothing is written",
			weight: 100,
			want:   outcome{holds: with(theirs, 100)},
		},
		{
			title:  "weight = 0: out of service, changed in place and not removed",
			weight: 0,
			want:   outcome{plan: changes{change: all}, reweights: all, holds: with(theirs, 0)},
		},
		{
			title:  "somebody else removes one of ours from each group and adds one of theirs: apply puts ours back",
			weight: 0,
			before: d.interfere,
			want:   outcome{plan: changes{add: 4}, adds: 4, holds: with(later, 0)},
		},
		{
			title:   "destroy: ours go, theirs stay",
			weight:  0,
			destroy: true,
			want:    outcome{plan: changes{destroy: all}, removes: all, holds: later},
		},
	}
}

// interfere is somebody else at work in all four groups.
func (d *demo) interfere(ctx context.Context) error {
	type object = map[string]any
	return errors.Join(
		d.sim.act(ctx, "slb/remove", object{"load_balancer_id": balancer, "server_id": "i-web-1"}),
		d.sim.act(ctx, "slb/add", object{"load_balancer_id": balancer, "server_id": "i-legacy-2", "weight": 10}),
		d.sim.act(ctx, "slb/remove", object{"vserver_group_id": vserverGroup, "server_id": "i-web-2", "port": 8443}),
		d.sim.act(ctx, "slb/add", object{"vserver_group_id": vserverGroup, "server_id": "i-legacy-2", "port": 8443, "weight": 10}),
		d.sim.act(ctx, "alb/remove", object{"server_group_id": serverGroup, "server_id": "i-web-2", "port": 8080}),
		d.sim.act(ctx, "alb/add", object{"server_group_id": serverGroup, "server_id": "i-legacy-2", "port": 8080, "weight": 10}),
		d.sim.act(ctx, "elb/remove", object{"pool_id": pool, "address": "10.0.2.2", "protocol_port": 8080}),
		d.sim.act(ctx, "elb/add", object{
			"pool_id": pool, "address": "10.0.2.102", "protocol_port": 8080, "weight": 10, "name": "legacy-2", "subnet_cidr_id": subnet,
		}),
	)
}

// demo plays the steps.
type demo struct {
	sim *sim
	ws  *workspace
	out io.Writer
}

// play goes through all steps, up to the first that is not as it should be.
func (d *demo) play(ctx context.Context) error {
	begun := time.Now()
	fmt.Fprintf(d.out, "\n1. init: the provider comes from a mirror, the lock file is written\n")
	if err := d.ws.init(ctx); err != nil {
		return fmt.Errorf("step 1: %w", err)
	}
	fmt.Fprintf(d.out, "   ok, %s\n", since(begun))

	theirs, err := d.sim.holds(ctx)
	if err != nil {
		return err
	}
	for i, s := range d.steps(theirs) {
		begun := time.Now()
		fmt.Fprintf(d.out, "\n%d. %s\n", i+2, s.title)
		got, err := d.do(ctx, s)
		if got.holds != nil {
			report(d.out, got)
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", i+2, err)
		}
		if wrong := s.want.differences(got); len(wrong) > 0 {
			for _, w := range wrong {
				fmt.Fprintf(d.out, "   WRONG: %s\n", w)
			}
			return fmt.Errorf("step %d is not as it should be: %d differences, the first: %s", i+2, len(wrong), wrong[0])
		}
		fmt.Fprintf(d.out, "   ok, %s\n", since(begun))
	}
	return nil
}

// do carries a step out and observes what came of it, an apply that failed
// included.
func (d *demo) do(ctx context.Context, s step) (got observed, err error) {
	if s.before != nil {
		if err := s.before(ctx); err != nil {
			return got, fmt.Errorf("somebody else's changes: %w", err)
		}
	}
	if got.plan, err = d.ws.plan(ctx, s.weight, s.destroy); err != nil {
		return got, err
	}
	fmt.Fprintf(d.out, "   plan: %s\n", got.plan)
	var failed error
	if got.plan != (changes{}) {
		if failed = d.ws.apply(ctx); ctx.Err() != nil {
			return got, failed
		}
	}
	if got.calls, err = d.sim.calls(ctx); err != nil {
		return got, errors.Join(failed, err)
	}
	if got.holds, err = d.sim.holds(ctx); err != nil {
		return got, errors.Join(failed, err)
	}
	got.complaints = d.sim.complaints()
	return got, failed
}
