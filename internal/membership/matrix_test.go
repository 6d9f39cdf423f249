package membership_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// fault is a row of the matrix: what goes wrong, and what a caller may then be
// told. Without may, every operation must succeed.
type fault struct {
	name    string
	opts    func(*Options)
	script  func(f *Fake, op Op)
	timeout time.Duration // of the callers; 5 min where zero
	cancel  time.Duration // when the callers give up; never where zero
	may     []membership.Meaning
	only    Op   // the one operation that it concerns; all where empty
	foreign bool // somebody else changes the members too: no check against before
	late    bool // the listing never catches up: no second run
}

var slow = func(o *Options) { o.Read, o.Write = 20*time.Millisecond, 200*time.Millisecond }

func times(n int, e func() Effect) func(*Fake, Op) {
	return func(f *Fake, op Op) { f.On(op).Times(n).Do(e()) }
}

var faults = []fault{
	{name: "none"},
	{name: "none, slow", opts: slow},
	{name: "throttled for 30 s", script: func(f *Fake, op Op) { f.On(op).During(30 * time.Second).Do(Fail(Throttled(0))) }},
	{name: "everything throttled for 30 s, with Retry-After", script: func(f *Fake, _ Op) {
		f.On(Any).During(30 * time.Second).Do(Fail(Throttled(7 * time.Second)))
	}},
	{name: "busy", script: times(12, func() Effect { return Fail(Busy()) })},
	{name: "busy for longer than the callers wait", script: times(0, func() Effect { return Fail(Busy()) }),
		timeout: 20 * time.Second, may: []membership.Meaning{membership.NotSent}},
	{name: "500 before", script: times(2, func() Effect { return Fail(InternalError()) })},
	{name: "500 after commit", script: times(2, func() Effect { return FailAfter(InternalError()) })},
	{name: "500 without end", script: times(0, func() Effect { return Fail(InternalError()) }), may: []membership.Meaning{membership.Unknown}},
	{name: "500 without end, after commit", script: times(0, func() Effect { return FailAfter(InternalError()) })},
	{name: "reset before", script: times(2, func() Effect { return Fail(Reset()) })},
	{name: "reset after commit", script: times(2, func() Effect { return FailAfter(Reset()) })},
	{name: "reset after part of the batch", script: times(1, func() Effect { return Partly(2, Reset()) })},
	{name: "reset after commit, listing lags", script: times(1, func() Effect { return FailAfter(Reset()) }),
		opts: func(o *Options) { o.Lag = 3 * time.Second }},
	{name: "reset before, listing lags", script: times(1, func() Effect { return Fail(Reset()) }),
		opts: func(o *Options) { o.Lag = 3 * time.Second }},
	{name: "reset after commit, listing fails for a while", script: func(f *Fake, op Op) {
		f.On(op).Do(func(_ context.Context, _ *Call, commit func() error) error {
			f.On(List).Times(3).Do(Fail(Reset()))
			_ = commit()
			return Reset()
		})
	}},
	{name: "hang", script: times(1, Hang), timeout: 20 * time.Second},
	{name: "hang after commit", script: times(1, HangAfter), timeout: 20 * time.Second},
	{name: "hang past the deadline", script: times(0, Hang), timeout: 20 * time.Second, may: []membership.Meaning{membership.Unknown}},
	{name: "hang after commit, and again", script: times(0, HangAfter), timeout: 20 * time.Second},
	{name: "unreadable 200", script: times(1, func() Effect { return Fail(Unreadable()) })},
	{name: "unreadable 200 after commit", script: times(1, func() Effect { return FailAfter(Unreadable()) })},
	{name: "three stale reads", opts: func(o *Options) { o.StaleReads = 3 }},
	{name: "listing lags 5 s", opts: func(o *Options) { o.Lag = 5 * time.Second }},
	{name: "listing lags 12 s", opts: func(o *Options) { o.Lag = 12 * time.Second }},
	{name: "foreign writer touches others", foreign: true, script: func(f *Fake, op Op) {
		f.On(op).Do(Before(func() { f.Put(member(700, 7)) }))
	}},
	{name: "foreign writer adds first", only: Add, foreign: true,
		may: []membership.Meaning{membership.AlreadyExists}, script: func(f *Fake, _ Op) {
			f.On(Add).Do(Before(func() { f.Put(member(0, 7)) }))
		}},
	{name: "foreign writer reweights first", only: Update, foreign: true, script: func(f *Fake, _ Op) {
		f.On(Update).Do(Before(func() { f.Put(member(0, 7)) }))
	}},
	{name: "foreign writer removes first", only: Remove, foreign: true, script: func(f *Fake, _ Op) {
		f.On(Remove).Do(Before(func() { f.Take(key(0)) }))
	}},
	{name: "cancelled before the send", cancel: 5 * time.Millisecond, may: []membership.Meaning{membership.NotSent}},
	{name: "cancelled in flight", opts: slow, cancel: 100 * time.Millisecond},
	{name: "cancelled in flight, listing lags", opts: func(o *Options) { slow(o); o.Lag = 2 * time.Second },
		cancel: 100 * time.Millisecond, may: []membership.Meaning{membership.Unknown}},
	{name: "cancelled in a hang", script: times(1, Hang), cancel: time.Second, may: []membership.Meaning{membership.Unknown}},
	{name: "cancelled in a hang after commit", script: times(1, HangAfter), cancel: time.Second},
	{name: "cancelled while busy", script: times(0, func() Effect { return Fail(Busy()) }),
		cancel: 3 * time.Second, may: []membership.Meaning{membership.NotSent}},
	{name: "cancelled while throttled", script: times(0, func() Effect { return Fail(Throttled(30 * time.Second)) }),
		cancel: 3 * time.Second, may: []membership.Meaning{membership.NotSent}},
	{name: "cancelled while the look is throttled", only: Add, script: func(f *Fake, _ Op) {
		f.On(List).Times(0).Do(Fail(Throttled(0)))
	}, cancel: 3 * time.Second, may: []membership.Meaning{membership.NotSent}},
	{name: "cancelled after an ignored write", script: times(0, Ignore), cancel: 10 * time.Second, may: []membership.Meaning{membership.Unknown}},
	{name: "ignored, then busy until the callers give up", script: func(f *Fake, op Op) {
		f.On(op).Do(Ignore())
		f.On(op).Times(0).Do(Fail(Busy()))
	}, timeout: 20 * time.Second, may: []membership.Meaning{membership.Unknown}},
	{name: "ignored once", script: times(1, Ignore)},
	{name: "ignored without end", script: times(0, Ignore), may: []membership.Meaning{membership.Unknown}},
	{name: "full", only: Add, opts: func(o *Options) { o.Quota = len(foreigners) },
		may: []membership.Meaning{membership.Quota}},
	{name: "full of what was added, and the listing lags", only: Add, opts: func(o *Options) { o.Lag = 3 * time.Second },
		script: func(f *Fake, _ Op) {
			f.On(Add).Do(FailAfter(Reset()))
			f.On(Add).Times(4).Do(Fail(&membership.Error{Class: membership.Quota}))
		}},
	{name: "said to exist, and never listed", only: Add, opts: func(o *Options) { o.Lag = time.Hour },
		script: func(f *Fake, _ Op) {
			f.On(Add).Do(FailAfter(Reset()))
			f.On(Add).Times(0).Do(Fail(&membership.Error{Class: membership.AlreadyExists}))
		}, may: []membership.Meaning{membership.Unknown}, late: true},
	{name: "unknown to the vendor, and still listed", only: Remove, script: func(f *Fake, _ Op) {
		f.On(Remove).Times(0).Do(Fail(&membership.Error{Class: membership.MemberNotFound}))
	}, may: []membership.Meaning{membership.Unknown}},
	{name: "denied", script: times(0, func() Effect { return Fail(Denied()) }), may: []membership.Meaning{membership.Denied}},
	{name: "lock learnt late", opts: func(o *Options) { o.LearnLock = true }},
}

// TestFaults has every fault befall adds, updates and removals of every kind
// of vendor, and holds each caller's answer against the group.
func TestFaults(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, row := range faults {
			for _, op := range []Op{Add, Update, Remove} {
				if row.only != "" && row.only != op {
					continue
				}
				t.Run(v.name+"/"+row.name+"/"+string(op), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) { runFault(t, v.opts, row, op) })
				})
			}
		}
	}
}

func runFault(t *testing.T, opts Options, row fault, op Op) {
	if row.opts != nil {
		row.opts(&opts)
	}
	start := foreigners
	if op != Add {
		start = append(members(0, 3, 50), start...)
	}
	f := New(opts, start...)
	if row.script != nil {
		row.script(f, op)
	}
	h := open(f)
	before := f.Members()

	timeout := row.timeout
	if timeout == 0 {
		timeout = 5 * time.Minute
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	if row.cancel > 0 {
		stop := time.AfterFunc(row.cancel, cancel)
		defer stop.Stop()
	}
	failed := 0
	for _, a := range askAll(ctx, h, wishes(op, 0, 3, 20)) {
		if !row.foreign {
			checkTruth(t, f, a, before)
		} else if a.err == nil && !a.granted(f) {
			t.Errorf("%s %s succeeded without effect", a.op, key(a.n))
		}
		if a.err != nil {
			failed++
		}
		if row.foreign && a.err == nil {
			continue
		}
		if !classIn(a.err, row.may) {
			t.Errorf("%s %s: %v (class %v), want classes %v", a.op, key(a.n), a.err, membership.MeaningOf(a.err), row.may)
		}
		limit := timeout
		if row.cancel > 0 {
			limit = row.cancel
		}
		if limit += 11 * time.Second; a.took > limit {
			t.Errorf("%s %s took %v", a.op, key(a.n), a.took)
		}
	}
	if row.foreign && failed > 1 {
		t.Errorf("%d operations failed because of one foreign member", failed)
	}
	checkUsed(t, f)
	checkRereads(t, f.Calls())
	if t.Failed() {
		t.Logf("calls:\n%s", f.Calls())
	}

	// The same wish once more, with the trouble over.
	f.Quiet()
	again := wishes(op, 0, 3, 20)
	for i := range again {
		again[i].adopt = true
	}
	if opts.Quota == 0 && !row.late {
		mustSucceed(t, h, again)
		for _, w := range again {
			if !w.granted(f) {
				t.Errorf("%s %s is not so after the second run", w.op, key(w.n))
			}
		}
	}
	checkNoDoubles(t, f)
	checkForeigners(t, f)
	if n := f.LockState().MaxInFlight(); n > 1 {
		t.Errorf("%d writes in flight at once", n)
	}
	if n := f.LockState().BusyAnswers(); n > 0 {
		t.Errorf("%d busy answers", n)
	}
}
