package sgapi

import (
	"slices"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// listedFor is how long a listing tells the health who is in the group.
const listedFor = 3 * time.Second

// lately is what the latest readings of a group told, for its health.
type lately struct {
	mu      sync.Mutex
	members []membership.Member
	known   bool
	at      time.Time // when the listing began that told members
	number  int       // of listings and writes, in order
	listed  int       // the listing that told members, or the write after it

	relations membership.Shared[relations]
}

// listing is one that has begun.
type listing struct {
	number int
	at     time.Time
}

func (s *lately) begin() listing {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	return listing{s.number, time.Now()}
}

// keep keeps what a listing told, unless a later one has told already, or a write
// has ended since it began.
func (s *lately) keep(l listing, members []membership.Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l.number > s.listed {
		s.members, s.known, s.at, s.listed = slices.Clone(members), true, l.at, l.number
	}
}

// forget makes the next reading of the health list the members.
func (s *lately) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	s.known, s.listed = false, s.number
}

// latest are the members as they were listed lately, if all of them are settled.
func (s *lately) latest() ([]membership.Member, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	settled := func(m membership.Member) bool { return m.Phase == membership.Settled }
	if !s.known || time.Since(s.at) > listedFor || slices.ContainsFunc(s.members, func(m membership.Member) bool { return !settled(m) }) {
		return nil, false
	}
	return s.members, true
}
