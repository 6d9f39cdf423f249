package membership_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// becomes makes each member healthy some time from now; before that it fails.
func becomes(f *Fake, after func(m membership.Member) time.Duration) {
	began := time.Now()
	f.SetHealth(func(ms []membership.Member) membership.Health {
		h := verdict(membership.Unhealthy, "abnormal")(ms)
		for i, m := range ms {
			if time.Since(began) >= after(m) {
				h.Checks[i].Verdict, h.Checks[i].Status = membership.Healthy, "normal"
			}
		}
		return h
	})
}

// await waits for one member and returns how long that took, its note and its
// error.
func await(ctx context.Context, h *membership.Handle, n int) (time.Duration, string, error) {
	began := time.Now()
	notes, errs := h.AwaitHealthy(ctx, members(n, n+1, 50))
	return time.Since(began), notes[0], errs[0]
}

// waitersOfHealth are how many wait, and how far apart they come.
var waitersOfHealth = []struct {
	n     int
	apart time.Duration
}{{1, 0}, {50, 0}, {10, 100 * time.Millisecond}, {10, 700 * time.Millisecond}}

func TestWaitersForHealthShareTheirReadings(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			cost := func(n int, apart time.Duration) int {
				opts := v.opts
				opts.Read = 30 * time.Millisecond
				f := New(opts, members(0, n, 50)...)
				becomes(f, func(membership.Member) time.Duration { return 2 * time.Minute })
				h := open(f)
				var wg sync.WaitGroup
				for i := range n {
					wg.Go(func() {
						pass(time.Duration(i) * apart)
						if _, note, err := await(t.Context(), h, i); err != nil || note != "" {
							t.Errorf("%s: %q, %v", key(i), note, err)
						}
					})
				}
				wg.Wait()
				return len(f.Calls().Of(Health))
			}
			alone := cost(1, 0)
			if alone > 45 {
				t.Errorf("%d readings in two minutes, want no more than one in 3 s", alone)
			}
			for _, w := range waitersOfHealth[1:] {
				// Those who come while others wait are more eager for a while.
				most := alone
				if w.apart > 0 {
					most += 10
				}
				if got := cost(w.n, w.apart); got > most {
					t.Errorf("%d readings for %d waiters %v apart, want at most %d; one alone takes %d", got, w.n, w.apart, most, alone)
				}
			}
		})
	}
}

// Each waiter is answered when its own member passes, not when all do.
func TestEachWaiterForHealthHasItsOwnAnswer(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, members(0, 10, 50)...)
			at := func(n int) time.Duration { return time.Duration(n) * 3 * time.Second }
			becomes(f, func(m membership.Member) time.Duration {
				for n := range 8 { // the last two never pass
					if m.Key == key(n) {
						return at(n)
					}
				}
				return 24 * time.Hour
			})
			h := open(f)
			ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
			defer cancel()
			var wg sync.WaitGroup
			for n := range 10 {
				wg.Go(func() {
					took, _, err := await(ctx, h, n)
					switch {
					case n >= 8 && (!membership.Is(err, membership.NotHealthy) || took != 40*time.Second):
						t.Errorf("%s never passes: %v after %v", key(n), err, took)
					case n < 8 && (err != nil || took < at(n) || took > at(n)+6*time.Second):
						t.Errorf("%s passes after %v: %v after %v", key(n), at(n), err, took)
					}
				})
			}
			wg.Wait()

			// And in one call the same.
			ctx, cancel = context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			_, errs := h.AwaitHealthy(ctx, members(0, 10, 50))
			for n, err := range errs {
				if membership.Is(err, membership.NotHealthy) != (n >= 8) {
					t.Errorf("%s: %v", key(n), err)
				}
			}
		})
	}
}

// A reading from before the member was put in says nothing of it.
func TestAWaitForHealthBeginsWithAReadingOfItsOwnTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, member(0, 50))
		h := open(f)
		if _, err := h.Health(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.SetHealth(verdict(membership.Unhealthy, "abnormal"))
		pass(300 * time.Millisecond)
		time.AfterFunc(2*time.Second, func() { f.SetHealth(verdict(membership.Healthy, "normal")) })
		if took, _, err := await(t.Context(), h, 0); err != nil || took < 2*time.Second {
			t.Errorf("%v after %v, want 2 s and more", err, took)
		}
	})
}

func TestAMemberThatNeverPasses(t *testing.T) {
	t.Parallel()
	on := func(l membership.Listener, v membership.Verdict, status, reason string) membership.Check {
		return membership.Check{Key: key(0), Listener: l, Verdict: v, Status: status, Reason: reason}
	}
	for _, tt := range []struct {
		name   string
		checks []membership.Check
		says   []string
		silent []string
	}{
		{"on two of three listeners", []membership.Check{
			on(membership.Listener{Port: 443, Protocol: "https"}, membership.Unhealthy, "abnormal", ""),
			on(membership.Listener{Port: 80, Protocol: "http"}, membership.Healthy, "normal", ""),
			on(membership.Listener{ID: "l-1"}, membership.Unhealthy, "OFFLINE", "CONNECT_TIMEOUT"),
		}, []string{"listener https 443: abnormal", "listener l-1: OFFLINE: CONNECT_TIMEOUT"}, []string{"http 80"}},
		{"no result", []membership.Check{on(membership.Listener{Port: 53}, membership.Pending, "unavailable", "")},
			[]string{"listener 53: unavailable"}, nil},
		{"as a whole", []membership.Check{on(membership.Listener{}, membership.Unhealthy, "OFFLINE", "")}, []string{"OFFLINE"}, []string{"listener"}},
		{"no rows", nil, []string{"no listener reports its health yet"}, nil},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			f := New(Options{}, members(0, 2, 50)...)
			f.SetHealth(func([]membership.Member) membership.Health { return membership.Health{Checks: tt.checks} })
			ctx, cancel := context.WithTimeoutCause(t.Context(), 30*time.Second, errGaveUp)
			defer cancel()
			took, note, err := await(ctx, open(f), 0)
			if !membership.Is(err, membership.NotHealthy) || note != "" || took != 30*time.Second {
				t.Fatalf("%v after %v, note %q, want class NotHealthy after 30 s", err, took, note)
			}
			for _, s := range append(tt.says, errGaveUp.Error()) {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%v does not say %q", err, s)
				}
			}
			for _, s := range tt.silent {
				if strings.Contains(err.Error(), s) {
					t.Errorf("%v says %q", err, s)
				}
			}
		})
	}
}

func TestWhatNothingChecksIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		health func([]membership.Member) membership.Health
		says   string
	}{
		"no listener": {func([]membership.Member) membership.Health {
			return membership.Health{Unchecked: "no listener forwards to the group"}
		}, "nothing checks the health of i-000:80: no listener forwards to the group"},
		"no monitor, and an old status": {func(ms []membership.Member) membership.Health {
			h := verdict(membership.Unhealthy, "OFFLINE")(ms)
			h.Unchecked = "the pool has no health monitor"
			return h
		}, "nothing checks the health of i-000:80: the pool has no health monitor"},
		"each listener says so": {verdict(membership.Unchecked, "NO_MONITOR"), "nothing checks the health of i-000:80"},
	} {
		bubble(t, name, func(t *testing.T) {
			f := New(Options{}, members(0, 2, 50)...)
			f.SetHealth(tt.health)
			took, note, err := await(t.Context(), open(f), 0)
			if err != nil || note != tt.says || took != 0 {
				t.Errorf("%v after %v, note %q, want %q at once", err, took, note, tt.says)
			}
		})
	}
}

// One listener without a check does not hide another's.
func TestAListenerWithoutACheckSaysNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 2, 50)...)
		began := time.Now()
		f.SetHealth(func(ms []membership.Member) membership.Health {
			h := verdict(membership.Unchecked, "NO_MONITOR")(ms)
			if time.Since(began) < 10*time.Second {
				h.Checks = append(h.Checks, verdict(membership.Pending, "unavailable")(ms).Checks...)
			} else {
				h.Checks = append(h.Checks, verdict(membership.Healthy, "normal")(ms).Checks...)
			}
			return h
		})
		if took, note, err := await(t.Context(), open(f), 0); err != nil || note != "" || took < 10*time.Second || took > 14*time.Second {
			t.Errorf("%v after %v, note %q", err, took, note)
		}
	})
}

// Up and down: the first reading that is good ends the wait, rows that come
// late begin it.
func TestAFlappingMemberIsHealthyOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 2, 50)...)
		reading := 0
		f.SetHealth(func(ms []membership.Member) membership.Health {
			switch reading++; reading {
			case 1:
				return membership.Health{} // no rows yet
			case 2, 3:
				return verdict(membership.Pending, "initial")(ms)
			case 5:
				return verdict(membership.Healthy, "normal")(ms)
			default:
				return verdict(membership.Unhealthy, "abnormal")(ms)
			}
		})
		if took, _, err := await(t.Context(), open(f), 0); err != nil || reading != 5 || took < 4*time.Second || took > 8*time.Second {
			t.Errorf("%v after %v and %d readings, want the fifth", err, took, reading)
		}
	})
}

// A wait outlasts what passes.
func TestAWaitForHealthOutlastsTrouble(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"throttled": Throttled(0), "busy": Busy(), "reset": Reset(), "500": InternalError(), "transient": &membership.Error{Class: membership.Transient},
	} {
		bubble(t, name, func(t *testing.T) {
			f := New(Options{}, members(0, 2, 50)...)
			f.On(Health).Times(0).During(2 * time.Minute).Do(Fail(err))
			took, _, got := await(t.Context(), open(f), 0)
			if got != nil || took < 2*time.Minute || took > 2*time.Minute+12*time.Second {
				t.Errorf("%v after %v, want success soon after 2 min", got, took)
			}
			checkUsed(t, f)
		})
	}
}

func TestAWaitForHealthEndsWhereWaitingIsNoUse(t *testing.T) {
	t.Parallel()
	for name, trouble := range map[string]func(f *Fake){
		"denied":  func(f *Fake) { f.On(Health).Nth(3).Times(0).Do(Fail(Denied())) },
		"refused": func(f *Fake) { f.On(Health).Nth(3).Times(0).Do(Fail(Refused("no"))) },
		"gone":    func(f *Fake) { time.AfterFunc(1500*time.Millisecond, f.Disappear) },
	} {
		bubble(t, name, func(t *testing.T) {
			f := New(Options{}, members(0, 20, 50)...)
			f.SetHealth(verdict(membership.Unhealthy, "abnormal"))
			trouble(f)
			h := open(f)
			var wg sync.WaitGroup
			for n := range 20 {
				wg.Go(func() {
					took, _, err := await(t.Context(), h, n)
					if !membership.Is(err, membership.NotHealthy) || !strings.Contains(err.Error(), "could not be read") || took != 2*time.Second {
						t.Errorf("%v after %v, want class NotHealthy after the third reading", err, took)
					}
				})
			}
			wg.Wait()
			if n := len(f.Calls().Of(Health)); n != 3 {
				t.Errorf("%d readings, want 3", n)
			}
		})
	}
}

// A reading that hangs holds a waiter no longer than its own time, and goes on
// for those who have more; the bubble would not end with a goroutine left.
func TestAWaitForHealthThatIsGivenUp(t *testing.T) {
	t.Parallel()
	for _, hangs := range []bool{false, true} {
		bubble(t, fmt.Sprintf("hangs %t", hangs), func(t *testing.T) {
			f := New(Options{}, members(0, 10, 50)...)
			f.SetHealth(verdict(membership.Unhealthy, "abnormal"))
			if hangs {
				f.On(Health).Nth(3).Do(Hang())
			}
			h := open(f)
			var wg sync.WaitGroup
			for n := range 10 {
				wg.Go(func() {
					end := time.Duration(n+1) * 700 * time.Millisecond
					ctx, cancel := context.WithTimeoutCause(t.Context(), end, errGaveUp)
					defer cancel()
					took, _, err := await(ctx, h, n)
					if !membership.Is(err, membership.NotHealthy) || took != end || !strings.Contains(err.Error(), "abnormal") ||
						!strings.Contains(err.Error(), errGaveUp.Error()) {
						t.Errorf("%v after %v, want class NotHealthy with the status after %v", err, took, end)
					}
				})
			}
			wg.Wait()
			synctest.Wait()
			for _, c := range f.Calls() {
				if c.Ended.IsZero() {
					t.Errorf("still under way: %s", c)
				}
			}
		})
	}
}

// Nothing is asked for a caller whose time is over before it begins.
func TestAWaitForHealthWithoutTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Read: time.Second}, members(0, 2, 50)...)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if took, _, err := await(ctx, open(f), 0); !membership.Is(err, membership.NotHealthy) || took != 0 {
			t.Errorf("%v after %v", err, took)
		}
		if notes, errs := open(f).AwaitHealthy(ctx, nil); len(notes)+len(errs) != 0 {
			t.Errorf("%v, %v for nobody", notes, errs)
		}
	})
}

// After a wait the members are listed anew, once for all who waited: their
// status of before the wait is of no use.
func TestAStatusIsThatOfAfterTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{IDs: true})
		h := open(f)
		began := time.Now()
		healthy := func() bool { return time.Since(began) > 5*time.Second }
		f.SetHealth(func(now []membership.Member) (health membership.Health) {
			for _, m := range now {
				c := membership.Check{Key: m.Key, ID: m.ID, Verdict: membership.Pending, Status: "INITIAL"}
				if healthy() {
					c.Verdict, c.Status = membership.Healthy, "ONLINE"
				}
				health.Checks = append(health.Checks, c)
			}
			return health
		})
		f.On(List).Times(0).Do(func(_ context.Context, c *Call, commit func() error) error {
			err := commit()
			for i := range c.Answer {
				if c.Answer[i].Observed.Status = "INITIAL"; healthy() {
					c.Answer[i].Observed.Status = "ONLINE"
				}
			}
			return err
		})
		var wg sync.WaitGroup
		for n := range 10 {
			wg.Go(func() {
				r := h.Reconcile(t.Context(), membership.Goal{Add: []membership.Member{member(n, 1)}, Healthy: true})
				if o := r.Added[0]; o.Err != nil || o.Member.Observed.Status != "ONLINE" {
					t.Errorf("after the wait: %+v, %v", o.Member, o.Err)
				}
			})
		}
		wg.Wait()
		if n := len(f.Calls().Of(List)); n > 3 {
			t.Errorf("%d listings, want one before, one after the add, and one after the wait", n)
		}
	})
}

// A reading of the health never shows a time before this process's last write.
func TestHealthIsNotOlderThanOurLastWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, members(0, 1, 1)...)
		h := open(f)
		for n := range 3 {
			m, err := h.Add(t.Context(), member(1+n, 5), false)
			if err != nil {
				t.Fatal(err)
			}
			health, err := h.Health(t.Context())
			if err != nil || len(health.Of(m)) == 0 {
				t.Errorf("the health read after an add does not know the member: %+v, %v", health, err)
			}
			pass(100 * time.Millisecond)
		}
	})
}

// Who waits for a member that somebody else takes out is told so, and not that
// it is in the group.
func TestAMemberThatIsTakenOutWhileItsHealthIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, members(0, 3, 50)...)
			f.SetHealth(verdict(membership.Unhealthy, "abnormal"))
			time.AfterFunc(20*time.Second, func() { f.Take(key(1)) })
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			h := open(f)
			took, _, err := await(ctx, h, 1)
			if !membership.Is(err, membership.Gone) || took < 20*time.Second || took > 30*time.Second {
				t.Errorf("%v (class %v) after %v, want class Gone soon after 20 s", err, membership.MeaningOf(err), took)
			}
			if _, _, err := await(ctx, h, 0); !membership.Is(err, membership.NotHealthy) {
				t.Errorf("one that stayed: %v", err)
			}
		})
	}
}

// Writes that never end do not keep a waiter from hearing that its member passes.
func TestAWaitForHealthAmongWrites(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{Read: 10 * time.Millisecond, Write: 50 * time.Millisecond}, members(0, 2, 50)...)
		f.On(Health).Times(0).Do(func(_ context.Context, _ *Call, commit func() error) error {
			pass(500 * time.Millisecond)
			return commit()
		})
		becomes(f, func(membership.Member) time.Duration { return 3 * time.Second })
		h := open(f)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for n := range 4 {
			wg.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					pass(70 * time.Millisecond)
					wish{op: Update, n: 1, weight: (i + n) % 100}.ask(ctx, h)
				}
			})
		}
		if took, _, err := await(t.Context(), h, 0); err != nil || took > 7*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		cancel()
		wg.Wait()
	})
}
