package tfkit

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Endpoint is how an endpoint may be written.
type Endpoint struct {
	// Example is a host of it.
	Example string
	// Paths may follow the host, such as "/v3".
	Paths []string
	// Region tells whether {region} in the host stands for the region.
	Region bool
}

// Check says what is wrong with an endpoint, after its name. Nothing of one
// that may hold a password is repeated.
func (e Endpoint) Check(text string) error {
	fault := func(format string, args ...any) error {
		return fmt.Errorf("must be a host or a URL, such as %[1]s, %[1]s:8443 or https://%[1]s, but %[2]s", e.Example, fmt.Sprintf(format, args...))
	}
	if err := plainURL(text); err != nil {
		return fault("%s", err)
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		scheme, rest = "https", text
	}
	host, path, _ := strings.Cut(rest, "/")
	path = strings.TrimSuffix("/"+path, "/")
	lower := strings.ToLower(scheme)
	switch {
	case lower != "https" && lower != "http":
		return fault("its scheme is %s, not https or http", scheme)
	case !ok && (strings.EqualFold(host, "http:") || strings.EqualFold(host, "https:")):
		return fault("its scheme is not followed by ://")
	case path != "" && len(e.Paths) == 0:
		return fault("it has a path, %s", path)
	case path != "" && !slices.Contains(e.Paths, path):
		return fault("its path is %s, where only %s may stand", path, list(e.Paths, "or"))
	}
	if e.Region {
		host = strings.ReplaceAll(host, "{region}", "region")
	}
	if err := checkHost(host); err != nil {
		return fault("%s", err)
	}
	return nil
}

// plainURL refuses what no endpoint has.
func plainURL(text string) error {
	switch {
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return errors.New("there is a space in it")
	case strings.Contains(text, "@"):
		return errors.New("it has a user name or an @ in it")
	case strings.Contains(text, "?"):
		return errors.New("it has a query, or a ? in it")
	case strings.Contains(text, "#"):
		return errors.New("it has a fragment, or a # in it")
	}
	return nil
}

// hostName is a host's name or IPv4 address.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)

// checkHost says what is wrong with a host and its port.
func checkHost(text string) error {
	host, port, hasPort := strings.Cut(text, ":")
	switch ip, after, ok := strings.Cut(text, "]"); {
	case ok && strings.HasPrefix(text, "["):
		port, hasPort = strings.CutPrefix(after, ":")
		addr, err := netip.ParseAddr(ip[1:])
		if err != nil || !addr.Is6() || after != "" && !hasPort {
			return fmt.Errorf("its host is %q, which is no IPv6 address in brackets such as [2001:db8::1]", text)
		}
	case strings.Count(text, ":") > 1:
		return fmt.Errorf("its host is %q: an IPv6 address stands in brackets, as in [2001:db8::1]:8443, and there is one port at most", text)
	case host == "":
		return errors.New("it has no host")
	case len(host) > 253 || !hostName.MatchString(host):
		return fmt.Errorf("its host is %q: host names are made of letters, digits, hyphens and dots", host)
	}
	if n, err := strconv.ParseUint(port, 10, 16); hasPort && (err != nil || n == 0) {
		return fmt.Errorf("its port is %q, not a number from 1 to 65535", port)
	}
	return nil
}

// CheckURL is the check of a whole URL, which may hold secrets.
func CheckURL(text string) error {
	const must = "must be a URL such as http://127.0.0.1:7002/credentials"
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return errors.New(must + ", but there is a space in it")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New(must)
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New(must + ", but it does not begin with https:// or http://")
	}
	if err := checkHost(u.Host); err != nil {
		return fmt.Errorf("%s, but %w", must, err)
	}
	return nil
}

// CheckDomain is the check of a domain that host names end in.
func CheckDomain(text string) error {
	if len(text) > 253 || !hostName.MatchString(text) || strings.HasSuffix(text, ".") {
		return fmt.Errorf("is %q: it must be the domain that host names end in, such as myhuaweicloud.com, without a scheme or a port", text)
	}
	return nil
}
