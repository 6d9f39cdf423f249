package slbfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"
)

const region = "cn-test"

// world is the seed that most tests begin with: two instances in the default
// group, one of them and an interface's second address in a vserver group.
func world() Seed {
	return Seed{
		Region: region,
		Keys:   []Key{{ID: "ak", Secret: "sk"}, {ID: "STS.ak", Secret: "sts-sk", Token: "token"}},
		Servers: []Server{
			{ID: "i-a", IPs: []string{"10.0.0.1"}}, {ID: "i-b"}, {ID: "i-c"}, {ID: "i-d"},
			{ID: "i-stopped", Status: "stopped"}, {ID: "i-released", Status: "released"},
			{ID: "eni-a", IPs: []string{"10.0.1.1", "10.0.1.2", "10.0.1.3"}},
			{ID: "eci-a", IPs: []string{"10.0.2.1"}},
		},
		LoadBalancers: []LoadBalancer{
			{
				ID: "lb-1", Name: "one",
				Members: []Member{{ServerID: "i-a", Weight: 100}, {ServerID: "i-b", Weight: 50, Description: "blue"}},
				Listeners: []Listener{
					{Port: 80, Protocol: "http", BackendPort: 8000, Rules: []Rule{{ID: "rule-1", Domain: "x.example.com", URL: "/x", VServerGroup: "rsp-2"}}},
					{Port: 443, Protocol: "https", VServerGroup: "rsp-1"},
				},
				VServerGroups: []VServerGroup{
					{ID: "rsp-1", Name: "web", Tags: map[string]string{"env": "test"}, Members: []Member{
						{ServerID: "i-a", Port: 8080, Weight: 100},
						{ServerID: "eni-a", Type: "eni", ServerIP: "10.0.1.2", Port: 8080, Weight: 10},
					}},
					{ID: "rsp-2", Name: "api"},
					{ID: "rsp-3", Name: "idle"},
				},
			},
			{ID: "lb-2", VServerGroups: []VServerGroup{{ID: "rsp-9"}}},
		},
	}
}

// cloud is a running fake and the official SDK's client of it. An SDK client
// is not safe for concurrent use; each does its own.
type cloud struct {
	*Running
	*slb.Client
}

// inProcess runs a fake and the SDK without a socket.
func inProcess(t *testing.T, seed Seed, opts ...Option) cloud {
	r := InProcess(t, seed, opts...)
	return cloud{r, client(t, r, credentials.NewAccessKeyCredential("ak", "sk"))}
}

// fronts runs a test over a socket and in process.
func fronts(t *testing.T, seed func() Seed, test func(*testing.T, cloud)) {
	t.Run("loopback", func(t *testing.T) {
		t.Parallel()
		r := Start(t, seed())
		test(t, cloud{r, client(t, r, credentials.NewAccessKeyCredential("ak", "sk"))})
	})
	t.Run("in process", func(t *testing.T) {
		t.Parallel()
		test(t, inProcess(t, seed()))
	})
}

// makingClient guards the SDK's constructor, which fills a global map the first
// time without a lock.
var makingClient sync.Mutex

func client(t *testing.T, r *Running, credential auth.Credential) *slb.Client {
	t.Helper()
	config := sdk.NewConfig().WithScheme("HTTP").WithAutoRetry(false)
	makingClient.Lock()
	c, err := slb.NewClientWithOptions(region, config, credential)
	makingClient.Unlock()
	if err != nil {
		t.Fatalf("make the SDK's client: %v", err)
	}
	c.Domain = r.Domain()
	if r.URL == "" {
		c.SetTransport(r.Transport())
	} else {
		c.SetTransport(&http.Transport{DisableKeepAlives: true})
	}
	return c
}

func (c cloud) add(lb, servers string) error {
	q := slb.CreateAddBackendServersRequest()
	q.LoadBalancerId, q.BackendServers = lb, servers
	_, err := c.AddBackendServers(q)
	return err
}

func (c cloud) set(lb, servers string) error {
	q := slb.CreateSetBackendServersRequest()
	q.LoadBalancerId, q.BackendServers = lb, servers
	_, err := c.SetBackendServers(q)
	return err
}

func (c cloud) remove(lb, servers string) error {
	q := slb.CreateRemoveBackendServersRequest()
	q.LoadBalancerId, q.BackendServers = lb, servers
	_, err := c.RemoveBackendServers(q)
	return err
}

func (c cloud) describe(lb string) (*slb.DescribeLoadBalancerAttributeResponse, error) {
	q := slb.CreateDescribeLoadBalancerAttributeRequest()
	q.LoadBalancerId = lb
	return c.DescribeLoadBalancerAttribute(q)
}

func (c cloud) addGroup(group, servers string) error {
	q := slb.CreateAddVServerGroupBackendServersRequest()
	q.VServerGroupId, q.BackendServers = group, servers
	_, err := c.AddVServerGroupBackendServers(q)
	return err
}

func (c cloud) setGroup(group, servers string) error {
	q := slb.CreateSetVServerGroupAttributeRequest()
	q.VServerGroupId, q.BackendServers = group, servers
	_, err := c.SetVServerGroupAttribute(q)
	return err
}

func (c cloud) removeGroup(group, servers string) error {
	q := slb.CreateRemoveVServerGroupBackendServersRequest()
	q.VServerGroupId, q.BackendServers = group, servers
	_, err := c.RemoveVServerGroupBackendServers(q)
	return err
}

func (c cloud) modifyGroup(group, out, in string) error {
	q := slb.CreateModifyVServerGroupBackendServersRequest()
	q.VServerGroupId, q.OldBackendServers, q.NewBackendServers = group, out, in
	_, err := c.ModifyVServerGroupBackendServers(q)
	return err
}

func (c cloud) createGroup(lb, name, servers string) (*slb.CreateVServerGroupResponse, error) {
	q := slb.CreateCreateVServerGroupRequest()
	q.LoadBalancerId, q.VServerGroupName, q.BackendServers = lb, name, servers
	q.Tag = &[]slb.CreateVServerGroupTag{{Key: "env", Value: "new"}}
	return c.CreateVServerGroup(q)
}

func (c cloud) deleteGroup(group string) error {
	q := slb.CreateDeleteVServerGroupRequest()
	q.VServerGroupId = group
	_, err := c.DeleteVServerGroup(q)
	return err
}

func (c cloud) describeGroup(group string) (*slb.DescribeVServerGroupAttributeResponse, error) {
	q := slb.CreateDescribeVServerGroupAttributeRequest()
	q.VServerGroupId = group
	return c.DescribeVServerGroupAttribute(q)
}

func (c cloud) listGroups(lb string) (*slb.DescribeVServerGroupsResponse, error) {
	q := slb.CreateDescribeVServerGroupsRequest()
	q.LoadBalancerId = lb
	q.IncludeListener, q.IncludeRule = "true", "true"
	return c.DescribeVServerGroups(q)
}

// health is DescribeHealthStatus as lines "80 http i-a:8000 normal".
func (c cloud) health(t *testing.T, lb string, port int) []string {
	t.Helper()
	q := slb.CreateDescribeHealthStatusRequest()
	q.LoadBalancerId = lb
	if port != 0 {
		q.ListenerPort = requests.NewInteger(port)
	}
	resp, err := c.DescribeHealthStatus(q)
	ok(t, err)
	var rows []string
	for _, b := range resp.BackendServers.BackendServer {
		server := b.ServerId
		if b.ServerIp != "" {
			server += "/" + b.ServerIp
		}
		if b.EniHost != "" {
			server += "/eni-host=" + b.EniHost
		}
		rows = append(rows, fmt.Sprintf("%d %s %s:%d %s", b.ListenerPort, b.Protocol, server, b.Port, b.ServerHealthStatus))
	}
	return rows
}

// members is what a group holds, as "i-a@100 eni-a/10.0.1.2:8080@10".
func (c cloud) members(group string) string { return text(c.Cloud.Members(group)) }

func text(ms []Member) string {
	var words []string
	for _, m := range ms {
		w := m.ServerID
		if m.ServerIP != "" {
			w += "/" + m.ServerIP
		}
		if m.Port != 0 {
			w += fmt.Sprintf(":%d", m.Port)
		}
		w += fmt.Sprintf("@%d", m.Weight)
		if m.Description != "" {
			w += "=" + m.Description
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func (c cloud) holds(t *testing.T, group, want string) {
	t.Helper()
	if got := c.members(group); got != want {
		t.Errorf("%s holds %q, want %q", group, got, want)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("got %v, want success", err)
	}
}

// refused checks that the SDK made the vendor's error of an answer.
func refused(t *testing.T, err error, status int, code string) *sdkerrors.ServerError {
	t.Helper()
	var server *sdkerrors.ServerError
	if !errors.As(err, &server) {
		t.Fatalf("got %v (%T), want %d %s", err, err, status, code)
	}
	if server.HttpStatus() != status || server.ErrorCode() != code {
		t.Fatalf("got %d %s, want %d %s", server.HttpStatus(), server.ErrorCode(), status, code)
	}
	if server.Message() == "" || server.RequestId() == "" {
		t.Errorf("%s has message %q and request id %q, want both", code, server.Message(), server.RequestId())
	}
	return server
}

// many is a BackendServers parameter of n instances, i-0 and on.
func many(from, n int, port int) string {
	var items []map[string]any
	for i := range n {
		it := map[string]any{"ServerId": fmt.Sprintf("i-%03d", from+i)}
		if port != 0 {
			it["Port"] = port
		}
		items = append(items, it)
	}
	b, _ := json.Marshal(items)
	return string(b)
}

// raw is a request that the SDK would not send. Parameters that are not given
// are those of a correct call; a value "-" leaves one out.
type raw struct {
	method, path, body, kind string
	query, form              map[string]string
	secret                   string
}

var rawNonce struct {
	sync.Mutex
	n int
}

// send signs and sends a raw request, and returns status, code and body.
func (c cloud) send(t *testing.T, q raw) (int, string, string) {
	t.Helper()
	rawNonce.Lock()
	rawNonce.n++
	nonce := fmt.Sprint("nonce-", rawNonce.n)
	rawNonce.Unlock()
	if q.method == "" {
		q.method = http.MethodPost
	}
	query := map[string]string{
		"Action": "DescribeLoadBalancerAttribute", "Version": "2014-05-15", "Format": "JSON", "RegionId": region,
		"AccessKeyId": "ak", "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureNonce": nonce,
		"Timestamp": time.Now().UTC().Format("2006-01-02T15:04:05Z"), "LoadBalancerId": "lb-1",
	}
	all := map[string]string{}
	for name, v := range q.query {
		query[name] = v
	}
	form := url.Values{}
	for name, v := range q.form {
		delete(query, name)
		form.Set(name, v)
		all[name] = v
	}
	values := url.Values{}
	for name, v := range query {
		if v != "-" {
			values.Set(name, v)
			all[name] = v
		}
	}
	if _, given := query["Signature"]; !given {
		secret := q.secret
		if secret == "" {
			secret = "sk"
		}
		values.Set("Signature", sign(stringToSign(q.method, all), secret))
	}
	body := q.body
	if len(form) > 0 {
		body, q.kind = form.Encode(), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(t.Context(), q.method, "http://"+c.Running.Domain()+"/"+q.path+"?"+values.Encode(), strings.NewReader(body))
	ok(t, err)
	if q.kind != "" {
		req.Header.Set("Content-Type", q.kind)
	}
	resp, err := c.Transport().RoundTrip(req)
	ok(t, err)
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	ok(t, err)
	var e struct{ Code string }
	_ = json.Unmarshal(b, &e)
	return resp.StatusCode, e.Code, string(b)
}

// recorder is a TB that keeps what it is told.
type recorder struct {
	mu      sync.Mutex
	reports []string
	cleanup []func()
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reports = append(r.reports, fmt.Sprintf(format, args...))
}

func (r *recorder) Cleanup(f func()) { r.cleanup = append(r.cleanup, f) }
