package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

func done(op string, items int) call {
	return call{Entry: fakecloud.Entry{Op: op, Write: items > 0, Items: items, Status: 200}}
}

// A step whose outcome is right in all, which each case spoils in one point.
func reweighted() (outcome, observed) {
	theirs, mine := member{"lb-1", "i-theirs"}, member{"lb-1", "i-mine"}
	want := outcome{plan: changes{change: 1}, reweights: 1, holds: holdings{theirs: 50, mine: 0}}
	return want, observed{
		plan:  want.plan,
		holds: maps.Clone(want.holds),
		calls: []call{done("DescribeLoadBalancerAttribute", 0), done("SetBackendServers", 1)},
	}
}

func TestEachDifferenceIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		spoil func(*observed)
		want  []string // what the differences say; none: all is well
	}{
		"all is well": {func(*observed) {}, nil},
		"more reads": {func(o *observed) {
			o.calls = append(o.calls, done("DescribeLoadBalancerAttribute", 0))
		}, nil},
		"another plan": {func(o *observed) { o.plan = changes{add: 1, destroy: 1} },
			[]string{"the plan has 1 to add, 0 to change, 1 to destroy; it should have 0 to add, 1 to change, 0 to destroy"}},
		"member gone":         {func(o *observed) { delete(o.holds, member{"lb-1", "i-mine"}) }, []string{"lb-1 does not hold i-mine"}},
		"foreign member gone": {func(o *observed) { delete(o.holds, member{"lb-1", "i-theirs"}) }, []string{"lb-1 does not hold i-theirs"}},
		"member too many":     {func(o *observed) { o.holds[member{"lb-1", "i-x"}] = 1 }, []string{"lb-1 holds i-x, which it should not"}},
		"wrong weight": {func(o *observed) { o.holds[member{"lb-1", "i-mine"}] = 100 },
			[]string{"i-mine in lb-1 has weight 100; it should have 0"}},
		"foreign weight": {func(o *observed) { o.holds[member{"lb-1", "i-theirs"}] = 0 },
			[]string{"i-theirs in lb-1 has weight 0; it should have 50"}},
		"replaced": {func(o *observed) {
			o.calls = []call{done("RemoveBackendServers", 1), done("AddBackendServers", 1)}
		}, []string{"added 1 members", "removed 1 members", "reweighted 0 members"}},
		"written twice": {func(o *observed) { o.calls = append(o.calls, done("SetBackendServers", 1)) },
			[]string{"reweighted 2 members; they should have reweighted 1"}},
		"refused": {func(o *observed) {
			o.calls = append(o.calls, call{Entry: fakecloud.Entry{Op: "SetBackendServers", Write: true, Items: 1, Status: 400, Code: "OperationBusy"}})
		}, []string{"SetBackendServers was refused: 400 OperationBusy"}},
		"connection cut": {func(o *observed) {
			o.calls = append(o.calls, call{Entry: fakecloud.Entry{Op: "ListMembers"}})
		}, []string{"ListMembers was refused: 0"}},
		"write of another kind": {func(o *observed) { o.calls = append(o.calls, done("CreateVServerGroup", 1)) },
			[]string{"CreateVServerGroup is a write that the provider has no use for"}},
		"write without members": {func(o *observed) {
			o.calls = append(o.calls, call{Entry: fakecloud.Entry{Op: "SetBackendServers", Write: true, Status: 200}})
		}, []string{"SetBackendServers names no member"}},
		"complaint": {func(o *observed) { o.complaints = []string{"cloudsim: unknown action"} }, []string{"cloudsim: unknown action"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, got := reweighted()
			tc.spoil(&got)
			wrong := want.differences(got)
			if len(wrong) != len(tc.want) {
				t.Fatalf("%d differences %q, want %d", len(wrong), wrong, len(tc.want))
			}
			for _, w := range tc.want {
				if !slices.ContainsFunc(wrong, func(s string) bool { return strings.Contains(s, w) }) {
					t.Errorf("no difference says %q: %q", w, wrong)
				}
			}
		})
	}
}

func TestStepsLeaveTheMembersOfOthersAsTheyWere(t *testing.T) {
	t.Parallel()
	theirs := holdings{{balancer, "i-x"}: 7, {pool, "10.0.0.9:1"}: 3}
	for _, s := range (&demo{}).steps(maps.Clone(theirs)) {
		for m, weight := range theirs {
			if got, ok := s.want.holds[m]; !ok || got != weight {
				t.Errorf("%s: %v should keep weight %d, the step expects %d (%t)", s.title, m, weight, got, ok)
			}
		}
	}
}
