package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/split"
)

var _ function.Function = trafficSplit{}

// trafficSplit is the function traffic_split: weights from shares of traffic. It
// belongs to no cloud and needs no configuration.
type trafficSplit struct{}

func newTrafficSplit() function.Function { return trafficSplit{} }

func (trafficSplit) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "traffic_split"
}

func (trafficSplit) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Weights from shares of traffic",
		MarkdownDescription: "The weight of each member of each group, a whole number from 0 to 100, such that the groups' traffic is as near to their shares as weights can bring it: " +
			"as little traffic as possible goes to a group that should not have it. The largest weight is always above 50, so that the scale does not jump from one step of a roll-out to the next. " +
			"The result is exact, and the same on every machine.",
		Parameters: []function.Parameter{
			// Numbers, because of an Int64 that is a fraction the framework says that
			// it is to be reported to the provider's developers.
			function.MapParameter{
				Name: "groups",
				MarkdownDescription: "The groups, by names of your choice, each with `members`, how many members the group has (a whole number, 0 or more), and `share`, " +
					"the part of the traffic that it is to get (0 or more). Shares are relative: 9 and 1 are the same as 90 and 10.",
				ElementType: types.ObjectType{AttrTypes: map[string]attr.Type{"members": types.NumberType, "share": types.NumberType}},
			},
		},
		Return: function.MapReturn{ElementType: types.Int64Type},
	}
}

func (trafficSplit) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var argument map[string]types.Object
	if resp.Error = req.Arguments.Get(ctx, &argument); resp.Error != nil {
		return
	}
	groups := make(map[string]split.Group, len(argument))
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(argument)) {
		group, err := newGroup(argument[name])
		if err != nil {
			wrong = append(wrong, fmt.Errorf("group %q: %w", name, err))
		}
		groups[name] = group
	}
	err := errors.Join(wrong...)
	var weights map[string]int64
	if err == nil {
		weights, err = split.Weights(groups)
	}
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, weights)
}

// newGroup is a group as Terraform hands it over. Terraform refuses null for the
// whole argument only, and calls no function with what is not known yet.
func newGroup(o types.Object) (split.Group, error) {
	if o.IsNull() {
		return split.Group{}, errors.New("it is null")
	}
	members, err := number(o, "members")
	if err != nil {
		return split.Group{}, err
	}
	share, err := number(o, "share")
	if err != nil {
		return split.Group{}, err
	}
	g := split.Group{}
	if !members.IsInt() {
		return g, fmt.Errorf("the number of members is not a whole number: %s", members.Text('g', 10))
	}
	var exact big.Accuracy
	if g.Members, exact = members.Int64(); exact != big.Exact {
		return g, fmt.Errorf("the number of members is %s; it may be %d at most", members.Text('g', 10), split.MaxMembers)
	}
	g.Share, err = fraction(share)
	return g, err
}

// number is an attribute of a group, and finite.
func number(o types.Object, name string) (*big.Float, error) {
	v, ok := o.Attributes()[name].(types.Number)
	switch {
	case !ok || v.IsNull():
		return nil, fmt.Errorf("%s is null", name)
	case v.ValueBigFloat().IsInf():
		return nil, fmt.Errorf("%s is infinite", name)
	}
	return v.ValueBigFloat(), nil
}

// The smallest and the largest share. Beyond them an exact fraction would have
// more digits than anybody means.
var leastShare, mostShare = decimal("1e-99"), decimal("1e99")

// decimal is a number as Terraform reads it.
func decimal(text string) *big.Float {
	const precision = 512
	f, _, _ := big.ParseFloat(text, 10, precision, big.ToNearestEven) // of our own texts
	return f
}

// fraction is a share exactly as it was written. Terraform's numbers are binary
// fractions of 512 bits, which 33.3 is none of: where all bits are in use, the
// number meant is the shortest decimal fraction that comes to those bits.
func fraction(share *big.Float) (*big.Rat, error) {
	if size := new(big.Float).Abs(share); size.Sign() > 0 && size.Cmp(leastShare) < 0 || size.Cmp(mostShare) > 0 {
		return nil, fmt.Errorf("the share %s is out of range; it must be 0, or from 1e-99 to 1e99", share.Text('g', 10))
	}
	const doublePrecision = 53
	if share.MinPrec() <= doublePrecision {
		exact, _ := share.Rat(nil)
		return exact, nil
	}
	written, ok := new(big.Rat).SetString(share.Text('g', -1))
	if !ok {
		return nil, fmt.Errorf("the share %s is not a number", share.Text('g', 10))
	}
	return written, nil
}
