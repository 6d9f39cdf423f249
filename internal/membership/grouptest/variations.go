package grouptest

import (
	"fmt"
	"reflect"
	"testing"
)

// Variations are the ways in which a simulated cloud with the rules T can
// differ from its documented self, one field at a time, by names such as
// "HideIP=true". A bool is turned on; others has the values of every other
// field that matter. A field that it says nothing of fails the test: whoever
// gives a simulation a new rule has to say how the rule can differ.
func Variations[T any](t *testing.T, others map[string][]any) map[string]T {
	t.Helper()
	all := map[string]T{}
	fields := reflect.TypeFor[T]()
	for i := range fields.NumField() {
		f := fields.Field(i)
		values, given := others[f.Name]
		switch {
		case !given && f.Type.Kind() == reflect.Bool:
			values = []any{true}
		case len(values) == 0:
			t.Errorf("%v.%s has no values to differ by", fields, f.Name)
		}
		for _, v := range values {
			var rules T
			field := reflect.ValueOf(&rules).Elem().Field(i)
			value := reflect.ValueOf(v).Convert(f.Type)
			if value.IsZero() {
				t.Errorf("%v.%s differs by its zero value", fields, f.Name)
			}
			field.Set(value)
			all[fmt.Sprintf("%s=%v", f.Name, v)] = rules
		}
	}
	for name := range others {
		if _, ok := fields.FieldByName(name); !ok {
			t.Errorf("%v has no field %s", fields, name)
		}
	}
	return all
}
