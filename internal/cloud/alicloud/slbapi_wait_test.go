package alicloud_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// The engine's wait for health, over the adapter: it ends when every listener
// of the member's is content, and costs one call a poll and one beside them.
func TestAWaitForHealth(t *testing.T) {
	t.Parallel()
	for id, port := range map[string]int{"lb-1": 0, "rsp-1": 8080} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, client := balance(t, checked(), slbfake.Rules{})
				c.Cloud.SetHealth(slbfake.Health{ServerID: "i-1", Status: "abnormal", Polls: 4})
				c.Cloud.SetHealth(slbfake.Health{ServerID: "eni-1", Status: "abnormal"})
				group := membership.New(membership.Options{}).Open(id, func() membership.Group {
					if port == 0 {
						return client.BackendServers(id)
					}
					return client.VServerGroup(id)
				})
				members, err := group.List(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				wait := func(server string, limit time.Duration) error {
					i := slices.IndexFunc(members, func(m membership.Member) bool { return m.Key.Server == server })
					ctx, cancel := context.WithTimeout(t.Context(), limit)
					defer cancel()
					notes, errs := group.AwaitHealthy(ctx, members[i:i+1])
					if notes[0] != "" {
						t.Errorf("note %q", notes[0])
					}
					return errs[0]
				}
				mark := c.Log.Mark()
				if err := wait("i-1", time.Minute); err != nil {
					t.Error(err)
				}
				calls(t, c, mark, healthCall, groupsCall, healthCall, healthCall, healthCall, healthCall)

				err = wait("eni-1", 30*time.Second)
				for _, part := range []string{"listener http 80: abnormal", map[int]string{0: "listener udp 500: abnormal", 8080: "listener https 443: abnormal"}[port]} {
					if !membership.Is(err, membership.NotHealthy) || !strings.Contains(err.Error(), part) {
						t.Errorf("%v, want that it is not healthy, and %s", err, part)
					}
				}
				if n := c.Log.All().Count(groupsCall); n != 1 {
					t.Errorf("%d calls of %s within a minute, want 1", n, groupsCall)
				}
			})
		})
	}
}

func TestAWaitForWhatNothingChecksEndsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, client := balance(t, checked(), slbfake.Rules{})
		group := membership.New(membership.Options{}).Open("rsp-3", func() membership.Group { return client.VServerGroup("rsp-3") })
		members, err := group.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		notes, errs := group.AwaitHealthy(t.Context(), members)
		if errs[0] != nil || !strings.Contains(notes[0], "no listener forwards to it") || time.Since(began) > time.Second {
			t.Errorf("%q, %v after %s", notes, errs, time.Since(began))
		}
		calls(t, c, 0, vserverListCall, healthCall, groupsCall)
	})
}
