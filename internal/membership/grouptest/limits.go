package grouptest

import (
	"context"
	"errors"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// withinLimits is a group whose writes are cut as the engine cuts them: a write
// that did nothing, and after which the group takes fewer members than it had,
// is made again in parts of what it takes now.
type withinLimits struct{ membership.Group }

func (g withinLimits) Add(ctx context.Context, members []membership.Member) error {
	return cut(g, members, func(some []membership.Member) error { return g.Group.Add(ctx, some) })
}

func (g withinLimits) Update(ctx context.Context, changes []membership.Change) error {
	return cut(g, changes, func(some []membership.Change) error { return g.Group.Update(ctx, some) })
}

func (g withinLimits) Remove(ctx context.Context, members []membership.Member) error {
	return cut(g, members, func(some []membership.Member) error { return g.Group.Remove(ctx, some) })
}

func cut[T any](g membership.Group, all []T, write func([]T) error) error {
	err := write(all)
	if !membership.Is(err, membership.Transient) || g.Limits().Batch >= len(all) {
		return err
	}
	failed := false
	var items membership.ItemErrors
	for len(all) > 0 {
		some := all[:min(len(all), g.Limits().Batch)]
		all = all[len(some):]
		err := write(some)
		failed = failed || err != nil
		answered, ok := errors.AsType[membership.ItemErrors](err)
		for i := range some {
			if ok && i < len(answered) {
				items = append(items, answered[i])
			} else {
				items = append(items, err)
			}
		}
	}
	if !failed {
		return nil
	}
	return items
}
