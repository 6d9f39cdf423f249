package membership_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	. "github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// record keeps the lines of a log: after how many seconds each came, its text, and
// most of its fields.
type record struct {
	slog.Handler
	began time.Time

	mu    sync.Mutex
	lines []string
}

// jitter is the random time before an early try.
var jitter = regexp.MustCompile(`(again in |next_try_ms=)[0-9]{3}(ms)?\b`)

func (r *record) Enabled(context.Context, slog.Level) bool { return true }

func (r *record) Handle(_ context.Context, line slog.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := fmt.Sprintf("%s %s", line.Time.Sub(r.began).Round(time.Second), line.Message)
	line.Attrs(func(a slog.Attr) bool {
		if a.Key != "group" && a.Key != "waited_ms" {
			text += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		}
		return true
	})
	r.lines = append(r.lines, jitter.ReplaceAllString(text, "$1...$2"))
	return nil
}

// Which lines the engine writes, and in which order.
func TestTheLog(t *testing.T) {
	t.Parallel()
	drained := func(ctx context.Context, h *membership.Handle) {
		h.RemoveAll(ctx, members(0, 2, 0), membership.Removal{Drain: 5 * time.Second})
	}
	added := func(ctx context.Context, h *membership.Handle) { h.AddAll(ctx, members(7, 9, 50), false) }
	both := func(f *Fake) { f.Put(member(0, 50)); f.Put(member(1, 0)) }
	for name, tt := range map[string]struct {
		engine membership.Options
		phases Phases
		is     func(f *Fake)
		ends   time.Duration // the caller's time
		do     func(context.Context, *membership.Handle)
		want   string
	}{
		"a removal says nothing beside its calls": {
			is: both, do: func(ctx context.Context, h *membership.Handle) {
				h.RemoveAll(ctx, members(0, 2, 0), membership.Removal{})
			},
		},
		"a drain": {is: both, do: drained, want: `
0s draining i-000:80, i-001:80 until 2000-01-01T00:00:05Z until=2000-01-01T00:00:05Z members=[i-000:80=50 i-001:80=0]
5s i-000:80, i-001:80 drained for 5s members=[i-000:80=50 i-001:80=0]`},
		"an interrupted drain": {is: both, ends: 3 * time.Second, do: drained, want: `
0s draining i-000:80, i-001:80 until 2000-01-01T00:00:05Z until=2000-01-01T00:00:05Z members=[i-000:80=50 i-001:80=0]
3s the drain of i-000:80 is undone: the weight is 50 again members=[i-000:80=50]`},
		"a drain after which the removal fails": {is: func(f *Fake) { both(f); f.On(Remove).Do(Fail(Denied())) }, do: drained, want: `
0s draining i-000:80, i-001:80 until 2000-01-01T00:00:05Z until=2000-01-01T00:00:05Z members=[i-000:80=50 i-001:80=0]
5s i-000:80, i-001:80 drained for 5s members=[i-000:80=50 i-001:80=0]
5s the drain of i-000:80 is undone: the weight is 50 again members=[i-000:80=50]`},
		"a member that nobody sends requests to": {is: func(f *Fake) { both(f); f.SetHealth(verdict(membership.Unhealthy, "abnormal")) }, do: drained, want: `
0s no drain of i-000:80, i-001:80: every health check fails, so that nobody sends requests members=[i-000:80=50 i-001:80=0]`},
		"a drain of an action": {
			is: both, do: func(ctx context.Context, h *membership.Handle) {
				membership.DrainAll(ctx, []membership.Selection{{Group: h, Members: members(0, 1, 0)}}, 4*time.Second, nil)
			}, want: `
0s draining i-000:80 until 2000-01-01T00:00:04Z until=2000-01-01T00:00:04Z members=[i-000:80=50]
4s i-000:80 drained for 4s members=[i-000:80=50]`,
		},
		"a wait for health": {
			is: func(f *Fake) {
				both(f)
				becomes(f, func(m membership.Member) time.Duration { return time.Duration(10+m.Weight) * time.Second })
				time.AfterFunc(50*time.Second, func() { f.SetHealth(verdict(membership.Pending, "checking")) })
				time.AfterFunc(90*time.Second, func() { f.SetHealth(verdict(membership.Healthy, "normal")) })
			},
			do: func(ctx context.Context, h *membership.Handle) { h.AwaitHealthy(ctx, members(0, 2, 50)) }, want: `
0s waiting for i-000:80, i-001:80 to become healthy: health check not passed: listener https 443: abnormal members=[i-000:80=50 i-001:80=50]
10s i-001:80 is healthy after 10.4s members=[i-001:80=50]
31s waiting for i-000:80 to become healthy: health check not passed: listener https 443: abnormal members=[i-000:80=50]
51s waiting for i-000:80 to become healthy: health check not passed: listener https 443: checking members=[i-000:80=50]
1m21s waiting for i-000:80 to become healthy: health check not passed: listener https 443: checking members=[i-000:80=50]
1m31s i-000:80 is healthy after 1m30.8s members=[i-000:80=50]`},
		"a throttled write": {is: func(f *Fake) { f.On(Add).Times(2).Do(Fail(Throttled(30 * time.Second))) }, do: added, want: `
0s trying again in 30s: Throttling (attempt 1) members=[i-007:80=50 i-008:80=50] class=throttled code=Throttling attempt=1 next_try_ms=30000
30s trying again in 30s: Throttling (attempt 2) members=[i-007:80=50 i-008:80=50] class=throttled code=Throttling attempt=2 next_try_ms=30000`},
		"a throttled change": {is: func(f *Fake) { both(f); f.On(Update).Do(Fail(Throttled(30 * time.Second))) }, do: func(ctx context.Context, h *membership.Handle) {
			h.UpdateAll(ctx, []membership.Change{{Member: membership.Member{Key: key(0)}, Weight: new(5)}})
		}, want: `
0s trying again in 30s: Throttling (attempt 1) members=[i-000:80=5] class=throttled code=Throttling attempt=1 next_try_ms=30000`},
		"a throttled listing": {is: func(f *Fake) { f.On(List).Do(Fail(Throttled(30 * time.Second))) }, do: added, want: `
0s trying again in 30s: Throttling (attempt 1) class=throttled code=Throttling attempt=1 next_try_ms=30000`},
		"a lost answer": {is: func(f *Fake) {
			f.On(Add).Do(Fail(&membership.Error{Action: "AddServers", RequestID: "r", Err: errors.New("EOF"), After: 4100 * time.Millisecond}))
		}, do: added, want: `
0s trying again in 4.1s: EOF (attempt 1) members=[i-007:80=50 i-008:80=50] class=unknown outcome operation=AddServers error=EOF request_id=r attempt=1 next_try_ms=4100`},
		"a limit of writes": {is: func(*Fake) {}, engine: membership.Options{WritesPerMinute: 1}, do: func(ctx context.Context, h *membership.Handle) {
			added(ctx, h)
			h.AddAll(ctx, members(9, 10, 50), false)
		}, want: `
0s holding a call back for 1m1s: the cloud takes 1 such calls a minute next_try_ms=60980`},
		"a limit of the user's": {is: func(*Fake) {}, engine: membership.Options{RequestsPerSecond: 0.25}, do: func(ctx context.Context, h *membership.Handle) {
			_, _ = h.List(ctx)
			_, _ = h.Health(ctx)
		}, want: `
0s holding a call back for 4s: requests_per_second next_try_ms=4000`},
		"a write that does not show": {is: func(f *Fake) { f.On(Add).Do(Ignore()) }, do: added, want: `
0s waiting for i-007:80, i-008:80: the add was accepted and does not show yet members=[i-007:80=50 i-008:80=50]
8s sending the add of i-007:80, i-008:80 again: it was accepted and does not show members=[i-007:80=50 i-008:80=50]`},
		"members that end what they have begun": {is: both, phases: Phases{Departing: 40 * time.Second}, do: func(ctx context.Context, h *membership.Handle) {
			h.RemoveAll(ctx, members(0, 2, 0), membership.Removal{UntilGone: true})
		}, want: `
0s waiting until the group lists i-000:80, i-001:80 no more: out of rotation, with no new requests, but the group still lets its requests end members=[i-000:80=0 i-001:80=0]
35s waiting until the group lists i-000:80, i-001:80 no more: out of rotation, with no new requests, but the group still lets its requests end members=[i-000:80=0 i-001:80=0]
45s i-000:80, i-001:80 are listed no more after 44.9s members=[i-000:80=0 i-001:80=0]`},
		"a group that is busy": {
			is: func(f *Fake) {
				go func() {
					_ = New(Options{Lock: f.LockState(), Write: 25 * time.Second}).Add(context.WithoutCancel(t.Context()), members(1, 2, 1))
				}()
			},
			do: added, want: `
0s trying again in ...ms: Fake.busy (attempt 1) members=[i-007:80=50 i-008:80=50] class=busy operation=Add code=Fake.busy error=another change is under way attempt=1 next_try_ms=...
0s waiting with i-007:80, i-008:80: another change of the group is under way members=[i-007:80=50 i-008:80=50]`,
		},
	} {
		bubble(t, name, func(t *testing.T) {
			log := &record{began: time.Now()}
			tt.engine.Log = slog.New(log)
			slow := NewSlow(Options{}, tt.phases)
			tt.is(slow.Fake)
			ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(tt.ends, time.Hour))
			defer cancel()
			tt.do(ctx, membership.New(tt.engine).Open("g", func() membership.Group { return slow }))
			if got := strings.Join(log.lines, "\n"); got != strings.TrimSpace(tt.want) {
				t.Errorf("the lines are\n%s\nwant%s", got, tt.want)
			}
			checkUsed(t, slow.Fake)
		})
	}
}
