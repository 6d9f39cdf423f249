package split

import (
	"maps"
	"math/big"
	"slices"
)

// search looks for the nearest weights.
//
// It need not try all of them. Let W be the sum of all members' weights under
// some weights, n a group's members, s its share and S the sum of the shares; the
// group's exact weight is then W·s/(S·n). Where a group has one whole unit more
// than that, or more, taking the unit away makes nothing worse: each other group
// gets a larger part, and this one still has its share. Where it has a unit less,
// or lesser still, giving it one more makes the result better: each other group
// gets a smaller part, and this one still has no more than its share. So there
// are nearest weights, and those with the smallest sum are among them, that are
// each the exact weight rounded down or up, or the largest weight there is.
//
// Which numbers the exact weights are rounded down to changes at few values of W
// only, at most limit for each group. Between two of them each group rounds down or
// up, and which groups round up decides everything: they alone get more than
// their share, so that what goes astray is their traffic without their shares.
//
// All of it is exact. A result that depended on a rounding of the machine's could
// differ between a plan and its apply.
type search struct {
	limit   int64      // the largest weight there is
	members []int64    // by group
	shares  []*big.Int // by group, as whole numbers in the same proportions
	sum     *big.Int   // of shares
	rest    []int64    // by group, members of it and of those after it

	down    []int64 // the exact weights rounded down
	up      []bool  // the groups that round up instead
	from    int64   // what follows holds while W is at least this,
	to      int64   // and less than this
	best    result
	product [2]big.Int // scratch
}

// result is weights and how near they come. The traffic that goes astray is
// astray/total, in units of 1/sum.
type result struct {
	weights []int64
	astray  *big.Int
	total   int64 // the sum of all members' weights
}

func newSearch(names []string, groups map[string]Group, limit int64) *search {
	s := &search{
		limit: limit,
		sum:   new(big.Int),
		rest:  make([]int64, len(names)+1),
		down:  make([]int64, len(names)),
		up:    make([]bool, len(names)),
	}
	denominator := big.NewInt(1)
	for _, name := range names {
		d := groups[name].Share.Denom()
		common := new(big.Int).GCD(nil, nil, denominator, d)
		denominator.Mul(denominator, new(big.Int).Quo(d, common))
	}
	for _, name := range names {
		share := groups[name].Share
		whole := new(big.Int).Mul(share.Num(), new(big.Int).Quo(denominator, share.Denom()))
		s.members = append(s.members, groups[name].Members)
		s.shares = append(s.shares, whole)
		s.sum.Add(s.sum, whole)
	}
	for i := len(names) - 1; i >= 0; i-- {
		s.rest[i] = s.rest[i+1] + s.members[i]
	}
	return s
}

// run finds the best.
func (s *search) run() {
	starts := s.starts()
	sums := slices.Sorted(maps.Keys(starts))
	for i, from := range sums {
		for _, group := range starts[from] {
			s.down[group]++
		}
		s.from, s.to = from, s.most()+1
		if i+1 < len(sums) {
			s.to = sums[i+1]
		}
		s.round(0, s.total(), 0, new(big.Int))
		if s.best.astray != nil && s.best.astray.Sign() == 0 {
			return // and what follows is a multiple of it
		}
	}
}

// most is the largest sum of weights there is.
func (s *search) most() int64 { return s.limit * s.rest[0] }

// total is the sum of the weights rounded down.
func (s *search) total() int64 {
	var total int64
	for i, w := range s.down {
		total += w * s.members[i]
	}
	return total
}

// starts says from which sums of weights on an exact weight rounds down to one
// more, and of which groups. It begins with 0, where none is in it.
func (s *search) starts() map[int64][]int {
	starts := map[int64][]int{0: nil}
	for i, share := range s.shares {
		step := new(big.Int).Mul(big.NewInt(s.members[i]), s.sum) // over share
		for weight := int64(1); weight <= s.limit; weight++ {
			at, remainder := new(big.Int).QuoRem(new(big.Int).Mul(step, big.NewInt(weight)), share, new(big.Int))
			if remainder.Sign() > 0 {
				at.Add(at, big.NewInt(1))
			}
			if !at.IsInt64() || at.Int64() > s.most() {
				break
			}
			starts[at.Int64()] = append(starts[at.Int64()], i)
		}
	}
	return starts
}

// round tries for the groups from i on both ways to round. total is the sum of
// weights so far, where those still to come round down; above and shares are what
// the groups that round up get, and have as their shares.
func (s *search) round(i int, total, above int64, shares *big.Int) {
	if total >= s.to || total+s.rest[i] < s.from {
		return
	}
	if i == len(s.down) {
		s.judge(total, above, shares)
		return
	}
	s.round(i+1, total, above, shares)
	if s.down[i] == s.limit {
		return
	}
	s.up[i] = true
	s.round(i+1, total+s.members[i], above+s.members[i]*(s.down[i]+1), new(big.Int).Add(shares, s.shares[i]))
	s.up[i] = false
}

// judge keeps the weights at hand if they are better than the best so far.
func (s *search) judge(total, above int64, shares *big.Int) {
	if total == 0 {
		return // nobody gets anything
	}
	astray := new(big.Int).Mul(big.NewInt(above), s.sum)
	astray.Sub(astray, s.product[0].Mul(big.NewInt(total), shares))
	if s.best.astray != nil {
		here := s.product[0].Mul(astray, big.NewInt(s.best.total))
		there := s.product[1].Mul(s.best.astray, big.NewInt(total))
		switch c := here.Cmp(there); {
		case c > 0, c == 0 && total > s.best.total:
			return
		case c == 0 && total == s.best.total && slices.Compare(s.weights(), s.best.weights) <= 0:
			return
		}
	}
	s.best = result{weights: s.weights(), astray: astray, total: total}
}

// weights are the weights at hand.
func (s *search) weights() []int64 {
	weights := slices.Clone(s.down)
	for i := range weights {
		if s.up[i] {
			weights[i]++
		}
	}
	return weights
}
