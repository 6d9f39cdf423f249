package huaweicloud_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// otherwise are the values by which the switches that are not on or off differ.
var otherwise = map[string][]any{
	"BatchCreateStatus": {201},
	"BatchUpdateStatus": {202},
	"Atomicity":         {elbfake.AllOrNothing, elbfake.SkipBad, elbfake.StopAtBad, elbfake.ReportBad},
	"ProtectionCode":    {"ELB.8917"},
	"BusyCode":          {"ELB.8907", "ELB.9006"},
	"PageCap":           {2},
	"DeletedMarker":     {elbfake.MarkerNotFound, elbfake.MarkerRefused},
	"PoolOmits":         {[]string{"any_port_enable", "connection_drain", "listeners", "loadbalancers", "healthmonitor_id"}},
	"Unsupported":       {[]string{"availability_zone"}},
	"ExpiredCode":       {"SYS.0401"},
	"TokenSeconds":      {600},
	"CallsPerSecond":    {2},
	"CallsPerMinute":    {20},
	"ThrottleWindow":    {fakecloud.SlidingWindow, fakecloud.SilenceWindow},
	"ThrottledCalls":    {[]string{"BatchCreateMembers", "BatchUpdateMembers", "BatchDeleteMembers"}},
}

// The adapter keeps the contract of membership.Group, and the engine with it its
// promises, whichever of the things that the vendor's documents allow the cloud
// does: every switch of the simulated one is set otherwise, one at a time.
func TestAdapterConforms(t *testing.T) {
	t.Parallel()
	all := grouptest.Variations[elbfake.Behaviour](t, otherwise)
	all["as documented"] = elbfake.Behaviour{}
	all["a page for each member, next_marker always"] = elbfake.Behaviour{PageCap: 1, NextMarkerAlways: true}
	for name, behaviour := range all {
		limited := behaviour.CallsPerSecond > 0 || behaviour.CallsPerMinute > 0
		switch {
		case behaviour.ThrottleWindow != "":
			behaviour.CallsPerMinute, limited = 20, true
		case len(behaviour.ThrottledCalls) > 0:
			behaviour.CallsPerMinute, limited = 1, true
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("life", func(t *testing.T) {
				t.Parallel()
				grouptest.RunLife(t, func(t *testing.T) grouptest.Subject { return subject(t, behaviour, slow) })
			})
			if limited || behaviour.BusyCode != "" {
				return // the engine's to get over, not the adapter's alone; and nothing is busy where no call meets another
			}
			grouptest.Run(t, func(t *testing.T) grouptest.Subject { return subject(t, behaviour, fakecloud.Latency{}) })
		})
	}
}

// slow has writes meet one that is not over.
var slow = fakecloud.Latency{Read: 20 * time.Millisecond, Write: 200 * time.Millisecond, LockTail: 700 * time.Millisecond}

func subject(t *testing.T, behaviour elbfake.Behaviour, latency fakecloud.Latency) grouptest.Subject {
	t.Helper()
	const pool, subnet, sk = "pool-1", "subnet-1", "sk-not-a-real-secret"
	seven := 7
	c := elbfake.InProcess(t, elbfake.Seed{
		Region: "cn-north-4", Projects: []elbfake.Project{{ID: "project-1", Name: "cn-north-4"}},
		Keys:    []elbfake.Key{{AK: "ak", SK: sk}},
		Subnets: []elbfake.Subnet{{ID: subnet, CIDR: "10.0.0.0/16", VPC: "vpc-1"}},
		Pools: []elbfake.Pool{{ID: pool, Protocol: "TCP", Members: []elbfake.Member{
			{Address: "10.0.9.9", Port: 80, Subnet: subnet, Weight: &seven, Name: "theirs"},
		}}},
		Behaviour: behaviour,
	})
	c.Server.SetLatency(latency)
	client, err := elbapi.New(elbapi.Config{
		Region: "cn-north-4", ELBEndpoint: c.URL, IAMEndpoint: c.URL, UserAgent: "test", Transport: c.Server.Transport(),
		Credentials: apigw.Static{AccessKey: "ak", SecretKey: sk}, ProjectID: "project-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	s := grouptest.Subject{
		Group:     client.Pool(pool),
		Disappear: func() { c.DeletePool(pool) },
		Stall:     func() { c.Server.Faults.On("*").Times(0).Do(fakecloud.Hang()) },
		True: func() []membership.Member {
			var ms []membership.Member
			for _, m := range c.Members(pool) {
				ms = append(ms, membership.Member{
					Key: membership.Key{Address: m.Address, Port: m.Port}, ID: m.ID, Weight: m.W(), Name: m.Name,
				})
			}
			return ms
		},
	}
	for n := range 24 {
		s.Samples = append(s.Samples, membership.Member{
			Key: membership.Key{Address: fmt.Sprintf("10.0.1.%d", n+1), Port: 8080}, Subnet: subnet, Name: fmt.Sprintf("m-%d", n),
		})
	}
	return s
}
