package elbfake_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"
)

func TestAMemberIsCreatedShownUpdatedAndDeleted(t *testing.T) {
	r, client := start(t)
	res := ok(client.CreateMember(&model.CreateMemberRequest{PoolId: plain, Body: &model.CreateMemberRequestBody{
		Member: &model.CreateMemberOption{Address: "10.0.0.5", ProtocolPort: new(int32(8080)), SubnetCidrId: new(subnetA)}}}))(t)
	m := res.Member
	equal(t, "status of create", res.HttpStatusCode, 201)
	if res.RequestId == nil || *res.RequestId == "" {
		t.Error("the body has no request_id")
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(m.Id) || m.Id == *m.InstanceId {
		t.Errorf("member id %q, instance id %q: want two UUIDs", m.Id, *m.InstanceId)
	}
	equal(t, "default weight", m.Weight, 1)
	equal(t, "unset name", m.Name, "")
	equal(t, "ip_version", m.IpVersion, "v4")
	equal(t, "member_type", *m.MemberType, "instance")
	equal(t, "project_id", m.ProjectId, project)
	equal(t, "operating_status", m.OperatingStatus, "NO_MONITOR")
	equal(t, "admin_state_up", m.AdminStateUp, true)
	equal(t, "subnet", *m.SubnetCidrId, subnetA)
	if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`).MatchString(*m.CreatedAt) {
		t.Errorf("created_at %q", *m.CreatedAt)
	}

	shown := ok(show(client, plain, m.Id))(t)
	equal(t, "shown", shown.String(), m.String())

	changed := ok(update(client, plain, m.Id, model.UpdateMemberOption{Weight: new(int32(0)), Name: new("blue")}))(t)
	equal(t, "weight 0", changed.Weight, 0)
	equal(t, "name", changed.Name, "blue")
	equal(t, "port that was not sent", changed.ProtocolPort, 8080)
	changed = ok(update(client, plain, m.Id, model.UpdateMemberOption{ProtocolPort: new(int32(81)), Name: new("")}))(t)
	equal(t, "port", changed.ProtocolPort, 81)
	equal(t, "cleared name", changed.Name, "")
	equal(t, "weight that was not sent", changed.Weight, 0)
	equal(t, "id", changed.Id, m.Id)

	gone := ok(client.DeleteMember(&model.DeleteMemberRequest{PoolId: plain, MemberId: m.Id}))(t)
	equal(t, "status of delete", gone.HttpStatusCode, 204)
	equal(t, "members", text(r, plain), "")
	if got, want := strings.Join(r.Server.Log.All().Ops(), " "), "CreateMember ShowMember UpdateMember UpdateMember DeleteMember"; got != want {
		t.Errorf("log %s, want %s", got, want)
	}
	if got := r.Server.Log.All()[0]; got.Group != plain || got.Lock != plain || got.Items != 1 || got.Detail != `10.0.0.5 port=8080 subnet="net-a"` {
		t.Errorf("log entry %+v", got)
	}
}

func TestWeightZeroIsCreatedAsZero(t *testing.T) {
	_, client := start(t)
	m := ok(create(client, plain, "10.0.0.5", 80, weighing(0)))(t)
	equal(t, "weight", m.Weight, 0)
}

func TestWhatDoesNotExistIsELB8904NamingIt(t *testing.T) {
	_, client := start(t)
	_, err := show(client, plain, "m-x")
	refused(t, err, 404, "ELB.8904", "member m-x could not be found.")
	_, err = show(client, "p-x", "m-x")
	refused(t, err, 404, "ELB.8904", "pool p-x could not be found.")
	_, err = update(client, plain, "m-x", model.UpdateMemberOption{Name: new("n")})
	refused(t, err, 404, "ELB.8904", "member m-x could not be found.")
	refused(t, remove(client, plain, "m-x"), 404, "ELB.8904", "member m-x could not be found.")
	refused(t, remove(client, "p-x", "m-x"), 404, "ELB.8904", "pool p-x could not be found.")
	_, err = create(client, "p-x", "10.0.0.5", 80)
	refused(t, err, 404, "ELB.8904", "pool p-x could not be found.")
	_, err = create(client, plain, "10.0.0.5", 80, in("net-gone"))
	refused(t, err, 404, "ELB.8904", "subnet net-gone could not be found.")
	_, err = client.ListMembers(&model.ListMembersRequest{PoolId: "p-x"})
	refused(t, err, 404, "ELB.8904", "pool p-x could not be found.")
}

func TestAMemberOfOnePoolIsNotFoundInAnother(t *testing.T) {
	_, client := start(t)
	m := ok(create(client, plain, "10.0.0.5", 80))(t)
	_, err := show(client, web, m.Id)
	refused(t, err, 404, "ELB.8904", "member "+m.Id+" could not be found.")
}

func TestASecondMemberOfOneAddressAndPortIsAConflict(t *testing.T) {
	r, client := start(t)
	ok(create(client, web, "10.0.0.5", 80))(t)
	_, err := create(client, web, "10.0.0.5", 80, weighing(7))
	refused(t, err, 409, "ELB.8907", "already exists")
	ok(create(client, web, "2001:db8::5", 80, in(subnet6)))(t)
	_, err = create(client, web, "2001:db8:0::5", 80, in(subnet6))
	refused(t, err, 409, "ELB.8907", "already exists")
	second := ok(create(client, web, "10.0.0.5", 81))(t)
	_, err = update(client, web, second.Id, model.UpdateMemberOption{ProtocolPort: new(int32(80))})
	refused(t, err, 409, "ELB.8907", "already exists")
	equal(t, "members", text(r, web), "10.0.0.5:80=1 10.0.0.5:81=1 2001:db8::5:80=1")
}

func TestAnUpdateOfNothingIsMeaningless(t *testing.T) {
	r, client := start(t)
	m := ok(create(client, plain, "10.0.0.5", 80))(t)
	_, err := update(client, plain, m.Id, model.UpdateMemberOption{})
	refused(t, err, 400, "SYS.0400", "Empty body '{}' is meaningless.")
	status, body := raw(t, r, "PUT", pools(plain)+"/members/"+m.Id, `{}`)
	if status != 400 || !strings.Contains(body, "SYS.0400") {
		t.Errorf("{}: %d %s", status, body)
	}
}

func TestBodiesAreHeldToTheirAttributesAndTypes(t *testing.T) {
	r, client := start(t)
	m := ok(create(client, plain, "10.0.0.5", 80))(t)
	members := pools(plain) + "/members"
	for _, c := range []struct{ name, method, path, body, want string }{
		{"unknown attribute", "POST", members, `{"member":{"address":"10.0.0.6","protocol_port":80,"monitor_port":1,"backup":true}}`, "Unrecognized attribute(s) 'backup, monitor_port'"},
		{"unknown beside member", "POST", members, `{"member":{"address":"10.0.0.6","protocol_port":80},"x":1}`, "Unrecognized attribute(s) 'x'"},
		{"immutable address", "PUT", members + "/" + m.Id, `{"member":{"address":"10.0.0.6"}}`, "Unrecognized attribute(s) 'address'"},
		{"immutable subnet", "PUT", members + "/" + m.Id, `{"member":{"subnet_cidr_id":"net-a"}}`, "Unrecognized attribute(s) 'subnet_cidr_id'"},
		{"other spelling", "PUT", members + "/" + m.Id, `{"member":{"Weight":1}}`, "Unrecognized attribute(s) 'Weight'"},
		{"text for a number", "PUT", members + "/" + m.Id, `{"member":{"weight":"1"}}`, "weight must not be a string"},
		{"fraction", "PUT", members + "/" + m.Id, `{"member":{"weight":1.5}}`, "weight must not be a number"},
		{"null", "PUT", members + "/" + m.Id, `{"member":{"weight":null}}`, "attribute weight. Value: null"},
		{"no member", "POST", members, `{}`, "member is required"},
		{"no address", "POST", members, `{"member":{"protocol_port":80}}`, "address is required"},
		{"no port", "POST", members, `{"member":{"address":"10.0.0.6"}}`, "protocol_port is required"},
		{"no JSON", "POST", members, `{"member"`, "Malformed"},
		{"a list", "POST", members, `[]`, "Malformed"},
		{"id in batch-add", "POST", members + "/batch-add", `{"members":[{"id":"x","address":"10.0.0.6","protocol_port":80}]}`, "Unrecognized attribute(s) 'id'"},
		{"admin_state_up in batch-add", "POST", members + "/batch-add", `{"members":[{"address":"10.0.0.6","protocol_port":80,"admin_state_up":true}]}`, "Unrecognized attribute(s) 'admin_state_up'"},
		{"no members", "POST", members + "/batch-add", `{}`, "members must be a list"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := raw(t, r, c.method, c.path, c.body)
			if status != 400 || !strings.Contains(body, `"error_code":"ELB.8902"`) || !strings.Contains(body, c.want) {
				t.Errorf("got %d %s, want 400 ELB.8902 with %q", status, body, c.want)
			}
		})
	}
	equal(t, "members", text(r, plain), "10.0.0.5:80=1")
}

func TestAdminStateUpAndProjectAreTakenAndIgnored(t *testing.T) {
	_, client := start(t)
	m := ok(create(client, plain, "10.0.0.5", 80, in(subnetA), func(o *model.CreateMemberOption) {
		o.AdminStateUp, o.ProjectId = new(false), new(project)
	}))(t)
	equal(t, "admin_state_up", m.AdminStateUp, true)
	ghost := ok(create(client, plain, "10.0.0.200", 80, in(subnetA)))(t)
	equal(t, "admin_state_up without a server", ghost.AdminStateUp, false)
	if ghost.InstanceId != nil {
		t.Errorf("instance id %s without a server", *ghost.InstanceId)
	}
}

func TestDeletionProtectionRefusesEveryRemoval(t *testing.T) {
	r, client := start(t)
	byID := model.BatchDeleteMembersOption{Id: new("guarded-member")}
	refused(t, remove(client, guarded, "guarded-member"), 409, "ELB.8907", "member_deletion_protection_enable")
	_, err := batchDelete(client, guarded, byID)
	refused(t, err, 409, "ELB.8907", "member_deletion_protection_enable")
	r.SetBehaviour(func(b *behaviour) { b.ProtectionCode = "ELB.8999" })
	refused(t, remove(client, guarded, "guarded-member"), 409, "ELB.8999", "member_deletion_protection_enable")
	equal(t, "members", text(r, guarded), "10.0.0.9:80=1")
	r.SetDeletionProtection(guarded, false)
	if err := remove(client, guarded, "guarded-member"); err != nil {
		t.Error(err)
	}
	equal(t, "members", text(r, guarded), "")
}

func TestAnUpdateNeedsAnActiveLoadBalancer(t *testing.T) {
	r, client := start(t)
	m := ok(create(client, web, "10.0.0.5", 80))(t)
	r.SetProvisioningStatus("lb", "PENDING_DELETE")
	_, err := update(client, web, m.Id, model.UpdateMemberOption{Weight: new(int32(5))})
	refused(t, err, 409, "ELB.8907", "PENDING_DELETE")
	_, err = batchUpdate(client, web, model.BatchUpdateMembersOption{Id: m.Id, Weight: new(int32(5))})
	refused(t, err, 409, "ELB.8907", "PENDING_DELETE")
	equal(t, "members", text(r, web), "10.0.0.5:80=1")
}
