package membership

import (
	"cmp"
	"context"
	"time"
)

// Group is one set of members at a vendor: an SLB instance's default server
// group, an SLB vserver group, an ELB pool. A cloud's adapter implements it by
// the vendor's calls, one call (or one page of a listing) per method call,
// without retries: those are the engine's. Where the vendor carries a write out
// in the background, as a job, the method is one write and the readings of its
// job, each made by [Read]; see [Timed]. Errors are [*Error], or [ItemErrors]
// where the vendor answers for each item. Before every request that it sends, an
// adapter takes a [Turn].
//
// The engine never has two writes under way on one lock, and never passes more
// items than Limits allows at that moment. It calls List at any time.
type Group interface {
	// Name is the group as an error message names it, its id last: "SLB vserver
	// group rsp-abc", "ELB pool 36ce7086-...".
	Name() string
	// Lock names what the vendor locks during a write: groups with equal
	// locks are written one at a time. "" as long as it is not known; a
	// successful List must teach it.
	Lock() string
	// Limits are the vendor's maxima for this group, as far as they are known
	// now: an endpoint that turns out to have no batch calls takes one member.
	Limits() Limits
	// List reads every member, all pages.
	List(ctx context.Context) ([]Member, error)
	// Add puts members in.
	Add(ctx context.Context, members []Member) error
	// Update changes members in place.
	Update(ctx context.Context, changes []Change) error
	// Remove takes members out. A member that is not in the group is no
	// error, unless the vendor says so (class MemberNotFound).
	Remove(ctx context.Context, members []Member) error
	// Health reads what the vendor's health checks say of the members, in as
	// few calls as that takes.
	Health(ctx context.Context) (Health, error)
}

// Limits are what a vendor accepts.
type Limits struct {
	Batch  int // members per write call, at least 1
	Update int // members per call that changes them; 0: as many as Batch says
}

// of is how many members a call of a kind may have.
func (l Limits) of(k kind) int {
	if k.changes() && l.Update > 0 {
		return l.Update
	}
	return max(l.Batch, 1)
}

// Timed is a [Group] whose vendor takes its time, and may be at work on the group
// for somebody else.
type Timed interface {
	Group
	Times() Times
	// AtWork tells whether it is, so that a write which found it busy need not be
	// sent again to find out.
	AtWork(ctx context.Context) (bool, error)
}

// Times are the times of one group; those that are zero are the engine's own.
type Times struct {
	// Write bounds one write as a whole, with the readings of its job. What is
	// cut off is of unknown outcome.
	Write time.Duration
	// Settle is how long an accepted change may take to show in a listing before
	// it is sent again; 8 s where zero.
	Settle time.Duration
}

func (h *Handle) times() (t Times) {
	if timed, ok := h.group.(Timed); ok {
		t = timed.Times()
	}
	t.Settle = cmp.Or(t.Settle, settleLag)
	return t
}

// ItemErrors is the outcome of a write whose vendor answers for each item: one
// entry an item in the order of the request, nil where it succeeded.
type ItemErrors []error

func (e ItemErrors) Error() string {
	for _, err := range e {
		if err != nil {
			return err.Error()
		}
	}
	return "no error"
}

// Unwrap is the errors that are not nil.
func (e ItemErrors) Unwrap() []error {
	var errs []error
	for _, err := range e {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}
