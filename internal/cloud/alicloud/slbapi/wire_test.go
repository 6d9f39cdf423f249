package slbapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func ptr[T any](v T) *T { return &v }

var (
	ecs  = membership.Member{Key: membership.Key{Server: "i-1"}, Type: "ecs", Weight: 100}
	bare = membership.Member{Key: membership.Key{Server: "i-2"}, Weight: 0, Name: "web/1"}
	eni  = membership.Member{Key: membership.Key{Server: "eni-1", Address: "10.0.0.5"}, Type: "eni", Weight: 7, Name: "mine"}
	eci  = membership.Member{Key: membership.Key{Server: "eci-1", Address: "2001:db8::5"}, Type: "eci", Weight: 1}
)

func at(m membership.Member, port int) membership.Member {
	m.Key.Port = port
	return m
}

// Every write: the action, all its parameters and the exact JSON.
func TestWritesOnTheWire(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		do     func(*Client) error
		params map[string]string
	}{
		"add to load balancer": {
			func(c *Client) error {
				return c.BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs, bare, eni, at(eci, 9)})
			},
			map[string]string{
				"Action": "AddBackendServers", "LoadBalancerId": "lb-1",
				"BackendServers": `[{"ServerId":"i-1","Weight":"100","Type":"ecs"},` +
					`{"ServerId":"i-2","Weight":"0","Type":"ecs","Description":"web/1"},` +
					`{"ServerId":"eni-1","Weight":"7","Type":"eni","ServerIp":"10.0.0.5","Description":"mine"},` +
					`{"ServerId":"eci-1","Weight":"1","Type":"eci","ServerIp":"2001:db8::5"}]`,
			},
		},
		"reweight on load balancer": {
			func(c *Client) error {
				return c.BackendServers("lb-1").Update(t.Context(), []membership.Change{
					{Member: ecs, Weight: ptr(0)},
					{Member: bare, Weight: ptr(50)},            // repeats the description
					{Member: eni, Name: ptr("")},               // clears it
					{Member: eci, Name: ptr("x"), Weight: nil}, // sets it, repeats the weight
				})
			},
			map[string]string{
				"Action": "SetBackendServers", "LoadBalancerId": "lb-1",
				"BackendServers": `[{"ServerId":"i-1","Weight":"0","Type":"ecs"},` +
					`{"ServerId":"i-2","Weight":"50","Type":"ecs","Description":"web/1"},` +
					`{"ServerId":"eni-1","Weight":"7","Type":"eni","ServerIp":"10.0.0.5","Description":""},` +
					`{"ServerId":"eci-1","Weight":"1","Type":"eci","ServerIp":"2001:db8::5","Description":"x"}]`,
			},
		},
		"remove from load balancer": {
			func(c *Client) error {
				return c.BackendServers("lb-1").Remove(t.Context(), []membership.Member{ecs, bare, eni})
			},
			map[string]string{
				"Action": "RemoveBackendServers", "LoadBalancerId": "lb-1",
				"BackendServers": `[{"ServerId":"i-1","Weight":"100","Type":"ecs"},` +
					`{"ServerId":"i-2","Weight":"0","Type":"ecs"},` +
					`{"ServerId":"eni-1","Weight":"7","Type":"eni","ServerIp":"10.0.0.5"}]`,
			},
		},
		"add to vserver group": {
			func(c *Client) error {
				return c.VServerGroup("rsp-1").Add(t.Context(), []membership.Member{at(ecs, 80), at(ecs, 81), at(eni, 443)})
			},
			map[string]string{
				"Action": "AddVServerGroupBackendServers", "VServerGroupId": "rsp-1",
				"BackendServers": `[{"ServerId":"i-1","Port":"80","Weight":"100","Type":"ecs"},` +
					`{"ServerId":"i-1","Port":"81","Weight":"100","Type":"ecs"},` +
					`{"ServerId":"eni-1","Port":"443","Weight":"7","Type":"eni","ServerIp":"10.0.0.5","Description":"mine"}]`,
			},
		},
		"reweight in vserver group": {
			func(c *Client) error {
				return c.VServerGroup("rsp-1").Update(t.Context(), []membership.Change{
					{Member: at(bare, 80), Weight: ptr(100)},
				})
			},
			map[string]string{ // no VServerGroupName: the group keeps its own
				"Action": "SetVServerGroupAttribute", "VServerGroupId": "rsp-1",
				"BackendServers": `[{"ServerId":"i-2","Port":"80","Weight":"100","Type":"ecs","Description":"web/1"}]`,
			},
		},
		"remove from vserver group": {
			func(c *Client) error {
				return c.VServerGroup("rsp-1").Remove(t.Context(), []membership.Member{at(eni, 443), at(eci, 80)})
			},
			map[string]string{
				"Action": "RemoveVServerGroupBackendServers", "VServerGroupId": "rsp-1",
				"BackendServers": `[{"ServerId":"eni-1","Port":"443","Weight":"7","Type":"eni","ServerIp":"10.0.0.5"},` +
					`{"ServerId":"eci-1","Port":"80","Weight":"1","Type":"eci","ServerIp":"2001:db8::5"}]`,
			},
		},
		"list load balancer": {
			func(c *Client) error { _, err := c.BackendServers("lb-1").List(t.Context()); return err },
			map[string]string{"Action": "DescribeLoadBalancerAttribute", "LoadBalancerId": "lb-1"},
		},
		"list vserver group": {
			func(c *Client) error { _, err := c.VServerGroup("rsp-1").List(t.Context()); return err },
			map[string]string{"Action": "DescribeVServerGroupAttribute", "VServerGroupId": "rsp-1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cloud := &recorder{}
			c := newClient(t, cloud, func(cfg *Config) { cfg.UserAgent = "cloudlb/1.2.3" })
			if err := tc.do(c); err != nil {
				t.Fatal(err)
			}
			if len(cloud.requests) != 1 {
				t.Fatalf("%d requests, want 1", len(cloud.requests))
			}
			r := cloud.requests[0]
			got := r.URL.Query()
			if want := signature(r.Method, got, testKeys.AccessKeySecret); got.Get("Signature") != want {
				t.Errorf("signature %s, want %s", got.Get("Signature"), want)
			}
			if r.Method != http.MethodPost || r.URL.Path != "/" || r.ContentLength > 0 {
				t.Errorf("%s %s with a body of %d", r.Method, r.URL.Path, r.ContentLength)
			}
			if ua := r.Header.Get("User-Agent"); !strings.HasSuffix(ua, " Extra/cloudlb/1.2.3") {
				t.Errorf("user agent %q", ua)
			}
			if s := tc.params["BackendServers"]; s != "" && !json.Valid([]byte(s)) {
				t.Fatalf("the test wants invalid JSON: %s", s)
			}
			want := map[string]string{
				"Version": "2014-05-15", "Format": "JSON", "RegionId": "cn-hangzhou",
				"AccessKeyId": testKeys.AccessKeyID, "SignatureMethod": "HMAC-SHA1",
				"SignatureVersion": "1.0", "SignatureType": "",
				"Signature": got.Get("Signature"), "SignatureNonce": got.Get("SignatureNonce"), "Timestamp": got.Get("Timestamp"),
			}
			for k, v := range tc.params {
				want[k] = v
			}
			for k, v := range want {
				if len(got[k]) != 1 || got.Get(k) != v {
					t.Errorf("%s = %q\nwant   %q", k, got[k], v)
				}
			}
			for k := range got {
				if _, ok := want[k]; !ok {
					t.Errorf("unexpected parameter %s = %q", k, got.Get(k))
				}
			}
		})
	}
}

func TestSecurityTokenIsSentAndSigned(t *testing.T) {
	t.Parallel()
	cloud := &recorder{}
	keys := testKeys
	keys.SecurityToken = "not+a/token=="
	c := newClient(t, cloud, func(cfg *Config) { cfg.Credentials = acs.Static(keys) })
	if err := c.BackendServers("lb-1").Remove(t.Context(), []membership.Member{ecs}); err != nil {
		t.Fatal(err)
	}
	q := cloud.queries()[0]
	if q.Get("SecurityToken") != keys.SecurityToken || q.Get("Signature") != signature("POST", q, keys.AccessKeySecret) {
		t.Errorf("token %q, signature %q", q.Get("SecurityToken"), q.Get("Signature"))
	}
}

func TestEveryCallHasItsOwnNonce(t *testing.T) {
	t.Parallel()
	cloud := &recorder{}
	c := newClient(t, cloud)
	for range 20 {
		if err := c.BackendServers("lb-1").Remove(t.Context(), []membership.Member{ecs}); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for _, q := range cloud.queries() {
		seen[q.Get("SignatureNonce")] = true
	}
	if len(seen) != 20 {
		t.Errorf("%d nonces in 20 calls", len(seen))
	}
}

func TestNothingToChangeMakesNoCall(t *testing.T) {
	t.Parallel()
	cloud := &recorder{}
	c := newClient(t, cloud)
	for _, g := range []membership.Group{c.BackendServers("lb-1"), c.VServerGroup("rsp-1")} {
		if err := g.Add(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if err := g.Update(t.Context(), nil); err != nil {
			t.Error(err)
		}
		if err := g.Remove(t.Context(), nil); err != nil {
			t.Error(err)
		}
	}
	if len(cloud.requests) != 0 {
		t.Errorf("%d calls", len(cloud.requests))
	}
}

func TestWritesThatCannotSucceedAreNotSent(t *testing.T) {
	t.Parallel()
	cloud := &recorder{}
	c := newClient(t, cloud, func(cfg *Config) { cfg.BatchSize = 2 })
	for name, err := range map[string]error{
		"too many": c.BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs, bare, eni}),
		"port":     c.VServerGroup("rsp-1").Update(t.Context(), []membership.Change{{Member: at(ecs, 80), Port: ptr(81)}}),
		"zone":     c.BackendServers("lb-1").Update(t.Context(), []membership.Change{{Member: ecs, Zone: ptr("a")}}),
	} {
		if e := asError(t, err); e.Class != membership.Refused || e.Action == "" {
			t.Errorf("%s: %+v, want refused", name, e)
		}
	}
	if len(cloud.requests) != 0 {
		t.Errorf("%d calls", len(cloud.requests))
	}
}

func TestMembersOfTheCallerStayAsTheyAre(t *testing.T) {
	t.Parallel()
	c := newClient(t, &recorder{})
	members := []membership.Member{at(ecs, 80)}
	changes := []membership.Change{{Member: at(ecs, 80), Weight: ptr(1)}}
	g := c.BackendServers("lb-1")
	if err := g.Add(t.Context(), members); err != nil {
		t.Fatal(err)
	}
	if err := g.Update(t.Context(), changes); err != nil {
		t.Fatal(err)
	}
	if members[0].Key.Port != 80 || changes[0].Member.Key.Port != 80 {
		t.Error("the default group cleared the port in the caller's slice")
	}
}

// A list of forty fits a request line that servers accept.
func TestLongestRequest(t *testing.T) {
	t.Parallel()
	cloud := &recorder{}
	c := newClient(t, cloud, func(cfg *Config) { cfg.BatchSize = 40 })
	var members []membership.Member
	for i := range 40 {
		members = append(members, membership.Member{
			Key:  membership.Key{Server: fmt.Sprintf("eni-bp1234567890abcdef%02d", i), Address: fmt.Sprintf("192.168.100.%d", 100+i), Port: 65535},
			Type: "eni", Weight: 100, Name: strings.Repeat("d", 80),
		})
	}
	if err := c.VServerGroup("rsp-1").Add(t.Context(), members); err != nil {
		t.Fatal(err)
	}
	if n := len(cloud.requests[0].URL.RequestURI()); n > 16<<10 {
		t.Errorf("40 servers make a request line of %d bytes", n)
	}
}
