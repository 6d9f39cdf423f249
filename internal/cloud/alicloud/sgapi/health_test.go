package sgapi

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// The members of the tests of health, and the two ways in which the products say
// that a group is checked.
const (
	threeServers = `"Servers":[{"ServerId":"i-1","ServerType":"Ecs","ServerIp":"10.0.0.1","Port":80,"Status":"Available"},
		{"ServerId":"eni-1","ServerType":"Eni","ServerIp":"10.0.0.5","Port":80,"Status":"Available"},
		{"ServerId":"10.9.0.1","ServerType":"Ip","Port":80,"Status":"Adding"},
		{"ServerId":"i-gone","ServerType":"Ecs","Port":80,"Status":"Removing"}]`
	checked = `"HealthCheckConfig":{"HealthCheckEnabled":true,"HealthCheckInterval":2},"HealthCheck":{"HealthCheckEnabled":true,"HealthCheckInterval":2}`
)

func groupWith(fields string) reply {
	return said(`"ServerGroups":[{"ServerGroupId":"sgp-1",%s}]`, fields)
}

// rows are NonNormalServers.
func rows(servers ...string) string { return `"NonNormalServers":[` + strings.Join(servers, ",") + `]` }

func info(group, on, rows string) string {
	return fmt.Sprintf(`{"ServerGroupId":%q,"HealthCheckEnabled":%q,"HeathCheckEnabled":%t,%s}`, group, on, on == "on", rows)
}

func told(h membership.Health) []string {
	all := []string{}
	for _, c := range h.Checks {
		all = append(all, fmt.Sprintf("%s@%s/%s %d %s %s", c.Key, c.Listener.ID, c.Rule, c.Verdict, c.Status, c.Reason))
	}
	return all
}

func TestHealth(t *testing.T) {
	t.Parallel()
	const sick = `{"ServerId":"i-1","ServerIp":"10.0.0.1","Port":80,"Status":"Unhealthy","Reason":{"ReasonCode":"RESPONSE_MISMATCH","ExpectedResponse":"HTTP_2xx","ActualResponse":"HTTP_500"}}`
	listener := func(id string, infos ...string) string {
		return fmt.Sprintf(`{"ListenerId":%q,"ServerGroupInfos":[%s]}`, id, strings.Join(infos, ","))
	}
	forward := func(group string) string {
		return fmt.Sprintf(`[{"Type":"ForwardGroup","ForwardGroupConfig":{"ServerGroupTuples":[{"ServerGroupId":%q}]}}]`, group)
	}
	for name, tc := range map[string]struct {
		product   Product
		answers   map[string][]reply
		want      []string
		unchecked string
		calls     string
	}{
		"ALB, by a listener and by a rule": {
			product: ALB,
			answers: map[string][]reply{
				"ListServerGroups": {groupWith(checked + `,"RelatedListenerIds":["lsn-1"],"RelatedRuleIds":["rule-1"]`)},
				"ListRules":        {said(`"Rules":[{"RuleId":"rule-1","ListenerId":"lsn-2","RuleActions":%s}]`, forward("sgp-1"))},
				"GetListenerHealthStatus": {
					said(`"ListenerHealthStatus":[%s]`, listener("lsn-1", info("sgp-0", "on", rows(sick)), info("sgp-1", "on", rows(sick)))),
					said(`"ListenerHealthStatus":[],"RuleHealthStatus":[{"RuleId":"rule-1","ServerGroupInfos":[%s]}]`,
						info("sgp-1", "on", rows(`{"ServerId":"eni-1","ServerIp":"10.0.0.5","Port":80,"Status":"Unused"}`,
							`{"ServerId":"i-1","Port":81,"Status":"Unhealthy"}`, `{"ServerId":"10.9.0.1","Port":80,"Status":"Initial"}`))),
				},
			},
			want: []string{
				"i-1:80@lsn-1/ 2 Unhealthy RESPONSE_MISMATCH: HTTP_500 instead of HTTP_2xx", "eni-1:10.0.0.5:80@lsn-1/ 1 Normal ",
				"10.9.0.1:80@lsn-1/ 0 Adding ", "i-1:80@lsn-2/rule-1 1 Normal ", "eni-1:10.0.0.5:80@lsn-2/rule-1 3 Unused weight 0",
				"10.9.0.1:80@lsn-2/rule-1 0 Initial ",
			},
			calls: "ListServerGroups ListRules ListServerGroupServers GetListenerHealthStatus GetListenerHealthStatus",
		},
		"ALB, which does not tell what sends to the group": {
			product: ALB,
			answers: map[string][]reply{
				"ListServerGroups": {groupWith(checked + `,"RelatedLoadBalancerIds":["alb-1"]`)},
				"ListListeners": {said(`"Listeners":[{"ListenerId":"lsn-1","DefaultActions":%s},{"ListenerId":"lsn-2","DefaultActions":%s}]`,
					forward("sgp-0"), forward("sgp-1"))},
				"ListRules": {said(`"Rules":[{"RuleId":"rule-1","ListenerId":"lsn-3","RuleActions":%s}]`, forward("sgp-0"))},
				"GetListenerHealthStatus": {
					said(`"ListenerHealthStatus":[%s],"NextToken":"t"`, listener("lsn-2", info("sgp-1", "on", rows()))),
					said(`"ListenerHealthStatus":[%s]`, listener("lsn-2", info("sgp-1", "on", rows(`{"ServerId":"i-1","Port":80,"Status":"Initial"}`)))),
				},
			},
			want:  []string{"i-1:80@lsn-2/ 0 Initial ", "eni-1:10.0.0.5:80@lsn-2/ 1 Normal ", "10.9.0.1:80@lsn-2/ 0 Adding "},
			calls: "ListServerGroups ListListeners ListRules ListServerGroupServers GetListenerHealthStatus GetListenerHealthStatus",
		},
		"NLB": {
			product: NLB,
			answers: map[string][]reply{
				"ListServerGroups": {groupWith(checked + `,"RelatedLoadBalancerIds":["nlb-1"]`)},
				"ListListeners":    {said(`"Listeners":[{"ListenerId":"lsn-1@80","ServerGroupId":"sgp-1"},{"ListenerId":"lsn-2@81","ServerGroupId":"sgp-0"},{"ListenerId":"lsn-3@82","ServerGroupId":"sgp-1"},{"ListenerId":"lsn-4@83","ServerGroupId":"sgp-1"}]`)},
				"GetListenerHealthStatus": {
					said(`"ListenerHealthStatus":[%s]`, listener("lsn-1@80", info("sgp-1", "on", rows(`{"ServerId":"eni-1","ServerIp":"10.0.0.5","Port":80,"Status":"Unhealthy","Reason":{"ReasonCode":"CONNECT_TIMEOUT"}}`)))),
					said(`"ListenerHealthStatus":[%s]`, listener("lsn-3@82", info("sgp-1", "off", rows()))),
					fault(404, "ResourceNotFound.listener", "gone since"),
				},
			},
			want: []string{
				"i-1:80@lsn-1@80/ 1 Normal ", "eni-1:10.0.0.5:80@lsn-1@80/ 2 Unhealthy CONNECT_TIMEOUT", "10.9.0.1:80@lsn-1@80/ 0 Adding ",
				"i-1:80@lsn-3@82/ 3 Unavailable its health check is off", "eni-1:10.0.0.5:80@lsn-3@82/ 3 Unavailable its health check is off",
				"10.9.0.1:80@lsn-3@82/ 3 Unavailable its health check is off",
			},
			calls: "ListServerGroups ListListeners ListServerGroupServers GetListenerHealthStatus GetListenerHealthStatus GetListenerHealthStatus",
		},
		"a check that is off": {
			product: NLB,
			answers: map[string][]reply{"ListServerGroups": {groupWith(`"HealthCheck":{"HealthCheckEnabled":false}`)}},
			want:    []string{}, unchecked: noCheck, calls: "ListServerGroups",
		},
		"no listener": {
			product: ALB,
			answers: map[string][]reply{"ListServerGroups": {groupWith(checked + `,"RelatedListenerIds":[],"RelatedRuleIds":[],"RelatedLoadBalancerIds":[]`)}},
			want:    []string{}, unchecked: noListener, calls: "ListServerGroups",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.answers["ListServerGroupServers"] = []reply{said(threeServers)}
			c, cloud := newClient(t, tc.product, tc.answers)
			h, err := c.Group("sgp-1").Health(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got := told(h); !slices.Equal(got, tc.want) || h.Unchecked != tc.unchecked || h.Unchecked == "" && h.Confirm != 2*time.Second {
				t.Errorf("%+v\ntells\n%s\nwant\n%s", h, strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
			}
			if got := cloud.actions(); got != tc.calls {
				t.Errorf("by the calls %s\nwant %s", got, tc.calls)
			}
			for _, form := range cloud.of("GetListenerHealthStatus") {
				if rule := form.Get("IncludeRule") == "true"; rule != (tc.product == ALB) || form.Get("ListenerId") == "" ||
					form.Get("MaxResults") != map[Product]string{ALB: "30", NLB: "100"}[tc.product] {
					t.Errorf("asked for %v", form)
				}
			}
		})
	}
}

// Health of a group that is gone, or that may not be read.
func TestHealthThatCannotBeRead(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, p Product) {
		for want, groups := range map[membership.Class]reply{
			membership.NotFound: said(`"ServerGroups":[]`), membership.Denied: fault(403, "Forbidden.NoPermission", ""),
		} {
			c, _ := newClient(t, p, map[string][]reply{"ListServerGroups": {groups}})
			if h, err := c.Group("sgp-1").Health(t.Context()); !membership.Is(err, want) || h.Unchecked != "" {
				t.Errorf("%+v, %v; want %s", h, err, want)
			}
		}
	})
}

// A reading goes by what is known of the group for a minute, and of its members for
// as long as a listing serves others; that nothing checks them is no old news.
func TestReadingsOfHealthShareWhatIsKnown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		bound := groupWith(`"RelatedListenerIds":["lsn-1"],"RelatedRuleIds":[]`)
		free := groupWith(`"RelatedListenerIds":[],"RelatedRuleIds":[]`)
		c, cloud := newClient(t, ALB, map[string][]reply{
			"ListServerGroups":        {free, bound},
			"ListServerGroupServers":  {said(`"Servers":[{"ServerId":"i-1","Port":80,"Status":"Available"}]`)},
			"GetListenerHealthStatus": {said(`"ListenerHealthStatus":[]`)},
			"AddServersToServerGroup": {said(`"ServerGroupId":"sgp-1"`)},
		})
		g := c.Group("sgp-1")
		read := func(unchecked, calls string) {
			t.Helper()
			before := len(cloud.actions())
			if h, err := g.Health(t.Context()); err != nil || h.Unchecked != unchecked {
				t.Errorf("%+v, %v", h, err)
			}
			if got := strings.TrimSpace(cloud.actions()[before:]); got != calls {
				t.Errorf("by %q, want %q", got, calls)
			}
		}
		read(noListener, "ListServerGroups")
		read(noListener, "")
		<-time.After(6 * time.Second)
		read("", "ListServerGroups ListServerGroupServers GetListenerHealthStatus")
		read("", "GetListenerHealthStatus")
		if err := g.Add(t.Context(), []membership.Member{ecs}); err != nil {
			t.Error(err)
		}
		read("", "ListServerGroupServers GetListenerHealthStatus")
		<-time.After(4 * time.Second)
		read("", "ListServerGroupServers GetListenerHealthStatus")
		<-time.After(time.Minute)
		read("", "ListServerGroups ListServerGroupServers GetListenerHealthStatus")
	})
}
