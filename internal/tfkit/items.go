package tfkit

import (
	"maps"
	"slices"
)

// Items are the members of a set by label, as Terraform has them: a label whose
// member is null counts as left out, but Terraform wants to find it again in
// what was planned from it.
type Items[E any] map[string]*E

// Present are the members that are not null.
func (i Items[E]) Present() map[string]E {
	present := make(map[string]E, len(i))
	for label, item := range i {
		if item != nil {
			present[label] = *item
		}
	}
	return present
}

// With are these members, and the labels of i that have none.
func (i Items[E]) With(present map[string]E) Items[E] {
	all := make(Items[E], len(present))
	for label, item := range i {
		if item == nil {
			all[label] = nil
		}
	}
	for label, item := range present {
		all[label] = &item
	}
	return all
}

// labels are a map's, in order.
func labels[E any](items map[string]E) []string { return slices.Sorted(maps.Keys(items)) }
