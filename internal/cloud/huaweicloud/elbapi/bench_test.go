package elbapi

import (
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// BenchmarkClientOfACall is what it costs to give every call an SDK client.
func BenchmarkClientOfACall(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		x := &exchange{}
		elb.NewElbClient(core.NewHcHttpClient(x.httpClient("cloudlb")).WithEndpoints([]string{"http://elb.test"}).
			WithCredential(&basic.Credentials{ProjectId: testProject}).WithErrorHandler(x))
	}
}

// BenchmarkAdd200 is a whole batch, without a network.
func BenchmarkAdd200(b *testing.B) {
	members := make([]membership.Member, MaxBatch)
	for i := range members {
		members[i] = ipMember("10.0.0.1", i+1)
	}
	g, _ := testGroup(b, answers(200, `{"members":[]}`))
	b.ReportAllocs()
	for b.Loop() {
		_ = g.Add(b.Context(), members)
	}
}
