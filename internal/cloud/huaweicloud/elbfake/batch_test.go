package elbfake_test

import (
	"fmt"
	"strings"
	"testing"

	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

func batchAdd(client *elb.ElbClient, pool string, members ...model.BatchCreateMembersOption) (*model.BatchCreateMembersResponse, error) {
	return client.BatchCreateMembers(&model.BatchCreateMembersRequest{PoolId: pool, Body: &model.BatchCreateMembersRequestBody{Members: members}})
}

func batchUpdate(client *elb.ElbClient, pool string, members ...model.BatchUpdateMembersOption) (*model.BatchUpdateMembersResponse, error) {
	return client.BatchUpdateMembers(&model.BatchUpdateMembersRequest{PoolId: pool, Body: &model.BatchUpdateMembersRequestBody{Members: members}})
}

func batchDelete(client *elb.ElbClient, pool string, members ...model.BatchDeleteMembersOption) (*model.BatchDeleteMembersResponse, error) {
	return client.BatchDeleteMembers(&model.BatchDeleteMembersRequest{PoolId: pool, Body: &model.BatchDeleteMembersRequestBody{Members: members}})
}

func option(address string, port int32) model.BatchCreateMembersOption {
	return model.BatchCreateMembersOption{Address: address, ProtocolPort: port}
}

func added(res *model.BatchCreateMembersResponse) string {
	var parts []string
	for _, m := range *res.Members {
		parts = append(parts, fmt.Sprintf("%s:%d=%d %s", m.Address, m.ProtocolPort, m.Weight, m.RetStatus))
	}
	return strings.Join(parts, ", ")
}

func TestBatchAddAnswersForEachMember(t *testing.T) {
	r, client := start(t)
	ok(create(client, plain, "10.0.0.6", 80, weighing(9)))(t)
	six := option("10.0.0.6", 80)
	six.Weight, six.Name = new(int32(50)), new("new")
	seven := option("10.0.0.7", 80)
	seven.SubnetCidrId, seven.Weight = new(subnetA), new(int32(0))
	res := ok(batchAdd(client, plain, option("10.0.0.5", 80), six, seven))(t)
	equal(t, "status", res.HttpStatusCode, 200)
	equal(t, "answers", added(res), "10.0.0.5:80=1 successful, 10.0.0.6:80=9 existed, 10.0.0.7:80=0 successful")
	equal(t, "members", text(r, plain), "10.0.0.5:80=1 10.0.0.6:80=9 10.0.0.7:80=0")
	twice := ok(batchAdd(client, web, option("10.0.0.5", 80), option("10.0.0.5", 80)))(t)
	equal(t, "twice in one batch", added(twice), "10.0.0.5:80=1 successful, 10.0.0.5:80=1 existed")
	equal(t, "port_id of an IP member", (*res.Members)[0].PortId, "")
	if (*res.Members)[2].PortId == "" {
		t.Error("a member of a subnet has no port_id")
	}
	e := r.Server.Log.All()[1]
	equal(t, "items", e.Items, 3)
	equal(t, "detail", e.Detail, `10.0.0.5 port=80; 10.0.0.6 port=80 weight=50 name="new"; 10.0.0.7 port=80 weight=0 subnet="net-a"`)
}

func TestBatchAddLeavesOutIPVersionAndZone(t *testing.T) {
	t.Parallel()
	r := elbfake.InProcess(t, seed())
	status, body := raw(t, r, "POST", pools(plain)+"/members/batch-add", `{"members":[{"address":"10.0.0.5","protocol_port":80,"availability_zone":"az1"}]}`)
	if status != 200 || strings.Contains(body, "ip_version") || strings.Contains(body, "availability_zone") || !strings.Contains(body, `"port_id":""`) {
		t.Errorf("got %d %s", status, body)
	}
	equal(t, "zone kept", r.Members(plain)[0].Zone, "az1")
}

func TestExistedMayApplyWeightAndName(t *testing.T) {
	r, client := start(t, elbfake.With(func(b *behaviour) { b.ExistedApplies = true }))
	ok(create(client, plain, "10.0.0.6", 80, weighing(9)))(t)
	six := option("10.0.0.6", 80)
	six.Name = new("new")
	equal(t, "answers", added(ok(batchAdd(client, plain, six))(t)), "10.0.0.6:80=9 existed")
	equal(t, "name", r.Members(plain)[0].Name, "new")
	six.Weight = new(int32(50))
	equal(t, "answers", added(ok(batchAdd(client, plain, six))(t)), "10.0.0.6:80=50 existed")
}

func TestBatchStatusesAreSwitchable(t *testing.T) {
	_, client := start(t, elbfake.With(func(b *behaviour) { b.BatchCreateStatus, b.BatchUpdateStatus = 201, 202 }))
	res := ok(batchAdd(client, plain, option("10.0.0.5", 80)))(t)
	equal(t, "batch-add", res.HttpStatusCode, 201)
	id := (*res.Members)[0].Id
	equal(t, "batch-update", ok(batchUpdate(client, plain, model.BatchUpdateMembersOption{Id: id, Weight: new(int32(2))}))(t).HttpStatusCode, 202)
	equal(t, "batch-delete", ok(batchDelete(client, plain, model.BatchDeleteMembersOption{Id: &id}))(t).HttpStatusCode, 200)
}

func TestBatchUpdateChangesWhatIsSent(t *testing.T) {
	r, client := start(t)
	one, two := ok(create(client, plain, "10.0.0.5", 80))(t), ok(create(client, plain, "10.0.0.6", 80, weighing(5)))(t)
	res := ok(batchUpdate(client, plain,
		model.BatchUpdateMembersOption{Id: one.Id, Weight: new(int32(0))},
		model.BatchUpdateMembersOption{Id: two.Id, Name: new("two"), ProtocolPort: new(int32(81))}))(t)
	equal(t, "status", res.HttpStatusCode, 200)
	equal(t, "answers", len(*res.Members), 2)
	equal(t, "members", text(r, plain), "10.0.0.5:80=0 10.0.0.6:81=5")
	_, err := batchUpdate(client, plain, model.BatchUpdateMembersOption{Id: one.Id})
	refused(t, err, 400, "SYS.0400", "meaningless")
	_, err = batchUpdate(client, plain, model.BatchUpdateMembersOption{Weight: new(int32(1))})
	refused(t, err, 400, "ELB.8902", "id is required")
	_, err = batchUpdate(client, plain, model.BatchUpdateMembersOption{Id: one.Id, Weight: new(int32(1))}, model.BatchUpdateMembersOption{Id: one.Id, Weight: new(int32(2))})
	refused(t, err, 400, "ELB.8902", "twice")
	_, err = batchUpdate(client, plain, model.BatchUpdateMembersOption{Id: "m-x", Weight: new(int32(1))})
	refused(t, err, 404, "ELB.8904", "member m-x could not be found.")
}

func TestBatchDeleteByIDOrByAddressAndPort(t *testing.T) {
	r, client := start(t)
	one, two := ok(create(client, plain, "10.0.0.5", 80))(t), ok(create(client, plain, "10.0.0.6", 80))(t)
	res := ok(batchDelete(client, plain,
		model.BatchDeleteMembersOption{Id: &one.Id},
		model.BatchDeleteMembersOption{Address: new("10.0.0.6"), ProtocolPort: new(int32(80))},
		model.BatchDeleteMembersOption{Id: new("m-x")},
		model.BatchDeleteMembersOption{Address: new("10.0.0.7"), ProtocolPort: new(int32(80))}))(t)
	var got []string
	for _, m := range *res.Members {
		got = append(got, m.Id+" "+m.RetStatus)
	}
	equal(t, "answers", strings.Join(got, ","), one.Id+" successful,"+two.Id+" successful,m-x not found, not found")
	equal(t, "members", text(r, plain), "")
	for _, o := range []model.BatchDeleteMembersOption{
		{Id: new("m"), Address: new("10.0.0.6"), ProtocolPort: new(int32(80))},
		{Id: new("m"), ProtocolPort: new(int32(80))},
		{Address: new("10.0.0.6")}, {ProtocolPort: new(int32(80))}, {},
	} {
		_, err := batchDelete(client, plain, o)
		refused(t, err, 400, "ELB.8902", "either id alone or both address and protocol_port")
	}
	_, err := batchDelete(client, "p-x", model.BatchDeleteMembersOption{Id: new("m")})
	refused(t, err, 404, "ELB.8904", "pool p-x could not be found.")
}

func TestABatchTakes1To200Members(t *testing.T) {
	r, client := start(t)
	var many []model.BatchCreateMembersOption
	for i := range 201 {
		many = append(many, option(fmt.Sprintf("10.2.0.%d", i), 80))
	}
	_, err := batchAdd(client, plain, many...)
	refused(t, err, 400, "ELB.8902", "1 to 200 elements, not 201")
	_, err = batchAdd(client, plain, []model.BatchCreateMembersOption{}...)
	if err == nil {
		t.Error("an empty batch was accepted")
	}
	ok(batchAdd(client, plain, many[:200]...))(t)
	equal(t, "members", len(r.Members(plain)), 200)
}

// A batch with one bad element in the middle: none, the good ones, or those
// before it land.
func TestABatchWithABadElement(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		atomicity                      elbfake.Atomicity
		add, update, quotaAdd, deletes string
	}{
		{"", "", "10.0.0.1:80=1 10.0.0.2:80=1", "10.0.0.1:80=1 10.0.0.2:80=1", "10.0.0.1:80=1 10.0.0.2:80=1"},
		{elbfake.AllOrNothing, "", "10.0.0.1:80=1 10.0.0.2:80=1", "10.0.0.1:80=1 10.0.0.2:80=1", "10.0.0.1:80=1 10.0.0.2:80=1"},
		{elbfake.SkipBad, "10.0.0.1:80=1 10.0.0.3:80=1", "10.0.0.1:80=7 10.0.0.2:80=7", "10.0.0.1:80=1 10.0.0.2:80=1 10.0.0.3:80=1", ""},
		{elbfake.StopAtBad, "10.0.0.1:80=1", "10.0.0.1:80=7 10.0.0.2:80=1", "10.0.0.1:80=1 10.0.0.2:80=1 10.0.0.3:80=1", "10.0.0.2:80=1"},
	} {
		t.Run(string(c.atomicity), func(t *testing.T) {
			s := seed()
			s.Behaviour.Atomicity = c.atomicity
			s.Quota.MembersPerPool = 3
			r := elbfake.Start(t, s)
			client := connect(t, r.URL, nil, key("AK", "SK", ""))

			bad := option("10.0.0.2", 80)
			bad.SubnetCidrId = new("net-gone")
			_, err := batchAdd(client, web, option("10.0.0.1", 80), bad, option("10.0.0.3", 80))
			refused(t, err, 404, "ELB.8904", "subnet net-gone")
			equal(t, "add", text(r, web), c.add)

			one := ok(create(client, plain, "10.0.0.1", 80))(t)
			two := ok(create(client, plain, "10.0.0.2", 80))(t)
			seven := new(int32(7))
			_, err = batchUpdate(client, plain, model.BatchUpdateMembersOption{Id: one.Id, Weight: seven},
				model.BatchUpdateMembersOption{Id: "m-x", Weight: seven}, model.BatchUpdateMembersOption{Id: two.Id, Weight: seven})
			refused(t, err, 404, "ELB.8904", "member m-x")
			equal(t, "update", text(r, plain), c.update)
			r.SetWeight(plain, "10.0.0.1", 80, 1)
			r.SetWeight(plain, "10.0.0.2", 80, 1)

			_, err = batchAdd(client, plain, option("10.0.0.3", 80), option("10.0.0.4", 80))
			refused(t, err, 409, "ELB.8905", "members_per_pool")
			equal(t, "add over quota", text(r, plain), c.quotaAdd)

			if len(r.Members(plain)) == 3 {
				r.RemoveForeign(plain, "10.0.0.3", 80)
			}
			_, err = batchDelete(client, plain, model.BatchDeleteMembersOption{Id: &one.Id},
				model.BatchDeleteMembersOption{Address: new("nonsense"), ProtocolPort: new(int32(80))}, model.BatchDeleteMembersOption{Id: &two.Id})
			refused(t, err, 400, "ELB.8902", "nonsense")
			equal(t, "delete", text(r, plain), c.deletes)
		})
	}
}

func TestResultsMayComeInAnotherOrder(t *testing.T) {
	r, client := start(t, elbfake.With(func(b *behaviour) { b.ShuffleResults = true }))
	res := ok(batchAdd(client, plain, option("10.0.0.5", 80), option("10.0.0.6", 80), option("10.0.0.7", 80)))(t)
	equal(t, "answers", added(res), "10.0.0.7:80=1 successful, 10.0.0.6:80=1 successful, 10.0.0.5:80=1 successful")
	equal(t, "members", len(r.Members(plain)), 3)
}

func TestUnpublishedBatchCallsAreAPIGW0101AndTheOthersWork(t *testing.T) {
	_, client := start(t, elbfake.With(func(b *behaviour) { b.BatchUnpublished = true }))
	_, err := batchAdd(client, plain, option("10.0.0.5", 80))
	refused(t, err, 404, "APIGW.0101", "The API does not exist")
	_, err = batchUpdate(client, plain, model.BatchUpdateMembersOption{Id: "m", Weight: new(int32(1))})
	refused(t, err, 404, "APIGW.0101", "The API does not exist")
	_, err = batchDelete(client, plain, model.BatchDeleteMembersOption{Id: new("m")})
	refused(t, err, 404, "APIGW.0101", "The API does not exist")
	ok(create(client, plain, "10.0.0.5", 80))(t)
}

func TestARegionMayLackAttributes(t *testing.T) {
	r, client := start(t, elbfake.With(func(b *behaviour) { b.Unsupported = []string{"availability_zone", "UpdateMember.protocol_port"} }))
	_, err := create(client, plain, "10.0.0.5", 80, func(o *model.CreateMemberOption) { o.AvailabilityZone = new("az1") })
	refused(t, err, 400, "ELB.8902", "Unrecognized attribute(s) 'availability_zone'")
	m := ok(create(client, plain, "10.0.0.5", 80))(t)
	_, err = update(client, plain, m.Id, model.UpdateMemberOption{ProtocolPort: new(int32(81))})
	refused(t, err, 400, "ELB.8902", "Unrecognized attribute(s) 'protocol_port'")
	equal(t, "members", text(r, plain), "10.0.0.5:80=1")
}
