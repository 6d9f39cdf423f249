package slbapi

import (
	"reflect"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

func TestListReadsEveryFormOfAnswer(t *testing.T) {
	t.Parallel()
	one := []membership.Member{{Key: membership.Key{Server: "i-1", Port: 80}, Type: "ecs", Weight: 100}}
	for name, tc := range map[string]struct {
		body string
		want []membership.Member
	}{
		"two members": {
			`{"RequestId":"r","VServerGroupId":"rsp-1","VServerGroupName":"n","LoadBalancerId":"lb-1","BackendServers":{"BackendServer":[
			  {"ServerId":"i-1","Port":80,"Weight":0,"Type":"ecs","Description":"d","VpcId":"vpc-1"},
			  {"ServerId":"eni-1","Port":443,"Weight":10,"Type":"eni","ServerIp":"10.0.0.5"}]}}`,
			[]membership.Member{
				{Key: membership.Key{Server: "i-1", Port: 80}, Type: "ecs", Weight: 0, Name: "d"},
				{Key: membership.Key{Server: "eni-1", Port: 443, Address: "10.0.0.5"}, Type: "eni", Weight: 10},
			},
		},
		"numbers as strings":     {`{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":[{"ServerId":"i-1","Port":"80","Weight":"100","Type":"ecs"}]}}`, one},
		"no type":                {`{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":[{"ServerId":"i-1","Port":80,"Weight":100,"Type":""}]}}`, one},
		"address of an instance": {`{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":[{"ServerId":"i-1","Port":80,"Weight":100,"Type":"ecs","ServerIp":"10.0.0.9"}]}}`, one},
		"no weight":              {`{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":[{"ServerId":"i-1","Port":80}]}}`, one},
		"other case":             {`{"vServerGroupId":"rsp-1","backendServers":{"backendServer":[{"serverId":"i-1","port":80,"weight":100}]}}`, one},
		"lone object":            {`{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":{"ServerId":"i-1","Port":80,"Weight":100}}}`, one},
		"array without a level":  {`{"VServerGroupId":"rsp-1","BackendServers":[{"ServerId":"i-1","Port":80,"Weight":100}]}`, one},
		"wrapped in the action":  {`{"DescribeVServerGroupAttribute":{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":[{"ServerId":"i-1","Port":80,"Weight":100}]}}}`, one},
		"wrapped as a response":  {`{"DescribeVServerGroupAttributeResponse":{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":{"ServerId":"i-1","Port":80,"Weight":100}}}}`, one},
		"byte order mark":        {"\ufeff" + ` {"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":[{"ServerId":"i-1","Port":80,"Weight":100}]}}`, one},
		"address spelled out":    {`{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":[{"ServerId":"eci-1","Port":80,"Weight":1,"Type":"eci","ServerIp":"2001:0DB8:0:0::5"}]}}`, []membership.Member{{Key: membership.Key{Server: "eci-1", Port: 80, Address: "2001:db8::5"}, Type: "eci", Weight: 1}}},
		"none":                   {`{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":[]}}`, nil},
		"none, empty object":     {`{"VServerGroupId":"rsp-1","BackendServers":{}}`, nil},
		"none, empty text":       {`{"VServerGroupId":"rsp-1","BackendServers":""}`, nil},
		"none, inner text":       {`{"VServerGroupId":"rsp-1","BackendServers":{"BackendServer":""}}`, nil},
		"none, null":             {`{"VServerGroupId":"rsp-1","BackendServers":null}`, nil},
		"none, left out":         {`{"VServerGroupId":"rsp-1"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := newClient(t, always(200, tc.body)).VServerGroup("rsp-1").List(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(tc.want) || len(got) > 0 && !reflect.DeepEqual(got, tc.want) {
				t.Errorf("got  %+v\nwant %+v", got, tc.want)
			}
		})
	}
}

func TestListDefaultGroupHasNoPorts(t *testing.T) {
	t.Parallel()
	got, err := newClient(t, always(200, `{"LoadBalancerId":"lb-1","BackendServers":{"BackendServer":[
		{"ServerId":"i-1","Port":80,"Weight":100,"Type":"ecs"},
		{"ServerId":"eni-1","Weight":5,"Type":"eni","ServerIp":"10.0.0.5"},
		{"ServerId":"eni-1","Weight":5,"Type":"eni","ServerIp":"10.0.0.6"}]}}`)).BackendServers("lb-1").List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, m := range got {
		keys = append(keys, m.Key.String())
	}
	if want := "i-1 eni-1:10.0.0.5 eni-1:10.0.0.6"; strings.Join(keys, " ") != want {
		t.Errorf("keys %v, want %s", keys, want)
	}
}

// What is not the vendor's word on this group is an error, never "no members"
// and never "written".
func TestForeignSuccessIsNoSuccess(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty":               "",
		"white space":         " \n",
		"empty object":        "{}",
		"null":                "null",
		"array":               "[]",
		"page":                "<html><body>Please log in</body></html>",
		"cut short":           `{"RequestId":"r","LoadBalancerId":"lb-1","BackendServers":{"BackendServer":[`,
		"another's":           `{"LoadBalancerId":"lb-2","VServerGroupId":"rsp-2","BackendServers":{"BackendServer":[]}}`,
		"an error as success": `{"RequestId":"r","LoadBalancerId":"lb-1","VServerGroupId":"rsp-1","Code":"InternalError","Message":"m"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, always(200, body))
			for _, g := range []membership.Group{c.BackendServers("lb-1"), c.VServerGroup("rsp-1")} {
				_, err := g.List(t.Context())
				if e := asError(t, err); e.Class != membership.Transient || e.Status != 200 || e.Message == "" {
					t.Errorf("list: %+v, want transient", e)
				}
				m := []membership.Member{at(ecs, 80)}
				for what, err := range map[string]error{
					"add": g.Add(t.Context(), m), "remove": g.Remove(t.Context(), m),
					"update": g.Update(t.Context(), []membership.Change{{Member: m[0], Weight: ptr(1)}}),
				} {
					if e := asError(t, err); e.Class != membership.Unknown {
						t.Errorf("%s: %+v, want unknown", what, e)
					}
				}
			}
		})
	}
}

func TestUnreadableMembersAreAnError(t *testing.T) {
	t.Parallel()
	for name, servers := range map[string]string{
		"text":                `"i-1"`,
		"number":              `7`,
		"other level":         `{"Servers":[]}`,
		"array of text":       `{"BackendServer":["i-1"]}`,
		"inner number":        `{"BackendServer":7}`,
		"null member":         `{"BackendServer":[null]}`,
		"no id":               `{"BackendServer":[{"Port":80,"Weight":1}]}`,
		"weight not a number": `{"BackendServer":[{"ServerId":"i-1","Port":80,"Weight":"heavy"}]}`,
		"port not a number":   `{"BackendServer":[{"ServerId":"i-1","Port":true,"Weight":1}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, always(200, `{"VServerGroupId":"rsp-1","LoadBalancerId":"lb-1","BackendServers":`+servers+`}`))
			members, err := c.VServerGroup("rsp-1").List(t.Context())
			if e := asError(t, err); e.Class != membership.Transient || members != nil {
				t.Errorf("%v, %+v, want transient", members, e)
			}
		})
	}
}

// A group without an id is not what an answer without one is about.
func TestNoIDIsNoEcho(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, always(200, `{"RequestId":"r"}`)).BackendServers("").List(t.Context())
	if e := asError(t, err); e.Class != membership.Transient {
		t.Errorf("%+v", e)
	}
}

// A write is done with a request id or the echo, whatever it lists.
func TestWriteAnswersThatAreEnough(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"request id":  `{"RequestId":"r"}`,
		"echo":        `{"LoadBalancerId":"lb-1"}`,
		"odd members": `{"RequestId":"r","LoadBalancerId":"lb-1","BackendServers":"?"}`,
		"wrapped":     `{"RemoveBackendServers":{"RequestId":"r"}}`,
	} {
		if err := newClient(t, always(200, body)).BackendServers("lb-1").Remove(t.Context(), []membership.Member{ecs}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnswersAreBounded(t *testing.T) {
	t.Parallel()
	body := `{"RequestId":"r","LoadBalancerId":"lb-1","Fill":"` + strings.Repeat("x", 8<<20) + `"}`
	c := newClient(t, always(200, body))
	_, err := c.BackendServers("lb-1").List(t.Context())
	if e := asError(t, err); e.Class != membership.Transient || !strings.Contains(e.Error(), "larger than 8 MiB") {
		t.Errorf("list: %v", e)
	}
	err = c.BackendServers("lb-1").Add(t.Context(), []membership.Member{ecs})
	if e := asError(t, err); e.Class != membership.Unknown {
		t.Errorf("add: %v", e)
	}
}

func TestLockOfAVServerGroupIsItsLoadBalancerOnceListed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status     int
		body, lock string
	}{
		"listed":   {200, `{"VServerGroupId":"rsp-1","LoadBalancerId":"lb-7"}`, "lb-7"},
		"not said": {200, `{"VServerGroupId":"rsp-1"}`, ""},
		"missing":  {404, `{"Code":"InvalidParameter","Message":"The specified VServerGroupId does not exist."}`, ""},
	} {
		g := newClient(t, always(tc.status, tc.body)).VServerGroup("rsp-1")
		if lock := g.Lock(); lock != "" {
			t.Errorf("%s: lock %q before any listing", name, lock)
		}
		_, _ = g.List(t.Context())
		if lock := g.Lock(); lock != tc.lock {
			t.Errorf("%s: lock %q, want %q", name, lock, tc.lock)
		}
	}
	if lock := newClient(t, always(500, "")).BackendServers("lb-7").Lock(); lock != "lb-7" {
		t.Errorf("lock of a load balancer: %q", lock)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	c := newClient(t, &recorder{})
	if n := c.BackendServers("lb-1").Name(); n != "SLB default server group of lb-1" {
		t.Error(n)
	}
	if n := c.VServerGroup("rsp-1").Name(); n != "SLB vserver group rsp-1" {
		t.Error(n)
	}
}
