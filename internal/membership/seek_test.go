package membership_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// forgetOnce makes the next listing, and no other, leave a member out.
func forgetOnce(f *Fake, n int) {
	was, _ := f.Member(key(n))
	listings := 0
	f.On(List).Times(2).Do(Before(func() {
		if listings++; listings == 1 {
			f.Take(key(n))
		} else {
			f.Put(was)
		}
	}))
}

// One listing that lags is not enough to say that a member is missing.
func TestAMemberIsMissingWhenTwoListingsAgree(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 5, 1)...)
		h := open(f)
		forgetOnce(f, 3)
		began := time.Now()
		if m, err := h.Find(t.Context(), member(3, 0)); err != nil || m.Weight != 1 {
			t.Errorf("a member that one listing forgot: %v, %v", m, err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("the second look came after %v, want 1s", took)
		}
	})
}

// Who looks for members that are gone waits a second, once, however many they
// are and however many look for them one after the other.
func TestManyMissingMembersCostTwoListings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Read: 20 * time.Millisecond}, members(0, 5, 1)...)
		h := open(f)
		began := time.Now()
		for wave := range 10 {
			var wg sync.WaitGroup
			for n := range 10 {
				wg.Go(func() {
					_, err := h.Find(t.Context(), member(100+10*wave+n, 0))
					if !membership.Is(err, membership.MemberNotFound) {
						t.Errorf("a member that is not there: %v", err)
					}
				})
			}
			wg.Wait()
		}
		if n, took := len(f.Calls()), time.Since(began); n != 2 || took > 1100*time.Millisecond {
			t.Errorf("%d listings in %v, want 2 in about a second", n, took)
		}
	})
}

// What was listed before a write of ours says nothing about after it.
func TestAnOldListingIsNoWitnessAfterAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{})
		h := open(f)
		if _, err := h.List(t.Context()); err != nil { // without the member
			t.Fatal(err)
		}
		pass(10 * time.Second)
		if _, err := h.Add(t.Context(), member(1, 5), false); err != nil {
			t.Fatal(err)
		}
		pass(4 * time.Second)
		forgetOnce(f, 1)
		if m, err := h.Find(t.Context(), member(1, 0)); err != nil || m.Weight != 5 {
			t.Errorf("found %v, %v", m, err)
		}
	})
}

// A survey counts a member as missing when Seek would.
func TestASurveyMissesWhatTwoListingsMiss(t *testing.T) {
	t.Parallel()
	numbers := func(ms []membership.Member) (ns []int) {
		for n := range 20 {
			if slices.ContainsFunc(ms, func(m membership.Member) bool { return m.Key == key(n) }) {
				ns = append(ns, n)
			}
		}
		return ns
	}
	for _, tt := range []struct {
		name   string
		wanted []membership.Member
		forget bool // one listing leaves out member 3
		takes  time.Duration
		calls  int
		want   []int
	}{
		{"all there", members(0, 5, 0), false, 0, 1, []int{0, 1, 2, 3, 4}},
		{"nothing wanted", nil, false, 0, 1, []int{0, 1, 2, 3, 4}},
		{"one forgotten once", members(0, 5, 0), true, time.Second, 2, []int{0, 1, 2, 3, 4}},
		{"one forgotten that nobody wants", members(0, 3, 0), true, 0, 1, []int{0, 1, 2, 4}},
		{"some missing", members(0, 10, 0), false, time.Second, 2, []int{0, 1, 2, 3, 4}},
		{"some missing, one forgotten", members(0, 10, 0), true, time.Second, 2, []int{0, 1, 2, 3, 4}},
	} {
		for _, v := range vendors {
			bubble(t, tt.name+"/"+v.name, func(t *testing.T) {
				f := New(v.opts, members(0, 5, 1)...)
				h := open(f)
				if tt.forget {
					f.On(List).Do(func(_ context.Context, c *Call, commit func() error) error {
						err := commit()
						c.Answer = slices.DeleteFunc(c.Answer, func(m membership.Member) bool { return m.Key == key(3) })
						return err
					})
				}
				began := time.Now()
				got, err := h.Survey(t.Context(), tt.wanted)
				if err != nil || !slices.Equal(numbers(got), tt.want) || len(got) != len(tt.want) {
					t.Errorf("%v, %v, want %v", got, err, tt.want)
				}
				if took := time.Since(began); took != tt.takes || len(f.Calls()) != tt.calls {
					t.Errorf("%d listings in %v, want %d in %v", len(f.Calls()), took, tt.calls, tt.takes)
				}
				// The same by Seek, for each, from the same listings or later ones.
				for _, m := range tt.wanted {
					_, err := h.Find(t.Context(), m)
					there := slices.ContainsFunc(got, m.Is)
					if there != (err == nil) || !there && !membership.Is(err, membership.MemberNotFound) {
						t.Errorf("the survey has %s: %t, and Find says %v", m.Key, there, err)
					}
				}
			})
		}
	}
}

// Many surveys share what one costs; a group that is gone is told at once.
func TestSurveysShareTheirListings(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Read: 20 * time.Millisecond}, members(0, 5, 1)...)
		h := open(f)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if got, err := h.Survey(t.Context(), members(0, 7, 0)); err != nil || len(got) != 5 {
					t.Errorf("%v, %v", got, err)
				}
			})
		}
		wg.Wait()
		if n := len(f.Calls()); n != 2 {
			t.Errorf("%d listings, want 2", n)
		}
		f.Disappear()
		pass(time.Minute)
		began := time.Now()
		if _, err := h.Survey(t.Context(), members(0, 7, 0)); !membership.Is(err, membership.NotFound) || time.Since(began) != 20*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
