package alicloud

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbapi"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/tfkit"
)

// noun is what a member is called in an error.
const noun = "backend server"

// serverKind is one kind of groups of servers: what the resources and the data
// source of its members do not share with those of the other kinds.
type serverKind struct {
	product   string // "SLB"
	attribute string // names the group: "load_balancer_id"
	object    string // what has that id: "load balancer"
	typ       string // the type of one member without its provider; that of many has an s behind it
	whole     string // the group and what it is of
	example   string // an id of such a group
	ported    bool   // members are told apart by their port too
	anyPort   bool   // the port may be 0, the default
	// lingers tells that the vendor may list a member for some time after its
	// removal, while its connections drain.
	lingers     bool
	types       []string    // of servers, the usual one first
	description description // what one may be
	quota       int         // the vendor's usual one
	more        tfkit.MemberAttributes
	opener      opener
	groupsOf    finder // nil where no listing says in which groups a server is
}

var (
	defaultGroup = serverKind{
		product: "SLB", attribute: "load_balancer_id", object: "load balancer", typ: "slb_backend_server",
		whole: "the default server group of an SLB (CLB) load balancer", example: "lb-bp1example", types: slbTypes, description: slbDescription, quota: slbQuota,
		opener: slbGroups((*slbapi.Client).BackendServers),
	}
	vserverGroup = serverKind{
		product: "SLB", attribute: "vserver_group_id", object: "vserver group", typ: "slb_vserver_group_server",
		whole: "a vserver group of an SLB (CLB) load balancer", example: "rsp-bp1example", ported: true, types: slbTypes, description: slbDescription, quota: slbQuota,
		opener: slbGroups((*slbapi.Client).VServerGroup),
	}
	albServerGroup = serverKind{
		product: "ALB", attribute: "server_group_id", object: "server group", typ: "alb_server_group_server",
		whole: "a server group of an ALB (Application Load Balancer)", example: "sgp-bp1example", ported: true, lingers: true, types: groupTypes, description: albDescription, quota: albQuota,
		more:   tfkit.MemberAttributes{"remote_ip_enabled": remoteAttribute},
		opener: serverGroups(sgapi.ALB), groupsOf: groupsOf(sgapi.ALB),
	}
	nlbServerGroup = serverKind{
		product: "NLB", attribute: "server_group_id", object: "server group", typ: "nlb_server_group_server",
		whole: "a server group of an NLB (Network Load Balancer)", example: "sgp-bp1example", ported: true, anyPort: true, lingers: true, types: groupTypes, description: nlbDescription, quota: nlbQuota,
		more:   tfkit.MemberAttributes{"zone_id": zoneAttribute},
		opener: serverGroups(sgapi.NLB), groupsOf: groupsOf(sgapi.NLB),
	}
)

// The types of a server, and which of them each product takes: SLB API
// AddBackendServers, parameter Type; ALB and NLB API AddServersToServerGroup,
// parameter ServerType.
const (
	typeECS = "ecs"
	typeENI = "eni"
	typeECI = "eci"
	typeIP  = "ip"
)

var (
	slbTypes   = []string{typeECS, typeENI, typeECI}
	groupTypes = []string{typeECS, typeENI, typeECI, typeIP}
)

// takesIP tells whether an address that belongs to no server can be a member.
func (k serverKind) takesIP() bool { return slices.Contains(k.types, typeIP) }

// leastPort is the lowest port of a member.
func (k serverKind) leastPort() int {
	if k.anyPort {
		return 0
	}
	return 1
}

// The usual quotas of members, which an account may exceed.
const (
	// slbQuota is that of a load balancer, in its default group and its vserver
	// groups together
	// (https://www.alibabacloud.com/help/en/slb/classic-load-balancer/product-overview/limits-1).
	slbQuota = 200
	// albQuota is that of a server group
	// (https://www.alibabacloud.com/help/en/slb/application-load-balancer/product-overview/limits).
	albQuota = 1000
	// nlbQuota is that of a server group
	// (https://www.alibabacloud.com/help/en/slb/network-load-balancer/product-overview/limits).
	nlbQuota = 400
)

// description is what a member's description may be: in words, and the check of
// one.
type description struct {
	words string
	check func(string) error
}

func described(words, pattern string) description {
	return description{words, tfkit.Matching(regexp.MustCompile(pattern), words)}
}

var (
	// SLB API AddBackendServers, parameter Description.
	slbDescription = described("1 to 80 letters, digits, '-', '/', '.' and '_'", `^[\p{L}\p{N}/._-]{1,80}$`)
	// NLB API AddServersToServerGroup, parameter Description.
	nlbDescription = described("2 to 256 letters, digits, ',', '.', ';', '/', '@', '_' and '-'", `^[\p{L}\p{N},.;/@_-]{2,256}$`)
	// ALB API AddServersToServerGroup, parameter Description.
	albDescription = description{
		words: "2 to 256 characters, and does not begin with http:// or https://",
		check: func(s string) error {
			switch n := len([]rune(s)); {
			case n < 2 || n > 256:
				return errors.New("must have 2 to 256 characters")
			case strings.HasPrefix(s, "http://"), strings.HasPrefix(s, "https://"):
				return errors.New("must not begin with http:// or https://")
			}
			return nil
		},
	}
)
