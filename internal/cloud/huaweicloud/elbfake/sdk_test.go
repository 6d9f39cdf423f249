package elbfake_test

import (
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/region"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

// connect is the official SDK's client of a running cloud, with the permanent
// key of the seed. A transport takes the place of the network where it is not
// nil.
func connect(t testing.TB, r *elbfake.Running, transport http.RoundTripper) *elb.ElbClient {
	t.Helper()
	return ok(tryConnect(r.URL, transport, basic.NewCredentialsBuilder().WithAk("AK").WithSk("SK").WithProjectId("p1")))(t)
}

func tryConnect(url string, transport http.RoundTripper, credentials *basic.CredentialsBuilder) (*elb.ElbClient, error) {
	c, err := credentials.WithIamEndpointOverride(url).SafeBuild()
	if err != nil {
		return nil, err
	}
	http := config.DefaultHttpConfig().WithUserAgent("elbfake-contract-test")
	if transport != nil {
		http = http.WithHttpRoundTripper(transport)
	}
	hc, err := elb.ElbClientBuilder().WithCredential(c).WithRegion(region.NewRegion("cn-north-4", url)).WithHttpConfig(http).SafeBuild()
	if err != nil {
		return nil, err
	}
	return elb.NewElbClient(hc), nil
}

// refused wants an error of the vendor's, as the SDK reads it.
func refused(t testing.TB, err error, status int, code, message string) {
	t.Helper()
	var e *sdkerr.ServiceResponseError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want the error %d %s", err, status, code)
	}
	if e.StatusCode != status || e.ErrorCode != code || !strings.Contains(e.ErrorMessage, message) || e.RequestId == "" {
		t.Errorf("got %d %s %q, request id %q, want %d %s with %q", e.StatusCode, e.ErrorCode, e.ErrorMessage, e.RequestId, status, code, message)
	}
}

// Every call goes through the official SDK over a socket, and its answer is
// what the SDK's types expect.
func TestEveryCallThroughTheSDK(t *testing.T) {
	t.Parallel()
	r := elbfake.Start(t, world())
	c := connect(t, r, nil)
	made := ok(c.CreateMember(&model.CreateMemberRequest{PoolId: "plain", Body: &model.CreateMemberRequestBody{
		Member: &model.CreateMemberOption{Address: "10.0.0.5", ProtocolPort: new(int32(80)), SubnetCidrId: new("net-a"), Name: new("a&b <c> ü")}}}))(t)
	equal(t, "status of create", made.HttpStatusCode, 201)
	if made.RequestId == nil || made.Member.Id == *made.Member.InstanceId {
		t.Errorf("created %+v", made)
	}
	id := made.Member.Id
	shown := ok(c.ShowMember(&model.ShowMemberRequest{PoolId: "plain", MemberId: id}))(t)
	equal(t, "shown", shown.Member.String(), made.Member.String())
	changed := ok(c.UpdateMember(&model.UpdateMemberRequest{PoolId: "plain", MemberId: id,
		Body: &model.UpdateMemberRequestBody{Member: &model.UpdateMemberOption{Weight: new(int32(0))}}}))(t)
	equal(t, "weight", changed.Member.Weight, 0)
	added := ok(c.BatchCreateMembers(&model.BatchCreateMembersRequest{PoolId: "plain", Body: &model.BatchCreateMembersRequestBody{
		Members: []model.BatchCreateMembersOption{{Address: "10.0.0.6", ProtocolPort: 80}, {Address: "10.0.0.5", ProtocolPort: 80}}}}))(t)
	equal(t, "ret_status", (*added.Members)[0].RetStatus+" "+(*added.Members)[1].RetStatus, "successful existed")
	updated := ok(c.BatchUpdateMembers(&model.BatchUpdateMembersRequest{PoolId: "plain", Body: &model.BatchUpdateMembersRequestBody{
		Members: []model.BatchUpdateMembersOption{{Id: id, Name: new("one")}}}}))(t)
	equal(t, "updated", len(*updated.Members), 1)
	equal(t, "members", text(r.Members("plain")), "10.0.0.5:80@0=one 10.0.0.6:80@1")
	listed := ok(c.ListMembers(&model.ListMembersRequest{PoolId: "plain", Limit: new(int32(1))}))(t)
	equal(t, "next_marker", *listed.PageInfo.NextMarker, (*listed.Members)[0].Id)
	deleted := ok(c.BatchDeleteMembers(&model.BatchDeleteMembersRequest{PoolId: "plain", Body: &model.BatchDeleteMembersRequestBody{
		Members: []model.BatchDeleteMembersOption{{Address: new("10.0.0.6"), ProtocolPort: new(int32(80))}, {Id: new("m-x")}}}}))(t)
	equal(t, "ret_status", (*deleted.Members)[1].RetStatus, "not found")
	equal(t, "status of delete", ok(c.DeleteMember(&model.DeleteMemberRequest{PoolId: "plain", MemberId: id}))(t).HttpStatusCode, 204)
	equal(t, "pool", *ok(c.ShowPool(&model.ShowPoolRequest{PoolId: "web"}))(t).Pool.Loadbalancers[0].Id, "lb")
	equal(t, "pools", len(*ok(c.ListPools(&model.ListPoolsRequest{Name: &[]string{"web"}}))(t).Pools), 1)
	_, err := c.ShowMember(&model.ShowMemberRequest{PoolId: "plain", MemberId: id})
	refused(t, err, 404, "ELB.8904", "member "+id+" could not be found.")
	temporary := ok(tryConnect(r.URL, nil, basic.NewCredentialsBuilder().WithAk("TEMP").WithSk("TSK").WithSecurityToken("session").WithProjectId("p1")))(t)
	ok(temporary.ListPools(&model.ListPoolsRequest{}))(t)
}

func TestIAMFindsTheProjectOfTheRegion(t *testing.T) {
	t.Parallel()
	// The SDK keeps what it found by AK for the whole process: no other test,
	// nor this one run again, may use these.
	first, second, third := rand.Text(), rand.Text(), rand.Text()
	s := world()
	s.Keys = []elbfake.Key{{AK: first, SK: "SK"}, {AK: second, SK: "SK"}, {AK: third, SK: "SK"}}
	r := elbfake.Start(t, s)
	client := ok(tryConnect(r.URL, nil, basic.NewCredentialsBuilder().WithAk(first).WithSk("SK")))(t)
	equal(t, "pool", ok(client.ShowPool(&model.ShowPoolRequest{PoolId: "plain"}))(t).Pool.ProjectId, "p1")
	equal(t, "log", strings.Join(r.Server.Log.All().Ops(), " "), "KeystoneListProjects ShowPool")
	if _, err := tryConnect(r.URL, nil, basic.NewCredentialsBuilder().WithAk(second).WithSk("WRONG")); err == nil || !strings.Contains(err.Error(), "APIGW.0301") {
		t.Errorf("wrong secret: %v", err)
	}
	s.Projects[0].Name = "elsewhere"
	r = elbfake.Start(t, s)
	if _, err := tryConnect(r.URL, nil, basic.NewCredentialsBuilder().WithAk(third).WithSk("SK")); err == nil || !strings.Contains(err.Error(), "confirm that the project exists") {
		t.Errorf("no such project: %v", err)
	}
}

func TestTheExampleSeedIsReadAndServed(t *testing.T) {
	t.Parallel()
	f := ok(os.Open("testdata/seed.json"))(t)
	defer f.Close()
	s := ok(elbfake.ReadSeed(f))(t)
	c := elbfake.New(s)
	equal(t, "a seeded weight of 0", text(c.Members(s.Pools[0].ID)), "10.0.0.11:8080@10=web-1 10.0.0.12:8080@0 192.168.1.20:8080@1")
}

func TestEveryAnswerCarriesItsRequestIDTwice(t *testing.T) {
	t.Parallel()
	r := elbfake.InProcess(t, world())
	seen := map[string]bool{}
	for _, path := range []string{"/v3/p1/elb/pools/plain", "/v3/p1/elb/pools/gone", "/v3/p1/elb/pools/plain/members"} {
		req := ok(http.NewRequestWithContext(t.Context(), http.MethodGet, r.URL+path, http.NoBody))(t)
		req.Header.Set("X-Auth-Token", "a-token")
		resp, err := r.Server.Transport().RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		body := string(ok(io.ReadAll(resp.Body))(t))
		_ = resp.Body.Close()
		id := resp.Header.Get("X-Request-Id")
		if id == "" || seen[id] || !strings.Contains(body, `"request_id":"`+id+`"`) {
			t.Errorf("%s: header %q, answer %s", path, id, body)
		}
		seen[id] = true
	}
}
