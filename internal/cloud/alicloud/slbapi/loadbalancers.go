package slbapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/aliyun/alibaba-cloud-sdk-go/sdk/requests"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/slb"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acs"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// balancersPage is the most load balancers in one page (DescribeLoadBalancers:
// PageSize, 1 to 100).
const balancersPage = 100

// LoadBalancers are the ids of the region's load balancers, one call for each 100 of
// them: SLB API DescribeLoadBalancers,
// https://www.alibabacloud.com/help/en/slb/classic-load-balancer/developer-reference/api-slb-2014-05-15-describeloadbalancers.
// Of more than most it reads no further than the first page: class Refused. Where their
// number changes between two pages one may be missing, which is class Transient.
//
// The page says of its filter by server only that the server is "added to the load
// balancer", and not whether those in vserver groups count, so all are listed.
func (c *Client) LoadBalancers(ctx context.Context, most int) ([]string, error) {
	var ids []string
	for page, total := 1, -1; ; page++ {
		some, now, err := c.balancersPage(ctx, page)
		switch {
		case err != nil:
			return nil, err
		case now > most:
			return nil, refused("DescribeLoadBalancers", fmt.Errorf("the region has %d load balancers, and no more than %d are looked through", now, most))
		case total >= 0 && now != total, len(some) == 0 && len(ids) < now:
			return nil, &membership.Error{Class: membership.Transient, Action: "DescribeLoadBalancers",
				Message: "the load balancers changed while they were listed"}
		}
		ids, total = append(ids, some...), now
		if len(ids) >= total {
			return ids, nil
		}
	}
}

// balancersPage is one page, counted from 1, and how many load balancers there are in
// all.
func (c *Client) balancersPage(ctx context.Context, page int) (ids []string, total int, err error) {
	r := slb.CreateDescribeLoadBalancersRequest()
	r.PageNumber, r.PageSize = requests.NewInteger(page), requests.NewInteger(balancersPage)
	err = c.rpc.Do(ctx, acs.Call{Request: r, Accept: func(o acs.Object) error {
		if _, ok := o.Get("LoadBalancers"); !ok {
			return errors.New("it lacks the LoadBalancers")
		}
		items, err := o.List("LoadBalancers", "LoadBalancer")
		if err != nil {
			return err
		}
		if total, err = o.Number("TotalCount", -1); err != nil || total < 0 {
			return errors.New("its TotalCount is no number")
		}
		ids = make([]string, len(items))
		for i, item := range items {
			if ids[i] = item.Text("LoadBalancerId"); ids[i] == "" {
				return errors.New("a load balancer has no LoadBalancerId")
			}
		}
		return nil
	}})
	return ids, total, err
}
