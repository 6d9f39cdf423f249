package slbapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// answers is a cloud with one answer for each action.
func answers(bodies map[string]string) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		body, ok := bodies[r.URL.Query().Get("Action")]
		if !ok {
			return answer(400, `{"Code":"FakeUnsupported","Message":"not in this test"}`), nil
		}
		return answer(200, body), nil
	}
}

const (
	oneServer = `{"RequestId":"r","LoadBalancerId":"lb-1","VServerGroupId":"rsp-1","BackendServers":{"BackendServer":[` +
		`{"ServerId":"eni-1","Type":"eni","ServerIp":"2001:db8::5","Port":80}]}%s}`
	noGroups = `{"RequestId":"r","VServerGroups":{"VServerGroup":[]}}`
)

func TestHealthReadsEveryFormOfRow(t *testing.T) {
	t.Parallel()
	const healthy = "listener https 443: normal healthy"
	for name, tc := range map[string]struct{ servers, want string }{
		"as documented": {`{"BackendServer":[{"ListenerPort":443,"Protocol":"https","ServerId":"eni-1","Port":80,"ServerIp":"2001:db8::5",` +
			`"Type":"eni","ServerHealthStatus":"normal"}]}`, healthy},
		"numbers as strings": {`{"BackendServer":[{"ListenerPort":"443","Protocol":"https","ServerId":"eni-1","Port":"80","ServerHealthStatus":"normal"}]}`, healthy},
		"other case":         {`{"backendServer":[{"listenerPort":443,"protocol":"HTTPS","serverId":"eni-1","port":80,"serverHealthStatus":"normal"}]}`, healthy},
		"lone object":        {`{"BackendServer":{"ListenerPort":443,"Protocol":"https","ServerId":"eni-1","Port":80,"ServerHealthStatus":"normal"}}`, healthy},
		"no port":            {`{"BackendServer":[{"ListenerPort":443,"Protocol":"https","ServerId":"eni-1","ServerHealthStatus":"normal"}]}`, healthy},
		"address spelled out": {`{"BackendServer":[{"ListenerPort":443,"Protocol":"https","ServerId":"eni-1","Port":80,"EniHost":"2001:0DB8:0:0::5",` +
			`"ServerHealthStatus":"normal"}]}`, healthy},
		"one of two addresses": {`{"BackendServer":[{"ListenerPort":443,"Protocol":"https","ServerId":"eni-1","Port":80,"ServerIp":"10.0.0.1",` +
			`"EniHost":"2001:db8::5","ServerHealthStatus":"normal"}]}`, healthy},
		"another port":    {`{"BackendServer":[{"ListenerPort":443,"ServerId":"eni-1","Port":81,"ServerHealthStatus":"normal"}]}`, ""},
		"another address": {`{"BackendServer":[{"ListenerPort":443,"ServerId":"eni-1","Port":80,"EniHost":"2001:db8::6","ServerHealthStatus":"normal"}]}`, ""},
		"another server":  {`{"BackendServer":[{"ListenerPort":443,"ServerId":"eni-2","Port":80,"ServerHealthStatus":"normal"}]}`, ""},
		"no protocol":     {`{"BackendServer":[{"ListenerPort":443,"ServerId":"eni-1","Port":80,"ServerHealthStatus":"abnormal"}]}`, "listener 443: abnormal unhealthy"},
		"another word":    {`{"BackendServer":[{"ListenerPort":443,"ServerId":"eni-1","Port":80,"ServerHealthStatus":"checking"}]}`, "listener 443: checking pending"},
		"none":            {`{"BackendServer":[]}`, ""},
		"none, as text":   {`""`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, answers(map[string]string{
				"DescribeHealthStatus":          `{"RequestId":"r","BackendServers":` + tc.servers + `}`,
				"DescribeVServerGroupAttribute": fmt.Sprintf(oneServer, ""), "DescribeVServerGroups": noGroups,
			}))
			h, err := c.VServerGroup("rsp-1").Health(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, check := range h.Checks {
				if want := (membership.Key{Server: "eni-1", Address: "2001:db8::5", Port: 80}); check.Key != want {
					t.Errorf("key %s, want %s", check.Key, want)
				}
				verdict := map[membership.Verdict]string{membership.Healthy: "healthy", membership.Unhealthy: "unhealthy", membership.Pending: "pending"}
				got = append(got, check.String()+" "+verdict[check.Verdict])
			}
			if strings.Join(got, "; ") != tc.want || h.Unchecked != "" {
				t.Errorf("checks %q and unchecked %q, want %q", got, h.Unchecked, tc.want)
			}
		})
	}
}

// What is not the vendor's word on health is an error, never "no checks".
func TestForeignHealthIsNoHealth(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty":               "",
		"empty object":        "{}",
		"request id alone":    `{"RequestId":"r"}`,
		"page":                "<html><body>Please log in</body></html>",
		"an error as success": `{"RequestId":"r","Code":"InternalError","BackendServers":{"BackendServer":[]}}`,
		"another level":       `{"RequestId":"r","BackendServers":{"Servers":[]}}`,
		"array of text":       `{"RequestId":"r","BackendServers":{"BackendServer":["i-1"]}}`,
		"no server":           `{"RequestId":"r","BackendServers":{"BackendServer":[{"ListenerPort":443,"ServerHealthStatus":"normal"}]}}`,
		"odd port":            `{"RequestId":"r","BackendServers":{"BackendServer":[{"ServerId":"i-1","Port":"http"}]}}`,
		"odd listener":        `{"RequestId":"r","BackendServers":{"BackendServer":[{"ServerId":"i-1","ListenerPort":"http"}]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClient(t, answers(map[string]string{"DescribeHealthStatus": body, "DescribeVServerGroups": noGroups}))
			h, err := c.BackendServers("lb-1").Health(t.Context())
			if e := asError(t, err); e.Class != membership.Transient || e.Status != 200 {
				t.Errorf("%+v, %+v, want transient", h, e)
			}
		})
	}
}

// A 404 that does not speak of a listener says nothing.
func TestHealthConcludesNothingFromABare404(t *testing.T) {
	t.Parallel()
	for body, class := range map[string]membership.Class{
		"":                         membership.Transient,
		"<html>Not Found</html>":   membership.Transient,
		`{"Code":"Odd.NotFound"}`:  membership.Refused,
		`{"Code":"InvalidAction"}`: membership.Denied,
		`{"Code":"InvalidLoadBalancerId.NotFound"}`: membership.NotFound,
	} {
		h, err := newClient(t, always(404, body)).BackendServers("lb-1").Health(t.Context())
		if e := asError(t, err); e.Class != class || h.Unchecked != "" {
			t.Errorf("%q: %+v, %+v, want %s", body, h, e, class)
		}
	}
}

// "Nothing checks it" needs the vendor's own word for it, in a form that is
// understood.
func TestUncheckedNeedsToBeTold(t *testing.T) {
	t.Parallel()
	const empty = `{"Listeners":{"Listener":[]},"Rules":{"Rule":[]}}`
	group := func(id, associated string) string {
		return fmt.Sprintf(`{"RequestId":"r","VServerGroups":{"VServerGroup":[{"VServerGroupId":%q,"AssociatedObjects":%s}]}}`, id, associated)
	}
	listeners := func(name, list string) string { return fmt.Sprintf(`,%q:%s`, name, list) }
	mine := group("rsp-2", `{"Listeners":{"Listener":[{"Port":80,"Protocol":"tcp"}]},"Rules":{"Rule":[]}}`)
	for name, tc := range map[string]struct {
		listeners, groups         string
		wantDefault, wantVServers bool
	}{
		"told":                    {listeners("ListenerPortsAndProtocol", `{"ListenerPortAndProtocol":[]}`), group("rsp-1", empty), true, true},
		"told in the other way":   {listeners("ListenerPortsAndProtocal", `{"ListenerPortAndProtocal":[]}`), group("rsp-1", `{"Listeners":"","Rules":""}`), true, true},
		"listeners not told":      {"", group("rsp-1", empty), false, true},
		"listeners null":          {listeners("ListenerPortsAndProtocol", `null`), group("rsp-1", `{"Listeners":null,"Rules":{"Rule":[]}}`), false, false},
		"listeners are odd":       {listeners("ListenerPortsAndProtocol", `{"Ports":[]}`), group("rsp-1", `{"Listeners":[7],"Rules":{"Rule":[]}}`), false, false},
		"a listener is odd":       {listeners("ListenerPortsAndProtocol", `{"ListenerPortAndProtocol":[{}]}`), group("rsp-1", `{"Listeners":{"Listener":[{}]},"Rules":{"Rule":[]}}`), false, false},
		"rules not told":          {listeners("ListenerPortsAndProtocol", `{"ListenerPortAndProtocol":[]}`), group("rsp-1", `{"Listeners":{"Listener":[]}}`), true, false},
		"a rule":                  {"", group("rsp-1", `{"Listeners":{"Listener":[]},"Rules":{"Rule":[{"RuleId":"rule-1"}]}}`), false, false},
		"no associated objects":   {listeners("ListenerPortsAndProtocol", `{"ListenerPortAndProtocol":[]}`), group("rsp-1", `""`), true, false},
		"associated to an oddity": {listeners("ListenerPortsAndProtocol", `{"ListenerPortAndProtocol":[]}`), group("rsp-1", `[1]`), true, false},
		"group not listed":        {listeners("ListenerPortsAndProtocol", `{"ListenerPortAndProtocol":[]}`), group("rsp-2", empty), true, false},
		"listener of a group": {
			listeners("ListenerPortsAndProtocol", `{"ListenerPortAndProtocol":[{"ListenerPort":80,"ListenerProtocol":"TCP"}]}`), mine, true, false,
		},
		"listener of a group, no protocol": {
			listeners("ListenerPortsAndProtocol", `{"ListenerPortAndProtocol":[{"ListenerPort":"80"}]}`), mine, true, false,
		},
		"same port, another protocol": {
			listeners("ListenerPortsAndProtocol", `{"ListenerPortAndProtocol":[{"ListenerPort":80,"ListenerProtocol":"udp"}]}`), mine, false, false,
		},
		"a listener of nobody": {
			listeners("ListenerPortsAndProtocol", `{"ListenerPortAndProtocol":[{"ListenerPort":80,"ListenerProtocol":"tcp"},{"ListenerPort":81,"ListenerProtocol":"tcp"}]}`),
			mine, false, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := fmt.Sprintf(oneServer, tc.listeners)
			c := newClient(t, answers(map[string]string{
				"DescribeHealthStatus":          `{"RequestId":"r","BackendServers":{"BackendServer":[]}}`,
				"DescribeLoadBalancerAttribute": servers, "DescribeVServerGroupAttribute": servers, "DescribeVServerGroups": tc.groups,
			}))
			for g, want := range map[membership.Group]bool{
				c.BackendServers("lb-1"): tc.wantDefault, c.VServerGroup("rsp-1"): tc.wantVServers,
			} {
				h, err := g.Health(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if got := h.Unchecked != ""; got != want || len(h.Checks) != 0 {
					t.Errorf("%s: %+v, want unchecked %t", g.Name(), h, want)
				}
			}
		})
	}
}

func TestUnreadableVServerGroupsAreAnError(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty object": "{}",
		"another list": `{"RequestId":"r","Groups":[]}`,
		"text":         `{"RequestId":"r","VServerGroups":"rsp-1"}`,
		"no id":        `{"RequestId":"r","VServerGroups":{"VServerGroup":[{"VServerGroupName":"web"}]}}`,
		"odd count":    `{"RequestId":"r","VServerGroups":{"VServerGroup":[{"VServerGroupId":"rsp-1","ServerCount":"some"}]}}`,
	} {
		gs, err := newClient(t, always(200, body)).VServerGroups(t.Context(), "lb-1")
		if e := asError(t, err); e.Class != membership.Transient || gs != nil {
			t.Errorf("%s: %+v, %+v, want transient", name, gs, e)
		}
	}
}

// Without its load balancer a vserver group's health cannot be asked for.
func TestHealthNeedsTheLoadBalancer(t *testing.T) {
	t.Parallel()
	_, err := newClient(t, always(200, `{"VServerGroupId":"rsp-1"}`)).VServerGroup("rsp-1").Health(t.Context())
	if e := asError(t, err); e.Class != membership.Refused || !strings.Contains(e.Error(), "rsp-1") {
		t.Errorf("%v", e)
	}
}
