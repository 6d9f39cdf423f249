package acs

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// Codes are what the error codes of one product mean, beside those of the gateway
// that all products have. They are in small letters, and compared without regard
// to case.
type Codes struct {
	Whole  map[string]membership.Class
	Begins map[string]membership.Class // codes that begin so
	// Unsure are the beginnings of codes of the product's own failures, after
	// which it is not known whether a write happened.
	Unsure []string
	// Judge knows codes that mean something only together with their message.
	Judge func(code, message string) (membership.Class, bool)
}

// What the gateway, or any product, says
// (https://www.alibabacloud.com/help/en/sdk/product-overview/common-error-codes).
var (
	gatewayCodes = map[string]membership.Class{
		"systembusy":      membership.Busy,
		"toomanyrequests": membership.Throttled,
		// The nonce is new in each call and neither the SDK nor net/http
		// sends a POST twice, so the request with this nonce that the vendor
		// saw before was not ours; ours was turned away at the door.
		"signaturenonceused": membership.Transient,
	}
	// deniedPrefixes also holds the gateway's "no such action", which a wrong
	// endpoint answers with.
	deniedPrefixes = []string{
		"forbidden", "forbbiden", "nopermission", "unauthorized",
		"invalidtimestamp", "illegaltimestamp",
		"invalidregionid", "invalidaction", "invalidapi.", "invalidproduct.", "invalidversion",
		"unsupportedhttpmethod",
		"invalididentity", "invalidauthorization", "auth.", "operationfailed.endpoint",
	}
	// unsurePrefixes are failures after which it is not known whether a write
	// happened.
	unsurePrefixes = []string{"serviceunavailable", "internalerror", "internalinvokeerror", "unknownerror", "locationservicetimeout"}
	quotaParts     = []string{"overquota", "overlimit", "quotaexceed", "quotafull", "quotanotenough", "limitexceed", "exceedlimit"}

	flowMessage = regexp.MustCompile(`(?i)\b(flow control|throttling)\b`)
)

// keyPrefixes are the denials of a key, whatever it may do.
var keyPrefixes = []string{
	"invalidaccesskeyid", "signaturedoesnotmatch", "incompletesignature", "invalidsignature", "invalidsecuritytoken", "missingsecuritytoken",
}

// RefusesKeys tells whether a code of class Denied is about the keys themselves.
func RefusesKeys(code string) bool {
	return hasPrefix(strings.ToLower(code), keyPrefixes)
}

// Classify is the class of an answer that is not success. unsure is the class of
// an outcome that is not known: Unknown for a write, Transient for a read.
//
// NotFound is for the product's own code for that object to say; a bare 404 may
// come from any proxy.
func (c Codes) Classify(status int, f Fault, unsure membership.Class) membership.Class {
	code := strings.ToLower(f.Code)
	if code == "" {
		return classifyBare(status, unsure)
	}
	if class, ok := c.Whole[code]; ok {
		return class
	}
	for begin, class := range c.Begins {
		if strings.HasPrefix(code, begin) {
			return class
		}
	}
	if class, ok := gatewayCodes[code]; ok {
		return class
	}
	failed := hasPrefix(code, unsurePrefixes) || hasPrefix(code, c.Unsure)
	switch {
	case strings.Contains(code, "throttling"), status == http.StatusTooManyRequests,
		failed && flowMessage.MatchString(f.Message):
		return membership.Throttled
	case status == statusRetryWith:
		return membership.Busy
	case failed, status >= 500, status < 400, status == http.StatusRequestTimeout:
		return unsure
	case hasPrefix(code, deniedPrefixes), RefusesKeys(code), status == http.StatusUnauthorized:
		return membership.Denied
	}
	if c.Judge != nil {
		if class, ok := c.Judge(code, f.Message); ok {
			return class
		}
	}
	switch {
	case slices.ContainsFunc(quotaParts, func(part string) bool { return strings.Contains(code, part) }):
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
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}
