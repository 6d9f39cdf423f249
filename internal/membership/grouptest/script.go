package grouptest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Op is a method of membership.Group that calls the vendor.
type Op string

// The calls. Any stands for each of them in a fault script, AnyWrite for those
// that change something.
const (
	List     Op = "List"
	Add      Op = "Add"
	Update   Op = "Update"
	Remove   Op = "Remove"
	Health   Op = "Health"
	Status   Op = "Status" // whether the vendor is at work
	Any      Op = "*"
	AnyWrite Op = "write"
)

// Call is one call that reached the vendor.
type Call struct {
	Op      Op
	Members []membership.Member // of a write
	Changes []membership.Change // of an update
	Attempt membership.Attempt
	Begun   time.Time
	Ended   time.Time // zero while it is under way
	Err     error

	Answer []membership.Member // of a listing
	Only   int                 // > 0: a write carries out its first Only items alone
}

// Has tells whether a write names a key.
func (c Call) Has(k membership.Key) bool {
	return slices.ContainsFunc(c.Members, func(m membership.Member) bool { return m.Key == k })
}

func (c Call) String() string {
	keys := make([]string, len(c.Members))
	for i, m := range c.Members {
		keys[i] = m.Key.String()
	}
	s := fmt.Sprintf("%s %s+%v [%s]", c.Begun.Format("05.000"), c.Op, c.Ended.Sub(c.Begun), strings.Join(keys, " "))
	if c.Err != nil {
		s += " " + c.Err.Error()
	}
	return s
}

// Calls is a stretch of a fake's log, in order of arrival.
type Calls []Call

// Of are the calls of one kind.
func (cs Calls) Of(op Op) Calls {
	var some Calls
	for _, c := range cs {
		if op.matches(c.Op) {
			some = append(some, c)
		}
	}
	return some
}

func (cs Calls) String() string {
	var b strings.Builder
	for _, c := range cs {
		b.WriteString(c.String() + "\n")
	}
	return b.String()
}

// Calls is the log so far.
func (f *Fake) Calls() Calls {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls := make(Calls, len(f.calls))
	for i, c := range f.calls {
		calls[i] = *c
	}
	return calls
}

func (op Op) matches(called Op) bool {
	return op == called || op == Any || op == AnyWrite && called.writes()
}

func (op Op) writes() bool { return op != List && op != Health && op != Status }

// Effect is what befalls a call. commit carries it out and returns the
// vendor's normal answer; an effect that does not call it leaves no trace.
type Effect func(ctx context.Context, c *Call, commit func() error) error

// Fail answers with an error and does nothing.
func Fail(err error) Effect {
	return func(context.Context, *Call, func() error) error { return err }
}

// FailAfter carries the call out and answers with an error.
func FailAfter(err error) Effect {
	return func(_ context.Context, _ *Call, commit func() error) error {
		_ = commit()
		return err
	}
}

// Hang answers nothing until the caller gives up, and does nothing.
func Hang() Effect { return hang(false) }

// HangAfter carries the call out and answers nothing.
func HangAfter() Effect { return hang(true) }

func hang(carryOut bool) Effect {
	return func(ctx context.Context, _ *Call, commit func() error) error {
		if carryOut {
			_ = commit()
		}
		<-ctx.Done()
		return &membership.Error{Class: membership.Unknown, Err: ctx.Err()}
	}
}

// Ignore answers that all is well and does nothing.
func Ignore() Effect { return Fail(nil) }

// Partly carries out the first n items of a write and answers with an error.
func Partly(n int, err error) Effect {
	return func(_ context.Context, c *Call, commit func() error) error {
		c.Only = n
		_ = commit()
		return err
	}
}

// Before runs fn, another actor at work, and then the call.
func Before(fn func()) Effect {
	return func(_ context.Context, _ *Call, commit func() error) error {
		fn()
		return commit()
	}
}

// After runs the call, and fn before its answer leaves.
func After(fn func()) Effect {
	return func(_ context.Context, _ *Call, commit func() error) error {
		err := commit()
		fn()
		return err
	}
}

// Errors that scripts use. Each call makes a new one.

// Throttled is the vendor's answer to too many requests; after is its
// Retry-After, 0 without one.
func Throttled(after time.Duration) error {
	return &membership.Error{Class: membership.Throttled, Status: 429, Code: "Throttling", After: after}
}

// Busy is the vendor's answer while another change holds the lock.
func Busy() error {
	return &membership.Error{Class: membership.Busy, Status: 409, Code: "ServiceIsConfiguring"}
}

// InternalError is a 500: a write's outcome is unknown.
func InternalError() error {
	return &membership.Error{Class: membership.Unknown, Status: 500, Code: "InternalError"}
}

// Reset is a connection cut without an answer.
func Reset() error {
	return &membership.Error{Class: membership.Unknown, Err: fmt.Errorf("connection reset by peer")}
}

// Unreadable is a 200 whose body is not the vendor's.
func Unreadable() error {
	return &membership.Error{Class: membership.Unknown, Status: 200, Message: "the answer is not JSON"}
}

// Denied is the vendor's answer to credentials that may not.
func Denied() error {
	return &membership.Error{Class: membership.Denied, Status: 403, Code: "Forbidden"}
}

// Refused is the vendor's refusal of a request for what it asks.
func Refused(message string) error {
	return &membership.Error{Class: membership.Refused, Status: 400, Code: "InvalidParameter", Message: message}
}

// Rule is one line of a fault script.
type Rule struct {
	op     Op
	where  func(*Call) bool
	from   int // first matching call that is hit, 1-based
	times  int // how many are hit; 0 without end
	until  time.Time
	seen   int
	hits   int
	effect Effect
}

// Nth starts the rule at the n-th matching call (the first is 1).
func (r *Rule) Nth(n int) *Rule { r.from = n; return r }

// Times makes the rule hit n calls in a row; 0 is every one from there on.
func (r *Rule) Times(n int) *Rule { r.times = n; return r }

// During makes the rule hit every matching call within d from now on.
func (r *Rule) During(d time.Duration) *Rule {
	r.until, r.times = time.Now().Add(d), 0
	return r
}

// Where narrows the rule to calls for which match is true.
func (r *Rule) Where(match func(*Call) bool) *Rule { r.where = match; return r }

// Do sets the effect. Rules are complete before the fake is called.
func (r *Rule) Do(e Effect) *Rule { r.effect = e; return r }

// script is a fake's list of rules; the first that matches hits.
type script struct {
	mu    sync.Mutex
	rules []*Rule
}

// On adds a rule. Without Nth and Times it hits the first matching call only.
func (f *Fake) On(op Op) *Rule {
	r := &Rule{op: op, from: 1, times: 1}
	f.script.mu.Lock()
	defer f.script.mu.Unlock()
	f.script.rules = append(f.script.rules, r)
	return r
}

// Unused describes the rules that never hit a call.
func (f *Fake) Unused() []string {
	f.script.mu.Lock()
	defer f.script.mu.Unlock()
	var out []string
	for _, r := range f.script.rules {
		if r.hits == 0 {
			out = append(out, fmt.Sprintf("fault on %s (from call %d on) never hit", r.op, r.from))
		}
	}
	return out
}

func (s *script) effect(c *Call) Effect {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rules {
		if r.effect != nil && r.op.matches(c.Op) && (r.where == nil || r.where(c)) && r.hit() {
			return r.effect
		}
	}
	return func(_ context.Context, _ *Call, commit func() error) error { return commit() }
}

func (r *Rule) hit() bool {
	r.seen++
	if r.seen < r.from || r.times > 0 && r.hits >= r.times || !r.until.IsZero() && !time.Now().Before(r.until) {
		return false
	}
	r.hits++
	return true
}

func compareKeys(a, b membership.Key) int {
	return cmp.Or(cmp.Compare(a.Server, b.Server), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Port, b.Port))
}

// Quiet ends the fault script.
func (f *Fake) Quiet() {
	f.script.mu.Lock()
	defer f.script.mu.Unlock()
	f.script.rules = nil
}
