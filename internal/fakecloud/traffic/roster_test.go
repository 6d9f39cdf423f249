package traffic

import (
	"strings"
	"testing"
	"time"
)

func always(Target) bool { return true }

func turns(w wheel, n int, usable func(Target) bool, targets ...Target) string {
	var b strings.Builder
	for range n {
		t, ok := w.next(targets, usable)
		if !ok {
			b.WriteString("-")
			continue
		}
		b.WriteString(t.Key)
	}
	return b.String()
}

func TestTurnsFollowTheWeightsSmoothly(t *testing.T) {
	t.Parallel()
	a, b, c := Target{Key: "a", Weight: 5}, Target{Key: "b", Weight: 1}, Target{Key: "c", Weight: 1}
	if got := turns(wheel{}, 14, always, a, b, c); got != "aabacaaaabacaa" {
		t.Errorf("5, 1, 1 gave %s", got)
	}
	c.Weight = 0
	if got := turns(wheel{}, 12, always, a, b, c); strings.Count(got, "a") != 10 || strings.Contains(got, "c") {
		t.Errorf("5, 1, 0 gave %s", got)
	}
}

func TestWhatIsUnusableGetsNoTurnAndHoardsNone(t *testing.T) {
	t.Parallel()
	w := wheel{}
	a, b := Target{Key: "a", Weight: 1}, Target{Key: "b", Weight: 1}
	notA := func(t Target) bool { return t.Key != "a" }
	if got := turns(w, 20, notA, a, b); got != strings.Repeat("b", 20) {
		t.Errorf("without a: %s", got)
	}
	// It comes back to its share, not to all that it missed.
	if got := turns(w, 10, always, a, b); strings.Count(got, "a") != 5 {
		t.Errorf("with a again: %s", got)
	}
	if got := turns(w, 2, func(Target) bool { return false }, a, b); got != "--" {
		t.Errorf("without any: %s", got)
	}
}

func TestAChangeTakesItsTimeToArrive(t *testing.T) {
	t.Parallel()
	const delay = 5 * time.Second
	begin := time.Now()
	one, two, three := []Target{{Key: "1"}}, []Target{{Key: "2"}}, []Target{{Key: "3"}}
	for name, steps := range map[string][]struct {
		after time.Duration
		tells []Target
		knows string
	}{
		"the first counts at once": {{0, one, "1"}},
		"a change later": {
			{0, one, "1"}, {time.Second, two, "1"}, {5 * time.Second, two, "1"}, {6 * time.Second, two, "2"},
		},
		"each after its own delay": {
			{0, one, "1"}, {time.Second, two, "1"}, {3 * time.Second, three, "1"},
			{6 * time.Second, three, "2"}, {7 * time.Second, three, "2"}, {8 * time.Second, three, "3"},
		},
		"several at one look, the last counts": {
			{0, one, "1"}, {time.Second, two, "1"}, {2 * time.Second, three, "1"}, {time.Minute, three, "3"},
		},
		"there and back": {
			{0, one, "1"}, {time.Second, two, "1"}, {2 * time.Second, one, "1"}, {6 * time.Second, one, "2"}, {7 * time.Second, one, "1"},
		},
	} {
		r := roster{delay: delay}
		before := ""
		for _, s := range steps {
			changed := r.see(begin.Add(s.after), s.tells)
			knows := r.current[0].Key
			if knows != s.knows || changed != (knows != before) {
				t.Errorf("%s: after %s it knows %s, changed %t; want %s", name, s.after, knows, changed, s.knows)
			}
			before = knows
		}
	}
	at := roster{}
	if at.see(begin, one); !at.see(begin, two) || at.current[0].Key != "2" {
		t.Errorf("without a delay: %v", at.current)
	}
}

func TestOfTwoTargetsWithOneKeyTheFirstCounts(t *testing.T) {
	t.Parallel()
	r := roster{}
	r.see(time.Now(), []Target{{Key: "a", Weight: 1}, {Key: "a", Weight: 2}, {Key: "b"}})
	if len(r.current) != 2 || r.current[0].Weight != 1 {
		t.Errorf("%+v", r.current)
	}
}

func TestProbesInARowChangeAStatus(t *testing.T) {
	t.Parallel()
	check := Check{Healthy: 3, Unhealthy: 2}.filled(HTTP)
	for _, tc := range []struct {
		probes string // + and -
		want   string // status after each: pending, healthy, unhealthy
	}{
		{"+", "h"},
		{"-+", "ph"},
		{"--", "pu"},
		{"--+-++-+++", "puuuuuuuuh"},
		{"+-+--++", "hhhhuuu"},
		{"+--+++-+--", "hhuuuhhhhu"},
	} {
		p := &probe{health: Health{Status: Pending}}
		var got strings.Builder
		for _, r := range tc.probes {
			cause := NoCause
			if r == '-' {
				cause = Refused
			}
			p.note(check, cause, 0)
			got.WriteString(map[Status]string{Pending: "p", Healthy: "h", Unhealthy: "u"}[p.health.Status])
		}
		if got.String() != tc.want {
			t.Errorf("%s: %s, want %s", tc.probes, &got, tc.want)
		}
	}
}
