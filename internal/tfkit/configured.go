package tfkit

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Configured is what the provider block and the environment say of one cloud,
// as far as every cloud has it; sessions embed it.
type Configured struct {
	ThisRun
	Walks
	// Cloud is the cloud's name in texts, "Alibaba Cloud".
	Cloud string
	// Whole tells whether all of the cloud's block is known.
	Whole bool
	// Region is that of resources which name none.
	Region Setting
	// NoProfile tells that the region might have been that of a profile, which
	// cannot be read: of that there is a problem already.
	NoProfile bool
	// Problems are what keeps the cloud from being used. They are told only
	// when one of its resources needs it: a configuration of another cloud
	// must not fail for what the environment has.
	Problems diag.Diagnostics
}

// Known tells whether the cloud's block holds no unknown value.
func (c *Configured) Known() bool { return c.Whole }

// Check says what is missing to use a region; "" is the provider's.
func (c *Configured) Check(region string) (string, diag.Diagnostics) {
	var diags diag.Diagnostics
	if region == "" {
		region = c.Region.Value
	}
	if region == "" && !c.NoProfile {
		diags.AddAttributeError(path.Root("region"), "No region for "+c.Cloud, fmt.Sprintf(
			"Set region on the resource, %s in the provider block, or %s in the environment.", c.Region.Name, list(c.Region.Env, "or")))
	}
	diags.Append(c.Problems...)
	return region, diags
}

// Setting is an argument's setting. One with which check finds something wrong
// is a problem, and has no value, so that the problem is told once. What is
// configured has been checked before; this is for the environment.
func (c *Configured) Setting(a Argument, configured types.String, check func(string) error) Setting {
	s := a.Of(configured)
	if s.Value != "" && check != nil {
		if err := check(s.Value); err != nil {
			c.Problem("Invalid setting", s.From+" "+err.Error())
			s.Value = ""
		}
	}
	return s
}

// SetRegion sets the region. One that is none stays, so that it is not said to
// be missing too.
func (c *Configured) SetRegion(a Argument, configured types.String) {
	c.Setting(a, configured, CheckName("a region"))
	c.Region = a.Of(configured)
}

// Problem adds one: what it is, "No credentials", and a sentence without its
// full stop.
func (c *Configured) Problem(what, detail string) {
	c.Problems.AddError(what+" for "+c.Cloud, detail+".")
}

// Incomplete adds what a login lacks, if anything.
func (c *Configured) Incomplete(lacks string) {
	if lacks != "" {
		c.Problems.AddError("Incomplete credentials for "+c.Cloud, lacks)
	}
}

// Unprotected warns of settings that are the addresses of servers to which things
// go in the clear. What is configured is told at its argument.
func (c *Configured) Unprotected(inTheClear func(address string) bool, addresses ...Setting) (diags diag.Diagnostics) {
	for _, a := range addresses {
		if !inTheClear(a.Value) {
			continue
		}
		const summary = "Endpoint without TLS"
		detail := fmt.Sprintf("The scheme of %s is http, and its host is not this machine: whoever is on the way can read and change "+
			"what is sent to %s, temporary keys and tokens among it. Use https.", a.From, c.Cloud)
		if a.From == a.Name {
			diags.AddAttributeWarning(a.path(), summary, detail)
		} else {
			diags.AddWarning(summary, detail)
		}
	}
	return diags
}

// path is where the argument is in the provider block.
func (a Argument) path() path.Path {
	steps := strings.Split(a.Name, ".")
	at := path.Root(steps[0])
	for _, step := range steps[1:] {
		at = at.AtName(step)
	}
	return at
}
