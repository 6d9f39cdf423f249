package alicloud_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// A listing that was begun before an add, and whose answer comes after the
// listing that verifies it, is what Health believes from then on.
func TestAHealthAfterAnAddBelievesNoEarlierListing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, client := balance(t, checked(), slbfake.Rules{})
		g := client.VServerGroup("rsp-1")
		if _, err := g.List(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.Server.Faults.On(vserverListCall).Do(func(_ *fakecloud.Call, _ fakecloud.Cloud, execute func() fakecloud.Reply) fakecloud.Outcome {
			r := execute()
			<-time.After(time.Second)
			return fakecloud.Outcome{Reply: r}
		})
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = g.List(t.Context()) }) // somebody else's read
		<-time.After(100 * time.Millisecond)
		m := membership.Member{Key: membership.Key{Server: "i-7", Port: 8080}, Weight: 100, Type: "ecs"}
		if err := g.Add(t.Context(), []membership.Member{m}); err != nil {
			t.Fatal(err)
		}
		if _, err := g.List(t.Context()); err != nil { // the engine verifies
			t.Fatal(err)
		}
		wg.Wait()
		for n := range 3 {
			h, err := g.Health(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(h.Of(m)) == 0 {
				t.Errorf("poll %d: no health of the member that was added", n)
			}
			<-time.After(5 * time.Second)
		}
	})
}
