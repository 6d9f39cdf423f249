package tfkit

import (
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Limits are the settings of every cloud that bound its calls; a cloud's
// settings embed it.
type Limits struct {
	BatchSize         types.Number `tfsdk:"batch_size"`
	RequestsPerSecond types.Number `tfsdk:"requests_per_second"`
}

// Batch is the most members in one call; 0 is the adapter's default.
func (l Limits) Batch() int { return int(Int(l.BatchSize)) }

// Rate is the most calls a second; 0 is no limit.
func (l Limits) Rate() float64 {
	if l.RequestsPerSecond.ValueBigFloat() == nil {
		return 0
	}
	r, _ := l.RequestsPerSecond.ValueBigFloat().Float64()
	return r
}

// LimitAttributes adds the schema of [Limits] to a cloud's attributes. most and
// usual are the vendor's largest and usual number of members in one call; why
// says what the usual one is.
func LimitAttributes(attributes map[string]schema.Attribute, most, usual int64, why string) map[string]schema.Attribute {
	maps.Copy(attributes, map[string]schema.Attribute{
		"batch_size": WholeNumber(1, most, fmt.Sprintf("Most members in one call, 1 to %d. Defaults to `%d`, %s.", most, usual, why)),
		"requests_per_second": schema.NumberAttribute{
			Optional: true,
			MarkdownDescription: "Most calls a second in each region; `0`, the default, is no limit. A cloud that throttles is " +
				"asked more slowly in any case.",
			Validators: []validator.Number{rate{}},
		},
	})
	return attributes
}

// Known tells whether none of the values is unknown.
func Known(values ...attr.Value) bool {
	for _, v := range values {
		if v.IsUnknown() {
			return false
		}
	}
	return true
}
