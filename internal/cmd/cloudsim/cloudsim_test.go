package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// settings are a part of what the provider block needs for a cloud.
type settings struct {
	Region    string
	ProjectID string `json:"project_id"`
	AccessKey string `json:"access_key"`
	Endpoints map[string]string
}

// running is a cloudsim inside the test, with what it tells when it is ready.
type running struct {
	URL       string
	Alicloud  *settings
	Huawei    *settings `json:"huaweicloud"`
	Listeners map[string]map[string]string

	t      *testing.T
	cancel context.CancelFunc
	done   chan int
	stdout *bufio.Reader // after the first line
	ready  map[string]any
	stderr *lockedBuffer
	nonce  int
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	return startWith(t, stages.Products(), args...)
}

func startWith(t *testing.T, products []fakecloud.Product, args ...string) *running {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{t: t, cancel: cancel, done: make(chan int, 1), stderr: &lockedBuffer{}}
	out, in := io.Pipe()
	go func() {
		code := run(ctx, products, args, in, r.stderr)
		_ = in.Close()
		r.done <- code
	}()
	t.Cleanup(cancel)
	r.stdout = bufio.NewReader(out)
	line, err := r.stdout.ReadBytes('\n')
	if err != nil {
		t.Fatalf("not ready: %v; exit status %d; %s", err, <-r.done, r.stderr)
	}
	if err := errors.Join(json.Unmarshal(line, r), json.Unmarshal(line, &r.ready)); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return r
}

func (r *running) stop() {
	r.t.Helper()
	r.cancel()
	if code := <-r.done; code != program.OK {
		r.t.Errorf("exit status %d; %s", code, r.stderr)
	}
}

// call makes a request and reads a JSON answer into out, where there is one.
func (r *running) call(method, path, body string, out any) int {
	r.t.Helper()
	status, answer := r.send(method, path, body)
	if out != nil {
		if err := json.Unmarshal([]byte(answer), out); err != nil {
			r.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return status
}

func (r *running) send(method, path, body string) (status int, answer string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.URL+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(all)
}

var curlLine = regexp.MustCompile(`^curl (?:-X ([A-Z]+) )?(?:-d '(.*)' )?http://127\.0\.0\.1:[0-9]+(/\S*)$`)

// curl makes the request of a line that a page or an example shows, and is the
// answer.
func (r *running) curl(line string) (status int, answer string) {
	r.t.Helper()
	m := curlLine.FindStringSubmatch(line)
	if m == nil {
		r.t.Fatalf("%q is no line that this test understands", line)
	}
	method := cmp.Or(m[1], "GET")
	if m[2] != "" {
		method = cmp.Or(m[1], "POST")
	}
	return r.send(method, m[3], m[2])
}

// weights are all members of all groups, as the admin page shows them.
func (r *running) weights() map[string]int {
	r.t.Helper()
	var held map[string]map[string]int
	if code := r.call("GET", "/_admin/held", "", &held); code != http.StatusOK {
		r.t.Fatalf("GET /_admin/held: %d", code)
	}
	all := map[string]int{}
	for group, members := range held {
		for key, weight := range members {
			all[group+" "+key] = weight
		}
	}
	return all
}

func TestReadyTellsWhatTheProviderBlockNeeds(t *testing.T) {
	t.Parallel()
	r := startWith(t, withGroups())
	defer r.stop()
	for want, got := range map[string]*settings{
		"cn-hangzhou cloudsim  alb nlb slb sts":          r.Alicloud,
		"cn-north-4 cloudsim project-quickstart elb iam": r.Huawei,
	} {
		endpoints := strings.Join(slices.Sorted(maps.Keys(got.Endpoints)), " ")
		if s := strings.Join([]string{got.Region, got.AccessKey, got.ProjectID, endpoints}, " "); s != want {
			t.Errorf("%s, want %s", s, want)
		}
	}
}

func TestStateIsWhatEachCloudHolds(t *testing.T) {
	t.Parallel()
	r := start(t)
	defer r.stop()
	var state map[string]struct {
		LoadBalancers []struct{ ID string } `json:"load_balancers"`
	}
	r.call("GET", "/_admin/state", "", &state)
	for cloud, want := range map[string]string{"alicloud": "lb-quickstart", "huaweicloud": "elb-quickstart"} {
		if lbs := state[cloud].LoadBalancers; len(lbs) != 1 || lbs[0].ID != want {
			t.Errorf("%s holds %+v, want %s", cloud, lbs, want)
		}
	}
}

func TestAnotherActorAddsAndRemovesMembersThroughTheAdminPage(t *testing.T) {
	t.Parallel()
	r := start(t)
	defer r.stop()
	for _, tc := range []struct{ cloud, member, key string }{
		{"slb", `{"load_balancer_id": "lb-quickstart", "server_id": "i-web-1", "weight": 0}`, "lb-quickstart i-web-1"},
		{"slb", `{"vserver_group_id": "rsp-quickstart", "server_id": "i-web-1", "port": 80, "weight": 0}`, "rsp-quickstart i-web-1:80"},
		{
			"slb", `{"load_balancer_id": "lb-quickstart", "server_id": "eni-web-1", "type": "eni", "server_ip": "10.0.1.12", "weight": 0}`,
			"lb-quickstart eni-web-1:10.0.1.12",
		},
		{"elb", `{"pool_id": "pool-quickstart", "address": "10.0.2.7", "protocol_port": 80, "weight": 0}`, "pool-quickstart 10.0.2.7:80"},
	} {
		if code := r.call("POST", "/_admin/"+tc.cloud+"/add", tc.member, nil); code != http.StatusOK {
			t.Errorf("add %s: %d; %s", tc.key, code, r.stderr)
		}
		if weight, ok := r.weights()[tc.key]; !ok || weight != 0 {
			t.Errorf("%s: weight %d, there: %t; want weight 0", tc.key, weight, ok)
		}
		if code := r.call("POST", "/_admin/"+tc.cloud+"/remove", tc.member, nil); code != http.StatusOK {
			t.Errorf("remove %s: %d", tc.key, code)
		}
		if _, ok := r.weights()[tc.key]; ok {
			t.Errorf("%s is still there after its removal", tc.key)
		}
		if code := r.call("POST", "/_admin/"+tc.cloud+"/remove", tc.member, nil); code != http.StatusNotFound {
			t.Errorf("remove %s, which is not there: %d, want 404", tc.key, code)
		}
	}
}

func TestAdminPageRefusesWhatItCannotDo(t *testing.T) {
	t.Parallel()
	r := start(t)
	defer r.stop()
	before := r.weights()
	for path, bodies := range map[string][]string{
		"slb/add": {
			``, `[]`, `{"pool_id": "x"}`, `{"server_id": "i-web-1"}`, `{"load_balancer_id": "lb-quickstart"}`,
			`{"load_balancer_id": "lb-none", "server_id": "i-web-1"}`,
			`{"load_balancer_id": "lb-quickstart", "server_id": "i-web-1", "weight": 101}`,
			`{"load_balancer_id": "lb-quickstart", "vserver_group_id": "rsp-quickstart", "server_id": "i-web-1", "port": 80}`,
			`{"vserver_group_id": "rsp-quickstart", "server_id": "i-web-1"}`,
		},
		"elb/add": {`{"pool_id": "none", "address": "10.0.2.7", "protocol_port": 80}`, `{"pool_id": "pool-quickstart", "address": "x"}`},
	} {
		for _, body := range bodies {
			var answer problem
			if code := r.call("POST", "/_admin/"+path, body, &answer); code != http.StatusBadRequest || answer.Error == "" {
				t.Errorf("%s %s: %d %q, want 400 and a reason", path, body, code, answer.Error)
			}
		}
	}
	if after := r.weights(); len(after) != len(before) {
		t.Errorf("members %v became %v", before, after)
	}
	for _, since := range []string{"x", "1", "1-", "1-2-3", "-1-0"} {
		if code := r.call("GET", "/_admin/log?since="+since, "", nil); code != http.StatusBadRequest {
			t.Errorf("log since %q: %d, want 400", since, code)
		}
	}
}

func TestOnePortTellsTheCloudsApartAndLogsTheirCalls(t *testing.T) {
	t.Parallel()
	r := start(t)
	defer r.stop()
	// Nobody signed these, so that each cloud refuses in its own words.
	slb := "/?Action=DescribeLoadBalancerAttribute&Version=2014-05-15&LoadBalancerId=lb-quickstart"
	for _, path := range []string{slb, "/v3/projects", "/v3/project-quickstart/elb/pools"} {
		if code := r.call("GET", path, "", nil); code == http.StatusOK {
			t.Errorf("GET %s needs no signature", path)
		}
	}
	var page logPage
	r.call("GET", "/_admin/log", "", &page)
	var got []string
	for _, e := range page.Entries {
		got = append(got, e.Cloud+" "+e.Op+" "+e.Code)
	}
	want := "alicloud DescribeLoadBalancerAttribute MissingParameter, " +
		"huaweicloud KeystoneListProjects APIGW.0301, huaweicloud ListPools APIGW.0301"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("log %s\nwant %s", s, want)
	}

	r.call("GET", slb, "", nil)
	var next logPage
	r.call("GET", "/_admin/log?since="+page.Next, "", &next)
	if len(next.Entries) != 1 || next.Entries[0].Seq != 2 {
		t.Errorf("the next page has %+v, want the second SLB call alone", next.Entries)
	}
}

func TestLogHoldsBackWhatFollowsACallUnderWay(t *testing.T) {
	t.Parallel()
	var page logPage
	finished := fakecloud.Entries{{Seq: 4}, {Seq: 5}, {Seq: 7}} // 6 is under way
	if last := page.add("alicloud", finished, 3); last != 5 || len(page.Entries) != 2 {
		t.Errorf("%d entries up to %d, want 2 up to 5", len(page.Entries), last)
	}
}

func TestRequestsThatNoCorrectClientSendsAreNamedOnStderr(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "seed.json")
	if err := os.WriteFile(file, []byte(`{"alicloud": {"region": "cn-hangzhou", "load_balancers": []}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, "--seed", file)
	defer r.stop()
	if r.Alicloud == nil || r.Huawei != nil {
		t.Errorf("ready with %+v and %+v, want alicloud alone", r.Alicloud, r.Huawei)
	}
	for _, path := range []string{"/nowhere", "/v3/projects", "/?Action=Nonsense&Version=2014-05-15"} {
		before := r.stderr.String()
		code := r.call("GET", path, "", nil)
		if code < 400 || code == http.StatusNotFound {
			t.Errorf("GET %s: %d; a 404 may be read as deleted", path, code)
		}
		if r.stderr.String() == before {
			t.Errorf("GET %s is not named on standard error", path)
		}
	}
}

func TestRestartsCleanlyOnTheSamePort(t *testing.T) {
	t.Parallel()
	portfile := filepath.Join(t.TempDir(), "port.json")
	first := start(t, "--portfile", portfile, "--read-latency", "1ms")
	first.call("POST", "/_admin/slb/remove", `{"load_balancer_id": "lb-quickstart", "server_id": "i-legacy-1"}`, nil)
	first.call("GET", "/v3/projects", "", nil)
	var written running
	if b, err := os.ReadFile(portfile); err != nil || json.Unmarshal(b, &written) != nil || written.URL != first.URL {
		t.Errorf("port file: %s, %v; want the URL %s", b, err, first.URL)
	}
	first.stop()
	if _, err := os.Stat(portfile); !os.IsNotExist(err) {
		t.Errorf("the port file outlives the program: %v", err)
	}

	second := start(t, "--listen", strings.TrimPrefix(first.URL, "http://"))
	defer second.stop()
	var page logPage
	second.call("GET", "/_admin/log", "", &page)
	if weight := second.weights()["lb-quickstart i-legacy-1"]; weight != 50 || len(page.Entries) != 0 {
		t.Errorf("after the restart: weight %d and %d calls, want those of the seed, 50 and none", weight, len(page.Entries))
	}
}

func TestExitStatusTellsWhatWentWrong(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	seed := func(text string) string {
		file := filepath.Join(t.TempDir(), "seed.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	badMember := `{"huaweicloud": {"region": "r", "projects": [{"id": "p", "name": "r"}],
		"pools": [{"id": "pool", "protocol": "TCP", "members": [{"address": "10.0.0.1", "protocol_port": 80, "subnet_cidr_id": "none"}]}]}}`
	for name, tc := range map[string]struct {
		args []string
		code int
		says string
	}{
		"help":              {[]string{"--help"}, program.OK, "--lock-tail"},
		"print seed":        {[]string{"--print-seed"}, program.OK, "lb-quickstart"},
		"examples":          {[]string{"--example", "list"}, program.OK, "throttled "},
		"unknown example":   {[]string{"--example", "nonsense"}, program.Misused, "blue-green "},
		"example and seed":  {[]string{"--example", "slb", "--seed", "x"}, program.Misused, "of its own"},
		"example's seed":    {[]string{"--example", "elb", "--print-seed"}, program.OK, "pool-web"},
		"wrong fault":       {[]string{"--seed", seed(`{"alicloud": {"region": "x", "faults": [{"do": "x"}]}}`)}, program.Misused, `do "x" is none of`},
		"wrong health":      {[]string{"--seed", seed(`{"alicloud": {"region": "x", "health": [{"staus": "x"}]}}`)}, program.Misused, `unknown field "staus"`},
		"unknown flag":      {[]string{"--nonsense"}, program.Misused, "nonsense"},
		"argument":          {[]string{"nonsense"}, program.Misused, "nonsense"},
		"all addresses":     {[]string{"--listen", ":0"}, program.Misused, "--allow-remote"},
		"remote address":    {[]string{"--listen", "192.0.2.1:0"}, program.Misused, "--allow-remote"},
		"remote allowed":    {[]string{"--listen", "192.0.2.1:0", "--allow-remote"}, program.Failed, "192.0.2.1"},
		"no port":           {[]string{"--listen", "127.0.0.1"}, program.Misused, "port"},
		"port taken":        {[]string{"--listen", taken.Addr().String()}, program.Failed, "in use"},
		"no seed file":      {[]string{"--seed", filepath.Join(t.TempDir(), "none.json")}, program.Misused, "none.json"},
		"empty seed":        {[]string{"--seed", seed(`{}`)}, program.Misused, "none of"},
		"two seeds":         {[]string{"--seed", seed(`{} {}`)}, program.Misused, "more"},
		"unknown cloud":     {[]string{"--seed", seed(`{"aws": {}}`)}, program.Misused, "aws"},
		"unknown field":     {[]string{"--seed", seed(`{"alicloud": {"regoin": "x"}}`)}, program.Misused, "regoin"},
		"impossible member": {[]string{"--seed", seed(badMember)}, program.Misused, "10.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // what does start stops at once
			var stdout, stderr bytes.Buffer
			code := run(ctx, stages.Products(), tc.args, &stdout, &stderr)
			if code != tc.code || !strings.Contains(stdout.String()+stderr.String(), tc.says) {
				t.Errorf("exit status %d, want %d; %q should be in %s%s", code, tc.code, tc.says, &stdout, &stderr)
			}
		})
	}
}

// lockedBuffer may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// A seed with users gives tokens, under both of IAM's paths.
func TestIAMLogsIn(t *testing.T) {
	t.Parallel()
	seed := filepath.Join(t.TempDir(), "seed.json")
	text := `{"huaweicloud": {"region": "cn-north-4", "projects": [{"id": "p", "name": "cn-north-4"}],
  "users": [{"name": "robot", "password": "pw"}], "agencies": [{"name": "own"}]}}`
	if err := os.WriteFile(seed, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, "--seed", seed)
	defer r.stop()
	token := ""
	for _, call := range []struct{ path, body string }{
		{"/v3/auth/tokens", `{"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"robot","password":"pw","domain":{"name":"domain"}}}},"scope":{"project":{"id":"p"}}}}`},
		{"/v3.0/OS-CREDENTIAL/securitytokens", `{"auth":{"identity":{"methods":["assume_role"],"assume_role":{"agency_name":"own","domain_name":"domain"}}}}`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+call.path, strings.NewReader(call.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		if token != "" {
			req.Header.Set("X-Auth-Token", token)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if token = resp.Header.Get("X-Subject-Token"); resp.StatusCode != http.StatusCreated {
			t.Errorf("%s: HTTP %d", call.path, resp.StatusCode)
		}
	}
}

func TestKeysOfAnInstanceAndOfACredentialsURIAreServed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "seed.json")
	seed := `{"alicloud": {"region": "cn-hangzhou", "load_balancers": [], "instance": "machine", "credentials_path": "/credentials"}}`
	if err := os.WriteFile(file, []byte(seed), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, "--seed", file)
	defer r.stop()
	for _, path := range []string{"/latest/meta-data/ram/security-credentials/machine", "/credentials"} {
		var keys struct{ SecurityToken string }
		if code := r.call("GET", path, "", &keys); code != http.StatusOK || keys.SecurityToken == "" {
			t.Errorf("GET %s: %d, %+v", path, code, keys)
		}
	}
	if r.Alicloud.Endpoints["sts"] != r.URL {
		t.Errorf("the endpoint of STS is %s", r.Alicloud.Endpoints["sts"])
	}
}
