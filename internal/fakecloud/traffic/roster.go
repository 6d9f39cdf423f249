package traffic

import (
	"slices"
	"time"
)

// roster is the targets as a listener knows them: those that the API told of a
// while ago, where a change takes its time.
type roster struct {
	delay   time.Duration
	begun   bool
	current []Target
	coming  []announced // oldest first
}

type announced struct {
	at      time.Time
	targets []Target
}

// see takes in what the API tells now, and reports whether the targets that
// count have changed. The first answer counts at once.
func (r *roster) see(now time.Time, targets []Target) bool {
	targets = distinct(targets)
	if !r.begun || r.delay <= 0 {
		changed := !r.begun || !slices.Equal(r.current, targets)
		r.begun, r.current = true, targets
		return changed
	}
	last := r.current
	if n := len(r.coming); n > 0 {
		last = r.coming[n-1].targets
	}
	if !slices.Equal(last, targets) {
		r.coming = append(r.coming, announced{now, targets})
	}
	changed := false
	for len(r.coming) > 0 && now.Sub(r.coming[0].at) >= r.delay {
		r.current, r.coming, changed = r.coming[0].targets, r.coming[1:], true
	}
	return changed
}

// distinct drops targets whose key an earlier one has.
func distinct(targets []Target) []Target {
	seen := make(map[string]bool, len(targets))
	out := make([]Target, 0, len(targets))
	for _, t := range targets {
		if !seen[t.Key] {
			seen[t.Key] = true
			out = append(out, t)
		}
	}
	return out
}

// wheel is a smooth weighted round robin: of weights 5, 1, 1 it makes a a b a c
// a a, not a a a a a b c. It holds what each target is owed, by key.
type wheel map[string]int

// next picks one of the targets that are usable and have a weight.
func (w wheel) next(targets []Target, usable func(Target) bool) (Target, bool) {
	best, total := -1, 0
	for i, t := range targets {
		if t.Weight <= 0 || !usable(t) {
			delete(w, t.Key) // what it was owed is forgotten while it is out
			continue
		}
		w[t.Key] += t.Weight
		total += t.Weight
		if best < 0 || w[t.Key] > w[targets[best].Key] {
			best = i
		}
	}
	if best < 0 {
		return Target{}, false
	}
	w[targets[best].Key] -= total
	return targets[best], true
}
