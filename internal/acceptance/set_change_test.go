package acceptance_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Labels are the user's own: new ones, and another order, change nothing.
func TestNewLabelsChangeNothingInTheCloud(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.made(t, upTo(3), nil)
		s.settled(upTo(3), nil)
		renamed := map[string]listed{"m2": {n: 1}, "m3": {n: 2}, "z": {n: 3}}
		if p, err := s.plan(renamed, nil); err != nil || p.Empty {
			t.Errorf("the plan of new labels: empty %v, error %v", p.Empty, err)
		}
		calls := s.apply(renamed, nil)
		if len(calls) != 0 {
			t.Errorf("new labels made calls beyond the plan's read:\n%s", calls)
		}
		s.has("m2", "m3", "z")
		s.settled(renamed, nil)
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight})
	})
}

func TestOneChangeOfAMemberIsOneWrite(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.made(t, upTo(3), nil)
		ids := func() (ids []any) {
			if w.elb() {
				for _, label := range w.labels(s.c, s.o) {
					ids = append(ids, s.value(label, "member_id"))
				}
			}
			return ids
		}
		before := ids()
		text := w.Text
		items := plain(1, 3)
		items["m2"] = listed{2, map[string]any{"weight": 0, text: "web-2"}}
		s.writes(s.apply(items, nil), 1)
		w.holds(t, map[int]int{1: w.weight, 2: 0, 3: w.weight})
		if got := s.value("m2", text); got != "web-2" {
			t.Errorf("state has %s %v", text, got)
		}
		// What leaves the configuration goes back to its default.
		s.writes(s.apply(upTo(3), nil), 1)
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight})
		if got := s.value("m2", "weight"); got != w.weight {
			t.Errorf("state has weight %v, want %d", got, w.weight)
		}
		if w.elb() {
			// A port is changed in place, under the same label.
			items["m2"] = listed{2, map[string]any{"protocol_port": 9090}}
			s.writes(s.apply(items, nil), 1)
			if got := w.members()[strings.Replace(w.key(2), ":8080", ":9090", 1)]; got != w.weight {
				t.Errorf("the group holds %v", w.members())
			}
			if got := ids(); !slices.Equal(got, before) {
				t.Errorf("the members' ids are %v, were %v", got, before)
			}
		}
		s.destroy()
		w.holds(t, nil)
	})
}

// A member whose port becomes that of a neighbour is the neighbour under another
// label; the neighbour's label is a new member's then.
func TestPortsThatMoveAlong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := elbPool(t, true)
		at := func(ports ...int) map[string]listed {
			items := map[string]listed{}
			for i, p := range ports {
				items[string(rune('a'+i))] = listed{1, map[string]any{"protocol_port": p}}
			}
			return items
		}
		s := w.made(t, at(80, 81), nil)
		s.apply(at(81, 82), nil)
		w.holdsKeys(t, "10.0.0.2:81", "10.0.0.2:82")
		s.apply(at(82, 81), nil)
		w.holdsKeys(t, "10.0.0.2:81", "10.0.0.2:82")
		s.apply(at(83, 82, 81), nil)
		w.holdsKeys(t, "10.0.0.2:81", "10.0.0.2:82", "10.0.0.2:83")
		s.settled(at(83, 82, 81), nil)
	})
}

// holdsKeys checks the group's members but for the seed's foreign one.
func (w *world) holdsKeys(t *testing.T, want ...string) {
	t.Helper()
	got := w.members()
	delete(got, w.key(0))
	if keys := slices.Sorted(maps.Keys(got)); !slices.Equal(keys, want) {
		t.Errorf("the group holds %v, want %v", keys, want)
	}
}

// Drift shows at the member's own path, and only that member is put right.
func TestDriftIsPutRightMemberByMember(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.made(t, upTo(3), nil)
		w.reweight(2, 33)
		s.c.Run()
		s.c.MustRefresh(s.o)
		for label, want := range map[string]int{"m1": w.weight, "m2": 33, "m3": w.weight} {
			if got := s.value(label, "weight"); got != want {
				t.Errorf("%s was read with weight %v, want %d", label, got, want)
			}
		}
		calls := s.apply(upTo(3), nil)
		s.writes(calls, 1)
		w.order(t, calls, "update")
		w.outside(3)
		s.c.Run()
		s.c.MustRefresh(s.o)
		s.has("m1", "m2")
		calls = s.apply(upTo(3), nil)
		s.writes(calls, 1)
		w.order(t, calls, "add")
		if n := calls.Writes()[0].Items; n != 1 {
			t.Errorf("%d members were added, want the missing one:\n%s", n, calls)
		}
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight})
		for n := range 3 {
			w.outside(n + 1)
		}
		s.apply(upTo(3), nil)
		w.holds(t, map[int]int{1: w.weight, 2: w.weight, 3: w.weight})
	})
}

// A foreign member is nobody's business, unless the set owns the group.
func TestForeignMembers(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.made(t, upTo(2), nil)
		w.foreign(7, 9)
		s.settled(upTo(2), nil)
		w.outside(7)
		s.settled(upTo(2), nil)
		owns := map[string]any{"exclusive": true}
		s.writes(s.apply(upTo(2), owns), 1)
		if warned := strings.Join(s.c.Warnings(), "\n"); !strings.Contains(warned, w.key(0)) {
			t.Errorf("no warning names the foreign member: %s", warned)
		}
		w.holdsKeys(t, w.key(1), w.key(2))
		if _, there := w.members()[w.key(0)]; there {
			t.Error("the foreign member is still there")
		}
		w.foreign(7, 9)
		p, err := s.plan(upTo(2), owns)
		s.has("m1", "m2", w.key(7))
		if err != nil || p.Empty {
			t.Errorf("the plan of an owner with a foreign member: empty %v, error %v", p.Empty, err)
		}
		calls := s.apply(upTo(2), owns)
		s.writes(calls, 1)
		w.order(t, calls, "remove")
		w.holdsKeys(t, w.key(1), w.key(2))
		// A destroy takes what is in state, not what came since.
		w.foreign(8, 9)
		s.c.MustApply(s.o, nil)
		w.holdsKeys(t, w.key(8))
	})
}

// What the user lists under the natural label of a foreign member is that
// member, and is taken over by its owner without a removal.
func TestAnOwnerListsAForeignMember(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		owns := map[string]any{"exclusive": true, "adopt_existing": true}
		items := plain(1, 2)
		items["f"] = w.foreigner()
		s := w.made(t, items, owns)
		owns["adopt_existing"] = false
		s.apply(items, owns)
		w.foreign(3, 44)
		items["three"] = weighted(3, 44)
		if calls := s.apply(items, owns); len(calls) != 0 {
			t.Errorf("listing what is there made calls:\n%s", calls)
		}
		s.has("f", "m1", "m2", "three")
		// One that somebody removed and added again is another member on ELB;
		// its owner keeps it all the same.
		w.outside(3)
		w.foreign(3, 44)
		s.writes(s.apply(items, owns), 0)
		s.has("f", "m1", "m2", "three")
		s.settled(items, owns)
	})
}

// Two resources of the same kind on one group do not see each other's members.
func TestTwoSetsOnOneGroup(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		c := w.core(t)
		one, two := &aSet{t, w, c, c.New(w.Set)}, &aSet{t, w, c, c.New(w.Set)}
		one.apply(plain(1, 2), nil)
		two.apply(plain(3, 4), nil)
		for s, items := range map[*aSet]map[string]listed{one: plain(1, 2), two: plain(3, 4)} {
			s.settled(items, nil)
		}
		one.destroy()
		w.holds(t, map[int]int{3: w.weight, 4: w.weight})
		if p, err := two.plan(plain(3, 4), nil); err != nil || !p.Empty {
			t.Errorf("the plan after the other went: empty %v, error %v", p.Empty, err)
		}
		two.destroy()
		w.holds(t, nil)
	})
}

func TestAnEmptySet(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.newSet(t)
		s.writes(s.apply(nil, nil), 0)
		if s.o.State.IsNull() {
			t.Error("an empty set is not in state")
		}
		w.foreign(1, 5)
		s.settled(nil, nil)
		s.has()
		w.outside(1)
		s.apply(upTo(2), nil)
		s.apply(nil, nil)
		w.holds(t, nil)
		s.has()
		s.writes(s.destroy(), 0)
		w.holds(t, nil)
	})
}

// Several addresses of one network interface are members of their own.
func TestTwoAddressesOfOneInterface(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"cloudlb_slb_backend_server", "cloudlb_slb_vserver_group_server"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := worlds[kind](t, true)
				eni := func(ip string) listed {
					return listed{1, map[string]any{"server_id": "eni-1", "type": "eni", "server_ip": ip}}
				}
				key := func(ip string) string {
					return map[bool]string{true: "eni-1:" + ip + ":8080", false: "eni-1:" + ip}[strings.Contains(kind, "vserver")]
				}
				both := map[string]listed{"a": eni("10.0.0.5"), "b": eni("2001:DB8::5")}
				s := w.made(t, both, nil)
				w.holdsKeys(t, key("10.0.0.5"), key("2001:db8::5"))
				respelled := map[string]listed{"a": eni("10.0.0.5"), "b": eni("2001:db8:0::5")}
				for range 2 {
					s.settled(respelled, nil)
				}
				s.writes(s.apply(map[string]listed{"x": eni("10.0.0.5"), "y": eni("2001:db8:0:0::5")}, nil), 0)
				calls := s.apply(map[string]listed{"y": eni("2001:db8:0:0::5")}, nil)
				s.writes(calls, 1)
				if n := calls.Writes()[0].Items; n != 1 {
					t.Errorf("%d members were removed, want 1:\n%s", n, calls)
				}
				w.holdsKeys(t, key("2001:db8::5"))
				s.destroy()
				w.holdsKeys(t)
			})
		})
	}
}

func TestSetsAreImportedByIDAndByIdentity(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.foreign(1, 7)
		w.foreign(2, w.weight)
		c := w.core(t)
		for _, region := range []any{"", nil, w.Region} {
			id, identity := "", map[string]any{w.Group: w.group, "region": region}
			if region == "" {
				id = w.group
			}
			c.Run()
			o := c.MustImport(w.Set, id, identity)
			s := &aSet{t, w, c, o}
			s.has(w.key(1), w.key(2), w.key(0))
			items := map[string]listed{w.key(1): weighted(1, 7), w.key(2): {n: 2}, w.key(0): w.foreigner()}
			s.settled(items, nil)
			got := c.Identity(o)
			if got[w.Group] != w.group || got["region"] != c.Value(o, "region") || len(got) != 2 {
				t.Errorf("the identity is %v", got)
			}
		}
		if es := w.server.Log.All().Writes(); len(es) != 0 {
			t.Errorf("imports made writes:\n%s", es)
		}
		for _, id := range []string{"../x", "a b", w.group + "/x?"} {
			_, err := c.Import(t.Context(), w.Set, id, nil)
			says(t, err, "Malformed import id")
		}
		_, err := c.Import(t.Context(), w.Set, "no-such-group", nil)
		if err == nil {
			o, _ := c.Import(t.Context(), w.Set, "no-such-group", nil)
			if !o.State.IsNull() {
				t.Errorf("a group that is not there was imported: %s", o.State)
			}
		}
	})
}

// foreigner is the seed's foreign member as a set lists it.
func (w *world) foreigner() listed {
	return weighted(0, fakecloud.ForeignWeight)
}
