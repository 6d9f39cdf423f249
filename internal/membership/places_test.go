package membership_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

func at(port, weight int) membership.Member {
	return membership.Member{Key: membership.Key{Address: "10.0.0.1", Port: port}, Weight: weight}
}

// moving is a group of one address, with a member on each port from 80 on, of
// which each caller moves one.
type moving struct {
	*Fake
	h   *membership.Handle
	was []membership.Member
}

func newMoving(t *testing.T, n int) *moving {
	t.Helper()
	var all []membership.Member
	for i := range n {
		all = append(all, at(80+i, 10+i))
	}
	f := New(Options{Batch: 200, Duplicates: true, Absent: true, IDs: true, Write: 50 * time.Millisecond}, all...)
	return &moving{Fake: f, h: open(f), was: f.Members()}
}

// move is what becomes of callers who each move a member to another port: i is
// the member on port 80+i, and to[i] the port that it moves to.
func (m *moving) move(ctx context.Context, to map[int]int) map[int]error {
	var callers sync.WaitGroup
	var mu sync.Mutex
	errs := map[int]error{}
	for i, port := range to {
		callers.Go(func() {
			found, err := m.h.Update(ctx, membership.Change{Member: m.was[i], Port: &port})
			if err == nil && (found.ID != m.was[i].ID || found.Key.Port != port) {
				err = fmt.Errorf("told of %s on %s", found.ID, found.Key)
			}
			mu.Lock()
			defer mu.Unlock()
			errs[i] = err
		})
	}
	callers.Wait()
	return errs
}

// holds checks that each member is on its port, with its own weight and id.
func (m *moving) holds(t *testing.T, ports ...int) {
	t.Helper()
	for i, port := range ports {
		now, ok := m.Member(membership.Key{Address: "10.0.0.1", Port: port})
		if !ok || now.ID != m.was[i].ID || now.Weight != m.was[i].Weight {
			t.Errorf("on port %d is %+v (somebody: %t), want %s with weight %d", port, now, ok, m.was[i].ID, m.was[i].Weight)
		}
	}
	if n := len(m.Members()); n != len(m.was) {
		t.Errorf("%d members, want %d", n, len(m.was))
	}
}

// serves checks of every moment that so many members got requests.
func (m *moving) serves(t *testing.T, least int) {
	t.Helper()
	for _, c := range m.Calls() {
		if c.Op != Update || c.Err == nil {
			continue
		}
		t.Errorf("a change was refused on the way: %v", c.Err)
	}
	now := map[string]int{}
	for _, w := range m.was {
		now[w.ID] = w.Weight
	}
	for _, c := range m.Calls() {
		for _, ch := range c.Changes {
			if ch.Weight != nil {
				now[ch.Member.ID] = *ch.Weight
			}
		}
		serving := 0
		for _, weight := range now {
			if weight > 0 {
				serving++
			}
		}
		if serving < least {
			t.Errorf("only %d serve after %v", serving, c.Changes)
		}
	}
}

func TestPortsThatPassBetweenMembers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		to     map[int]int
		ports  []int
		writes int
		least  int // so many serve all the time
	}{
		"two change places":       {map[int]int{0: 81, 1: 80}, []int{81, 80}, 3, 1},
		"three in a circle":       {map[int]int{0: 81, 1: 82, 2: 80}, []int{81, 82, 80}, 4, 2},
		"two circles":             {map[int]int{0: 81, 1: 80, 2: 83, 3: 82}, []int{81, 80, 83, 82}, 3, 2},
		"a chain":                 {map[int]int{0: 81, 1: 82, 2: 83, 3: 84}, []int{81, 82, 83, 84}, 4, 4},
		"nobody is in the way":    {map[int]int{0: 90, 1: 91, 2: 92}, []int{90, 91, 92}, 1, 3},
		"a circle and one beside": {map[int]int{0: 81, 1: 80, 2: 99}, []int{81, 80, 99}, 3, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMoving(t, len(c.to))
				began := time.Now()
				for i, err := range m.move(t.Context(), c.to) {
					if err != nil {
						t.Errorf("member %d: %v", i, err)
					}
				}
				m.holds(t, c.ports...)
				m.serves(t, c.least)
				if n := len(m.Calls().Of(Update)); n != c.writes {
					t.Errorf("%d writes, want %d", n, c.writes)
				}
				if d := time.Since(began); d > 2*time.Second {
					t.Errorf("it took %v", d)
				}
			})
		})
	}
}

func TestAPortThatSomebodyKeeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMoving(t, 2)
		began := time.Now()
		err := m.move(t.Context(), map[int]int{0: 81})[0]
		if !membership.Is(err, membership.Occupied) || !strings.Contains(err.Error(), "port 81") {
			t.Errorf("%v, want a refusal that names the port", err)
		}
		if d := time.Since(began); d < 2*time.Second || d > 4*time.Second {
			t.Errorf("it was refused after %v: whoever leaves the port may come in a moment, and not much later", d)
		}
		m.holds(t, 80, 81)
	})
}

// Who leaves the place may come later than who takes it.
func TestAPortThatIsLeftAMomentLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMoving(t, 2)
		var first error
		var callers sync.WaitGroup
		callers.Go(func() { first = m.move(t.Context(), map[int]int{0: 81})[0] })
		<-time.After(time.Second)
		if err := m.move(t.Context(), map[int]int{1: 80})[1]; err != nil {
			t.Error(err)
		}
		callers.Wait()
		if first != nil {
			t.Error(first)
		}
		m.holds(t, 81, 80)
		m.serves(t, 1)
	})
}

// A new member may come to the port that another one leaves.
func TestANewMemberOnAPortThatIsLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMoving(t, 1)
		var added error
		var callers sync.WaitGroup
		callers.Go(func() { _, added = m.h.Add(t.Context(), at(80, 50), false) })
		if err := m.move(t.Context(), map[int]int{0: 81})[0]; err != nil {
			t.Error(err)
		}
		if callers.Wait(); added != nil {
			t.Error(added)
		}
		if now, ok := m.Member(at(80, 50).Key); !ok || now.Weight != 50 || len(m.Members()) != 2 {
			t.Errorf("on port 80 is %+v (somebody: %t), of %d", now, ok, len(m.Members()))
		}
	})
}

// Where one of a circle cannot move, the other is back where it was.
func TestACircleOfWhichOneIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMoving(t, 2)
		m.Refuse(m.was[1].Key, Refused("not this one"))
		for i, err := range m.move(t.Context(), map[int]int{0: 81, 1: 80}) {
			if !membership.Is(err, membership.Refused) && !membership.Is(err, membership.Occupied) {
				t.Errorf("member %d: %v, want a refusal, or that the other one keeps its port", i, err)
			}
		}
		m.holds(t, 80, 81)
	})
}

func TestACircleThatIsInterrupted(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{10 * time.Millisecond, 40 * time.Millisecond, 90 * time.Millisecond, 150 * time.Millisecond} {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := newMoving(t, 2)
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				time.AfterFunc(after, func() { cancel(errors.New("interrupted")) })
				_ = m.move(ctx, map[int]int{0: 81, 1: 80})
				<-time.After(time.Minute)
				for _, now := range m.Members() {
					if now.Weight == 0 || now.Key.Port > 81 {
						t.Errorf("%+v was left aside", now)
					}
				}
				if errs := m.move(t.Context(), map[int]int{0: 81, 1: 80}); errs[0] != nil || errs[1] != nil {
					t.Errorf("the next apply: %v", errs)
				}
				m.holds(t, 81, 80)
			})
		})
	}
}

// Whoever stands aside may be in the way of another by then, and wait for that
// very member: it goes back where it was, and the other one has its port.
func TestACircleThatClosesAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMoving(t, 2)
		const aside = 65535
		m.Refuse(m.was[1].Key, Refused("not this one"))
		var first error
		var callers sync.WaitGroup
		callers.Go(func() { first = m.move(t.Context(), map[int]int{0: 81})[0] })
		<-time.After(time.Millisecond) // the first of the queue is the one that steps aside
		if err := m.move(t.Context(), map[int]int{1: 80})[1]; !membership.Is(err, membership.Refused) {
			t.Errorf("%v, want a refusal", err)
		}
		if now, ok := m.Member(at(aside, 0).Key); !ok || now.Weight != 0 {
			t.Fatalf("nobody stands aside: %+v", m.Members())
		}
		m.Refuse(m.was[1].Key, nil)
		if err := m.move(t.Context(), map[int]int{1: aside})[1]; err != nil {
			t.Error(err)
		}
		callers.Wait()
		if !membership.Is(first, membership.Occupied) {
			t.Errorf("%v, want that the port is occupied", first)
		}
		m.holds(t, 80, aside)
	})
}
