package elbapi

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// maxAfter bounds a Retry-After.
const maxAfter = time.Hour

// failure is the classified error of a call for which the SDK returned err.
// What the exchange kept counts; the SDK's own errors lose half of it.
func (x *exchange) failure(err error) *membership.Error {
	e := &membership.Error{Action: x.op.action, Status: x.status}
	switch {
	case x.err != nil:
		x.noAnswer(e)
	case x.status == 0 && x.begun.Load(): // the transport panicked
		e.Class, e.Err = x.uncertain(), err
	case x.status == 0:
		e.Class, e.Err = membership.Refused, fmt.Errorf("prepare the request: %w", err)
	case x.status >= 200 && x.status <= 299:
		e.Class = x.uncertain()
		e.RequestID = x.requestID(parseFault(x.body).requestID)
		e.Message = "the answer cannot be read: " + sdkText(err)
	default:
		x.refusal(e)
	}
	e.Code = shorten(x.redact(e.Code), maxCode)
	e.RequestID = shorten(x.redact(e.RequestID), maxCode)
	e.Message = shorten(x.redact(e.Message), maxMessage)
	if e.Err != nil {
		if text := e.Err.Error(); x.redact(text) != text {
			e.Err = errors.New(x.redact(text))
		}
	}
	return e
}

// refusal fills in an error from an answer that is no success.
func (x *exchange) refusal(e *membership.Error) {
	f := parseFault(x.body)
	e.Code, e.Message, e.RequestID = f.code, f.message, x.requestID(f.requestID)
	if f.page {
		e.Message = shorten(x.redact(e.Message), maxPage)
	}
	if e.Message == "" {
		e.Message = http.StatusText(x.status)
	}
	e.After = retryAfter(x.header.Get("Retry-After"))
	e.Class = classify(x.op, x.status, e.Code, e.Message)
	if e.Class == membership.Throttled && e.After == 0 {
		e.After = apikit.Window(e.Message)
	}
	if x.op.login && e.Class != membership.Throttled && e.Class != membership.Transient {
		e.Class = membership.Denied
	}
	switch {
	case x.status >= 300 && x.status <= 399:
		to := "somewhere unnamed"
		if u, err := url.Parse(x.header.Get("Location")); err == nil && u.Host != "" {
			to = u.Host
		}
		e.Message = fmt.Sprintf("the endpoint redirects to %s; the API does not redirect, so the endpoint may be wrong", to)
	case x.op.login:
	case (x.status == http.StatusNotFound || x.status == http.StatusMethodNotAllowed) && e.Class == membership.Denied:
		why := "the endpoint or the region may be wrong"
		if strings.HasPrefix(e.Code, "ELB.") {
			why = "ELB does not say what it misses, which may be the load balancer"
		}
		e.Message = strings.TrimSuffix(shorten(x.redact(e.Message), maxPage), ".") +
			"; " + why + "; this is not proof that the pool or the member is gone"
	}
}

// noAnswer fills in an error for a call that got no whole answer.
func (x *exchange) noAnswer(e *membership.Error) {
	e.Class = membership.Transient
	if x.sent() {
		e.Class = x.uncertain()
	}
	switch {
	case x.parent.Err() != nil:
		e.Err = fmt.Errorf("given up waiting for the answer: %w", x.parent.Err())
	case x.ctx.Err() != nil:
		e.Err = errNoAnswer
	default:
		e.Err = x.err
		if hint := misconfigured(x.err); hint != "" {
			e.Class, e.Err = membership.Denied, fmt.Errorf("%s: %w", hint, x.err)
		}
	}
}

// uncertain is the class of a call that may or may not have been carried out.
func (x *exchange) uncertain() membership.Class { return uncertain(x.op) }

func uncertain(op operation) membership.Class {
	if op.write {
		return membership.Unknown
	}
	return membership.Transient
}

// sent tells whether any of the request may have reached the server. A
// transport that reports no connections is judged by the kind of its error.
func (x *exchange) sent() bool {
	if x.asked.Load() {
		return x.gotConn.Load()
	}
	if op, ok := errors.AsType[*net.OpError](x.err); ok && op.Op == "dial" {
		return false
	}
	if _, ok := errors.AsType[*net.DNSError](x.err); ok {
		return false
	}
	return misconfigured(x.err) == ""
}

// misconfigured names the setting behind an error that no retry cures; all of
// them come up before anything is sent.
func misconfigured(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return "unknown host, check the region and the endpoint"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok || untrusted(err) {
		return "the server's certificate is not trusted, check the endpoint and the CA certificates"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return "the endpoint does not speak TLS"
	}
	if p, ok := errors.AsType[*proxyError](err); ok && p.status < 500 {
		return "check the proxy settings"
	}
	return ""
}

func untrusted(err error) bool {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	return unknown || host || invalid
}

// requestID is the vendor's id of the call: the header's, or else the body's.
func (x *exchange) requestID(inBody string) string {
	for _, id := range []string{x.header.Get("X-Request-Id"), inBody, x.header.Get("X-IAM-Trace-Id")} {
		if id != "" {
			return oneLine(id)
		}
	}
	return ""
}

// redact blanks what must not be shown: some gateways echo parts of a request
// that they refuse.
func (x *exchange) redact(s string) string {
	for _, secret := range append(x.hidden, x.keys.SecurityToken, x.keys.SecretKey, x.keys.Token, x.signature) {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "(redacted)")
		}
	}
	return s
}

// retryAfter reads the header's two forms, seconds and a date.
func retryAfter(h string) time.Duration {
	var d time.Duration
	if n, err := strconv.ParseUint(strings.TrimSpace(h), 10, 31); err == nil {
		d = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(h); err == nil {
		d = time.Until(t)
	}
	return min(max(d, 0), maxAfter)
}

// sdkText is what the SDK, or this package in its place, found wrong.
func sdkText(err error) string {
	if s, ok := errors.AsType[*sdkerr.ServiceResponseError](err); ok {
		return oneLine(s.ErrorMessage)
	}
	return oneLine(err.Error())
}
