package membership_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// counting is a Shared whose readings take a second and count themselves.
type counting struct {
	membership.Shared[int]
	begun int
	err   error
}

func (c *counting) get(ctx context.Context, age time.Duration) (*membership.Reading[int], error) {
	return c.Get(ctx, age, func(ctx context.Context, _ func(error)) (int, error) {
		c.begun++
		n := c.begun
		select {
		case <-time.After(time.Second):
			return n, c.err
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	})
}

func (c *counting) want(t *testing.T, age time.Duration, want int) {
	t.Helper()
	if r, err := c.get(t.Context(), age); err != nil || r.Err != nil || r.Value != want {
		t.Errorf("%+v, %v, want reading %d", r, err, want)
	}
}

func TestAReadingIsSharedAsLongAsItIsFresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c counting
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { c.want(t, time.Second, 1) })
		}
		wg.Wait()
		c.want(t, time.Second, 1)
		c.want(t, 0, 2) // begun after the call
		pass(time.Minute)
		c.want(t, membership.Forever, 2)
		c.want(t, time.Second, 3)
		c.Outdate()
		c.want(t, membership.Forever, 4)
		time.AfterFunc(500*time.Millisecond, c.Outdate) // while one is under way
		c.want(t, 0, 6)
	})
}

func TestAReadingEndsWithTheLastWhoWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var c counting
		short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := c.get(short, time.Second)
			if gone, ok := errors.AsType[*membership.GaveUp](err); !ok || !errors.Is(gone, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() { c.want(t, time.Second, 1) }) // it outlives its first caller
		wg.Wait()
		pass(time.Minute)
		alone, cancelAlone := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancelAlone()
		if _, err := c.get(alone, time.Second); err == nil {
			t.Error("no error of a caller who gave up")
		}
		synctest.Wait()
		c.want(t, time.Second, 3) // and does not share what was cancelled
	})
}

func TestAFailureIsSharedForTheGap(t *testing.T) {
	t.Parallel()
	for _, gap := range []time.Duration{0, 10 * time.Second} {
		bubble(t, gap.String(), func(t *testing.T) {
			c := counting{err: errors.New("no")}
			c.Gap = gap
			for range 3 {
				if r, err := c.get(t.Context(), time.Minute); err != nil || r.Err == nil {
					t.Errorf("%+v, %v", r, err)
				}
			}
			if want := map[time.Duration]int{0: 3, 10 * time.Second: 1}[gap]; c.begun != want {
				t.Errorf("%d readings, want %d", c.begun, want)
			}
			c.err = nil
			began := time.Now()
			c.Outdate() // the gap is kept even then
			if r, err := c.get(t.Context(), 0); err != nil || r.Err != nil || time.Since(began) > 10*time.Second {
				t.Errorf("%+v, %v after %v", r, err, time.Since(began))
			}
		})
	}
}
