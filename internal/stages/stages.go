// Package stages is the list of simulated clouds, for tests and for the
// programs under internal/cmd.
package stages

import (
	"slices"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// Kinds are the kinds of groups of all clouds: a new cloud is a line here.
func Kinds() []fakecloud.Kind {
	return slices.Concat(
		slbfake.Kinds(),
		elbfake.Kinds(),
	)
}
