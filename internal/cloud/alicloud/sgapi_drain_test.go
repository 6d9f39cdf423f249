package alicloud_test

import (
	"cmp"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// A group that drains what leaves it: a removal is over at once, or when the member
// is listed no more, as asked; and a member that is put in again meanwhile is in.
func TestMembersThatDrain(t *testing.T) {
	t.Parallel()
	const drain = 60 * time.Second
	for name, tc := range map[string]struct {
		rules  sgfake.Rules
		at     [2]time.Duration // how long a removal takes,
		gone   [2]time.Duration // and one until its member is gone
		within time.Duration    // the latter's time; an hour where zero
		again  [2]time.Duration // and to add one again that drains
	}{
		"called Removing": {again: [2]time.Duration{0, 3 * time.Second}},
		"called Draining": {rules: sgfake.Rules{ShowsDraining: true}, again: [2]time.Duration{0, 3 * time.Second}},
		"while the job goes on": {rules: sgfake.Rules{DrainHoldsJob: true}, at: [2]time.Duration{10 * time.Second, 15 * time.Second},
			again: [2]time.Duration{drain - 20*time.Second, drain}},
		"past the time for it": {within: 30 * time.Second, gone: [2]time.Duration{30 * time.Second, 31 * time.Second}, again: [2]time.Duration{0, 3 * time.Second}},
	} {
		for product, of := range sgProducts {
			t.Run(name+"/"+product.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					rules := tc.rules
					rules.AnyServer = true
					seed := sgfake.Seed{Rules: rules, ServerGroups: []sgfake.ServerGroup{{ID: "sgp-1", Drain: &sgfake.Drain{Timeout: 300, Lasts: int(drain.Seconds())}}}}
					for _, m := range sgServers(0, 4) {
						seed.ServerGroups[0].Members = append(seed.ServerGroups[0].Members, sgfake.Member{ServerID: m.Key.Server, Port: m.Key.Port, Weight: m.Weight})
					}
					c, group := sgOpen(t, product, of, seed)
					h := membership.New(membership.Options{}).Open("g", func() membership.Group { return group })
					took := func(what string, want [2]time.Duration, do func() error) {
						t.Helper()
						began := time.Now()
						err := do()
						if d := time.Since(began); err != nil || d < want[0] || d > max(want[1], 3*time.Second) {
							t.Errorf("%s took %v, want %v: %v\n%s", what, d, want, err, c.Log.All())
						}
					}
					one := sgServers(0, 1)[0]
					took("a removal", tc.at, func() error { return h.Remove(t.Context(), one) })
					took("another of it", [2]time.Duration{}, func() error { return h.Remove(t.Context(), one) })
					took("an add of it", tc.again, func() error { _, err := h.Add(t.Context(), one, false); return err })

					<-time.After(2 * drain)
					gone, want := drain, tc.gone
					if want == [2]time.Duration{} {
						want = [2]time.Duration{gone, gone + 6*time.Second}
					}
					took("a removal until it is gone", want, func() error {
						ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(tc.within, time.Hour))
						defer cancel()
						err := h.RemoveAll(ctx, sgServers(1, 2), membership.Removal{UntilGone: true})[0].Err
						if tc.within > 0 && membership.Is(err, membership.Draining) {
							return nil
						}
						return err
					})
					if n := len(sgMembers(c.Cloud)); n != 3 {
						t.Errorf("%d members are in, want 3", n)
					}
				})
			})
		}
	}
}
