package fakecloud

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// toy is the smallest cloud: a list of words. GET / reads it; PUT
// /?words=a,b&lock=l appends to it; anything else is refused.
type toy struct {
	waits bool // a write waits for its lock

	mu            sync.Mutex
	words, before []string
}

func (t *toy) Parse(c *Call) *Reply {
	q := c.HTTP.URL.Query()
	switch c.HTTP.Method {
	case http.MethodGet:
		c.Op = "Get"
	case http.MethodPut:
		c.Op, c.Write, c.Lock, c.Group = "Put", true, q.Get("lock"), "words"
		words := strings.Split(q.Get("words"), ",")
		c.Parsed, c.Items, c.Members, c.Detail = words, len(words), words, q.Get("words")
	default:
		r := t.Error(c, 400, "Unknown", "unknown method")
		return &r
	}
	return nil
}

func (t *toy) Execute(c *Call) Reply {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !c.Write {
		words := t.words
		if c.Stale {
			words = t.before
		}
		return Reply{Status: 200, ContentType: "text/plain", Body: []byte(strings.Join(words, ","))}
	}
	words := c.Parsed.([]string)
	if c.Only > 0 && c.Only < len(words) {
		words = words[:c.Only]
	}
	t.before = slices.Clone(t.words)
	t.words = append(t.words, words...)
	return Reply{Status: 200, ContentType: "text/plain", Body: []byte("ok")}
}

func (t *toy) Busy(c *Call) (Reply, bool) {
	return t.Error(c, 409, "Busy", "busy"), !t.waits
}

func (t *toy) Error(_ *Call, status int, code, message string) Reply {
	return Reply{Status: status, ContentType: "text/plain", Body: []byte(code + ": " + message), Code: code}
}

func (t *toy) Throttled(c *Call) Reply { return t.Error(c, 429, "Slow", "slow down") }

func (t *toy) State() any {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.words, ",")
}

// front is one of the two ways to reach a server.
type front struct {
	base string
	http *http.Client
}

// fronts runs a test over a socket and in process.
func fronts(t *testing.T, test func(t *testing.T, s *Server, cloud *toy, f front)) {
	t.Run("loopback", func(t *testing.T) {
		t.Parallel()
		cloud := &toy{}
		s := NewServer(cloud, t, Latency{})
		ts := httptest.NewServer(s)
		t.Cleanup(ts.Close)
		test(t, s, cloud, front{ts.URL, ts.Client()})
	})
	t.Run("in process", func(t *testing.T) {
		t.Parallel()
		cloud := &toy{}
		s := NewServer(cloud, t, Latency{})
		test(t, s, cloud, inProcess(s))
	})
}

func inProcess(s *Server) front {
	return front{"http://toy.example.com", &http.Client{Transport: s.Transport()}}
}

// answer is what a client got.
type answer struct {
	status int
	body   string
	header http.Header
	err    error
}

func (f front) do(ctx context.Context, method, query string) answer {
	r, err := http.NewRequestWithContext(ctx, method, f.base+"/?"+query, nil)
	if err != nil {
		return answer{err: err}
	}
	resp, err := f.http.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, body: string(b), header: resp.Header, err: err}
}

func (f front) get(t *testing.T) answer { return f.do(t.Context(), http.MethodGet, "") }
func (f front) put(t *testing.T, words string) answer {
	return f.do(t.Context(), http.MethodPut, "lock=l&words="+words)
}

// recorder is a Reporter, or a TB, that keeps what it is told.
type recorder struct {
	mu       sync.Mutex
	reports  []string
	cleanups []func()
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reports = append(r.reports, fmt.Sprintf(format, args...))
}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) end() {
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
}
