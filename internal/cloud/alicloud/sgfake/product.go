package sgfake

import "regexp"

// Product is one of the two products, with all in which they differ.
type Product struct {
	name     string // in options, such as "alb"
	title    string // to people
	short    string // in reports: "ALB"
	version  string // of the API
	host     string
	protocol string // of a stage's listeners

	group    string   // how its codes spell a server group
	listener string   // and a listener
	actions  []string // of those of the table actions
	// extra are parameters that an action has here alone.
	extra map[string][]string
	lacks []string // lists that the other product has

	types       []string // of servers
	firstPort   int      // 0: a group may take a server with all its ports
	portNeeded  bool     // rather than 0 where it is left out
	remoteIP    bool     // a member may be outside the VPC
	updates     int      // members that UpdateServerGroupServersAttribute takes
	quota       int      // members of a group
	description *regexp.Regexp
	zoned       bool // a listing tells zones

	namesGroup bool   // answers to writes name the group
	succeeds   bool   // answers have Success=true
	processing string // what GetJobStatus calls a job that is not over

	healthPage int                              // the most that GetListenerHealthStatus tells at once
	checked    func(on bool) (string, any)      // whether a group's members are checked: field and value
	unused     bool                             // a member with weight 0 is Unused
	status     func(g *ServerGroup) fieldsOfOne // of a group's settings, in its own words
}

type fieldsOfOne = map[string]any

// ALB is the Application Load Balancer, API version 2020-06-16, NLB the Network
// Load Balancer, 2022-04-30.
var (
	ALB = &Product{
		name: "alb", title: "Alibaba Cloud ALB", short: "ALB", version: "2020-06-16", host: "alb.aliyuncs.com", protocol: "HTTP",
		group: "ServerGroup", listener: "Listener",
		actions: []string{
			addServers, removeServers, updateServers, replaceServers, listServers, listGroups, listJobs, listListeners, listRules, listenerHealth,
		},
		extra: map[string][]string{
			listGroups: {"ShowRelationEnabled"}, listServers: {"ServerId", "ServerIp"}, listenerHealth: {"IncludeRule"},
			listListeners: {"Status", "IsAssociatedAcl"},
		},
		lacks: []string{"ServerIps"},
		types: []string{ecs, eni, eci, ip, fc}, firstPort: 1, portNeeded: true, remoteIP: true, updates: 40, quota: 1000,
		description: regexp.MustCompile(`^[^\s].{1,255}$`), healthPage: 30, unused: true,
		checked: func(on bool) (string, any) {
			return "HealthCheckEnabled", map[bool]string{true: "on", false: "off"}[on]
		},
		status: func(g *ServerGroup) fieldsOfOne {
			return fieldsOfOne{
				"HealthCheckConfig":     g.check(),
				"ConnectionDrainConfig": g.drain(),
				"SlowStartConfig":       fieldsOfOne{"SlowStartEnabled": false},
				"Ipv6Enabled":           g.IPv6, "CreateTime": "2026-01-01T00:00:00Z",
			}
		},
	}
	NLB = &Product{
		name: "nlb", title: "Alibaba Cloud NLB", short: "NLB", version: "2022-04-30", host: "nlb.aliyuncs.com", protocol: "TCP",
		group: "serverGroup", listener: "listener",
		actions: []string{addServers, removeServers, updateServers, listServers, listGroups, listJobs, jobStatus, listListeners, listenerHealth},
		types:   []string{ecs, eni, eci, ip}, zoned: true, updates: 200, quota: 400,
		description: regexp.MustCompile(`^[\p{L}\p{N},.;/@_-]{2,256}$`), healthPage: 100,
		namesGroup: true, succeeds: true, processing: "processing",
		checked: func(on bool) (string, any) { return "HeathCheckEnabled", on }, // the vendor's spelling
		status: func(g *ServerGroup) fieldsOfOne {
			all := fieldsOfOne{
				"HealthCheck": g.check(), "AnyPortEnabled": g.AnyPort,
				"AddressIPVersion": map[bool]string{true: "DualStack", false: "Ipv4"}[g.IPv6],
			}
			for name, v := range g.drain() {
				all[name] = v
			}
			return all
		},
	}
)

// code is a code about a server group, such as ResourceNotFound.ServerGroup.
func (p *Product) code(kind string) string { return kind + "." + p.group }
