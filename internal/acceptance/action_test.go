package acceptance_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// actionType is one of the actions of the world's load balancer.
func (w *world) actionType(name string) string {
	return strings.Join(strings.Split(w.kind, "_")[:2], "_") + "_" + name
}

// in is the configuration of an action on member n in a group; "" is every group.
func (w *world) in(group string, n int, more map[string]any) map[string]any {
	config := map[string]any{w.Host: w.HostOf(n)}
	if group != "" {
		config[w.Group] = group
	}
	maps.Copy(config, more)
	return config
}

// inEveryBubbleAndAttic is inEveryBubble, and the third cloud.
func inEveryBubbleAndAttic(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	inEveryBubble(t, test)
	t.Run("attic", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { test(t, newAttic(t)) })
	})
}

// inManyGroups runs a test in bubbles, in worlds with many groups that all have
// members 1 and 2.
func inManyGroups(t *testing.T, groups int, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, k := range stages.Kinds() {
		t.Run(k.Single, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, k.Open(fakecloud.Scene{Foreign: true, Groups: groups}, t, fakecloud.Latency{Read: 20 * time.Millisecond, Write: 100 * time.Millisecond}), true)
				for _, g := range w.Groups {
					w.Put(g, 1, 30)
					w.Put(g, 2, 50)
				}
				test(t, w)
			})
		})
	}
}

// weights are those of member n, group by group.
func (w *world) weights(n int) (all []int) {
	for _, g := range w.Groups {
		all = append(all, w.Held(g)[w.Key(n)])
	}
	return all
}

func equalTo(weight int) func(int) bool { return func(got int) bool { return got == weight } }

// apart checks that lines of progress are at least 10 s apart, the last one aside.
func apart(t *testing.T, lines []acctest.Line) {
	t.Helper()
	for i := range max(len(lines)-2, 0) {
		if d := lines[i+1].At.Sub(lines[i].At); d < 10*time.Second {
			t.Errorf("%q comes %v after %q", lines[i+1].Text, d, lines[i].Text)
		}
	}
}

func texts(lines []acctest.Line) (all []string) {
	for _, l := range lines {
		all = append(all, l.Text)
	}
	return all
}

func TestAnActionDrainsAndSetsWeights(t *testing.T) {
	t.Parallel()
	inEveryBubbleAndAttic(t, func(t *testing.T, w *world) {
		w.foreign(1, 30)
		w.foreign(2, 50)
		c, mark, began := w.core(t), w.mark(), time.Now()
		time.AfterFunc(30*time.Second, func() { w.holds(t, map[int]int{1: 0, 2: 50}) })
		lines, _, err := c.Invoke(t.Context(), w.actionType("drain"), w.in(w.group, 1, map[string]any{"duration": "1m"}), nil)
		if took := time.Since(began); err != nil || took < time.Minute || took > 62*time.Second {
			t.Errorf("%v after %s", err, took)
		}
		apart(t, lines)
		got := texts(lines)
		if len(got) != 7 || got[0] != "1 member of 1 group at weight 0, draining for 1m0s" || got[3] != "draining: 30s of 1m0s" ||
			!strings.HasPrefix(got[6], "drained: "+w.key(1)+" in ") {
			t.Errorf("progress %q", got)
		}
		w.holds(t, map[int]int{1: 0, 2: 50})
		w.wrote(t, mark, 1)

		mark = w.mark()
		for _, weight := range []int{30, 0, 100, 100} { // the last is there already
			if lines, _, err = c.Invoke(t.Context(), w.actionType("set_weight"), w.in(w.group, 1, map[string]any{"weight": weight}), nil); err != nil {
				t.Fatal(err)
			}
			w.holds(t, map[int]int{1: weight, 2: 50})
		}
		if got := texts(lines); len(got) != 1 || !strings.HasPrefix(got[0], "at weight 100: "+w.key(1)+" in ") {
			t.Errorf("progress %q", got)
		}
		w.wrote(t, mark, 3)
	})
}

// Whenever it is cancelled, the weights are back when the call returns, and nobody is
// left who waits to be heard: a bubble ends only with all its goroutines.
func TestACancelledDrainGivesTheWeightsBack(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{0, 30 * time.Millisecond, 130 * time.Millisecond, time.Second, 25 * time.Second, 59 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			t.Parallel()
			inManyGroups(t, 3, func(t *testing.T, w *world) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(after, cancel)
				_, complete, err := w.core(t).Invoke(ctx, w.actionType("drain"), w.in("", 1, map[string]any{"duration": "1m"}), nil)
				if complete && err == nil {
					t.Error("the cancelled action succeeded")
				}
				if got := w.weights(1); slices.ContainsFunc(got, func(weight int) bool { return weight != 30 }) {
					t.Errorf("the weights are %v, want 30", got)
				}
				if w.server.Log.All().Count(w.ops.remove[0]) > 0 {
					t.Error("a member was removed")
				}
				<-time.After(time.Minute) // for calls that were cut off
			})
		})
	}
}

// A run that is interrupted stops the provider. What the action has to say is heard
// all the same, for Terraform goes on to what it was to come before where it hears
// nothing; and when the stop is over the weights are back.
func TestAnInterruptedActionFails(t *testing.T) {
	t.Parallel()
	inManyGroups(t, 3, func(t *testing.T, w *world) {
		c := w.core(t)
		var back []int
		time.AfterFunc(25*time.Second, func() {
			c.Stop(t.Context())
			back = w.weights(1)
		})
		_, complete, err := c.Invoke(t.Context(), w.actionType("drain"), w.in("", 1, map[string]any{"duration": "1m"}), nil)
		if !complete {
			t.Error("what it says was not delivered")
		}
		says(t, err, "interrupted", w.key(1), "the weight is 30 again")
		synctest.Wait()
		if !slices.Equal(back, []int{30, 30, 30}) {
			t.Errorf("the weights are %v when the provider has stopped, want 30", back)
		}
	})
}

// A group that is stuck until the action's time is over keeps no other from being
// drained, and takes none of them back: who is drained is said, and who is not.
func TestAGroupThatIsStuckHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	inManyGroups(t, 3, func(t *testing.T, w *world) {
		w.server.Faults.On("*").Where(func(c *fakecloud.Call) bool { return c.Write && c.Group == w.Groups[2] }).Times(0).Do(
			func(c *fakecloud.Call, cloud fakecloud.Cloud, _ func() fakecloud.Reply) fakecloud.Outcome {
				return fakecloud.Outcome{Reply: cloud.Throttled(c)}
			})
		c := w.core(t)
		_, complete, err := c.Invoke(t.Context(), w.actionType("drain"),
			w.in("", 1, map[string]any{"duration": "1m", "timeouts": map[string]any{"invoke": "2m"}}), nil)
		if !complete {
			t.Error("what it says was not delivered")
		}
		says(t, err, "2m0s", w.key(1), "is over")
		if got := w.weights(1); !slices.Equal(got, []int{0, 0, 30}) {
			t.Errorf("the weights are %v, want all at 0 but the one that is stuck", got)
		}
		if warned := strings.Join(c.Warnings(), "\n"); !strings.Contains(warned, "Are drained") || !strings.Contains(warned, "weight 30 before") {
			t.Errorf("the warnings do not say who is drained: %s", warned)
		}
	})
}

// What an action's values come to when it is invoked is checked then: at plan they may
// not have been known.
func TestValuesThatCameToBeKnownAreChecked(t *testing.T) {
	t.Parallel()
	inManyGroups(t, 2, func(t *testing.T, w *world) {
		for _, row := range []struct {
			action string
			extra  map[string]any
			want   string
		}{
			{"set_weight", map[string]any{"weight": nil}, "weight is null, and required"},
			{"set_weight", map[string]any{"weight": 1.5}, "must be a whole number"},
			{"set_weight", map[string]any{"weight": 500}, "from 0 to 100"},
			{"drain", map[string]any{"duration": "5"}, "not a duration"},
			{"drain", map[string]any{"duration": "-5s"}, "cannot be negative"},
			{"drain", map[string]any{"duration": "1m", "timeouts": map[string]any{"invoke": "30s"}}, "longer than timeouts.invoke"},
		} {
			_, err := w.core(t).InvokeAtOnce(t.Context(), w.actionType(row.action), w.in("", 1, row.extra))
			says(t, err, row.want)
		}
		if n := len(w.server.Log.All().Writes()); n != 0 {
			t.Errorf("%d writes, want none", n)
		}
	})
}

// Thirty groups are one wait, and the fewest calls that can be: one for each group to
// read it, one to lower, one to see that, and one to see it again in the end.
func TestAnActionOverThirtyGroups(t *testing.T) {
	t.Parallel()
	inManyGroups(t, 30, func(t *testing.T, w *world) {
		mark, began := w.server.Log.Mark(), time.Now()
		lines, _, err := w.core(t).Invoke(t.Context(), w.actionType("drain"), w.in("", 1, map[string]any{"duration": "45s"}), nil)
		if err != nil {
			t.Fatal(err)
		}
		took, calls := time.Since(began), w.server.Log.Since(mark)
		if took < 45*time.Second || took > 50*time.Second {
			t.Errorf("took %s", took)
		}
		if got := w.weights(1); !slices.ContainsFunc(got, equalTo(0)) || slices.ContainsFunc(got, func(g int) bool { return g != 0 }) {
			t.Errorf("the weights are %v, want 0", got)
		}
		if got := w.weights(2); slices.ContainsFunc(got, func(g int) bool { return g != 50 }) {
			t.Errorf("the weights of another member are %v, want 50", got)
		}
		apart(t, lines)
		if last := lines[len(lines)-1].Text; strings.Count(last, w.Key(1)) != 30 {
			t.Errorf("the last line is %q", last)
		}
		// SLB lists load balancers, the vserver groups of each, and both kinds of groups.
		most := 1 + 4*30
		if strings.HasPrefix(w.kind, "cloudlb_slb") {
			most += 2 * 30
		}
		if n := w.calls(calls); n > most || len(calls.Writes()) != 30 {
			t.Errorf("%d calls with %d writes, want at most %d with 30", n, len(calls.Writes()), most)
		}
		t.Logf("%d calls, %s", w.calls(calls), took)
	})
}

// What fails in one group does not keep the action from the others, and the errors and
// a warning say who has what.
func TestAnActionThatFailsInOneGroup(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]map[string]any{"drain": {"duration": "5s"}, "set_weight": {"weight": 7}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inManyGroups(t, 3, func(t *testing.T, w *world) {
				w.server.Faults.On("*").Where(func(c *fakecloud.Call) bool { return c.Write && c.Group == w.Groups[1] }).Times(0).Do(
					w.Codes.Refused.Fail("The specified parameter is not valid."))
				c := w.core(t)
				lines, _, err := c.Invoke(t.Context(), w.actionType(name), w.in("", 1, config), nil)
				says(t, err, w.Key(1), w.Groups[1], w.Codes.Refused.Code)
				want := 7
				if name == "drain" {
					want = 0
				}
				if got := w.weights(1); !slices.Equal(got, []int{want, 30, want}) {
					t.Errorf("the weights are %v", got)
				}
				last := lines[len(lines)-1].Text
				warned := strings.Join(c.Warnings(), "\n")
				if strings.Contains(err.Error(), w.Groups[0]+" ") || !strings.Contains(last, w.Groups[0]) || strings.Contains(last, w.Groups[1]) ||
					!strings.Contains(warned, w.Groups[1]+" (weight 30 before)") || !strings.Contains(warned, w.Groups[2]) {
					t.Errorf("error %v, last line %q, warnings %s", err, last, warned)
				}
			})
		})
	}
}

// Groups that cannot be read are one error for each cause, and the others are drained.
func TestAnActionThatCannotReadSomeGroups(t *testing.T) {
	t.Parallel()
	inManyGroups(t, 4, func(t *testing.T, w *world) {
		for _, g := range w.Groups[2:] {
			w.server.Faults.On(w.ops.read[0]).Where(func(c *fakecloud.Call) bool { return c.Group == g }).Times(0).Do(
				fakecloud.Fail(403, "Forbidden.RAM", "not allowed"))
		}
		_, _, err := w.core(t).Invoke(t.Context(), w.actionType("drain"), w.in("", 1, map[string]any{"duration": "5s"}), nil)
		says(t, err, w.Groups[2], w.Groups[3], "Forbidden.RAM")
		if n := strings.Count(err.Error(), "Forbidden.RAM"); n != 1 {
			t.Errorf("the cause is told %d times: %v", n, err)
		}
		if got := w.weights(1); !slices.Equal(got, []int{0, 0, 30, 30}) {
			t.Errorf("the weights are %v", got)
		}
	})
}

// Who looks for a server that is in no group hears where it was looked for.
func TestAnActionOnAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	inManyGroups(t, 8, func(t *testing.T, w *world) {
		c := w.core(t)
		_, _, err := c.Invoke(t.Context(), w.actionType("drain"), w.in(w.group, 9, nil), nil)
		says(t, err, w.HostOf(9), w.group, w.Region, w.Host)
		_, _, err = c.Invoke(t.Context(), w.actionType("set_weight"), w.in("", 9, map[string]any{"weight": 1}), nil)
		says(t, err, w.HostOf(9), w.Region)
		w.Drop(w.group)
		<-time.After(5 * time.Second) // no listing is shared as long
		_, _, err = c.Invoke(t.Context(), w.actionType("drain"), w.in(w.group, 1, nil), nil)
		says(t, err, w.group)
		if n := len(w.server.Log.All().Writes()); n != 0 {
			t.Errorf("%d writes", n)
		}
	})
}

// A removal in the same run, after an action has drained the member, drains no more.
func TestARemovalAfterADrainIsSparedTheWait(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		c := w.core(t)
		o, a := c.New(w.kind), w.attributes(1)
		a["drain_duration"] = "30s"
		if err := c.Apply(t.Context(), o, a); err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Invoke(t.Context(), w.actionType("drain"), w.in(w.group, 1, map[string]any{"duration": "30s"}), nil); err != nil {
			t.Fatal(err)
		}
		w.holds(t, map[int]int{1: 0})
		mark, began := w.mark(), time.Now()
		if err := c.Apply(t.Context(), o, nil); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("the removal took %s", took)
		}
		w.wrote(t, mark, 1)
		w.holds(t, nil)
	})
}

func TestAnActionIsCheckedAtPlan(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		c := w.core(t)
		for _, tt := range []struct {
			action string
			more   map[string]any
			says   string
		}{
			{"drain", map[string]any{"duration": "0s"}, "duration"},
			{"drain", map[string]any{"duration": "soon"}, "duration"},
			{"drain", map[string]any{"duration": "20m"}, "timeouts.invoke"},
			{"drain", map[string]any{"duration": "1m", "timeouts": map[string]any{"invoke": "1m"}}, "timeouts.invoke"},
			{"drain", map[string]any{w.Host: "not/that"}, w.Host},
			{"set_weight", map[string]any{"weight": 101}, "weight"},
			{"set_weight", map[string]any{"weight": -1}, "weight"},
			{"drain", map[string]any{"duration": "1h", "timeouts": map[string]any{"invoke": "61m"}}, ""},
			{"drain", map[string]any{"duration": "", "timeouts": map[string]any{"invoke": "31s"}}, ""},
			{"drain", map[string]any{"duration": "1h", "timeouts": map[string]any{"invoke": acctest.Unknown}}, ""},
			{"drain", map[string]any{w.Host: acctest.Unknown, "duration": acctest.Unknown, w.Group: acctest.Unknown}, ""},
			{"set_weight", map[string]any{"weight": acctest.Unknown, "region": acctest.Unknown}, ""},
			{"set_weight", map[string]any{"weight": 0, w.Group: ""}, ""},
		} {
			err := c.PlanAction(t.Context(), w.actionType(tt.action), w.in(w.group, 1, tt.more))
			if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("%s %v: %v, want %q", tt.action, tt.more, err, tt.says)
			}
		}
		lacks := acctest.NewCore(t, w.serve, map[string]any{w.Cloud: map[string]any{}})
		says(t, lacks.PlanAction(t.Context(), w.actionType("drain"), w.in(w.group, 1, nil)), "region", "redentials")
		if n := len(w.server.Log.All()); n != 0 {
			t.Errorf("%d calls", n)
		}
	})
}
