package membership_test

import (
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
