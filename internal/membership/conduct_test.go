package membership

import "testing"

// A new class, or a new finding, needs a name, and a class a row that says what
// to do about it.
func TestEveryClassHasItsRow(t *testing.T) {
	t.Parallel()
	for c := range classes {
		if classNames[c] == "" {
			t.Errorf("class %d has no name", c)
		}
		if conducts[c].write == 0 {
			t.Errorf("nothing says what to do about a write that ends %s", c)
		}
		if conducts[c].counts && !conducts[c].passes {
			t.Errorf("%s: what is not tried again is not counted", c)
		}
	}
	for f := NotSent; f < findings; f++ {
		if findingNames[f] == "" {
			t.Errorf("finding %d has no name", f)
		}
	}
}

func TestWhatNoAdapterClassifiedPromisesNothing(t *testing.T) {
	t.Parallel()
	if (&Error{}).Class != Unknown || ClassOf(nil) != Unknown {
		t.Error("the zero class is not Unknown")
	}
	if got := conductOf(&Error{Finding: NotSent, Class: Transient}); got.write != end || got.passes {
		t.Errorf("a caller who gave up: %+v", got)
	}
}
