package fakecloud

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// toys is a product of toys: Put adds, and there is one group, words.
func toys(jobs bool) Product {
	k := Kind{Ops: Ops{Add: []string{"Put"}, Read: []string{"Get"}}, Codes: Codes{Busy: Code{409, "Usual"}}}
	if jobs {
		k.Ops.Poll = []string{"Poll"}
	}
	return Product{Kinds: []Kind{k}, Simulate: func(_ []byte, _ *Account, r Reporter, l Latency) (*Simulation, error) {
		return &Simulation{
			Server: NewServer(&toy{}, r, l), Ward: &Ward{}, Actions: []string{"Get", "Put"},
			Held: func() map[string]map[string]int { return map[string]map[string]int{"words": nil} },
		}, nil
	}}
}

func begun(t *testing.T, seed string) (*Simulation, front) {
	t.Helper()
	s, err := toys(false).Begin([]byte(seed), &Account{}, t, Latency{})
	if err != nil {
		t.Fatal(err)
	}
	return s, inProcess(s.Server)
}

// Each thing that a fault may do to a call, as written: what the client gets, and
// what the cloud holds after a Put of a,b and then one of c.
func TestFaultsDoAsWritten(t *testing.T) {
	t.Parallel()
	for fault, want := range map[string]string{
		`{"do": "throttle", "retry_after": "1500ms", "times": 1}`:                           "429 Slow: slow down | 200 ok | c",
		`{"do": "busy", "times": 1}`:                                                        "409 Busy: busy | 200 ok | c",
		`{"do": "refuse", "code": "No", "message": "why"}`:                                  "400 No: why | 400 No: why | ",
		`{"do": "refuse", "code": "No", "status": 500, "committed": true}`:                  "500 No:  | 500 No:  | a,b,c",
		`{"do": "refuse", "code": "No", "only": 1, "on": "add", "times": 1}`:                "400 No:  | 200 ok | a,c",
		`{"do": "page", "on": "Put"}`:                                                       "502 <html><h1>Bad Gateway</h1></html> | 502 <html><h1>Bad Gateway</h1></html> | ",
		`{"do": "page", "status": 200, "body": "<p>", "committed": true}`:                   "200 <p> | 200 <p> | a,b,c",
		`{"do": "reset", "on": "write", "times": 1}`:                                        "0  | 200 ok | c",
		`{"do": "reset", "committed": true, "after": 1}`:                                    "200 ok | 0  | a,b,c",
		`{"do": "reset", "on": "read"}`:                                                     "200 ok | 200 ok | a,b,c",
		`{"do": "reset", "group": "words", "member": "c"}`:                                  "200 ok | 0  | a,b",
		`{"do": "throttle", "calls": 1, "per": "1m"}`:                                       "200 ok | 429 Slow: slow down | a,b",
		`[{"do": "stale", "on": "read"}, {"do": "refuse", "code": "No", "times": 1}]`:       "400 No:  | 200 ok | c",
		`[{"name": "x", "do": "reset"}, {"name": "x", "do": "refuse", "code": "No"}]`:       "400 No:  | 400 No:  | ",
		`[{"do": "refuse", "code": "A", "times": 1}, {"do": "refuse", "code": "B"}]`:        "400 A:  | 400 B:  | ",
		`[{"do": "slow", "delay": "1s"}, {"do": "hang", "member": "a", "committed": true}]`: "0  | 200 ok | a,b,c",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, f := begun(t, `{"faults": `+fault+`}`)
				f.http.Timeout = time.Minute
				got := ""
				for _, words := range []string{"a,b", "c"} {
					a := f.put(t, words)
					got += fmt.Sprintf("%d %s | ", a.status, a.body)
				}
				if got += s.Server.State().(string); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
}

// A fault that is written wrong is refused by the name of what is wrong, and none of
// its list is scripted.
func TestWhatIsWrongWithAFaultIsNamed(t *testing.T) {
	t.Parallel()
	s, f := begun(t, `{}`)
	for fault, why := range map[string]string{
		`{"do": "refuse", "code": "A", "tiems": 1}`:            `unknown field "tiems"`,
		`{"do": "explode"}`:                                    `do "explode" is none of busy, fail_job, hang`,
		`{}`:                                                   `do "" is none of`,
		`{"do": "refuse"}`:                                     "refuse needs code",
		`{"do": "reset", "code": "A"}`:                         "code means nothing to reset",
		`{"do": "slow", "delay": "soon"}`:                      `invalid duration "soon"`,
		`{"do": "slow", "delay": "-1s"}`:                       "not above 0",
		`{"do": "reset", "times": -1}`:                         "0 or more",
		`{"do": "reset", "calls": 1}`:                          "calls goes with per",
		`{"do": "page", "status": 99}`:                         "status 99",
		`{"do": "reset", "group": "wrods"}`:                    "there is no group wrods; there are words",
		`{"do": "reset", "on": "Putt"}`:                        `on "Putt" is none of add, remove, update, write, read, or of the actions Get, Put`,
		`{"do": "fail_job", "code": "A"}`:                      "writes are jobs",
		`[{"do": "reset"}, {"do": "reset", "gruop": "words"}]`: `{"do": "reset", "gruop": "words"}: json: unknown field "gruop"`,
		`{"do": "reset"} {}`:                                   "more after the end",
		`"reset"`:                                              "cannot unmarshal string",
	} {
		if err := s.AddFaults([]byte(fault)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %s", fault, err, why)
		}
	}
	for health, why := range map[string]string{
		`{"status": "ill"}`:                         `status "ill" is none of [healthy unhealthy`,
		`{"status": "healthy", "server": "a"}`:      `unknown field "server"`,
		`{"status": "healthy", "group": "nowhere"}`: "there is no group nowhere",
	} {
		if err := s.SayHealth([]byte(health)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %s", health, err, why)
		}
	}
	if got := f.put(t, "a"); got.status != 200 || len(s.Faults()) != 0 || len(s.Ward.All()) != 0 {
		t.Errorf("got %+v, with %+v", got, s.Faults())
	}
	for _, seed := range []string{`{"faults": [{"do": "explode"}]}`, `{"health": [{}]}`} {
		if _, err := toys(false).Begin([]byte(seed), &Account{}, t, Latency{}); err == nil {
			t.Errorf("%s is taken", seed)
		}
	}
	if s, err := toys(true).Begin([]byte(`{"faults": [{"do": "fail_job", "code": "A"}]}`), &Account{}, t, Latency{}); err != nil || len(s.Faults()) != 1 {
		t.Errorf("a job that fails, where there are jobs: %v", err)
	}
}

// Faults are listed with how often they were asked and fired, are in the log by
// name, last as long as they say, and go when they are removed.
func TestScriptedFaultsAreCountedAndRemoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, f := begun(t, `{"faults": [{"name": "down", "on": "Get", "do": "refuse", "code": "Down", "for": "10s"}, {"do": "slow", "delay": "2s"}]}`)
		began := time.Now()
		for _, want := range []int{400, 400, 200} { // a refusal takes no time
			if got := f.get(t).status; got != want {
				t.Errorf("got %d, want %d", got, want)
			}
			<-time.After(6 * time.Second)
		}
		if took := time.Since(began); took != 20*time.Second {
			t.Errorf("took %v, want three waits and one slow call", took)
		}
		var got []string
		for _, r := range s.Faults() {
			got = append(got, fmt.Sprint(r.Name, " ", r.Seen, " ", r.Fired))
		}
		for _, e := range s.Server.Log.All() {
			got = append(got, fmt.Sprint(e.Fault, " ", e.Rules))
		}
		if want := []string{"down 3 2", "fault-2 3 3", "true down fault-2", "true down fault-2", "true fault-2"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if !s.RemoveFault("fault-2") || s.RemoveFault("fault-2") || len(s.Faults()) != 1 {
			t.Error("a fault is removed by its name, once")
		}
		if !s.RemoveFault("") || len(s.Faults()) != 0 {
			t.Error("without a name all are removed")
		}
		if f.get(t); len(s.Server.Log.All()) != 4 || s.Server.Log.All()[3].Fault {
			t.Errorf("after that: %+v", s.Server.Log.All())
		}
	})
}

// What was said last of a member counts, for as long as it holds.
func TestAWardIsAsWasSaidLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &Ward{}
		is := func(group, member, listener string, want Condition) {
			t.Helper()
			h, said := w.Of(group, member, listener)
			if said != (want != "") || said && h.Status != want {
				t.Errorf("%s %s %s: %q, %t; want %q", group, member, listener, h.Status, said, want)
			}
		}
		w.Say(Health{Member: "i-a", Status: Unhealthy, Reason: "CODE"})
		w.Say(Health{Group: "g", Member: "i-a:80", Listener: "l", Status: Checking})
		is("g", "i-a:80", "l", Checking)
		is("g", "i-a:80", "m", Unhealthy)
		is("g", "i-a:81", "l", Unhealthy)
		is("g", "i-ab:80", "l", "")
		w.Say(Health{Group: "g", Status: Healthy, For: Duration(time.Minute)})
		is("g", "i-a:80", "l", Healthy)
		is("h", "i-a:80", "l", Unhealthy)
		<-time.After(time.Minute)
		is("g", "i-a:80", "l", Checking)
		w.Say(Health{Member: "i-a:80", Status: AsChecked})
		is("g", "i-a:80", "l", "")
		is("g", "i-a:81", "l", Unhealthy)
		w.Say(Health{Status: AsChecked})
		if all := w.All(); len(all) != 0 {
			t.Errorf("left is %+v", all)
		}
		w.Say(Health{Member: "2001:db8::5", Status: Unhealthy})
		is("g", "[2001:db8::5]:80", "", Unhealthy)
	})
}
