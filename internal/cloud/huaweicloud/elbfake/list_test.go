package elbfake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

func fill(r *elbfake.Running, pool string, n int) {
	for i := range n {
		r.AddForeign(pool, elbfake.Member{Address: fmt.Sprintf("10.2.%d.%d", i/200, i%200), Port: 80})
	}
}

func ids(ms []model.Member) []string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.Id
	}
	return out
}

// pages reads a listing to its end and returns the size of each page and the
// ids in order.
func pages(t *testing.T, client *elb.ElbClient, limit int32) (sizes []int, all []string) {
	t.Helper()
	req := &model.ListMembersRequest{PoolId: web, Limit: &limit}
	for {
		res := ok(client.ListMembers(req))(t)
		sizes, all = append(sizes, len(*res.Members)), append(all, ids(*res.Members)...)
		equal(t, "current_count", int(res.PageInfo.CurrentCount), len(*res.Members))
		if n := len(*res.Members); n > 0 {
			equal(t, "previous_marker", res.PageInfo.PreviousMarker, (*res.Members)[0].Id)
			if res.PageInfo.NextMarker != nil {
				equal(t, "next_marker", *res.PageInfo.NextMarker, (*res.Members)[n-1].Id)
			}
		}
		if res.PageInfo.NextMarker == nil {
			return sizes, all
		}
		if req.Marker = res.PageInfo.NextMarker; len(sizes) > 10 {
			t.Fatal("the listing does not end")
		}
	}
}

func TestListingsArePaged(t *testing.T) {
	r, client := start(t)
	fill(r, web, 7)
	for _, c := range []struct {
		limit         int32
		cap           int
		always        bool
		sizes, reason string
	}{
		{2000, 0, false, "[7]", "one page holds all"},
		{3, 0, false, "[3 3 1]", "limit"},
		{7, 0, false, "[7]", "an exactly full last page has no next_marker"},
		{2000, 3, false, "[3 3 1]", "the cap is below the limit"},
		{7, 0, true, "[7 0]", "only an empty page ends the listing"},
		{3, 0, true, "[3 3 1 0]", "only an empty page ends the listing"},
	} {
		r.SetBehaviour(func(b *behaviour) { b.PageCap, b.NextMarkerAlways = c.cap, c.always })
		sizes, all := pages(t, client, c.limit)
		equal(t, c.reason, fmt.Sprint(sizes), c.sizes)
		slices.Sort(all)
		equal(t, "distinct members", len(slices.Compact(all)), 7)
	}
}

func TestOneListingHoldsUpTo2000Members(t *testing.T) {
	r, client := start(t)
	fill(r, web, 2001)
	res := ok(client.ListMembers(&model.ListMembersRequest{PoolId: web}))(t)
	equal(t, "members", len(*res.Members), 2000)
	if res.PageInfo.NextMarker == nil {
		t.Error("no next_marker")
	}
}

func TestPageReverseGoesBack(t *testing.T) {
	r, client := start(t)
	fill(r, web, 5)
	_, all := pages(t, client, 5)
	res := ok(client.ListMembers(&model.ListMembersRequest{PoolId: web, Limit: new(int32(2)), Marker: &all[3], PageReverse: new(true)}))(t)
	equal(t, "page before the fourth", fmt.Sprint(ids(*res.Members)), fmt.Sprint(all[1:3]))
	equal(t, "previous_marker", res.PageInfo.PreviousMarker, all[1])
}

func TestAMarkerMustBeAnIDAndNeedsALimit(t *testing.T) {
	r, client := start(t)
	fill(r, web, 3)
	_, all := pages(t, client, 10)
	_, err := client.ListMembers(&model.ListMembersRequest{PoolId: web, Marker: &all[0]})
	refused(t, err, 400, "ELB.8902", "must be used with limit")
	_, err = client.ListMembers(&model.ListMembersRequest{PoolId: web, PageReverse: new(true)})
	refused(t, err, 400, "ELB.8902", "must be used with limit")
	_, err = client.ListMembers(&model.ListMembersRequest{PoolId: web, Limit: new(int32(1)), Marker: new("nonsense")})
	refused(t, err, 400, "ELB.8902", "marker")
	for _, query := range []string{"limit=-1", "limit=2001", "limit=many", "limit=1&marker=", "weight=x", "page_reverse=1&limit=2"} {
		status, body := raw(t, r, "GET", pools(web)+"/members?"+query, "")
		if status != 400 || !strings.Contains(body, "ELB.8902") {
			t.Errorf("%s: %d %s", query, status, body)
		}
	}
	for _, m := range r.Members(web) {
		if m.ID == all[0] {
			r.RemoveForeign(web, m.Address, m.Port)
		}
	}
	res := ok(client.ListMembers(&model.ListMembersRequest{PoolId: web, Limit: new(int32(5)), Marker: &all[0]}))(t)
	equal(t, "after a marker that was removed", fmt.Sprint(ids(*res.Members)), fmt.Sprint(all[1:]))
}

func TestMemberFilters(t *testing.T) {
	r, client := start(t)
	one := r.AddForeign(affinity, elbfake.Member{Address: "10.0.0.1", Port: 80, Name: "a b&c=1", Zone: "az1"})
	two := r.AddForeign(affinity, elbfake.Member{Address: "10.0.0.2", Port: 81, Weight: new(0), Subnet: subnetA})
	three := r.AddForeign(affinity, elbfake.Member{Address: "2001:db8::3", Port: 80, Weight: new(5), Subnet: subnet6})
	ghost := r.AddForeign(affinity, elbfake.Member{Address: "10.0.0.200", Port: 80, Weight: new(6), Subnet: subnetA})
	r.SetHealth(affinity, "10.0.0.2", 81, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Offline}})
	shown := ok(show(client, affinity, two))(t)
	for _, c := range []struct {
		name string
		req  model.ListMembersRequest
		want []string
	}{
		{"none", model.ListMembersRequest{}, []string{one, two, three, ghost}},
		{"name, escaped", model.ListMembersRequest{Name: &[]string{"a b&c=1"}}, []string{one}},
		{"weight", model.ListMembersRequest{Weight: &[]int32{0, 5}}, []string{two, three}},
		{"address and port", model.ListMembersRequest{Address: &[]string{"10.0.0.1"}, ProtocolPort: &[]int32{80}}, []string{one}},
		{"address and another port", model.ListMembersRequest{Address: &[]string{"10.0.0.1"}, ProtocolPort: &[]int32{81}}, nil},
		{"two addresses", model.ListMembersRequest{Address: &[]string{"10.0.0.1", "10.0.0.2"}}, []string{one, two}},
		{"another spelling of an address", model.ListMembersRequest{Address: &[]string{"2001:DB8:0::3"}}, []string{three}},
		{"id", model.ListMembersRequest{Id: &[]string{two}}, []string{two}},
		{"subnet", model.ListMembersRequest{SubnetCidrId: &[]string{subnet6}}, []string{three}},
		{"status", model.ListMembersRequest{OperatingStatus: &[]string{"OFFLINE"}}, []string{two}},
		{"ip_version", model.ListMembersRequest{IpVersion: &[]string{"v6"}}, []string{three}},
		{"member_type", model.ListMembersRequest{MemberType: &[]string{"ip"}}, []string{one}},
		{"zone", model.ListMembersRequest{AvailabilityZone: &[]string{"az1"}}, []string{one}},
		{"instance", model.ListMembersRequest{InstanceId: &[]string{*shown.InstanceId}}, []string{two}},
		{"admin_state_up", model.ListMembersRequest{AdminStateUp: new(false)}, []string{ghost}},
		{"enterprise project", model.ListMembersRequest{EnterpriseProjectId: &[]string{"e"}}, nil},
	} {
		c.req.PoolId = affinity
		got, want := ids(*ok(client.ListMembers(&c.req))(t).Members), c.want
		slices.Sort(got)
		slices.Sort(want)
		equal(t, c.name, fmt.Sprint(got), fmt.Sprint(want))
	}
}

func TestAllMembersOfSomePoolsAreListedWithoutPoolID(t *testing.T) {
	r, client := start(t)
	one := r.AddForeign(web, elbfake.Member{Address: "10.0.0.1", Port: 80})
	two := r.AddForeign(plain, elbfake.Member{Address: "10.0.0.2", Port: 80})
	r.AddForeign(ipOnly, elbfake.Member{Address: "10.0.0.3", Port: 80})
	list := func(req model.ListAllMembersRequest) string {
		var got []string
		for _, m := range *ok(client.ListAllMembers(&req))(t).Members {
			if m.PoolId != nil {
				t.Error("a pool_id, which the reference says not to rely on")
			}
			got = append(got, m.Id)
		}
		slices.Sort(got)
		return fmt.Sprint(got)
	}
	both := []string{one, two}
	slices.Sort(both)
	equal(t, "two pools", list(model.ListAllMembersRequest{PoolId: &[]string{web, plain}}), fmt.Sprint(both))
	equal(t, "a load balancer", list(model.ListAllMembersRequest{LoadbalancerId: &[]string{"lb"}}), fmt.Sprint([]string{one}))
	equal(t, "an address", list(model.ListAllMembersRequest{Address: &[]string{"10.0.0.2"}}), fmt.Sprint([]string{two}))
	equal(t, "no such pool", list(model.ListAllMembersRequest{PoolId: &[]string{"p-x"}}), "[]")
	r.SetBehaviour(func(b *behaviour) { b.PageCap = 2 })
	res := ok(client.ListAllMembers(&model.ListAllMembersRequest{}))(t)
	equal(t, "first page of four", len(*res.Members), 2)
	if res.PageInfo.NextMarker == nil {
		t.Error("no next_marker")
	}
}

func TestFiltersOfOneListingAreUnknownToTheOther(t *testing.T) {
	t.Parallel()
	for _, path := range []string{pools(web) + "/members?pool_id=x", "/v3/" + project + "/elb/members?member_type=ip", pools(web) + "?limit=1"} {
		says := &recorder{TB: t}
		r := elbfake.InProcess(says, seed())
		status, body := raw(t, r, "GET", path, "")
		if status != 400 || !strings.Contains(body, "FAKE.0000") || len(says.reports()) != 1 {
			t.Errorf("%s: %d %s, reported %q", path, status, body, says.reports())
		}
	}
}
