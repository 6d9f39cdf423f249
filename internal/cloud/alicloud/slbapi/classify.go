package slbapi

import (
	"regexp"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// codes are SLB's own error codes by what to do about them. The vendor's list is
// https://error-center.aliyun.com/status/product/Slb; what its pages leave out is
// known from other clients.
var codes = acs.Codes{
	Whole: map[string]membership.Class{
		"serviceisconfiguring":                     membership.Busy,
		"vservergroupprocessing":                   membership.Busy,
		"operationbusy":                            membership.Busy,
		"processingsamerequest":                    membership.Busy,
		"backendserver.configuring":                membership.Busy,
		"serviceisstopping":                        membership.Busy,
		"operationfailed.listenerstatusnotsupport": membership.Busy,
		"operation.conflict":                       membership.Busy,
		"operationconflict":                        membership.Busy,
		"conflict.lock":                            membership.Busy,
		"backendserverprocessing":                  membership.Busy,
		"operationfailed.servicegroupprocessing":   membership.Busy,
		"listenerprocessing":                       membership.Busy,
		"resourceinoperating":                      membership.Busy,
		"operationdenied.resourcecontrol":          membership.Busy,

		// Of a load balancer or listener that changes, and of one that is
		// locked or stopped: the latter does not pass.
		"lbstatusnotsupport":       membership.Transient,
		"listenerstatusnotsupport": membership.Transient,

		"invalidloadbalancerid.notfound": membership.NotFound,
		"invalidvservergroupid.notfound": membership.NotFound,

		// Also said of a server that is not running.
		"obtainipfail":              membership.MemberNotFound,
		"invalidserverid.notfound":  membership.MemberNotFound,
		"invalidserverid.notexist":  membership.MemberNotFound,
		"resourcenotfound.vservers": membership.MemberNotFound, // an interface that is gone

		"resourcealreadyexist":  membership.AlreadyExists,
		"resourcealreadyexists": membership.AlreadyExists,

		// The limit of one call, not of the group: a smaller batch passes.
		"toomanybackendservers": membership.Refused,
	},
	Unsure: []string{"vpcsystembusy"}, // said half-way through a write
	Judge:  judge,
}

var (
	goneMessage   = regexp.MustCompile(`(?i)\b(LoadBalancerId|VServerGroupId)\s+(\S+\s+)?does not exist`)
	existsMessage = regexp.MustCompile(`(?i)\balready (exists?|been added|added)\b`)
)

// judge knows what InvalidParameter and its like, which have many meanings, say
// with their message.
func judge(code, message string) (membership.Class, bool) {
	switch {
	case strings.HasPrefix(code, "invalid") && goneMessage.MatchString(message):
		return membership.NotFound, true
	case strings.HasPrefix(code, "invalidparameter") && existsMessage.MatchString(message):
		return membership.AlreadyExists, true
	}
	return 0, false
}
