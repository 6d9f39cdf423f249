package membership_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// Each gets its own weight back, and hears of it.
func TestADrainThatIsGivenUpIsUndone(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for name, end := range map[string]func(t *testing.T) (context.Context, context.CancelFunc){
			"cancelled": func(t *testing.T) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(3*time.Second, cancel)
				return ctx, cancel
			},
			"longer than the deadline": func(t *testing.T) (context.Context, context.CancelFunc) {
				return context.WithTimeout(t.Context(), 3*time.Second)
			},
		} {
			bubble(t, v.name+"/"+name, func(t *testing.T) {
				var start []membership.Member
				for n := range 50 {
					start = append(start, member(n, n)) // the first has weight 0
				}
				f := New(v.opts, append(start, foreigners...)...)
				before := f.Members()
				ctx, cancel := end(t)
				defer cancel()
				began := time.Now()
				out := open(f).RemoveAll(ctx, members(0, 50, 0), fiveSeconds)
				if took := time.Since(began); took > 4*time.Second {
					t.Errorf("took %v", took)
				}
				for n, o := range out {
					says := strings.Contains(o.Err.Error(), "the weight is "+key(n).String()[4:5]+" again")
					if n >= 10 {
						says = strings.Contains(o.Err.Error(), "the weight is "+key(n).String()[3:5]+" again")
					}
					if !membership.Is(o.Err, membership.NotSent) || says != (n > 0) {
						t.Errorf("%s: %v", key(n), o.Err)
					}
				}
				if now := f.Members(); !slices.Equal(now, before) {
					t.Errorf("the group is now %+v", now)
				}
				if n := len(f.Calls().Of(Remove)); n > 0 {
					t.Errorf("%d removals", n)
				}
			})
		}
	}
}

func TestADrainThatCannotBeUndoneSaysSo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		trouble func(f *Fake)
		says    string
		weight  int
	}{
		{"refused", func(f *Fake) { f.Refuse(key(0), Refused("the instance is locked")) }, "the weight is still 0, because it could not be set back to 50", 0},
		{"throttled", func(f *Fake) { f.On(Update).Times(0).Do(Fail(Throttled(0))) }, "the weight is still 0, because it could not be set back to 50", 0},
		{"lost", func(f *Fake) {
			f.On(Update).Do(func(_ context.Context, _ *Call, commit func() error) error {
				f.On(List).Times(0).Do(Fail(Denied()))
				_ = commit()
				return Reset()
			})
		}, "the weight may still be 0, because it is not known whether it was set back to 50", 50},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			f := New(Options{}, members(0, 2, 50)...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(3*time.Second, func() { tt.trouble(f); cancel() })
			took, err := drained(ctx, open(f), 0)
			if !membership.Is(err, membership.NotSent) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, want class NotSent and %q", err, tt.says)
			}
			if took > 30*time.Second {
				t.Errorf("took %v", took)
			}
			if m, _ := f.Member(key(0)); m.Weight != tt.weight {
				t.Errorf("weight %d, want %d", m.Weight, tt.weight)
			}
		})
	}
}

func TestARemovalThatFailsAfterTheDrainIsUndone(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		for name, tt := range map[string]struct {
			trouble Effect
			class   membership.Meaning
		}{
			"refused": {Fail(Refused("no")), membership.Refused},
			"denied":  {Fail(Denied()), membership.Denied},
			"ignored": {Ignore(), membership.Unknown},
			"reset":   {Fail(Reset()), membership.Unknown},
		} {
			bubble(t, v.name+"/"+name, func(t *testing.T) {
				f := New(v.opts, append(members(0, 3, 50), foreigners...)...)
				before := f.Members()
				f.On(Remove).Times(0).Do(tt.trouble)
				for _, o := range open(f).RemoveAll(t.Context(), members(0, 3, 0), fiveSeconds) {
					if !membership.Is(o.Err, tt.class) || !strings.Contains(o.Err.Error(), "the weight is 50 again") {
						t.Errorf("%v (%v), want class %v and the weight", o.Err, membership.MeaningOf(o.Err), tt.class)
					}
				}
				if now := f.Members(); !slices.Equal(now, before) {
					t.Errorf("the group is now %+v", now)
				}
			})
		}
	}
}

// One that stays behind has its weight back, and the others are out.
func TestOneOfManyThatIsRefusedAfterTheDrain(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, append(members(0, 41, 50), foreigners...)...)
			f.On(Remove).Times(0).Where(func(c *Call) bool { return c.Has(key(7)) }).Do(Fail(Refused("i-007 is locked")))
			for i, o := range open(f).RemoveAll(t.Context(), members(0, 41, 0), fiveSeconds) {
				if (o.Err != nil) != (i == 7) {
					t.Errorf("%s: %v", key(i), o.Err)
				}
			}
			if m, _ := f.Member(key(7)); m.Weight != 50 || len(f.Members()) != len(foreigners)+1 {
				t.Errorf("it has weight %d among %d", m.Weight, len(f.Members()))
			}
		})
	}
}

// A weight that somebody else sets during a drain stands when it is given up.
func TestADrainThatIsGivenUpLeavesAForeignWeight(t *testing.T) {
	t.Parallel()
	for _, v := range vendors {
		bubble(t, v.name, func(t *testing.T) {
			f := New(v.opts, members(0, 2, 50)...)
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
			defer cancel()
			time.AfterFunc(2*time.Second, func() { f.Put(member(0, 30)) })
			_, err := drained(ctx, open(f), 0)
			m, _ := f.Member(key(0))
			if m.Weight != 30 || !membership.Is(err, membership.NotSent) || !strings.Contains(err.Error(), "the weight is 30, which somebody else has set") {
				t.Errorf("weight %d, %v", m.Weight, err)
			}
		})
	}
}

// Of two that drain one member, the one that gives up does not put it back into
// service under the other; when both give up, it has its weight back.
func TestTwoDrainOneMemberAndGiveUp(t *testing.T) {
	t.Parallel()
	for _, both := range []bool{false, true} {
		bubble(t, map[bool]string{false: "one", true: "both"}[both], func(t *testing.T) {
			f := New(Options{Write: 50 * time.Millisecond}, members(0, 1, 50)...)
			h := open(f)
			first, cancelFirst := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancelFirst()
			second, cancelSecond := context.WithCancel(t.Context())
			defer cancelSecond()
			if both {
				time.AfterFunc(3*time.Second, cancelSecond)
			}
			var wg sync.WaitGroup
			wg.Go(func() {
				if _, err := drained(first, h, 0); !membership.Is(err, membership.NotSent) || !strings.Contains(err.Error(), "left at 0") {
					t.Errorf("the first: %v", err)
				}
			})
			wg.Go(func() {
				pass(time.Second) // it finds weight 0 already
				if _, err := drained(second, h, 0); (err != nil) != both {
					t.Errorf("the second: %v", err)
				}
			})
			wg.Wait()
			m, there := f.Member(key(0))
			if there != both || both && m.Weight != 50 {
				t.Errorf("there: %t, weight %d", there, m.Weight)
			}
			for _, c := range f.Calls().Of(Update) {
				if !both && *c.Changes[0].Weight != 0 {
					t.Errorf("the weight was raised under the other: %s", c)
				}
			}
		})
	}
}

func TestADrainAtZeroThatIsGivenUpWritesNothing(t *testing.T) {
	t.Parallel()
	bubble(t, "at 0", func(t *testing.T) {
		f := New(Options{}, members(0, 1, 0)...)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := drained(ctx, open(f), 0)
		if m, _ := f.Member(key(0)); m.Weight != 0 || err == nil || len(f.Calls().Of(AnyWrite)) != 0 {
			t.Errorf("%v %v", m, err)
		}
	})
}
