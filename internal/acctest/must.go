package acctest

// What a test cannot go on without: each of these ends it with the error.

// MustApply is [Core.Apply].
func (c *Core) MustApply(o *Object, config map[string]any) {
	c.t.Helper()
	c.must(c.Apply(c.t.Context(), o, config))
}

// MustRefresh is [Core.Refresh].
func (c *Core) MustRefresh(o *Object) {
	c.t.Helper()
	c.must(c.Refresh(c.t.Context(), o))
}

// MustPlan is [Core.Plan].
func (c *Core) MustPlan(o *Object, config map[string]any) Plan {
	c.t.Helper()
	p, err := c.Plan(c.t.Context(), o, config)
	c.must(err)
	return p
}

// Settled checks that nothing is planned for an instance in this run. It does not
// end the test.
func (c *Core) Settled(o *Object, config map[string]any) {
	c.t.Helper()
	if p, err := c.Plan(c.t.Context(), o, config); err != nil || !p.Empty {
		c.t.Errorf("the plan of %s is to be empty: empty %v, error %v", o.Type, p.Empty, err)
	}
}

// MustFollow is [Core.Follow].
func (c *Core) MustFollow(o *Object, before Plan, config map[string]any) {
	c.t.Helper()
	c.must(c.Follow(c.t.Context(), o, before, config))
}

// MustImport is [Core.Import].
func (c *Core) MustImport(resourceType, id string, identity map[string]any) *Object {
	c.t.Helper()
	o, err := c.Import(c.t.Context(), resourceType, id, identity)
	c.must(err)
	return o
}

// MustDestroy is [Core.PlanDestroy] in this run, and [Core.Destroy] in the next.
func (c *Core) MustDestroy(o *Object) {
	c.t.Helper()
	p, err := c.PlanDestroy(c.t.Context(), o)
	c.must(err)
	c.Run()
	c.must(c.Destroy(c.t.Context(), o, p))
}

// MustDestroyReplaced plans the replacement of an instance in this run and
// carries out its first half, the destruction, in the next.
func (c *Core) MustDestroyReplaced(o *Object, config map[string]any) Plan {
	c.t.Helper()
	p, err := c.PlanReplacement(c.t.Context(), o, config)
	c.must(err)
	c.Run()
	c.must(c.DestroyReplaced(c.t.Context(), o, p))
	return p
}

func (c *Core) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}
