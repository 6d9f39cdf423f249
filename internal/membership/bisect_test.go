package membership_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// One bad member of twenty fails alone, wherever it stands.
func TestOneBadMemberOfTwentyFailsAlone(t *testing.T) {
	t.Parallel()
	for _, named := range []bool{false, true} {
		for _, op := range []Op{Add, Update, Remove} {
			name, limit := string(op)+", not named", 11
			if named {
				name, limit = string(op)+", named", 3
			}
			bubble(t, name, func(t *testing.T) {
				worst := 0
				for bad := range 20 {
					worst = max(worst, oneBad(t, op, bad, named))
				}
				t.Logf("at most %d calls", worst)
				if worst > limit {
					t.Errorf("%d calls for one bad member of 20, want at most %d", worst, limit)
				}
			})
		}
	}
}

// oneBad adds, reweights or removes 20 members, one of them refused, and
// returns how many writes that took.
func oneBad(t *testing.T, op Op, bad int, named bool) int {
	t.Helper()
	start := foreigners
	if op != Add {
		start = append(members(0, 20, 50), start...)
	}
	f := New(Options{}, start...)
	message := "a server is in a state that forbids it"
	if named {
		message = "The server " + key(bad).Server + " is in a state that forbids it."
	}
	f.Refuse(key(bad), Refused(message))
	h, before := open(f), f.Members()

	// Asked for one after the other, so that the bad one's place is known.
	done := make(chan answer, 20)
	for n := range 20 {
		go func() { done <- wish{op: op, n: n, weight: 20}.ask(t.Context(), h) }()
		synctest.Wait()
	}
	for range 20 {
		a := <-done
		checkTruth(t, f, a, before)
		switch {
		case a.n != bad && a.err != nil:
			t.Errorf("%s failed because of %s: %v", key(a.n), key(bad), a.err)
		case a.n == bad && !membership.Is(a.err, membership.Refused):
			t.Errorf("bad %s: error %v, want class Refused", key(bad), a.err)
		}
	}
	checkForeigners(t, f)
	return len(f.Calls().Of(AnyWrite))
}

func TestAMemberIsNamedInManyWays(t *testing.T) {
	t.Parallel()
	at := func(address string, port int) membership.Member {
		return membership.Member{Key: membership.Key{Address: address, Port: port}, ID: "id-of-" + address}
	}
	for _, message := range []string{
		"member 10.0.0.7:8080 is locked", "10.0.0.7 is locked.", "locked: (id-of-10.0.0.7)", `{"address":"10.0.0.7"}`,
	} {
		bubble(t, message, func(t *testing.T) {
			var all []membership.Member
			for n := range 20 {
				all = append(all, at("10.0.0."+strconv.Itoa(n), 8080))
			}
			f := New(Options{IDs: true}, all...)
			f.Refuse(all[7].Key, Refused(message))
			h := open(f)
			var wg sync.WaitGroup
			for n, m := range all {
				wg.Go(func() {
					if err := h.Remove(t.Context(), m); (err != nil) != (n == 7) {
						t.Errorf("%s: %v", m.Key, err)
					}
				})
			}
			wg.Wait()
			if n := len(f.Calls().Of(Remove)); n != 3 {
				t.Errorf("%d calls, want 3: all, the nineteen, the one", n)
			}
		})
	}
}

func TestAMessageThatNamesEveryMemberIsBisected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 4, 1)...)
		f.Refuse(key(2), Refused("one of i-000, i-001, i-002 and i-003 is locked"))
		for _, a := range askAll(t.Context(), open(f), wishes(Remove, 0, 4, 0)) {
			if (a.err != nil) != (a.n == 2) {
				t.Errorf("%s: %v", key(a.n), a.err)
			}
		}
	})
}

// A vendor may carry out a batch of adds up to the bad one and refuse it all
// the same. What landed is ours, and is not said to have been there already.
func TestARefusedBatchMayHaveLandedInPart(t *testing.T) {
	t.Parallel()
	for _, v := range vendors[:2] { // the third answers for each item
		for bad := range 5 {
			bubble(t, v.name+", "+key(bad).Server, func(t *testing.T) {
				f := New(v.opts, foreigners...)
				f.Refuse(key(bad), Refused("no"))
				f.On(Add).Times(0).Where(func(c *Call) bool { return len(c.Members) > 1 && c.Has(key(bad)) }).Do(
					func(_ context.Context, c *Call, commit func() error) error {
						c.Only = slices.IndexFunc(c.Members, func(m membership.Member) bool { return m.Key == key(bad) })
						if c.Only > 0 {
							if err := commit(); err != nil {
								return err
							}
						}
						return Refused("no")
					})
				before := f.Members()
				for _, a := range askAll(t.Context(), open(f), wishes(Add, 0, 5, 20)) {
					checkTruth(t, f, a, before)
					if a.n != bad && a.err != nil || a.n == bad && !membership.Is(a.err, membership.Refused) {
						t.Errorf("%s, with %s bad: %v", key(a.n), key(bad), a.err)
					}
				}
				checkForeigners(t, f)
			})
		}
	}
}

func TestDeniedIsSaidAtOnceAndNeverBisected(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{Add, Update, Remove} {
		bubble(t, string(op), func(t *testing.T) {
			f := New(Options{}, members(0, 20, 1)...)
			from := 0
			if op == Add {
				from = 20
			}
			f.On(op).Times(0).Do(Fail(Denied()))
			for _, a := range askAll(t.Context(), open(f), wishes(op, from, from+20, 2)) {
				if !membership.Is(a.err, membership.Denied) {
					t.Errorf("%v, want class Denied", a.err)
				}
			}
			if n := len(f.Calls().Of(AnyWrite)); n != 1 {
				t.Errorf("%d calls, want 1", n)
			}
		})
	}
}

// Credentials that end in the middle of a bisection end it.
func TestDeniedEndsABisection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 20, 1)...)
		f.On(Remove).Do(Fail(Refused("no")))
		f.On(Remove).Times(0).Do(Fail(Denied()))
		for _, a := range askAll(t.Context(), open(f), wishes(Remove, 0, 20, 0)) {
			if !membership.Is(a.err, membership.Denied) {
				t.Errorf("%v, want class Denied", a.err)
			}
		}
		if n := len(f.Calls().Of(Remove)); n > 2 {
			t.Errorf("%d calls, want 2", n)
		}
	})
}

// SLB refuses a whole removal for one released server.
func TestAReleasedServerDoesNotKeepTheOthersIn(t *testing.T) {
	t.Parallel()
	for bad := range 20 {
		bubble(t, key(bad).Server, func(t *testing.T) {
			f := New(Options{}, append(members(0, 20, 1), foreigners...)...)
			f.On(Remove).Times(0).Where(func(c *Call) bool { return c.Has(key(bad)) }).Do(
				func(_ context.Context, _ *Call, _ func() error) error {
					f.Take(key(bad)) // its release takes it out
					return &membership.Error{Class: membership.MemberNotFound, Code: "ObtainIpFail"}
				})
			mustSucceed(t, open(f), wishes(Remove, 0, 20, 0))
			checkForeigners(t, f)
			if n := len(f.Members()); n != len(foreigners) {
				t.Errorf("%d members left, want the foreign ones alone", n)
			}
			if n := len(f.Calls().Of(Remove)); n > 11 {
				t.Errorf("%d calls, want at most 11", n)
			}
		})
	}
}

func TestAGroupThatIsGone(t *testing.T) {
	t.Parallel()
	for _, learn := range []bool{false, true} {
		bubble(t, map[bool]string{false: "lock known", true: "lock not known"}[learn], func(t *testing.T) {
			f := New(Options{LearnLock: learn}, members(0, 3, 1)...)
			f.Disappear()
			h := open(f)
			mustSucceed(t, h, wishes(Remove, 0, 3, 0))
			for _, op := range []Op{Add, Update} {
				for _, a := range askAll(t.Context(), h, wishes(op, 0, 3, 1)) {
					if !membership.Is(a.err, membership.NotFound) {
						t.Errorf("%s: %v, want class NotFound", op, a.err)
					}
				}
			}
			if _, err := h.List(t.Context()); !membership.Is(err, membership.NotFound) {
				t.Errorf("list: %v, want class NotFound", err)
			}
		})
	}
}
