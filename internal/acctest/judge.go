package acctest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// validPlan tells what Terraform would not accept of a plan: an attribute must
// be planned as it is configured, or stay as it is; one that is not configured
// must be planned null, unless it is computed.
func validPlan(attributes []*tfprotov6.SchemaAttribute, prior, config, planned tftypes.Value) error {
	return validObject(attributes, "", fields(prior), fields(config), fields(planned))
}

func validObject(attributes []*tfprotov6.SchemaAttribute, at string, prior, config, planned map[string]tftypes.Value) error {
	for _, a := range attributes {
		was, wish, will := prior[a.Name], config[a.Name], planned[a.Name]
		here := at + "." + a.Name
		nested := a.NestedType != nil && a.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeMap
		switch {
		case prior != nil && was.Equal(will) && !was.IsNull() && !wish.IsNull(): // Terraform's plan_valid.go: whole as it was
		case nested && wish.IsKnown() && !wish.IsNull():
			before, elements, will := fields(was), fields(wish), fields(will)
			if !slices.Equal(slices.Sorted(maps.Keys(elements)), slices.Sorted(maps.Keys(will))) {
				return fmt.Errorf("%s is planned with other keys than configured", here)
			}
			for key, element := range elements {
				if !element.IsKnown() {
					continue
				}
				if err := validObject(a.NestedType.Attributes, here+"."+key, fields(before[key]), fields(element), fields(will[key])); err != nil {
					return err
				}
			}
		case wish.IsNull() && a.Computed, wish.Equal(will):
		default:
			return fmt.Errorf("%s is planned as %s, is configured as %s and was %s", here, will, wish, was)
		}
	}
	return nil
}

// conforms tells where a result is not what was planned: only what was unknown
// may be anything.
func conforms(at string, planned, result tftypes.Value) error {
	if !planned.IsKnown() || planned.Equal(result) {
		return nil
	}
	_, isMap := planned.Type().(tftypes.Map)
	_, isObject := planned.Type().(tftypes.Object)
	if isMap || isObject {
		will, is := fields(planned), fields(result)
		if !slices.Equal(slices.Sorted(maps.Keys(will)), slices.Sorted(maps.Keys(is))) {
			return fmt.Errorf("%s was planned with the keys %v and has %v", at, slices.Sorted(maps.Keys(will)), slices.Sorted(maps.Keys(is)))
		}
		for name := range will {
			if err := conforms(at+"."+name, will[name], is[name]); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("%s was planned as %s and is %s", at, planned, result)
}

// fields are an object's attributes or a map's elements; nil for null and for
// unknown.
func fields(v tftypes.Value) map[string]tftypes.Value {
	var in map[string]tftypes.Value
	if v.IsNull() || !v.IsKnown() || v.As(&in) != nil {
		return nil
	}
	return in
}
