package split

import (
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// groups makes groups of names, numbers of members and shares, as in
// "blue 3 90, green 1 10".
func groups(t *testing.T, text string) map[string]Group {
	t.Helper()
	all := map[string]Group{}
	for _, one := range strings.Split(text, ", ") {
		var name, share string
		var g Group
		if _, err := fmt.Sscan(one, &name, &g.Members, &share); err != nil {
			t.Fatalf("%q: %v", one, err)
		}
		var ok bool
		if g.Share, ok = new(big.Rat).SetString(share); !ok {
			t.Fatalf("%q: no share", one)
		}
		all[name] = g
	}
	return all
}

func TestWorkedWeights(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		groups string
		want   string
	}{
		{"blue 3 90, green 1 10", "map[blue:99 green:33]"},
		{"blue 3 9, green 1 1", "map[blue:99 green:33]"},
		{"blue 3 100, green 1 0", "map[blue:100 green:0]"},
		{"blue 3 100, green 0 0", "map[blue:100 green:0]"},
		{"blue 3 95, green 3 5", "map[blue:95 green:5]"},
		{"blue 4 95, green 1 5", "map[blue:95 green:20]"},
		{"blue 10 99, green 1 1", "map[blue:99 green:10]"},
		{"blue 7 70, green 3 30", "map[blue:100 green:100]"},
		{"blue 5 67, green 2 33", "map[blue:69 green:85]"},
		{"blue 5 2, green 2 1", "map[blue:80 green:100]"},
		{"blue 2 99, green 4 1", "map[blue:100 green:1]"},
		{"blue 2 99.5, green 4 0.5", "map[blue:100 green:0]"},
		{"blue 200 90, green 13 10", "map[blue:31 green:53]"},
		{"blue 1 33.3, green 1 66.6", "map[blue:50 green:100]"},
		{"blue 1 1e-90, green 1 2e-90", "map[blue:50 green:100]"},
		{"a 1 1, b 1 1, c 1 1", "map[a:100 b:100 c:100]"},
		{"a 3 1, b 2 1, c 1 1", "map[a:32 b:48 c:96]"},
		{"a 5 60, b 3 30, c 2 10", "map[a:96 b:80 c:40]"},
		{"a 4 90, b 2 9, c 1 1", "map[a:90 b:18 c:4]"},
		{"one 4 100", "map[one:100]"},
		{"one 1000000 0.001", "map[one:100]"},
		// What c cannot be given is astray whoever gets it: the smallest sum.
		{"a 1 50, b 1 45, c 50 5", "map[a:100 b:100 c:0]"},
	} {
		got, err := Weights(groups(t, test.groups))
		if err != nil {
			t.Errorf("%s: %v", test.groups, err)
			continue
		}
		if text := fmt.Sprint(got); text != test.want {
			t.Errorf("%s: %s, want %s", test.groups, text, test.want)
		}
	}
	if got, err := Weights(nil); err != nil || len(got) != 0 {
		t.Errorf("no groups: %v, %v", got, err)
	}
}

func TestErrorsNameTheirGroups(t *testing.T) {
	t.Parallel()
	many := map[string]Group{}
	for i := range MaxGroups + 1 {
		many[fmt.Sprint(i)] = Group{Members: 1, Share: big.NewRat(1, 1)}
	}
	for _, test := range []struct {
		groups map[string]Group
		want   string
	}{
		{groups(t, "blue -1 1, green 1 1"), `group "blue": the number of members is negative: -1`},
		{groups(t, "blue 1000001 1"), `group "blue": the number of members is 1000001; it may be 1000000 at most`},
		{groups(t, "blue 1 1, green 1 -0.5"), `group "green": the share is negative`},
		{groups(t, "blue 1 1, green 0 0.1"), `group "green": the share is above 0, but there is no member to take it`},
		{groups(t, "b -1 0, a 0 1, c 1 1"), "group \"a\": the share is above 0, but there is no member to take it\n" +
			`group "b": the number of members is negative: -1`},
		{groups(t, "blue 1 0, green 0 0"), "all shares are 0, so that no group would get any traffic; " +
			"to take all members out of service, set their weight to 0 instead"},
		{many, "13 groups have a share above 0; it may be 12 at most"},
	} {
		got, err := Weights(test.groups)
		if err == nil || err.Error() != test.want {
			t.Errorf("%v: %v, %v; want %s", test.groups, got, err, test.want)
		}
	}
}

// Every combination of weights is tried, and the rule of Weights picks one.
func TestWeightsAreThoseOfBruteForce(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, kind := range []struct{ groups, members, share, limit, cases int }{
		{2, 12, 100, 100, 300},
		{2, 3, 9, 100, 100},
		{3, 12, 1000, 100, 2},
		{3, 8, 100, 20, 150},
		{3, 4, 8, 12, 300}, // of small numbers many are equally near
		{4, 10, 40, 9, 100},
		{4, 60, 1000, 9, 100}, // and of large groups some get nothing
		{5, 8, 20, 5, 60},
		{6, 5, 9, 3, 60},
	} {
		for range kind.cases {
			var names []string
			all := map[string]Group{}
			members, shares := make([]int64, kind.groups), make([]int64, kind.groups)
			for i := range kind.groups {
				name := string(rune('a' + i))
				members[i], shares[i] = 1+random.Int64N(int64(kind.members)), 1+random.Int64N(int64(kind.share))
				names = append(names, name)
				all[name] = Group{Members: members[i], Share: big.NewRat(shares[i], 7)}
			}
			s := newSearch(names, all, int64(kind.limit))
			s.run()
			got, want := primitive(s.best.weights), primitive(nearest(members, shares, int64(kind.limit)))
			if !slices.Equal(got, want) {
				t.Errorf("members %v, shares %v, weights to %d: %v, want %v", members, shares, kind.limit, got, want)
			}
		}
	}
}

// nearest tries all weights.
func nearest(members, shares []int64, limit int64) []int64 {
	var sum int64
	for _, s := range shares {
		sum += s
	}
	var best []int64
	var bestAstray, bestTotal int64
	weights := make([]int64, len(members))
	for next(weights, limit) {
		var total, astray int64
		for i, w := range weights {
			total += members[i] * w
		}
		for i, w := range weights {
			astray += max(members[i]*w*sum-shares[i]*total, shares[i]*total-members[i]*w*sum)
		}
		switch here, there := astray*bestTotal, bestAstray*total; {
		case best == nil, here < there, here == there && total < bestTotal,
			here == there && total == bestTotal && slices.Compare(weights, best) > 0:
			best, bestAstray, bestTotal = slices.Clone(weights), astray, total
		}
	}
	return best
}

// next counts weights up, and is false after the last.
func next(weights []int64, limit int64) bool {
	for i := range weights {
		if weights[i] < limit {
			weights[i]++
			return true
		}
		weights[i] = 0
	}
	return false
}

func primitive(weights []int64) []int64 {
	lowest := slices.Clone(weights)
	for d := slices.Max(weights); d > 1; d-- {
		for !slices.ContainsFunc(lowest, func(w int64) bool { return w%d != 0 }) {
			for i := range lowest {
				lowest[i] /= d
			}
		}
	}
	return lowest
}

// A roll-out goes forward only: whoever gets a larger share never gets less, and
// the scale of the weights stays.
func TestAGrowingShareNeverGetsLess(t *testing.T) {
	t.Parallel()
	for _, members := range [][2]int64{{1, 1}, {3, 1}, {1, 3}, {5, 2}, {20, 1}, {12, 7}} {
		before := new(big.Rat)
		for share := range int64(401) {
			weights, err := Weights(map[string]Group{
				"blue":  {Members: members[0], Share: big.NewRat(400-share, 4)},
				"green": {Members: members[1], Share: big.NewRat(share, 4)},
			})
			if err != nil {
				t.Fatal(err)
			}
			if top := max(weights["blue"], weights["green"]); top <= 50 || top > 100 {
				t.Errorf("members %v, share %d/400: %v", members, share, weights)
			}
			blue, green := members[0]*weights["blue"], members[1]*weights["green"]
			now := big.NewRat(green, blue+green)
			if now.Cmp(before) < 0 {
				t.Errorf("members %v: green gets %v at share %d/400, and got %v", members, now, share, before)
			}
			before = now
		}
	}
}

// Shares that only differ in scale are the same, however long their fractions.
func TestSharesAreRelative(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	third, _ := new(big.Rat).SetString("0." + strings.Repeat("3", 154))
	for range 200 {
		one, other := map[string]Group{}, map[string]Group{}
		for _, name := range []string{"a", "b", "c"} {
			g := Group{Members: 1 + random.Int64N(9), Share: big.NewRat(1+random.Int64N(99), 10)}
			one[name] = g
			g.Share = new(big.Rat).Mul(g.Share, third)
			other[name] = g
		}
		got, err := Weights(one)
		if err != nil {
			t.Fatal(err)
		}
		scaled, err := Weights(other)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, scaled) {
			t.Errorf("%v: %v, and times a third %v", one, got, scaled)
		}
	}
}

// BenchmarkWeights shows what the number of groups costs.
func BenchmarkWeights(b *testing.B) {
	for _, n := range []int{2, 4, 8, MaxGroups} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			random := rand.New(rand.NewPCG(5, 6))
			all := map[string]Group{}
			for i := range n {
				all[fmt.Sprint(i)] = Group{Members: 1 + random.Int64N(30), Share: big.NewRat(1+random.Int64N(100_000), 1000)}
			}
			for b.Loop() {
				if _, err := Weights(all); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
