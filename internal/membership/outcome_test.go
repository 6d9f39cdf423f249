package membership_test

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

func checkRereads(t *testing.T, calls Calls) {
	t.Helper()
	doubt := map[membership.Key]Call{} // its last write, where that is of unknown outcome and not read since
	for _, c := range calls {
		if c.Op == List && c.Err == nil {
			maps.DeleteFunc(doubt, func(_ membership.Key, w Call) bool { return !c.Begun.Before(w.Ended) })
		}
		for _, m := range c.Members {
			if _, ok := doubt[m.Key]; ok {
				t.Errorf("%s of %s was sent again before the group was read:\n%s", c.Op, m.Key, calls)
				return
			}
			if membership.Is(c.Err, membership.Unknown) {
				doubt[m.Key] = c
			}
		}
	}
}

func TestAnUnknownOutcomeIsNotSentAgainUnread(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{Add, Update, Remove} {
		for name, err := range map[string]error{"denied": Denied(), "reset": Reset(), "refused": Refused("no")} {
			bubble(t, string(op)+"/"+name, func(t *testing.T) {
				f := New(Options{}, members(10, 13, 1)...)
				from := 10
				if op == Add {
					from = 0
				}
				f.On(op).Do(func(context.Context, *Call, func() error) error {
					f.On(List).Times(0).Do(Fail(err))
					return Reset()
				})
				for _, a := range askAll(t.Context(), open(f), wishes(op, from, from+3, 5)) {
					if !membership.Is(a.err, membership.Unknown) {
						t.Errorf("%v, want class Unknown", a.err)
					}
				}
				if n := len(f.Calls().Of(op)); n != 1 {
					t.Errorf("%d calls of %s while the group could not be read, want 1", n, op)
				}
			})
		}
	}
}

func TestAnIgnoredChangeIsSentThreeTimes(t *testing.T) {
	t.Parallel()
	for _, op := range []Op{Add, Update, Remove} {
		bubble(t, string(op), func(t *testing.T) {
			f := New(Options{}, member(1, 1))
			n := 1
			if op == Add {
				n = 2
			}
			f.On(op).Times(0).Do(Ignore())
			a := wish{op: op, n: n, weight: 5}.ask(t.Context(), open(f))
			if a.err == nil {
				t.Error("told success of a change without effect")
			}
			if n := len(f.Calls().Of(op)); n != 3 {
				t.Errorf("sent %d times, want 3", n)
			}
			if a.took > 30*time.Second {
				t.Errorf("took %v", a.took)
			}
		})
	}
}

func TestAddOfAMemberThatIsThere(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, append(members(1, 4, 50), foreigners...)...)
			h := open(f)
			before := f.Members()
			if a := (wish{op: Add, n: 1, weight: 20}).ask(t.Context(), h); !membership.Is(a.err, membership.AlreadyExists) {
				t.Errorf("%v, want class AlreadyExists", a.err)
			} else {
				checkTruth(t, f, a, before)
			}
			if n := len(f.Calls().Of(AnyWrite)); n != 0 {
				t.Errorf("%d writes, want none", n)
			}
			// Taken over: one as it is, one with another weight.
			mustSucceed(t, h, []wish{{op: Add, n: 2, weight: 50, adopt: true}, {op: Add, n: 3, weight: 20, adopt: true}})
			calls := f.Calls().Of(AnyWrite)
			if len(calls) != 1 || calls[0].Op != Update || len(calls[0].Members) != 1 {
				t.Errorf("want one update of one member:\n%s", f.Calls())
			}
			checkForeigners(t, f)
		})
	}
}
func TestAChangeOfAMemberThatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, foreigners...)
			h := open(f)
			if a := (wish{op: Update, n: 1, weight: 20}).ask(t.Context(), h); !membership.Is(a.err, membership.MemberNotFound) {
				t.Errorf("%v, want class MemberNotFound", a.err)
			}
			// A vendor that accepts it nonetheless, and does nothing.
			f.On(Update).Times(0).Do(Ignore())
			if a := (wish{op: Update, n: 1, weight: 20}).ask(t.Context(), h); !membership.Is(a.err, membership.MemberNotFound) {
				t.Errorf("%v, want class MemberNotFound", a.err)
			}
			checkForeigners(t, f)
		})
	}
}

// A member just added, whose listing goes back to the time before, is not said
// to be missing when its weight is changed.
func TestAChangeOfAMemberThatTheListingForgetsForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{})
		h := open(f)
		mustSucceed(t, h, wishes(Add, 1, 2, 10))
		f.On(Update).Do(After(func() {
			f.On(List).During(4 * time.Second).Do(func(_ context.Context, c *Call, commit func() error) error {
				err := commit()
				c.Answer = nil
				return err
			})
		}))
		if a := (wish{op: Update, n: 1, weight: 20}).ask(t.Context(), h); a.err != nil {
			t.Error(a.err)
		}
	})
}

// A vendor that adds a member with another weight than asked for, and then
// does not let it be changed: the member is in, so the caller must not be told
// that it is not.
func TestAMemberThatCameInWithAnotherWeight(t *testing.T) {
	t.Parallel()
	wrong := func(f *Fake) Effect {
		return func(_ context.Context, c *Call, _ func() error) error {
			for _, m := range c.Members {
				m.Weight = 100
				f.Put(m)
			}
			return nil
		}
	}
	t.Run("is brought to it", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			f := New(Options{})
			f.On(Add).Do(wrong(f))
			mustSucceed(t, open(f), wishes(Add, 0, 3, 10))
			for n := range 3 {
				if m, _ := f.Member(key(n)); m.Weight != 10 {
					t.Errorf("weight %d, want 10", m.Weight)
				}
			}
		})
	})
	for name, err := range map[string]error{"refused": Refused("no"), "denied": Denied(), "busy": Busy(),
		"gone": &membership.Error{Class: membership.MemberNotFound}} {
		bubble(t, name, func(t *testing.T) {
			f := New(Options{})
			f.On(Add).Do(wrong(f))
			f.On(Update).Times(0).Do(Fail(err))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			for _, a := range askAll(ctx, open(f), wishes(Add, 0, 3, 10)) {
				if !membership.Is(a.err, membership.Unknown) {
					t.Errorf("%v (class %v), want class Unknown", a.err, membership.MeaningOf(a.err))
				}
			}
		})
	}
}

// What was in the group, was taken over and could not be changed is told as just
// that: it is neither missing nor ours by this call's doing.
func TestAMemberThatIsTakenOverAndCannotBeChanged(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for name, effect := range map[string]Effect{
			"refused": Fail(Refused("no")), "denied": Fail(Denied()), "ignored": Ignore(), "lost": Fail(Reset()), "busy": Fail(Busy()),
		} {
			bubble(t, v.name+"/"+name, func(t *testing.T) {
				f := New(v.opts, append(members(0, 2, 50), foreigners...)...)
				f.On(Update).Times(0).Do(effect)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				out := open(f).AddAll(ctx, []membership.Member{member(0, 20), member(1, 50), member(2, 7)}, true)
				was, _ := f.Member(key(0))
				if o := out[0]; !membership.Is(o.Err, membership.NotChanged) || o.Member != was || !o.Adopted {
					t.Errorf("taken over, not changed: %+v", o)
				}
				if o := out[1]; o.Err != nil || !o.Adopted {
					t.Errorf("taken over as it is: %+v", o)
				}
				if o := out[2]; o.Err != nil || o.Adopted {
					t.Errorf("added: %+v", o)
				}
			})
		}
	}
}

// One that goes before it could be changed is added: it is to be in either way.
func TestAMemberThatIsTakenOverAndGoes(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, sent := range []bool{false, true} {
			bubble(t, fmt.Sprintf("%s/sent %t", v.name, sent), func(t *testing.T) {
				f := New(v.opts, members(0, 1, 50)...)
				if sent {
					f.On(Update).Do(Before(func() { f.Take(key(0)) }))
				} else {
					f.On(List).Nth(2).Do(After(func() { f.Take(key(0)) }))
					f.On(Update).Do(Fail(Busy()))
				}
				out := open(f).AddAll(t.Context(), []membership.Member{member(0, 20)}, true)[0]
				if m, there := f.Member(key(0)); out.Err != nil || out.Adopted || !there || m.Weight != 20 || out.Member != m {
					t.Errorf("%+v; there: %t, %+v", out, there, m)
				}
			})
		}
	}
}

// A member that turns out to be in by an add whose answer was lost is ours, and
// not one that was taken over.
func TestAnAddWhoseAnswerWasLostIsNoAdoption(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for _, lag := range []time.Duration{0, 3 * time.Second} {
			bubble(t, v.name+"/"+lag.String(), func(t *testing.T) {
				opts := v.opts
				opts.Lag = lag
				f := New(opts, foreigners...)
				f.On(Add).Do(FailAfter(Reset()))
				for _, o := range open(f).AddAll(t.Context(), members(0, 3, 7), true) {
					if o.Err != nil || o.Adopted {
						t.Errorf("%+v", o)
					}
				}
			})
		}
	}
}

// A change says what is wanted; the rest of what a vendor may have to be told is
// what was just listed, and never what a caller once knew.
func TestAChangeRepeatsWhatIsListed(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, membership.Member{Key: key(0), Weight: 30, Name: "by hand", Zone: "z"})
			h := open(f)
			name := "ours"
			stale := membership.Member{Key: key(0), Weight: 100, Name: "long ago"}
			m, err := h.Update(t.Context(), membership.Change{Member: stale, Name: &name})
			if err != nil || m.Weight != 30 || m.Name != "ours" {
				t.Errorf("%+v, %v", m, err)
			}
			if c := f.Calls().Of(Update)[0].Changes[0]; c.Member.Weight != 30 || c.Member.Name != "by hand" || c.Result().Weight != 30 || c.Weight != nil {
				t.Errorf("sent %+v", c)
			}
			// What is so already makes no call, and is left out of one.
			weight := 30
			if _, err := h.Update(t.Context(), membership.Change{Member: stale, Name: &name, Weight: &weight}); err != nil {
				t.Error(err)
			}
			if n := len(f.Calls().Of(Update)); n != 1 {
				t.Errorf("%d calls for one change", n)
			}
			name, weight = "new", 30
			f.Put(membership.Member{Key: key(0), Weight: 31, Name: "new", Zone: "z"})
			pass(time.Minute)
			if _, err := h.Update(t.Context(), membership.Change{Member: stale, Name: &name, Weight: &weight}); err != nil {
				t.Error(err)
			}
			if c := f.Calls().Of(Update)[1].Changes[0]; c.Name != nil || *c.Weight != 30 {
				t.Errorf("sent %+v, want the weight alone", c)
			}
		})
	}
}

// While a change waits for its turn, others may change the member.
func TestAChangeThatWaitedRepeatsWhatIsListedThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := New(Options{}, membership.Member{Key: key(0), Weight: 30, Name: "by hand"})
		f.On(Update).Times(5).Do(Fail(Busy()))
		time.AfterFunc(2*time.Second, func() { f.Put(membership.Member{Key: key(0), Weight: 31, Name: "by hand"}) })
		name := "ours"
		m, err := open(f).Update(t.Context(), membership.Change{Member: membership.Member{Key: key(0)}, Name: &name})
		calls := f.Calls().Of(Update)
		if c := calls[len(calls)-1].Changes[0]; err != nil || m.Weight != 31 || c.Result().Weight != 31 {
			t.Errorf("%+v, %v; sent %+v", m, err, c)
		}
	})
}
