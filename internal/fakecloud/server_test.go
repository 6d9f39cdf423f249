package fakecloud

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestLogIsInOrderOfArrival(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(&toy{}, nil, Latency{Write: time.Second})
		f := inProcess(s)
		var wg sync.WaitGroup
		wg.Go(func() { f.put(t, "slow") })
		synctest.Wait()
		f.get(t) // arrives later, ends sooner
		if got := s.Log.All().Ops(); !slices.Equal(got, []string{"Get"}) {
			t.Errorf("log while the write is under way: %v", got)
		}
		wg.Wait()
		mark := s.Log.Mark()
		f.do(t.Context(), http.MethodPost, "")
		all := s.Log.All()
		if got := all.Ops(); !slices.Equal(got, []string{"Put", "Get", ""}) {
			t.Errorf("log %v, want the order of arrival", got)
		}
		if got := s.Log.Since(mark); len(got) != 1 || got[0].Code != "Unknown" {
			t.Errorf("since the mark: %+v, want the refused call alone", got)
		}
		put := all[0]
		if put.Took != time.Second || put.Items != 1 || put.Lock != "l" || put.Group != "words" || !put.Write {
			t.Errorf("entry %+v", put)
		}
		if all.Count("Get") != 1 || len(all.Writes()) != 1 || all.BusyAnswers() != 0 {
			t.Errorf("counts of %v are wrong", all)
		}
		if text := all.String(); strings.Count(text, "\n") != 3 || !strings.Contains(text, "400 Unknown") || !strings.Contains(text, "slow") {
			t.Errorf("listing:\n%s", text)
		}
	})
}

func TestAWriteWhoseLockIsHeldIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := &toy{}
		s := NewServer(cloud, nil, Latency{Write: time.Second})
		f := inProcess(s)
		var wg sync.WaitGroup
		wg.Go(func() { f.put(t, "first") })
		synctest.Wait()
		if got := f.put(t, "second"); got.status != 409 {
			t.Errorf("the second write got %d, want busy", got.status)
		}
		if got := f.do(t.Context(), http.MethodPut, "lock=other&words=elsewhere"); got.status != 200 {
			t.Errorf("a write on another lock got %d", got.status)
		}
		if got := f.do(t.Context(), http.MethodPut, "words=free"); got.status != 200 {
			t.Errorf("a write without a lock got %d", got.status)
		}
		wg.Wait()
		if got := f.put(t, "third"); got.status != 200 {
			t.Errorf("the write after the first ended got %d", got.status)
		}
		if got := cloud.State(); strings.Contains(got.(string), "second") || !strings.Contains(got.(string), "third") {
			t.Errorf("state %q", got)
		}
		if n := s.Log.All().BusyAnswers(); n != 1 {
			t.Errorf("%d busy answers logged, want 1", n)
		}
		if n := s.Log.MaxInFlight("l"); n != 2 {
			t.Errorf("%d writes in flight, want the 2 that clients sent", n)
		}
		if n := s.Log.MaxInFlight("other"); n != 1 {
			t.Errorf("%d writes in flight on the other lock, want 1", n)
		}
	})
}

func TestAWriteWaitsForItsLockWhereTheCloudSaysSo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(&toy{waits: true}, nil, Latency{Write: time.Second})
		f := inProcess(s)
		start := time.Now()
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if got := f.put(t, "w"); got.status != 200 {
					t.Errorf("got %d, want success after the wait", got.status)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("three writes of a second took %v, want one after another", took)
		}
	})
}

func TestALockIsHeldForItsTail(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(&toy{}, nil, Latency{LockTail: 2 * time.Second})
		f := inProcess(s)
		var got []int
		for range 3 {
			got = append(got, f.put(t, "w").status)
			<-time.After(1500 * time.Millisecond)
		}
		if want := []int{200, 409, 200}; !slices.Equal(got, want) {
			t.Errorf("statuses %v, want %v", got, want)
		}
		if got := f.get(t).status; got != 200 {
			t.Errorf("a read during the tail got %d", got)
		}
		if n := s.Log.MaxInFlight("l"); n != 1 {
			t.Errorf("%d in flight, want 1: the tail is no write under way", n)
		}
	})
}

func TestAFaultWithoutExecutionTakesNoLock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(&toy{}, nil, Latency{LockTail: time.Minute})
		f := inProcess(s)
		s.Faults.On("Put").Do(ResetBeforeCommit())
		if got := f.put(t, "a"); got.err == nil {
			t.Errorf("got %d, want a cut connection", got.status)
		}
		if got := f.put(t, "b").status; got != 200 {
			t.Errorf("got %d, want a free lock", got)
		}
		if got := f.put(t, "c").status; got != 409 {
			t.Errorf("got %d, want the tail of the write before", got)
		}
	})
}

func TestLatencyIsThatOfTheKindOfCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(&toy{}, nil, Latency{Read: time.Second})
		f := inProcess(s)
		took := func(do func()) time.Duration {
			start := time.Now()
			do()
			return time.Since(start)
		}
		if d := took(func() { f.get(t) }); d != time.Second {
			t.Errorf("a read took %v", d)
		}
		s.SetLatency(Latency{Write: 3 * time.Second})
		if d := took(func() { f.put(t, "w") }); d != 3*time.Second {
			t.Errorf("a write took %v", d)
		}
		if d := took(func() { f.get(t) }); d != 0 {
			t.Errorf("a read took %v after the change", d)
		}
	})
}

func TestACancelledWriteReturnsAtOnceAndGoesOnAtTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := &toy{}
		s := NewServer(cloud, nil, Latency{Write: time.Minute})
		f := inProcess(s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if got := f.do(ctx, http.MethodPut, "lock=l&words=a"); !errors.Is(got.err, context.DeadlineExceeded) {
			t.Errorf("got %d, %v; want the deadline", got.status, got.err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("the client was held for %v, want 1s", took)
		}
		if got := cloud.State(); got != "" {
			t.Errorf("state %q before the server is done", got)
		}
		<-time.After(time.Minute)
		synctest.Wait()
		if got := cloud.State(); got != "a" {
			t.Errorf("state %q, want the write done", got)
		}
		if log := s.Log.All(); len(log) != 1 || log[0].Status != 200 {
			t.Errorf("log %v, want the write's success", log)
		}
	})
}

func TestACancelledRequestIsNotSent(t *testing.T) {
	t.Parallel()
	s := NewServer(&toy{}, nil, Latency{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://toy.example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Transport().RoundTrip(r); !errors.Is(err, context.Canceled) { //nolint:bodyclose // there is none
		t.Errorf("got %v, want the context's end", err)
	}
	if log := s.Log.All(); len(log) != 0 {
		t.Errorf("log %v, want nothing", log)
	}
}

func TestTheBodyReachesTheCloud(t *testing.T) {
	t.Parallel()
	fronts(t, func(t *testing.T, s *Server, _ *toy, f front) {
		var got string
		s.Faults.On("Get").Do(func(c *Call, _ Cloud, execute func() Reply) Outcome {
			got = string(c.Body)
			return Outcome{Reply: execute()}
		})
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.base, strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := f.http.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if got != "hello" {
			t.Errorf("body %q, want hello", got)
		}
		if kind := resp.Header.Get("Content-Type"); kind != "text/plain" {
			t.Errorf("content type %q", kind)
		}
	})
}

func TestAnEmptyBodyAndNoContentAreAnswered(t *testing.T) {
	t.Parallel()
	fronts(t, func(t *testing.T, s *Server, _ *toy, f front) {
		s.Faults.On("Get").Do(Raw(http.StatusNoContent, "", ""))
		if got := f.get(t); got.err != nil || got.status != http.StatusNoContent || got.body != "" {
			t.Errorf("got %+v, want 204", got)
		}
	})
}
