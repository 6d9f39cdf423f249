package sgapi

import (
	"regexp"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Product is one of the two.
type Product int

// The products.
const (
	ALB Product = iota + 1
	NLB
)

// String is the product as texts name it.
func (p Product) String() string { return products[p].name }

// WritesPerMinute is how many calls a minute the product takes of each action that
// changes members, from one account in one region; 0 where it is not documented:
// https://api.aliyun.com/document/Alb/2020-06-16/AddServersToServerGroup.
func (p Product) WritesPerMinute() int { return products[p].writesPerMinute }

// MaxBatch is how many servers an Add and a Remove take:
// https://www.alibabacloud.com/help/en/slb/application-load-balancer/developer-reference/api-alb-2020-06-16-addserverstoservergroup,
// https://www.alibabacloud.com/help/en/slb/api-addserverstoservergroup-nlb.
const MaxBatch = 200

// product is what sets one product apart.
type product struct {
	name, version, host string
	updates             int // servers in one change
	writesPerMinute     int
	jobStatus           bool   // GetJobStatus tells of one job, where there is no ListAsynJobs
	rules               bool   // listeners have forwarding rules, each with groups of its own
	healthPage          int    // entries in a page of GetListenerHealthStatus
	check               string // what holds a group's health check
	groupOfListener     bool   // a listener has one group, and names it; else its actions do
}

var products = map[Product]product{
	ALB: {
		name: "ALB", version: "2020-06-16", host: "alb.%s.aliyuncs.com", updates: 40, writesPerMinute: 200,
		rules: true, healthPage: 30, check: "HealthCheckConfig",
	},
	NLB: {
		name: "NLB", version: "2022-04-30", host: "nlb.%s.aliyuncs.com", updates: 200,
		jobStatus: true, healthPage: 100, check: "HealthCheck", groupOfListener: true,
	},
}

// codes are what the error codes of both products mean; they differ in the case of
// some letters. NLB's are documented with its actions, such as
// https://www.alibabacloud.com/help/en/slb/api-addserverstoservergroup-nlb; ALB's
// are known from other clients.
var codes = acs.Codes{
	Whole: map[string]membership.Class{
		"conflict.lock": membership.Busy,
		// Of a server that leaves the group, and of what is being configured.
		"incorrectstatus":                              membership.Busy,
		"incorrectstatus.server":                       membership.Busy,
		"incorrectstatus.backendserver":                membership.Busy,
		"incorrectstatus.servergroup":                  membership.Busy,
		"incorrectstatus.loadbalancer":                 membership.Busy,
		"incorrectstatus.listener":                     membership.Busy,
		"operationfailed.resourceisconfiguring":        membership.Busy,
		"operationfailed.resourcegroupstatuscheckfail": membership.Busy,
		"idempotenceprocessing":                        membership.Busy,

		"resourcenotfound.servergroup": membership.NotFound,

		// Of a server that is not in the group, and of one that does not exist.
		"resourcenotfound.backendserver": membership.MemberNotFound,
		"resourcenotfound.server":        membership.MemberNotFound,
		"resourcenotfound.ecs":           membership.MemberNotFound,
		"resourcenotfound.eni":           membership.MemberNotFound,
		"resourcenotfound.eci":           membership.MemberNotFound,

		"duplicatedparam.server": membership.AlreadyExists,
	},
	Begins: map[string]membership.Class{
		"resourceinconfiguring.": membership.Busy,
		"resourcealreadyexist":   membership.AlreadyExists,
	},
	Judge: judge,
}

var (
	existsMessage = regexp.MustCompile(`(?i)\balready (exists?|been added|added)\b`)
	inOneCall     = regexp.MustCompile(`(?i)\b(per|each|one|a single) (call|request|batch|operation|time)\b|\bat (a|one) time\b`)
)

// judge knows codes that mean something only together with their message: a quota
// may be that of the group, or of one call, which a smaller batch passes.
func judge(code, message string) (membership.Class, bool) {
	switch {
	case strings.HasPrefix(code, "quotaexceeded") && inOneCall.MatchString(message):
		return membership.Refused, true
	case existsMessage.MatchString(message):
		return membership.AlreadyExists, true
	}
	return 0, false
}
