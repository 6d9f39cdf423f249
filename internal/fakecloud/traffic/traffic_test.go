package traffic

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// cloud is what an API would tell.
type cloud struct {
	mu      sync.Mutex
	targets []Target
}

func (c *cloud) set(ts ...Target) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.targets = ts
}

func (c *cloud) get() []Target {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.targets
}

// backend is a real server. A request to /hold is told to entered and waits for
// release.
type backend struct {
	name, address string
	sick          atomic.Bool
	requests      atomic.Int64 // but for probes
	entered       chan struct{}
	release       chan struct{}
}

func newBackend(t *testing.T, name string) *backend {
	t.Helper()
	b := &backend{name: name, entered: make(chan struct{}, 100), release: make(chan struct{})}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/health" && b.sick.Load():
			w.WriteHeader(http.StatusInternalServerError)
			return
		case r.URL.Path == "/health":
			return
		case r.URL.Path == "/hold":
			b.entered <- struct{}{}
			select {
			case <-b.release:
			case <-r.Context().Done():
			}
		}
		b.requests.Add(1)
		fmt.Fprint(w, b.name)
	}))
	t.Cleanup(s.Close)
	b.address = s.Listener.Addr().String()
	return b
}

func (b *backend) weighing(weight int) Target {
	return Target{Key: b.name, Address: b.address, Weight: weight}
}

func quick() *Check {
	return &Check{Path: "/health", Interval: 5 * time.Millisecond, Timeout: 2 * time.Second, Healthy: 1, Unhealthy: 1}
}

func listen(t *testing.T, mode Mode, c *cloud, o Options) *Listener {
	t.Helper()
	l, err := Listen(t.Context(), Config{Mode: mode, Targets: c.get, Options: o})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return l
}

// eventually waits until it is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatalf("not in 20 s: %s", what)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func (l *Listener) is(key string, s Status) func() bool {
	return func() bool { return l.Health(key).Status == s }
}

var visitor = &http.Client{Transport: &http.Transport{}}

// get makes a request: the status, who answered, and the target in the header.
func get(ctx context.Context, l *Listener, path string) (code int, who, target string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.Address()+path, http.NoBody)
	if err != nil {
		return 0, "", "", err
	}
	resp, err := visitor.Do(req)
	if err != nil {
		return 0, "", "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), resp.Header.Get(TargetHeader), err
}

// share is who answered n requests.
func share(t *testing.T, l *Listener, n int) map[string]int {
	t.Helper()
	answers := map[string]int{}
	for range n {
		code, who, target, err := get(t.Context(), l, "/")
		if err != nil || code != http.StatusOK || target != who {
			t.Fatalf("answer %d by %q, header %q, %v", code, who, target, err)
		}
		answers[who]++
	}
	return answers
}

func TestEachRequestIsBalancedAnewByWeight(t *testing.T) {
	t.Parallel()
	a, b, c := newBackend(t, "a"), newBackend(t, "b"), newBackend(t, "c")
	api := &cloud{}
	api.set(a.weighing(3), b.weighing(1), c.weighing(0))
	l := listen(t, HTTP, api, Options{})
	// All on one connection that is kept alive.
	if got := share(t, l, 80); got["a"] != 60 || got["b"] != 20 || got["c"] != 0 {
		t.Errorf("3, 1, 0: %v", got)
	}
	api.set(a.weighing(0), b.weighing(1), c.weighing(1))
	if got := share(t, l, 40); got["a"] != 0 || got["b"] != 20 || got["c"] != 20 {
		t.Errorf("0, 1, 1, from the next request on: %v", got)
	}
	api.set()
	if code, _, target, err := get(t.Context(), l, "/"); code != http.StatusServiceUnavailable || target != "" {
		t.Errorf("without a target: %d by %q, %v", code, target, err)
	}
}

func TestOnlyTargetsThatWereFoundHealthyAreUsed(t *testing.T) {
	t.Parallel()
	a, b := newBackend(t, "a"), newBackend(t, "b")
	b.sick.Store(true)
	api := &cloud{}
	nowhere := Target{Key: "nowhere", Weight: 1}
	api.set(a.weighing(1), b.weighing(1), nowhere)
	l := listen(t, HTTP, api, Options{Health: quick()})
	eventually(t, "a is healthy", l.is("a", Healthy))
	eventually(t, "b is unhealthy", l.is("b", Unhealthy))
	eventually(t, "nowhere is unhealthy", l.is("nowhere", Unhealthy))
	if h := l.Health("b"); h.Cause != WrongAnswer || h.Answer != http.StatusInternalServerError {
		t.Errorf("b: %+v", h)
	}
	if got := share(t, l, 10); got["a"] != 10 {
		t.Errorf("b is sick: %v", got)
	}
	b.sick.Store(false)
	eventually(t, "b is healthy", l.is("b", Healthy))
	if got := share(t, l, 10); got["b"] != 5 {
		t.Errorf("b has recovered: %v", got)
	}
	a.sick.Store(true)
	b.sick.Store(true)
	eventually(t, "neither is healthy", func() bool { return l.is("a", Unhealthy)() && l.is("b", Unhealthy)() })
	if code, _, _, err := get(t.Context(), l, "/"); code != http.StatusServiceUnavailable {
		t.Errorf("all are sick: %d, %v", code, err)
	}
	if h := l.Health("c"); h != (Health{}) {
		t.Errorf("a target that is not there: %+v", h)
	}
}

func TestANewTargetIsPendingUntilItsFirstSuccess(t *testing.T) {
	t.Parallel()
	a, b := newBackend(t, "a"), newBackend(t, "b")
	api := &cloud{}
	api.set(a.weighing(1))
	// The threshold of failures is never reached, that of successes counts later.
	l := listen(t, HTTP, api, Options{Health: &Check{Path: "/health", Interval: time.Millisecond, Healthy: 5, Unhealthy: 1 << 30}})
	eventually(t, "a is healthy", l.is("a", Healthy))
	b.sick.Store(true)
	api.set(a.weighing(1), b.weighing(1))
	eventually(t, "b was probed", func() bool { return l.Health("b").Cause == WrongAnswer })
	if got := share(t, l, 10); got["b"] != 0 || l.Health("b").Status != Pending {
		t.Errorf("b is %+v and had %v", l.Health("b"), got)
	}
	b.sick.Store(false)
	eventually(t, "b is healthy", l.is("b", Healthy))

	// Out and in again, it is new again.
	b.sick.Store(true)
	api.set(a.weighing(1))
	eventually(t, "b is gone", l.is("b", Unwatched))
	api.set(a.weighing(1), b.weighing(1))
	eventually(t, "b is pending", l.is("b", Pending))
}

func TestATargetThatMovedIsProbedAnew(t *testing.T) {
	t.Parallel()
	a, b := newBackend(t, "a"), newBackend(t, "b")
	b.sick.Store(true)
	api := &cloud{}
	api.set(a.weighing(1))
	l := listen(t, HTTP, api, Options{Health: quick()})
	eventually(t, "a is healthy", l.is("a", Healthy))
	api.set(Target{Key: "a", Address: b.address, Weight: 1})
	eventually(t, "a is where b is, and sick", l.is("a", Unhealthy))
}

func TestARemovedTargetsRequestsGoOnOrAreCut(t *testing.T) {
	t.Parallel()
	for _, removal := range []Removal{Keep, Cut} {
		a, b := newBackend(t, "a"), newBackend(t, "b")
		api := &cloud{}
		api.set(a.weighing(1))
		l := listen(t, HTTP, api, Options{OnRemove: removal})
		type answer struct {
			code int
			who  string
		}
		held := make(chan answer, 1)
		go func() {
			code, who, _, _ := get(t.Context(), l, "/hold")
			held <- answer{code, who}
		}()
		<-a.entered
		api.set(b.weighing(1))
		if got := share(t, l, 4); got["b"] != 4 {
			t.Errorf("after the removal of a: %v", got)
		}
		if removal == Keep {
			close(a.release)
			if got := <-held; got != (answer{http.StatusOK, "a"}) {
				t.Errorf("kept: %+v", got)
			}
			continue
		}
		if got := <-held; got.code != http.StatusBadGateway {
			t.Errorf("cut: %+v", got)
		}
	}
}

func TestATargetThatDiesFailsItsRequestsAndNoOther(t *testing.T) {
	t.Parallel()
	a, b := newBackend(t, "a"), newBackend(t, "b")
	api := &cloud{}
	dead := deadAddress(t)
	api.set(a.weighing(1), Target{Key: "dead", Address: dead, Weight: 1}, b.weighing(1))
	l := listen(t, HTTP, api, Options{})
	for range 9 {
		code, _, target, err := get(t.Context(), l, "/")
		want := http.StatusOK
		if target == "dead" {
			want = http.StatusBadGateway
		}
		if err != nil || code != want {
			t.Errorf("%s: %d, %v", target, code, err)
		}
	}
	if n := a.requests.Load() + b.requests.Load(); n != 6 {
		t.Errorf("the others had %d requests, want 6", n)
	}
}

// deadAddress is where nothing listens.
func deadAddress(t *testing.T) string {
	t.Helper()
	s, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	return s.Addr().String()
}

func TestAChangeReachesTheListenerAfterItsPropagation(t *testing.T) {
	t.Parallel()
	a, b := newBackend(t, "a"), newBackend(t, "b")
	api := &cloud{}
	api.set(a.weighing(1))
	const delay = 200 * time.Millisecond
	l := listen(t, HTTP, api, Options{Propagation: delay})
	changed := time.Now()
	api.set(b.weighing(1))
	eventually(t, "b answers", func() bool { return share(t, l, 1)["b"] == 1 })
	if took := time.Since(changed); took < delay {
		t.Errorf("it took %s, want %s or more", took, delay)
	}
}

// labelled tells whether goroutines are there that descend from one that has
// the label.
func labelled(t *testing.T, label string) bool {
	t.Helper()
	var b strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	return strings.Contains(b.String(), label)
}

func TestCloseEndsAllThatIsUnderWay(t *testing.T) {
	t.Parallel()
	a, echo := newBackend(t, "a"), lines(t, "echo")
	client := &http.Client{Transport: &http.Transport{}}
	both := &cloud{}
	both.set(a.weighing(1), Target{Key: "dead", Address: deadAddress(t), Weight: 1})
	plain := &cloud{}
	plain.set(echo)
	const label = "closed-by-the-test"
	var p *Plane
	var err error
	pprof.Do(t.Context(), pprof.Labels("of", label), func(ctx context.Context) {
		p, err = Open(ctx, map[string]Config{
			"http": {Mode: HTTP, Targets: both.get, Options: Options{Health: quick()}},
			"tcp":  {Mode: TCP, Targets: plain.get},
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if !labelled(t, label) {
		t.Fatal("this test would not see a goroutine that is left")
	}
	eventually(t, "a is healthy", p.Listener("http").is("a", Healthy))
	failed := make(chan error, 1)
	go func() {
		resp, err := client.Get("http://" + p.Addresses()["http"] + "/hold")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				err = fmt.Errorf("%s", resp.Status)
			}
		}
		failed <- err
	}()
	<-a.entered
	conn, err := dial(t, p.Listener("tcp"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; err == nil {
		t.Error("a request outlives its listener")
	}
	if err := conn.echo(); err == nil {
		t.Error("a connection outlives its listener")
	}
	client.CloseIdleConnections()
	_ = conn.Close()
	eventually(t, "no goroutine is left", func() bool { return !labelled(t, label) })
	if err := p.Close(); err != nil {
		t.Errorf("closed again: %v", err)
	}
}

func TestWhatCannotBeServedIsAnError(t *testing.T) {
	t.Parallel()
	if _, err := Listen(t.Context(), Config{Mode: "udp", Targets: (&cloud{}).get}); err == nil {
		t.Error("udp is served")
	}
	api := &cloud{}
	first := listen(t, TCP, api, Options{})
	_, err := Open(t.Context(), map[string]Config{"a": {Mode: HTTP, Address: first.Address(), Targets: api.get}})
	if err == nil || !strings.Contains(err.Error(), "listener a") {
		t.Errorf("two listeners at one address: %v", err)
	}
}
