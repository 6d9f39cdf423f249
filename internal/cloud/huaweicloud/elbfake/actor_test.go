package elbfake_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

func TestAnotherActorLeavesNoTraceInTheLog(t *testing.T) {
	r, client := start(t)
	id := r.AddForeign(plain, elbfake.Member{Address: "10.0.0.9", Port: 80, Weight: new(0), Name: "theirs"})
	r.AddForeign(plain, elbfake.Member{Address: "10.0.0.10", Port: 80})
	equal(t, "sorted by address", text(r, plain), "10.0.0.9:80=0 10.0.0.10:80=1")
	r.SetWeight(plain, "10.0.0.9", 80, 60)
	r.SetName(plain, "10.0.0.9", 80, "ours")
	r.RemoveForeign(plain, "10.0.0.10", 80)
	equal(t, "calls", len(r.Server.Log.All()), 0)
	m := ok(show(client, plain, id))(t)
	equal(t, "weight", m.Weight, 60)
	equal(t, "name", m.Name, "ours")
	equal(t, "members", text(r, plain), "10.0.0.9:80=60")
}

func TestAnotherActorMayComeBetweenReadAndWrite(t *testing.T) {
	r, client := start(t)
	r.Server.Faults.On("CreateMember").Do(fakecloud.Before(func() {
		r.AddForeign(plain, elbfake.Member{Address: "10.0.0.5", Port: 80})
	}))
	_, err := create(client, plain, "10.0.0.5", 80)
	refused(t, err, 409, "ELB.8907", "already exists")
}

func TestALoadBalancerGoesWithItsPools(t *testing.T) {
	r, client := start(t)
	r.DeleteLoadBalancer("lb")
	_, err := client.ShowPool(&model.ShowPoolRequest{PoolId: web})
	refused(t, err, 404, "ELB.8904", "pool pool-web could not be found.")
	_, err = client.ShowLoadBalancer(&model.ShowLoadBalancerRequest{LoadbalancerId: "lb"})
	refused(t, err, 404, "ELB.8904", "loadbalancer lb could not be found.")
	ok(client.ShowPool(&model.ShowPoolRequest{PoolId: strict}))(t)
}

func TestMistakesOfTheTestAreReported(t *testing.T) {
	t.Parallel()
	says := &recorder{TB: t}
	r := elbfake.InProcess(says, seed())
	r.AddForeign("p-x", elbfake.Member{Address: "10.0.0.5", Port: 80})
	r.AddForeign(web, elbfake.Member{Address: "10.0.0.5", Port: 0})
	r.AddForeign(guarded, elbfake.Member{Address: "10.0.0.9", Port: 80})
	r.RemoveForeign(web, "10.0.0.5", 80)
	r.SetWeight(web, "10.0.0.5", 80, 1)
	r.SetHealth(web, "10.0.0.5", 80, elbfake.Health{})
	r.DeletePool("p-x")
	r.DeleteLoadBalancer("lb-x")
	r.SetDeletionProtection("p-x", true)
	r.SetListeners("p-x")
	r.SetListeners(web, "l-x")
	r.SetHealthMonitor("p-x", true)
	r.SetProvisioningStatus("lb-x", "ACTIVE")
	equal(t, "reports: "+strings.Join(says.reports(), "\n"), len(says.reports()), 13)
}

func TestStateIsPlainJSON(t *testing.T) {
	r, client := start(t)
	ok(create(client, web, "10.0.0.5", 80, weighing(0)))(t)
	b := ok(json.Marshal(r.State()))(t)
	for _, want := range []string{`"id":"lb"`, `"id":"pool-web"`, `"address":"10.0.0.5","protocol_port":80,"weight":0`, `"operating_status":"INITIAL"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("no %s in %s", want, b)
		}
	}
	if strings.Contains(string(b), `"SK"`) {
		t.Error("the state tells a secret key")
	}
}

func TestTheExampleSeedIsReadAndServed(t *testing.T) {
	t.Parallel()
	f := ok(os.Open("testdata/seed.json"))(t)
	defer f.Close()
	s := ok(elbfake.ReadSeed(f))(t)
	r := elbfake.Start(t, s)
	client := connect(t, r.URL, nil, key(s.Keys[0].AK, s.Keys[0].SK, "").WithProjectId(s.Projects[0].ID))
	res := ok(client.ListMembers(&model.ListMembersRequest{PoolId: s.Pools[0].ID}))(t)
	equal(t, "members", len(*res.Members), len(s.Pools[0].Members))
	equal(t, "a seeded weight of 0", text(r, s.Pools[0].ID), "10.0.0.11:8080=10 10.0.0.12:8080=0 192.168.1.20:8080=1")
}

func TestAWrongSeedIsRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{`:                               "read ELB seed",
		`{"project":[]}`:                  `unknown field "project"`,
		`{}`:                              "no project",
		`{"projects":[{"id":"p"}],"x":1}`: `unknown field "x"`,
		`{"projects":[{"id":""}]}`:        "a project without id",
		`{"projects":[{"id":"p"}],"subnets":[{"id":"n","cidr":"10.0.0.0"}]}`:                   "subnet n",
		`{"projects":[{"id":"p"}],"pools":[{"id":"a","protocol":"FTP"}]}`:                      `pool a: protocol "FTP"`,
		`{"projects":[{"id":"p"}],"pools":[{"id":"a","protocol":"TCP","listeners":["l"]}]}`:    "pool a: no listener l",
		`{"projects":[{"id":"p"}],"pools":[{"id":"p","protocol":"TCP"}]}`:                      "the id is already that of a project",
		`{"projects":[{"id":"p"}],"keys":[{"ak":"a"}]}`:                                        "without ak or sk",
		`{"projects":[{"id":"p"}],"behaviour":{"atomicity":"some"}}`:                           `atomicity "some"`,
		`{"projects":[{"id":"p"}],"pools":[{"id":"a","protocol":"TCP","loadbalancers":[""]}]}`: "pool a: no load balancer",
	} {
		if _, err := elbfake.ReadSeed(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	defer func() {
		if p := recover(); p == nil || !strings.Contains(p.(string), "member 10.0.0.5") {
			t.Errorf("a member that its pool does not take: %v", p)
		}
	}()
	s := seed()
	s.Pools[0].Members = []elbfake.Member{{Address: "10.0.0.5"}}
	elbfake.New(s)
}
