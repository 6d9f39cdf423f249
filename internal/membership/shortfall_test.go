package membership_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// outRaised tells whether a call brings members 10 and 11 into service.
func outRaised(c *Call) bool {
	for _, ch := range c.Changes {
		if ch.Weight != nil && *ch.Weight > 0 {
			return true
		}
	}
	return c.Op == Add
}

// Callers that each change one member lower and remove nothing where another
// one's raise fails, however it does.
func TestNothingIsTakenAwayBesideARaiseThatFails(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		trouble func(f *Fake)
		op      Op // of what is to bring capacity
		says    string
	}{
		"refused":       {func(f *Fake) { f.Refuse(key(10), Refused("no")); f.Refuse(key(11), Refused("no")) }, Update, "could not be raised"},
		"one refused":   {func(f *Fake) { f.Refuse(key(10), Refused("no")) }, Update, "the weight of " + key(10).String() + " could not be raised"},
		"denied":        {func(f *Fake) { f.On(Update).Times(0).Where(outRaised).Do(Fail(Denied())) }, Update, "could not be raised"},
		"busy":          {func(f *Fake) { f.On(Update).During(9 * time.Second).Do(Fail(Busy())) }, Update, "could not be raised"},
		"answers lost":  {func(f *Fake) { f.On(Update).During(9 * time.Second).Do(Fail(Reset())) }, Update, "could not be raised"},
		"unreadable":    {func(f *Fake) { f.On(List).During(9 * time.Second).Do(Fail(InternalError())) }, Update, "could not be raised"},
		"taken out":     {func(f *Fake) { f.Take(key(10)) }, Update, "the weight of " + key(10).String() + " could not be raised"},
		"add refused":   {func(f *Fake) { f.Take(key(10)); f.Take(key(11)); f.Refuse(key(10), Refused("no")) }, Add, key(10).String() + " could not be added"},
		"adds too late": {func(f *Fake) { f.Take(key(10)); f.Take(key(11)); f.On(Add).Times(0).Do(Fail(Busy())) }, Add, "could not be added"},
	} {
		for _, v := range vendors {
			bubble(t, name+"/"+v.name, func(t *testing.T) {
				f := New(v.opts, append(members(0, 4, 50), members(10, 12, 0)...)...)
				tt.trouble(f)
				watchService(t, f)
				h := open(f)
				var all sync.WaitGroup
				for n := 10; n < 12; n++ {
					all.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
						defer cancel()
						_ = (wish{op: tt.op, n: n, weight: 50}).ask(ctx, h)
					})
				}
				held := func(n int, err error) {
					if !membership.Is(err, membership.NotSent) || !strings.Contains(err.Error(), tt.says) {
						t.Errorf("%s: %v", key(n), err)
					}
					checkNotSent(t, f, n)
					if m, _ := f.Member(key(n)); m.Weight != 50 {
						t.Errorf("%s is now %+v", key(n), m)
					}
				}
				for n := range 2 {
					all.Go(func() { held(n, (wish{op: Update, n: n, weight: n * 10}).ask(t.Context(), h).err) })
				}
				if tt.op == Update {
					all.Go(func() { _, err := drained(t.Context(), h, 2); held(2, err) })
					all.Go(func() { held(3, h.Remove(t.Context(), member(3, 50))) })
				}
				if tt.op == Add { // it may have to wait for a removal
					all.Go(func() { mustSucceed(t, h, wishes(Remove, 3, 4, 0)) })
				}
				all.Wait()
			})
		}
	}
}

// A member that gets nothing may go, and so may others once what failed is made
// up for, is wanted no more, or is of an earlier run.
func TestAFailedRaiseHoldsUpOthersForAWhile(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		then   func(t *testing.T, f *Fake, h *membership.Handle)
		n      int // which member is taken out then
		passes bool
	}{
		"nothing":         {func(*testing.T, *Fake, *membership.Handle) {}, 0, false},
		"one at weight 0": {func(*testing.T, *Fake, *membership.Handle) {}, 1, true},
		"that very one":   {func(*testing.T, *Fake, *membership.Handle) {}, 10, true},
		"raised after all": {func(t *testing.T, f *Fake, h *membership.Handle) {
			f.Refuse(key(10), nil)
			mustSucceed(t, h, wishes(Update, 10, 11, 50))
		}, 0, true},
		"another is raised": {func(t *testing.T, _ *Fake, h *membership.Handle) { mustSucceed(t, h, wishes(Update, 1, 2, 60)) }, 0, false},
		"taken out": {func(t *testing.T, f *Fake, h *membership.Handle) {
			f.Refuse(key(10), nil)
			mustSucceed(t, h, wishes(Remove, 10, 11, 0))
		}, 0, true},
		"raised by another": {func(t *testing.T, f *Fake, h *membership.Handle) { f.Put(member(10, 50)); pass(4 * time.Second) }, 0, true},
		"55 s later":        {func(*testing.T, *Fake, *membership.Handle) { pass(55 * time.Second) }, 0, false},
		"65 s later":        {func(*testing.T, *Fake, *membership.Handle) { pass(65 * time.Second) }, 0, true},
		"the next run":      {func(_ *testing.T, _ *Fake, h *membership.Handle) { h.See(membership.Claim{Token: "a"}) }, 0, true},
	} {
		bubble(t, name, func(t *testing.T) {
			f := New(Options{}, append(members(0, 1, 50), members(1, 2, 0)[0], member(10, 5))...)
			h := open(f)
			f.On(Update).Where(func(c *Call) bool { return c.Has(key(10)) }).Do(Fail(Refused("no")))
			if a := (wish{op: Update, n: 10, weight: 50}).ask(t.Context(), h); a.err == nil {
				t.Error("the raise has not failed")
			}
			tt.then(t, f, h)
			if err := h.Remove(t.Context(), member(tt.n, 0)); (err == nil) != tt.passes {
				t.Errorf("%v, want success %t", err, tt.passes)
			}
		})
	}
}

// The last member in service, which waits for raises to come, hears of the one
// that comes and fails, and stays in service.
func TestTheLastInServiceStaysWhereTheRaiseFails(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, append(members(0, 2, 50), members(10, 11, 0)...)...)
			f.Refuse(key(10), Refused("no"))
			h := open(f)
			time.AfterFunc(time.Second, func() { _ = (wish{op: Update, n: 10, weight: 50}).ask(t.Context(), h) })
			stayed := 0
			for _, a := range askAll(t.Context(), h, wishes(Update, 0, 2, 0)) {
				if a.err == nil {
					continue
				}
				stayed++
				checkNotSent(t, f, a.n)
				if !membership.Is(a.err, membership.NotSent) || !strings.Contains(a.err.Error(), key(10).String()) || a.took > 2*time.Second {
					t.Errorf("%v after %v", a.err, a.took)
				}
			}
			if stayed != 1 {
				t.Errorf("%d stayed", stayed)
			}
		})
	}
}
