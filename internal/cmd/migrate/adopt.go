package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// old is an instance, and what it becomes.
type old struct {
	instance
	origin
	group    string
	own      fields // what the configuration of the new resource has beside members and timeouts
	members  []member
	timeouts fields
	notes    []string
	vague    int // members of which the state does not say enough
}

// member is one member as the configuration writes it.
type member struct {
	label string // its natural key
	has   fields
	vague bool // the old state does not say all of its key
}

// covered tells whether another is the same member, as far as both are told.
func (m member) covered(by member) bool {
	return by.label == m.label || m.vague && text(by.has.get("server_id")) == text(m.has.get("server_id")) && text(by.has.get("port")) == text(m.has.get("port"))
}

// region is where the old state says that the instance is; "" where it does not.
func (o old) region() string {
	region, _ := o.own.get("region").(string)
	return region
}

// unsaid is of how many members the state does not say enough; one that names none
// says less than any other.
func (o old) unsaid() int {
	if len(o.members) == 0 {
		return math.MaxInt
	}
	return o.vague
}

// newType is what the instance becomes where it stays what it is.
func (o old) newType() string {
	if o.isSet {
		return o.set
	}
	return o.single
}

// adopt reads an instance as the provider does when it moves.
func adopt(ctx context.Context, i instance, from origin) (old, error) {
	o := old{instance: i, origin: from}
	model, partial, err := from.adopter.Adopt(i.typ, i.state)
	if err != nil {
		return o, fmt.Errorf("%s: %w", i.address, err)
	}
	has := from.singleHas
	if from.isSet {
		has = from.setHas
	}
	state := tfsdk.State{Schema: has, Raw: tftypes.NewValue(has.Type().TerraformType(ctx), nil)}
	if diags := state.Set(ctx, model); diags.HasError() {
		return o, fmt.Errorf("%s: %s", i.address, diags[0].Detail())
	}
	values := objectOf(state.Raw)
	o.vague = len(partial)
	o.readMembers(values, model)
	own := maps.Clone(has.Attributes)
	maps.DeleteFunc(own, func(name string, _ schema.Attribute) bool { return name == o.items || !o.isSet && o.member[name] })
	o.own, _ = written(own, values, o.defaults[o.newType()])
	o.group, _ = o.own.get(o.kind.group).(string)
	timeouts := objectOf(values["timeouts"])
	for _, name := range slices.Sorted(maps.Keys(timeouts)) {
		if v := plain(timeouts[name]); v != nil {
			o.timeouts = append(o.timeouts, field{name, v})
		}
	}
	o.warn()
	return o, nil
}

func (o *old) readMembers(values map[string]tftypes.Value, model any) {
	attributes := maps.Clone(o.singleHas.Attributes)
	maps.DeleteFunc(attributes, func(name string, _ schema.Attribute) bool { return !o.member[name] })
	add := func(label string, values map[string]tftypes.Value) {
		has, unsaid := written(attributes, values, o.defaults[o.single])
		if len(unsaid) > 0 {
			o.note("The old state does not say all of %s: write its %s below, and into its label where it has one. As it stands, the plan is refused.",
				label, strings.Join(unsaid, ", "))
		}
		if weight, is := o.defaults[o.single]["weight"]; is && oneWeight[o.typ] && has.get("weight") == nil {
			has = append(has, field{"weight", plain(weight)}) // for a person to change
		}
		o.members = append(o.members, member{label, has, len(unsaid) > 0})
	}
	if m, is := model.(interface{ Member() membership.Member }); is {
		add(m.Member().Key.String(), values)
		return
	}
	items := objectOf(values[o.items])
	for _, label := range slices.Sorted(maps.Keys(items)) {
		add(label, objectOf(items[label]))
	}
}

// cannotSendZero are providers that drop a weight of 0 from their requests, in
// some versions: those of Huawei Cloud's code.
var cannotSendZero = []string{"huaweicloud_", "sbercloud_", "g42cloud_", "flexibleengine_"}

// oneWeight are types whose state has one weight for all members.
var oneWeight = map[string]bool{"alicloud_slb_attachment": true}

// warn notes what a person must look at.
func (o *old) warn() {
	if oneWeight[o.typ] && len(o.members) > 1 {
		o.note("The old state has one weight for all of these servers, that of the first. If the plan changes a weight, the value that it changes from is the true one: write that.")
	}
	isZero := func(m member) bool {
		weight, has := m.has.get("weight").(fmt.Stringer)
		return has && weight.String() == "0"
	}
	if slices.ContainsFunc(cannotSendZero, func(prefix string) bool { return strings.HasPrefix(o.typ, prefix) }) && slices.ContainsFunc(o.members, isZero) {
		o.note("Some versions of the old provider could not send a weight of 0: look whether it is meant, since such a member gets no new requests.")
	}
}

func (o *old) note(text string, args ...any) { o.notes = append(o.notes, fmt.Sprintf(text, args...)) }
