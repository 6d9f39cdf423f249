package elbapi

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// fancy has everything that a pool can have, bare nothing.
var (
	fancy = elbfake.Pool{ID: "fancy", Name: "a b&c=1", Protocol: "QUIC", Algorithm: "QUIC_CID", Type: "instance", VPC: "vpc",
		Listeners: []string{"l1"}, HealthMonitor: true, AnyPort: true, DeletionProtection: true,
		ConnectionDrain: &elbfake.Drain{Enable: true, Timeout: 90}, Members: []elbfake.Member{{Address: "10.0.0.5"}, {Address: "10.0.0.6"}}}
	bare = elbfake.Pool{ID: "bare", Protocol: "HTTP"}

	fancyInfo = PoolInfo{ID: "fancy", Name: "a b&c=1", Protocol: "QUIC", LBAlgorithm: "QUIC_CID", Type: "instance", VpcID: "vpc",
		IPVersion: "dualstack", LoadBalancers: []string{"lb"}, Listeners: []string{"l1"}, HealthMonitorID: "set", AnyPort: true,
		MemberDeletionProtection: true, ConnectionDrain: ConnectionDrain{Enable: true, Timeout: 90 * time.Second}, Members: 2}
	bareInfo = PoolInfo{ID: "bare", Protocol: "HTTP", LBAlgorithm: "ROUND_ROBIN", IPVersion: "v4",
		LoadBalancers: []string{}, Listeners: []string{}, ConnectionDrain: ConnectionDrain{Timeout: 300 * time.Second}}
)

func wantPool(t *testing.T, got, want PoolInfo) {
	t.Helper()
	if got.HealthMonitorID != "" {
		got.HealthMonitorID = "set"
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

func TestPoolInfoTellsEverything(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := simulated(t, elbfake.Behaviour{}, fancy, bare)
		for _, want := range []PoolInfo{fancyInfo, bareInfo} {
			got, err := c.PoolInfo(t.Context(), want.ID)
			if err != nil {
				t.Fatal(err)
			}
			wantPool(t, got, want)
		}
		r.SetBehaviour(func(b *elbfake.Behaviour) { b.PoolNulls = true })
		want := bareInfo
		want.ConnectionDrain.Timeout = 0
		got, err := c.PoolInfo(t.Context(), "bare")
		if err != nil {
			t.Fatal(err)
		}
		wantPool(t, got, want)
		r.SetBehaviour(func(b *elbfake.Behaviour) {
			b.PoolOmits = []string{"connection_drain", "any_port_enable", "member_deletion_protection_enable", "members", "listeners", "loadbalancers"}
		})
		want = PoolInfo{ID: "fancy", Name: fancyInfo.Name, Protocol: "QUIC", LBAlgorithm: "QUIC_CID", Type: "instance", VpcID: "vpc",
			IPVersion: "dualstack", LoadBalancers: []string{}, Listeners: []string{}, HealthMonitorID: "set", Members: -1}
		if got, err = c.PoolInfo(t.Context(), "fancy"); err != nil {
			t.Fatal(err)
		}
		wantPool(t, got, want)
	})
}

func TestPoolInfoOfNoPool(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := simulated(t, elbfake.Behaviour{}, bare)
		_, err := c.PoolInfo(t.Context(), testPool)
		if e := wantClass(t, err, membership.NotFound); e.Action != "ShowPool" || e.Code != "ELB.8904" || e.RequestID == "" {
			t.Errorf("%+v", e)
		}
		mark := r.Server.Log.Mark()
		for _, id := range []string{"", "a/b", "../loadbalancers", "x?y"} {
			if _, err := c.PoolInfo(t.Context(), id); !membership.Is(err, membership.Refused) {
				t.Errorf("%q: %v", id, err)
			}
		}
		wantCalls(t, r, &mark, "")
	})
}

func names(pools []PoolInfo) string {
	var all []string
	for _, p := range pools {
		all = append(all, p.ID)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestPoolsAreFilteredByTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, c := simulated(t, elbfake.Behaviour{}, fancy, bare)
		for _, tt := range []struct {
			filter PoolFilter
			want   string
			query  url.Values
		}{
			{PoolFilter{}, "bare fancy", url.Values{}},
			{PoolFilter{ID: "bare"}, "bare", url.Values{"id": {"bare"}}},
			{PoolFilter{Name: "a b&c=1"}, "fancy", url.Values{"name": {"a b&c=1"}}},
			{PoolFilter{Protocol: "HTTP"}, "bare", url.Values{"protocol": {"HTTP"}}},
			{PoolFilter{LBAlgorithm: "QUIC_CID"}, "fancy", url.Values{"lb_algorithm": {"QUIC_CID"}}},
			{PoolFilter{Type: "instance", VpcID: "vpc"}, "fancy", url.Values{"type": {"instance"}, "vpc_id": {"vpc"}}},
			{PoolFilter{IPVersion: "v4"}, "bare", url.Values{"ip_version": {"v4"}}},
			{PoolFilter{LoadBalancerID: "lb"}, "fancy", url.Values{"loadbalancer_id": {"lb"}}},
			{PoolFilter{ListenerID: "l2"}, "", url.Values{"listener_id": {"l2"}}},
			{PoolFilter{MemberAddress: "10.0.0.6", Protocol: "QUIC"}, "fancy", url.Values{"member_address": {"10.0.0.6"}, "protocol": {"QUIC"}}},
		} {
			mark := r.Server.Log.Mark()
			got, err := c.Pools(t.Context(), tt.filter)
			if err != nil || names(got) != tt.want {
				t.Errorf("%+v: %q, want %q: %v", tt.filter, names(got), tt.want, err)
			}
			tt.query.Set("limit", "2000")
			sent, err := url.ParseQuery(r.Server.Log.Since(mark)[0].Detail)
			if err != nil || !reflect.DeepEqual(sent, tt.query) {
				t.Errorf("sent %v, want %v: %v", sent, tt.query, err)
			}
			for _, p := range got {
				if p.ID == "fancy" {
					wantPool(t, p, fancyInfo)
				} else {
					wantPool(t, p, bareInfo)
				}
			}
		}
	})
}

func TestPoolsAreReadToTheLastPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pools []elbfake.Pool
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			pools = append(pools, elbfake.Pool{ID: id, Protocol: "TCP"})
		}
		r, c := simulated(t, elbfake.Behaviour{PageCap: 2, NextMarkerAlways: true}, pools...)
		got, err := c.Pools(t.Context(), PoolFilter{Protocol: "TCP"})
		if err != nil || names(got) != "a b c d e" {
			t.Errorf("%q: %v", names(got), err)
		}
		r.Server.Faults.On("ListPools").Nth(2).Do(fakecloud.Fail(500, "ELB.8906", "internal"))
		if got, err = c.Pools(t.Context(), PoolFilter{}); !membership.Is(err, membership.Transient) || got != nil {
			t.Errorf("%d pools beside %v", len(got), err)
		}
	})
}

// poolObject is a pool of an answer.
func poolObject(attributes string) string { return `{"id":"p","protocol":"TCP",` + attributes + `}` }

func TestAnUnreadableListOfPoolsIsNotEmpty(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty": "", "null": "null", "empty object": "{}", "null pools": `{"pools":null}`, "members": `{"members":[]}`, "list": "[]",
		"HTML": "<html></html>", "truncated": `{"pools":[`, "two values": `{"pools":[]}{"pools":[]}`, "no id": `{"pools":[{}]}`,
		"a null pool": `{"pools":[null]}`, "object": `{"pools":{}}`, "wrong types": `{"pools":[` + poolObject(`"listeners":7`) + `]}`,
	} {
		c := testClient(t, &wire{Handler: answers(200, body)})
		if got, err := c.Pools(t.Context(), PoolFilter{}); !membership.Is(err, membership.Transient) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	c := testClient(t, &wire{Handler: answers(200, `{"pools":[]}`)})
	if got, err := c.Pools(t.Context(), PoolFilter{}); err != nil || got == nil || len(got) != 0 {
		t.Errorf("none: %v, %v", got, err)
	}
	w := &wire{Handler: answers(http.StatusForbidden, elbError("ELB.8903", "Forbidden"))}
	if _, err := testClient(t, w).Pools(t.Context(), PoolFilter{}); !membership.Is(err, membership.Denied) {
		t.Errorf("forbidden: %v", err)
	}
}

func TestTrapOneOddAttributeHidesThePool(t *testing.T) {
	t.Parallel()
	// The page of ListPools writes az_affinity's enable as a text.
	answer := `{"pool":` + poolObject(`"az_affinity":{"enable":"true"},"listeners":[],"loadbalancers":[]`) + `}`
	if _, err := rawOver(t, &wire{Handler: answers(200, answer)}).ShowPool(&model.ShowPoolRequest{PoolId: "p"}); err == nil {
		t.Error("the SDK read it")
	}
	got, err := testClient(t, &wire{Handler: answers(200, answer)}).PoolInfo(t.Context(), "p")
	if err != nil || got.Protocol != "TCP" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTrapAbsentAndEmptyAreOne(t *testing.T) {
	t.Parallel()
	sdk := func(attributes string) *model.Pool {
		r, err := rawOver(t, &wire{Handler: answers(200, `{"pool":`+poolObject(attributes)+`}`)}).ShowPool(&model.ShowPoolRequest{PoolId: "p"})
		if err != nil {
			t.Fatal(err)
		}
		return r.Pool
	}
	absent, null, empty := `"name":""`, `"healthmonitor_id":null`, `"healthmonitor_id":""`
	if a, b, c := sdk(absent), sdk(null), sdk(empty); !reflect.DeepEqual(a, b) || !reflect.DeepEqual(b, c) {
		t.Errorf("the SDK tells them apart: %v %v %v", a, b, c)
	}
	for attributes, want := range map[string]string{absent: "", null: noHealthMonitor, empty: noHealthMonitor, `"healthmonitor_id":"h"`: ""} {
		c := testClient(t, &wire{Handler: answers(200, `{"pool":`+poolObject(attributes)+`}`)})
		body, err := c.showPool(t.Context(), "p")
		if err != nil || body.unchecked() != want {
			t.Errorf("%s: %q, want %q: %v", attributes, body.unchecked(), want, err)
		}
	}
}

func TestDrainNotes(t *testing.T) {
	t.Parallel()
	draining := ConnectionDrain{Enable: true, Timeout: 90 * time.Second}
	for name, c := range map[string]struct {
		pool  PoolInfo
		drain time.Duration
		want  []string // what each note speaks of
	}{
		"plain":             {PoolInfo{Protocol: "HTTP", LBAlgorithm: "ROUND_ROBIN"}, time.Minute, nil},
		"source address":    {PoolInfo{Protocol: "HTTP", LBAlgorithm: "SOURCE_IP"}, time.Minute, []string{"SOURCE_IP, ignores weights.*a drain of 1m0s only delays"}},
		"QUIC id":           {PoolInfo{Protocol: "QUIC", LBAlgorithm: "QUIC_CID"}, time.Minute, []string{"QUIC_CID, ignores weights"}},
		"TCP drains":        {PoolInfo{Protocol: "TCP", ConnectionDrain: draining}, time.Minute, []string{"connection_drain.*for 90 s.*1m0s is not needed"}},
		"UDP drains":        {PoolInfo{Protocol: "UDP", ConnectionDrain: draining}, time.Minute, []string{"connection_drain"}},
		"drain turned off":  {PoolInfo{Protocol: "TCP", ConnectionDrain: ConnectionDrain{Timeout: time.Minute}}, time.Minute, nil},
		"HTTP has no drain": {PoolInfo{Protocol: "HTTP", ConnectionDrain: draining}, time.Minute, nil},
		"both":              {PoolInfo{Protocol: "QUIC", LBAlgorithm: "QUIC_CID", ConnectionDrain: draining}, time.Minute, []string{"ignores weights", "connection_drain"}},
		"no drain asked":    {PoolInfo{Protocol: "QUIC", LBAlgorithm: "QUIC_CID", ConnectionDrain: draining}, 0, nil},
	} {
		notes := c.pool.DrainNotes(c.drain)
		if len(notes) != len(c.want) {
			t.Errorf("%s: %q", name, notes)
			continue
		}
		for i, want := range c.want {
			for _, part := range strings.Split(want, ".*") {
				if !strings.Contains(notes[i], part) {
					t.Errorf("%s: no %q in %q", name, part, notes[i])
				}
			}
		}
	}
}
