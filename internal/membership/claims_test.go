package membership_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// claimOf is a claim of some members, each labelled if the claimant is a set.
func claimOf(token string, exclusive bool, label string, numbers ...int) membership.Claim {
	c := membership.Claim{Token: token, By: "cloudlb_" + token, Exclusive: exclusive, Members: map[membership.Key]string{}}
	for _, n := range numbers {
		c.Members[key(n)] = ""
		if label != "" {
			c.Members[key(n)] = fmt.Sprintf("%s%d", label, n)
		}
	}
	return c
}

func TestClaimsThatConflict(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		a, b          membership.Claim
		first, second string // what b is told after a, and a after b; "" for no conflict
	}{
		{"two members", claimOf("a", false, "", 1), claimOf("b", false, "", 2), "", ""},
		{"one member twice", claimOf("a", false, "", 1), claimOf("b", false, "", 1),
			"member i-001:80 also belongs to cloudlb_a", "member i-001:80 also belongs to cloudlb_b"},
		{"a member and a set", claimOf("a", false, "web", 1, 2), claimOf("b", false, "", 2),
			"member i-002:80 also belongs to cloudlb_a (as \"web2\")", "member i-002:80 also belongs to cloudlb_b"},
		{"two sets apart", claimOf("a", false, "web", 1, 2), claimOf("b", false, "api", 3, 4), "", ""},
		{"two sets that overlap", claimOf("a", false, "web", 1, 2, 3, 4), claimOf("b", false, "api", 4, 3, 2, 9),
			"member i-002:80 also belongs to cloudlb_a (as \"web2\")", "member i-002:80 also belongs to cloudlb_b (as \"api2\")"},
		{"the whole group, and one of its members", claimOf("a", true, "web", 1, 2), claimOf("b", false, "", 2),
			"member i-002:80 also belongs to cloudlb_a (as \"web2\")", "member i-002:80 also belongs to cloudlb_b"},
		{"the whole group, and another member", claimOf("a", true, "web", 1, 2), claimOf("b", false, "", 3),
			"cloudlb_a owns the whole group, and i-003:80 is not among its members", "cloudlb_b adds member i-003:80 to the group"},
		{"the whole group, and another set", claimOf("a", true, "web", 1), claimOf("b", false, "api", 5, 4, 3),
			"cloudlb_a owns the whole group, and i-003:80 is not among its members", "cloudlb_b (as \"api3\") adds member i-003:80 to the group"},
		{"the whole group twice", claimOf("a", true, "web", 1), claimOf("b", true, "api", 2),
			"two resources own the whole group; the other is cloudlb_a", "two resources own the whole group; the other is cloudlb_b"},
		{"the whole group twice, without members", claimOf("a", true, ""), claimOf("b", true, ""),
			"two resources own the whole group; the other is cloudlb_a", "two resources own the whole group; the other is cloudlb_b"},
		{"the whole group, and nothing", claimOf("a", true, "web", 1), claimOf("b", false, ""), "", ""},
		{"nothing of the whole group, and a member", claimOf("a", true, ""), claimOf("b", false, "", 1),
			"cloudlb_a owns the whole group, and i-001:80 is not among its members", "cloudlb_b adds member i-001:80 to the group"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for range 20 { // a map's order has no say
				for _, o := range []struct {
					before, after membership.Claim
					want          string
				}{{tt.a, tt.b, tt.first}, {tt.b, tt.a, tt.second}} {
					h := open(New(Options{}))
					if c := h.Claim(o.before); c != nil {
						t.Fatalf("the first claim: %v", c)
					}
					conflict := h.Claim(o.after)
					if (conflict != nil) != (o.want != "") || conflict != nil && conflict.Error() != o.want {
						t.Fatalf("%s after %s: %v, want %q", o.after.By, o.before.By, conflict, o.want)
					}
					if h.Claimed(o.after.Token) != (o.want == "") || !h.Claimed(o.before.Token) {
						t.Fatalf("claimed: %s %t, %s %t", o.after.By, h.Claimed(o.after.Token), o.before.By, h.Claimed(o.before.Token))
					}
					if conflict != nil && conflict.Other.Token != o.before.Token {
						t.Fatalf("conflict with %s, want %s", conflict.Other.Token, o.before.Token)
					}
				}
			}
		})
	}
}

// A resource is planned more than once in a run: its later claim is the one.
func TestAClaimReplacesTheSameInstancesClaim(t *testing.T) {
	t.Parallel()
	h := open(New(Options{}))
	for _, c := range []struct {
		membership.Claim
		conflict bool
	}{
		{claimOf("a", false, "", 1, 2), false},
		{claimOf("a", false, "", 2, 3), false}, // leaves 1
		{claimOf("b", false, "", 1), false},
		{claimOf("c", false, "", 3), true},
		{claimOf("a", true, "", 2, 3), true}, // b's is not its own; its claim of before stays
		{claimOf("c", false, "", 2), true},
		{claimOf("b", false, ""), false},
		{claimOf("a", true, "", 2, 3), false},
		{claimOf("b", false, "", 1), true},
		{claimOf("a", false, ""), false},
		{claimOf("c", true, "", 2, 3), false},
	} {
		if got := h.Claim(c.Claim); (got != nil) != c.conflict {
			t.Errorf("claim of %s (exclusive %t) to %v: %v, want a conflict: %t", c.By, c.Exclusive, c.Members, got, c.conflict)
		}
	}
}

// Of several that conflict it is always the same one that is told.
func TestWhichConflictIsToldIsCertain(t *testing.T) {
	t.Parallel()
	for range 50 {
		h := open(New(Options{}))
		for n := range 10 {
			if c := h.Claim(claimOf(fmt.Sprintf("x%d", n), false, "", 9-n)); c != nil {
				t.Fatal(c)
			}
		}
		c := h.Claim(claimOf("set", false, "", 5, 4, 3, 2, 6))
		if want := "member i-006:80 also belongs to cloudlb_x3"; c == nil || c.Error() != want {
			t.Fatalf("%v, want %s", c, want)
		}
	}
}

// The claimant may go on using its map.
func TestAClaimIsACopy(t *testing.T) {
	t.Parallel()
	h := open(New(Options{}))
	c := claimOf("a", false, "", 1)
	if conflict := h.Claim(c); conflict != nil {
		t.Fatal(conflict)
	}
	c.Members[key(2)] = ""
	delete(c.Members, key(1))
	if conflict := h.Claim(claimOf("b", false, "", 2)); conflict != nil {
		t.Error(conflict)
	}
	if conflict := h.Claim(claimOf("c", false, "", 1)); conflict == nil {
		t.Error("the claim is forgotten")
	}
}

func TestAThousandClaimsAtOnce(t *testing.T) {
	t.Parallel()
	h := open(New(Options{}))
	var mu sync.Mutex
	won := map[int]int{} // by member
	var wg sync.WaitGroup
	for n := range 1000 {
		wg.Go(func() {
			token := fmt.Sprintf("r%d", n)
			conflict := h.Claim(claimOf(token, false, "", n%250))
			if h.Claimed(token) != (conflict == nil) {
				t.Errorf("%s: %v, claimed %t", token, conflict, conflict != nil)
			}
			_ = h.Holds(member(n, 1))
			if conflict == nil {
				mu.Lock()
				defer mu.Unlock()
				won[n%250]++
			}
		})
	}
	wg.Wait()
	for n := range 250 {
		if won[n] != 1 {
			t.Errorf("%d instances hold %s", won[n], key(n))
		}
	}
}

// What create_before_destroy comes to: the new half is there before the old
// one is destroyed, and has the same key.
func TestARemovalSparesWhatThisRunPutIn(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, drain := range []time.Duration{0, 5 * time.Second} {
			bubble(t, fmt.Sprintf("%s/drain %v", v.name, drain), func(t *testing.T) {
				f := New(v.opts, append(members(0, 2, 50), foreigners...)...)
				h := open(f)
				spare := membership.Removal{Spare: true, Drain: drain}
				old, _ := f.Member(key(0))
				got, err := h.Add(t.Context(), member(0, 60), true)
				if err != nil || !h.Holds(got) || h.Holds(member(1, 50)) {
					t.Fatalf("%v, holds it %t", err, h.Holds(got))
				}
				began, seen := time.Now(), len(f.Calls().Of(AnyWrite))
				if out := h.RemoveAll(t.Context(), []membership.Member{old}, spare); out[0].Err != nil {
					t.Error(out[0].Err)
				}
				if m, ok := f.Member(key(0)); !ok || m.Weight != 60 || len(f.Calls().Of(AnyWrite)) != seen {
					t.Errorf("the member is %+v (%t)", m, ok)
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("took %v for nothing", took)
				}

				// What this run did not put in goes, and what it takes out itself.
				for _, o := range h.RemoveAll(t.Context(), []membership.Member{old, member(1, 50)}, spare) {
					if o.Err != nil {
						t.Error(o.Err)
					}
				}
				if _, ok := f.Member(key(1)); ok {
					t.Error("a member of another run was spared")
				}
				if err := h.Remove(t.Context(), got); err != nil || h.Holds(got) {
					t.Errorf("%v, holds it %t", err, h.Holds(got))
				}
				f.Put(member(0, 50)) // again somebody else's
				if out := h.RemoveAll(t.Context(), []membership.Member{{Key: key(0)}}, spare); out[0].Err != nil {
					t.Error(out[0].Err)
				}
				if _, ok := f.Member(key(0)); ok {
					t.Error("it was spared for what had been taken out")
				}
				checkForeigners(t, f)
			})
		}
	}
}

// The two halves at one time, whichever comes first and however the calls
// fall: the member is there in the end, with the weight of the new half.
func TestBothHalvesOfAReplacementAtOnce(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, drain := range []time.Duration{0, 2 * time.Second} {
			bubble(t, fmt.Sprintf("%s/drain %v", v.name, drain), func(t *testing.T) {
				for gap := -3 * time.Second; gap <= 3*time.Second; gap += 50 * time.Millisecond {
					opts := v.opts
					opts.Read, opts.Write = 30*time.Millisecond, 100*time.Millisecond
					f := New(opts, append(members(0, 2, 50), foreigners...)...)
					h := open(f)
					old, _ := f.Member(key(0))
					var wg sync.WaitGroup
					wg.Go(func() {
						pass(max(gap, 0))
						if _, err := h.Add(t.Context(), member(0, 60), true); err != nil {
							t.Errorf("gap %v: the add: %v", gap, err)
						}
					})
					wg.Go(func() {
						pass(max(-gap, 0))
						out := h.RemoveAll(t.Context(), []membership.Member{old}, membership.Removal{Spare: true, Drain: drain})
						if out[0].Err != nil {
							t.Errorf("gap %v: the removal: %v", gap, out[0].Err)
						}
					})
					wg.Wait()
					if m, ok := f.Member(key(0)); !ok || m.Weight != 60 {
						t.Errorf("gap %v: the member is %+v (%t)\n%s", gap, m, ok, f.Calls())
					}
				}
			})
		}
	}
}

// Both in the queue of a busy lock, in either order.
func TestBothHalvesOfAReplacementInTheQueue(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, addFirst := range []bool{false, true} {
			for _, drain := range []time.Duration{0, 2 * time.Second} {
				bubble(t, fmt.Sprintf("%s/add first %t/drain %v", v.name, addFirst, drain), func(t *testing.T) {
					opts := v.opts
					opts.Write = 10 * time.Second
					f := New(opts, append(members(0, 2, 50), foreigners...)...)
					h := open(f)
					old, _ := f.Member(key(0))
					var wg sync.WaitGroup
					wg.Go(func() { mustSucceed(t, h, wishes(Remove, 1, 2, 0)) })
					pass(time.Second)
					halves := []func(){
						func() {
							out := h.RemoveAll(t.Context(), []membership.Member{old}, membership.Removal{Spare: true, Drain: drain})
							if out[0].Err != nil {
								t.Errorf("the removal: %v", out[0].Err)
							}
						},
						func() {
							if _, err := h.Add(t.Context(), member(0, 60), true); err != nil {
								t.Errorf("the add: %v", err)
							}
						},
					}
					if addFirst {
						halves[0], halves[1] = halves[1], halves[0]
					}
					for _, half := range halves {
						wg.Go(half)
						synctest.Wait()
					}
					wg.Wait()
					if m, ok := f.Member(key(0)); !ok || m.Weight != 60 {
						t.Errorf("the member is %+v (%t)\n%s", m, ok, f.Calls())
					}
				})
			}
		}
	}
}
