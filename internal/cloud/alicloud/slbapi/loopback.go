package slbapi

import (
	"net/netip"
	"net/url"
	"strings"
)

// Unprotected tells whether an endpoint or URL sends what it is given in the
// clear over a network: its scheme is http, and its host not this machine.
func Unprotected(endpoint string) bool {
	u, err := url.Parse(strings.TrimSpace(endpoint))
	return err == nil && u.Scheme == "http" && !loopback(u.Hostname())
}

// loopback tells whether a host is this machine.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback() || strings.EqualFold(host, "localhost") ||
		strings.HasSuffix(strings.ToLower(host), ".localhost")
}
