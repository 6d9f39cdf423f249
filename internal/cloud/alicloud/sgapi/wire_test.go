package sgapi

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Every write: the action, its version and place, and all its parameters, in the
// body.
func TestWritesOnTheWire(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		do     func(t *testing.T, g membership.Group) error
		action string
		params map[string]string
	}{
		"add": {
			func(t *testing.T, g membership.Group) error {
				return g.Add(t.Context(), []membership.Member{ecs, eni, eci, remote})
			}, "AddServersToServerGroup",
			map[string]string{
				"Servers.1.ServerId": "i-1", "Servers.1.ServerType": "Ecs", "Servers.1.Port": "80", "Servers.1.Weight": "100",
				"Servers.2.ServerId": "eni-1", "Servers.2.ServerType": "Eni", "Servers.2.ServerIp": "10.0.0.5", "Servers.2.Port": "443",
				"Servers.2.Weight": "7", "Servers.2.Description": "mine",
				"Servers.3.ServerId": "eci-1", "Servers.3.ServerType": "Eci", "Servers.3.ServerIp": "2001:db8::5", "Servers.3.Port": "80",
				"Servers.3.Weight":   "0",
				"Servers.4.ServerId": "10.9.0.1", "Servers.4.ServerType": "Ip", "Servers.4.ServerIp": "10.9.0.1", "Servers.4.Port": "8080",
				"Servers.4.Weight": "1", "Servers.4.RemoteIpEnabled": "true",
			},
		},
		"change": {
			func(t *testing.T, g membership.Group) error {
				return g.Update(t.Context(), []membership.Change{
					{Member: ecs, Weight: new(0)},
					{Member: eni, Weight: new(50)}, // repeats the description
					{Member: eni, Name: new("")},   // clears it
					{Member: remote, Name: new("x")},
				})
			}, "UpdateServerGroupServersAttribute",
			map[string]string{
				"Servers.1.ServerId": "i-1", "Servers.1.ServerType": "Ecs", "Servers.1.Port": "80", "Servers.1.Weight": "0",
				"Servers.2.ServerId": "eni-1", "Servers.2.ServerType": "Eni", "Servers.2.ServerIp": "10.0.0.5", "Servers.2.Port": "443",
				"Servers.2.Weight": "50", "Servers.2.Description": "mine",
				"Servers.3.ServerId": "eni-1", "Servers.3.ServerType": "Eni", "Servers.3.ServerIp": "10.0.0.5", "Servers.3.Port": "443",
				"Servers.3.Weight": "7", "Servers.3.Description": "",
				"Servers.4.ServerId": "10.9.0.1", "Servers.4.ServerType": "Ip", "Servers.4.ServerIp": "10.9.0.1", "Servers.4.Port": "8080",
				"Servers.4.Weight": "1", "Servers.4.Description": "x",
			},
		},
		"remove": {
			func(t *testing.T, g membership.Group) error {
				return g.Remove(t.Context(), []membership.Member{ecs, eni, {Key: membership.Key{Server: "i-any"}}})
			}, "RemoveServersFromServerGroup",
			map[string]string{
				"Servers.1.ServerId": "i-1", "Servers.1.ServerType": "Ecs", "Servers.1.Port": "80",
				"Servers.2.ServerId": "eni-1", "Servers.2.ServerType": "Eni", "Servers.2.ServerIp": "10.0.0.5", "Servers.2.Port": "443",
				"Servers.3.ServerId": "i-any", "Servers.3.ServerType": "Ecs", "Servers.3.Port": "0",
			},
		},
	} {
		for _, p := range []Product{ALB, NLB} {
			t.Run(p.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				c, cloud := newClient(t, p, map[string][]reply{tc.action: {said(`"ServerGroupId":"sgp-1"`)}})
				for range 2 {
					if err := tc.do(t, c.Group("sgp-1")); err != nil {
						t.Fatal(err)
					}
				}
				got := cloud.of(tc.action)
				if len(got) != 2 {
					t.Fatalf("%d calls: %s", len(got), cloud.actions())
				}
				if a, b := got[0].Get("ClientToken"), got[1].Get("ClientToken"); a == "" || a == b || len(a) > 64 {
					t.Errorf("the tokens are %q and %q", a, b)
				}
				r := cloud.requests[0]
				host := map[Product]string{ALB: "alb.eu-central-1.aliyuncs.com", NLB: "nlb.eu-central-1.aliyuncs.com"}[p]
				version := map[Product]string{ALB: "2020-06-16", NLB: "2022-04-30"}[p]
				if query := r.url.Query(); r.url.Host != host || query.Get("Version") != version || query.Get("RegionId") != "eu-central-1" ||
					len(r.url.String()) > 500 {
					t.Errorf("sent to %s", r.url)
				}
				want := maps.Clone(tc.params)
				want["ServerGroupId"], want["ClientToken"] = "sgp-1", got[0].Get("ClientToken")
				if have := flat(got[0]); !maps.Equal(have, want) {
					t.Errorf("sent %v\nwant %v", have, want)
				}
			})
		}
	}
}

func flat(form url.Values) map[string]string {
	all := map[string]string{}
	for name, v := range form {
		all[name] = strings.Join(v, "|")
	}
	return all
}

// What cannot succeed is not sent.
func TestWritesThatAreNotSent(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, p Product) {
		c, cloud := newClient(t, p, nil, func(cfg *Config) { cfg.BatchSize = 50 })
		g := c.Group("sgp-1")
		if want := (membership.Limits{Batch: 50, Update: map[Product]int{ALB: 40, NLB: 50}[p]}); g.Limits() != want {
			t.Errorf("limits %+v, want %+v", g.Limits(), want)
		}
		for _, err := range []error{
			g.Add(t.Context(), make([]membership.Member, 51)),
			g.Update(t.Context(), []membership.Change{{Member: ecs, Port: new(1)}}),
			g.Update(t.Context(), make([]membership.Change, 51)),
		} {
			if !membership.Is(err, membership.Refused) {
				t.Errorf("%v, want class Refused", err)
			}
		}
		if err := g.Remove(t.Context(), nil); err != nil || len(cloud.requests) > 0 {
			t.Errorf("%v, %s", err, cloud.actions())
		}
	})
}

// A listing is read to its end; each sort of server has its key, and each word for
// what the vendor does with it its phase.
func TestListing(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, p Product) {
		c, cloud := newClient(t, p, map[string][]reply{"ListServerGroupServers": {
			said(`"TotalCount":9,"NextToken":"t1","Servers":[
				{"ServerGroupId":"sgp-1","ServerId":"i-1","ServerType":"Ecs","ServerIp":"10.0.0.1","Port":80,"Weight":100,"Status":"Available","ZoneId":"z-a"},
				{"ServerGroupId":"sgp-1","ServerId":"eni-1","ServerType":"Eni","ServerIp":"10.0.0.5","Port":443,"Weight":7,"Description":"mine","Status":"Adding"},
				{"ServerId":"eci-1","ServerType":"Eci","ServerIp":"2001:DB8::5","Port":80,"Weight":0,"Status":"Configuring"}]`),
			said(`"NextToken":"t2","Servers":[]`),
			said(`"Servers":[
				{"ServerId":"10.9.0.1","ServerType":"Ip","ServerIp":"","Port":8080,"Weight":1,"Status":"Removing","RemoteIpEnabled":true},
				{"ServerId":"10.9.0.2","ServerType":"Ip","ServerIp":"10.9.0.2","Port":8080,"Weight":1,"Status":"Draining"},
				{"ServerId":"i-any","ServerType":"Ecs","ServerIp":"10.0.0.1","Port":0,"Weight":100,"Status":"Replacing"},
				{"ServerId":"what","ServerType":"Dns","ServerIp":"10.0.0.1","Port":1,"Status":"Dreaming","More":{"a":[1]}},
				{"ServerId":"i-1","ServerType":"Ecs","ServerIp":"10.0.0.1","Port":80,"Weight":100,"Status":"Available"}]`),
		}})
		got, err := c.Group("sgp-1").List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var rows []string
		for _, m := range got {
			rows = append(rows, fmt.Sprintf("%s %s %d %q %d %s%s %t", m.Key, m.Type, m.Weight, m.Name, m.Phase, m.Observed.Status, m.Observed.Zone, m.Remote))
		}
		want := []string{
			`i-1:80 ecs 100 "" 0 Availablez-a false`, `eni-1:10.0.0.5:443 eni 7 "mine" 1 Adding false`,
			`eci-1:[2001:db8::5]:80 eci 0 "" 2 Configuring false`, `10.9.0.1:8080 ip 1 "" 3 Removing true`,
			`10.9.0.2:8080 ip 1 "" 3 Draining false`, `i-any ecs 100 "" 2 Replacing false`, `what:1 dns 100 "" 0 Dreaming false`,
		}
		if !slices.Equal(rows, want) {
			t.Errorf("listed\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
		}
		for i, form := range cloud.of("ListServerGroupServers") {
			if form.Get("ServerGroupId") != "sgp-1" || form.Get("MaxResults") != "100" || form.Get("NextToken") != []string{"", "t1", "t2"}[i] {
				t.Errorf("page %d: %v", i, form)
			}
		}
	})
}

// A listing that is none is not taken for one without members.
func TestListingsThatAreNone(t *testing.T) {
	t.Parallel()
	one := `"Servers":[{"ServerId":"i-1","ServerType":"Ecs","Port":80,"Weight":1}]`
	for name, tc := range map[string]struct {
		pages  []reply
		groups []reply
		class  membership.Class // Unknown: no error, and no members
		says   string
	}{
		"a group without members":             {pages: []reply{said(`"Servers":[]`)}, groups: []reply{said(`"ServerGroups":[{"ServerGroupId":"sgp-1","ServerCount":0}]`)}},
		"none, by its count":                  {pages: []reply{said(`"TotalCount":0`)}, groups: []reply{said(`"ServerGroups":[{"ServerGroupId":"sgp-1"}]`)}},
		"no such group":                       {pages: []reply{said(`"Servers":[]`)}, groups: []reply{said(`"ServerGroups":[],"TotalCount":0`)}, class: membership.NotFound, says: "sgp-1"},
		"no such group, by the vendor's word": {pages: []reply{fault(404, "ResourceNotFound.serverGroup", "The specified resource of serverGroup is not found.")}, class: membership.NotFound, says: "req-9"},
		"a group that cannot be looked up":    {pages: []reply{said(`"Servers":[]`)}, groups: []reply{fault(403, "Forbidden.NoPermission", "no")}, class: membership.Denied},
		"another group's":                     {pages: []reply{said(`"Servers":[{"ServerId":"i-1","ServerGroupId":"sgp-2"}]`)}, class: membership.Transient, says: "sgp-2"},
		"a page that repeats itself":          {pages: []reply{said(`"NextToken":"t1",%s`, one)}, class: membership.Transient, says: "repeat"},
		"a page that is refused":              {pages: []reply{said(`"NextToken":"t1",%s`, one), fault(404, "ResourceNotFound.serverGroup", "gone")}, class: membership.Transient, says: "started over"},
		"a page that is throttled":            {pages: []reply{said(`"NextToken":"t1",%s`, one), fault(400, "Throttling.User", "")}, class: membership.Throttled},
		"an answer without servers":           {pages: []reply{said(`"Other":1`)}, class: membership.Transient, says: "lacks the Servers"},
		"an empty answer":                     {pages: []reply{{200, ""}}, class: membership.Transient},
		"a server without an id":              {pages: []reply{said(`"Servers":[{"Port":1}]`)}, class: membership.Transient, says: "ServerId"},
		"a weight of words":                   {pages: []reply{said(`"Servers":[{"ServerId":"i-1","Weight":"much"}]`)}, class: membership.Transient, says: "Weight"},
		"a failure that came as a success":    {pages: []reply{said(`"Success":false,"Code":"ResourceNotFound.serverGroup","Message":"no such","HttpStatusCode":404`)}, class: membership.NotFound, says: "no such"},
		"a success that says so":              {pages: []reply{said(`"Success":true,"Code":"200","Servers":[]`)}, groups: []reply{said(`"ServerGroups":[{"ServerGroupId":"sgp-1"}]`)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			both(t, func(t *testing.T, p Product) {
				c, _ := newClient(t, p, map[string][]reply{"ListServerGroupServers": slices.Clone(tc.pages), "ListServerGroups": slices.Clone(tc.groups)})
				got, err := c.Group("sgp-1").List(t.Context())
				if tc.class == membership.Unknown {
					if err != nil || len(got) > 0 {
						t.Errorf("%v, %v", got, err)
					}
					return
				}
				if e := asError(t, err); e.Class != tc.class || !strings.Contains(e.Error(), tc.says) {
					t.Errorf("%v (%s), want %s and %q", e, e.Class, tc.class, tc.says)
				}
			})
		})
	}
}

// The groups of a region, and those of a server, in one listing.
func TestGroups(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, p Product) {
		c, cloud := newClient(t, p, map[string][]reply{
			"ListServerGroups": {
				said(`"NextToken":"t","ServerGroups":[{"ServerGroupId":"sgp-1","ServerGroupName":"web","ServerGroupType":"Instance","VpcId":"vpc-1",
					"Protocol":"HTTP","Scheduler":"Wrr","ServerGroupStatus":"Available","ServerCount":3,"RelatedLoadBalancerIds":["lb-1"],
					"RelatedListenerIds":["lsn-1"],"RelatedRuleIds":[],"HealthCheckConfig":{"HealthCheckEnabled":true,"HealthCheckInterval":2},
					"HealthCheck":{"HealthCheckEnabled":true,"HealthCheckInterval":2},
					"ConnectionDrainConfig":{"ConnectionDrainEnabled":true,"ConnectionDrainTimeout":300}}]`),
				said(`"ServerGroups":[{"ServerGroupId":"sgp-2","RelatedLoadBalancerIds":["lb-2"],"AnyPortEnabled":true,"ConnectionDrainEnabled":true,
					"ConnectionDrainTimeout":10,"HealthCheckConfig":{"HealthCheckEnabled":false},"HealthCheck":{"HealthCheckEnabled":"off"}}]`),
			},
			"ListServerGroupServers": {said(`"Servers":[{"ServerGroupId":"sgp-1","ServerId":"i-1","ServerType":"Ecs","Port":80},
				{"ServerGroupId":"sgp-2","ServerId":"i-1","ServerType":"Ecs","Port":81},{"ServerGroupId":"sgp-2","ServerId":"i-12","ServerType":"Ecs","Port":81}]`)},
		})
		all, err := c.Groups(t.Context(), Filter{VPC: "vpc-1"})
		if err != nil || len(all) != 2 {
			t.Fatal(all, err)
		}
		if g := all[0]; g.Name != "web" || g.Servers != 3 || !g.Drains || g.DrainTime.Seconds() != 300 || g.CheckEvery.Seconds() != 2 || g.Unchecked || !g.Related {
			t.Errorf("%+v", g)
		}
		if g := all[1]; g.Servers != -1 || !g.Drains || g.DrainTime.Seconds() != 10 || !g.Unchecked || !g.AnyPort || g.Related {
			t.Errorf("%+v", g)
		}
		form := cloud.of("ListServerGroups")[0]
		if form.Get("VpcId") != "vpc-1" || form.Has("ServerGroupIds.1") || (form.Get("ShowRelationEnabled") == "true") != (p == ALB) {
			t.Errorf("asked for %v", form)
		}
		cloud.answers["ListServerGroups"] = []reply{said(`"ServerGroups":[{"ServerGroupId":"sgp-1","RelatedLoadBalancerIds":["lb-1"]},{"ServerGroupId":"sgp-2"}]`)}
		if some, err := c.Groups(t.Context(), Filter{LoadBalancer: "lb-1"}); err != nil || len(some) != 1 || some[0].ID != "sgp-1" {
			t.Errorf("of lb-1: %+v, %v", some, err)
		}
		memberships, err := c.GroupsOf(t.Context(), "i-1")
		if err != nil || len(memberships) != 2 || memberships[1].Group != "sgp-2" || memberships[1].Member.Key.Port != 81 {
			t.Errorf("%+v, %v", memberships, err)
		}
		if form := cloud.of("ListServerGroupServers")[0]; form.Has("ServerGroupId") || form.Get("ServerIds.1") != "i-1" {
			t.Errorf("asked for %v", form)
		}
	})
}

func TestClientsThatCannotBeMade(t *testing.T) {
	t.Parallel()
	good := Config{Product: NLB, Region: "cn-hangzhou", Credentials: testKeys}
	for says, change := range map[string]func(*Config){
		"product":     func(c *Config) { c.Product = 0 },
		"region":      func(c *Config) { c.Region = "a/b" },
		"endpoint":    func(c *Config) { c.Endpoint = "ftp://x" },
		"credentials": func(c *Config) { c.Credentials = nil },
		"batch size":  func(c *Config) { c.BatchSize = 201 },
	} {
		cfg := good
		change(&cfg)
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
	}
	c, err := New(good)
	if err != nil || c.Endpoint() != "https://nlb.cn-hangzhou.aliyuncs.com" {
		t.Errorf("%v, %v", c, err)
	}
}
