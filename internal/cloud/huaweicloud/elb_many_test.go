package huaweicloud_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	cloudlb "github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// fleet is members of pool-1, each a resource, by the plugin protocol and over a
// cloud without a socket: what terraform adds is tested elsewhere.
type fleet struct {
	*elbfake.Running
	t     *testing.T
	core  *acctest.Core
	state map[string]*acctest.Object
}

// inProcess runs a test in virtual time. settings are those of the provider
// besides the login.
func inProcess(t *testing.T, behaviour elbfake.Behaviour, settings map[string]any, test func(*fleet)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := elbfake.InProcess(t, seed(behaviour))
		all := map[string]any{"region": region, "access_key": "ak", "secret_key": secret}
		maps.Copy(all, settings)
		core := acctest.NewCore(t, cloudlb.Of("test", huaweicloud.Cloud{Transport: c.Server.Transport()}), map[string]any{"huaweicloud": all})
		test(&fleet{c, t, core, map[string]*acctest.Object{}})
	})
}

// many is n members, 10.0.0.1, 10.0.0.2 and so on, each by its address.
func many(n int, extra map[string]any) map[string]map[string]any {
	all := map[string]map[string]any{}
	for i := range n {
		a := fmt.Sprintf("10.0.0.%d", i+1)
		all[a] = map[string]any{"pool_id": "pool-1", "address": a, "subnet_cidr_id": "subnet-4", "protocol_port": 8080}
		maps.Copy(all[a], extra)
	}
	return all
}

// numbered is what pool-1 holds with the members of many beside those of
// others; except are those of the n that are not there.
func numbered(n, weight int, except ...string) []string {
	var want []string
	for i := range n {
		m := fmt.Sprintf("10.0.0.%d:8080", i+1)
		if !slices.Contains(except, m) {
			want = append(want, fmt.Sprintf("%s %d", m, weight))
		}
	}
	return append(want, othersWeb)
}

// try is one terraform apply.
func (f *fleet) try(configs map[string]map[string]any) map[string]error {
	f.t.Helper()
	return f.core.ApplyAll(f.t.Context(), "cloudlb_elb_member", f.state, configs)
}

// apply is one that must succeed, and what pool-1 holds after it.
func (f *fleet) apply(configs map[string]map[string]any, want ...string) {
	f.t.Helper()
	for name, err := range f.try(configs) {
		f.t.Errorf("%s: %v", name, err)
	}
	f.holds(want...)
}

func (f *fleet) holds(want ...string) {
	f.t.Helper()
	if err := holds(f.Running, "pool-1", want...)(nil); err != nil {
		f.t.Error(err)
	}
}

// oneAtATime checks that no two writes to pool-1 were under way at once.
func (f *fleet) oneAtATime() {
	f.t.Helper()
	if n := f.Server.Log.MaxInFlight("pool-1"); n != 1 {
		f.t.Errorf("%d writes were in flight on one pool, want 1", n)
	}
}

// Many members come, change and go whatever the vendor does where its
// reference leaves a choice.
func TestManyMembers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		n         int
		behaviour elbfake.Behaviour
		calls     func(t *testing.T, n int, es fakecloud.Entries)
	}{
		"as documented":                  {5, elbfake.Behaviour{}, batches},
		"other success":                  {5, elbfake.Behaviour{BatchCreateStatus: 201, BatchUpdateStatus: 202}, batches},
		"short pages":                    {30, elbfake.Behaviour{PageCap: 7, ShuffleResults: true, OmitStatus: true}, batches},
		"a marker on the last page":      {30, elbfake.Behaviour{PageCap: 10, NextMarkerAlways: true}, batches},
		"no batch calls":                 {5, elbfake.Behaviour{BatchUnpublished: true}, singles},
		"throttling":                     {30, elbfake.Behaviour{CallsPerSecond: 2}, throttled},
		"throttling without batch calls": {30, elbfake.Behaviour{CallsPerSecond: 8, BatchUnpublished: true}, throttled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inProcess(t, tc.behaviour, map[string]any{"project_id": project}, func(f *fleet) {
				f.apply(many(tc.n, nil), numbered(tc.n, 1)...)
				f.apply(many(tc.n, map[string]any{"weight": 0}), numbered(tc.n, 0)...)
				f.apply(nil, othersWeb)
				f.oneAtATime()
				if n := f.Server.Log.All().Count("KeystoneListProjects"); n != 0 {
					t.Errorf("%d look-ups of a project whose id is configured", n)
				}
				tc.calls(t, tc.n, f.Server.Log.All())
			})
		})
	}
}

// batches expects all batch calls, and one for each kind of write.
func batches(t *testing.T, _ int, es fakecloud.Entries) {
	t.Helper()
	for _, op := range []string{"BatchCreateMembers", "BatchUpdateMembers", "BatchDeleteMembers"} {
		if n := es.Count(op); n != 1 {
			t.Errorf("%d calls of %s, want 1:\n%s", n, op, es)
		}
	}
	if n := len(es.Writes()); n != 3 {
		t.Errorf("%d writes, want 3:\n%s", n, es.Writes())
	}
}

// singles expects one call for each of n members, after one try of each
// batch call at most.
func singles(t *testing.T, n int, es fakecloud.Entries) {
	t.Helper()
	for _, op := range []string{"Create", "Update", "Delete"} {
		if got := es.Count(op + "Member"); got != n {
			t.Errorf("%d calls of %sMember, want %d", got, op, n)
		}
		if got := es.Count("Batch" + op + "Members"); got > 1 {
			t.Errorf("%d tries of a batch call that is not published", got)
		}
	}
}

func throttled(t *testing.T, _ int, es fakecloud.Entries) {
	t.Helper()
	if !slices.ContainsFunc(es, func(e fakecloud.Entry) bool { return e.Code == "APIGW.0308" }) {
		t.Error("nothing was throttled: the test shows nothing")
	}
}

// One bad member among five fails alone and is named, whatever a batch with a
// bad element does, and whether or not the vendor's message names it.
func TestOneBadMemberAmongFive(t *testing.T) {
	t.Parallel()
	for _, atomicity := range []elbfake.Atomicity{elbfake.AllOrNothing, elbfake.SkipBad, elbfake.StopAtBad} {
		for name, bad := range map[string]struct {
			change map[string]any
			says   string
		}{
			"named":   {map[string]any{"address": "10.9.0.3"}, `(?s)Could not add member 10\.9\.0\.3:8080.*is not in subnet`},
			"unnamed": {map[string]any{"subnet_cidr_id": "subnet-none"}, `(?s)Could not add member 10\.0\.0\.3:8080.*subnet-none`},
		} {
			t.Run(fmt.Sprint(atomicity, " ", name), func(t *testing.T) {
				t.Parallel()
				inProcess(t, elbfake.Behaviour{Atomicity: atomicity}, nil, func(f *fleet) {
					five := many(5, nil)
					maps.Copy(five["10.0.0.3"], bad.change)
					f.refused(five, "10.0.0.3", bad.says)
					// All four are in state, untainted, and the bad one is not.
					mark := f.Server.Log.Mark()
					delete(five, "10.0.0.3")
					f.apply(five, numbered(5, 1, "10.0.0.3:8080")...)
					if writes := f.Server.Log.Since(mark).Writes(); len(writes) != 0 || len(f.state) != 4 {
						t.Errorf("state has %d members; the next apply wrote:\n%s", len(f.state), writes)
					}
					f.apply(nil, othersWeb)
				})
			})
		}
	}
}

// refused is an apply in which one member fails alone.
func (f *fleet) refused(configs map[string]map[string]any, name, says string) {
	f.t.Helper()
	errs := f.try(configs)
	if err := errs[name]; len(errs) != 1 || err == nil || !regexp.MustCompile(says).MatchString(err.Error()) {
		f.t.Errorf("errors %v, want one that says %s", errs, says)
	}
}

// A member that is there is an error, for it alone, and keeps its weight,
// whatever a batch would do to it; also one that comes in the moment before
// the batch, unless it is the vendor who then overwrites it.
func TestExistingMemberInABatch(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ applies, late bool }{
		"there before":             {true, false},
		"comes in between":         {false, true},
		"comes in, is overwritten": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inProcess(t, elbfake.Behaviour{ExistedApplies: tc.applies}, nil, func(f *fleet) {
				weight := 9
				theirs := func() {
					f.AddForeign("pool-1", elbfake.Member{Address: "10.0.0.3", Port: 8080, Subnet: "subnet-4", Weight: &weight, Name: "theirs"})
				}
				left := "10.0.0.3:8080 9 theirs"
				if tc.late && tc.applies {
					left = "10.0.0.3:8080 5 theirs"
				}
				if tc.late {
					f.Server.Faults.On("BatchCreateMembers").Do(fakecloud.Before(theirs))
				} else {
					theirs()
				}
				f.refused(many(5, map[string]any{"weight": 5}), "10.0.0.3",
					`(?s)Could not add member 10\.0\.0\.3:8080.*already in.*import it with the id "pool-1/10\.0\.0\.3:8080"`)
				f.apply(nil, left, othersWeb)
				removed := 0
				for _, e := range f.Server.Log.All().Writes() {
					switch e.Op {
					case "UpdateMember", "BatchUpdateMembers":
						t.Errorf("a member was changed that is not ours: %s", e.Detail)
					case "DeleteMember", "BatchDeleteMembers":
						removed += e.Items
					}
				}
				if removed != 4 {
					t.Errorf("%d members were removed in the end, want the 4 that landed", removed)
				}
			})
		})
	}
}

// A batch whose answer is lost was carried out; nothing is sent twice, and
// every member is in state, once.
func TestLostAnswerOfABatch(t *testing.T) {
	t.Parallel()
	inProcess(t, elbfake.Behaviour{}, nil, func(f *fleet) {
		for _, op := range []string{"BatchCreateMembers", "BatchUpdateMembers", "BatchDeleteMembers"} {
			f.Server.Faults.On(op).Do(fakecloud.ResetAfterCommit())
		}
		f.apply(many(5, nil), numbered(5, 1)...)
		ids := map[any]bool{}
		for _, o := range f.state {
			ids[f.core.Value(o, "member_id")] = true
		}
		if len(ids) != 5 || ids[""] || ids[nil] {
			f.t.Errorf("member ids in state: %v", ids)
		}
		f.apply(many(5, map[string]any{"weight": 0}), numbered(5, 0)...)
		f.apply(nil, othersWeb)
		sent := map[string]int{}
		for _, e := range f.Server.Log.All().Writes() {
			sent[strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(e.Op, "Members"), "Member"), "Batch")] += e.Items
		}
		for _, op := range []string{"Create", "Update", "Delete"} {
			if sent[op] != 5 {
				f.t.Errorf("%s: %d members sent, want each of 5 once:\n%s", op, sent[op], f.Server.Log.All())
			}
		}
	})
}

// A pool that is still busy with the write before is asked again.
func TestBusyPool(t *testing.T) {
	t.Parallel()
	inProcess(t, elbfake.Behaviour{BusyCode: "ELB.8907"}, nil, func(f *fleet) {
		// A write holds the pool for a while after its answer, so that the next
		// one, of a member that waits for the first, comes too early.
		f.Server.SetLatency(fakecloud.Latency{LockTail: 600 * time.Millisecond})
		first, next := f.core.New("cloudlb_elb_member"), f.core.New("cloudlb_elb_member")
		for _, weight := range []int{1, 0, -1} {
			f.core.Run()
			two := many(2, map[string]any{"weight": weight})
			for name, o := range map[string]*acctest.Object{"10.0.0.1": first, "10.0.0.2": next} {
				if weight < 0 {
					two[name] = nil
				}
				f.must(f.core.Apply(f.t.Context(), o, two[name]))
			}
			if weight >= 0 {
				f.holds(numbered(2, weight)...)
			}
		}
		f.holds(othersWeb)
		busy := map[string]bool{}
		for _, e := range f.Server.Log.All() {
			if e.Busy {
				busy[e.Op] = true
			}
		}
		if !busy["CreateMember"] || !busy["UpdateMember"] || !busy["DeleteMember"] {
			f.t.Errorf("busy was answered to %v alone: the test shows too little", busy)
		}
		f.oneAtATime()
	})
}

// Each run of the provider looks the project up once, however many members wait
// for it. That it does not where the id is configured is TestManyMembers'.
func TestProjectLookup(t *testing.T) {
	t.Parallel()
	lookups := func(members int) (n int) {
		inProcess(t, elbfake.Behaviour{}, nil, func(f *fleet) {
			f.apply(many(members, nil), numbered(members, 1)...)
			n = f.Server.Log.All().Count("KeystoneListProjects")
		})
		return n
	}
	if alone, many := lookups(1), lookups(12); alone == 0 || many != alone {
		t.Errorf("%d look-ups for 12 members, %d for one", many, alone)
	}
}

func (f *fleet) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}
