package slbapi

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"
)

// endpoint is where calls go.
type endpoint struct {
	scheme string // "http" or "https"
	host   string // with the port, where one is given
}

// endpointMap is the SDK's table of regions. The SDK builds it on first use
// without a lock, so the first use is made here, once; [New] comes before any
// SDK client exists.
var endpointMap = sync.OnceValue(slb.GetEndpointMap)

// regionID is what a region may look like; the SDK puts it into a host name.
var regionID = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// resolve finds the endpoint: the one given, or the SDK's for the region (its
// table, else slb.REGION.aliyuncs.com). The SDK itself would ask the location
// service in some cases; a host that is set on the request keeps it from that.
func resolve(region, given string) (endpoint, error) {
	if !regionID.MatchString(region) {
		return endpoint{}, fmt.Errorf("region %q is not a region id such as cn-hangzhou", region)
	}
	if given != "" {
		return parseEndpoint("SLB", given)
	}
	if host := endpointMap()[region]; host != "" {
		return endpoint{"https", host}, nil
	}
	c := &sdk.Client{EndpointType: slb.GetEndpointType()}
	host, err := c.GetEndpointRules(region, "slb")
	if err != nil {
		return endpoint{}, fmt.Errorf("find the SLB endpoint of region %s: %w", region, err)
	}
	return endpoint{"https", host}, nil
}

// parseEndpoint reads HOST[:PORT] or SCHEME://HOST[:PORT]; service names it in
// errors.
func parseEndpoint(service, s string) (endpoint, error) {
	full := strings.TrimSpace(s)
	if !strings.Contains(full, "://") {
		full = "https://" + full
	}
	u, err := url.Parse(full)
	// What was given is not repeated where it may hold a password.
	switch {
	case err != nil:
		return endpoint{}, fmt.Errorf("the %s endpoint is not a host or a URL", service)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return endpoint{}, fmt.Errorf("the %s endpoint must be a host or a URL without user, query and fragment", service)
	case u.Scheme != "http" && u.Scheme != "https":
		return endpoint{}, fmt.Errorf("%s endpoint %q: the scheme must be https or http", service, s)
	case u.Hostname() == "":
		return endpoint{}, fmt.Errorf("%s endpoint %q has no host", service, s)
	case u.Path != "" && u.Path != "/":
		return endpoint{}, fmt.Errorf("%s endpoint %q: a path is not supported", service, s)
	}
	return endpoint{u.Scheme, u.Host}, nil
}
