package membership_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// Random goals, faults and company: what is reported is true.
func TestRandomReconciliations(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { runReconciliation(t, rand.New(rand.NewPCG(seed, 99))) })
		})
	}
}

func runReconciliation(t *testing.T, rnd *rand.Rand) {
	opts := vendors[rnd.IntN(len(vendors))].opts
	opts.Batch = 1 + rnd.IntN(8)
	opts.Read, opts.Write = time.Duration(rnd.IntN(50))*time.Millisecond, time.Duration(rnd.IntN(200))*time.Millisecond
	givesUp := rnd.IntN(3) == 0
	switch rnd.IntN(3) {
	case 0:
		opts.Lag = time.Duration(rnd.IntN(3000)) * time.Millisecond
	case 1:
		opts.StaleReads = rnd.IntN(4)
	}
	start := slices.Clone(foreigners)
	goal := membership.Goal{Healthy: rnd.IntN(3) == 0}
	if rnd.IntN(2) == 0 {
		goal.How.Drain = time.Duration(rnd.IntN(5000)) * time.Millisecond
	}
	weight := func() int { return rnd.IntN(101) }
	for n := range 12 {
		m := member(n, weight())
		switch rnd.IntN(6) {
		case 0, 1:
			goal.Add = append(goal.Add, m)
		case 2:
			start, goal.Remove = append(start, m), append(goal.Remove, m)
		case 3:
			w := weight()
			start, goal.Update = append(start, m), append(goal.Update, membership.Change{Member: m, Weight: &w})
		case 4:
			start, goal.Remove = append(start, m), append(goal.Remove, m)
			m.Type, m.Weight = "eni", weight()
			goal.Add = append(goal.Add, m)
		default:
			if start = append(start, m); rnd.IntN(2) == 0 {
				goal.Await = append(goal.Await, m)
			}
		}
	}
	if rnd.IntN(3) == 0 {
		opts.Quota = len(start) + 3 + rnd.IntN(3) // some of it the other actor's
	}
	f := New(opts, start...)
	if rnd.IntN(4) == 0 {
		f.Refuse(key(rnd.IntN(12)), Refused("the server is locked"))
	}
	if rnd.IntN(4) == 0 {
		sick := key(rnd.IntN(12))
		f.SetHealth(func(ms []membership.Member) membership.Health {
			h := verdict(membership.Healthy, "normal")(ms)
			for i, c := range h.Checks {
				if c.Key == sick {
					h.Checks[i].Verdict = membership.Unhealthy
				}
			}
			return h
		})
	}
	troubles(f, rand.New(rand.NewPCG(rnd.Uint64(), 2)), rnd.Float64()*0.4, opts.PerItem)
	before := f.Members()

	timeout := 20 * time.Minute
	if givesUp {
		timeout = time.Duration(rnd.IntN(6000)) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	stop := make(chan struct{})
	company := rand.New(rand.NewPCG(rnd.Uint64(), 3))
	go func() { // somebody else, who has members of his own
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Duration(1+company.IntN(400)) * time.Millisecond):
			}
			k := 950 + company.IntN(3)
			if company.IntN(2) == 0 {
				f.Put(member(k, company.IntN(101)))
			} else {
				f.Take(key(k))
			}
		}
	}()
	h := membership.New(membership.Options{CallTimeout: 2 * time.Second}).Open("g", func() membership.Group { return f })
	report := h.Reconcile(ctx, goal)
	pass(30 * time.Second) // nothing is under way any more
	close(stop)
	checkReport(t, f, before, goal, report)
	checkForeigners(t, f)
	checkNoDoubles(t, f)
	for _, m := range before {
		if now, there := f.Member(m.Key); m.Key.Server < "i-900" && !named(goal, m.Key) && (!there || now != m) {
			t.Errorf("%+v, which the goal does not name, is now %+v (%t)", m, now, there)
		}
	}
	if n := f.LockState().MaxInFlight(); n > 1 {
		t.Errorf("%d writes in flight at once", n)
	}
	if t.Failed() {
		t.Logf("options %+v, goal %+v, timeout %v\ncalls:\n%s", opts, goal, timeout, f.Calls())
	}
}

// named tells whether a goal speaks of a member.
func named(goal membership.Goal, k membership.Key) bool {
	is := func(m membership.Member) bool { return m.Key == k }
	return slices.ContainsFunc(goal.Add, is) || slices.ContainsFunc(goal.Remove, is) ||
		slices.ContainsFunc(goal.Update, func(c membership.Change) bool { return is(c.Member) })
}
