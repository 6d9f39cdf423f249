package elbfake_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/region"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	elb "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/elb/v3/model"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

const (
	project = "99a3fff0d03c428eac3678da6a7d0f24"
	other   = "0123456789abcdef0123456789abcdef"
	token   = "a-token"

	subnetA = "net-a" // 10.0.0.0/24, the load balancers' VPC
	subnetB = "net-b" // 10.1.0.0/24, the same VPC
	subnet6 = "net-6" // 2001:db8::/64, the same VPC
	subnetX = "net-x" // 10.9.0.0/24, another VPC

	web      = "pool-web"      // TCP, health monitor, two listeners, IP targets allowed
	plain    = "pool-plain"    // HTTP, v4, no load balancer
	strict   = "pool-strict"   // TCP, a load balancer without IP targets
	gateway  = "pool-gateway"  // protocol IP
	anyPort  = "pool-anyport"  // TCP, any_port_enable
	ipOnly   = "pool-ip"       // type ip
	affinity = "pool-affinity" // az_affinity
	instance = "pool-instance" // type instance
	guarded  = "pool-guarded"  // member_deletion_protection_enable, one member 10.0.0.9:80
)

func seed() elbfake.Seed {
	return elbfake.Seed{
		Region:   "cn-north-4",
		Projects: []elbfake.Project{{ID: project, Name: "cn-north-4"}, {ID: other, Name: "cn-north-4_team"}},
		Keys:     []elbfake.Key{{AK: "AK", SK: "SK"}, {AK: "TEMP", SK: "TSK", SecurityToken: "session"}},
		Tokens:   []string{token},
		Zones:    []string{"az1", "az2"},
		NoServer: []string{"10.0.0.200"},
		Subnets: []elbfake.Subnet{
			{ID: subnetA, CIDR: "10.0.0.0/24", VPC: "vpc"}, {ID: subnetB, CIDR: "10.1.0.0/24", VPC: "vpc"},
			{ID: subnet6, CIDR: "2001:db8::/64", VPC: "vpc"}, {ID: subnetX, CIDR: "10.9.0.0/24", VPC: "vpc-x"},
		},
		LoadBalancers: []elbfake.LoadBalancer{
			{ID: "lb", Name: "front", VPC: "vpc", Subnet: subnetA, Address: "10.0.0.2", IPTarget: true, Listeners: []string{"l1", "l2"}},
			{ID: "lb-strict", VPC: "vpc", Listeners: []string{"l3"}},
			{ID: "lb-gateway", VPC: "vpc", Subnet: subnetA, Listeners: []string{"l4"}},
		},
		Pools: []elbfake.Pool{
			{ID: web, Name: "web", Protocol: "TCP", Listeners: []string{"l1", "l2"}, HealthMonitor: true, InitialPolls: 2},
			{ID: plain, Name: "plain", Protocol: "HTTP"},
			{ID: strict, Protocol: "TCP", LoadBalancers: []string{"lb-strict"}},
			{ID: gateway, Protocol: "IP", Listeners: []string{"l4"}},
			{ID: anyPort, Protocol: "TCP", AnyPort: true},
			{ID: ipOnly, Protocol: "TCP", Type: "ip"},
			{ID: affinity, Protocol: "TCP", AZAffinity: true},
			{ID: instance, Protocol: "TCP", Type: "instance", VPC: "vpc"},
			{ID: guarded, Protocol: "TCP", DeletionProtection: true, Members: []elbfake.Member{{Address: "10.0.0.9", Port: 80, ID: "guarded-member"}}},
		},
	}
}

// recorder is a reporter that a test reads, so that a report is no failure.
type recorder struct {
	testing.TB
	mu   sync.Mutex
	said []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

func (r *recorder) reports() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.said...)
}

func key(ak, sk, session string) *basic.CredentialsBuilder {
	b := basic.NewCredentialsBuilder().WithAk(ak).WithSk(sk).WithProjectId(project)
	if session != "" {
		b = b.WithSecurityToken(session)
	}
	return b
}

// connect is the official SDK's client for a running cloud. A transport takes
// the place of the network where it is not nil.
func connect(t testing.TB, url string, transport http.RoundTripper, credentials *basic.CredentialsBuilder) *elb.ElbClient {
	t.Helper()
	client, err := tryConnect(url, transport, credentials)
	if err != nil {
		t.Fatal(err)
	}
	return client
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

// start is a cloud over loopback and a client of it.
func start(t *testing.T, options ...elbfake.Option) (*elbfake.Running, *elb.ElbClient) {
	t.Helper()
	t.Parallel()
	r := elbfake.Start(t, seed(), options...)
	return r, connect(t, r.URL, nil, key("AK", "SK", ""))
}

// inProcess is a cloud without a socket and a client of it.
func inProcess(t *testing.T, options ...elbfake.Option) (*elbfake.Running, *elb.ElbClient) {
	t.Helper()
	r := elbfake.InProcess(t, seed(), options...)
	return r, connect(t, r.URL, r.Server.Transport(), key("AK", "SK", ""))
}

// raw sends what the SDK cannot express.
func raw(t *testing.T, r *elbfake.Running, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Auth-Token", token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	status, _, answer := send(t, r.Server.Transport(), req)
	return status, answer
}

// send sends a request as it is and reads its answer.
func send(t *testing.T, via http.RoundTripper, req *http.Request) (status int, header http.Header, body string) {
	t.Helper()
	res, err := via.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(b)
}

func pools(pool string) string { return "/v3/" + project + "/elb/pools/" + pool }

// ok is the value of a call that must not fail: ok(call())(t).
func ok[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

type behaviour = elbfake.Behaviour

// refused wants an error of the vendor's, with its status, code and a part of
// its message.
func refused(t testing.TB, err error, status int, code, message string) {
	t.Helper()
	var e *sdkerr.ServiceResponseError
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want the error %d %s", err, status, code)
	}
	if e.StatusCode != status || e.ErrorCode != code || !strings.Contains(e.ErrorMessage, message) {
		t.Errorf("got %d %s %q, want %d %s with %q", e.StatusCode, e.ErrorCode, e.ErrorMessage, status, code, message)
	}
	if e.RequestId == "" {
		t.Errorf("%s has no request id", e.ErrorCode)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// create adds an IP-type member.
func create(client *elb.ElbClient, pool, address string, port int32, more ...func(*model.CreateMemberOption)) (*model.Member, error) {
	o := &model.CreateMemberOption{Address: address, ProtocolPort: &port}
	for _, f := range more {
		f(o)
	}
	res, err := client.CreateMember(&model.CreateMemberRequest{PoolId: pool, Body: &model.CreateMemberRequestBody{Member: o}})
	if err != nil {
		return nil, err
	}
	return res.Member, nil
}

func in(subnet string) func(*model.CreateMemberOption) {
	return func(o *model.CreateMemberOption) { o.SubnetCidrId = &subnet }
}

func weighing(w int32) func(*model.CreateMemberOption) {
	return func(o *model.CreateMemberOption) { o.Weight = &w }
}

func show(client *elb.ElbClient, pool, id string) (*model.Member, error) {
	res, err := client.ShowMember(&model.ShowMemberRequest{PoolId: pool, MemberId: id})
	if err != nil {
		return nil, err
	}
	return res.Member, nil
}

func update(client *elb.ElbClient, pool, id string, o model.UpdateMemberOption) (*model.Member, error) {
	res, err := client.UpdateMember(&model.UpdateMemberRequest{PoolId: pool, MemberId: id, Body: &model.UpdateMemberRequestBody{Member: &o}})
	if err != nil {
		return nil, err
	}
	return res.Member, nil
}

func remove(client *elb.ElbClient, pool, id string) error {
	_, err := client.DeleteMember(&model.DeleteMemberRequest{PoolId: pool, MemberId: id})
	return err
}

// text writes a pool's members as "address:port=weight", in order.
func text(c *elbfake.Running, pool string) string {
	var parts []string
	for _, m := range c.Members(pool) {
		parts = append(parts, fmt.Sprintf("%s:%d=%d", m.Address, m.Port, m.W()))
	}
	return strings.Join(parts, " ")
}
