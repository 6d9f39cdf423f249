package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud/traffic"
)

// runs makes one run, with a real Terraform, of less than the usual load, which
// must show what it should.
func runs(t *testing.T, args ...string) result {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("runs a real terraform; set TF_ACC=1")
	}
	file := filepath.Join(t.TempDir(), "figures.json")
	var out bytes.Buffer
	args = append(args, "--rate", "60", "--json", file, "--terraform", os.Getenv("TF_ACC_TERRAFORM_PATH"))
	if code := command(t.Context(), args, &out, &out); code != program.OK {
		t.Fatalf("exit status %d\n%s", code, &out)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var results []result
	if err := json.Unmarshal(b, &results); err != nil || len(results) != 1 {
		t.Fatalf("%d results, %v", len(results), err)
	}
	r := results[0]
	if last := r.Seconds[len(r.Seconds)-1]; last.failed() > 0 || last.Backends["green-1"].Requests == 0 || last.Backends["blue-1"].Requests > 0 {
		t.Errorf("the last second: %+v", last)
	}
	return r
}

// members are how many members the writes of each kind name.
func (r result) members() string {
	n := map[string]int{}
	for _, w := range r.Writes {
		n[w.Kind] += w.Members
	}
	return fmt.Sprint(n)
}

func TestAccTrafficWithoutDrainsLosesRequests(t *testing.T) { //nolint:paralleltest // real traffic in real time: two at once would only show how busy the machine is
	r := runs(t, "--cloud", "slb", "--scenario", plain, "--single")
	if got := r.members(); got != "map[add:3 remove:3]" {
		t.Errorf("members in writes: %s", got)
	}
}

func TestAccTrafficWithDrainsLosesNone(t *testing.T) { //nolint:paralleltest // real traffic in real time: two at once would only show how busy the machine is
	r := runs(t, "--cloud", "elb", "--scenario", graceful)
	if got := r.members(); got != "map[add:3 remove:3 weight:3]" {
		t.Errorf("members in writes: %s", got)
	}
}

// Nobody comes or goes in the scenario steps, and the shares are judged.
func TestAccTrafficBySteps(t *testing.T) { //nolint:paralleltest // real traffic in real time: two at once would only show how busy the machine is
	r := runs(t, "--cloud", "slb", "--scenario", steps)
	for _, w := range r.Writes {
		if w.Kind != "weight" {
			t.Errorf("%+v", w)
		}
	}
	if len(r.Steps) != len(shares) || len(r.Shutdown) != 0 {
		t.Errorf("steps %+v, shut down %+v", r.Steps, r.Shutdown)
	}
}

func TestStepsAreJudgedByTheirTraffic(t *testing.T) {
	t.Parallel()
	// Each step takes a second's apply, which is not looked at, and then two.
	run := func(green ...int) *result {
		r := &result{Scenario: steps}
		for i, share := range shares {
			r.Steps = append(r.Steps, step{share, span{float64(3 * i), float64(3*i) + 0.5}})
		}
		for _, g := range green {
			r.Seconds = append(r.Seconds, second{}, greenGets(g), greenGets(g))
		}
		return r
	}
	for _, tc := range []struct {
		r    *result
		says string
	}{
		{run(10, 25, 50, 90, 100), ""},
		{run(11, 26, 51, 89, 99), ""},
		{run(10, 25, 60, 90, 100), "green got 60.0 % of the requests at a share of 50 %"},
		{run(10, 25, 50, 90, 90), "green got 90.0 % of the requests at a share of 100 %"},
		{run(10, 25, 50, 90), "no whole second is left to see the step to 100 % in"},
		{&result{Scenario: steps}, "it made 0 of 5 steps"},
		{&result{Scenario: steps, Failed: 1}, "requests failed, and none should have"},
	} {
		if got := tc.r.judge(); got != tc.says {
			t.Errorf("%q, want %q", got, tc.says)
		}
	}
}

// greenGets is a second of 100 requests, of which so many went to green.
func greenGets(green int) second {
	return second{Backends: map[string]share{"blue-1": {Requests: 100 - green}, "green-2": {Requests: green}}}
}

func TestWrongFlagsAreExplained(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args string
		code int
		says string
	}{
		{"--help", program.OK, "2 % of the requests"},
		{"--nonsense", program.Misused, "nonsense"},
		{"nonsense", program.Misused, "nonsense"},
		{"--cloud ecs", program.Misused, "ecs"},
		{"--scenario rude", program.Misused, "rude"},
		{"--runs 0", program.Misused, "--runs"},
		{"--rate 0", program.Misused, "--rate"},
		{"--propagation -1s", program.Misused, "--propagation"},
		{"--single", program.Misused, "plain"},
		{"--terraform /nowhere/terraform", program.Failed, "/nowhere/terraform"},
	} {
		var out bytes.Buffer
		if code := command(t.Context(), strings.Fields(tc.args), &out, &out); code != tc.code || !strings.Contains(out.String(), tc.says) {
			t.Errorf("%q: exit status %d, want %d; %q should be in %s", tc.args, code, tc.code, tc.says, &out)
		}
	}
}

func TestScenariosAreJudgedByTheirFailures(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		scenario string
		failed   int
		good     bool
	}{{graceful, 0, true}, {graceful, 1, false}, {plain, 0, false}, {plain, 1, true}} {
		r := &result{Scenario: tc.scenario, Failed: tc.failed}
		var out bytes.Buffer
		if code := conclude([]*result{r}, &out); (code == program.OK) != tc.good {
			t.Errorf("%s with %d failures: exit status %d, %s", tc.scenario, tc.failed, code, &out)
		}
	}
}

func TestRequestsCountForTheSecondInWhichTheyWereDue(t *testing.T) {
	t.Parallel()
	seven := 7
	r := &result{Backends: []string{"blue-1", "green-1"}, Weights: []change{{0.5, "blue-1", &seven}, {1.5, "blue-1", nil}}}
	const ms = time.Millisecond
	r.count([]sent{
		{due: 1900 * ms, took: 10 * ms, target: "b"},
		{due: 0, took: 20 * ms, target: "b"},
		{due: 999 * ms, took: 2000 * ms, target: "b", failure: "502"},
		{due: 1000 * ms, took: 1 * ms, failure: "503"},
		{due: 1999 * ms, took: 30 * ms, target: "g"},
	}, 2, map[string]string{"b": "blue-1", "g": "green-1"})
	want := []second{
		{Backends: map[string]share{"blue-1": {Requests: 2, Failed: 1, Weight: &seven}, "green-1": {}}},
		{Backends: map[string]share{"blue-1": {Requests: 1}, "green-1": {Requests: 1}}, Nobody: 1},
	}
	if !reflect.DeepEqual(r.Seconds, want) {
		t.Errorf("%+v\nwant %+v", r.Seconds, want)
	}
	if r.Requests != 5 || r.Failed != 2 || failuresOf(r) != "502 x 1, 503 x 1" {
		t.Errorf("%d requests, %d failed: %s", r.Requests, r.Failed, failuresOf(r))
	}
	if r.Latency != (latency{20, 30, 30}) {
		t.Errorf("latency of those that succeeded %+v", r.Latency)
	}
	var out bytes.Buffer
	table(&out, []*result{r})
	if !strings.Contains(out.String(), "2 (40.00 %)") || !strings.Contains(out.String(), "2 of 2") {
		t.Errorf("table\n%s", &out)
	}
}

func TestMembersThatComeAndGoAreNoticedAndWeightsKept(t *testing.T) {
	t.Parallel()
	began := time.Now()
	w := &watched{began: began}
	nameOf := map[string]string{"a": "blue-1", "b": "green-1"}
	see := func(second int, members map[string]int) string {
		come, gone := w.see(began.Add(time.Duration(second)*time.Second), members, nameOf)
		return fmt.Sprint(come, gone)
	}
	for i, step := range []struct {
		members map[string]int
		want    string // come and gone
	}{
		{map[string]int{"a": 100}, "[blue-1] []"}, {map[string]int{"a": 100, "b": 0}, "[green-1] []"}, {map[string]int{"a": 0, "b": 0}, "[] []"},
		{map[string]int{"b": 0}, "[] [blue-1]"}, {map[string]int{"b": 0}, "[] []"},
	} {
		if got := see(i, step.members); got != step.want {
			t.Errorf("step %d: come and gone %s, want %s", i, got, step.want)
		}
	}
	var got []string
	for _, c := range w.changes {
		weight := "-"
		if c.Weight != nil {
			weight = fmt.Sprint(*c.Weight)
		}
		got = append(got, fmt.Sprintf("%g %s %s", c.At, c.Backend, weight))
	}
	if s, want := strings.Join(got, ", "), "0 blue-1 100, 1 green-1 0, 2 blue-1 0, 3 blue-1 -"; s != want {
		t.Errorf("%s, want %s", s, want)
	}
}

func TestWritesAreInOrderOfTheirAnswers(t *testing.T) {
	t.Parallel()
	began := time.Now()
	got := writesOf(fakecloud.Entries{
		{Op: "ListMembers", Start: began},
		{Op: "BatchCreateMembers", Write: true, Items: 3, Status: 201, Start: began, Took: 3 * time.Second},
		{Op: "DeleteMember", Write: true, Items: 1, Status: 204, Start: began.Add(time.Second), Took: time.Second},
		{Op: "SetVServerGroupAttribute", Write: true, Items: 2, Status: 200, Start: began.Add(5 * time.Second)},
		{Op: "CreateRocket", Write: true, Start: began.Add(6 * time.Second)},
	}, began, fakecloud.Ops{Add: []string{"BatchCreateMembers"}, Update: []string{"SetVServerGroupAttribute"}, Remove: []string{"DeleteMember"}})
	var s []string
	for _, w := range got {
		s = append(s, fmt.Sprintf("%g %s %d %d", w.At, w.Kind, w.Members, w.Status))
	}
	if got, want := strings.Join(s, ", "), "2 remove 1 204, 3 add 3 201, 5 weight 2 200, 6 CreateRocket 0 0"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The load goes on while answers are missing, over connections that are kept
// alive, and a request in fifty is slow.
func TestTheLoadIsOpenAndSteady(t *testing.T) {
	t.Parallel()
	var slow, fast atomic.Int64
	release := make(chan struct{})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(traffic.TargetHeader, "x")
		switch r.FormValue(takeParam) {
		case slowTake.String():
			if slow.Add(1) == 2 {
				w.WriteHeader(http.StatusBadGateway)
			}
			<-release
		case fastTake.String():
			fast.Add(1)
		default:
			t.Errorf("request %s", r.URL)
		}
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	l := newLoad(listener.Addr().String(), 500, false, time.Now())
	stop := during(t.Context(), l.run)
	if err := until(t.Context(), "the third slow one came", func() bool { return slow.Load() >= 3 }); err != nil {
		t.Fatal(err)
	}
	close(release)
	stop()
	if n := int64(len(l.sent)); n != fast.Load()+slow.Load() || slow.Load() != n/slowEvery {
		t.Errorf("%d sent, of them %d fast and %d slow", n, fast.Load(), slow.Load())
	}
	failed := 0
	for i, s := range l.sent {
		if s.failure != "" {
			failed++
		}
		if s.target != "x" || s.took <= 0 || s.due%(2*time.Millisecond) != 0 {
			t.Errorf("request %d: %+v", i, s)
		}
	}
	if failed != 1 {
		t.Errorf("%d failed, want the one of 502", failed)
	}
	if l.opened.Load() >= int64(len(l.sent)) {
		t.Errorf("%d connections for %d requests", l.opened.Load(), len(l.sent))
	}
}

// What a backend goes through: booting, serving, destroyed with what it is at.
func TestABackendLosesItsRequestsWhenItIsDestroyed(t *testing.T) {
	t.Parallel()
	b, err := startBackend(t.Context(), "blue-1")
	if err != nil {
		t.Fatal(err)
	}
	defer b.destroy()
	get := func(ctx context.Context, take string) (int, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.address+"/?"+takeParam+"="+take, http.NoBody)
		if err != nil {
			return 0, err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	if code, err := get(t.Context(), ""); code != http.StatusServiceUnavailable {
		t.Errorf("not booted: %d, %v", code, err)
	}
	b.boot(time.Hour)
	if code, err := get(t.Context(), ""); code != http.StatusServiceUnavailable {
		t.Errorf("booting: %d, %v", code, err)
	}
	b.boot(0)
	if code, err := get(t.Context(), "1ms"); code != http.StatusOK {
		t.Errorf("booted: %d, %v", code, err)
	}
	lost := make(chan error, 1)
	go func() {
		_, err := get(t.Context(), "1h")
		lost <- err
	}()
	if err := until(t.Context(), "it is at the request", func() bool { return b.busy.Load() == 1 }); err != nil {
		t.Fatal(err)
	}
	b.destroy()
	if err := <-lost; err == nil {
		t.Error("a request outlives its backend")
	}
}
