package huaweicloud_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Sixty members are added at once while somebody else's change of the pool is
// under way for a second, which ELB says in one way or another.
func TestAddsDuringSomebodyElsesChange(t *testing.T) {
	t.Parallel()
	for _, p := range []struct {
		status        int
		code, message string
	}{
		{409, "ELB.8907", "The pool is being updated, try again later."},
		{409, "ELB.8907", "The member is already being updated, try again later."},
		{409, "ELB.8999", "The resource being accessed by another request."},
		{409, "", "Invalid state PENDING_UPDATE of loadbalancer resource lb-1"},
		{409, "ELB.8999", "The provisioning status of load balancer lb-1 is not ACTIVE"},
		{400, "ELB.8999", "The operation failed. Please try again later."},
	} {
		t.Run(fmt.Sprintf("%d %s %s", p.status, p.code, p.message), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				addSixty(t, fakecloud.Fail(p.status, p.code, p.message))
			})
		})
	}
}

func addSixty(t *testing.T, answer fakecloud.Effect) {
	const pool, subnet, sk = "pool-1", "subnet-1", "sk-not-a-real-secret"
	c := elbfake.InProcess(t, elbfake.Seed{
		Region: "cn-north-4", Projects: []elbfake.Project{{ID: "project-1", Name: "cn-north-4"}},
		Keys:    []elbfake.Key{{AK: "ak", SK: sk}},
		Subnets: []elbfake.Subnet{{ID: subnet, CIDR: "10.0.0.0/16", VPC: "vpc-1"}},
		Pools:   []elbfake.Pool{{ID: pool, Protocol: "TCP"}},
	})
	c.Server.SetLatency(fakecloud.Latency{Write: 100 * time.Millisecond, Read: 20 * time.Millisecond})
	client, err := elbapi.New(elbapi.Config{
		Region: "cn-north-4", ELBEndpoint: c.URL, IAMEndpoint: c.URL, UserAgent: "test", Transport: c.Server.Transport(),
		Credentials: apigw.Static{AccessKey: "ak", SecretKey: sk}, ProjectID: "project-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Server.Faults.On("BatchCreateMembers").During(time.Second).Do(answer)
	h := membership.New(membership.Options{}).Open(pool, func() membership.Group { return client.Pool(pool) })
	began := time.Now()
	var wg sync.WaitGroup
	for n := range 60 {
		wg.Go(func() {
			m := membership.Member{Key: membership.Key{Address: fmt.Sprintf("10.0.1.%d", n+1), Port: 8080}, Subnet: subnet, Weight: 1}
			if _, err := h.Add(t.Context(), m, false); err != nil {
				t.Errorf("%s: %v", m.Key, err)
			}
		})
	}
	wg.Wait()
	took, calls := time.Since(began).Round(100*time.Millisecond), c.Server.Log.All()
	t.Logf("%d of 60 added, %d calls, %s", len(c.Members(pool)), len(calls), took)
	if n := len(c.Members(pool)); n != 60 {
		t.Errorf("%d of 60 are in", n)
	}
	if len(calls) > 15 || took > 5*time.Second {
		t.Errorf("%d calls in %s, want at most 15 in 5 s", len(calls), took)
	}
}
