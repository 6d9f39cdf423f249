package huaweicloud_test

import (
	"fmt"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership/grouptest"
)

// The adapter keeps the contract of membership.Group, whichever of the things
// the vendor's documents allow the cloud does.
func TestAdapterConforms(t *testing.T) {
	t.Parallel()
	for name, behaviour := range map[string]elbfake.Behaviour{
		"as documented":     {},
		"no batch calls":    {BatchUnpublished: true},
		"small pages":       {PageCap: 2, NextMarkerAlways: true},
		"shuffled, created": {ShuffleResults: true, BatchCreateStatus: 201},
		"existed applies":   {ExistedApplies: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			grouptest.Run(t, func(t *testing.T) grouptest.Subject { return subject(t, behaviour) })
		})
	}
}

func subject(t *testing.T, behaviour elbfake.Behaviour) grouptest.Subject {
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
	for n := range 6 {
		s.Samples = append(s.Samples, membership.Member{
			Key: membership.Key{Address: fmt.Sprintf("10.0.1.%d", n+1), Port: 8080}, Subnet: subnet, Name: fmt.Sprintf("m-%d", n),
		})
	}
	return s
}
