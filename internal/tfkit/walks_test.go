package tfkit

import (
	"errors"
	"testing"
)

// Validated and planned are counted by what instances look like; one that looks
// as if it came again has been validated more often than planned.
func TestWhoWasValidatedMoreOftenThanPlanned(t *testing.T) {
	t.Parallel()
	a, b, whichever := shape{"t", "g", "a"}, shape{"t", "g", "b"}, shape{"t", "g", anything}
	type event struct {
		shape shape
		n     int
	}
	validated := func(s shape) event { return event{s, 1} }
	planned := func(s shape) event { return event{s, -1} }
	for name, tt := range map[string]struct {
		events []event
		of     shape
		want   bool
	}{
		"nothing happened":                      {nil, a, false},
		"validated, about to be planned":        {[]event{validated(a)}, a, true},
		"one plan for one validation":           {[]event{validated(a), planned(a)}, a, false},
		"two that are alike":                    {[]event{validated(a), validated(a), planned(a), planned(a)}, a, false},
		"validated again, by the apply":         {[]event{validated(a), validated(a), planned(a)}, a, true},
		"another one was":                       {[]event{validated(b)}, a, false},
		"one that was not known at validation":  {[]event{validated(whichever)}, a, true},
		"and has been planned since":            {[]event{validated(whichever), planned(a)}, a, false},
		"one of another type, not known":        {[]event{validated(shape{"u", "g", anything})}, a, false},
		"one of another group, not known":       {[]event{validated(shape{"t", "h", anything})}, a, false},
		"one of a group that is not known":      {[]event{validated(shape{"t", anything, "a"})}, a, true},
		"not known, and asked of what is not":   {[]event{validated(whichever)}, whichever, true},
		"a whole one says nothing of all":       {[]event{validated(a)}, whichever, false},
		"planned more often, by a second apply": {[]event{planned(a), planned(a), validated(a)}, a, false},
	} {
		var w Walks
		for _, e := range tt.events {
			w.Walk().count(e.shape, e.n)
		}
		same(t, name, w.ahead(tt.of), tt.want)
	}
}

func TestShapesThatMayBeOne(t *testing.T) {
	t.Parallel()
	same(t, "a part", part(value("a"))+part(value("-")), "a")
	same(t, "a part that is not known", part(value("?")), anything)
	same(t, "null and not known", shape{"t", part(value("-")), "a"}.whole(), true)
	for _, s := range []shape{{"t", anything, "a"}, {"t", "g", anything}} {
		same(t, "not whole", s.whole(), false)
		same(t, "fits", s.fits(shape{"t", "g", "a"}) && (shape{"t", "g", "a"}).fits(s), true)
		same(t, "does not fit another type", s.fits(shape{"u", "g", "a"}), false)
	}
	same(t, "another member", shape{"t", anything, "a"}.fits(shape{"t", "g", "b"}), false)
}

// A region is opened once; what could not be opened is tried again.
func TestRegionsAreOpenedOnce(t *testing.T) {
	t.Parallel()
	var r Regions[int]
	opened := 0
	open := func() (int, error) {
		if opened++; opened == 1 {
			return 0, errors.New("not yet")
		}
		return opened, nil
	}
	if _, err := r.In("a", open); err == nil {
		t.Error("no error")
	}
	for _, tt := range []struct {
		region string
		want   int
	}{{"a", 2}, {"a", 2}, {"b", 3}, {"a", 2}, {"b", 3}} {
		if got, err := r.In(tt.region, open); err != nil || got != tt.want {
			t.Errorf("%s: %d, %v; want %d", tt.region, got, err, tt.want)
		}
	}
}
