// Package grouptest has what tests of membership need: an in-memory group with
// a fault script ([Fake]), and the conformance suite that every cloud's
// adapter must pass ([Run]).
package grouptest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Options are a fake's rules. The zero value is a vendor like SLB: batches of
// 20 that succeed or fail whole, a duplicate add and an absent removal without
// effect and without error, no ids, no latency.
type Options struct {
	Name      string // "fake group" where empty
	Lock      *Lock  // a lock of its own where nil
	LearnLock bool   // Lock() is "" until a listing has succeeded
	Batch     int    // members per write call; 20 where 0
	Update    int    // members per call that changes them; as many as Batch where 0
	Quota     int    // members in the group at most; 0 is without end

	Duplicates bool // adding a member that is there is AlreadyExists, as ELB says
	Absent     bool // removing a member that is not there is MemberNotFound
	IDs        bool // the vendor gives memberships ids and tells members apart by them
	PerItem    bool // writes are answered item by item (ItemErrors)

	Read, Write time.Duration // what a call takes; a write takes effect half-way
	StaleReads  int           // so many listings after each write show the state before it
	Lag         time.Duration // listings show the state of so long ago
}

// Fake is a group of an imaginary vendor, held in memory. It is safe for
// concurrent use.
type Fake struct {
	opts   Options
	lock   *Lock
	script script

	mu      sync.Mutex
	members []membership.Member
	gone    bool
	learnt  bool
	nextID  int
	refuse  map[membership.Key]error
	health  func([]membership.Member) membership.Health
	history []state // newest last, from Options.Lag ago on
	stale   int     // listings still to answer with before
	before  []membership.Member
	calls   []*Call
	phases  *Phases
	passing []phased
}

type state struct {
	until   time.Time // when the next state replaced it
	members []membership.Member
}

// New is a fake with members that are in it from the start.
func New(opts Options, members ...membership.Member) *Fake {
	if opts.Name == "" {
		opts.Name = "fake group"
	}
	if opts.Batch == 0 {
		opts.Batch = 20
	}
	f := &Fake{opts: opts, lock: opts.Lock, refuse: map[membership.Key]error{}}
	if f.lock == nil {
		f.lock = NewLock("lock of " + opts.Name)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range members {
		f.put(m)
	}
	return f
}

// Name implements membership.Group.
func (f *Fake) Name() string { return f.opts.Name }

// Lock implements membership.Group.
func (f *Fake) Lock() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.opts.LearnLock && !f.learnt {
		return ""
	}
	return f.lock.name
}

// Limits implements membership.Group.
func (f *Fake) Limits() membership.Limits {
	return membership.Limits{Batch: f.opts.Batch, Update: f.opts.Update}
}

func (f *Fake) limit(op Op) int {
	if op == Update && f.opts.Update > 0 {
		return f.opts.Update
	}
	return f.opts.Batch
}

// Members is what is truly in the group, sorted by key.
func (f *Fake) Members() []membership.Member {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.snapshot()
}

// Member is what is truly there under a key.
func (f *Fake) Member(k membership.Key) (membership.Member, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := f.at(membership.Member{Key: k}); i >= 0 {
		return f.members[i], true
	}
	return membership.Member{}, false
}

// LockState is the lock that the fake's writes take.
func (f *Fake) LockState() *Lock { return f.lock }

// Put is another actor who puts a member in or, where it is there, replaces it.
func (f *Fake) Put(m membership.Member) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.remember()
	f.settle(m.Key)
	if i := f.at(m); i >= 0 {
		m.ID = f.members[i].ID
		f.members[i] = m
		return
	}
	f.put(m)
}

// Take is another actor who takes a member out.
func (f *Fake) Take(k membership.Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.remember()
	if i := f.at(membership.Member{Key: k}); i >= 0 {
		f.members = slices.Delete(f.members, i, i+1)
	}
}

// Disappear makes the whole group, and all that is in it, not found.
func (f *Fake) Disappear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gone, f.members = true, nil
}

// Refuse makes the vendor refuse every write that has the member in it; nil
// ends that. Without Options.PerItem the whole batch is refused.
func (f *Fake) Refuse(k membership.Key, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err == nil {
		delete(f.refuse, k)
		return
	}
	f.refuse[k] = err
}

// List implements membership.Group.
func (f *Fake) List(ctx context.Context) ([]membership.Member, error) {
	c := f.begin(ctx, List)
	err := f.work(ctx, c, f.opts.Read, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.gone {
			return f.notFound(c)
		}
		f.learnt = true
		c.Answer = f.withPhases(f.shown())
		return nil
	})
	return c.Answer, err
}

// Add implements membership.Group.
func (f *Fake) Add(ctx context.Context, members []membership.Member) error {
	c := f.begin(ctx, Add)
	c.Members = slices.Clone(members)
	return f.write(ctx, c, func(k int, now *Fake) error {
		m := members[k]
		switch i := now.at(m); {
		case i >= 0 && f.opts.Duplicates:
			return f.errorf(c, membership.AlreadyExists, "member is there already")
		case i >= 0:
			return nil
		case f.opts.Quota > 0 && len(now.members) >= f.opts.Quota:
			return f.errorf(c, membership.Quota, "the group is full")
		}
		m.ID, m.Observed = "", membership.Observed{}
		now.put(m)
		return nil
	})
}

// Update implements membership.Group.
func (f *Fake) Update(ctx context.Context, changes []membership.Change) error {
	c := f.begin(ctx, Update)
	c.Changes = slices.Clone(changes)
	for _, ch := range changes {
		c.Members = append(c.Members, ch.Member)
	}
	return f.write(ctx, c, func(k int, now *Fake) error {
		i := now.at(changes[k].Member)
		if i < 0 {
			return f.errorf(c, membership.MemberNotFound, "member is not there")
		}
		ch := changes[k]
		ch.Member = now.members[i]
		after := ch.Result()
		if j := slices.IndexFunc(now.members, func(m membership.Member) bool { return m.Key == after.Key }); j >= 0 && j != i {
			return f.errorf(c, membership.AlreadyExists, "another member is there already")
		}
		now.members[i] = after
		return nil
	})
}

// Remove implements membership.Group.
func (f *Fake) Remove(ctx context.Context, members []membership.Member) error {
	c := f.begin(ctx, Remove)
	c.Members = slices.Clone(members)
	return f.write(ctx, c, func(k int, now *Fake) error {
		i := now.at(members[k])
		if i < 0 {
			if f.opts.Absent {
				return f.errorf(c, membership.MemberNotFound, "member is not there")
			}
			return nil
		}
		now.members = slices.Delete(now.members, i, i+1)
		return nil
	})
}

// Health implements membership.Group: what SetHealth says; without that, that
// every member passes its check.
func (f *Fake) Health(ctx context.Context) (h membership.Health, err error) {
	c := f.begin(ctx, Health)
	err = f.work(ctx, c, f.opts.Read, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		switch {
		case f.gone:
			return f.notFound(c)
		case f.health != nil:
			h = f.health(f.snapshot())
			return nil
		}
		for _, m := range f.members {
			h.Checks = append(h.Checks, membership.Check{Key: m.Key, ID: m.ID, Verdict: membership.Healthy, Status: "ONLINE"})
		}
		return nil
	})
	return h, err
}

// SetHealth says what a reading of the health tells, given the members.
func (f *Fake) SetHealth(health func([]membership.Member) membership.Health) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.health = health
}

// write carries out one write: under the lock, and whole or item by item.
func (f *Fake) write(ctx context.Context, c *Call, one func(k int, now *Fake) error) error {
	defer f.lock.leave()
	if !f.lock.enter() {
		return f.end(c, f.errorf(c, membership.Busy, "another change is under way"))
	}
	return f.work(ctx, c, f.opts.Write, func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		switch n := len(c.Members); {
		case f.gone:
			return f.notFound(c)
		case f.hindered(c):
			return f.errorf(c, membership.Busy, "a member departs")
		case n == 0 || n > f.limit(c.Op):
			return f.errorf(c, membership.Refused, fmt.Sprintf("%d items in one call", n))
		}
		// The items are tried on a copy, so that a refused batch leaves no trace.
		now := &Fake{opts: f.opts, members: slices.Clone(f.members), nextID: f.nextID}
		items := make(membership.ItemErrors, len(c.Members))
		failed := false
		for k, m := range c.Members {
			if c.Only > 0 && k >= c.Only {
				continue
			}
			if items[k] = f.refuse[m.Key]; items[k] == nil {
				items[k] = one(k, now)
			}
			if items[k] == nil {
				continue
			}
			if failed = true; !f.opts.PerItem {
				return items[k]
			}
		}
		f.remember()
		f.before, f.stale = f.snapshot(), f.opts.StaleReads
		f.pass(c, f.members)
		f.members, f.nextID = now.members, now.nextID
		if failed {
			return items
		}
		return nil
	})
}

// work is the life of a call: half its time, its effect, the other half.
func (f *Fake) work(ctx context.Context, c *Call, takes time.Duration, commit func() error) error {
	if pause(ctx, takes/2) != nil {
		return f.end(c, f.cut(ctx, c))
	}
	err := f.script.effect(c)(ctx, c, commit)
	if pause(ctx, takes-takes/2) != nil {
		err = f.cut(ctx, c)
	}
	return f.end(c, err)
}

// cut is the error of a call that its caller gave up: a write may have been
// carried out.
func (f *Fake) cut(ctx context.Context, c *Call) error {
	class := membership.Transient
	if c.Op.writes() {
		class = membership.Unknown
	}
	return &membership.Error{Class: class, Action: string(c.Op), Err: ctx.Err()}
}

func (f *Fake) begin(ctx context.Context, op Op) *Call {
	c := &Call{Op: op, Attempt: membership.AttemptOf(ctx), Begun: time.Now()}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, c)
	return c
}

func (f *Fake) end(c *Call, err error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if c.Ended, c.Err = time.Now(), err; err != nil {
		c.Answer = nil
	}
	return err
}

func (f *Fake) errorf(c *Call, class membership.Class, message string) error {
	return &membership.Error{Class: class, Action: string(c.Op), Status: 400, Code: "Fake." + class.String(), Message: message}
}

func (f *Fake) notFound(c *Call) error {
	return f.errorf(c, membership.NotFound, f.opts.Name+" does not exist")
}

// put appends a member; f.mu is held.
func (f *Fake) put(m membership.Member) {
	if f.opts.IDs && m.ID == "" {
		f.nextID++
		m.ID = fmt.Sprintf("member-%d", f.nextID)
	}
	f.members = append(f.members, m)
}

// at is the index of a member, -1 where it is not there; f.mu is held.
func (f *Fake) at(m membership.Member) int {
	return slices.IndexFunc(f.members, func(is membership.Member) bool {
		if f.opts.IDs && m.ID != "" {
			return is.ID == m.ID
		}
		return is.Key == m.Key
	})
}

// snapshot is the members sorted by key; f.mu is held.
func (f *Fake) snapshot() []membership.Member {
	members := slices.Clone(f.members)
	slices.SortFunc(members, func(a, b membership.Member) int { return compareKeys(a.Key, b.Key) })
	return members
}

// remember keeps the present state for listings that lag; f.mu is held.
func (f *Fake) remember() {
	if f.opts.Lag > 0 {
		f.history = append(f.history, state{until: time.Now(), members: f.snapshot()})
	}
}

// shown is what a listing answers now; f.mu is held.
func (f *Fake) shown() []membership.Member {
	if f.stale > 0 {
		f.stale--
		return slices.Clone(f.before)
	}
	then := time.Now().Add(-f.opts.Lag)
	for _, s := range f.history {
		if s.until.After(then) {
			return slices.Clone(s.members)
		}
	}
	return f.snapshot()
}

func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
