package membership

import (
	"testing"
	"time"
)

// The guess about the crowd, as arithmetic: what came and went, and how long to
// wait then while so many are here.
func TestHowLongACrowdIsWaitedFor(t *testing.T) {
	t.Parallel()
	const quiet, most = 20 * time.Millisecond, 100 * time.Millisecond
	for name, tt := range map[string]struct {
		crowd      crowd
		here       int
		gap, limit time.Duration
		missing    bool
	}{
		"nobody is known":              {crowd{}, 1, quiet, most, false},
		"some of ten are back":         {crowd{known: 10, last: 10}, 4, minPatience, minMuster, true},
		"they come far apart":          {crowd{known: 10, last: 10, spread: 90 * time.Millisecond}, 4, 180 * time.Millisecond, 900 * time.Millisecond, true},
		"further than patience":        {crowd{known: 10, last: 10, spread: 400 * time.Millisecond}, 4, maxPatience, maxMuster, true},
		"all ten are back":             {crowd{known: 10, last: 10, spread: 90 * time.Millisecond}, 10, breath, minMuster, false},
		"more than the last round had": {crowd{known: 10, last: 4}, 10, minPatience, minMuster, false},
		"the only one":                 {crowd{known: 1, last: 1}, 1, quiet, minMuster, false},
	} {
		gap, limit, missing := tt.crowd.muster(tt.here, quiet, most)
		if gap != tt.gap || limit != tt.limit || missing != tt.missing {
			t.Errorf("%s: %v, %v, %t, want %v, %v, %t", name, gap, limit, missing, tt.gap, tt.limit, tt.missing)
		}
	}
}

func TestACrowdIsLearntAndForgotten(t *testing.T) {
	t.Parallel()
	var c crowd
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c.came(now, false, 1)
	c.sets(1, 1) // one goes first,
	c.came(now.Add(time.Millisecond), true, 10)
	if c.known != 10 { // and the others come while it is under way
		t.Errorf("%d known, want 10", c.known)
	}
	now = now.Add(100 * time.Millisecond)
	c.ends(now)
	for _, gap := range []time.Duration{5 * time.Millisecond, 30 * time.Millisecond, 8 * time.Millisecond} {
		now = now.Add(gap)
		c.came(now, false, 10)
	}
	if c.spread < 26*time.Millisecond || c.spread > 30*time.Millisecond {
		t.Errorf("spread %v, want the widest gap, a little faded", c.spread)
	}
	c.stayAway(3)
	if c.known != 3 {
		t.Errorf("%d known after the others stayed away, want 3", c.known)
	}
	c.came(now.Add(crowdMemory+time.Millisecond), false, 1)
	if c.known != 0 || c.spread != 0 || c.last != 0 {
		t.Errorf("%+v is known after a quiet time", c)
	}
}
