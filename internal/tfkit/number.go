package tfkit

import (
	"context"
	"fmt"
	"math/big"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Whole numbers have the type Number in the schemas, because of a fraction the
// framework says, where an Int64 is expected, that it is "always an error in
// the provider". [Whole] refuses one where it is written.

// Number is a whole number as models have it.
func Number(n int) types.Number { return types.NumberValue(new(big.Float).SetInt64(int64(n))) }

// Int is the value of a whole number; 0 where there is none.
func Int(n types.Number) int64 {
	if n.ValueBigFloat() == nil {
		return 0
	}
	i, _ := n.ValueBigFloat().Int64()
	return i
}

// WholeNumber is an optional argument of the provider block that is a whole
// number between two, both included.
func WholeNumber(least, most int64, about string) schema.Attribute {
	return schema.NumberAttribute{
		Optional: true, MarkdownDescription: about, Validators: []validator.Number{Whole(least, most)},
	}
}

// Number is an argument that is a whole number between two: as configured, else
// as the environment has it; 0 where neither has any. What the environment has
// wrong is a problem.
func (c *Configured) Number(a Argument, configured types.Number, least, most int64) int64 {
	if n := Int(configured); n != 0 {
		return n
	}
	text := c.Setting(a, types.StringNull(), func(s string) error {
		if n, err := strconv.ParseInt(s, 10, 64); err != nil || n < least || n > most {
			return fmt.Errorf("is %q: it %s", s, whole{least, most}.text())
		}
		return nil
	})
	n, _ := strconv.ParseInt(text.Value, 10, 64) // it has been checked
	return n
}

// Whole validates a whole number between two, both included.
func Whole(least, most int64) validator.Number { return whole{least, most} }

type whole struct{ least, most int64 }

func (v whole) text() string {
	return fmt.Sprintf("must be a whole number from %d to %d", v.least, v.most)
}

func (v whole) Description(context.Context) string { return v.text() }

func (v whole) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v whole) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	n := req.ConfigValue.ValueBigFloat()
	if n == nil {
		return // null or unknown
	}
	if i, accuracy := n.Int64(); accuracy != big.Exact || i < v.least || i > v.most {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+req.Path.String(), fmt.Sprintf(
			"%s is %s: it %s.", req.Path, n.Text('g', 12), v.text()))
	}
}
