package main

import (
	"fmt"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// weight is every server's.
const weight = 100

// configuration is what Terraform runs to have a set of servers behind the
// listener: one resource of many members.
func (c *cloud) configuration(color, scenario string) string {
	manners := ""
	if scenario == graceful {
		manners = "drain_duration   = \"5s\" # no request takes longer than 2 s\nwait_for_healthy = true\n"
	}
	return c.set(set(color), func(string) string { return fmt.Sprint(weight) }, manners)
}

// shared is the same with both sets, of which green gets a share of the traffic,
// in per cent.
func (c *cloud) shared(share int) string {
	return fmt.Sprintf("locals {\nweights = provider::cloudlb::traffic_split({\n"+
		"blue = { members = %[1]d, share = %[2]d }\ngreen = { members = %[1]d, share = %[3]d }\n})\n}\n", perSet, 100-share, share) +
		c.set(names(), func(name string) string { return "local.weights." + strings.Split(name, "-")[0] }, "")
}

// set is a configuration of one resource with the servers of the names, and with
// more arguments. weightOf is an expression.
func (c *cloud) set(names []string, weightOf func(name string) string, more string) string {
	var members strings.Builder
	for _, name := range names {
		fmt.Fprintf(&members, "%q = {\n%sweight = %s\n}\n", name, fakecloud.HCL(c.stage.Member(number(name))), weightOf(name))
	}
	return c.head() + fmt.Sprintf("resource %q \"web\" {\n%s = %q\n%s = {\n%s}\n%s}\n",
		c.stage.Set, c.stage.Group, c.group(), c.stage.Members, &members, more)
}

// single is the same with a resource for each server: Terraform adds the new
// ones and removes the old ones in no particular order.
func (c *cloud) single(color string) string {
	hosts := map[string]any{}
	for _, name := range set(color) {
		hosts[name] = c.host(name)
	}
	rest := c.stage.At("")
	delete(rest, c.stage.Host)
	rest[c.stage.Group], rest["weight"] = c.group(), weight
	return c.head() + fmt.Sprintf("resource %q \"web\" {\nfor_each = {\n%s}\n%s = each.value\n%slifecycle {\ncreate_before_destroy = true\n}\n}\n",
		c.stage.Single, hcl(hosts), c.stage.Host, fakecloud.HCL(rest))
}

// hcl is an object whose names need quotes.
func hcl(object map[string]any) string {
	quoted := map[string]any{}
	for name, v := range object {
		quoted[fmt.Sprintf("%q", name)] = v
	}
	return fakecloud.HCL(quoted)
}

func (c *cloud) head() string {
	return "terraform {\n  required_providers {\n    cloudlb = { source = \"cloudlb/cloudlb\" }\n  }\n}\n" +
		fakecloud.Provider(map[string]any{c.stage.Cloud: c.stage.Settings(c.url)})
}
