package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// nameOf is what the bench calls a kind of group, such as elb_member.
func nameOf(k fakecloud.Kind) string { return strings.TrimPrefix(k.Single, "cloudlb_") }

// oneOfEach is the first kind of each cloud.
func oneOfEach() []fakecloud.Kind {
	var first []fakecloud.Kind
	for _, k := range stages.Kinds() {
		if !slices.ContainsFunc(first, func(f fakecloud.Kind) bool { return f.Cloud == k.Cloud }) {
			first = append(first, k)
		}
	}
	return first
}

// largest is the kind whose calls take the most members.
func largest() fakecloud.Kind {
	return slices.MaxFunc(stages.Kinds(), func(a, b fakecloud.Kind) int { return a.Batch - b.Batch })
}

const (
	terraformBlock = "terraform {\n  required_providers {\n    cloudlb = { source = \"cloudlb/cloudlb\" }\n  }\n}\n"
	variables      = "variable \"weight\" {\n  type = number\n}\n"
	oddVariable    = "variable \"odd\" {\n  type    = number\n  default = -1\n}\n"
)

// hosts are those of the first members of the stage.
func (c *cloud) hosts(count int) []string {
	all := make([]string, count)
	for n := range all {
		all[n] = c.stage.HostOf(n + 1)
	}
	return all
}

// locals has the hosts of a configuration's members.
func locals(hosts []string) string {
	list, _ := json.Marshal(hosts) // strings have no error
	return fmt.Sprintf("locals {\n  hosts = %s\n}\n", list)
}

// member is the arguments of a member; host and weight are expressions.
func (c *cloud) member(host, weight string) string {
	rest := c.stage.At("")
	delete(rest, c.stage.Host)
	return fmt.Sprintf("%s = %s\nweight = %s\n%s", c.stage.Host, host, weight, fakecloud.HCL(rest))
}

// group is the argument that names the first group.
func (c *cloud) group() string { return fmt.Sprintf("%s = %q\n", c.stage.Group, c.stage.Groups[0]) }

// config is a resource of one member for each host, all of one group.
func (c *cloud) config(hosts []string) string {
	return terraformBlock + variables + locals(hosts) + fmt.Sprintf("resource %q \"m\" {\ncount = length(local.hosts)\n%s%s}\n",
		c.stage.Single, c.group(), c.member("local.hosts[count.index]", "var.weight"))
}

// items are the members of a set. The one with the number odd has weight 1.
func (c *cloud) items() string {
	return fmt.Sprintf("{ for i, host in local.hosts : \"m${i}\" => {\n%s} }", c.member("host", "i == var.odd ? 1 : var.weight"))
}

// setConfig is one resource of count members.
func (c *cloud) setConfig(count int) string {
	return terraformBlock + variables + oddVariable + locals(c.hosts(count)) +
		fmt.Sprintf("resource %q \"m\" {\n%s%s = %s\n}\n", c.stage.Set, c.group(), c.stage.Members, c.items())
}

// idleSet is terraform_data with the same payload: what Terraform itself takes.
func (c *cloud) idleSet(count int) string {
	return variables + oddVariable + locals(c.hosts(count)) +
		fmt.Sprintf("resource \"terraform_data\" \"m\" {\ninput = %s\n}\n", c.items())
}

// idle is count resources that no provider does anything for.
func idle(count int) string {
	return variables + fmt.Sprintf("resource \"terraform_data\" \"m\" {\n  count = %d\n  input = var.weight\n}\n", count)
}
