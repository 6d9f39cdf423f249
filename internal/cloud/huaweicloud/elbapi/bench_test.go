package elbapi

import (
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

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
