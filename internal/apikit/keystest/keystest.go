// Package keystest holds what the temporary keys of every cloud must do. Each
// room of logins runs it with its own keys.
package keystest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// service gives out keys with numbers: the n-th login takes a second and gives
// key(n).
type service[K apikit.Keys] struct {
	key   func(n int) K
	life  time.Duration // of what it gives; 0: without end
	fails error

	mu     sync.Mutex
	logins int
	ended  int // logins that their context ended
}

func (s *service[K]) fetch(ctx context.Context) (keys K, end time.Time, err error) {
	s.mu.Lock()
	s.logins++
	n := s.logins
	s.mu.Unlock()
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		s.ended++
		return keys, end, &membership.Error{Class: membership.Transient, Err: ctx.Err()}
	}
	if s.fails != nil {
		return keys, end, s.fails
	}
	if s.life != 0 {
		end = time.Now().Add(s.life)
	}
	return s.key(n), end, nil
}

// count is how many logins were begun, and how many of them were ended.
func (s *service[K]) count() (logins, ended int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins, s.ended
}

var down = &membership.Error{Class: membership.Transient, Status: 502, Message: "down"}

// Run runs everything. key gives keys that differ for each n.
func Run[K apikit.Keys](t *testing.T, key func(n int) K) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *service[K], *apikit.Temporary[K]){
		"fifty callers share one login":                        sharedByAll[K],
		"keys are renewed before they end, and nobody waits":   renewedEarly[K],
		"keys without an end are kept":                         keptForEver[K],
		"keys that look ended are used":                        odd[K],
		"old keys serve while no new ones are to be had":       oldOnesServe[K],
		"who gives up harms nobody else":                       waiterLeaves[K],
		"a login that nobody waits for ends":                   nobodyWaits[K],
		"keys that are refused as ended are dropped":           refused[K],
		"what passes is tried four times, what does not, once": tries[K],
		"a login that hangs ends":                              hangs[K],
		"a login that panics is an error":                      panics[K],
		"keys do not print":                                    unprinted[K],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &service[K]{key: key, life: time.Hour}
				test(t, s, apikit.NewTemporary(false, s.fetch))
			})
		})
	}
}

// want asks for keys and expects those of the n-th login, at once where that is
// said.
func (s *service[K]) want(t *testing.T, keys *apikit.Temporary[K], n int, within time.Duration) {
	t.Helper()
	began := time.Now()
	got, err := keys.Credentials(t.Context())
	if took := time.Since(began); err != nil || got != s.key(n) || took > within {
		t.Errorf("got %#v after %v, %v; want those of login %d within %v", got, took, err, n, within)
	}
}

func (s *service[K]) wantLogins(t *testing.T, n int) {
	t.Helper()
	if logins, _ := s.count(); logins != n {
		t.Errorf("%d logins, want %d", logins, n)
	}
}

func sharedByAll[K apikit.Keys](t *testing.T, s *service[K], keys *apikit.Temporary[K]) {
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() { s.want(t, keys, 1, time.Second) })
	}
	all.Wait()
	s.wantLogins(t, 1)
}

func renewedEarly[K apikit.Keys](t *testing.T, given *service[K], _ *apikit.Temporary[K]) {
	for life, early := range map[time.Duration]time.Duration{
		10 * time.Minute: 2 * time.Minute, 15 * time.Minute: 3 * time.Minute, time.Hour: 5 * time.Minute, 24 * time.Hour: 5 * time.Minute,
	} {
		s := &service[K]{key: given.key, life: life}
		keys := apikit.NewTemporary(false, s.fetch)
		s.want(t, keys, 1, time.Second)
		<-time.After(life - early - time.Second)
		s.want(t, keys, 1, 0)
		s.wantLogins(t, 1)
		<-time.After(2 * time.Second)
		for range 10 {
			s.want(t, keys, 1, 0) // of which the first begins the renewal
		}
		<-time.After(2 * time.Second)
		s.want(t, keys, 2, 0)
		s.wantLogins(t, 2)
	}
}

func keptForEver[K apikit.Keys](t *testing.T, s *service[K], keys *apikit.Temporary[K]) {
	s.life = 0
	s.want(t, keys, 1, time.Second)
	<-time.After(1000 * time.Hour)
	s.want(t, keys, 1, 0)
}

// A clock that is hours ahead makes all keys look ended: they are used
// nevertheless, and not exchanged with every call.
func odd[K apikit.Keys](t *testing.T, s *service[K], keys *apikit.Temporary[K]) {
	s.life = -time.Hour
	for range 10 {
		s.want(t, keys, 1, time.Second)
	}
	s.wantLogins(t, 1)
	s.life = time.Second // and so are those that have next to no life left
	<-time.After(time.Hour)
	for range 10 {
		s.want(t, keys, 2, time.Second)
	}
	s.wantLogins(t, 2)
}

// While the service is down, the old keys serve to their end, and it is asked
// again every half minute; then callers hear what it says, and go on with it.
func oldOnesServe[K apikit.Keys](t *testing.T, s *service[K], keys *apikit.Temporary[K]) {
	s.want(t, keys, 1, time.Second)
	s.fails = down
	<-time.After(55*time.Minute + time.Second)
	for range 290 { // seconds
		s.want(t, keys, 1, 0)
		<-time.After(time.Second)
	}
	if logins, _ := s.count(); logins < 20 || logins > 41 { // four tries each time
		t.Errorf("%d logins", logins)
	}
	<-time.After(time.Minute)
	if _, err := keys.Credentials(t.Context()); !errors.Is(err, down) {
		t.Errorf("with keys that have ended: %v", err)
	}
	s.fails = nil
	n, _ := s.count()
	s.want(t, keys, n+1, time.Second)
}

func waiterLeaves[K apikit.Keys](t *testing.T, s *service[K], keys *apikit.Temporary[K]) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	var both sync.WaitGroup
	both.Go(func() {
		if _, err := keys.Credentials(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who gave up got %v", err)
		}
	})
	both.Go(func() { s.want(t, keys, 1, time.Second) })
	both.Wait()
	s.wantLogins(t, 1)
	if _, err := apikit.NewTemporary(false, s.fetch).Credentials(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("whose context had ended got %v", err)
	}
	s.wantLogins(t, 1)
}

func nobodyWaits[K apikit.Keys](t *testing.T, s *service[K], keys *apikit.Temporary[K]) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := keys.Credentials(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 300*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	synctest.Wait()
	if logins, ended := s.count(); logins != 1 || ended != 1 {
		t.Errorf("%d logins, of which %d were ended", logins, ended)
	}
	s.want(t, keys, 2, time.Second) // whoever comes next begins another
}

// Keys are dropped for all at once, and only those that are in use; those that
// are refused from the first moment do not make every call log in.
func refused[K apikit.Keys](t *testing.T, s *service[K], keys *apikit.Temporary[K]) {
	s.want(t, keys, 1, time.Second)
	if keys.Ended(s.key(1)) {
		t.Error("keys of this moment are blamed")
	}
	<-time.After(10 * time.Minute)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if !keys.Ended(s.key(1)) {
				t.Error("old keys are not dropped")
			}
			s.want(t, keys, 2, time.Second)
		})
	}
	all.Wait()
	s.wantLogins(t, 2)
	if !keys.Ended(s.key(1)) {
		t.Error("who comes late with the old keys gets no others")
	}
	s.want(t, keys, 2, 0)
}

func tries[K apikit.Keys](t *testing.T, s *service[K], _ *apikit.Temporary[K]) {
	class := func(c membership.Class) error { return &membership.Error{Class: c} }
	for _, tt := range []struct {
		fails error
		local bool
		class membership.Class
		tries int
	}{
		{class(membership.Transient), false, membership.Transient, 4},
		{class(membership.Throttled), false, membership.Throttled, 4},
		{class(membership.Transient), true, membership.Denied, 4},
		{class(membership.Denied), false, membership.Denied, 1},
		{errors.New("odd"), false, membership.Unknown, 1},
	} {
		s := &service[K]{key: s.key, fails: tt.fails}
		keys := apikit.NewTemporary(tt.local, s.fetch)
		began := time.Now()
		_, err := keys.Credentials(t.Context())
		if logins, _ := s.count(); err == nil || membership.ClassOf(err) != tt.class || logins != tt.tries {
			t.Errorf("%v, local %t: %v of class %s after %d logins", tt.fails, tt.local, err, membership.ClassOf(err), logins)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%v: gave up after %v", tt.fails, took)
		}
		s.fails = nil
		s.want(t, keys, tt.tries+1, time.Second) // a failure is not kept
	}
}

func hangs[K apikit.Keys](t *testing.T, _ *service[K], _ *apikit.Temporary[K]) {
	keys := apikit.NewTemporary(false, func(ctx context.Context) (k K, end time.Time, err error) {
		<-ctx.Done()
		return k, end, &membership.Error{Class: membership.Transient, Err: context.Cause(ctx)}
	})
	began := time.Now()
	_, err := keys.Credentials(t.Context())
	if took := time.Since(began); err == nil || took != 25*time.Second {
		t.Errorf("%v after %v", err, took)
	}
}

func panics[K apikit.Keys](t *testing.T, _ *service[K], _ *apikit.Temporary[K]) {
	keys := apikit.NewTemporary(false, func(context.Context) (k K, end time.Time, err error) {
		panic("boom") //nolint:forbidigo // what becomes of it is tested
	})
	if _, err := keys.Credentials(t.Context()); !membership.Is(err, membership.Denied) {
		t.Errorf("%v", err)
	}
}

func unprinted[K apikit.Keys](t *testing.T, s *service[K], keys *apikit.Temporary[K]) {
	s.want(t, keys, 1, time.Second)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, keys); len(text) > 40 {
			t.Errorf("%s prints %s", format, text)
		}
	}
}
