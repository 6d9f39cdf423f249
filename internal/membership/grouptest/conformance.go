package grouptest

import (
	"cmp"
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Subject is one cloud's adapter over one simulated group, for [Run].
type Subject struct {
	// Group is the adapter's, with a batch limit of 3 or more, until it learns
	// that its endpoint takes fewer. The group has
	// the members that True shows.
	Group membership.Group
	// True is what the simulated cloud holds, in any order. Key, Weight and
	// Name are compared.
	True func() []membership.Member
	// Disappear takes the group, or its load balancer, out of the cloud.
	Disappear func()
	// Stall makes the calls from now on hang without an answer until their
	// context ends. The test of it is skipped where it is nil.
	Stall func()
	// Samples are five or more valid members with keys of their own that are
	// not in the group. Weights are the suite's to choose.
	Samples []membership.Member

	// What the cloud does that no adapter can make up for. FixedNames accepts a
	// change of a name and does not make it; VoidRemovals accepts a removal that
	// names an absent member and does nothing. The engine, which looks after each
	// write, tells the one and gets over the other: see RunLife.
	FixedNames, VoidRemovals bool
}

// Run holds an adapter against the contract of [membership.Group]. open makes
// a fresh subject for each test, inside a testing/synctest bubble: the
// simulated cloud must be reached without a real network.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s *subject)
	}{
		{"says its name, limits and lock", testSelf},
		{"lists what was added, weights and names too", testList},
		{"adds a full batch in one call", testFullBatch},
		{"a duplicate add is AlreadyExists or without effect", testDuplicate},
		{"a duplicate among new members hurts nobody", testDuplicateInBatch},
		{"changes a weight, also to 0, and nothing else", testWeight},
		{"changes a name and nothing else", testName},
		{"a change of an absent member does not add it", testUpdateAbsent},
		{"removes exactly what was asked for", testRemove},
		{"removes by key, without the vendor's id", testRemoveByKey},
		{"removing the absent is no error", testRemoveAbsent},
		{"a group that is gone is NotFound", testGone},
		{"a caller that is gone sends nothing", testCancelled},
		{"a call that hangs ends with its context", testStall},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &subject{t: t, Subject: open(t)}
				if len(s.Samples) < 5 {
					t.Fatalf("%d samples, need 5", len(s.Samples))
				}
				s.Group = withinLimits{s.Group}
				s.others = s.True()
				c.test(t, s)
				s.othersUntouched()
			})
		})
	}
}

func testSelf(t *testing.T, s *subject) {
	if s.Group.Name() == "" {
		t.Error("no name")
	}
	if n := s.Group.Limits().Batch; n < 1 {
		t.Errorf("batches of %d", n)
	}
	before := s.Group.Lock()
	if _, err := s.Group.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	lock := s.Group.Lock()
	if lock == "" || before != "" && before != lock {
		t.Errorf("the lock was %q and is %q after a listing", before, lock)
	}
	s.put(1)
	if after := s.Group.Lock(); after != lock {
		t.Errorf("the lock was %q and is %q after a write", lock, after)
	}
}

func testList(t *testing.T, s *subject) {
	before, err := s.Group.List(t.Context())
	if err != nil || len(before) != len(s.others) {
		t.Fatalf("%d members listed, %v; want %d", len(before), err, len(s.others))
	}
	wished := []membership.Member{s.sample(0, 0), s.sample(1, 1), s.sample(2, 100)}
	asked := slices.Clone(wished)
	s.ok("Add", 3, s.Group.Add(t.Context(), asked))
	if !slices.Equal(asked, wished) {
		t.Error("Add changed its caller's members")
	}
	ids := map[string]bool{}
	for i, m := range s.listed(wished) {
		s.want(wished[i])
		if w := wished[i]; m.Weight != w.Weight || m.Name != w.Name || m.Type != w.Type || m.Subnet != w.Subnet {
			t.Errorf("added %+v, listed %+v", w, m)
		}
		ids[m.ID] = true
	}
	if !ids[""] && len(ids) != 3 {
		t.Errorf("three members have the ids %v", ids)
	}
}

func testFullBatch(t *testing.T, s *subject) {
	n := min(s.Group.Limits().Batch, len(s.Samples))
	for _, m := range s.put(n) {
		s.want(m)
	}
	var changes []membership.Change
	var wished []membership.Member
	for _, m := range s.listed(s.Samples[:n]) {
		weight := m.Weight + 1
		changes = append(changes, membership.Change{Member: m, Weight: &weight})
		wished = append(wished, changes[len(changes)-1].Result())
	}
	limit := s.Group.Limits()
	for some := range slices.Chunk(changes, cmp.Or(limit.Update, limit.Batch)) {
		s.ok("Update", len(some), s.Group.Update(t.Context(), some))
	}
	for _, m := range wished {
		s.want(m)
	}
	s.ok("Remove", n, s.Group.Remove(t.Context(), wished))
	for _, m := range wished {
		s.wantOut(m)
	}
}

func testDuplicate(t *testing.T, s *subject) {
	there := s.put(2)
	again := s.sample(0, there[0].Weight)
	for _, err := range s.outcomes("Add", 1, s.Group.Add(t.Context(), []membership.Member{again})) {
		if err != nil && !membership.Is(err, membership.AlreadyExists) {
			t.Errorf("%v, want none or class AlreadyExists", err)
		}
	}
	s.want(there[0])
	s.want(there[1])
}

func testDuplicateInBatch(t *testing.T, s *subject) {
	there := s.put(2)
	batch := []membership.Member{s.sample(2, 50), s.sample(0, there[0].Weight), s.sample(3, 60)}
	for i, err := range s.outcomes("Add", 3, s.Group.Add(t.Context(), batch)) {
		switch {
		case err == nil:
			s.want(batch[i])
		case !membership.Is(err, membership.AlreadyExists):
			t.Errorf("%s: %v, want none or class AlreadyExists", batch[i].Key, err)
		}
	}
	s.want(there[0])
	s.want(there[1])
}

func testWeight(t *testing.T, s *subject) {
	there := s.put(3)
	for _, weight := range []int{0, 100, 1, 0} {
		s.ok("Update", 1, s.Group.Update(t.Context(), []membership.Change{{Member: there[1], Weight: &weight}}))
		there[1].Weight = weight
		for _, m := range there {
			s.want(m)
		}
	}
}

func testName(t *testing.T, s *subject) {
	if s.FixedNames {
		t.Skip("this cloud's names cannot be changed")
	}
	there := s.put(3)
	name := "another-name"
	s.ok("Update", 1, s.Group.Update(t.Context(), []membership.Change{{Member: there[1], Name: &name}}))
	there[1].Name = name
	for _, m := range there {
		s.want(m)
	}
	if got := s.listed(there[1:2])[0]; got.Name != name {
		t.Errorf("listed with name %q", got.Name)
	}
}

func testUpdateAbsent(t *testing.T, s *subject) {
	there := s.put(3)
	s.ok("Remove", 1, s.Group.Remove(t.Context(), there[2:]))
	weight := 77
	for _, err := range s.outcomes("Update", 1, s.Group.Update(t.Context(), []membership.Change{{Member: there[2], Weight: &weight}})) {
		if err != nil && !membership.Is(err, membership.MemberNotFound) && !membership.Is(err, membership.Refused) {
			t.Errorf("%v, want none or class MemberNotFound or Refused", err)
		}
	}
	s.wantOut(there[2])
	s.want(there[0])
	s.want(there[1])
}

func testRemove(t *testing.T, s *subject) {
	there := s.put(4)
	s.ok("Remove", 2, s.Group.Remove(t.Context(), []membership.Member{there[0], there[2]}))
	s.wantOut(there[0])
	s.wantOut(there[2])
	s.want(there[1])
	s.want(there[3])
}

func testRemoveByKey(t *testing.T, s *subject) {
	there := s.put(2)
	m := there[0]
	m.ID = ""
	s.ok("Remove", 1, s.Group.Remove(t.Context(), []membership.Member{m}))
	s.wantOut(there[0])
	s.want(there[1])
}

func testRemoveAbsent(t *testing.T, s *subject) {
	there := s.put(3)
	s.ok("Remove", 1, s.Group.Remove(t.Context(), there[:1]))
	absent := func(m membership.Member, err error) {
		t.Helper()
		if err != nil && !membership.Is(err, membership.MemberNotFound) {
			t.Errorf("%s: %v, want none or class MemberNotFound", m.Key, err)
		}
	}
	for _, err := range s.outcomes("Remove", 1, s.Group.Remove(t.Context(), there[:1])) {
		absent(there[0], err)
	}
	for i, err := range s.outcomes("Remove", 2, s.Group.Remove(t.Context(), there[:2])) {
		if absent(there[i], err); err == nil && !s.VoidRemovals {
			s.wantOut(there[i])
		}
	}
	s.want(there[2])
}

// calls are the four methods, each with sample 0 where it needs a member.
func (s *subject) calls(m membership.Member) []struct {
	op   Op
	call func(context.Context) error
} {
	weight := m.Weight + 1
	return []struct {
		op   Op
		call func(context.Context) error
	}{
		{List, func(ctx context.Context) error { _, err := s.Group.List(ctx); return err }},
		{Add, func(ctx context.Context) error { return s.Group.Add(ctx, []membership.Member{s.sample(1, 5)}) }},
		{Update, func(ctx context.Context) error {
			return s.Group.Update(ctx, []membership.Change{{Member: m, Weight: &weight}})
		}},
		{Remove, func(ctx context.Context) error { return s.Group.Remove(ctx, []membership.Member{m}) }},
	}
}

func testGone(t *testing.T, s *subject) {
	there := s.put(1)
	s.Disappear()
	s.gone = true
	for _, c := range s.calls(there[0]) {
		for _, err := range s.outcomes(string(c.op), 1, c.call(t.Context())) {
			if !membership.Is(err, membership.NotFound) {
				t.Errorf("%s: %v, want class NotFound", c.op, err)
			}
		}
	}
}

func testCancelled(t *testing.T, s *subject) {
	there := s.put(1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range s.calls(there[0]) {
		began := time.Now()
		s.unanswered(c.op, c.call(ctx), membership.Transient, membership.Unknown)
		if d := time.Since(began); d > time.Second {
			t.Errorf("%s took %v", c.op, d)
		}
	}
	s.want(there[0])
	s.wantOut(s.Samples[1])
}

func testStall(t *testing.T, s *subject) {
	if s.Stall == nil {
		t.Skip("the subject has no way to stall its cloud")
	}
	there := s.put(1)
	s.Stall()
	for _, c := range s.calls(there[0]) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		began := time.Now()
		classes := []membership.Class{membership.Unknown}
		if c.op == List {
			classes = append(classes, membership.Transient)
		}
		s.unanswered(c.op, c.call(ctx), classes...)
		cancel()
		if d := time.Since(began); d < 2*time.Second || d > 3*time.Second {
			t.Errorf("%s returned after %v, its context ended after 2 s", c.op, d)
		}
	}
}
