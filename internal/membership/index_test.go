package membership

import (
	"fmt"
	"slices"
	"testing"
)

// The index finds what a search from one end to the other finds, in order.
func TestAnIndexFindsWhatASearchFinds(t *testing.T) {
	t.Parallel()
	at := func(address string, port int, id string) Member {
		return Member{Key: Key{Address: address, Port: port}, ID: id}
	}
	listed := []Member{at("a", 1, "x"), at("a", 1, ""), at("b", 1, "y"), at("a", 1, "z"), at("b", 1, "y"), at("c", 1, ""), at("c", 1, "")}
	x := IndexOf(listed)
	for _, m := range append(slices.Clone(listed), at("a", 1, "gone"), at("d", 1, ""), at("b", 1, ""), at("b", 1, "x")) {
		var want []int
		known := slices.ContainsFunc(listed, func(l Member) bool { return m.ID != "" && l.ID == m.ID })
		for i, l := range listed {
			if l.Is(m) && (!known || l.ID == m.ID) {
				want = append(want, i)
			}
		}
		if got := slices.Collect(x.Of(m)); !slices.Equal(got, want) {
			t.Errorf("%v: places %v, want %v", m, got, want)
		}
	}
	if got := fmt.Sprint(slices.Collect(x.ByKey(Key{Address: "a", Port: 1})), slices.Collect(x.ByID("y"))); got != "[0 1 3] [2 4]" {
		t.Error(got)
	}
	var none Index
	for range none.Of(at("a", 1, "x")) {
		t.Error("the zero index finds something")
	}
}

// A member is found by its id first, whatever is at its key by now; by its key
// where the id is gone.
func TestAMemberIsFoundAgain(t *testing.T) {
	t.Parallel()
	at := func(address, id string) Member { return Member{Key: Key{Address: address, Port: 1}, ID: id} }
	listed := []Member{at("a", "x"), at("b", "y"), at("a", "z"), {Key: Key{Port: 1}, ID: "odd"}}
	for _, tt := range []struct {
		m    Member
		want string
	}{
		{at("b", "x"), "x"}, {at("a", "z"), "z"}, {at("a", "gone"), "x"}, {at("b", ""), "y"}, {at("c", "gone"), ""},
		{Member{ID: "y"}, "y"}, {Member{Key: Key{Port: 1}, ID: "gone"}, ""},
	} {
		if found, ok := Find(listed, tt.m); found.ID != tt.want || ok != (tt.want != "") {
			t.Errorf("%v is %q, want %q", tt.m, found.ID, tt.want)
		}
	}
}
