package slbfake

// actions are those that this cloud speaks; each is a page of
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-overview
var actions map[string]*action

func init() { // the actions' code refers back to the table
	actions = map[string]*action{
		"DescribeLoadBalancers": {
			required: []string{"RegionId"}, optional: []string{"PageNumber", "PageSize"}, run: describeBalancers,
		},
		"DescribeLoadBalancerAttribute": {target: balancerParam, optional: []string{"IncludeReservedData"}, run: describeBalancer},
		"AddBackendServers": {
			target: balancerParam, write: true, required: []string{"BackendServers"}, lists: []string{"BackendServers"},
			run: addToDefault,
		},
		"SetBackendServers": {
			target: balancerParam, write: true, required: []string{"BackendServers"}, lists: []string{"BackendServers"},
			run: setInDefault,
		},
		"RemoveBackendServers": {
			target: balancerParam, write: true, required: []string{"BackendServers"}, lists: []string{"BackendServers"},
			idList: true, run: removeFromDefault,
		},
		"DescribeHealthStatus": {
			target: balancerParam, optional: []string{"ListenerPort", "ListenerProtocol"}, run: describeHealth,
		},
		"DescribeVServerGroups": {
			target: balancerParam, optional: []string{"IncludeListener", "IncludeRule"}, run: describeGroups,
		},
		"DescribeVServerGroupAttribute": {target: groupParam, run: describeGroup},
		"AddVServerGroupBackendServers": {
			target: groupParam, write: true, required: []string{"BackendServers"}, lists: []string{"BackendServers"},
			ported: true, run: addToGroup,
		},
		"SetVServerGroupAttribute": {
			target: groupParam, write: true, optional: []string{"VServerGroupName", "BackendServers"},
			lists: []string{"BackendServers"}, ported: true, run: setGroup,
		},
		"RemoveVServerGroupBackendServers": {
			target: groupParam, write: true, required: []string{"BackendServers"}, lists: []string{"BackendServers"},
			ported: true, run: removeFromGroup,
		},
	}
}
