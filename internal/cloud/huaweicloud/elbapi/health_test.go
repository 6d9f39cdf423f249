package elbapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// watched is a pool of two listeners with a health monitor, whose members are
// INITIAL in their first reading.
func watched(change ...func(*elbfake.Pool)) elbfake.Pool {
	p := elbfake.Pool{ID: testPool, Name: "web", Protocol: "TCP", Listeners: []string{"l1", "l2"}, HealthMonitor: true, InitialPolls: 1,
		Members: []elbfake.Member{{ID: memberA, Address: "10.0.0.5", Port: 80}, {ID: memberB, Address: "2001:db8::5", Port: 80, Subnet: "subnet-6"}}}
	for _, c := range change {
		c(&p)
	}
	return p
}

func unbound(p *elbfake.Pool)     { p.Listeners = nil }
func unmonitored(p *elbfake.Pool) { p.HealthMonitor = false }

// simulated is a simulated cloud of some pools, in process, and a client of it.
func simulated(t *testing.T, behaviour elbfake.Behaviour, pools ...elbfake.Pool) (*elbfake.Running, *Client) {
	t.Helper()
	r := elbfake.InProcess(t, elbfake.Seed{
		Region: "cn-north-4", Projects: []elbfake.Project{{ID: testProject, Name: "cn-north-4"}},
		Keys:          []elbfake.Key{{AK: testKeys.AccessKey, SK: testKeys.SecretKey}},
		Subnets:       []elbfake.Subnet{{ID: "subnet-6", CIDR: "2001:db8::/64", VPC: "vpc"}},
		LoadBalancers: []elbfake.LoadBalancer{{ID: "lb", VPC: "vpc", IPTarget: true, Listeners: []string{"l1", "l2"}}},
		Pools:         pools, Behaviour: behaviour,
	})
	return r, testClient(t, r.Server.Transport(), func(c *Config) { c.ELBEndpoint = r.URL })
}

// told is a Health in short: each check's member, listener, verdict, status and
// reason, and why nothing is checked.
func told(t *testing.T, g membership.Group) string {
	t.Helper()
	h, err := g.Health(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	verdicts := []string{membership.Pending: "pending", membership.Healthy: "healthy", membership.Unhealthy: "unhealthy", membership.Unchecked: "unchecked"}
	var lines []string
	for _, c := range h.Checks {
		if c.ID == "" || c.Key.Address == "" {
			t.Errorf("a check of no member: %+v", c)
		}
		lines = append(lines, c.Key.String()+" "+verdicts[c.Verdict]+" "+c.String())
	}
	slices.Sort(lines)
	if h.Unchecked != "" {
		lines = append(lines, "unchecked: "+h.Unchecked)
	}
	return strings.Join(lines, "\n")
}

func wantTold(t *testing.T, g membership.Group, want ...string) {
	t.Helper()
	if got := told(t, g); got != strings.Join(want, "\n") {
		t.Errorf("told\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// wantCalls checks the calls since the last mark, and marks.
func wantCalls(t *testing.T, r *elbfake.Running, mark *int, want string) {
	t.Helper()
	if got := strings.Join(r.Server.Log.Since(*mark).Ops(), " "); got != want {
		t.Errorf("calls %q, want %q", got, want)
	}
	*mark = r.Server.Log.Mark()
}

func TestHealthIsToldForEachListener(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := simulated(t, elbfake.Behaviour{}, watched())
		g, mark := c.Pool(testPool), 0
		wantTold(t, g,
			"10.0.0.5:80 pending listener l1: INITIAL", "10.0.0.5:80 pending listener l2: INITIAL",
			"[2001:db8::5]:80 pending listener l1: INITIAL", "[2001:db8::5]:80 pending listener l2: INITIAL")
		r.SetHealth(testPool, "10.0.0.5", 80, elbfake.Health{
			Condition: elbfake.Condition{Status: elbfake.Online}, // what the listeners say takes precedence
			Listeners: map[string]elbfake.Condition{"l2": {Status: elbfake.Offline,
				Reason: &elbfake.Reason{Code: "RESPONSE_MISMATCH", Expected: ptr("200"), Actual: ptr("503")}}},
		})
		wantTold(t, g,
			"10.0.0.5:80 healthy listener l1: ONLINE",
			"10.0.0.5:80 unhealthy listener l2: OFFLINE: RESPONSE_MISMATCH: expected 200, got 503",
			"[2001:db8::5]:80 healthy listener l1: ONLINE", "[2001:db8::5]:80 healthy listener l2: ONLINE")
		wantCalls(t, r, &mark, "ListMembers ListMembers")
	})
}

// The reason may stand beside the statuses alone, and then explains those that
// are bad.
func TestTheMembersOwnReasonStandsForItsListeners(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := simulated(t, elbfake.Behaviour{}, watched())
		r.SetHealth(testPool, "10.0.0.5", 80, elbfake.Health{
			Condition: elbfake.Condition{Status: elbfake.Offline, Reason: &elbfake.Reason{Code: "CONNECT_REFUSED"}},
			Listeners: map[string]elbfake.Condition{"l1": {Status: elbfake.Online}, "l2": {Status: elbfake.Offline}},
		})
		if got := told(t, c.Pool(testPool)); !strings.Contains(got, "l2: OFFLINE: CONNECT_REFUSED") || !strings.Contains(got, "l1: ONLINE\n") {
			t.Errorf("told\n%s", got)
		}
	})
}

func TestHealthWithoutTheStatusOfListenersIsTheMembersOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := simulated(t, elbfake.Behaviour{OmitStatus: true}, watched())
		r.SetHealth(testPool, "10.0.0.5", 80, elbfake.Health{Condition: elbfake.Condition{
			Status: elbfake.Offline, Reason: &elbfake.Reason{Code: "CONNECT_REFUSED"}}})
		wantTold(t, c.Pool(testPool), "10.0.0.5:80 unhealthy OFFLINE: CONNECT_REFUSED", "[2001:db8::5]:80 pending INITIAL")
	})
}

// What nothing checks is said to be so, and why; whatever may be checked is
// pending.
func TestWhatNothingChecksIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	no := elbfake.Behaviour{}
	for _, c := range []struct {
		name      string
		behaviour elbfake.Behaviour
		pool      elbfake.Pool
		want      string // verdict, check and reason
		calls     string
	}{
		{"no listener", no, watched(unbound), "unchecked UNKNOWN, no listener forwards to it", "ListMembers ShowPool"},
		{"no monitor", no, watched(unmonitored), "unchecked listener l1: NO_MONITOR, it has no health monitor", "ListMembers"},
		{"no monitor, no status of listeners", elbfake.Behaviour{OmitStatus: true}, watched(unmonitored), "unchecked NO_MONITOR, it has no health monitor", "ListMembers"},
		{"neither", no, watched(unbound, unmonitored), "unchecked NO_MONITOR, it has no health monitor", "ListMembers"},
		{"neither, and UNKNOWN", elbfake.Behaviour{UnattachedUnknown: true}, watched(unbound, unmonitored), "unchecked UNKNOWN, no listener forwards to it", "ListMembers ShowPool"},
		{"a load balancer without a listener", no, watched(unbound, func(p *elbfake.Pool) { p.LoadBalancers = []string{"lb"} }), "unchecked UNKNOWN, no listener forwards to it", "ListMembers ShowPool"},
		{"an endpoint that tells no listeners", elbfake.Behaviour{PoolOmits: []string{"listeners"}}, watched(unbound), "pending UNKNOWN, ", "ListMembers ShowPool"},
		{"an endpoint that tells no load balancers", elbfake.Behaviour{PoolOmits: []string{"loadbalancers"}}, watched(unbound), "unchecked UNKNOWN, no listener forwards to it", "ListMembers ShowPool"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c.pool.Members = c.pool.Members[:1]
				r, client := simulated(t, c.behaviour, c.pool)
				h, err := client.Pool(testPool).Health(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				want := map[membership.Verdict]string{membership.Pending: "pending", membership.Unchecked: "unchecked"}
				if got := want[h.Checks[0].Verdict] + " " + h.Checks[0].String() + ", " + h.Unchecked; got != c.want {
					t.Errorf("%s, want %s", got, c.want)
				}
				mark := 0
				wantCalls(t, r, &mark, c.calls)
			})
		})
	}
}

// A pool that is bound can have UNKNOWN members only: servers that ELB does
// not know yet. Whether anything will ever check them is the monitor's matter.
func TestUnknownMembersOfABoundPool(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		behaviour elbfake.Behaviour
		monitor   bool
		want      string
	}{
		"monitor":               {elbfake.Behaviour{}, true, ""},
		"no monitor":            {elbfake.Behaviour{}, false, noHealthMonitor},
		"no monitor, said null": {elbfake.Behaviour{PoolNulls: true}, false, noHealthMonitor},
		"monitor not told":      {elbfake.Behaviour{PoolOmits: []string{"healthmonitor_id"}}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, client := simulated(t, c.behaviour, watched(func(p *elbfake.Pool) { p.HealthMonitor = c.monitor }))
				for _, a := range []string{"10.0.0.5", "2001:db8::5"} {
					r.SetHealth(testPool, a, 80, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Unknown}})
				}
				h, err := client.Pool(testPool).Health(t.Context())
				if err != nil || h.Unchecked != c.want {
					t.Fatalf("unchecked %q, want %q: %v", h.Unchecked, c.want, err)
				}
				for _, check := range h.Checks {
					if (check.Verdict == membership.Unchecked) != (c.want != "") {
						t.Errorf("%s: verdict %d", check, check.Verdict)
					}
				}
			})
		})
	}
}

// One server that ELB does not know yet is no reason to ask about the pool,
// whose other members are checked.
func TestOneUnknownMemberAmongOthersIsPending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := simulated(t, elbfake.Behaviour{}, watched())
		for status, verdict := range map[string]string{
			elbfake.Unknown: "pending", elbfake.Initial: "pending", "": "pending", "REBOOTING": "pending",
			elbfake.Offline: "unhealthy", "DISABLED": "unhealthy", "online": "healthy", elbfake.NoMonitor: "unchecked",
		} {
			r.SetHealth(testPool, "2001:db8::5", 80, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Online}})
			r.SetHealth(testPool, "10.0.0.5", 80, elbfake.Health{Condition: elbfake.Condition{Status: status}})
			got := told(t, c.Pool(testPool))
			if !strings.HasPrefix(got, "10.0.0.5:80 "+verdict+" ") || strings.Contains(got, "\nunchecked") {
				t.Errorf("%q: %s", status, got)
			}
		}
		if n := r.Server.Log.All().Count("ShowPool"); n != 0 {
			t.Errorf("%d calls of ShowPool", n)
		}
	})
}

func TestAnEmptyPoolHasNoHealth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := simulated(t, elbfake.Behaviour{}, watched(unbound, func(p *elbfake.Pool) { p.Members = nil }))
		wantTold(t, c.Pool(testPool), "")
		mark := 0
		wantCalls(t, r, &mark, "ListMembers")
	})
}

// stuck is a pool that is bound and has only members that stay UNKNOWN.
func stuck(t *testing.T) (*elbfake.Running, membership.Group) {
	t.Helper()
	r, c := simulated(t, elbfake.Behaviour{}, watched(func(p *elbfake.Pool) { p.Members = p.Members[:1] }))
	r.SetHealth(testPool, "10.0.0.5", 80, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Unknown}})
	return r, c.Pool(testPool)
}

func TestAPollIsOneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, g := stuck(t)
		for range 29 {
			told(t, g)
			<-time.After(2 * time.Second)
		}
		log := r.Server.Log.All()
		if log.Count("ListMembers") != 29 || log.Count("ShowPool") != 1 {
			t.Errorf("29 polls within a minute took\n%s", log)
		}
		r.SetHealthMonitor(testPool, false)
		r.SetHealth(testPool, "10.0.0.5", 80, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Unknown}})
		<-time.After(3 * time.Second)
		if got := told(t, g); !strings.HasSuffix(got, "unchecked: "+noHealthMonitor) {
			t.Errorf("after a minute: %s", got)
		}
	})
}

func TestManyPollsAtOnceReadThePoolOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, g := stuck(t)
		for range 20 {
			go func() { told(t, g) }()
		}
		synctest.Wait()
		if n := r.Server.Log.All().Count("ShowPool"); n != 1 {
			t.Errorf("%d calls of ShowPool, want 1", n)
		}
	})
}

// That nothing checks a pool is forgotten sooner than that something does: a
// member added after a listener, in one run, must be waited for.
func TestAListenerThatComesLaterIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := simulated(t, elbfake.Behaviour{}, watched(unbound))
		g := c.Pool(testPool)
		for range 3 {
			if got := told(t, g); !strings.HasSuffix(got, "unchecked: "+noListener) {
				t.Fatal(got)
			}
		}
		if n := r.Server.Log.All().Count("ShowPool"); n != 1 {
			t.Errorf("%d calls of ShowPool, want 1", n)
		}
		r.SetListeners(testPool, "l1")
		for _, a := range []string{"10.0.0.5", "2001:db8::5"} { // ELB takes its time to check them
			r.SetHealth(testPool, a, 80, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Unknown}})
		}
		<-time.After(6 * time.Second)
		wantTold(t, g, "10.0.0.5:80 pending listener l1: UNKNOWN", "[2001:db8::5]:80 pending listener l1: UNKNOWN")
	})
}

// A pool that cannot be read beside its members says nothing about them, and
// is not asked about at each poll.
func TestAPoolThatCannotBeReadClaimsNothing(t *testing.T) {
	t.Parallel()
	for name, effect := range map[string]fakecloud.Effect{
		"denied":     fakecloud.Fail(403, "ELB.8903", "Forbidden"),
		"refused":    fakecloud.Fail(400, "ELB.8902", "no"),
		"not found":  fakecloud.Fail(404, "ELB.8904", "pool "+testPool+" could not be found."),
		"throttled":  fakecloud.Throttle(0),
		"failed":     fakecloud.Fail(500, "ELB.8906", "internal"),
		"no answer":  fakecloud.Hang(),
		"reset":      fakecloud.ResetBeforeCommit(),
		"no pool":    fakecloud.Raw(200, "application/json", `{"request_id":"r"}`),
		"empty pool": fakecloud.Raw(200, "application/json", `{"pool":{}}`),
		"HTML":       fakecloud.Raw(200, "text/html", "<html></html>"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, c := simulated(t, elbfake.Behaviour{}, watched(unbound))
				r.Server.Faults.On("ShowPool").Do(effect)
				g := c.Pool(testPool)
				for range 3 {
					wantTold(t, g, "10.0.0.5:80 pending UNKNOWN", "[2001:db8::5]:80 pending UNKNOWN")
				}
				synctest.Wait() // a call that hung is logged when its caller has gone
				if n := r.Server.Log.All().Count("ShowPool"); n != 1 {
					t.Errorf("%d calls of ShowPool, want 1", n)
				}
				<-time.After(lookKept)
				if got := told(t, g); !strings.HasSuffix(got, "unchecked: "+noListener) {
					t.Errorf("after a minute: %s", got)
				}
			})
		})
	}
}

// A caller that gives up ends its own wait alone.
func TestOneThatGivesUpLeavesNoAnswerForOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := simulated(t, elbfake.Behaviour{}, watched(unbound))
		r.Server.Faults.On("ShowPool").Do(fakecloud.Hang())
		g := c.Pool(testPool)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if h, err := g.Health(ctx); err != nil || h.Unchecked != "" {
			t.Errorf("%+v, %v", h, err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("it took %v", took)
		}
		if got := told(t, g); !strings.HasSuffix(got, "unchecked: "+noListener) {
			t.Errorf("the next: %s", got)
		}
	})
}

// The engine's wait, over the adapter and the simulated cloud.
func TestAWaitForHealthOfAPool(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pool elbfake.Pool
		note string // why nothing was waited for
		err  string
		list int // calls
		show int
	}{
		"healthy in the third reading": {watched(func(p *elbfake.Pool) { p.InitialPolls = 2 }), "", "", 3, 0},
		"no listener":                  {watched(unbound), "nothing checks the health of 10.0.0.5:80: no listener forwards to it", "", 1, 1},
		"no monitor":                   {watched(unmonitored), "nothing checks the health of 10.0.0.5:80: it has no health monitor", "", 1, 0},
		"never healthy":                {watched(func(p *elbfake.Pool) { p.InitialPolls = 1000 }), "", "listener l1: INITIAL, listener l2: INITIAL", -1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r, client := simulated(t, elbfake.Behaviour{}, c.pool)
				h := membership.New(membership.Options{}).Open(testPool, func() membership.Group { return client.Pool(testPool) })
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				notes, errs := h.AwaitHealthy(ctx, []membership.Member{{ID: memberA, Key: membership.Key{Address: "10.0.0.5", Port: 80}}})
				if notes[0] != c.note || (errs[0] == nil) != (c.err == "") || errs[0] != nil && !strings.Contains(errs[0].Error(), c.err) {
					t.Errorf("note %q, error %v", notes[0], errs[0])
				}
				log := r.Server.Log.All()
				if c.list >= 0 && log.Count("ListMembers") != c.list || log.Count("ShowPool") != c.show {
					t.Errorf("it took\n%s", log)
				}
			})
		})
	}
}

func TestHealthFailsAsAListingDoes(t *testing.T) {
	t.Parallel()
	for name, body := range unreadable {
		g, _ := testGroup(t, answers(200, body))
		if _, err := g.Health(t.Context()); !membership.Is(err, membership.Transient) {
			t.Errorf("%s: %v", name, err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		r, c := simulated(t, elbfake.Behaviour{}, watched())
		r.DeletePool(testPool)
		_, err := c.Pool(testPool).Health(t.Context())
		if e := wantClass(t, err, membership.NotFound); e.Code != "ELB.8904" || e.Action != "ListMembers" || e.RequestID == "" {
			t.Errorf("%+v", e)
		}
		r.Server.Faults.On("ListMembers").Do(fakecloud.Hang())
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := c.Pool(testPool).Health(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

func TestHealthReadsEveryPage(t *testing.T) {
	t.Parallel()
	g, w := testGroup(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("marker") != "" {
			write(w, 200, page(pageSize, 5, ""))
			return
		}
		write(w, 200, page(0, pageSize, "m1999"))
	})
	h, err := g.Health(t.Context())
	if err != nil || len(h.Checks) != pageSize+5 || len(w.Requests()) != 2 || h.Unchecked != noHealthMonitor {
		t.Errorf("%d checks in %d calls, unchecked %q: %v", len(h.Checks), len(w.Requests()), h.Unchecked, err)
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	g, _ := testGroup(t, answers(200, `{"members":[{"id":"a","address":"10.0.0.1","operating_status":"OFFLINE","status":null,
		"reason":{"reason_code":"CONNECT_TIMEOUT","expected_response":null,"healthcheck_response":null}},
		{"id":"b","address":"10.0.0.2","operating_status":"OFFLINE","reason":{"reason_code":"RESPONSE_MISMATCH","expected_response":"200-204,300"}},
		{"id":"c","address":"10.0.0.3","operating_status":"OFFLINE","reason":{"healthcheck_response":"503"}},
		{"id":"d","address":"10.0.0.4","operating_status":"OFFLINE","reason":{}},
		{"id":"e","address":"10.0.0.5"}]}`))
	wantTold(t, g,
		"10.0.0.1:0 unhealthy OFFLINE: CONNECT_TIMEOUT",
		"10.0.0.2:0 unhealthy OFFLINE: RESPONSE_MISMATCH: expected 200-204,300",
		"10.0.0.3:0 unhealthy OFFLINE: got 503",
		"10.0.0.4:0 unhealthy OFFLINE",
		"10.0.0.5:0 pending ")
}
