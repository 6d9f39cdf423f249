package acctest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// PlanReplacement plans that an instance is replaced, because the configuration,
// its taint or the user says so, and returns the plan of the new one.
func (c *Core) PlanReplacement(ctx context.Context, o *Object, config map[string]any) (Plan, error) {
	first, err := c.Plan(ctx, o, config)
	if err != nil || first.Replace || o.Tainted {
		first.Replace, first.Empty = true, false
		return first, err
	}
	again := c.New(o.Type)
	again.private = first.private
	p, err := c.plan(ctx, again, config)
	p.Replace = true
	return p, err
}

// DestroyReplaced carries out the destroying half of a replacement that another
// run has planned. Terraform makes no plan of its own for it: the provider gets
// what it has kept with the plan of the new instance. For a tainted object that
// is a plan from nothing.
func (c *Core) DestroyReplaced(ctx context.Context, o *Object, p Plan) error {
	tainted := o.Tainted
	err := c.change(ctx, o, c.destruction(o, p.private))
	o.Tainted = tainted && !o.State.IsNull()
	return err
}

func (c *Core) destruction(o *Object, private []byte) Plan {
	null := tftypes.NewValue(c.typeOf(o.Type), nil)
	return Plan{planned: null, config: null, private: private, identity: o.Identity}
}

// Unknown tells whether an attribute, given by the names on the way to it, is
// planned as known only after the apply.
func (p Plan) Unknown(names ...string) bool {
	v := p.planned
	for _, name := range names {
		v = fields(v)[name]
	}
	return !v.IsKnown()
}
