package tfkit

import (
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
)

// asPlanned gives every attribute of what was seen the value that was planned,
// where the plan knows it. Terraform holds a provider to that, and rightly:
// what somebody else changes meanwhile is drift, which the next refresh shows,
// and no part of what this apply has done.
func asPlanned[M any](plan M, seen *M) {
	keepKnown(reflect.ValueOf(plan), reflect.ValueOf(seen).Elem())
}

func keepKnown(plan, seen reflect.Value) {
	for i := range plan.NumField() {
		field := plan.Type().Field(i)
		switch {
		case field.Anonymous:
			keepKnown(plan.Field(i), seen.Field(i))
		case field.IsExported():
			if v, ok := plan.Field(i).Interface().(attr.Value); ok && !v.IsUnknown() {
				seen.Field(i).Set(plan.Field(i))
			}
		}
	}
}
