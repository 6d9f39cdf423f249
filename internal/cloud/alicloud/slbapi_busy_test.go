package alicloud_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// passing are answers that ask, in one way or another, to come back later. None
// of them may cost a member: taken for a refusal, each splits its batch until
// every member has been refused by itself.
var passing = []struct {
	status        int
	code, message string
}{
	{400, "VServerGroupProcessing", ""},
	{400, "BackendServerProcessing", "The backend server is being added. Please try again later."},
	{400, "OperationFailed.ServiceGroupProcessing", "The service group is processing."},
	{400, "VpcSystemBusy", "The VPC system is busy. Please retry later."},
	{400, "SystemBusy", "The system is busy."},
	{400, "OperationBusy", "A previous operation is pending."},
	{400, "LbStatusNotSupport", "The status of the load balancer does not support this operation."},
	{400, "ListenerStatusNotSupport", ""},
	{400, "ListenerProcessing", ""},
	{400, "ResourceInOperating", ""},
	{400, "SomethingNew", "The operation failed. Please try again later."},
}

// Sixty members are added at once while somebody else's change holds the lock of
// the load balancer for a second.
func TestAddsDuringSomebodyElsesChange(t *testing.T) {
	t.Parallel()
	for _, group := range []string{"lb-1", "rsp-1"} {
		for _, p := range passing {
			t.Run(fmt.Sprintf("%s/%d %s", group, p.status, p.code), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					addSixty(t, group, fakecloud.Fail(p.status, p.code, p.message))
				})
			})
		}
	}
}

func addSixty(t *testing.T, group string, answer fakecloud.Effect) {
	c, client := balance(t, slbfake.LoadBalancer{ID: "lb-1", VServerGroups: []slbfake.VServerGroup{{ID: "rsp-1"}}}, slbfake.Rules{})
	c.SetLatency(fakecloud.Latency{Write: 100 * time.Millisecond, Read: 20 * time.Millisecond})
	action, port := "AddBackendServers", 0
	open := func() membership.Group { return client.BackendServers(group) }
	if group == "rsp-1" {
		action, port = "AddVServerGroupBackendServers", 8080
		open = func() membership.Group { return client.VServerGroup(group) }
	}
	c.Faults.On(action).During(time.Second).Do(answer)
	h := membership.New(membership.Options{WritesPerMinute: 90}).Open(group, open)
	began := time.Now()
	var wg sync.WaitGroup
	for n := range 60 {
		wg.Go(func() {
			m := membership.Member{Key: membership.Key{Server: fmt.Sprintf("i-%d", n), Port: port}, Type: "ecs", Weight: 100}
			if _, err := h.Add(t.Context(), m, false); err != nil {
				t.Errorf("%s: %v", m.Key, err)
			}
		})
	}
	wg.Wait()
	took, calls := time.Since(began).Round(100*time.Millisecond), c.Log.All()
	t.Logf("%d of 60 added, %d calls (%d of them %s), %s", len(c.Cloud.Members(group)), len(calls), calls.Count(action), action, took)
	if n := len(c.Cloud.Members(group)); n != 60 {
		t.Errorf("%d of 60 are in", n)
	}
	if len(calls) > 30 || took > 5*time.Second {
		t.Errorf("%d calls in %s, want at most 30 in 5 s", len(calls), took)
	}
}
