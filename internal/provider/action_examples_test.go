package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

var anAction = regexp.MustCompile(`(?m)^action "(\w+)" "(\w+)"`)

// Every action under examples/actions is invoked as it stands, and finds its server.
func TestAccActionExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/actions/*/action.tf")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			cli := acctest.NewCLI(t)
			cli.NeedsActions()
			example, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// Nobody's connections are to be waited for here.
			text := strings.ReplaceAll(string(example), `"60s"`, `"10ms"`)
			block, weight := servedTo(t, strings.Contains(text, "cloudlb_elb"))
			cli.Write("main.tf", acctest.Required+block+text)
			cli.Run("apply", "-auto-approve")
			for _, a := range anAction.FindAllStringSubmatch(text, -1) {
				before := weight()
				out := cli.Run("apply", "-auto-approve", "-invoke=action."+a[1]+"."+a[2])
				if after := weight(); after == before && !strings.HasSuffix(a[1], "_drain") || after != 0 && strings.HasSuffix(a[1], "_drain") {
					t.Errorf("the weight was %d and is %d:\n%s", before, after, out)
				}
			}
		})
	}
}

// servedTo is a provider block for the cloud of an example, with the example's server in
// its group, and the server's weight there.
func servedTo(t *testing.T, elb bool) (block string, weight func() int) {
	t.Helper()
	if elb {
		seed, seven := elbSeed(), 7
		seed.Subnets[0].CIDR = "192.168.0.0/16"
		seed.Pools[0].Members = []elbfake.Member{{Address: "192.168.10.21", Port: 8080, Subnet: subnetID, Weight: &seven}}
		c := elbfake.Start(t, seed)
		return elbProvider(c.URL)(secret, elbAt), func() int { return c.Holdings()[poolID]["192.168.10.21:8080"] }
	}
	const server, group = "i-bp1o94dp5i6ea1example", "rsp-bp1ttv2y7v4example"
	seed := slbSeed()
	seed.LoadBalancers[0] = slbfake.LoadBalancer{
		ID: "lb-bp1o94dp5i6ea5example", Members: []slbfake.Member{{ServerID: server, Weight: 7}},
		VServerGroups: []slbfake.VServerGroup{{ID: group, Members: []slbfake.Member{{ServerID: server, Port: 8080, Weight: 7}}}},
	}
	c := slbfake.Start(t, seed)
	return slbProvider(c.URL)(secret, slbAt), func() int {
		return c.Cloud.Members("lb-bp1o94dp5i6ea5example")[0].Weight + c.Cloud.Members(group)[0].Weight
	}
}
