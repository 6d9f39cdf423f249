package alicloud_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// sgFigures are the calls that a change costs, at jobs of 2 s and calls of 50 ms.
type sgFigures struct {
	cloud  *sgfake.Running
	handle *membership.Handle
}

func sgMeasure(t *testing.T, product sgapi.Product, has int) sgFigures {
	t.Helper()
	seed := sgfake.Seed{
		ServerGroups: []sgfake.ServerGroup{{ID: "sgp-1"}},
		Rules:        sgfake.Rules{AnyServer: true, JobSeconds: 2},
		Servers:      []sgfake.Server{{ID: "i-bad", FailJob: &sgfake.JobFailure{Code: "506", Message: "it could not be done"}}},
	}
	for _, m := range sgServers(0, has) {
		seed.ServerGroups[0].Members = append(seed.ServerGroups[0].Members, sgfake.Member{ServerID: m.Key.Server, Port: m.Key.Port, Weight: m.Weight})
	}
	c, group := sgOpen(t, product, sgProducts[product], seed)
	c.SetLatency(fakecloud.Latency{Read: 50 * time.Millisecond, Write: 50 * time.Millisecond})
	return sgFigures{c, membership.New(membership.Options{WritesPerMinute: product.WritesPerMinute()}).Open("g", func() membership.Group { return group })}
}

func sgServers(from, to int) (ms []membership.Member) {
	for n := from; n < to; n++ {
		ms = append(ms, membership.Member{Key: membership.Key{Server: fmt.Sprintf("i-%04d", n), Port: 80}, Type: "ecs", Weight: 10})
	}
	return ms
}

// calls are how many there were of each action.
func (f sgFigures) calls() map[string]int {
	all := map[string]int{}
	for _, e := range f.cloud.Log.All() {
		all[e.Op]++
	}
	return all
}

func (f sgFigures) succeed(t *testing.T, outcomes []membership.Outcome) {
	t.Helper()
	for _, o := range outcomes {
		if o.Err != nil {
			t.Errorf("%s: %v", o.Member.Key, o.Err)
		}
	}
}

func TestWhatChangesOfServerGroupsCost(t *testing.T) {
	t.Parallel()
	const add, update, list, jobs = "AddServersToServerGroup", "UpdateServerGroupServersAttribute", "ListServerGroupServers", "ListAsynJobs"
	for name, tc := range map[string]struct {
		has  int
		do   func(t *testing.T, f sgFigures)
		most map[sgapi.Product]map[string]int // calls of an action; of one that is not named, none
	}{
		"200 singles, ten at once": {
			do: func(t *testing.T, f sgFigures) {
				next := make(chan membership.Member, 200)
				for _, m := range sgServers(0, 200) {
					next <- m
				}
				close(next)
				var wg sync.WaitGroup
				for range 10 {
					wg.Go(func() {
						for m := range next {
							if _, err := f.handle.Add(t.Context(), m, false); err != nil {
								t.Error(err)
							}
						}
					})
				}
				wg.Wait()
			},
			most: map[sgapi.Product]map[string]int{
				sgapi.ALB: {add: 45, list: 150, jobs: 200, "ListServerGroups": 2}, sgapi.NLB: {add: 45, list: 150, jobs: 200, "ListServerGroups": 2},
			},
		},
		"a set of 200": {
			do: func(t *testing.T, f sgFigures) {
				f.succeed(t, f.handle.AddAll(t.Context(), sgServers(0, 200), false))
			},
			// One listing before, of a group without members, and one of two pages after.
			most: map[sgapi.Product]map[string]int{
				sgapi.ALB: {add: 1, list: 1 + 2, jobs: 3, "ListServerGroups": 1}, sgapi.NLB: {add: 1, list: 1 + 2, jobs: 3, "ListServerGroups": 1},
			},
		},
		"a set of 1,000": {
			do: func(t *testing.T, f sgFigures) {
				f.succeed(t, f.handle.AddAll(t.Context(), sgServers(0, 1000), false))
			},
			most: map[sgapi.Product]map[string]int{sgapi.ALB: {add: 5, list: 1 + 10, jobs: 15, "ListServerGroups": 1}},
		},
		"a change of 200 weights": {
			has: 200,
			do: func(t *testing.T, f sgFigures) {
				var changes []membership.Change
				for _, m := range sgServers(0, 200) {
					changes = append(changes, membership.Change{Member: m, Weight: new(20)})
				}
				done := make(chan bool)
				go func() {
					defer close(done)
					f.succeed(t, f.handle.UpdateAll(t.Context(), changes))
				}()
				for over := false; !over; {
					select {
					case <-done:
						over = true
					case <-time.After(100 * time.Millisecond):
					}
					if n := len(f.cloud.Cloud.Holdings()["sgp-1"]); n != 200 {
						t.Fatalf("%d members are in", n)
					}
				}
			},
			most: map[sgapi.Product]map[string]int{sgapi.ALB: {update: 5, list: 10, jobs: 15}, sgapi.NLB: {update: 1, list: 4, jobs: 3}},
		},
		"a refresh of 200 singles": {
			has: 200,
			do: func(t *testing.T, f sgFigures) {
				var wg sync.WaitGroup
				for _, m := range sgServers(0, 200) {
					wg.Go(func() {
						if _, err := f.handle.Find(t.Context(), m); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
			},
			most: map[sgapi.Product]map[string]int{sgapi.ALB: {list: 2}, sgapi.NLB: {list: 2}},
		},
		"one bad of twenty": {
			do: func(t *testing.T, f sgFigures) {
				some := slices.Insert(sgServers(0, 19), 13, membership.Member{Key: membership.Key{Server: "i-bad", Port: 80}, Weight: 10})
				for i, o := range f.handle.AddAll(t.Context(), some, false) {
					if i == 13 != membership.Is(o.Err, membership.Refused) || i != 13 && o.Err != nil {
						t.Errorf("%s: %v", some[i].Key, o.Err)
					}
				}
				if n := len(f.cloud.Cloud.Holdings()["sgp-1"]); n != 19 {
					t.Errorf("%d members are in, want 19", n)
				}
			},
			most: map[sgapi.Product]map[string]int{
				sgapi.ALB: {add: 11, list: 20, jobs: 40, "ListServerGroups": 10}, sgapi.NLB: {add: 11, list: 20, jobs: 40, "ListServerGroups": 10},
			},
		},
		"three jobs of somebody else's": {
			do: func(t *testing.T, f sgFigures) {
				for range 3 {
					f.cloud.Cloud.Occupy("sgp-1", 20*time.Second)
					f.succeed(t, f.handle.AddAll(t.Context(), sgServers(len(f.cloud.Cloud.Holdings()["sgp-1"]), 1+len(f.cloud.Cloud.Holdings()["sgp-1"])), false))
				}
				if n := f.cloud.Log.All().BusyAnswers(); n != 3 {
					t.Errorf("%d busy answers, want one for each job", n)
				}
			},
			most: map[sgapi.Product]map[string]int{
				sgapi.ALB: {add: 6, list: 10, jobs: 9, "ListServerGroups": 40}, sgapi.NLB: {add: 6, list: 10, jobs: 9, "ListServerGroups": 40},
			},
		},
	} {
		for product, most := range tc.most {
			t.Run(name+"/"+product.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					f, began := sgMeasure(t, product, tc.has), time.Now()
					tc.do(t, f)
					calls := f.calls()
					t.Logf("%v: %v", time.Since(began), calls)
					for op, n := range calls {
						if n > most[op] {
							t.Errorf("%d calls of %s, want at most %d", n, op, most[op])
						}
					}
				})
			})
		}
	}
}
