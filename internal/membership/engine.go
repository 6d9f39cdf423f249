package membership

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Options tune an engine. The zero value is right for production.
type Options struct {
	// RequestsPerSecond caps the calls to the vendor; 0 is no cap.
	RequestsPerSecond float64
	// WritesPerMinute is how many additions, changes and removals, each counted
	// apart, the vendor takes in a minute; 0 is no limit. As many may go at once.
	WritesPerMinute int
	// QuietGap is how long an idle group waits for more changes after the
	// last one came, before it sends; MaxGap bounds the sum of such waits.
	// 20 ms and 100 ms where zero.
	QuietGap, MaxGap time.Duration
	// CallTimeout bounds one request to the vendor; 31 s where zero, which is a
	// second more than the adapters give one, so that their error is told.
	CallTimeout time.Duration
	// Log hears of what takes time beside the calls themselves: drains, waits for
	// health, repetitions. The context of a line is that of a caller whom it
	// concerns. Nil: nobody hears.
	Log *slog.Logger
}

// The engine's fixed times.
const (
	// maxAge is how old a listing may be that serves a read: long enough for
	// all the reads of one refresh to share one, short enough that nobody
	// notices.
	maxAge = 3 * time.Second
	// inFlightGrace is how long a call goes on after every caller that waits
	// for it was cancelled: most calls end by themselves within it, and a
	// known outcome is worth more than a quick exit.
	inFlightGrace = 5 * time.Second
	// settleGrace bounds the reads that find out what a cancelled or overdue
	// call did.
	settleGrace = 5 * time.Second
	// settleLag is how long the engine waits for an accepted change to show in
	// the vendor's listing before it sends it again.
	settleLag = 8 * time.Second
	// maxDoubts is how often a write is sent whose outcome stays unknown, or
	// a call that fails for a passing reason; with the backoff between them
	// that is about 25 s.
	maxDoubts = 8
	// maxIgnored is how often a change is sent that the vendor accepts and
	// then does not show.
	maxIgnored = 3
)

// Engine changes and reads groups through one account of one cloud: it turns
// concurrent changes of one group into few calls, keeps one write in flight
// per lock, retries what may be retried, and tells every caller the truth
// about its own member. It is safe for concurrent use and has no goroutine
// while nobody waits for it.
type Engine struct {
	opts  Options
	pacer *pacer

	arrivals arrivals

	mu      sync.Mutex
	handles map[string]*Handle
	writers map[string]*writer
}

// New is an engine for one account in one region.
func New(opts Options) *Engine {
	if opts.QuietGap == 0 {
		opts.QuietGap = 20 * time.Millisecond
	}
	if opts.MaxGap == 0 {
		opts.MaxGap = 100 * time.Millisecond
	}
	if opts.CallTimeout == 0 {
		opts.CallTimeout = 31 * time.Second
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{
		opts:    opts,
		pacer:   newPacer(opts.RequestsPerSecond, opts.WritesPerMinute, opts.Log),
		handles: map[string]*Handle{},
		writers: map[string]*writer{},
	}
}

// Open is the one handle of a group. id names the group within this engine;
// open is called the first time only.
func (e *Engine) Open(id string, open func() Group) *Handle {
	e.mu.Lock()
	defer e.mu.Unlock()
	h, ok := e.handles[id]
	if !ok {
		h = newHandle(e, open())
		e.handles[id] = h
	}
	return h
}

func (e *Engine) writer(lock string) *writer {
	e.mu.Lock()
	defer e.mu.Unlock()
	w, ok := e.writers[lock]
	if !ok {
		w = &writer{engine: e, arrived: make(chan struct{}, 1)}
		e.writers[lock] = w
	}
	return w
}

// Handle is one group under an engine.
type Handle struct {
	engine *Engine
	group  Group
	reads  reader
	checks Shared[Health]
	claims claims
	drains drains
	aside  asides
	short  shortfall
}

func newHandle(e *Engine, g Group) *Handle {
	h := &Handle{engine: e, group: g}
	h.reads.shared.kept = h.reads.keep
	// Under many writes a reading of the health, of which one a second is begun,
	// would be outdated whenever it ended.
	h.checks.Gap, h.checks.Patient = minCheckup, true
	return h
}

// Name is the group as an error message names it.
func (h *Handle) Name() string { return h.group.Name() }

// List is every member of the group but those that leave it. The listing may be
// shared with other callers; it was begun no more than 3 s ago and after the last
// write of this process to the group was over.
func (h *Handle) List(ctx context.Context) ([]Member, error) {
	r, err := h.list(ctx, maxAge)
	if err != nil {
		return nil, err
	}
	return slices.Clone(r.members), nil
}

// ListAll is List with the members that leave the group after the others.
func (h *Handle) ListAll(ctx context.Context) ([]Member, error) {
	r, err := h.list(ctx, maxAge)
	if err != nil {
		return nil, err
	}
	return slices.Concat(r.members, r.departing), nil
}

// Find is the member that is m, by the vendor's id where m has one and by key
// otherwise. A member that is not there is class MemberNotFound, a group that
// is gone NotFound; no other error says anything about what exists.
func (h *Handle) Find(ctx context.Context, m Member) (Member, error) {
	return h.Seek(ctx, func(members []Member) (Member, error) {
		if i := slices.IndexFunc(members, m.Is); i >= 0 {
			return members[i], nil
		}
		return Member{}, errMissing
	})
}

// Add puts a member in and returns it as the vendor lists it. A member that
// is there already is class AlreadyExists, unless adopt is set: then it is
// taken over and brought to m's weight, name and zone.
//
// On an error the member is not in the group by this call's doing, except for
// class Unknown: then it may be. NotChanged comes with the member: it was there,
// has been taken over, and is not as m wants it.
func (h *Handle) Add(ctx context.Context, m Member, adopt bool) (Member, error) {
	return h.one(ctx, &op{kind: add, member: m, adopt: adopt})
}

// Update changes a member in place and returns it as the vendor lists it. A
// member that is not there is class MemberNotFound.
func (h *Handle) Update(ctx context.Context, c Change) (Member, error) {
	if c.Empty() {
		return h.Find(ctx, c.Member)
	}
	out := h.UpdateAll(ctx, []Change{c})[0]
	return out.Member, out.Err
}

// Remove takes a member out. A member, or a whole group, that is not there is
// no error. When it returns nil the vendor's listing no longer has the member.
func (h *Handle) Remove(ctx context.Context, m Member) error {
	_, err := h.one(ctx, &op{kind: remove, member: m})
	return err
}

// one carries out a single operation.
func (h *Handle) one(ctx context.Context, o *op) (Member, error) {
	out := h.many(ctx, []*op{o})[0]
	return out.Member, out.Err
}

// changing is the operation of a change.
func changing(c Change) *op {
	which := Member{Key: c.Member.Key, ID: c.Member.ID}
	c.Member = which
	return &op{kind: raise, member: which, wish: c}
}

// many carries out operations of one caller and returns what became of each.
func (h *Handle) many(ctx context.Context, ops []*op) []Outcome {
	out := make([]Outcome, len(ops))
	if len(ops) == 0 {
		return out
	}
	// A listing first, which others may share: it is the look before an add, it
	// tells a raise from a lowering, and teaches the lock. And those who come
	// while it is under way wait for it together, and so go out together.
	listed, err := h.list(ctx, maxAge)
	if err != nil {
		for i, o := range ops {
			out[i].Err = beforeSend(ctx, o.kind, 0, err)
			h.short.asked(o, Member{})
			h.short.ended(o, out[i].Err)
		}
		return out
	}
	lock := h.group.Lock()
	if lock == "" {
		lock = h.group.Name() // the vendor did not say: its own, then
	}
	asked := &caller{}
	for _, o := range ops {
		var now Member
		o.member = listed.current(o.member)
		if now, o.seen = listed.find(o.member); o.kind.changes() {
			o.kind = o.wish.kindOf(now)
		}
		h.short.asked(o, now)
		if o.kind == remove && o.seen {
			o.member.Weight = now.Weight // for the log, which tells whether it was drained
		}
		o.taken = listed.occupant(o)
		o.ask(ctx, h, asked)
		defer o.over()
	}
	if left := listed.still(ops); len(left) > 0 {
		h.engine.writer(lock).submit(left...)
	}
	for i, o := range ops {
		out[i] = o.wait()
	}
	return out
}

// limit is how many members the vendor takes in one call of a kind now.
func (h *Handle) limit(k kind) int { return h.group.Limits().of(k) }

// errMissing is the error of a change of a member that is not there.
var errMissing = &Error{Class: MemberNotFound, Message: "not in the group any more"}
