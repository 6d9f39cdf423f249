package slbfake

import (
	"maps"
	"slices"
	"strconv"
)

const (
	usualBalancersPage = 10
	mostBalancersPage  = 100
)

// describeBalancers lists the load balancers of the region, a page of them.
func describeBalancers(c *Cloud, q *request) (answer, *refusal) {
	number, size := 1, usualBalancersPage
	for _, p := range []struct {
		name string
		into *int
		most int
	}{{"PageNumber", &number, 1 << 30}, {"PageSize", &size, mostBalancersPage}} {
		text, given := q.params[p.name]
		if !given {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > p.most {
			return nil, invalid("The specified %s is invalid.", p.name)
		}
		*p.into = n
	}
	var ids []string
	if c.inRegion(q) {
		ids = slices.Sorted(maps.Keys(c.balancers))
	}
	from := min((number-1)*size, len(ids))
	rows := []any{}
	for _, id := range ids[from:min(from+size, len(ids))] {
		lb := c.balancers[id]
		rows = append(rows, map[string]any{
			"LoadBalancerId": lb.id, "LoadBalancerName": lb.name, "LoadBalancerStatus": lb.status, "RegionId": c.region,
			"Address": "192.0.2.1", "AddressType": "intranet", "AddressIPVersion": "ipv4", "NetworkType": "vpc",
			"CreateTime": lb.own.created.Format("2006-01-02T15:04:05Z"), "CreateTimeStamp": lb.own.created.UnixMilli(),
			"Tags": map[string]any{"Tag": []any{}},
		})
	}
	return answer{
		"PageNumber": number, "PageSize": size, "TotalCount": len(ids), "LoadBalancers": map[string]any{"LoadBalancer": rows},
	}, nil
}
