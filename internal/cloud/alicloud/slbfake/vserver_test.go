package slbfake

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"
)

func TestVServerGroupMembersThroughTheSDK(t *testing.T) {
	t.Parallel()
	fronts(t, world, func(t *testing.T, c cloud) {
		// One instance on two ports is two members.
		ok(t, c.addGroup("rsp-1", `[{"ServerId":"i-a","Port":9090,"Weight":"20"},{"ServerId":"eni-a","Type":"eni","ServerIp":"10.0.1.3","Port":8080}]`))
		c.holds(t, "rsp-1", "eni-a/10.0.1.2:8080@10 eni-a/10.0.1.3:8080@100 i-a:8080@100 i-a:9090@20")
		ok(t, c.setGroup("rsp-1", `[{"ServerId":"i-a","Port":8080,"Weight":1},{"ServerId":"i-a","Port":9090,"Weight":2,"Description":"x"}]`))
		c.holds(t, "rsp-1", "eni-a/10.0.1.2:8080@10 eni-a/10.0.1.3:8080@100 i-a:8080@1 i-a:9090@2=x")
		ok(t, c.removeGroup("rsp-1", `[{"ServerId":"i-a","Port":8080},{"ServerId":"eni-a","Type":"eni","ServerIp":"10.0.1.2","Port":8080}]`))
		c.holds(t, "rsp-1", "eni-a/10.0.1.3:8080@100 i-a:9090@2=x")
		ok(t, c.modifyGroup("rsp-1", `[{"ServerId":"i-a","Port":9090}]`, `[{"ServerId":"i-c","Port":1},{"ServerId":"i-d","Port":65535,"Weight":0}]`))
		c.holds(t, "rsp-1", "eni-a/10.0.1.3:8080@100 i-c:1@100 i-d:65535@0")
		c.holds(t, "lb-1", "i-a@100 i-b@50=blue")

		log := c.Log.All()
		if got, want := log[3].Detail, "rsp-1 -i-a:9090 +i-c:1 +i-d:65535@0"; got != want {
			t.Errorf("detail %q, want %q", got, want)
		}
		for _, e := range log {
			if e.Lock != "lb-1" || e.Group != "rsp-1" || !e.Write {
				t.Errorf("entry %+v: a vserver group's writes lock its load balancer", e)
			}
		}
	})
}

func TestAReplacementIsAllOrNothing(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	const before = "eni-a/10.0.1.2:8080@10 i-a:8080@100"
	refused(t, c.modifyGroup("rsp-1", `[{"ServerId":"i-a","Port":8080}]`, `[{"ServerId":"i-none","Port":80}]`), 404, "InvalidServerId.NotFound")
	c.holds(t, "rsp-1", before)
	// Out and in again with another weight; an absent one to take out is no error.
	ok(t, c.modifyGroup("rsp-1", `[{"ServerId":"i-a","Port":8080},{"ServerId":"i-d","Port":1}]`, `[{"ServerId":"i-a","Port":8080,"Weight":3}]`))
	c.holds(t, "rsp-1", "eni-a/10.0.1.2:8080@10 i-a:8080@3")
	ok(t, c.modifyGroup("rsp-1", `[{"ServerId":"i-a","Port":8080}]`, ""))
	c.holds(t, "rsp-1", "eni-a/10.0.1.2:8080@10")
	refused(t, c.modifyGroup("rsp-1", "", `[{"ServerId":"eni-a","Type":"eni","ServerIp":"10.0.1.2","Port":8080}]`), 400, "InvalidParameter")
}

func TestVServerMembersNeedAPort(t *testing.T) {
	t.Parallel()
	for _, port := range []string{``, `,"Port":0`, `,"Port":65536`, `,"Port":-1`} {
		t.Run(port, func(t *testing.T) {
			t.Parallel()
			c := inProcess(t, world())
			servers := `[{"ServerId":"i-c"` + port + `}]`
			_, created := c.createGroup("lb-1", "n", servers)
			for _, err := range []error{
				c.addGroup("rsp-1", servers), c.setGroup("rsp-1", servers), c.removeGroup("rsp-1", servers),
				c.modifyGroup("rsp-1", servers, ""), created,
			} {
				refused(t, err, 400, "InvalidParameter")
			}
		})
	}
}

func TestAMissingVServerGroupIs404InvalidParameter(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	const one = `[{"ServerId":"i-c","Port":80}]`
	_, read := c.describeGroup("rsp-none")
	for _, err := range []error{
		c.addGroup("rsp-none", one), c.setGroup("rsp-none", one), c.removeGroup("rsp-none", one),
		c.modifyGroup("rsp-none", one, ""), c.deleteGroup("rsp-none"), read,
	} {
		e := refused(t, err, 404, "InvalidParameter")
		if e.Message() != "The specified VServerGroupId does not exist." {
			t.Errorf("message %q: the code alone does not say what is missing", e.Message())
		}
	}
}

func TestAVServerGroupsLife(t *testing.T) {
	t.Parallel()
	fronts(t, world, func(t *testing.T, c cloud) {
		made, err := c.createGroup("lb-2", "fresh", `[{"ServerId":"i-c","Port":80}]`)
		ok(t, err)
		id := made.VServerGroupId
		c.holds(t, id, "i-c:80@100")
		got, err := c.describeGroup(id)
		ok(t, err)
		if got.VServerGroupName != "fresh" || got.LoadBalancerId != "lb-2" || len(got.Tags.Tag) != 1 || got.Tags.Tag[0].TagValue != "new" {
			t.Errorf("group %+v", got)
		}
		if _, err := time.Parse(time.RFC3339, got.CreateTime); err != nil {
			t.Errorf("created %q: %v", got.CreateTime, err)
		}
		q := slb.CreateSetVServerGroupAttributeRequest()
		q.VServerGroupId, q.VServerGroupName = id, "renamed"
		set, err := c.SetVServerGroupAttribute(q)
		ok(t, err)
		if set.VServerGroupName != "renamed" || set.VServerGroupId != id {
			t.Errorf("answer %+v", set)
		}
		c.holds(t, id, "i-c:80@100")
		ok(t, c.deleteGroup(id))
		if c.Cloud.HasGroup(id) {
			t.Error("the group is still there")
		}
		_, err = c.describeGroup(id)
		refused(t, err, 404, "InvalidParameter")
		for _, e := range c.Log.All().Writes() {
			if e.Lock != "lb-2" {
				t.Errorf("entry %+v, want lock lb-2", e)
			}
		}
	})
}

func TestAVServerGroupInUseIsNotDeleted(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	refused(t, c.deleteGroup("rsp-1"), 400, "RspoolVipExist")
	refused(t, c.deleteGroup("rsp-2"), 400, "RspoolRuleExist")
	ok(t, c.deleteGroup("rsp-3"))
}

func TestDescribeVServerGroups(t *testing.T) {
	t.Parallel()
	c := inProcess(t, world())
	resp, err := c.listGroups("lb-1")
	ok(t, err)
	var got []string
	for _, g := range resp.VServerGroups.VServerGroup {
		line := fmt.Sprintf("%s %s %d", g.VServerGroupId, g.VServerGroupName, g.ServerCount)
		for _, l := range g.AssociatedObjects.Listeners.Listener {
			line += fmt.Sprintf(" %s:%d", l.Protocol, l.Port)
		}
		for _, r := range g.AssociatedObjects.Rules.Rule {
			line += fmt.Sprintf(" %s %s%s", r.RuleId, r.Domain, r.Url)
		}
		got = append(got, line)
	}
	want := "rsp-1 web 2 https:443; rsp-2 api 0 rule-1 x.example.com/x; rsp-3 idle 0"
	if strings.Join(got, "; ") != want {
		t.Errorf("groups %s, want %s", strings.Join(got, "; "), want)
	}

	q := slb.CreateDescribeVServerGroupsRequest()
	q.LoadBalancerId = "lb-1"
	q.Tag = &[]slb.DescribeVServerGroupsTag{{Key: "env", Value: "test"}}
	resp, err = c.DescribeVServerGroups(q)
	ok(t, err)
	if gs := resp.VServerGroups.VServerGroup; len(gs) != 1 || gs[0].VServerGroupId != "rsp-1" || len(gs[0].AssociatedObjects.Listeners.Listener) != 0 {
		t.Errorf("by tag: %+v, want rsp-1 without what was not asked for", gs)
	}
	_, _, body := c.send(t, raw{query: map[string]string{"Action": "DescribeVServerGroups", "IncludeListener": "true"}})
	if !strings.Contains(body, `"AssociatedObjects":{"Listeners"`) {
		t.Errorf("answer %s", body)
	}
	c.Cloud.SetRules(func(r *Rules) { r.NoAssociatedObjects = true })
	if _, _, body = c.send(t, raw{query: map[string]string{"Action": "DescribeVServerGroups", "IncludeListener": "true"}}); strings.Contains(body, "Associated") {
		t.Errorf("answer %s, want none associated", body)
	}
	q.Tag = &[]slb.DescribeVServerGroupsTag{{Key: "env", Value: "other"}}
	resp, err = c.DescribeVServerGroups(q)
	ok(t, err)
	if gs := resp.VServerGroups.VServerGroup; len(gs) != 0 {
		t.Errorf("by another tag: %+v, want none", gs)
	}
}
