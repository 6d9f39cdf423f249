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
	c := membership.Claim{Token: token, By: "cloudlb_" + token, Part: membership.Planned, Exclusive: exclusive, Members: map[membership.Key]string{}}
	for _, n := range numbers {
		c.Members[key(n)] = ""
		if label != "" {
			c.Members[key(n)] = fmt.Sprintf("%s%d", label, n)
		}
	}
	return c
}

// conflicts is the conflict that a claim is told of.
func conflicts(h *membership.Handle, c membership.Claim) *membership.Conflict {
	conflict, _ := h.Claim(c)
	return conflict
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
					if c := conflicts(h, o.before); c != nil {
						t.Fatalf("the first claim: %v", c)
					}
					conflict := conflicts(h, o.after)
					if (conflict != nil) != (o.want != "") || conflict != nil && conflict.Error() != o.want {
						t.Fatalf("%s after %s: %v, want %q", o.after.By, o.before.By, conflict, o.want)
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
		if got := conflicts(h, c.Claim); (got != nil) != c.conflict {
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
			if c := conflicts(h, claimOf(fmt.Sprintf("x%d", n), false, "", 9-n)); c != nil {
				t.Fatal(c)
			}
		}
		c := conflicts(h, claimOf("set", false, "", 5, 4, 3, 2, 6))
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
	if conflict := conflicts(h, c); conflict != nil {
		t.Fatal(conflict)
	}
	c.Members[key(2)] = ""
	delete(c.Members, key(1))
	if conflict := conflicts(h, claimOf("b", false, "", 2)); conflict != nil {
		t.Error(conflict)
	}
	if conflict := conflicts(h, claimOf("c", false, "", 1)); conflict == nil {
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
			conflict := conflicts(h, claimOf(token, false, "", n%250))
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
func TestARemovalSparesWhatHasPassedOn(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, drain := range []time.Duration{0, 5 * time.Second} {
			bubble(t, fmt.Sprintf("%s/drain %v", v.name, drain), func(t *testing.T) {
				f := New(v.opts, append(members(0, 2, 50), foreigners...)...)
				h := open(f)
				oldOne, newOne := membership.As(t.Context(), "old"), membership.As(t.Context(), "new")
				how := membership.Removal{Drain: drain}
				old, _ := f.Member(key(0))
				got, err := h.Add(newOne, member(0, 60), true)
				if err != nil {
					t.Fatal(err)
				}
				began, seen := time.Now(), len(f.Calls().Of(AnyWrite))
				if out := h.RemoveAll(oldOne, []membership.Member{old}, how); out[0].Err != nil {
					t.Error(out[0].Err)
				}
				if m, ok := f.Member(key(0)); !ok || m.Weight != 60 || len(f.Calls().Of(AnyWrite)) != seen {
					t.Errorf("the member is %+v (%t)", m, ok)
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("took %v for nothing", took)
				}
				// What nobody else has put in goes.
				for _, o := range h.RemoveAll(oldOne, []membership.Member{old, member(1, 50)}, how) {
					if o.Err != nil {
						t.Error(o.Err)
					}
				}
				if _, ok := f.Member(key(1)); ok {
					t.Error("a member of its own was spared")
				}
				// And the new one takes out what it has put in itself.
				if err := h.Remove(newOne, got); err != nil {
					t.Error(err)
				}
				if _, ok := f.Member(key(0)); ok {
					t.Error("the new one's own member was spared")
				}
				f.Put(member(0, 50)) // again somebody else's
				if out := h.RemoveAll(oldOne, []membership.Member{{Key: key(0)}}, how); out[0].Err != nil {
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

// Who could not have a member because it is there is not to lose it to a removal
// that comes after.
func TestARemovalLeavesInWhatAnotherCouldNotHave(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, members(0, 2, 50)...)
			h := open(f)
			if _, err := h.Add(membership.As(t.Context(), "new"), member(0, 60), false); !membership.Is(err, membership.AlreadyExists) {
				t.Fatalf("%v", err)
			}
			old, _ := f.Member(key(0))
			other, _ := f.Member(key(1))
			out := h.RemoveAll(membership.As(t.Context(), "old"), []membership.Member{old, other}, membership.Removal{})
			if !membership.Is(out[0].Err, membership.Refused) || out[1].Err != nil {
				t.Errorf("%v, %v", out[0].Err, out[1].Err)
			}
			if _, ok := f.Member(key(0)); !ok {
				t.Error("the member is out, and nobody has it")
			}
		})
	}
}

// A leftover of a replacement, which an interrupted run has not destroyed: the
// member is the new half's, in whatever order the two are read and planned.
func TestALeftoverOfAReplacement(t *testing.T) {
	t.Parallel()
	leftover := membership.Claim{Token: "old", By: "single", Members: map[membership.Key]string{key(0): ""}}
	current := membership.Claim{Token: "new", By: "single", Part: membership.Planned,
		Members: map[membership.Key]string{key(0): ""}, Took: map[membership.Key]bool{key(0): true}}
	h := open(New(Options{}))
	if superseded := h.See(leftover); superseded[key(0)] {
		t.Error("superseded by nobody")
	}
	if conflict, inherits := h.Claim(current); conflict != nil || !inherits {
		t.Errorf("the new half after the old was read: %v, inherits %t", conflict, inherits)
	}
	leaving := leftover
	leaving.Part = membership.Leaving
	if conflict, _ := h.Claim(leaving); conflict != nil {
		t.Errorf("the destruction of the old half: %v", conflict)
	}
	h = open(New(Options{}))
	if conflict, inherits := h.Claim(current); conflict != nil || inherits {
		t.Errorf("the new half alone: %v, inherits %t", conflict, inherits)
	}
	if superseded := h.See(leftover); !superseded[key(0)] {
		t.Error("the old half, read after the new was planned, is not superseded")
	}
	// One that has not taken the member over is no successor.
	h = open(New(Options{}))
	stranger := current
	stranger.Took = nil
	if conflict, inherits := h.Claim(stranger); conflict != nil || inherits {
		t.Errorf("%v, %t", conflict, inherits)
	}
	if conflict, _ := h.Claim(leaving); conflict == nil || !conflict.Comes {
		t.Errorf("the destruction of what another manages: %v", conflict)
	}
}

// What one instance gives up and another claims in one plan is told to whoever
// comes second.
func TestAMemberThatChangesHandsInOnePlan(t *testing.T) {
	t.Parallel()
	comes := claimOf("new", false, "web", 1)
	goes := claimOf("old", false, "", 1)
	goes.Part = membership.Leaving
	gives := claimOf("set", false, "x", 2)
	gives.Gives = []membership.Key{key(1)}
	for name, leaver := range map[string]membership.Claim{"destroyed": goes, "left out of a set": gives} {
		h := open(New(Options{}))
		if c := conflicts(h, leaver); c != nil {
			t.Fatal(c)
		}
		if c := conflicts(h, comes); c == nil || !c.Goes {
			t.Errorf("%s first: %v", name, c)
		}
		h = open(New(Options{}))
		if c := conflicts(h, comes); c != nil {
			t.Fatal(c)
		}
		if c := conflicts(h, leaver); c == nil || !c.Comes {
			t.Errorf("%s second: %v", name, c)
		}
	}
}

// A session may see the plan and the apply of one creation, and cannot tell the
// second from the plan of a twin; what is made twice in one run is.
func TestASessionOfSeveralWalks(t *testing.T) {
	t.Parallel()
	h := open(New(Options{}))
	create := func(token string) membership.Claim {
		c := claimOf(token, false, "", 1)
		c.By, c.New, c.Again, c.Likeness = "single", true, token != "plan", "weight 5"
		return c
	}
	if c := conflicts(h, create("plan")); c != nil {
		t.Fatal(c)
	}
	if c := conflicts(h, create("apply")); c != nil {
		t.Errorf("the apply after the plan: %v", c)
	}
	twin := create("twin")
	twin.Again = false
	if conflicts(h, twin) == nil {
		t.Error("a twin in one walk is no conflict")
	}
	other := create("other")
	other.Likeness = "weight 6"
	if conflicts(h, other) == nil {
		t.Error("a creation that differs is none of the two")
	}
	if c := h.Made(create("made")); c != nil {
		t.Error(c)
	}
	if h.Made(create("twin")) == nil {
		t.Error("two of one run made one member")
	}
	// A later run reads it first, and may replace it.
	h.See(membership.Claim{Token: "made", By: "single", Members: map[membership.Key]string{key(1): ""}})
	if c := h.Made(create("replacement")); c != nil {
		t.Error(c)
	}
	h.Forget("made")
	h.Forget("replacement")
	if c := conflicts(h, claimOf("b", false, "", 1)); c != nil {
		t.Errorf("after the end of all: %v", c)
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
						if _, err := h.Add(membership.As(t.Context(), "new"), member(0, 60), true); err != nil {
							t.Errorf("gap %v: the add: %v", gap, err)
						}
					})
					wg.Go(func() {
						pass(max(-gap, 0))
						out := h.RemoveAll(membership.As(t.Context(), "old"), []membership.Member{old}, membership.Removal{Drain: drain})
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
							out := h.RemoveAll(membership.As(t.Context(), "old"), []membership.Member{old}, membership.Removal{Drain: drain})
							if out[0].Err != nil {
								t.Errorf("the removal: %v", out[0].Err)
							}
						},
						func() {
							if _, err := h.Add(membership.As(t.Context(), "new"), member(0, 60), true); err != nil {
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
