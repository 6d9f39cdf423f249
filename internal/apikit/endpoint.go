package apikit

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Endpoint is where a service is.
type Endpoint struct {
	Scheme string // "http" or "https"
	Host   string // with the port, where one is given
}

// String is the endpoint as a URL without a path.
func (e Endpoint) String() string { return e.Scheme + "://" + e.Host }

// ParseEndpoint reads HOST[:PORT] or SCHEME://HOST[:PORT]; https where no scheme
// is given. paths are those that it may have out of habit, and are dropped.
// service names it in errors.
func ParseEndpoint(service, text string, paths ...string) (Endpoint, error) {
	full := strings.TrimSpace(text)
	if !strings.Contains(full, "://") {
		full = "https://" + full
	}
	u, err := url.Parse(full)
	// What was given is not repeated where it may hold a password.
	switch {
	case err != nil:
		return Endpoint{}, fmt.Errorf("the %s endpoint is not a host or a URL", service)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return Endpoint{}, fmt.Errorf("the %s endpoint must be a host or a URL without user name, query and fragment", service)
	case u.Scheme != "http" && u.Scheme != "https":
		return Endpoint{}, fmt.Errorf("%s endpoint %q: the scheme must be https or http", service, text)
	case u.Hostname() == "":
		return Endpoint{}, fmt.Errorf("%s endpoint %q has no host", service, text)
	}
	if p := strings.TrimSuffix(u.Path, "/"); p != "" && !slices.Contains(paths, p) {
		return Endpoint{}, fmt.Errorf("%s endpoint %q: a path is not supported", service, text)
	}
	return Endpoint{u.Scheme, u.Host}, nil
}

// Loopback tells whether a host is this machine.
func Loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost") ||
		strings.HasSuffix(strings.ToLower(host), ".localhost")
}

// Unprotected tells whether an endpoint or URL sends what it is given in the
// clear over a network: its scheme is http, and its host not this machine. In the
// host {region} may stand for the region.
func Unprotected(endpoint string) bool {
	u, err := url.Parse(strings.ReplaceAll(endpoint, "{region}", "region"))
	return err == nil && u.Scheme == "http" && !Loopback(u.Hostname())
}
