package apikit

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// judge is the class of a transport's error and the error with what is known to
// help. What no retry cures is Denied: it ends at once with a clear message.
// Anything else is class.
func judge(err error, class membership.Class) (membership.Class, error) {
	said := plain{err}
	if hint := misconfigured(err); hint != "" {
		return membership.Denied, fmt.Errorf("%s: %w", hint, said)
	}
	return class, said
}

// plain is a transport's error in plain words: what Go says of a connection that
// cannot be made names system calls and the machine's own name server.
type plain struct{ error }

func (p plain) Error() string {
	if _, ok := errors.AsType[*redacted](p.error); ok {
		return p.error.Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](p.error); ok {
		return "the name " + dns.Name + " cannot be looked up: " + dns.Err
	}
	op, ok := errors.AsType[*net.OpError](p.error)
	if !ok || op.Op != "dial" || op.Addr == nil {
		return p.error.Error()
	}
	why := op.Err
	if call, ok := errors.AsType[*os.SyscallError](why); ok {
		why = call.Err
	}
	return "no connection to " + op.Addr.String() + ": " + why.Error()
}

func (p plain) Unwrap() error { return p.error }

// misconfigured names the setting behind an error that no retry cures, "" for
// other errors. All of them come up before anything is sent.
func misconfigured(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return "unknown host"
	}
	if untrusted(err) {
		return "the server's certificate is not trusted; check the endpoint and the CA certificates"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return "the endpoint does not speak TLS"
	}
	if p, ok := errors.AsType[*proxyRefusal](err); ok && !p.passes() {
		return "check the proxy settings"
	}
	return ""
}

func untrusted(err error) bool {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, host := errors.AsType[x509.HostnameError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	return verification || unknown || host || invalid
}

// beforeSending tells whether an error comes up only before anything is sent:
// a name that cannot be looked up, a connection that cannot be made.
func beforeSending(err error) bool {
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "proxyconnect") {
		return true
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return true
	}
	if _, ok := errors.AsType[*proxyRefusal](err); ok {
		return true
	}
	return misconfigured(err) != ""
}

// maxAfter bounds a Retry-After; the engine, which knows how long the caller
// waits, bounds it again.
const maxAfter = time.Hour

// RetryAfter reads the header of that name: seconds or a date. It is 0 where
// the header is absent, past or unreadable.
func RetryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	var d time.Duration
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		d = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(v); err == nil {
		d = time.Until(t)
	}
	return min(max(d, 0), maxAfter)
}
