package fakecloud

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestEffectsAnswerAndCommitAsTheySay(t *testing.T) {
	t.Parallel()
	const lost = -1 // no answer
	for _, tc := range []struct {
		name   string
		effect Effect
		status int
		body   string
		state  string // of the cloud, after a Put of a,b
	}{
		{"fail", Fail(400, "No", "not today"), 400, "No: not today", ""},
		{"fail after commit", FailAfterCommit(500, "Oops", "late"), 500, "Oops: late", "a,b"},
		{"throttle", Throttle(0), 429, "Slow: slow down", ""},
		{"reset before commit", ResetBeforeCommit(), lost, "", ""},
		{"reset after commit", ResetAfterCommit(), lost, "", "a,b"},
		{"raw", Raw(502, "text/html", "<html>"), 502, "<html>", ""},
		{"raw after commit", RawAfterCommit(200, "text/html", ""), 200, "", "a,b"},
		{"partial batch", PartialBatch(1, 500, "Half", "half done"), 500, "Half: half done", "a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			fronts(t, func(t *testing.T, s *Server, cloud *toy, f front) {
				s.Faults.On("Put").Do(tc.effect)
				got := f.put(t, "a,b")
				if tc.status == lost {
					if got.err == nil {
						t.Errorf("got answer %d, want a cut connection", got.status)
					}
				} else if got.err != nil || got.status != tc.status || got.body != tc.body {
					t.Errorf("got %d %q (%v), want %d %q", got.status, got.body, got.err, tc.status, tc.body)
				}
				if state := cloud.State(); state != tc.state {
					t.Errorf("state %q, want %q", state, tc.state)
				}
				log := s.Log.All()
				if len(log) != 1 || !log[0].Fault {
					t.Fatalf("log %+v, want one call marked as a fault", log)
				}
				if want := max(tc.status, 0); log[0].Status != want {
					t.Errorf("logged status %d, want %d", log[0].Status, want)
				}
				if again := f.put(t, "c"); again.status != 200 {
					t.Errorf("the call after the fault got %d (%v)", again.status, again.err)
				}
			})
		})
	}
}

func TestThrottleRoundsRetryAfterUp(t *testing.T) {
	t.Parallel()
	fronts(t, func(t *testing.T, s *Server, _ *toy, f front) {
		s.Faults.On("Get").Do(Throttle(1500 * time.Millisecond))
		if got := f.get(t).header.Get("Retry-After"); got != "2" {
			t.Errorf("Retry-After %q, want 2", got)
		}
	})
}

func TestHangLastsUntilTheClientGivesUp(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		effect Effect
		state  string
	}{
		{"before commit", Hang(), ""},
		{"after commit", HangAfterCommit(), "a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			fronts(t, func(t *testing.T, s *Server, cloud *toy, f front) {
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan struct{})
				s.Faults.On("Put").Do(func(c *Call, cl Cloud, execute func() Reply) Outcome {
					defer close(ended)
					return tc.effect(c, cl, func() Reply {
						defer cancel()
						return execute()
					})
				})
				if tc.state == "" {
					// Nothing is executed, so nothing else would cancel.
					s.Faults.Reset()
					s.Faults.On("Put").Where(func(*Call) bool { cancel(); return true }).
						Do(func(c *Call, cl Cloud, execute func() Reply) Outcome {
							defer close(ended)
							return tc.effect(c, cl, execute)
						})
				}
				got := f.do(ctx, http.MethodPut, "words=a")
				if !errors.Is(got.err, context.Canceled) {
					t.Errorf("got %d, %v; want the context's end", got.status, got.err)
				}
				<-ended // the server noticed
				if state := cloud.State(); state != tc.state {
					t.Errorf("state %q, want %q", state, tc.state)
				}
			})
		})
	}
}

func TestStaleReadSeesTheStateBeforeTheLastWrite(t *testing.T) {
	t.Parallel()
	fronts(t, func(t *testing.T, s *Server, _ *toy, f front) {
		f.put(t, "a")
		f.put(t, "b")
		s.Faults.On("Get").Do(StaleRead())
		if got := f.get(t).body; got != "a" {
			t.Errorf("stale read %q, want a", got)
		}
		if got := f.get(t).body; got != "a,b" {
			t.Errorf("next read %q, want a,b", got)
		}
	})
}

func TestAnotherActorWorksBeforeAndAfterACall(t *testing.T) {
	t.Parallel()
	fronts(t, func(t *testing.T, s *Server, cloud *toy, f front) {
		foreign := func(word string) func() {
			return func() { cloud.Execute(&Call{Write: true, Parsed: []string{word}}) }
		}
		s.Faults.On("Put").Do(Before(foreign("early")))
		s.Faults.On("Put").Nth(2).Do(After(foreign("late")))
		f.put(t, "a")
		f.put(t, "b")
		if got := cloud.State(); got != "early,a,b,late" {
			t.Errorf("state %q", got)
		}
	})
}

func TestRulesChooseCalls(t *testing.T) {
	t.Parallel()
	fail := Fail(400, "No", "")
	for _, tc := range []struct {
		name   string
		script func(*Script)
		want   string // of six calls, x where one was hit
	}{
		{"the first alone", func(s *Script) { s.On("Put").Do(fail) }, "x....."},
		{"from the third", func(s *Script) { s.On("Put").Nth(3).Do(fail) }, "..x..."},
		{"a row", func(s *Script) { s.On("Put").Nth(2).Times(3).Do(fail) }, ".xxx.."},
		{"without end", func(s *Script) { s.On("*").Nth(4).Times(0).Do(fail) }, "...xxx"},
		{"narrowed", func(s *Script) {
			s.On("Put").Times(0).Where(func(c *Call) bool { return c.Detail == "w1" || c.Detail == "w4" }).Do(fail)
		}, ".x..x."},
		{"each rule counts every call", func(s *Script) {
			s.On("Put").Nth(1).Do(fail)
			s.On("Put").Nth(2).Do(fail)
			s.On("Put").Nth(4).Do(fail)
		}, "xx.x.."},
		{"rules for one call follow each other", func(s *Script) {
			s.On("Put").Do(fail)
			s.On("Put").Do(fail)
		}, "xx...."},
		{"another action's", func(s *Script) { s.On("Get").Do(fail) }, "......"},
		{"an unfinished rule", func(s *Script) { s.On("Put") }, "......"},
		{"none after a reset", func(s *Script) { s.On("Put").Do(fail); s.Reset() }, "......"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := NewServer(&toy{}, nil, Latency{})
			f := inProcess(s)
			tc.script(&s.Faults)
			got := ""
			for i := range 6 {
				mark := "."
				if f.put(t, "w"+string(rune('0'+i))).status == 400 {
					mark = "x"
				}
				got += mark
			}
			if got != tc.want {
				t.Errorf("hit %s, want %s", got, tc.want)
			}
		})
	}
}

func TestARuleLastsFromItsFirstHit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(&toy{}, nil, Latency{})
		f := inProcess(s)
		rule := s.Faults.On("Get").During(10 * time.Second).Do(Fail(503, "Down", ""))
		wait := func(d time.Duration) { <-time.After(d) }
		wait(time.Minute) // does not count: nothing was hit yet
		var got []int
		for range 4 {
			got = append(got, f.get(t).status)
			wait(4 * time.Second)
		}
		if want := []int{503, 503, 503, 200}; !slices.Equal(got, want) {
			t.Errorf("statuses %v, want %v", got, want)
		}
		if rule.Hits() != 3 {
			t.Errorf("%d hits, want 3", rule.Hits())
		}
	})
}

func TestUnusedFaultsAreReported(t *testing.T) {
	t.Parallel()
	rec := &recorder{}
	s := NewServer(&toy{}, rec, Latency{})
	url := s.Start(rec)
	s.Faults.On("Get").Do(Fail(500, "No", ""))
	s.Faults.On("Put").Nth(2).Do(Fail(500, "No", ""))
	f := front{url, &http.Client{}}
	if got := f.get(t); got.status != 500 {
		t.Fatalf("got %d, %v", got.status, got.err)
	}
	rec.end()
	if len(rec.reports) != 1 || !strings.Contains(rec.reports[0], "fault on Put (from call 2) never fired") {
		t.Errorf("reports %q, want the rule on Put alone", rec.reports)
	}
	if got := f.get(t); got.err == nil {
		t.Error("the server still answers after the test's end")
	}
}
