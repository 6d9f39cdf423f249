// Package stages is the list of simulated clouds, for tests and for the
// programs under internal/cmd.
package stages

import (
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Products are the load balancers of all clouds: a new one is a line here.
func Products() []fakecloud.Product {
	return slices.Concat(
		[]fakecloud.Product{slbfake.Product()},
		sgfake.Products(),
		[]fakecloud.Product{elbfake.Product()},
	)
}

// Kinds are the kinds of groups of all products.
func Kinds() []fakecloud.Kind {
	var all []fakecloud.Kind
	for _, p := range Products() {
		all = append(all, p.Kinds...)
	}
	return all
}
