package grouptest

import (
	"context"
	"slices"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Phases are the rules of a vendor that changes a group in the background, and
// lets a member that was taken out end what it has begun.
type Phases struct {
	Times membership.Times
	// Arriving and Changing are how long a member is listed so; Departing how
	// long one that was taken out is. Meanwhile the vendor is busy for whoever
	// adds it or takes it out again, unless Returns says that it is put in again.
	Arriving, Changing, Departing time.Duration
	Returns                       bool
}

// Slow is a fake with phases.
type Slow struct {
	*Fake
	phases Phases
}

// NewSlow is a fake of a vendor that takes its time.
func NewSlow(opts Options, phases Phases, members ...membership.Member) *Slow {
	f := New(opts, members...)
	f.phases = &phases
	return &Slow{Fake: f, phases: phases}
}

// Times implements membership.Timed.
func (s *Slow) Times() membership.Times { return s.phases.Times }

// AtWork implements membership.Timed.
func (s *Slow) AtWork(ctx context.Context) (busy bool, err error) {
	c := s.begin(ctx, Status)
	err = s.work(ctx, c, s.opts.Read, func() error {
		busy = !s.lock.free()
		return nil
	})
	return busy, err
}

// phased is a member in a phase that passes.
type phased struct {
	member membership.Member
	phase  membership.Phase
	until  time.Time
}

// pass notes that a write has brought the members of a call into a phase; f.mu is
// held.
func (f *Fake) pass(c *Call, before []membership.Member) {
	if f.phases == nil {
		return
	}
	now := time.Now()
	for _, m := range c.Members {
		f.settle(m.Key)
		i := slices.IndexFunc(before, func(is membership.Member) bool { return is.Key == m.Key })
		switch {
		case c.Op == Add:
			f.passing = append(f.passing, phased{m, membership.Arriving, now.Add(f.phases.Arriving)})
		case c.Op == Update:
			f.passing = append(f.passing, phased{m, membership.Changing, now.Add(f.phases.Changing)})
		case i >= 0:
			f.passing = append(f.passing, phased{before[i], membership.Departing, now.Add(f.phases.Departing)})
		}
	}
}

// settle ends the phase of a member; f.mu is held.
func (f *Fake) settle(k membership.Key) {
	f.passing = slices.DeleteFunc(f.passing, func(p phased) bool { return p.member.Key == k })
}

// hindered tells whether a member that departs keeps a write from being made;
// f.mu is held.
func (f *Fake) hindered(c *Call) bool {
	return f.phases != nil && c.Op != Update && slices.ContainsFunc(f.passing, func(p phased) bool {
		return p.phase == membership.Departing && p.until.After(time.Now()) && c.Has(p.member.Key) && (c.Op == Remove || !f.phases.Returns)
	})
}

// withPhases are members as they are listed now; f.mu is held.
func (f *Fake) withPhases(members []membership.Member) []membership.Member {
	for _, p := range f.passing {
		switch i := slices.IndexFunc(members, func(m membership.Member) bool { return m.Key == p.member.Key }); {
		case !p.until.After(time.Now()):
		case i >= 0:
			members[i].Phase = p.phase
		case p.phase == membership.Departing:
			gone := p.member
			gone.Phase = p.phase
			members = append(members, gone)
		}
	}
	return members
}
