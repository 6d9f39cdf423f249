package slbfake

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

func TestAWriteDuringAnotherIsRefusedAsBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inProcess(t, world())
		c.SetLatency(fakecloud.Latency{Write: time.Second})
		var wg sync.WaitGroup
		wg.Go(func() {
			first := cloud{c.Running, client(t, c.Running, credentials.NewAccessKeyCredential("ak", "sk"))}
			if err := first.add("lb-1", `[{"ServerId":"i-c"}]`); err != nil {
				t.Errorf("the first write got %v", err)
			}
		})
		synctest.Wait()
		refused(t, c.add("lb-1", `[{"ServerId":"i-d"}]`), 400, "ServiceIsConfiguring")
		// The load balancer's vserver groups share its lock.
		refused(t, c.removeGroup("rsp-1", `[{"ServerId":"i-a","Port":8080}]`), 400, "VServerGroupProcessing")
		_, err := c.describe("lb-1") // a read does not wait
		ok(t, err)
		ok(t, c.addGroup("rsp-9", `[{"ServerId":"i-c","Port":80}]`)) // nor does another load balancer
		wg.Wait()
		c.holds(t, "lb-1", "i-a@100 i-b@50=blue i-c@100")
		c.holds(t, "rsp-1", "eni-a/10.0.1.2:8080@10 i-a:8080@100")
		ok(t, c.add("lb-1", `[{"ServerId":"i-d"}]`))
		if n := c.Log.All().BusyAnswers(); n != 2 {
			t.Errorf("%d busy answers logged, want 2", n)
		}
		if one, two := c.Log.MaxInFlight("lb-1"), c.Log.MaxInFlight("lb-2"); one != 2 || two != 1 {
			t.Errorf("in flight %d and %d, want 2 and 1", one, two)
		}
	})
}

func TestALoadBalancerStaysBusyAfterAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inProcess(t, world())
		c.SetLatency(fakecloud.Latency{LockTail: time.Second})
		ok(t, c.add("lb-1", `[{"ServerId":"i-c"}]`))
		refused(t, c.remove("lb-1", `["i-c"]`), 400, "ServiceIsConfiguring")
		<-time.After(time.Second)
		synctest.Wait() // the lock's timer is due at this same moment
		ok(t, c.remove("lb-1", `["i-c"]`))
	})
}

func TestBusyCodesRotate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := inProcess(t, world(), WithRules(func(r *Rules) {
			r.BusyCodes = []string{"ServiceIsConfiguring", "VServerGroupProcessing", "BackendServer.configuring", "SystemBusy"}
		}))
		c.SetLatency(fakecloud.Latency{LockTail: time.Minute})
		ok(t, c.add("lb-1", `[{"ServerId":"i-c"}]`))
		var got []string
		for range 5 {
			var e *sdkerrors.ServerError
			if err := c.remove("lb-1", `["i-c"]`); !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			got = append(got, fmt.Sprint(e.HttpStatus(), " ", e.ErrorCode()))
		}
		want := "400 ServiceIsConfiguring, 400 VServerGroupProcessing, 409 BackendServer.configuring, 449 SystemBusy, 400 ServiceIsConfiguring"
		if strings.Join(got, ", ") != want {
			t.Errorf("got %s, want %s", strings.Join(got, ", "), want)
		}
		c.Cloud.SetRules(func(r *Rules) { r.BusyWaits = true })
		start := time.Now()
		c.SetReadTimeout(2 * time.Minute)
		ok(t, c.remove("lb-1", `["i-c"]`))
		if took := time.Since(start); took != time.Minute {
			t.Errorf("the write waited %v, want the rest of the minute", took)
		}
	})
}

func TestFaultsSpeakTheVendorsFormat(t *testing.T) {
	t.Parallel()
	fronts(t, world, func(t *testing.T, c cloud) {
		c.Faults.On("DescribeLoadBalancerAttribute").Do(fakecloud.Throttle(0))
		_, err := c.describe("lb-1")
		refused(t, err, 400, "Throttling.User")
		c.Cloud.SetRules(func(r *Rules) { r.ThrottleCode = "Throttling.Api" })
		c.Faults.On("DescribeLoadBalancerAttribute").Do(fakecloud.Throttle(0))
		_, err = c.describe("lb-1")
		refused(t, err, 400, "Throttling.Api")
		c.Faults.On("AddBackendServers").Do(fakecloud.FailAfterCommit(503, "ServiceUnavailable", ""))
		refused(t, c.add("lb-1", `[{"ServerId":"i-c"}]`), 503, "ServiceUnavailable")
		c.holds(t, "lb-1", "i-a@100 i-b@50=blue i-c@100")
	})
}

func TestAResetAfterCommitLeavesTheWriteDone(t *testing.T) {
	t.Parallel()
	fronts(t, world, func(t *testing.T, c cloud) {
		c.Faults.On("AddBackendServers").Do(fakecloud.ResetAfterCommit())
		c.Faults.On("RemoveBackendServers").Do(fakecloud.ResetBeforeCommit())
		var e *sdkerrors.ServerError
		if err := c.add("lb-1", `[{"ServerId":"i-c"}]`); err == nil || errors.As(err, &e) {
			t.Errorf("add: got %v, want a lost connection", err)
		}
		c.holds(t, "lb-1", "i-a@100 i-b@50=blue i-c@100")
		if err := c.remove("lb-1", `["i-c"]`); err == nil || errors.As(err, &e) {
			t.Errorf("remove: got %v, want a lost connection", err)
		}
		c.holds(t, "lb-1", "i-a@100 i-b@50=blue i-c@100")
		// The lesson for clients: a repeated add is an error.
		refused(t, c.add("lb-1", `[{"ServerId":"i-c"}]`), 400, "InvalidParameter")
		if log := c.Log.All(); log[0].Status != 0 || !log[0].Fault {
			t.Errorf("entry %+v", log[0])
		}
	})
}

func TestAPartialBatchDoesItsFirstItems(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	c.Faults.On("*").Times(0).Do(fakecloud.PartialBatch(1, 500, "InternalError", ""))
	refused(t, c.add("lb-1", `[{"ServerId":"i-c"},{"ServerId":"i-d"}]`), 500, "InternalError")
	c.holds(t, "lb-1", "i-a@100 i-b@50=blue i-c@100")
	refused(t, c.set("lb-1", `[{"ServerId":"i-a","Weight":1},{"ServerId":"i-c","Weight":1}]`), 500, "InternalError")
	refused(t, c.remove("lb-1", `["i-b","i-a"]`), 500, "InternalError")
	c.holds(t, "lb-1", "i-a@1 i-c@100")
	refused(t, c.modifyGroup("rsp-1", `[{"ServerId":"i-a","Port":8080}]`, `[{"ServerId":"i-c","Port":8080}]`), 500, "InternalError")
	c.holds(t, "rsp-1", "eni-a/10.0.1.2:8080@10")
}

func TestAStaleReadIsFromBeforeTheGroupsLastWrite(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	stale := func() {
		c.Faults.Reset()
		c.Faults.On("*").Do(fakecloud.StaleRead())
	}
	ids := func() string {
		r, err := c.describe("lb-1")
		ok(t, err)
		var out []string
		for _, b := range r.BackendServers.BackendServer {
			out = append(out, fmt.Sprintf("%s@%d", b.ServerId, b.Weight))
		}
		return strings.Join(out, " ")
	}
	ok(t, c.remove("lb-1", `["i-b"]`))
	ok(t, c.set("lb-1", `[{"ServerId":"i-a","Weight":3}]`))
	stale()
	if got := ids(); got != "i-a@100" {
		t.Errorf("stale read %s, want the removal seen and the weight not", got)
	}
	if got := ids(); got != "i-a@3" {
		t.Errorf("next read %s", got)
	}

	ok(t, c.addGroup("rsp-1", `[{"ServerId":"i-c","Port":80}]`))
	ok(t, c.addGroup("rsp-2", `[{"ServerId":"i-c","Port":80}]`)) // another group's write
	stale()
	if g, err := c.describeGroup("rsp-1"); err != nil || len(g.BackendServers.BackendServer) != 2 {
		t.Errorf("stale read of a group: %v, %v", g, err)
	}

	made, err := c.createGroup("lb-1", "new", "")
	ok(t, err)
	stale()
	_, err = c.describeGroup(made.VServerGroupId)
	refused(t, err, 404, "InvalidParameter")
	_, err = c.describeGroup(made.VServerGroupId)
	ok(t, err)
	ok(t, c.deleteGroup(made.VServerGroupId))
	stale()
	_, err = c.describeGroup(made.VServerGroupId)
	ok(t, err)
	_, err = c.describeGroup(made.VServerGroupId)
	refused(t, err, 404, "InvalidParameter")

	ok(t, c.deleteGroup("rsp-3"))
	ok(t, c.remove("lb-1", `["i-a"]`))
	stale()
	if got := c.health(t, "lb-1", 80); len(got) != 1 || !strings.Contains(got[0], "i-a") {
		t.Errorf("stale health %q, want the removed member's", got)
	}
}
