package apigw

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// failure is the classified error of a call for which the SDK returned err.
// What the exchange kept counts; the SDK's own errors lose half of it.
func (x *Exchange) failure(err error) *membership.Error {
	e := &membership.Error{Action: x.call.Action, Status: x.Status}
	safe := x.redactor()
	switch {
	case !x.Answered():
		e.Class, e.Err = x.NoAnswer(safe, err, x.call.unsure())
	case x.Status >= 200 && x.Status <= 299:
		e.Class = x.call.unsure()
		e.RequestID = x.requestID(parseFault(x.Body).requestID)
		e.Message = "the answer cannot be read: " + sdkText(err)
	default:
		x.refusal(e)
	}
	e.Code = safe.Line(e.Code, apikit.MaxCode)
	e.RequestID = safe.Line(e.RequestID, apikit.MaxCode)
	e.Message = safe.Line(e.Message, apikit.MaxMessage)
	return e
}

// redactor blanks what must not be shown: some gateways echo parts of a request
// that they refuse.
func (x *Exchange) redactor() apikit.Redactor {
	return apikit.NewRedactor(slices.Concat(x.secrets, x.keys.Secrets(), []string{x.signature})...)
}

// refusal fills in an error from an answer that is no success.
func (x *Exchange) refusal(e *membership.Error) {
	f := parseFault(x.Body)
	e.Code, e.Message, e.RequestID = f.code, f.message, x.requestID(f.requestID)
	said := f.message
	if f.page {
		said = ""
		e.Message = x.redactor().Line(e.Message, apikit.MaxPage)
	}
	if e.Message == "" {
		e.Message = http.StatusText(x.Status)
	}
	e.After = apikit.RetryAfter(x.Header)
	e.Class = x.call.Classify(x.Status, f.code, said)
	if e.Class == membership.Throttled && e.After == 0 {
		e.After = apikit.Window(e.Message)
	}
	switch {
	case x.Status >= 300 && x.Status <= 399:
		to := "somewhere unnamed"
		if u, err := url.Parse(x.Header.Get("Location")); err == nil && u.Host != "" {
			to = u.Host
		}
		e.Message = fmt.Sprintf("the endpoint redirects to %s; the API does not redirect, so the endpoint may be wrong", to)
	case x.call.Login:
	case (x.Status == http.StatusNotFound || x.Status == http.StatusMethodNotAllowed) && (e.Class == membership.Denied || e.Class == x.call.unsure()):
		e.Message = strings.TrimSuffix(x.redactor().Line(e.Message, apikit.MaxPage), ".") + "; " + x.call.unfound(e.Code)
	}
}

// requestID is the vendor's id of the call: the header's, or else the body's.
func (x *Exchange) requestID(inBody string) string {
	for _, id := range []string{x.Header.Get("X-Request-Id"), inBody, x.Header.Get("X-IAM-Trace-Id")} {
		if id != "" {
			return apikit.OneLine(id)
		}
	}
	return ""
}

// successID is the request id of an answer of success; that of a long body, a
// page of a listing, only where a header has it.
func (x *Exchange) successID() string {
	return apikit.Redactor{}.Line(x.requestID(parseFault(x.Body).requestID), apikit.MaxCode)
}

// sdkText is what the SDK, or this package in its place, found wrong.
func sdkText(err error) string {
	if s, ok := errors.AsType[*sdkerr.ServiceResponseError](err); ok {
		return apikit.OneLine(s.ErrorMessage)
	}
	return apikit.OneLine(err.Error())
}
