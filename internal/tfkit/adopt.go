package tfkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// adopt reads a state of an origin. Where it cannot be read, from has as much of
// its id as was found.
func adopt[M any, P TakenModel[M]](o Origin[P], state []byte) (model P, from arrival, err error) {
	from.Type = o.Type
	var also struct {
		ID       string             `json:"id"`
		Timeouts map[string]*string `json:"timeouts"`
	}
	if err = json.Unmarshal(state, &also); err != nil {
		return nil, from, Misread(err)
	}
	model, from.ID = P(new(M)), also.ID
	if from.Partial, err = o.Take(state, model); err != nil {
		return nil, from, Misread(err)
	}
	base := model.Shared()
	base.AdoptExisting, base.WaitForHealthy = types.BoolValue(false), types.BoolValue(false)
	base.DrainDuration = types.StringValue("")
	base.Timeouts = keptTimeouts(also.Timeouts)
	if l := lingeringOf(model); l != nil {
		l.WaitForDrained = types.BoolValue(true)
	}
	if set, is := any(model).(interface{ Set() *SetCommon }); is {
		set.Set().Displaced, set.Set().Others = othersOf(nil), othersOf(nil)
	}
	return model, from, nil
}

// Misread is the error of a JSON text that could not be read into Go's types, in
// words for who has not written the reader: which attribute is not as expected.
// Any other error is returned as it is.
func Misread(err error) error {
	wrong, is := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case !is:
		return err
	case wrong.Field == "":
		return fmt.Errorf("it is not an object, as expected, but a JSON %s", wrong.Value)
	}
	// Among the names are those of Go's embedded structs, which unlike attributes
	// have capitals.
	names := slices.DeleteFunc(strings.Split(wrong.Field, "."), func(name string) bool { return name != strings.ToLower(name) })
	return fmt.Errorf("its attribute %s is not as expected, but a JSON %s", strings.Join(names, "."), wrong.Value)
}

// An Adopter is a resource type to which states of other providers move. It says
// without a Terraform what they come to.
type Adopter interface {
	// OriginTypes are the types of those states.
	OriginTypes() []string
	// Adopt reads a state of such a type, a JSON object, into a model of the
	// resource's schema. partial are the servers of whose members it does not say
	// enough; see [Origin].
	Adopt(origin string, state []byte) (model any, partial []string, err error)
}

// OriginTypes are the types of other providers whose states become one member.
func (v *Verbs[M, P]) OriginTypes() []string { return originTypes(v.Origins) }

// Adopt reads a state of another provider's.
func (v *Verbs[M, P]) Adopt(origin string, state []byte) (model any, partial []string, err error) {
	return adoptAny[M](v.Type, v.Origins, origin, state)
}

// OriginTypes are the types of other providers whose states become many members.
func (v *SetVerbs[M, E, P, I]) OriginTypes() []string { return originTypes(v.Origins) }

// Adopt reads a state of another provider's.
func (v *SetVerbs[M, E, P, I]) Adopt(origin string, state []byte) (model any, partial []string, err error) {
	return adoptAny[M](v.Type, v.Origins, origin, state)
}

func originTypes[P any](origins []Origin[P]) (types []string) {
	for _, o := range origins {
		types = append(types, o.Type)
	}
	return types
}

func adoptAny[M any, P TakenModel[M]](own string, origins []Origin[P], origin string, state []byte) (model any, partial []string, err error) {
	i := slices.Index(originTypes(origins), origin)
	if i < 0 {
		return nil, nil, fmt.Errorf("a state of %s cannot become one of %s", origin, own)
	}
	m, from, err := adopt[M](origins[i], state)
	return m, from.Partial, err
}
