package slbfake_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
)

// makingClient guards the SDK's constructor, which fills a global map the first
// time without a lock.
var makingClient sync.Mutex

// client is the official SDK's client of a running cloud. It is not safe for
// concurrent use.
func client(t *testing.T, r *slbfake.Running, credential auth.Credential) *slb.Client {
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

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("got %v, want success", err)
	}
}

func holds(t *testing.T, r *slbfake.Running, group, want string) {
	t.Helper()
	if got := text(r.Cloud.Members(group)); got != want {
		t.Errorf("%s holds %q, want %q", group, got, want)
	}
}

// Every call goes through the official SDK, over a socket and in process, and
// its answer is what the SDK's types expect.
func TestEveryCallThroughTheSDK(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(*testing.T) *slbfake.Running{
		"loopback":   func(t *testing.T) *slbfake.Running { return slbfake.Start(t, world()) },
		"in process": func(t *testing.T) *slbfake.Running { return slbfake.InProcess(t, world()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t)
			c := client(t, r, credentials.NewAccessKeyCredential("ak", "sk"))
			defaultGroupCalls(t, r, c)
			vserverGroupCalls(t, r, c)
			q := slb.CreateDescribeHealthStatusRequest()
			q.LoadBalancerId, q.ListenerPort = "lb-1", requests.NewInteger(443)
			health, err := c.DescribeHealthStatus(q)
			ok(t, err)
			if b := health.BackendServers.BackendServer; len(b) != 1 || b[0].ServerId != "eni-a" || b[0].ServerHealthStatus != "normal" {
				t.Errorf("health %+v", b)
			}
		})
	}
}

func defaultGroupCalls(t *testing.T, r *slbfake.Running, c *slb.Client) {
	t.Helper()
	add := slb.CreateAddBackendServersRequest()
	add.LoadBalancerId, add.BackendServers = "lb-1", `[{"ServerId":"eni-a","Type":"eni","ServerIp":"10.0.1.3","Weight":0,"Description":"a/b-c_d.e"}]`
	added, err := c.AddBackendServers(add)
	ok(t, err)
	if b := added.BackendServers.BackendServer; len(b) != 3 || b[2].Weight != "0" {
		t.Errorf("added %+v", b)
	}
	set := slb.CreateSetBackendServersRequest()
	set.LoadBalancerId, set.BackendServers = "lb-1", `[{"ServerId":"i-a","Weight":7}]`
	_, err = c.SetBackendServers(set)
	ok(t, err)
	holds(t, r, "lb-1", "eni-a/10.0.1.3@0=a/b-c_d.e i-a@7 i-b@50=blue")
	remove := slb.CreateRemoveBackendServersRequest()
	remove.LoadBalancerId, remove.BackendServers = "lb-1", `[{"ServerId":"eni-a","Type":"eni","ServerIp":"10.0.1.3"}]`
	_, err = c.RemoveBackendServers(remove)
	ok(t, err)
	describe := slb.CreateDescribeLoadBalancerAttributeRequest()
	describe.LoadBalancerId = "lb-1"
	lb, err := c.DescribeLoadBalancerAttribute(describe)
	ok(t, err)
	if b := lb.BackendServers.BackendServer; len(b) != 2 || b[0].ServerId != "i-a" || b[0].Weight != 7 || b[0].ServerIp != "10.0.0.1" {
		t.Errorf("described %+v", b)
	}
	if l := lb.ListenerPortsAndProtocol.ListenerPortAndProtocol; len(l) != 2 || l[1].ListenerProtocol != "https" {
		t.Errorf("listeners %+v", l)
	}
}

func vserverGroupCalls(t *testing.T, r *slbfake.Running, c *slb.Client) {
	t.Helper()
	add := slb.CreateAddVServerGroupBackendServersRequest()
	add.VServerGroupId, add.BackendServers = "rsp-1", `[{"ServerId":"i-a","Port":9090,"Weight":"20"}]`
	_, err := c.AddVServerGroupBackendServers(add)
	ok(t, err)
	set := slb.CreateSetVServerGroupAttributeRequest()
	set.VServerGroupId, set.BackendServers = "rsp-1", `[{"ServerId":"i-a","Port":9090,"Weight":2,"Description":"x"}]`
	_, err = c.SetVServerGroupAttribute(set)
	ok(t, err)
	holds(t, r, "rsp-1", "eni-a/10.0.1.2:8080@10 i-a:8080@100 i-a:9090@2=x")
	remove := slb.CreateRemoveVServerGroupBackendServersRequest()
	remove.VServerGroupId, remove.BackendServers = "rsp-1", `[{"ServerId":"i-a","Port":9090},{"ServerId":"i-a","Port":8080}]`
	_, err = c.RemoveVServerGroupBackendServers(remove)
	ok(t, err)
	one := slb.CreateDescribeVServerGroupAttributeRequest()
	one.VServerGroupId = "rsp-1"
	group, err := c.DescribeVServerGroupAttribute(one)
	ok(t, err)
	if b := group.BackendServers.BackendServer; group.LoadBalancerId != "lb-1" || len(b) != 1 || b[0].Port != 8080 {
		t.Errorf("group %+v", group)
	}
	page := slb.CreateDescribeLoadBalancersRequest()
	page.PageNumber, page.PageSize = "2", "2"
	balancers, err := c.DescribeLoadBalancers(page)
	ok(t, err)
	if b := balancers.LoadBalancers.LoadBalancer; balancers.TotalCount != 3 || len(b) != 1 || b[0].LoadBalancerId != "lb-locked" {
		t.Errorf("load balancers %+v", balancers)
	}
	all := slb.CreateDescribeVServerGroupsRequest()
	all.LoadBalancerId, all.IncludeListener = "lb-1", "true"
	groups, err := c.DescribeVServerGroups(all)
	ok(t, err)
	if g := groups.VServerGroups.VServerGroup; len(g) != 3 || g[0].ServerCount != 1 || len(g[0].AssociatedObjects.Listeners.Listener) != 1 {
		t.Errorf("groups %+v", g)
	}
}

// STS's calls go through the SDK too, and its keys sign; so do temporary keys
// of the seed.
func TestTemporaryKeysThroughTheSDK(t *testing.T) {
	t.Parallel()
	r := slbfake.Start(t, world())
	c := client(t, r, credentials.NewAccessKeyCredential("assumer", "sk"))
	q := requests.NewCommonRequest()
	q.Method, q.Scheme, q.Domain, q.Version, q.ApiName = "POST", "http", r.Domain(), "2015-04-01", "AssumeRole"
	q.FormParams["RoleArn"], q.FormParams["RoleSessionName"] = role, "sdk"
	resp, err := c.ProcessCommonRequest(q)
	ok(t, err)
	var a struct {
		Credentials struct{ AccessKeyId, AccessKeySecret, SecurityToken string }
	}
	ok(t, json.Unmarshal(resp.GetHttpContentBytes(), &a))
	for _, k := range [][3]string{{a.Credentials.AccessKeyId, a.Credentials.AccessKeySecret, a.Credentials.SecurityToken}, {"STS.ak", "sts-sk", "token"}} {
		q := slb.CreateDescribeLoadBalancerAttributeRequest()
		q.LoadBalancerId = "lb-1"
		_, err = client(t, r, credentials.NewStsTokenCredential(k[0], k[1], k[2])).DescribeLoadBalancerAttribute(q)
		ok(t, err)
	}
}

// What the SDK makes of errors: of a signature that it made with another secret
// it says so, and of XML it reads nothing.
func TestErrorsThroughTheSDK(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lb, secret string
		xml        bool
		status     int
		code, says string
	}{
		"gone":         {"lb-none", "sk", false, 404, "InvalidLoadBalancerId.NotFound", "does not exist"},
		"gone, in XML": {"lb-none", "sk", true, 404, "", "<Code>InvalidLoadBalancerId.NotFound</Code>"},
		"wrong secret": {"lb-1", "wrong", false, 400, "SignatureDoesNotMatch", "server string to sign is:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := slbfake.InProcess(t, world(), slbfake.WithRules(func(r *slbfake.Rules) { r.XMLErrors = c.xml }))
			q := slb.CreateDescribeLoadBalancerAttributeRequest()
			q.LoadBalancerId = c.lb
			_, err := client(t, r, credentials.NewAccessKeyCredential("ak", c.secret)).DescribeLoadBalancerAttribute(q)
			var e *sdkerrors.ServerError
			if !errors.As(err, &e) || e.HttpStatus() != c.status || e.ErrorCode() != c.code || !strings.Contains(e.Message(), c.says) {
				t.Fatalf("got %v", err)
			}
			if e.ErrorCode() == "SignatureDoesNotMatch" && !strings.Contains(e.Recommend(), "InvalidAccessKeySecret") {
				t.Errorf("the SDK recommends %q: the string to sign in the message is not its own", e.Recommend())
			}
		})
	}
}

// The vendor's own worked example of the RPC signature, key testsecret.
func TestSignatureIsThatOfTheVendorsExample(t *testing.T) {
	t.Parallel()
	got := acsfake.Signature("GET", map[string]string{
		"Timestamp": "2016-02-23T12:46:24Z", "Format": "XML", "AccessKeyId": "testid", "Action": "DescribeRegions",
		"SignatureMethod": "HMAC-SHA1", "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
		"Version": "2014-05-26", "SignatureVersion": "1.0",
	}, "testsecret")
	if want := "OLeaidS1JvxuMvnyHOwuJ+uX5qY="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

// The state is a seed without secrets, and makes the same cloud again.
func TestTheStateIsASeed(t *testing.T) {
	t.Parallel()
	c := slbfake.New(world())
	b, err := json.Marshal(c.State())
	ok(t, err)
	if strings.Contains(string(b), `"keys"`) || strings.Contains(string(b), "secret") {
		t.Errorf("the state shows keys: %s", b)
	}
	again, err := slbfake.ReadSeed(strings.NewReader(string(b)))
	ok(t, err)
	twin := slbfake.New(again)
	for _, g := range []string{"lb-1", "rsp-1"} {
		if got := text(twin.Members(g)); got != text(c.Members(g)) {
			t.Errorf("%s of the copy holds %s", g, got)
		}
	}
}
