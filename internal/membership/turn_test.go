package membership_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// chatty is a group whose adapter sends several requests for each call of the
// engine's: pages, a login, a repetition.
type chatty struct {
	*Fake
	mu   sync.Mutex
	sent []time.Time
}

func (g *chatty) send(ctx context.Context, n int) error {
	for range n {
		if err := membership.Turn(ctx); err != nil {
			return &membership.Error{Class: membership.Transient, Err: err}
		}
		g.mu.Lock()
		g.sent = append(g.sent, time.Now())
		g.mu.Unlock()
	}
	return nil
}

func (g *chatty) List(ctx context.Context) ([]membership.Member, error) {
	if err := g.send(ctx, 3); err != nil {
		return nil, err
	}
	return g.Fake.List(ctx)
}

func (g *chatty) Add(ctx context.Context, ms []membership.Member) error {
	if err := g.send(ctx, 2); err != nil {
		return err
	}
	return g.Fake.Add(ctx, ms)
}

func (g *chatty) Health(ctx context.Context) (membership.Health, error) {
	if err := g.send(ctx, 4); err != nil {
		return membership.Health{}, err
	}
	return g.Fake.Health(ctx)
}

// The user's cap holds for every request, not only for the calls that the engine
// knows of.
func TestEveryRequestHasItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &chatty{Fake: New(Options{})}
		h := membership.New(membership.Options{RequestsPerSecond: 4}).Open("g", func() membership.Group { return g })
		report := h.Reconcile(t.Context(), membership.Goal{Add: members(0, 5, 1), Healthy: true})
		if report.Failed() || len(g.sent) < 3+2+3+4 {
			t.Errorf("%+v, %d requests", report, len(g.sent))
		}
		for i := 1; i < len(g.sent); i++ {
			if gap := g.sent[i].Sub(g.sent[i-1]); gap < 250*time.Millisecond {
				t.Errorf("request %d came %v after the one before, and the cap is four a second", i, gap)
			}
		}
	})
}

// Who gives up while he waits for a turn sends nothing.
func TestATurnEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &chatty{Fake: New(Options{})}
		h := membership.New(membership.Options{RequestsPerSecond: 0.1}).Open("g", func() membership.Group { return g })
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		if _, err := h.List(ctx); err == nil || time.Since(began) != 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		synctest.Wait()
		if len(g.sent) != 1 {
			t.Errorf("%d requests, want the first page alone", len(g.sent))
		}
		if err := membership.Turn(t.Context()); err != nil {
			t.Errorf("without an engine: %v", err)
		}
	})
}

// The bound of a call is for its requests: to wait for a turn is no part of it.
func TestATurnIsNoPartOfTheCallsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &chatty{Fake: New(Options{})}
		h := membership.New(membership.Options{RequestsPerSecond: 0.05}).Open("g", func() membership.Group { return g })
		began := time.Now()
		if _, err := h.List(t.Context()); err != nil || time.Since(began) != 40*time.Second {
			t.Errorf("%v after %v, want three pages in 40 s", err, time.Since(began))
		}
		g.On(List).Do(Hang())
		pass(time.Minute)
		if _, err := h.List(t.Context()); err != nil { // a page that hangs is still bounded
			t.Error(err)
		}
	})
}
