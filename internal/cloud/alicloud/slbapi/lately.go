package slbapi

import (
	"context"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// lately is what the latest readings of a group told. Only Health uses it, to
// make sense of the vendor's rows without a call for each time it is asked.
type lately struct {
	mu sync.Mutex
	// The members of the listing begun last; nil where none was begun since the
	// last add ended. Listings and adds have numbers in the order in which the
	// former begin and the latter end, for an answer may come late.
	members          *[]membership.Member
	number           int
	listedAt, outset int // the listing that told members; the last add
	// The load balancer's listeners, and when they were told; nil where a
	// listing did not tell.
	listeners   *[]membership.Listener
	listenersAt time.Time
	// The load balancer's vserver groups; none where the vendor will not tell.
	groups membership.Shared[[]VServerGroup]
}

// listing begins a listing and returns its number.
func (s *lately) listing() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	return s.number
}

// keepMembers keeps what a listing told, unless a later one has told already, or
// it was begun before the last add was over.
func (s *lately) keepMembers(listing int, members []membership.Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if listing > max(s.listedAt, s.outset) {
		s.members, s.listedAt = &members, listing
	}
}

// forgetMembers makes the next reading of the health list the members, for
// there may be new ones.
func (s *lately) forgetMembers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	s.members, s.outset = nil, s.number
}

func (s *lately) latestMembers() (members []membership.Member, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members == nil {
		return nil, false
	}
	return *s.members, true
}

func (s *lately) keepListeners(listeners []membership.Listener, told bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners, s.listenersAt = nil, time.Now()
	if told {
		s.listeners = &listeners
	}
}

// latestListeners are the listeners of the latest listing, nil where it did not
// tell; fresh says whether that listing is no older than age.
func (s *lately) latestListeners(age time.Duration) (listeners *[]membership.Listener, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.listeners, recent(s.listenersAt, age)
}

// associations are the load balancer's vserver groups with what forwards to
// them, in a reading no older than age. Where the vendor refuses to tell them
// there are none, for as long as it would be believed otherwise.
func (s *lately) associations(ctx context.Context, c *Client, loadBalancer string, age time.Duration) ([]VServerGroup, error) {
	r, err := s.groups.Get(ctx, age, func(ctx context.Context, _ func(error)) ([]VServerGroup, error) {
		groups, err := c.VServerGroups(ctx, loadBalancer)
		if membership.Is(err, membership.Refused) || membership.Is(err, membership.Denied) {
			return nil, nil
		}
		return groups, err
	})
	if err != nil {
		return nil, &membership.Error{Class: membership.Transient, Action: "DescribeVServerGroups", Err: err}
	}
	return r.Value, r.Err
}

// recent tells whether something that was told at a time, if ever, is no older
// than age.
func recent(at time.Time, age time.Duration) bool {
	return !at.IsZero() && time.Since(at) <= age
}
