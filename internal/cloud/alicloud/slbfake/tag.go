package slbfake

import (
	"maps"
	"slices"
)

// tagList is tags as answers show them.
func tagList(tags map[string]string) map[string]any {
	rows := []any{}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		rows = append(rows, map[string]any{"TagKey": k, "TagValue": tags[k]})
	}
	return map[string]any{"Tag": rows}
}

// tagged tells whether tags has every one that is wanted. A wanted key without
// a value matches any.
func tagged(tags, wanted map[string]string) bool {
	for k, v := range wanted {
		if got, ok := tags[k]; !ok || v != "" && got != v {
			return false
		}
	}
	return true
}
