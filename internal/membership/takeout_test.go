package membership_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// gated are two groups of one session: the old member 1 is in the first.
type gated struct {
	t      *testing.T
	f      *Fake
	h      *membership.Handle
	g      *Fake
	second *membership.Handle
	heals  time.Time // when all are healthy that are not the old member
}

// gates plays a case in a bubble.
func gates(t *testing.T, name string, opts Options, heals time.Duration, run func(g *gated)) {
	bubble(t, name, func(t *testing.T) {
		g := &gated{t: t, f: New(opts, members(1, 2, 50)...), heals: time.Now().Add(heals)}
		opts.Name = "second"
		g.g = New(opts)
		engine := membership.New(membership.Options{})
		g.h = engine.Open("g", func() membership.Group { return g.f })
		g.second = engine.Open("h", func() membership.Group { return g.g })
		for _, f := range []*Fake{g.f, g.g} {
			becomes(f, func(m membership.Member) time.Duration {
				if m.Key == key(1) {
					return 0
				}
				return heals
			})
		}
		run(g)
		synctest.Wait()
	})
}

// adds is the verb of a creation that waits for health for as long.
func (g *gated) adds(h *membership.Handle, m membership.Member, adopt bool, lasts time.Duration) error {
	ctx, cancel := context.WithTimeout(membership.As(g.t.Context(), "new"), lasts)
	defer cancel()
	arrives := h.Arrive("kind", []membership.Member{m})
	defer arrives.End()
	return h.Reconcile(ctx, membership.Goal{Add: []membership.Member{m}, Adopt: adopt, Healthy: true, Arrival: arrives}).Added[0].Err
}

// removes takes the old member out, as a resource that waits for health, and
// returns whom it waited for in vain.
func (g *gated) removes(lasts time.Duration, d membership.Departure) ([]membership.Unmet, error) {
	d.By, d.Bound = "kind", func(ctx context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(ctx, lasts)
	}
	out, unmet := g.h.TakeOut(membership.As(g.t.Context(), "old"), members(1, 2, 50), membership.Removal{Drain: time.Second}, d)
	return unmet, out[0].Err
}

// begun fails a test in which the old member was touched before the new one was
// healthy, or, where it never is, at all.
func (g *gated) begun(want bool) {
	g.t.Helper()
	calls := append(g.f.Calls().Of(Update), g.f.Calls().Of(Remove)...)
	if len(calls) > 0 && (!want || calls[0].Begun.Before(g.heals)) || want && len(calls) == 0 {
		g.t.Errorf("the removal is begun %v, want %v, and not before the other is healthy:\n%s", len(calls) > 0, want, g.f.Calls())
	}
}

const never = 24 * time.Hour

var waits = membership.Departure{Healthy: true}

// A removal waits for what is added beside it, also where that is heard of a
// moment later or takes longer than the removal may.
func TestARemovalWaitsForWhatIsAddedBesideIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		later time.Duration
		heals time.Duration
		lasts time.Duration
		goes  bool
	}{
		"healthy":               {0, 20 * time.Second, time.Minute, true},
		"heard of later":        {200 * time.Millisecond, 20 * time.Second, time.Minute, true},
		"slower than a removal": {0, 90 * time.Second, 2 * time.Minute, true},
		"never healthy":         {0, never, time.Minute, false},
	} {
		gates(t, name, Options{}, tt.heals, func(g *gated) {
			var adding sync.WaitGroup
			adding.Go(func() {
				pass(tt.later)
				if err := g.adds(g.h, member(2, 50), false, tt.lasts); (err == nil) != tt.goes {
					g.t.Error(err)
				}
			})
			if tt.later == 0 {
				synctest.Wait()
			}
			unmet, err := g.removes(30*time.Second, waits)
			adding.Wait()
			if (err == nil) != tt.goes || (len(unmet) == 0) != tt.goes {
				g.t.Errorf("unmet %v, error %v", unmet, err)
			}
			if err != nil && (!membership.Is(err, membership.NotSent) || !strings.Contains(err.Error(), key(2).String())) {
				g.t.Errorf("the error does not tell for whom it waited: %v", err)
			}
			g.begun(tt.goes)
		})
	}
}

// What a creation has taken over it does not wait for; a removal beside it does,
// and so does the next session's, which hears of nothing else.
func TestARemovalWaitsForWhatWasTakenOver(t *testing.T) {
	t.Parallel()
	for name, heals := range map[string]time.Duration{"healthy": 20 * time.Second, "never healthy": never} {
		gates(t, name, Options{}, heals, func(g *gated) {
			g.f.Put(member(2, 50))
			began := time.Now()
			if err := g.adds(g.h, member(2, 50), true, time.Minute); err != nil || time.Since(began) > 2*time.Second {
				g.t.Errorf("error %v after %s", err, time.Since(began))
			}
			unmet, err := g.removes(30*time.Second, waits)
			g.begun(heals < never)
			if heals < never {
				if err != nil {
					g.t.Error(err)
				}
				return
			}
			if len(unmet) != 1 || unmet[0].Key != key(2) {
				g.t.Fatalf("unmet %v, error %v", unmet, err)
			}
			g.h = open(g.f)
			if _, err = g.removes(30*time.Second, membership.Departure{Healthy: true, Unmet: unmet}); !membership.Is(err, membership.NotSent) {
				g.t.Error(err)
			}
			g.begun(false)
			g.f.Take(key(2)) // it is wanted no more
			if _, err = g.removes(30*time.Second, membership.Departure{Healthy: true, Unmet: unmet}); err != nil {
				g.t.Error(err)
			}
		})
	}
}

// The deposed half of a replacement waits for its successor in another group, and
// any other removal does not.
func TestALeftoverWaitsForAnotherGroup(t *testing.T) {
	t.Parallel()
	for name, leftover := range map[string]bool{"a leftover": true, "another": false} {
		gates(t, name, Options{}, never, func(g *gated) {
			if leftover {
				g.h.Claim(membership.Claim{Token: "old", By: "kind", Part: membership.Leaving, Members: map[membership.Key]string{key(1): ""}})
			}
			if err := g.adds(g.second, member(2, 50), false, 10*time.Second); !membership.Is(err, membership.NotHealthy) {
				g.t.Error(err)
			}
			if _, err := g.removes(30*time.Second, waits); membership.Is(err, membership.NotSent) != leftover {
				g.t.Error(err)
			}
		})
	}
}

// What does not wait for health, or is not waited for, holds nothing up; nor does
// what found the group full, or failed long ago.
func TestWhatARemovalDoesNotWaitFor(t *testing.T) {
	t.Parallel()
	full := Options{Quota: 1}
	for name, tt := range map[string]struct {
		opts Options
		how  membership.Departure
		m    membership.Member
		then func(g *gated)
	}{
		"it does not wait for health": {how: membership.Departure{}, m: member(2, 50)},
		"at weight 0":                 {how: waits, m: member(2, 0)},
		"the group is full":           {opts: full, how: waits, m: member(2, 50)},
		"it is removed again": {how: waits, m: member(2, 50), then: func(g *gated) {
			if err := g.h.Remove(membership.As(g.t.Context(), "new"), member(2, 50)); err != nil {
				g.t.Error(err)
			}
		}},
		"long ago": {how: waits, m: member(2, 50), then: func(*gated) { pass(2 * time.Minute) }},
	} {
		gates(t, name, tt.opts, never, func(g *gated) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				_ = g.adds(g.h, tt.m, false, 10*time.Second)
			}()
			synctest.Wait()
			if tt.then != nil {
				<-done
				tt.then(g)
			}
			began := time.Now()
			if _, err := g.removes(time.Minute, tt.how); err != nil || time.Since(began) > 3*time.Second {
				g.t.Errorf("error %v after %s", err, time.Since(began))
			}
			<-done
			if _, in := g.f.Member(key(2)); tt.opts.Quota > 0 && !in {
				g.t.Error("what found the group full was not added after the removal")
			}
		})
	}
}

// A destruction of everything waits once for additions that may come, not for
// each of its members.
func TestADestructionWaitsOnceForAdditions(t *testing.T) {
	t.Parallel()
	gates(t, "", Options{}, never, func(g *gated) {
		var all sync.WaitGroup
		began := time.Now()
		for n := range 100 {
			g.g.Put(member(100+n, 50))
		}
		for n := range 10 {
			all.Go(func() {
				for i := range 10 {
					out, _ := g.second.TakeOut(g.t.Context(), members(100+10*n+i, 101+10*n+i, 50), membership.Removal{}, membership.Departure{
						Healthy: true, Bound: func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} },
					})
					if out[0].Err != nil {
						g.t.Error(out[0].Err)
					}
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took > 2*time.Second {
			g.t.Errorf("it took %s", took)
		}
	})
}

// An interrupt ends the wait, and nothing is taken out.
func TestAnInterruptEndsTheWaitOfARemoval(t *testing.T) {
	t.Parallel()
	gates(t, "", Options{}, never, func(g *gated) {
		ctx, cancel := context.WithCancel(g.t.Context())
		time.AfterFunc(5*time.Second, cancel)
		a := g.h.Arrive("kind", members(2, 3, 50))
		defer a.End()
		out, _ := g.h.TakeOut(ctx, members(1, 2, 50), membership.Removal{}, membership.Departure{
			Healthy: true, Bound: func(ctx context.Context) (context.Context, context.CancelFunc) { return ctx, func() {} },
		})
		if err := out[0].Err; !membership.Is(err, membership.NotSent) || !errors.Is(err, context.Canceled) {
			g.t.Error(err)
		}
		g.begun(false)
	})
}
