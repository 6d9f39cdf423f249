package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
)

// Every example under examples/resources, data-sources, functions and
// list-resources is applied as it stands.
func TestAccExamples(t *testing.T) {
	t.Parallel()
	for _, file := range examples(t,
		"resources/*/resource.tf", "data-sources/*/data-source.tf", "functions/*/function.tf", "list-resources/*/list-resource.tfquery.hcl",
	) {
		t.Run(strings.TrimPrefix(filepath.ToSlash(filepath.Dir(file)), "../../examples/"), func(t *testing.T) {
			t.Parallel()
			// Nobody's connections are to be waited for here.
			text := strings.ReplaceAll(read(t, file), `drain_duration   = "30s"`, `drain_duration = "10ms"`)
			block, _ := servedTo(t, text)
			step := resource.TestStep{Config: block + text} // and the plan after it is empty
			if strings.HasSuffix(file, ".tfquery.hcl") {
				acctest.NeedsQuery(t)
				step.Query = true
				for _, l := range aList.FindAllStringSubmatch(text, -1) {
					want := 1
					if l[2] == "failing" {
						want = 0 // every member is well
					}
					step.QueryResultChecks = append(step.QueryResultChecks, querycheck.ExpectLength(l[1]+"."+l[2], want))
				}
			}
			resource.Test(t, resource.TestCase{ProtoV6ProviderFactories: acctest.Factories(), Steps: []resource.TestStep{step}})
		})
	}
}

// Every action under examples/actions is invoked as it stands, and finds its server.
func TestAccActionExamples(t *testing.T) {
	t.Parallel()
	for _, file := range examples(t, "actions/*/action.tf") {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Parallel()
			cli := acctest.NewCLI(t)
			cli.NeedsActions()
			// Nobody's connections are to be waited for here.
			text := strings.ReplaceAll(read(t, file), `"60s"`, `"10ms"`)
			block, weight := servedTo(t, text)
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

// Every import under examples/resources takes over the member or the group that the
// example beside it has put in, and makes no call that changes anything.
func TestAccImportExamples(t *testing.T) {
	t.Parallel()
	for _, file := range examples(t, "resources/*/import-by-*.tf") {
		t.Run(strings.TrimPrefix(filepath.ToSlash(file), "../../examples/resources/cloudlb_"), func(t *testing.T) {
			t.Parallel()
			cli := acctest.NewCLI(t)
			if strings.HasSuffix(file, "identity.tf") {
				cli.Needs(12, "imports by identity")
			}
			// Nobody's connections are to be waited for here.
			text := strings.ReplaceAll(read(t, filepath.Join(filepath.Dir(file), "resource.tf")), `drain_duration   = "30s"`, `drain_duration = "10ms"`)
			block, weight := servedTo(t, text)
			cli.Write("main.tf", acctest.Required+block+text)
			cli.Run("apply", "-auto-approve")
			held, imports := weight(), read(t, file)
			address := importsTo.FindStringSubmatch(imports)[1]
			if id := memberID.FindString(cli.Run("state", "show", address)); id != "" { // ELB's own
				imports = memberID.ReplaceAllString(imports, id)
			}
			cli.Run("state", "rm", address)
			cli.Write("import.tf", imports)
			out := cli.Run("apply", "-auto-approve")
			if !strings.Contains(out, "1 imported, 0 added") || !strings.Contains(out, "0 destroyed") || weight() != held {
				t.Errorf("weights of %d became %d:\n%s", held, weight(), out)
			}
		})
	}
}

var (
	importsTo = regexp.MustCompile(`(?m)^ +to += (\S+)$`)
	memberID  = regexp.MustCompile(`(?m)member_id += ".*"$`)

	aList    = regexp.MustCompile(`(?m)^list "(\w+)" "(\w+)"`)
	anAction = regexp.MustCompile(`(?m)^action "(\w+)" "(\w+)"`)
)

// examples are files under examples; each pattern has some.
func examples(t *testing.T, patterns ...string) (files []string) {
	t.Helper()
	for _, pattern := range patterns {
		found, err := filepath.Glob("../../examples/" + pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no examples in %s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What the examples speak of, which has the server of the examples of actions.
const (
	exampleServer       = "i-bp1o94dp5i6ea1example"
	exampleLoadBalancer = "lb-bp1o94dp5i6ea5example"
	exampleVServerGroup = "rsp-bp1ttv2y7v4example"
	exampleServerGroup  = "sgp-8g1pdyspr5example"
)

// servedTo is a provider block for the cloud that an example is of, and the weight
// of the example's server there, the sum of all groups.
func servedTo(t *testing.T, example string) (block string, weight func() int) {
	t.Helper()
	var held func() map[string]map[string]int
	switch {
	case strings.Contains(example, "cloudlb_elb"):
		seed, seven := elbSeed(), 7
		seed.Subnets[0].CIDR = "192.168.0.0/16"
		member := elbfake.Member{Address: "192.168.10.21", Port: 8080, Subnet: subnetID, Weight: &seven}
		if strings.Contains(example, "\nresource \"cloudlb_elb") {
			member.Address = "192.168.0.9" // the resource adds the other
		}
		seed.Pools[0].Members = []elbfake.Member{member}
		c := elbfake.Start(t, seed)
		block, held = elbProvider(c.URL)(secret, elbAt), c.Holdings
	case strings.Contains(example, "cloudlb_alb"), strings.Contains(example, "cloudlb_nlb"):
		block, held = serverGroupsServedTo(t, strings.Contains(example, "cloudlb_alb"))
	default:
		seed := slbSeed()
		seed.LoadBalancers[0] = slbfake.LoadBalancer{
			ID: exampleLoadBalancer, Members: []slbfake.Member{{ServerID: exampleServer, Weight: 7}},
			VServerGroups: []slbfake.VServerGroup{{ID: exampleVServerGroup, Name: "web", Members: []slbfake.Member{{ServerID: exampleServer, Port: 8080, Weight: 7}}}},
		}
		c := slbfake.Start(t, seed)
		block, held = slbProvider(c.URL)(secret, slbAt), c.Cloud.Holdings
	}
	return block, func() (sum int) {
		for _, members := range held() {
			for _, w := range members {
				sum += w
			}
		}
		return sum
	}
}

// serverGroupsServedTo is the cloud of the examples of ALB or NLB.
func serverGroupsServedTo(t *testing.T, alb bool) (block string, held func() map[string]map[string]int) {
	t.Helper()
	product, name := sgfake.NLB, "nlb"
	if alb {
		product, name = sgfake.ALB, "alb"
	}
	seed := sgfake.Seed{
		Region: slbAt, Account: acsfake.Account{Keys: []acsfake.Key{{ID: "ak", Secret: secret}}}, Rules: sgfake.Rules{AnyServer: true},
		ServerGroups: []sgfake.ServerGroup{
			{ID: exampleServerGroup, Name: "web-1", Check: &sgfake.Check{Interval: 2}, Members: []sgfake.Member{{ServerID: exampleServer, Port: 8080, Weight: 7}}},
			{ID: "sgp-8g1pdyspr6example", Name: "addresses", Type: "Ip", CIDR: "192.168.0.0/16"},
			{ID: "sgp-8g1pdyspr7example", Name: "any-port", AnyPort: !alb},
		},
		Listeners: []sgfake.Listener{{ID: "lsn-1", LoadBalancer: name + "-o9ulmf5hqn7example", Port: 80, Protocol: "TCP", ServerGroup: exampleServerGroup}},
	}
	c := sgfake.Start(t, product, seed)
	return strings.Replace(slbProvider(c.URL)(secret, slbAt), "slb =", name+" =", 1), c.Cloud.Holdings
}
