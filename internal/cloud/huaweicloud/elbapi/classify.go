package elbapi

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/apigw"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// classify gives an answer that is no success its class. The codes are those
// of https://support.huaweicloud.com/api-elb/ErrorCode.html and, for APIGW.*
// (APIG.* in older gateways), of
// https://support.huaweicloud.com/devg-apisign/api-sign-errorcode.html.
// A code says more than a status, except that no code of a 5xx is trusted to
// mean that nothing was done, other than that of throttling. code and message are
// empty of what is not the vendor's, such as a proxy's page: it says nothing of
// what became of the call.
func classify(op operation, status int, code, message string) membership.Class {
	gateway, isGateway := strings.CutPrefix(code, "APIGW.")
	if !isGateway {
		gateway, isGateway = strings.CutPrefix(code, "APIG.")
	}
	text := strings.ToLower(message)
	switch {
	case status == http.StatusTooManyRequests, isGateway && gateway == "0308":
		return membership.Throttled
	case status >= 500, code == "ELB.8906", status == http.StatusRequestTimeout:
		return uncertain(op)
	case status < 400: // a redirect, or 1xx that is no answer
		return membership.Denied
	case code == "ELB.8905", code == "ELB.2001", code == "ELB.9807":
		return membership.Quota
	case status == http.StatusUnauthorized, status == http.StatusProxyAuthRequired,
		code == "SYS.0401", code == "SYS.0403", code == "ELB.1202", // it asks for an enterprise project, in every call
		isGateway && strings.HasPrefix(gateway, "03"),
		isGateway && gateway == "0101":
		return membership.Denied
	case code == "" && message == "":
		return classifyBare(op, status)
	case code == "ELB.2012":
		return membership.MemberNotFound
	case status == http.StatusNotFound && strings.HasPrefix(code, "ELB."):
		return notFound(op, code, message)
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		if !vendors(code) {
			return uncertain(op)
		}
		return membership.Denied
	case strings.Contains(text, "protection"):
		// Assumed: the refusal of a pool with member_deletion_protection_enable
		// says so, whatever its status and code, which are documented nowhere.
		return membership.Refused
	case code == "ELB.8962": // the feature is not supported here: 403, but no matter of permission
		return membership.Refused
	case status == http.StatusForbidden:
		return membership.Denied
	case notActive.MatchString(text):
		return membership.Busy
	case status == http.StatusConflict, code == "ELB.8907":
		return conflict(op, code, text)
	case isGateway && gateway == "0201" && status != http.StatusRequestEntityTooLarge:
		return uncertain(op)
	case status == http.StatusBadRequest && apikit.AsksAgain(message):
		return membership.Transient
	}
	return membership.Refused
}

// classifyBare is the class of an answer that is not the vendor's.
func classifyBare(op operation, status int) membership.Class {
	switch status {
	case http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return membership.Refused // too long to be read by anyone: a smaller batch may pass
	}
	return uncertain(op)
}

// vendors tells whether a code is one of ELB's or of the gateway before it.
func vendors(code string) bool {
	return slices.ContainsFunc([]string{"ELB.", "SYS.", "APIGW.", "APIG."}, func(p string) bool { return strings.HasPrefix(code, p) })
}

// unfound is what a 404 means that does not name the pool or the member.
func unfound(code string) string {
	why := apigw.WrongAddress
	if strings.HasPrefix(code, "ELB.") {
		why = "ELB does not say what it misses, which may be the load balancer"
	}
	return why + "; this is not proof that the pool or the member is gone"
}

// notActive matches the refusal of a change while the load balancer, the pool
// or the member is still being changed. Assumed: the page of UpdateMember says
// that a load balancer whose provisioning status is not ACTIVE makes it fail,
// and no more; the words are those of that page and of the v2 API.
var notActive = regexp.MustCompile(`provisioning.status.*\bactive\b|\bnot active\b|pending_(create|update|delete)|immutable`)

var (
	present    = regexp.MustCompile(`\balready (exist|present|been added|has\b|in (the|this|a|its|pool|group|backend)\b)`)
	unfinished = regexp.MustCompile(`\bbeing\b|in progress|not (yet )?(finish|complete)|processing|pending|try again|later|busy`)
	absent     = regexp.MustCompile(`\bnot exist|not (be )?found`)
	duplicate  = regexp.MustCompile(`already|exist|duplicate|same address|unique`)
)

// conflict tells the meanings of a 409 and of ELB.8907, which is "data conflict",
// apart: a duplicate, something in use, or an earlier change not finished.
// CreateMember says it of an address and port that are in the pool. Assumed: on
// any other call it passes, unless it speaks of a duplicate; whoever retries is
// bounded by a deadline, not by this class. Under any other code, or none, the
// status says only that somebody else's request is under way, which is tried for
// a while and no longer.
func conflict(op operation, code, text string) membership.Class {
	passes := membership.Transient
	if code == "ELB.8907" {
		passes = membership.Busy
	}
	switch {
	case strings.Contains(text, "quota exceeded"):
		return membership.Quota
	case present.MatchString(text):
		return membership.AlreadyExists
	case unfinished.MatchString(text):
		return passes
	case duplicate.MatchString(text) && !absent.MatchString(text):
		return membership.AlreadyExists
	case op.create && code == "ELB.8907":
		return membership.AlreadyExists
	}
	return passes
}

// other are the beginnings of the words for what is neither a member nor a
// pool but can be missing too.
var other = []string{"subnet", "network", "vpc", "port", "listener", "load", "health", "availability",
	"project", "tenant", "certificate", "flavor", "l7", "policy", "quota", "eni", "ip"}

var word = regexp.MustCompile(`[A-Za-z0-9_-]+`)

// notFound tells what an ELB.8904 ("%s %s could not be found."), or another code
// of ELB's with status 404, found missing: the subject is the first word that is
// a kind of thing or an id of this call. A pool under another id than the call's
// is not this call's pool. A text that names neither the pool nor a member proves
// nothing: ELB.8904 is then a refusal, of what the call names besides. Any other
// code may be about anything, and so has to name it by id.
func notFound(op operation, code, message string) membership.Class {
	own := code == "ELB.8904"
	otherwise := membership.Denied
	if own {
		otherwise = membership.Refused
	}
	words := word.FindAllString(message, -1)
	for i, w := range words {
		lower := strings.ToLower(w)
		id := ""
		if i+1 < len(words) && (looksLikeID(words[i+1]) || strings.EqualFold(words[i+1], op.pool)) {
			id = words[i+1]
		}
		switch {
		case strings.EqualFold(w, op.pool):
			return membership.NotFound
		case slices.ContainsFunc(op.members, func(id string) bool { return id != "" && strings.EqualFold(id, w) }):
			return membership.MemberNotFound
		case (lower == "member" || lower == "members") && (own || id != ""):
			return membership.MemberNotFound
		case lower == "pool" || lower == "pools":
			if id == "" && own || strings.EqualFold(id, op.pool) {
				return membership.NotFound
			}
			return otherwise
		case slices.ContainsFunc(other, func(p string) bool { return strings.HasPrefix(lower, p) }):
			return otherwise
		}
	}
	return otherwise
}

var uuid = regexp.MustCompile(`^(?i)[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$`)

func looksLikeID(s string) bool { return uuid.MatchString(s) }

// notPublished tells whether a batch call failed because the endpoint has no
// such call, as Open Telekom Cloud's has none: the gateway's APIGW.0101, or a
// 404 or 405 that is not ELB's own. A router that takes the last part of the
// path for a member's id names it in its ELB.8904.
func notPublished(e *membership.Error) bool {
	if e.Status != http.StatusNotFound && e.Status != http.StatusMethodNotAllowed {
		return false
	}
	return !strings.HasPrefix(e.Code, "ELB.") || strings.Contains(e.Message, "batch-")
}
