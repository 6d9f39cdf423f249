package membership_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

func TestReadingsOfHealthAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Read: 200 * time.Millisecond}, members(0, 5, 50)...)
		h := open(f)
		for range 3 {
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					if got, err := h.Health(t.Context()); err != nil || len(got.Checks) != 5 {
						t.Errorf("%v, %v", got, err)
					}
				})
			}
			wg.Wait()
			pass(700 * time.Millisecond)
		}
		if n := len(f.Calls()); n != 1 {
			t.Errorf("%d readings within 3 s, want 1", n)
		}
		pass(3 * time.Second)
		if _, err := h.Health(t.Context()); err != nil || len(f.Calls()) != 2 {
			t.Errorf("%v, %d readings, want 2", err, len(f.Calls()))
		}
	})
}

// A failure is not handed to those who come later.
func TestAFailedReadingIsNotShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 5, 50)...)
		h := open(f)
		f.On(Health).Do(Fail(Denied()))
		if _, err := h.Health(t.Context()); !membership.Is(err, membership.Denied) {
			t.Errorf("%v, want class Denied", err)
		}
		pass(1500 * time.Millisecond)
		if _, err := h.Health(t.Context()); err != nil {
			t.Errorf("later: %v", err)
		}
	})
}

// A reading whose only caller went away is not handed to the next.
func TestAnAbandonedReadingIsNotShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 5, 50)...)
		h := open(f)
		f.On(Health).Do(Hang())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := h.Health(ctx); err == nil {
			t.Error("a reading that hangs succeeded")
		}
		if _, err := h.Health(t.Context()); err != nil {
			t.Errorf("the next: %v", err)
		}
	})
}

func TestHealthIsOfTheMemberItself(t *testing.T) {
	t.Parallel()
	check := func(id string, v membership.Verdict) membership.Check {
		return membership.Check{Key: key(1), ID: id, Verdict: v, Status: strconv.Itoa(int(v))}
	}
	h := membership.Health{Checks: []membership.Check{
		check("a", membership.Healthy), check("b", membership.Unhealthy), {Key: key(2), Verdict: membership.Pending, Status: "2"},
	}}
	for _, tt := range []struct {
		m    membership.Member
		want string
	}{
		{membership.Member{Key: key(1), ID: "a"}, "[1]"},
		{membership.Member{Key: key(1), ID: "b"}, "[2]"},
		{membership.Member{Key: key(1), ID: "c"}, "[]"}, // another membership
		{membership.Member{Key: key(1)}, "[1 2]"},
		{membership.Member{Key: key(9), ID: "a"}, "[1]"}, // its port was changed
		{membership.Member{Key: key(2), ID: "x"}, "[2]"}, // the check has no id
		{membership.Member{Key: key(3)}, "[]"},
	} {
		if got := fmt.Sprint(h.Of(tt.m)); got != tt.want {
			t.Errorf("checks of %+v are %s, want %s", tt.m, got, tt.want)
		}
	}
}
