package acctest

import (
	"context"
	"maps"
	"sync"
)

// ApplyAll is one terraform apply of resources of one type: a run that refreshes
// what state has, and one that brings each to its configuration, all at once. One
// without a configuration is destroyed. It returns the errors by name; state has
// what is in state afterwards.
func (c *Core) ApplyAll(
	ctx context.Context, resourceType string, state map[string]*Object, configs map[string]map[string]any,
) map[string]error {
	c.t.Helper()
	c.Run()
	for name, o := range state {
		if err := c.Refresh(ctx, o); err != nil {
			return map[string]error{name: err}
		}
	}
	for name := range configs {
		if state[name] == nil {
			state[name] = c.New(resourceType)
		}
	}
	c.Run()
	var all sync.WaitGroup
	var mu sync.Mutex
	errs := map[string]error{}
	for name, o := range state {
		all.Go(func() {
			if err := c.Apply(ctx, o, configs[name]); err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs[name] = err
			}
		})
	}
	all.Wait()
	maps.DeleteFunc(state, func(_ string, o *Object) bool { return o.State.IsNull() })
	return errs
}
