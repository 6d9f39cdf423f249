// Package split divides traffic among groups of members by the only means that
// load balancers offer: a whole number from 0 to 100 for each member, its
// weight. A member gets its weight's part of the sum of all weights.
package split

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
)

// Limits of what [Weights] takes. They are far above what a load balancer holds
// and keep a slip from costing minutes.
const (
	MaxGroups  = 12
	MaxMembers = 1_000_000 // of one group
)

// maxWeight is the largest weight of a member, on every cloud.
const maxWeight = 100

// Group is what is wanted of one group.
type Group struct {
	// Members is how many members the group has, all with the same weight; 0 to
	// MaxMembers.
	Members int64
	// Share is the part of the traffic that the group is to get, relative to the
	// other groups' shares: not negative, not nil.
	Share *big.Rat
}

// Weights is the weight of each member of each group, by the groups' names, such
// that as little traffic as possible goes to a group that should not have it.
//
// That is the sum, over the groups that get more than their share, of what they
// get too much. Of several results that are equally near, the one whose sum of
// all members' weights in lowest terms is smallest is taken, and of those the one
// with the larger weight for the group that comes first by name. Weights in
// lowest terms are then multiplied by as much as fits, so that the largest is
// above 50 and the scale does not jump from one split to the next.
//
// A group with share 0 gets weight 0. One with a small share does where that is
// nearer than what weight 1 would give it. No groups have no weights.
//
// The errors, of which each names its group: a number of members or a share out
// of its range, and a share above 0 with no members. All shares 0, and more than
// MaxGroups groups with shares above 0, are errors too.
func Weights(groups map[string]Group) (map[string]int64, error) {
	weights := make(map[string]int64, len(groups))
	if len(groups) == 0 {
		return weights, nil
	}
	if err := check(groups); err != nil {
		return nil, err
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		weights[name] = 0
		if groups[name].Share.Sign() > 0 {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0:
		return nil, errors.New("all shares are 0, so that no group would get any traffic; to take all members out of service, set their weight to 0 instead")
	case len(names) > MaxGroups:
		return nil, fmt.Errorf("%d groups have a share above 0; it may be %d at most", len(names), MaxGroups)
	}
	s := newSearch(names, groups, maxWeight)
	s.run()
	for i, w := range upscaled(s.best.weights) {
		weights[names[i]] = w
	}
	return weights, nil
}

// check is an error for all groups that are not as they should be.
func check(groups map[string]Group) error {
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		g := groups[name]
		var why string
		switch {
		case g.Members < 0:
			why = fmt.Sprintf("the number of members is negative: %d", g.Members)
		case g.Members > MaxMembers:
			why = fmt.Sprintf("the number of members is %d; it may be %d at most", g.Members, MaxMembers)
		case g.Share.Sign() < 0:
			why = "the share is negative"
		case g.Share.Sign() > 0 && g.Members == 0:
			why = "the share is above 0, but there is no member to take it"
		default:
			continue
		}
		wrong = append(wrong, fmt.Errorf("group %q: %s", name, why))
	}
	return errors.Join(wrong...)
}

// upscaled is weights in lowest terms, multiplied by as much as fits.
func upscaled(weights []int64) []int64 {
	divisor := commonDivisor(weights)
	factor := maxWeight / (slices.Max(weights) / divisor)
	scaled := make([]int64, len(weights))
	for i, w := range weights {
		scaled[i] = w / divisor * factor
	}
	return scaled
}

// commonDivisor is the greatest that all weights have in common.
func commonDivisor(weights []int64) int64 {
	var divisor int64
	for _, w := range weights {
		for w != 0 {
			divisor, w = w, divisor%w
		}
	}
	return divisor
}
