package elbfake_test

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

func TestAPoolIsCreatedShownAndDeleted(t *testing.T) {
	r, client := start(t)
	create201 := ok(client.CreatePool(&model.CreatePoolRequest{Body: &model.CreatePoolRequestBody{Pool: &model.CreatePoolOption{
		Name: new("green"), Protocol: "TCP", LbAlgorithm: "ROUND_ROBIN", ListenerId: new("l1"),
		ConnectionDrain: &model.ConnectionDrain{Enable: new(true), Timeout: new(int32(60))},
	}}}))(t)
	equal(t, "status", create201.HttpStatusCode, 201)
	id := create201.Pool.Id
	p := ok(client.ShowPool(&model.ShowPoolRequest{PoolId: id}))(t).Pool
	equal(t, "name", p.Name, "green")
	equal(t, "load balancer, by way of its listener", *p.Loadbalancers[0].Id, "lb")
	equal(t, "listener", p.Listeners[0].Id, "l1")
	equal(t, "ip_version", p.IpVersion, "dualstack")
	equal(t, "drain", *p.ConnectionDrain.Timeout, 60)

	m := ok(create(client, id, "10.0.0.5", 80))(t)
	p = ok(client.ShowPool(&model.ShowPoolRequest{PoolId: id}))(t).Pool
	equal(t, "members", fmt.Sprint(p.Members), fmt.Sprint([]model.MemberRef{{Id: m.Id}}))
	_, err := client.DeletePool(&model.DeletePoolRequest{PoolId: id})
	refused(t, err, 409, "ELB.8907", "members")
	if err := remove(client, id, m.Id); err != nil {
		t.Fatal(err)
	}
	equal(t, "delete", ok(client.DeletePool(&model.DeletePoolRequest{PoolId: id}))(t).HttpStatusCode, 204)
	_, err = client.ShowPool(&model.ShowPoolRequest{PoolId: id})
	refused(t, err, 404, "ELB.8904", "pool "+id+" could not be found.")
	_, err = client.DeletePool(&model.DeletePoolRequest{PoolId: id})
	refused(t, err, 404, "ELB.8904", "pool "+id+" could not be found.")
	_, err = client.DeletePool(&model.DeletePoolRequest{PoolId: web})
	refused(t, err, 409, "ELB.8907", "health monitor")
	equal(t, "a write to a pool locks it", r.Server.Log.All().Writes()[1].Lock, id)
}

func TestWhatMakesAPoolIsChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		o       model.CreatePoolOption
		status  int
		code    string
		message string
	}{
		{"nothing to belong to", model.CreatePoolOption{Protocol: "TCP", LbAlgorithm: "ROUND_ROBIN"}, 400, "ELB.8902", "At least one of"},
		{"protocol", model.CreatePoolOption{Protocol: "FTP", LbAlgorithm: "ROUND_ROBIN", Type: new("")}, 400, "ELB.8902", "protocol"},
		{"algorithm", model.CreatePoolOption{Protocol: "TCP", Type: new("")}, 400, "ELB.8902", "lb_algorithm"},
		{"instance without VPC", model.CreatePoolOption{Protocol: "TCP", LbAlgorithm: "ROUND_ROBIN", Type: new("instance")}, 400, "ELB.8902", "vpc_id"},
		{"VPC of a type ip pool", model.CreatePoolOption{Protocol: "TCP", LbAlgorithm: "ROUND_ROBIN", Type: new("ip"), VpcId: new("vpc")}, 400, "ELB.8902", "vpc_id"},
		{"any port of HTTP", model.CreatePoolOption{Protocol: "HTTP", LbAlgorithm: "ROUND_ROBIN", Type: new(""), AnyPortEnable: new(true)}, 400, "ELB.8902", "any_port_enable"},
		{"drain without timeout", model.CreatePoolOption{Protocol: "TCP", LbAlgorithm: "ROUND_ROBIN", Type: new(""), ConnectionDrain: &model.ConnectionDrain{Enable: new(true)}}, 400, "ELB.8902", "Connection drain timeout must be explict defined."}, //nolint:misspell // the vendor's spelling
		{"no such load balancer", model.CreatePoolOption{Protocol: "TCP", LbAlgorithm: "ROUND_ROBIN", LoadbalancerId: new("lb-x")}, 404, "ELB.8904", "loadbalancer lb-x could not be found."},
		{"no such listener", model.CreatePoolOption{Protocol: "TCP", LbAlgorithm: "ROUND_ROBIN", ListenerId: new("l-x")}, 404, "ELB.8904", "listener l-x could not be found."},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, client := inProcess(t)
			_, err := client.CreatePool(&model.CreatePoolRequest{Body: &model.CreatePoolRequestBody{Pool: &c.o}})
			refused(t, err, c.status, c.code, c.message)
		})
	}
}

func TestPoolFilters(t *testing.T) {
	r, client := start(t)
	r.AddForeign(web, elbfake.Member{Address: "10.0.0.5", Port: 80})
	r.AddForeign(anyPort, elbfake.Member{Address: "10.0.0.5"})
	all := []string{web, plain, strict, gateway, anyPort, ipOnly, affinity, instance, guarded}
	for _, c := range []struct {
		name string
		req  model.ListPoolsRequest
		want []string
	}{
		{"none", model.ListPoolsRequest{}, all},
		{"id", model.ListPoolsRequest{Id: &[]string{web, plain}}, []string{web, plain}},
		{"name", model.ListPoolsRequest{Name: &[]string{"web"}}, []string{web}},
		{"load balancer", model.ListPoolsRequest{LoadbalancerId: &[]string{"lb-strict"}}, []string{strict}},
		{"listener", model.ListPoolsRequest{ListenerId: &[]string{"l2", "l4"}}, []string{web, gateway}},
		{"protocol", model.ListPoolsRequest{Protocol: &[]string{"HTTP"}}, []string{plain}},
		{"algorithm", model.ListPoolsRequest{LbAlgorithm: &[]string{"5_TUPLE_HASH"}}, []string{gateway}},
		{"member address", model.ListPoolsRequest{MemberAddress: &[]string{"10.0.0.5"}}, []string{web, anyPort}},
		{"type", model.ListPoolsRequest{Type: &[]string{"ip"}}, []string{ipOnly}},
		{"VPC", model.ListPoolsRequest{VpcId: &[]string{"vpc"}}, []string{instance}},
		{"any port", model.ListPoolsRequest{AnyPortEnable: new(true)}, []string{anyPort}},
		{"protection", model.ListPoolsRequest{MemberDeletionProtectionEnable: new(true)}, []string{guarded}},
		{"ip_version", model.ListPoolsRequest{IpVersion: &[]string{"v4"}}, []string{plain, gateway}},
	} {
		var got []string
		for _, p := range *ok(client.ListPools(&c.req))(t).Pools {
			got = append(got, p.Id)
		}
		slices.Sort(got)
		slices.Sort(c.want)
		equal(t, c.name, fmt.Sprint(got), fmt.Sprint(c.want))
	}
	res := ok(client.ListPools(&model.ListPoolsRequest{Limit: new(int32(4))}))(t)
	equal(t, "next_marker", *res.PageInfo.NextMarker, (*res.Pools)[3].Id)
}

func TestPoolsArePaged(t *testing.T) {
	r, client := start(t)
	list := func() (sizes []int, all []string) {
		req := &model.ListPoolsRequest{Limit: new(int32(4))}
		for {
			res := ok(client.ListPools(req))(t)
			sizes = append(sizes, len(*res.Pools))
			for _, p := range *res.Pools {
				all = append(all, p.Id)
			}
			if req.Marker = res.PageInfo.NextMarker; req.Marker == nil || len(sizes) > 10 {
				return sizes, all
			}
		}
	}
	sizes, all := list()
	equal(t, "by limit", fmt.Sprint(sizes), "[4 4 1]")
	slices.Sort(all)
	equal(t, "distinct pools", len(slices.Compact(all)), 9)
	r.SetBehaviour(func(b *behaviour) { b.PageCap, b.NextMarkerAlways = 3, true })
	sizes, _ = list()
	equal(t, "by the cap", fmt.Sprint(sizes), "[3 3 3 0]")
}

func TestAPoolTellsWhatItLacksInOneOfThreeWays(t *testing.T) {
	t.Parallel()
	r := elbfake.Start(t, seed())
	for _, c := range []struct {
		change func(*behaviour)
		want   []string
		not    []string
	}{
		{func(*behaviour) {}, []string{`"healthmonitor_id":""`, `"connection_drain":{"enable":false,"timeout":300}`, `"listeners":[]`}, nil},
		{func(b *behaviour) { b.PoolNulls = true }, []string{`"healthmonitor_id":null`, `"connection_drain":null`, `"slow_start":null`, `"listeners":[]`}, nil},
		{func(b *behaviour) { b.PoolOmits = []string{"connection_drain", "any_port_enable"} }, []string{`"healthmonitor_id":null`, `"listeners":[]`},
			[]string{"connection_drain", "any_port_enable"}},
	} {
		r.SetBehaviour(c.change)
		for _, path := range []string{pools(plain), pools("")[:len(pools(""))-1] + "?name=plain"} {
			status, body := raw(t, r, "GET", path, "")
			equal(t, path, status, 200)
			for _, w := range c.want {
				if !strings.Contains(body, w) {
					t.Errorf("%s: no %s in %s", path, w, body)
				}
			}
			for _, n := range c.not {
				if strings.Contains(body, n) {
					t.Errorf("%s: %s in %s", path, n, body)
				}
			}
		}
	}
	r.SetBehaviour(func(b *behaviour) { b.PoolOmits = nil })
	status, body := raw(t, r, "GET", pools(web), "")
	if status != 200 || strings.Contains(body, `"healthmonitor_id":null`) {
		t.Errorf("a pool with a monitor: %d %s", status, body)
	}
}

func TestALoadBalancerIsShown(t *testing.T) {
	_, client := start(t)
	lb := ok(client.ShowLoadBalancer(&model.ShowLoadBalancerRequest{LoadbalancerId: "lb"}))(t).Loadbalancer
	equal(t, "name", lb.Name, "front")
	equal(t, "ip_target_enable", lb.IpTargetEnable, true)
	equal(t, "provisioning_status", lb.ProvisioningStatus, "ACTIVE")
	equal(t, "pools", fmt.Sprint(lb.Pools), fmt.Sprint([]model.PoolRef{{Id: web}}))
	equal(t, "listeners", fmt.Sprint(lb.Listeners), fmt.Sprint([]model.ListenerRef{{Id: "l1"}, {Id: "l2"}}))
	_, err := client.ShowLoadBalancer(&model.ShowLoadBalancerRequest{LoadbalancerId: "lb-x"})
	refused(t, err, 404, "ELB.8904", "loadbalancer lb-x could not be found.")
}

func TestIAMFindsTheProjectOfTheRegion(t *testing.T) {
	t.Parallel()
	// The SDK keeps what it found by AK for the whole process: no other test,
	// nor this one run again, may use these.
	first, second, third := rand.Text(), rand.Text(), rand.Text()
	s := seed()
	s.Keys = []elbfake.Key{{AK: first, SK: "SK"}, {AK: second, SK: "SK"}, {AK: third, SK: "SK"}}
	r := elbfake.Start(t, s)
	client := connect(t, r.URL, nil, basic.NewCredentialsBuilder().WithAk(first).WithSk("SK"))
	equal(t, "pool", ok(client.ShowPool(&model.ShowPoolRequest{PoolId: plain}))(t).Pool.ProjectId, project)
	equal(t, "log", strings.Join(r.Server.Log.All().Ops(), " "), "KeystoneListProjects ShowPool")

	if _, err := tryConnect(r.URL, nil, basic.NewCredentialsBuilder().WithAk(second).WithSk("WRONG")); err == nil || !strings.Contains(err.Error(), "APIGW.0301") {
		t.Errorf("wrong secret: %v", err)
	}

	s.Projects[0].Name = "elsewhere"
	r = elbfake.Start(t, s)
	if _, err := tryConnect(r.URL, nil, basic.NewCredentialsBuilder().WithAk(third).WithSk("SK")); err == nil || !strings.Contains(err.Error(), "confirm that the project exists") {
		t.Errorf("no such project: %v", err)
	}
	_, body := raw(t, r, "GET", "/v3/projects", "")
	if !strings.Contains(body, project) || !strings.Contains(body, other) || strings.Contains(body, "request_id") {
		t.Errorf("all projects: %s", body)
	}
}

// A request that no correct client sends fails the test that sends it, and is
// never answered as something that is gone.
func TestWhatTheAPIDoesNotHaveIsReported(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, method, path, body string }{
		{"path", "GET", "/v3/" + project + "/elb/flavors", ""},
		{"version", "GET", "/v2.0/lbaas/pools", ""},
		{"method", http.MethodPatch, pools(plain), `{}`},
		{"batch by PUT", http.MethodPut, pools(plain) + "/members/batch-add/x", `{"members":[]}`},
		{"no pool id", "GET", pools("") + "/members", ""},
		{"a slash in a pool id", "GET", pools("a/b") + "/members", ""},
		{"query parameter", "GET", pools(plain) + "/members?page=1", ""},
		{"query of a call that has none", "DELETE", pools(plain) + "?force=true", ""},
		{"broken query", "GET", pools(plain) + "/members?name=%zz", ""},
		{"body of a GET", "GET", pools(plain), `{}`},
		{"IAM query", "GET", "/v3/projects?enabled=true", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			says := &recorder{TB: t}
			r := elbfake.InProcess(says, seed())
			status, body := raw(t, r, c.method, c.path, c.body)
			if status != 400 || !strings.Contains(body, `"error_code":"FAKE.0000"`) {
				t.Errorf("got %d %s", status, body)
			}
			if len(says.reports()) != 1 {
				t.Errorf("reported %q", says.reports())
			}
		})
	}
}

func TestEveryAnswerCarriesItsRequestIDTwice(t *testing.T) {
	t.Parallel()
	r := elbfake.InProcess(t, seed())
	seen := map[string]bool{}
	for _, path := range []string{pools(plain), pools("p-x"), pools(plain) + "/members", "/v3/" + project + "/elb/quotas"} {
		req, err := http.NewRequestWithContext(t.Context(), "GET", r.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Auth-Token", token)
		_, header, body := send(t, r.Server.Transport(), req)
		id := header.Get("X-Request-Id")
		if id == "" || seen[id] || !strings.Contains(body, `"request_id":"`+id+`"`) {
			t.Errorf("%s: header %q, answer %s", path, id, body)
		}
		seen[id] = true
	}
}
