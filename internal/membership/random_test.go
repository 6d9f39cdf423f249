package membership_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// Many callers change few members at random, one or some at once, while calls
// fail at random, listings lag, refusals pass and callers give up, all at once.
// Whatever they are told must explain the group as it is in the end: there must
// be an order of the changes that were answered with success, and of some of
// those answered as unknown, that leads to it.
//
// A failure names its seed; -run 'TestRandom/seed=17$' -count=100 runs it again
// (the scheduler and the engine's jitter have a say too).
func TestRandom(t *testing.T) {
	t.Parallel()
	seeds := uint64(800)
	if testing.Short() {
		seeds = 100
	}
	for seed := range seeds {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { runRandom(t, rand.New(rand.NewPCG(seed, 77))) })
		})
	}
}

const randomKeys, randomCallers, randomSteps = 6, 8, 6

// event is an operation and what its caller saw of it.
type event struct {
	answer
	began, ended time.Time
}

func runRandom(t *testing.T, rnd *rand.Rand) {
	opts := vendors[rnd.IntN(len(vendors))].opts
	opts.Read, opts.Write = time.Duration(rnd.IntN(50))*time.Millisecond, time.Duration(rnd.IntN(200))*time.Millisecond
	opts.LearnLock = rnd.IntN(2) == 0
	opts.Batch = 1 + rnd.IntN(8)
	givesUp := rnd.IntN(3) > 0
	switch rnd.IntN(3) {
	case 0:
		opts.Lag = time.Duration(rnd.IntN(3000)) * time.Millisecond
	case 1:
		opts.StaleReads = rnd.IntN(4)
	}
	if rnd.IntN(4) == 0 {
		opts.Quota = len(foreigners) + randomKeys - 2
	}
	start := foreigners
	for n := range randomKeys {
		if rnd.IntN(2) == 0 {
			start = append(start[:len(start):len(start)], member(n, 50))
		}
	}
	f := New(opts, start...)
	begun := f.Members()
	if rnd.IntN(3) == 0 {
		f.Refuse(key(randomKeys-1), Refused("the server is locked"))
	}
	p := rnd.Float64() * 0.5
	if rnd.IntN(2) == 0 {
		passingRefusals(f, rand.New(rand.NewPCG(rnd.Uint64(), 5)), p/3)
	}
	troubles(f, rand.New(rand.NewPCG(rnd.Uint64(), 2)), p, opts.PerItem)

	h := membership.New(membership.Options{CallTimeout: 2 * time.Second}).Open("g", func() membership.Group { return f })
	var mu sync.Mutex
	var events []event
	var wg sync.WaitGroup
	for range randomCallers {
		own := rand.New(rand.NewPCG(rnd.Uint64(), 1))
		wg.Go(func() {
			for range randomSteps {
				some := randomEvents(t, h, own, givesUp)
				mu.Lock()
				events = append(events, some...)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	pass(30 * time.Second) // nothing is under way any more

	for n := range randomKeys {
		checkExplained(t, f, n, events, begun)
	}
	checkForeigners(t, f)
	checkNoDoubles(t, f)
	if n := f.LockState().MaxInFlight(); n > 1 {
		t.Errorf("%d writes in flight at once", n)
	}
	if t.Failed() {
		t.Logf("options %+v\ncalls:\n%s", opts, f.Calls())
	}
	f.Quiet()
	f.Refuse(key(randomKeys-1), nil)
	h.See(membership.Claim{Token: "next run"}) // in which no failure of before holds anything up
	if opts.Quota == 0 {
		var ws []wish
		for n := range randomKeys {
			ws = append(ws, wish{op: Add, n: n, weight: 7, adopt: true})
		}
		mustSucceed(t, h, ws)
	}
	mustSucceed(t, h, wishes(Remove, 0, randomKeys, 0))
	checkForeigners(t, f)
	if n := len(f.Members()); n != len(foreigners) {
		t.Errorf("%d members after all were removed", n)
	}
}

// randomEvents are what became of one call, single or bulk.
func randomEvents(t *testing.T, h *membership.Handle, rnd *rand.Rand, givesUp bool) (events []event) {
	pass(time.Duration(rnd.IntN(300)) * time.Millisecond)
	w := wish{
		op: []Op{Add, Update, Remove}[rnd.IntN(3)], n: rnd.IntN(randomKeys), weight: rnd.IntN(101), adopt: rnd.IntN(2) == 0,
	}
	timeout := 20 * time.Minute
	if givesUp && rnd.IntN(2) == 0 {
		timeout = time.Duration(rnd.IntN(2000)) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	began := time.Now()
	var answers []answer
	if rnd.IntN(3) > 0 {
		answers = append(answers, w.ask(ctx, h))
	} else {
		answers = w.askBulk(ctx, h, w.n+1+rnd.IntN(randomKeys-w.n))
	}
	for _, a := range answers {
		events = append(events, event{answer: a, began: began, ended: time.Now()})
		if a.err != nil && a.member != (membership.Member{}) && !membership.Is(a.err, membership.NotChanged) {
			t.Errorf("%s %s: a member and an error", a.op, key(a.n))
		}
		if a.err == nil && a.op != Remove && (a.member.Key != key(a.n) || a.member.Weight != a.weight) {
			t.Errorf("%s %s to weight %d returned %+v", a.op, key(a.n), a.weight, a.member)
		}
	}
	return events
}

// askBulk asks for the same of all members up to another.
func (w wish) askBulk(ctx context.Context, h *membership.Handle, to int) []answer {
	var out []membership.Outcome
	switch w.op {
	case Add:
		out = h.AddAll(ctx, members(w.n, to, w.weight), w.adopt)
	case Update:
		out = h.UpdateAll(ctx, reweights(w.n, to, w.weight))
	default:
		out = h.RemoveAll(ctx, members(w.n, to, 0), membership.Removal{})
	}
	answers := answersOf(w.op, w.n, w.weight, out)
	for i := range answers {
		answers[i].adopt = w.adopt
	}
	return answers
}

// passingRefusals lets each write be refused with probability p, and do nothing.
func passingRefusals(f *Fake, rnd *rand.Rand, p float64) {
	var mu sync.Mutex
	f.On(AnyWrite).Times(0).Where(func(*Call) bool {
		mu.Lock()
		defer mu.Unlock()
		return rnd.Float64() < p
	}).Do(Fail(Refused("not now")))
}

// troubles lets each call fail with probability p.
func troubles(f *Fake, rnd *rand.Rand, p float64, perItem bool) {
	var mu sync.Mutex
	roll := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		if rnd.Float64() >= p {
			return -1
		}
		return rnd.IntN(n)
	}
	onWrite := []Effect{
		Fail(Busy()), Fail(Throttled(0)), Fail(Throttled(time.Second)), Fail(&membership.Error{Class: membership.Transient}),
		Fail(Reset()), FailAfter(Reset()), Fail(InternalError()), FailAfter(InternalError()), FailAfter(Unreadable()),
		Hang(), HangAfter(), Ignore(), Partly(1, Reset()),
	}
	if perItem {
		onWrite = append(onWrite, func(ctx context.Context, c *Call, commit func() error) error {
			items := make(membership.ItemErrors, len(c.Members))
			for i := 1; i < len(items); i++ {
				items[i] = []error{Reset(), Busy(), Throttled(0)}[i%3]
			}
			c.Only = 1
			if got, ok := errors.AsType[membership.ItemErrors](commit()); ok {
				items[0] = got[0]
			}
			return items
		})
	}
	onList := []Effect{Fail(Busy()), Fail(Throttled(0)), Fail(Reset()), Fail(InternalError()), Hang()}
	choose := func(effects []Effect) Effect {
		return func(ctx context.Context, c *Call, commit func() error) error {
			if i := roll(len(effects)); i >= 0 {
				return effects[i](ctx, c, commit)
			}
			return commit()
		}
	}
	f.On(AnyWrite).Times(0).Do(choose(onWrite))
	f.On(List).Times(0).Do(choose(onList))
}

// weight -1 is a member that is not there.
const absent = -1

// checkExplained looks for an order of the operations on one member that its
// callers' answers allow and that leads to what is there.
func checkExplained(t *testing.T, f *Fake, n int, events []event, begun []membership.Member) {
	t.Helper()
	var mine []event
	for _, e := range events {
		if e.n == n && (e.err == nil || membership.Is(e.err, membership.Unknown) || membership.Is(e.err, membership.NotChanged)) {
			mine = append(mine, e) // any other error says that nothing was done
		}
	}
	first, last := absent, absent
	for _, m := range begun {
		if m.Key == key(n) {
			first = m.Weight
		}
	}
	if m, ok := f.Member(key(n)); ok {
		last = m.Weight
	}
	type place struct {
		done   uint64
		weight int
	}
	dead := map[place]bool{}
	var explained func(place) bool
	explained = func(p place) bool {
		if dead[p] {
			return false
		}
		left := false
		for i, e := range mine {
			if p.done&(1<<i) != 0 {
				continue
			}
			left = left || e.err == nil
			first := true
			for j, other := range mine {
				if p.done&(1<<j) == 0 && other.err == nil && other.ended.Before(e.began) {
					first = false
				}
			}
			if next, ok := e.effect(p.weight); ok && first && explained(place{p.done | 1<<i, next}) {
				return true
			}
		}
		if !left && p.weight == last {
			return true
		}
		dead[p] = true
		return false
	}
	if explained(place{0, first}) {
		return
	}
	t.Errorf("%s had weight %d and has %d (-1: not there), which no order of these explains:", key(n), first, last)
	for _, e := range events {
		if e.n == n {
			t.Logf("%s..%s %s weight %d adopt %t: %v", e.began.Format("05.000"), e.ended.Format("05.000"), e.op, e.weight, e.adopt, e.err)
		}
	}
}

// effect is what a member's weight is after an operation took effect on it;
// false when it cannot have.
func (e event) effect(weight int) (int, bool) {
	switch e.op {
	case Add:
		return e.weight, e.adopt || weight == absent
	case Update:
		return e.weight, weight != absent
	default:
		return absent, true
	}
}
