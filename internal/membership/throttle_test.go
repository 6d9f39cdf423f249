package membership_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// meter is a gateway's limit on the calls of one account: so many in a minute,
// of a clock's minute or of the last one, in which refused calls count or not.
type meter struct {
	limit   int
	sliding bool
	refused bool // refused calls count too
	stated  bool // a refusal says how long the window is

	mu        sync.Mutex
	began     time.Time
	counted   []time.Time
	throttled int
}

// window is a meter's window.
const window = time.Minute

func (m *meter) pass(_ context.Context, _ *Call, commit func() error) error {
	m.mu.Lock()
	now := time.Now()
	if m.began.IsZero() {
		m.began = now
	}
	from := now.Add(-window)
	if !m.sliding {
		from = m.began.Add(now.Sub(m.began).Truncate(window)).Add(-1)
	}
	m.counted = slices.DeleteFunc(m.counted, func(t time.Time) bool { return !t.After(from) })
	over := len(m.counted) >= m.limit
	if !over || m.refused {
		m.counted = append(m.counted, now)
	}
	if over {
		m.throttled++
	}
	m.mu.Unlock()
	if !over {
		return commit()
	}
	if m.stated {
		return Throttled(window)
	}
	return Throttled(0)
}

// meterRow is one way of being throttled: a group for each of many adds.
type meterRow struct {
	limit, groups    int
	sliding, refused bool
	reads            bool // they are limited too, together with the adds
	budget           int  // membership.Options.WritesPerMinute
	silent           bool // the vendor does not say how long its window is

	within    time.Duration // what all the adds together may take
	throttled int           // and how many answers may be refusals: of those who were under way when the first came
}

func (row meterRow) run(t *testing.T, write time.Duration) {
	gateway := &meter{limit: row.limit, sliding: row.sliding, refused: row.refused, stated: !row.silent}
	e := membership.New(membership.Options{WritesPerMinute: row.budget})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	began := time.Now()
	var wg sync.WaitGroup
	var failed atomic.Int32
	for g := range row.groups {
		f := New(Options{Name: fmt.Sprintf("group %d", g), Read: write / 2, Write: write})
		f.On(Add).Times(0).Do(gateway.pass)
		if row.reads {
			f.On(List).Times(0).Do(gateway.pass)
		}
		h := e.Open(f.Name(), func() membership.Group { return f })
		wg.Go(func() {
			if _, err := h.Add(ctx, member(1, 1), false); err != nil {
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	took := time.Since(began).Round(time.Second)
	t.Logf("took %s, %d answers were refusals, %d adds failed", took, gateway.throttled, failed.Load())
	if took > row.within || gateway.throttled > row.throttled || failed.Load() > 0 {
		t.Errorf("want %s, %d refusals at most, and no failure", row.within, row.throttled)
	}
}

// A window that the vendor states is waited whole: whoever asks sooner is
// refused, and where refused calls count, for ever.
func TestAStatedWindowIsWaitedWhole(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]meterRow{
		"10 a minute, 12 groups, fixed":                    {limit: 10, groups: 12, within: 62 * time.Second, throttled: 4},
		"10 a minute, 12 groups, sliding":                  {limit: 10, groups: 12, sliding: true, within: 62 * time.Second, throttled: 4},
		"10 a minute, 12 groups, sliding, refused count":   {limit: 10, groups: 12, sliding: true, refused: true, within: 62 * time.Second, throttled: 4},
		"10 a minute, 30 groups, sliding, refused count":   {limit: 10, groups: 30, sliding: true, refused: true, within: 150 * time.Second, throttled: 40},
		"60 a minute with the reads, 60 groups":            {limit: 60, groups: 60, sliding: true, refused: true, reads: true, within: 150 * time.Second, throttled: 150},
		"90 a minute, 200 groups, sliding, refused count":  {limit: 90, groups: 200, sliding: true, refused: true, within: 150 * time.Second, throttled: 200},
		"90 a minute, 200 groups, within the known budget": {limit: 90, groups: 200, sliding: true, refused: true, silent: true, budget: 90, within: 150 * time.Second},
	} {
		bubble(t, name, func(t *testing.T) { row.run(t, 0) })
		bubble(t, name+", answered in 100 ms", func(t *testing.T) { row.run(t, 100*time.Millisecond) })
	}
}

// What a vendor asks for is waited for, up to two minutes; who gives up meanwhile
// does so at once and is told why nothing was sent.
func TestAStatedWindowEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 3, 1)...)
		h := open(f)
		f.On(Remove).Do(Fail(Throttled(time.Hour)))
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		began := time.Now()
		if err := h.Remove(ctx, member(1, 0)); !membership.Is(err, membership.NotSent) || time.Since(began) > 31*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		began = time.Now()
		if err := h.Remove(t.Context(), member(1, 0)); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < 80*time.Second || took > 100*time.Second {
			t.Errorf("the next removal took %s, want the rest of two minutes", took)
		}
	})
}

// What is throttled of one sort of calls says nothing of another.
func TestEachSortOfCallsIsThrottledForItself(t *testing.T) {
	t.Parallel()
	for throttled, free := range map[Op][]Op{Add: {Update, Remove}, Update: {Add, Remove}, Remove: {Add, Update}, List: nil} {
		bubble(t, string(throttled), func(t *testing.T) {
			e := membership.New(membership.Options{})
			one, other := New(Options{Name: "one"}, members(100, 103, 1)...), New(Options{Name: "other"}, members(100, 110, 1)...)
			a := e.Open("one", func() membership.Group { return one })
			b := e.Open("other", func() membership.Group { return other })
			if _, err := b.List(t.Context()); err != nil {
				t.Fatal(err)
			}
			one.On(throttled).Do(Fail(Throttled(90 * time.Second)))
			var wg sync.WaitGroup
			wg.Go(func() {
				op, from := throttled, 100
				if op == Add {
					from = 0
				}
				if op == List {
					op = Remove
				}
				mustSucceed(t, a, wishes(op, from, from+1, 5))
			})
			pass(time.Second)
			began := time.Now()
			for i, op := range free {
				from := 100 + i
				if op == Add {
					from = i
				}
				mustSucceed(t, b, wishes(op, from, from+1, 5))
			}
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("%v took %s beside a throttled %s", free, took, throttled)
			}
			wg.Wait()
			if took := time.Since(began); took < 88*time.Second {
				t.Errorf("the throttled %s was sent again after %s", throttled, took)
			}
		})
	}
}

// A vendor's budget of writes is spent at once where there is need, and never
// overdrawn; it counts each sort of writes for itself, and no reads.
func TestAKnownBudgetIsSpentAtOnceAndNeverOverdrawn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const budget = 30
		e := membership.New(membership.Options{WritesPerMinute: budget})
		var fakes []*Fake
		var wg sync.WaitGroup
		began := time.Now()
		for g := range 100 + budget {
			f := New(Options{Name: fmt.Sprintf("group %d", g)}, members(100, 102, 1)...)
			fakes = append(fakes, f)
			h := e.Open(f.Name(), func() membership.Group { return f })
			op, from := Add, 0
			if g >= 100 {
				op, from = Remove, 100
			}
			wg.Go(func() { mustSucceed(t, h, wishes(op, from, from+1, 5)) })
		}
		wg.Wait()
		var adds []time.Time
		for _, f := range fakes {
			for _, c := range f.Calls() {
				since := c.Begun.Sub(began)
				switch {
				case c.Op == Add:
					adds = append(adds, c.Begun)
				case c.Op == Remove && since > 10*time.Second:
					t.Errorf("a removal waited for the budget of the additions: %s", since)
				}
			}
		}
		slices.SortFunc(adds, time.Time.Compare)
		for i := range adds {
			if i < budget && adds[i].Sub(began) > 10*time.Second {
				t.Errorf("addition %d began after %s, within the budget", i, adds[i].Sub(began))
			}
			if i >= budget && adds[i].Sub(adds[i-budget]) <= time.Minute {
				t.Errorf("addition %d began %s after the one that is a budget before", i, adds[i].Sub(adds[i-budget]))
			}
		}
		if took := time.Since(began); took < 3*time.Minute || took > 3*time.Minute+20*time.Second {
			t.Errorf("100 additions at 30 a minute took %s", took)
		}
	})
}

// The user's cap counts the calls of every sort together.
func TestTheUsersCapCountsEverySort(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(100, 130, 1)...)
		h := membership.New(membership.Options{RequestsPerSecond: 5, WritesPerMinute: 90}).Open("g", func() membership.Group { return f })
		var wg sync.WaitGroup
		for op, from := range map[Op]int{Add: 0, Update: 100, Remove: 110} {
			wg.Go(func() { mustSucceed(t, h, wishes(op, from, from+10, 5)) })
		}
		wg.Wait()
		calls := f.Calls()
		for i := 1; i < len(calls); i++ {
			if d := calls[i].Begun.Sub(calls[i-1].Begun); d < 200*time.Millisecond {
				t.Errorf("%s came %s after %s, and the cap is five a second", calls[i], d, calls[i-1])
			}
		}
	})
}

// A listing, or a reading of the health, is about no one member: that it does
// not find one says nothing of the members that it is asked for.
func TestAReadingNeverSaysThatAMemberIsGone(t *testing.T) {
	t.Parallel()
	gone := func() error {
		return &membership.Error{Class: membership.MemberNotFound, Status: 404, Code: "ELB.8904", Message: "member x could not be found."}
	}
	bubble(t, "it passes", func(t *testing.T) {
		f := New(Options{}, members(0, 3, 1)...)
		f.On(List).Times(3).Do(Fail(gone()))
		if m, err := open(f).Find(t.Context(), member(1, 0)); err != nil || m.Weight != 1 {
			t.Errorf("%v, %v", m, err)
		}
	})
	bubble(t, "it stays", func(t *testing.T) {
		f := New(Options{}, members(0, 3, 1)...)
		f.On(List).Times(0).Do(Fail(gone()))
		began := time.Now()
		_, err := open(f).Find(t.Context(), member(1, 0))
		if !membership.Is(err, membership.Transient) || time.Since(began) > time.Minute {
			t.Errorf("%v after %s, want a passing failure, told in time", err, time.Since(began))
		}
	})
	bubble(t, "of the health", func(t *testing.T) {
		f := New(Options{}, members(0, 3, 1)...)
		f.On(Health).Times(2).Do(Fail(gone()))
		report := open(f).Reconcile(t.Context(), membership.Goal{Add: members(5, 6, 1), Healthy: true})
		if report.Failed() {
			t.Errorf("%+v", report)
		}
	})
	bubble(t, "after a removal in doubt", func(t *testing.T) {
		f := New(Options{}, members(0, 3, 1)...)
		f.On(Remove).Do(Fail(Reset()))
		f.On(List).Nth(2).Times(3).Do(Fail(gone()))
		if err := open(f).Remove(t.Context(), member(1, 0)); err != nil {
			t.Error(err)
		}
		if _, there := f.Member(key(1)); there {
			t.Error("it was told to be out and is in")
		}
	})
}

// An answer that asks to come back later, and goes on doing so, ends in about
// 25 s. If it names a member, the others do not end with it.
func TestWhatDoesNotPassEndsInTime(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		message string
		fail    []int
	}{
		"naming nobody": {"The operation failed. Please try again later.", []int{0, 1, 2, 3, 4, 5}},
		"naming one":    {"The server i-003 is processing.", []int{3}},
	} {
		for _, op := range []Op{Add, Update, Remove} {
			bubble(t, name+"/"+string(op), func(t *testing.T) {
				from := 0
				if op != Add {
					from = 100
				}
				f := New(Options{}, members(100, 106, 1)...)
				f.On(op).Times(0).Do(func(_ context.Context, c *Call, commit func() error) error {
					for _, m := range c.Members {
						for _, n := range tt.fail {
							if m.Key == key(from+n) {
								return &membership.Error{Class: membership.Transient, Status: 400, Code: "SomethingNew",
									Message: strings.ReplaceAll(tt.message, "i-003", key(from+n).Server)}
							}
						}
					}
					return commit()
				})
				began := time.Now()
				for _, a := range askAll(t.Context(), open(f), wishes(op, from, from+6, 5)) {
					if fails := slices.Contains(tt.fail, a.n-from); fails != (a.err != nil) || fails && !membership.Is(a.err, membership.Transient) {
						t.Errorf("%s: %v, want it to fail: %t", key(a.n), a.err, fails)
					}
				}
				if took := time.Since(began); took < 10*time.Second || took > 40*time.Second {
					t.Errorf("took %s, want about 25 s", took)
				}
				if n := len(f.Calls().Of(op)); n > 9 {
					t.Errorf("%d calls, want 9 at most", n)
				}
			})
		}
	}
}
