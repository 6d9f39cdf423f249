package acceptance_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// declared is a resource of a configuration.
type declared struct {
	kind     string
	config   map[string]any
	importID string // an import block's; "" for none
	replace  bool   // the user asks for a replacement
	cbd      bool   // create_before_destroy
}

// instance is what state holds of one address.
type instance struct {
	current *acctest.Object // nil for none
	deposed []*acctest.Object
}

// walker plays Terraform's part for a whole configuration: a run that plans,
// and one that applies, each in a process of the provider's of its own.
type walker struct {
	t     *testing.T
	c     *acctest.Core
	rnd   *rand.Rand
	state map[string]instance
	smoke bool // what depends on a new object fails, so that the old one is left over
}

// action is what a plan has in store for one object.
type action struct {
	address string
	what    string // create, update, delete, replace (destroy first), renew (create first), leftover
	object  *acctest.Object
	plan    acctest.Plan
	config  map[string]any
	done    chan struct{}
}

// plan is one run that plans: it reads all that is in state and plans all, in an
// order of its own. State is not touched; next is what the apply begins with.
func (f *walker) plan(config map[string]declared) (actions []*action, next map[string]instance, err error) {
	f.c.Run()
	next = map[string]instance{}
	var errs []error
	var nodes [][]func() error
	for _, address := range f.addresses(config) {
		d, wanted := config[address]
		in := &node{f: f, address: address, d: d, wanted: wanted, was: f.state[address]}
		nodes = append(nodes, in.steps(func(a *action) { actions = append(actions, a) }, func(i instance) { next[address] = i })...)
	}
	for len(nodes) > 0 {
		i := f.rnd.IntN(len(nodes))
		if err := nodes[i][0](); err != nil {
			errs = append(errs, err)
			nodes[i] = nil
		} else {
			nodes[i] = nodes[i][1:]
		}
		if len(nodes[i]) == 0 {
			nodes = slices.Delete(nodes, i, i+1)
		}
	}
	return actions, next, errors.Join(errs...)
}

func (f *walker) addresses(config map[string]declared) []string {
	all := map[string]bool{}
	for address := range config {
		all[address] = true
	}
	for address := range f.state {
		all[address] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// node is one address in a run that plans.
type node struct {
	f       *walker
	address string
	d       declared
	wanted  bool
	was     instance
}

// steps are, for the current object and for each deposed one, what is done one
// after the other; between the steps of one others come.
func (n *node) steps(add func(*action), keep func(instance)) (all [][]func() error) {
	now := instance{}
	if n.was.current != nil {
		now.current = new(*n.was.current)
	}
	keep(now)
	ctx, c := n.f.t.Context(), n.f.c
	var current []func() error
	if now.current != nil {
		current = append(current, func() error {
			err := c.Refresh(ctx, now.current)
			if err == nil && now.current.State.IsNull() {
				now.current = nil
				keep(now)
			}
			return n.named(err)
		})
	} else if n.d.importID != "" {
		current = append(current, func() (err error) {
			now.current, err = c.Import(ctx, n.d.kind, n.d.importID, nil)
			if err == nil && now.current.State.IsNull() {
				now.current, err = nil, errors.New("nothing to import")
			}
			keep(now)
			return n.named(err)
		})
	}
	all = append(all, append(current, func() error {
		a, err := n.planned(now.current)
		if a != nil && err == nil {
			add(a)
		}
		return n.named(err)
	}))
	for _, o := range n.was.deposed {
		o := new(*o)
		all = append(all, []func() error{
			func() error { return n.named(c.Refresh(ctx, o)) },
			func() error {
				if o.State.IsNull() {
					return nil
				}
				now.deposed = append(now.deposed, o)
				keep(now)
				_, err := c.PlanDestroy(ctx, o)
				add(&action{address: n.address, what: "leftover", object: o})
				return n.named(err)
			},
		})
	}
	return all
}

func (n *node) named(err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", n.address, err)
	}
	return nil
}

// planned is what is to become of the current object.
func (n *node) planned(o *acctest.Object) (*action, error) {
	ctx, c := n.f.t.Context(), n.f.c
	a := &action{address: n.address, object: o, config: n.d.config}
	var err error
	switch {
	case !n.wanted && o == nil:
		return nil, nil
	case !n.wanted:
		a.what = "delete"
		a.plan, err = c.PlanDestroy(ctx, o)
	case o == nil:
		a.what, a.object = "create", c.New(n.d.kind)
		a.plan, err = c.Plan(ctx, a.object, n.d.config)
	default:
		if n.d.replace || o.Tainted {
			a.plan, err = c.PlanReplacement(ctx, o, n.d.config)
		} else {
			a.plan, err = c.Plan(ctx, o, n.d.config)
		}
		switch {
		case err == nil && a.plan.Empty:
			return nil, nil
		case a.plan.Replace && n.d.cbd:
			a.what = "renew"
		case a.plan.Replace:
			a.what = "replace"
		default:
			a.what = "update"
		}
	}
	return a, err
}

// apply is one run that applies, concurrently, until ctx ends: what is under way
// then is cancelled, and nothing else begins.
func (f *walker) apply(ctx context.Context, actions []*action, next map[string]instance) error {
	f.c.Run()
	f.state = next
	first := map[string]chan struct{}{} // what an address's leftovers wait for
	for _, a := range actions {
		if a.done = make(chan struct{}); a.what != "leftover" {
			first[a.address] = a.done
		}
	}
	var mu sync.Mutex
	var errs []error
	var wg sync.WaitGroup
	slots := make(chan struct{}, 1+f.rnd.IntN(10))
	for _, a := range actions {
		delay := time.Duration(f.rnd.IntN(400)) * time.Millisecond
		if f.rnd.IntN(3) == 0 {
			delay *= 10
		}
		wg.Go(func() {
			defer close(a.done)
			if before := first[a.address]; a.what == "leftover" && before != nil {
				<-before
			}
			<-time.After(delay)
			slots <- struct{}{}
			defer func() { <-slots }()
			tally(a.what)
			err := f.carryOut(ctx, a, &mu)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, fmt.Errorf("%s %s: %w", a.what, a.address, err))
			}
		})
	}
	wg.Wait()
	for address, i := range f.state {
		if i.current == nil && len(i.deposed) == 0 {
			delete(f.state, address)
		}
	}
	return errors.Join(errs...)
}

var errNotBegun = errors.New("interrupted before it began")

// carryOut does what is planned for one object, both halves of a replacement
// included, and writes state.
func (f *walker) carryOut(ctx context.Context, a *action, mu *sync.Mutex) (err error) {
	write := func(change func(i *instance)) {
		mu.Lock()
		defer mu.Unlock()
		i := f.state[a.address]
		change(&i)
		if i.current != nil && i.current.State.IsNull() {
			i.current = nil
		}
		i.deposed = slices.DeleteFunc(slices.Clone(i.deposed), func(o *acctest.Object) bool { return o.State.IsNull() })
		f.state[a.address] = i
	}
	if ctx.Err() != nil {
		return errNotBegun
	}
	switch a.what {
	case "create", "update":
		err = f.c.Follow(ctx, a.object, a.plan, a.config)
		write(func(i *instance) { i.current = a.object })
	case "delete":
		tainted := a.object.Tainted
		err = f.c.Destroy(ctx, a.object, a.plan)
		a.object.Tainted = tainted
		write(func(*instance) {})
	case "leftover":
		err = f.goes(ctx, a.object)
		write(func(*instance) {})
	case "replace":
		if err = f.c.DestroyReplaced(ctx, a.object, a.plan); err == nil && ctx.Err() == nil {
			a.object = f.c.New(a.object.Type)
			err = f.c.Follow(ctx, a.object, a.plan, a.config)
		}
		write(func(i *instance) { i.current = a.object })
	case "renew":
		err = f.renew(ctx, a, write)
	}
	return err
}

// renew creates first. Where nothing was created, the old object stays; where
// something was, but not well, the old one is left over.
func (f *walker) renew(ctx context.Context, a *action, write func(func(i *instance))) error {
	created := f.c.New(a.object.Type)
	if err := f.c.Follow(ctx, created, a.plan, a.config); err != nil {
		write(func(i *instance) {
			if !created.State.IsNull() {
				i.current, i.deposed = created, append(i.deposed, a.object)
			}
		})
		return err
	}
	write(func(i *instance) { i.current, i.deposed = created, append(i.deposed, a.object) })
	if f.smoke || ctx.Err() != nil {
		return errNotBegun
	}
	err := f.goes(ctx, a.object)
	write(func(*instance) {})
	return err
}

// goes destroys a deposed object, which is planned in this very run.
func (f *walker) goes(ctx context.Context, o *acctest.Object) error {
	tainted := o.Tainted
	p, err := f.c.PlanDestroy(ctx, o)
	if err == nil {
		err = f.c.Destroy(ctx, o, p)
	}
	o.Tainted = tainted
	return err
}

// String is what state holds.
func (f *walker) String() string {
	var b strings.Builder
	for _, address := range slices.Sorted(maps.Keys(f.state)) {
		i := f.state[address]
		fmt.Fprintf(&b, " %s", address)
		if i.current == nil {
			b.WriteString("(none)")
		} else if i.current.Tainted {
			b.WriteString("(tainted)")
		}
		if n := len(i.deposed); n > 0 {
			fmt.Fprintf(&b, "(+%d deposed)", n)
		}
	}
	return b.String()
}
