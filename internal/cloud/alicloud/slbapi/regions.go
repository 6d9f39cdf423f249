package slbapi

import (
	"fmt"
	"sync"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/apikit"
)

// endpointMap is the SDK's table of regions, which the SDK builds on first use
// without a lock.
var endpointMap = sync.OnceValue(slb.GetEndpointMap)

// resolve finds the endpoint: the one given, or the SDK's for the region (its
// table, else slb.REGION.aliyuncs.com).
func resolve(region, given string) (apikit.Endpoint, error) {
	if given != "" {
		return apikit.ParseEndpoint("SLB", given)
	}
	if host := endpointMap()[region]; host != "" {
		return apikit.Endpoint{Scheme: "https", Host: host}, nil
	}
	c := &sdk.Client{EndpointType: slb.GetEndpointType()}
	host, err := c.GetEndpointRules(region, "slb")
	if err != nil {
		return apikit.Endpoint{}, fmt.Errorf("find the SLB endpoint of region %s: %w", region, err)
	}
	return apikit.Endpoint{Scheme: "https", Host: host}, nil
}
