package sgfake_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/auth/credentials"
	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/alb"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/nlb"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
)

// makingClient guards the SDK's constructor, which fills a global map the first
// time without a lock.
var makingClient sync.Mutex

// client prepares one of the official SDK's clients for a running cloud. It is
// not safe for concurrent use.
func client[C any](t *testing.T, r *sgfake.Running, secret string,
	build func(string, *sdk.Config, *credentials.AccessKeyCredential) (C, *sdk.Client, error),
) C {
	t.Helper()
	makingClient.Lock()
	defer makingClient.Unlock()
	config := sdk.NewConfig().WithScheme("HTTP").WithAutoRetry(false)
	c, base, err := build(region, config, credentials.NewAccessKeyCredential("ak", secret))
	if err != nil {
		t.Fatalf("make the SDK's client: %v", err)
	}
	base.Domain = "x.example.com"
	base.SetTransport(r.Transport())
	return c
}

func albClient(t *testing.T, r *sgfake.Running, secret string) *alb.Client {
	t.Helper()
	return client(t, r, secret, func(region string, config *sdk.Config, key *credentials.AccessKeyCredential) (*alb.Client, *sdk.Client, error) {
		c, err := alb.NewClientWithOptions(region, config, key)
		return c, &c.Client, err
	})
}

func nlbClient(t *testing.T, r *sgfake.Running) *nlb.Client {
	t.Helper()
	return client(t, r, "sk", func(region string, config *sdk.Config, key *credentials.AccessKeyCredential) (*nlb.Client, *sdk.Client, error) {
		c, err := nlb.NewClientWithOptions(region, config, key)
		return c, &c.Client, err
	})
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("got %v, want success", err)
	}
}

func holds(t *testing.T, r *sgfake.Running, group, want string) {
	t.Helper()
	if got := text(r.Cloud.Members(group)); got != want {
		t.Errorf("%s holds %q, want %q", group, got, want)
	}
}

// Every call of ALB's goes through the official SDK, which puts all parameters
// into the query, and its answer is what the SDK's types expect.
func TestEveryCallOfALBThroughTheSDK(t *testing.T) {
	t.Parallel()
	r := sgfake.InProcess(t, sgfake.ALB, world())
	c := albClient(t, r, "sk")
	add := alb.CreateAddServersToServerGroupRequest()
	add.ServerGroupId, add.ClientToken, add.DryRun = "sgp-1", "t", "false"
	add.Servers = &[]alb.AddServersToServerGroupServers{
		{ServerType: "Ecs", ServerId: "i-c", Port: "80", Weight: "0", Description: "a server"},
		{ServerType: "Eni", ServerId: "eni-a", ServerIp: "10.0.1.3", Port: "80"},
	}
	added, err := c.AddServersToServerGroup(add)
	ok(t, err)
	update := alb.CreateUpdateServerGroupServersAttributeRequest()
	update.ServerGroupId = "sgp-1"
	update.Servers = &[]alb.UpdateServerGroupServersAttributeServers{{ServerType: "Ecs", ServerId: "i-c", Port: "80", Weight: "7"}}
	_, err = c.UpdateServerGroupServersAttribute(update)
	ok(t, err)
	replace := alb.CreateReplaceServersInServerGroupRequest()
	replace.ServerGroupId = "sgp-1"
	replace.AddedServers = &[]alb.ReplaceServersInServerGroupAddedServers{{ServerType: "Ecs", ServerId: "i-d", Port: "80"}}
	replace.RemovedServers = &[]alb.ReplaceServersInServerGroupRemovedServers{{ServerType: "Ecs", ServerId: "i-a", Port: "80"}}
	_, err = c.ReplaceServersInServerGroup(replace)
	ok(t, err)
	remove := alb.CreateRemoveServersFromServerGroupRequest()
	remove.ServerGroupId = "sgp-1"
	remove.Servers = &[]alb.RemoveServersFromServerGroupServers{{ServerType: "Eni", ServerId: "eni-a", ServerIp: "10.0.1.3", Port: "80"}}
	_, err = c.RemoveServersFromServerGroup(remove)
	ok(t, err)
	holds(t, r, "sgp-1", "eni-a/10.0.1.2:80@10=blue i-c:80@7=a server i-d:80@100")

	jobs := alb.CreateListAsynJobsRequest()
	jobs.JobIds = &[]string{added.JobId}
	job, err := c.ListAsynJobs(jobs)
	ok(t, err)
	if len(job.Jobs) != 1 || job.Jobs[0].Id != added.JobId || job.Jobs[0].Status != "Succeeded" || job.Jobs[0].ApiName != "AddServersToServerGroup" {
		t.Errorf("job %+v", job.Jobs)
	}
	list := alb.CreateListServerGroupServersRequest()
	list.ServerGroupId, list.MaxResults = "sgp-1", requests.NewInteger(2)
	page, err := c.ListServerGroupServers(list)
	ok(t, err)
	if len(page.Servers) != 2 || page.TotalCount != 3 || page.Servers[1].ServerId != "i-c" || page.Servers[1].Weight != 7 ||
		page.Servers[1].Status != "Available" || page.Servers[1].ServerIp == "" || page.NextToken == "" {
		t.Errorf("page %+v", page)
	}
	list.NextToken = page.NextToken
	if page, err = c.ListServerGroupServers(list); err != nil || len(page.Servers) != 1 || page.NextToken != "" {
		t.Errorf("second page %+v %v", page, err)
	}
	albReads(t, r, c)
}

func albReads(t *testing.T, r *sgfake.Running, c *alb.Client) {
	t.Helper()
	groups := alb.CreateListServerGroupsRequest()
	groups.ServerGroupIds, groups.ShowRelationEnabled = &[]string{"sgp-1"}, "true"
	g, err := c.ListServerGroups(groups)
	ok(t, err)
	if len(g.ServerGroups) != 1 || !g.ServerGroups[0].HealthCheckConfig.HealthCheckEnabled || fmt.Sprint(g.ServerGroups[0].RelatedListenerIds) != "[lsn-1 lsn-2]" {
		t.Errorf("groups %+v", g.ServerGroups)
	}
	listeners := alb.CreateListListenersRequest()
	listeners.LoadBalancerIds = &[]string{"lb-1"}
	l, err := c.ListListeners(listeners)
	ok(t, err)
	if len(l.Listeners) != 2 || l.Listeners[0].DefaultActions[0].ForwardGroupConfig.ServerGroupTuples[0].ServerGroupId != "sgp-1" {
		t.Errorf("listeners %+v", l.Listeners)
	}
	rules := alb.CreateListRulesRequest()
	rules.LoadBalancerIds = &[]string{"lb-1"}
	u, err := c.ListRules(rules)
	ok(t, err)
	if len(u.Rules) != 1 || u.Rules[0].RuleActions[0].ForwardGroupConfig.ServerGroupTuples[0].ServerGroupId != "sgp-2" {
		t.Errorf("rules %+v", u.Rules)
	}
	r.Cloud.SetHealth(sgfake.Health{ServerID: "i-c", Status: "Unhealthy", Reason: "CONNECT_TIMEOUT"})
	health := alb.CreateGetListenerHealthStatusRequest()
	health.ListenerId, health.IncludeRule = "lsn-1", "true"
	h, err := c.GetListenerHealthStatus(health)
	ok(t, err)
	info := h.ListenerHealthStatus[0].ServerGroupInfos[0]
	if info.HealthCheckEnabled != "on" || len(info.NonNormalServers) != 2 || info.NonNormalServers[1].Status != "Initial" || info.NonNormalServers[0].Reason.ReasonCode != "CONNECT_TIMEOUT" ||
		h.RuleHealthStatus[0].ServerGroupInfos[0].ServerGroupId != "sgp-2" {
		t.Errorf("health %+v %+v", h.ListenerHealthStatus, h.RuleHealthStatus)
	}
}

// And every call of NLB's, most of whose parameters the SDK puts into the form.
func TestEveryCallOfNLBThroughTheSDK(t *testing.T) {
	t.Parallel()
	r := sgfake.InProcess(t, sgfake.NLB, world())
	c := nlbClient(t, r)
	add := nlb.CreateAddServersToServerGroupRequest()
	add.ServerGroupId, add.ClientToken = "sgp-1", "t"
	add.Servers = &[]nlb.AddServersToServerGroupServers{{ServerType: "Ecs", ServerId: "i-c", Port: "80", Weight: "0"}, {ServerType: "Ecs", ServerId: "i-d", Port: "80"}}
	added, err := c.AddServersToServerGroup(add)
	ok(t, err)
	if added.ServerGroupId != "sgp-1" || !added.Success {
		t.Errorf("added %+v", added)
	}
	update := nlb.CreateUpdateServerGroupServersAttributeRequest()
	update.ServerGroupId = "sgp-1"
	update.Servers = &[]nlb.UpdateServerGroupServersAttributeServers{{ServerType: "Ecs", ServerId: "i-c", Port: "80", Weight: "7", Description: "x/y"}}
	_, err = c.UpdateServerGroupServersAttribute(update)
	ok(t, err)
	remove := nlb.CreateRemoveServersFromServerGroupRequest()
	remove.ServerGroupId = "sgp-1"
	remove.Servers = &[]nlb.RemoveServersFromServerGroupServers{{ServerType: "Ecs", ServerId: "i-d", Port: "80"}}
	_, err = c.RemoveServersFromServerGroup(remove)
	ok(t, err)
	holds(t, r, "sgp-1", "eni-a/10.0.1.2:80@10=blue i-a:80@100 i-c:80@7=x/y")

	status := nlb.CreateGetJobStatusRequest()
	status.JobId = added.JobId
	if s, err := c.GetJobStatus(status); err != nil || s.Status != "Succeeded" {
		t.Errorf("job %+v %v", s, err)
	}
	list := nlb.CreateListServerGroupServersRequest()
	list.ServerIps = &[]string{"10.0.0.1"}
	if page, err := c.ListServerGroupServers(list); err != nil || len(page.Servers) != 2 || page.Servers[0].ZoneId != "cn-test-b" {
		t.Errorf("page %+v %v", page, err)
	}
	groups := nlb.CreateListServerGroupsRequest()
	groups.ServerGroupIds = &[]string{"sgp-drain"}
	if g, err := c.ListServerGroups(groups); err != nil || len(g.ServerGroups) != 1 || g.ServerGroups[0].ConnectionDrainTimeout != 30 {
		t.Errorf("groups %+v %v", g, err)
	}
	listeners := nlb.CreateListListenersRequest()
	listeners.LoadBalancerIds = &[]string{"lb-1"}
	if l, err := c.ListListeners(listeners); err != nil || len(l.Listeners) != 2 || l.Listeners[0].ServerGroupId != "sgp-1" {
		t.Errorf("listeners %+v %v", l, err)
	}
	r.Cloud.SetHealth(sgfake.Health{ServerID: "i-c", Status: "Initial"})
	health := nlb.CreateGetListenerHealthStatusRequest()
	health.ListenerId = "lsn-1"
	h, err := c.GetListenerHealthStatus(health)
	ok(t, err)
	if info := h.ListenerHealthStatus[0].ServerGroupInfos[0]; !info.HeathCheckEnabled || len(info.NonNormalServers) != 1 || info.NonNormalServers[0].Status != "Initial" {
		t.Errorf("health %+v", h.ListenerHealthStatus)
	}
	// ListAsynJobs, which the SDK does not have.
	q := requests.NewCommonRequest()
	q.Method, q.Scheme, q.Domain, q.Version, q.ApiName = "POST", "http", "x.example.com", "2022-04-30", "ListAsynJobs"
	q.FormParams["JobIds.1"] = added.JobId
	if a, err := c.ProcessCommonRequest(q); err != nil || !strings.Contains(a.GetHttpContentString(), `"Status":"Succeeded"`) {
		t.Errorf("ListAsynJobs: %v", err)
	}
}

// What the SDK makes of errors; of a list that it puts into the URL, as it does
// for ALB, so that 200 servers are too many.
func TestErrorsThroughTheSDK(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		group, secret string
		servers       int
		status        int
		code          string
	}{
		"gone":         {"sgp-none", "sk", 1, 404, "ResourceNotFound.ServerGroup"},
		"wrong secret": {"sgp-1", "wrong", 1, 400, "SignatureDoesNotMatch"},
		"long URL":     {"sgp-1", "sk", 200, 414, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			add := alb.CreateAddServersToServerGroupRequest()
			add.ServerGroupId = row.group
			var servers []alb.AddServersToServerGroupServers
			for i := range row.servers {
				servers = append(servers, alb.AddServersToServerGroupServers{ServerType: "Ecs", ServerId: fmt.Sprintf("i-%d", i), Port: "80"})
			}
			add.Servers = &servers
			_, err := albClient(t, sgfake.InProcess(t, sgfake.ALB, world()), row.secret).AddServersToServerGroup(add)
			var e *sdkerrors.ServerError
			if !errors.As(err, &e) || e.HttpStatus() != row.status || e.ErrorCode() != row.code {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// The state is a seed without secrets, and makes the same cloud again.
func TestTheStateIsASeed(t *testing.T) {
	t.Parallel()
	c := sgfake.New(sgfake.NLB, world())
	b, err := json.Marshal(c.State())
	ok(t, err)
	if strings.Contains(string(b), `"keys"`) || strings.Contains(string(b), "secret") {
		t.Errorf("the state shows keys: %s", b)
	}
	again, err := sgfake.ReadSeed(strings.NewReader(string(b)))
	ok(t, err)
	twin := sgfake.New(sgfake.NLB, again)
	for _, g := range []string{"sgp-1", "sgp-drain"} {
		if got := text(twin.Members(g)); got != text(c.Members(g)) {
			t.Errorf("%s of the copy holds %s", g, got)
		}
	}
}
