package sgfake

import "github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"

// The actions that the two products have between them; each is a page of
// https://www.alibabacloud.com/help/en/slb/application-load-balancer/developer-reference/api-alb-2020-06-16-overview
// or https://www.alibabacloud.com/help/en/slb/network-load-balancer/developer-reference/api-nlb-2022-04-30-overview
const (
	addServers     = "AddServersToServerGroup"
	removeServers  = "RemoveServersFromServerGroup"
	updateServers  = "UpdateServerGroupServersAttribute"
	replaceServers = "ReplaceServersInServerGroup"
	listServers    = "ListServerGroupServers"
	listGroups     = "ListServerGroups"
	listJobs       = "ListAsynJobs"
	jobStatus      = "GetJobStatus"
	listListeners  = "ListListeners"
	listRules      = "ListRules"
	listenerHealth = "GetListenerHealthStatus"
)

// action is one action of the API.
type action struct {
	write    bool
	required []string
	optional []string
	lists    map[string]int      // lists of texts, such as ServerIds.1, and how many one call takes
	items    map[string][]string // lists of members, such as Servers.1.ServerId, and their fields
	run      func(*Cloud, *request) (map[string]any, *acsfake.Refusal)
}

var (
	keyFields    = []string{"ServerId", "ServerType", "ServerIp", "Port"}
	updateFields = append([]string{"Weight", "Description"}, keyFields...)
	addFields    = append([]string{"RemoteIpEnabled"}, updateFields...)
	writeParams  = []string{"ClientToken", "DryRun"}
	pageParams   = []string{"NextToken", "MaxResults"}
)

var actions map[string]*action

func init() { // the actions' code refers back to the table
	write := func(items map[string][]string, change planner) *action {
		return &action{
			write: true, required: []string{groupParam}, optional: writeParams, items: items,
			run: func(c *Cloud, q *request) (map[string]any, *acsfake.Refusal) { return c.write(q, change) },
		}
	}
	list := func(run func(*Cloud, *request) (map[string]any, *acsfake.Refusal), lists map[string]int, optional ...string) *action {
		return &action{optional: append(optional, pageParams...), lists: lists, run: run}
	}
	actions = map[string]*action{
		addServers:     write(map[string][]string{"Servers": addFields}, (*Cloud).planAdd),
		removeServers:  write(map[string][]string{"Servers": keyFields}, (*Cloud).planRemove),
		updateServers:  write(map[string][]string{"Servers": updateFields}, (*Cloud).planUpdate),
		replaceServers: write(map[string][]string{"AddedServers": addFields, "RemovedServers": keyFields}, (*Cloud).planReplace),
		listServers:    list((*Cloud).listServers, map[string]int{"ServerIds": 40, "ServerIps": 40}, groupParam),
		listGroups: list((*Cloud).listGroups, map[string]int{"ServerGroupIds": 20, "ServerGroupNames": 10},
			"VpcId", "ServerGroupType", "ResourceGroupId"),
		listJobs: list((*Cloud).listJobs, map[string]int{"JobIds": 100, "ResourceIds": 100}, "ApiName", "ResourceType", "BeginTime", "EndTime"),
		jobStatus: {
			required: []string{"JobId"}, optional: []string{"ClientToken"}, run: (*Cloud).jobStatus,
		},
		listListeners: list((*Cloud).listListeners, map[string]int{"LoadBalancerIds": 20, "ListenerIds": 20}, "ListenerProtocol"),
		listRules:     list((*Cloud).listRules, map[string]int{"LoadBalancerIds": 20, "ListenerIds": 20, "RuleIds": 20}, "ListenerId", "Direction"),
		listenerHealth: {
			required: []string{"ListenerId"}, optional: pageParams, run: (*Cloud).listenerHealth,
		},
	}
}
