package slbapi

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Error codes by what to do about them. The vendor's list is
// https://error-center.aliyun.com/status/product/Slb; what its
// pages leave out is known from other clients. Codes are compared without
// regard to case.
var (
	codeClass = map[string]membership.Class{
		"serviceisconfiguring":                     membership.Busy,
		"vservergroupprocessing":                   membership.Busy,
		"operationbusy":                            membership.Busy,
		"processingsamerequest":                    membership.Busy,
		"backendserver.configuring":                membership.Busy,
		"serviceisstopping":                        membership.Busy,
		"systembusy":                               membership.Busy,
		"operationfailed.listenerstatusnotsupport": membership.Busy,
		"operation.conflict":                       membership.Busy,
		"operationconflict":                        membership.Busy,
		"conflict.lock":                            membership.Busy,
		"backendserverprocessing":                  membership.Busy,
		"operationfailed.servicegroupprocessing":   membership.Busy,
		"listenerprocessing":                       membership.Busy,
		"resourceinoperating":                      membership.Busy,
		"operationdenied.resourcecontrol":          membership.Busy,

		"toomanyrequests": membership.Throttled,

		// Of a load balancer or listener that changes, and of one that is
		// locked or stopped: the latter does not pass.
		"lbstatusnotsupport":       membership.Transient,
		"listenerstatusnotsupport": membership.Transient,

		// The nonce is new in each call and neither the SDK nor net/http
		// sends a POST twice, so the request with this nonce that the vendor
		// saw before was not ours; ours was turned away at the door.
		"signaturenonceused": membership.Transient,

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
	}
	// deniedPrefixes also holds the gateway's "no such action", which a wrong
	// endpoint answers with.
	deniedPrefixes = []string{
		"forbidden", "forbbiden", "nopermission", "unauthorized",
		"invalidaccesskeyid", "signaturedoesnotmatch", "incompletesignature", "invalidsignature",
		"invalidsecuritytoken", "missingsecuritytoken", "invalidtimestamp", "illegaltimestamp",
		"invalidregionid", "invalidaction", "invalidapi.", "invalidproduct.", "invalidversion",
		"unsupportedhttpmethod",
		"invalididentity", "invalidauthorization", "auth.", "operationfailed.endpoint",
	}
	// unsurePrefixes are the vendor's own failures: whether a write happened
	// is not known. VpcSystemBusy is said half-way through a write.
	unsurePrefixes = []string{
		"serviceunavailable", "internalerror", "internalinvokeerror", "unknownerror",
		"vpcsystembusy", "locationservicetimeout",
	}
	quotaParts = []string{"overquota", "overlimit", "quotaexceed", "quotafull", "quotanotenough", "limitexceed", "exceedlimit"}

	goneMessage   = regexp.MustCompile(`(?i)\b(LoadBalancerId|VServerGroupId)\s+(\S+\s+)?does not exist`)
	existsMessage = regexp.MustCompile(`(?i)\balready (exists?|been added|added)\b`)
	flowMessage   = regexp.MustCompile(`(?i)\b(flow control|throttling)\b`)
)

// classify is the class of an answer that is not success. unsure is the class
// of an outcome that is not known: Unknown for a write, Transient for a read.
//
// NotFound needs the vendor's own code for that object, or the code
// InvalidParameter (which has many meanings) together with the message that
// the object does not exist; a bare 404 may come from any proxy.
func classify(status int, f acs.Fault, unsure membership.Class) membership.Class {
	code := strings.ToLower(f.Code)
	if code == "" {
		return classifyBare(status, unsure)
	}
	if c, ok := codeClass[code]; ok {
		return c
	}
	switch {
	case strings.Contains(code, "throttling"), status == http.StatusTooManyRequests,
		hasPrefix(code, unsurePrefixes) && flowMessage.MatchString(f.Message):
		return membership.Throttled
	case status == statusRetryWith:
		return membership.Busy
	case hasPrefix(code, unsurePrefixes), status >= 500, status < 400, status == http.StatusRequestTimeout:
		return unsure
	case hasPrefix(code, deniedPrefixes), status == http.StatusUnauthorized:
		return membership.Denied
	case strings.HasPrefix(code, "invalid") && goneMessage.MatchString(f.Message):
		return membership.NotFound
	case strings.HasPrefix(code, "invalidparameter") && existsMessage.MatchString(f.Message):
		return membership.AlreadyExists
	case containsAny(code, quotaParts):
		return membership.Quota
	case (status == http.StatusBadRequest || status == http.StatusConflict) && apikit.AsksAgain(f.Message):
		return membership.Transient
	}
	return membership.Refused
}

// statusRetryWith is the status of SystemBusy.
const statusRetryWith = 449

// classifyBare is the class of an answer that holds no code of the vendor's: a
// proxy's page, most likely.
func classifyBare(status int, unsure membership.Class) membership.Class {
	switch {
	case status == http.StatusTooManyRequests:
		return membership.Throttled
	case status >= 300 && status < 400, status == http.StatusProxyAuthRequired:
		return membership.Denied
	case status == http.StatusRequestURITooLong, status == http.StatusRequestEntityTooLarge,
		status == http.StatusRequestHeaderFieldsTooLarge:
		return membership.Refused // too long to be read by anyone: a smaller batch may pass
	}
	return unsure
}

func hasPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
