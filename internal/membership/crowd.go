package membership

import "time"

// The waits for a crowd: the callers whose operations are under way at once,
// as many as Terraform's parallelism allows. How far apart they come depends on
// how busy the machine is, so the waits follow what was seen of late.
const (
	// minPatience and maxPatience bound the wait for the next of a known
	// crowd, which is twice the widest gap of late.
	minPatience, maxPatience = 100 * time.Millisecond, 500 * time.Millisecond
	// minMuster and maxMuster bound the wait for a whole crowd.
	minMuster, maxMuster = 500 * time.Millisecond, 2 * time.Second
	// breath is the wait for those who come in the same moment as the last of a
	// known crowd, and are not known yet.
	breath = time.Millisecond
	// crowdMemory is how long a quiet lock remembers its crowd.
	crowdMemory = 2 * time.Second
)

// crowd is a guess how many callers work under one lock at once. The callers
// that a round released come back one by one with their next members: a round
// sent before the last of them would carry a part of the crowd, the next round
// the other part, and so on for ever, at twice the calls.
type crowd struct {
	known  int           // how many callers there were at once of late; 0 when not known
	active time.Time     // when something last came or went
	spread time.Duration // the widest gap between arrivals of late
	last   int           // how many callers the last round held
}

// came notes an arrival. there are the callers now, of those in a round and
// those that wait; busy says whether a round is under way, when the gap between
// arrivals says nothing.
func (c *crowd) came(now time.Time, busy bool, there int) {
	switch since := now.Sub(c.active); {
	case busy:
	case since > crowdMemory:
		c.known, c.spread, c.last = 0, 0, 0
	case since < maxPatience:
		c.spread = max(since, c.spread*7/8)
	}
	c.active = now
	if c.known > 0 {
		c.known = max(c.known, there)
	}
}

// sets notes that a round of so many callers begins, while there are so many in
// all.
func (c *crowd) sets(round, there int) {
	c.last = round
	c.known = max(c.known, there)
}

// ends notes the end of a round.
func (c *crowd) ends(now time.Time) { c.active = now }

// muster is how long to wait for the next arrival, and in all, while so many
// callers are here, and whether some of a known crowd are missing. A caller who
// comes first, or alone, waits the quiet gap for others, at most the max gap.
func (c *crowd) muster(here int, quiet, most time.Duration) (gap, limit time.Duration, missing bool) {
	switch {
	case c.known == 0:
		return quiet, most, false
	case here < c.known:
		return min(max(2*c.spread, minPatience), maxPatience), min(max(c.spread*time.Duration(c.known), minMuster), maxMuster), true
	case here > c.last:
		// More have come than the last round held: the crowd is still growing,
		// and nobody knows yet how large it is.
		return minPatience, minMuster, false
	case c.known == 1: // no crowd yet
		return quiet, minMuster, false
	default: // everybody known is here
		return breath, minMuster, false
	}
}

// stayAway notes that those who were missing do not come: so many are here.
func (c *crowd) stayAway(here int) { c.known = here }
