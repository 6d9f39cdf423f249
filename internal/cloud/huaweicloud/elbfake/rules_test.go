package elbfake_test

import (
	"strings"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

func zone(z string) func(*model.CreateMemberOption) {
	return func(o *model.CreateMemberOption) { o.AvailabilityZone = &z }
}

func named(n string) func(*model.CreateMemberOption) {
	return func(o *model.CreateMemberOption) { o.Name = &n }
}

// What a pool takes and refuses, by CreateMember and by batch-add alike.
func TestWhatAPoolTakes(t *testing.T) {
	t.Parallel()
	type options = []func(*model.CreateMemberOption)
	for _, c := range []struct {
		name, pool, address string
		port                int32
		with                options
		status              int // 0: taken
		code, message       string
	}{
		{"IPv4 of a subnet", web, "10.0.0.5", 80, options{in(subnetA)}, 0, "", ""},
		{"IPv6 of a subnet", web, "2001:db8::5", 80, options{in(subnet6)}, 0, "", ""},
		{"IP member", web, "192.168.7.7", 80, nil, 0, "", ""},
		{"IP member of shared address space", web, "100.64.1.1", 80, nil, 0, "", ""},
		{"IP member with a zone", web, "10.0.0.5", 80, options{zone("az1")}, 0, "", ""},
		{"weight 0", web, "10.0.0.5", 80, options{weighing(0)}, 0, "", ""},
		{"weight 100", web, "10.0.0.5", 80, options{weighing(100)}, 0, "", ""},
		{"name of 255", web, "10.0.0.5", 80, options{named(strings.Repeat("名", 255))}, 0, "", ""},
		{"highest port", web, "10.0.0.5", 65535, nil, 0, "", ""},
		{"gateway member", gateway, "10.1.0.5", 0, options{in(subnetB)}, 0, "", ""},
		{"member of a type ip pool", ipOnly, "10.0.0.5", 80, nil, 0, "", ""},
		{"affinity with a zone", affinity, "10.0.0.5", 80, options{zone("az2")}, 0, "", ""},
		{"server in a pool with affinity", affinity, "10.0.0.5", 80, options{in(subnetA)}, 0, "", ""},
		{"server behind a load balancer without IP targets", strict, "10.0.0.5", 80, options{in(subnetA)}, 0, "", ""},

		{"no address", web, "", 80, nil, 400, "ELB.8902", "address"},
		{"a name for an address", web, "example.com", 80, nil, 400, "ELB.8902", "address"},
		{"weight -1", web, "10.0.0.5", 80, options{weighing(-1)}, 400, "ELB.8902", "weight"},
		{"weight 101", web, "10.0.0.5", 80, options{weighing(101)}, 400, "ELB.8902", "weight"},
		{"name of 256", web, "10.0.0.5", 80, options{named(strings.Repeat("名", 256))}, 400, "ELB.8902", "name"},
		{"port 0", web, "10.0.0.5", 0, nil, 400, "ELB.8902", "protocol_port"},
		{"port 65536", web, "10.0.0.5", 65536, nil, 400, "ELB.8902", "protocol_port"},
		{"gateway member with a port", gateway, "10.1.0.5", 80, options{in(subnetB)}, 400, "ELB.8902", "must be set to 0"},
		{"gateway member without a subnet", gateway, "10.1.0.5", 0, nil, 400, "ELB.8938", "UDP/TCP/TLS/HTTP/HTTPS/QUIC/GRPC"},
		{"gateway member in the load balancer's subnet", gateway, "10.0.0.5", 0, options{in(subnetA)}, 400, "ELB.8902", "gateway"},
		{"no IP targets", strict, "10.0.0.5", 80, nil, 400, "ELB.8939", "ip_target_enable must be true"},
		{"public IP member", web, "8.8.8.8", 80, nil, 400, "ELB.8902", "private IPv4"},
		{"IPv6 IP member", web, "2001:db8::5", 80, nil, 400, "ELB.8902", "private IPv4"},
		{"server in a type ip pool", ipOnly, "10.0.0.5", 80, options{in(subnetA)}, 400, "ELB.8902", "only IP members"},
		{"IPv6 in a v4 pool", plain, "2001:db8::5", 80, options{in(subnet6)}, 400, "ELB.8932", "IPv6"},
		{"address outside the subnet", web, "10.0.1.5", 80, options{in(subnetA)}, 400, "ELB.8902", "not in subnet"},
		{"IPv6 in an IPv4 subnet", web, "2001:db8::5", 80, options{in(subnetA)}, 400, "ELB.8931", "IP version"},
		{"another VPC than the load balancer's", web, "10.9.0.5", 80, options{in(subnetX)}, 400, "ELB.8902", "VPC"},
		{"another VPC than the pool's", instance, "10.9.0.5", 80, options{in(subnetX)}, 400, "ELB.8902", "VPC"},
		{"a load balancer's own address", instance, "10.0.0.2", 80, options{in(subnetA)}, 400, "ELB.8902", "belongs to load balancer"},
		{"zone of a server", web, "10.0.0.5", 80, options{in(subnetA), zone("az1")}, 400, "ELB.8902", "availability_zone"},
		{"affinity without a zone", affinity, "10.0.0.5", 80, nil, 400, "ELB.8902", "availability_zone"},
		{"no such zone", web, "10.0.0.5", 80, options{zone("az9")}, 400, "ELB.8902", "availability_zone"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := elbfake.InProcess(t, seed())
			client := connect(t, r.URL, r.Server.Transport(), key("AK", "SK", ""))
			o := &model.CreateMemberOption{Address: c.address, ProtocolPort: &c.port}
			for _, f := range c.with {
				f(o)
			}
			_, single := client.CreateMember(&model.CreateMemberRequest{PoolId: c.pool, Body: &model.CreateMemberRequestBody{Member: o}})
			if c.status == 0 && single == nil {
				r.RemoveForeign(c.pool, c.address, int(c.port))
			}
			_, batch := batchAdd(client, c.pool, model.BatchCreateMembersOption{Address: o.Address, ProtocolPort: *o.ProtocolPort,
				Weight: o.Weight, Name: o.Name, SubnetCidrId: o.SubnetCidrId, AvailabilityZone: o.AvailabilityZone})
			if c.status != 0 {
				refused(t, single, c.status, c.code, c.message)
				refused(t, batch, c.status, c.code, c.message)
				equal(t, "members", len(r.Members(c.pool)), 0)
				return
			}
			if single != nil || batch != nil {
				t.Errorf("create: %v, batch-add: %v", single, batch)
			}
			equal(t, "members", len(r.Members(c.pool)), 1)
		})
	}
}

func TestAnUpdateKeepsTheSameRules(t *testing.T) {
	r, client := start(t)
	ip := ok(create(client, affinity, "10.0.0.5", 80, zone("az1")))(t)
	server := ok(create(client, web, "10.0.0.5", 80, in(subnetA)))(t)
	gw := ok(create(client, gateway, "10.1.0.5", 0, in(subnetB)))(t)
	portless := ok(create(client, anyPort, "10.0.0.5", 0))(t)
	for _, c := range []struct {
		name, pool, id string
		o              model.UpdateMemberOption
		message        string // "": taken
	}{
		{"zone", affinity, ip.Id, model.UpdateMemberOption{AvailabilityZone: new("az2")}, ""},
		{"no zone in a pool with affinity", affinity, ip.Id, model.UpdateMemberOption{AvailabilityZone: new("")}, "availability_zone is required"},
		{"no such zone", affinity, ip.Id, model.UpdateMemberOption{AvailabilityZone: new("az9")}, "availability_zone"},
		{"zone of a server", web, server.Id, model.UpdateMemberOption{AvailabilityZone: new("az1")}, "only for IP members"},
		{"weight 101", web, server.Id, model.UpdateMemberOption{Weight: new(int32(101))}, "weight"},
		{"port 0", web, server.Id, model.UpdateMemberOption{ProtocolPort: new(int32(0))}, "protocol_port"},
		{"its own port", web, server.Id, model.UpdateMemberOption{ProtocolPort: new(int32(80))}, ""},
		{"gateway port", gateway, gw.Id, model.UpdateMemberOption{ProtocolPort: new(int32(80))}, "must be set to 0"},
		{"gateway port 0", gateway, gw.Id, model.UpdateMemberOption{ProtocolPort: new(int32(0))}, ""},
		{"any-port port", anyPort, portless.Id, model.UpdateMemberOption{ProtocolPort: new(int32(80))}, "cannot be updated"},
	} {
		_, err := update(client, c.pool, c.id, c.o)
		if c.message == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		refused(t, err, 400, "ELB.8902", c.message)
	}
	equal(t, "zone", r.Members(affinity)[0].Zone, "az2")
}

func TestAnyPortPoolsKnowMembersByAddressAlone(t *testing.T) {
	r, client := start(t)
	m := ok(create(client, anyPort, "10.0.0.5", 8080))(t)
	equal(t, "port", m.ProtocolPort, 0)
	_, err := create(client, anyPort, "10.0.0.5", 9090)
	refused(t, err, 409, "ELB.8907", "already exists")
	equal(t, "batch-add", added(ok(batchAdd(client, anyPort, option("10.0.0.5", 0)))(t)), "10.0.0.5:0=1 existed")
	status, body := raw(t, r, "POST", pools(anyPort)+"/members", `{"member":{"address":"10.0.0.6"}}`)
	equal(t, "create without port: "+body, status, 201)
	ok(batchDelete(client, anyPort, model.BatchDeleteMembersOption{Address: new("10.0.0.5"), ProtocolPort: new(int32(0))}))(t)
	equal(t, "members", text(r, anyPort), "10.0.0.6:0=1")
}

func TestAGatewayMemberMustSayPort0UnlessSwitched(t *testing.T) {
	r, _ := start(t)
	body := `{"member":{"address":"10.1.0.5","subnet_cidr_id":"net-b"}}`
	status, answer := raw(t, r, "POST", pools(gateway)+"/members", body)
	if status != 400 || !strings.Contains(answer, "must be set to 0") {
		t.Errorf("got %d %s", status, answer)
	}
	r.SetBehaviour(func(b *behaviour) { b.IPPoolPortOptional = true })
	status, answer = raw(t, r, "POST", pools(gateway)+"/members", body)
	equal(t, answer, status, 201)
}

func TestAPoolTakesItsVPCFromItsFirstServer(t *testing.T) {
	_, client := start(t)
	ok(create(client, plain, "10.9.0.5", 80, in(subnetX)))(t)
	equal(t, "vpc_id", ok(client.ShowPool(&model.ShowPoolRequest{PoolId: plain}))(t).Pool.VpcId, "vpc-x")
	_, err := create(client, plain, "10.0.0.5", 80, in(subnetA))
	refused(t, err, 400, "ELB.8902", "VPC vpc-x")
}

func TestQuotas(t *testing.T) {
	t.Parallel()
	s := seed()
	s.Quota = elbfake.Quota{Members: 5, MembersPerPool: 3} // one is in the guarded pool
	r := elbfake.Start(t, s)
	client := connect(t, r.URL, nil, key("AK", "SK", ""))
	ok(create(client, plain, "10.0.0.1", 80))(t)
	ok(create(client, plain, "10.0.0.2", 80))(t)
	ok(create(client, plain, "10.0.0.3", 80))(t)
	_, err := create(client, plain, "10.0.0.4", 80)
	refused(t, err, 409, "ELB.8905", "members_per_pool: limit 3")
	_, err = create(client, plain, "10.0.0.1", 80)
	refused(t, err, 409, "ELB.8907", "already exists")
	ok(create(client, web, "10.0.0.1", 80))(t)
	_, err = create(client, web, "10.0.0.2", 80)
	refused(t, err, 409, "ELB.8905", "resource member: limit 5")

	q := ok(client.ShowQuota(&model.ShowQuotaRequest{}))(t).Quota
	equal(t, "member", q.Member, 5)
	equal(t, "members_per_pool", q.MembersPerPool, 3)
	equal(t, "pool", q.Pool, -1)
	d := *ok(client.ListQuotaDetails(&model.ListQuotaDetailsRequest{QuotaKey: &[]string{"member", "members_per_pool"}}))(t).Quotas
	if len(d) != 2 || d[0].QuotaKey != "member" || d[0].QuotaLimit != 5 || d[0].Used != 5 || d[1].QuotaLimit != 3 {
		t.Errorf("quota details %+v", d)
	}
	_, err = client.ListQuotaDetails(&model.ListQuotaDetailsRequest{QuotaKey: &[]string{"nonsense"}})
	refused(t, err, 400, "ELB.8902", "quota_key")
}
