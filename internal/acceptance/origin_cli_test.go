package acceptance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// adoption is what one guide says to write for one state of another provider's.
type adoption struct {
	guide    string // its file
	block    string // what the block of the guide has that is meant
	provider string
	from     string
	states   map[string]string // by key of the instances
	// partial: a plan without a refresh may show changes.
	partial bool
	like    string // the block is written for another type, which is alike
}

func adoptions(t *testing.T) map[string]adoption {
	const ali, huawei = "moving-from-alicloud.md", "moving-from-huaweicloud.md"
	state := func(from, name string) string {
		return strings.Replace(originNamed(t, from, name).state, `"weight":0,"subnet_id"`, `"weight":10,"subnet_id"`, 1)
	}
	attachment := `{"id":"rsp-bp1example:%s:8080","server_group_id":"rsp-bp1example","server_id":"%s","port":8080,"type":"ecs","weight":%d,"description":""}`
	attachments := map[string]string{
		"a": fmt.Sprintf(attachment, "i-bp1a", "i-bp1a", 100), "b": fmt.Sprintf(attachment, "i-bp1b", "i-bp1b", 0),
	}
	one := func(s string) map[string]string { return map[string]string{"": s} }
	withoutTimeouts := strings.Replace(state("alicloud_slb_backend_server", "all members"), `"timeouts":{"create":null,"delete":"9m"}`, `"timeouts":null`, 1)
	otc := strings.Replace(state("opentelekomcloud_lb_member_v3", "opentelekomcloud"), `"weight":0`, `"weight":10`, 1)
	today := state("huaweicloud_elb_member", "today")
	all := map[string]adoption{
		"alicloud_slb_backend_server": {ali, "from = alicloud_slb_backend_server.", "aliyun/alicloud",
			"alicloud_slb_backend_server", one(withoutTimeouts), false, ""},
		"alicloud_slb_attachment": {ali, "from = alicloud_slb_attachment.", "aliyun/alicloud", "alicloud_slb_attachment",
			one(state("alicloud_slb_attachment", "attachment")), true, ""},
		"alicloud_slb_server_group_server_attachment": {ali, "moved {\n  from = alicloud_slb_server_group_server_attachment.", "aliyun/alicloud",
			"alicloud_slb_server_group_server_attachment", attachments, false, ""},
		"attachments into a set": {ali, "removed {\n  from = alicloud_slb_server_group_server_attachment.", "aliyun/alicloud",
			"alicloud_slb_server_group_server_attachment", attachments, true, ""},
		"huaweicloud_elb_member": {huawei, "moved {\n  from = huaweicloud_elb_member.", "huaweicloud/huaweicloud",
			"huaweicloud_elb_member", one(today), false, ""},
		"members into a set": {huawei, "removed {\n  from = huaweicloud_elb_member.", "huaweicloud/huaweicloud",
			"huaweicloud_elb_member", one(today), true, ""},
		"opentelekomcloud_lb_member_v3": {huawei, "from = opentelekomcloud_lb_member_v3.", "opentelekomcloud/opentelekomcloud",
			"opentelekomcloud_lb_member_v3", one(otc), false, ""},
	}
	for from, provider := range map[string]string{
		"sbercloud_elb_member": "sbercloud-terraform/sbercloud", "g42cloud_elb_member": "g42cloud-terraform/g42cloud",
		"flexibleengine_lb_member_v3": "FlexibleEngineCloud/flexibleengine",
	} {
		all[from] = adoption{huawei, "moved {\n  from = huaweicloud_elb_member.", provider, from, one(today), false, "huaweicloud_elb_member"}
	}
	return all
}

// snippet is the block of Terraform code in a guide that has a text.
func snippet(t *testing.T, guide, has string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "templates", "guides", guide))
	if err != nil {
		t.Fatal(err)
	}
	for i, part := range strings.Split(string(text), "```") {
		if code, is := strings.CutPrefix(part, "terraform\n"); i%2 == 1 && is && strings.Contains(code, has) {
			return code
		}
	}
	t.Fatalf("%s has no block with %q", guide, has)
	return ""
}

// What the guides say of a move from each provider is so, on a state as that
// provider has written it: the plan changes nothing, with and without a refresh,
// and neither does the apply, nor the plan after it; and nothing is called that
// writes.
func TestAccCLIMovesFromOtherProviders(t *testing.T) {
	t.Parallel()
	acctest.NeedsCLI(t)
	for name, a := range adoptions(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config, log := adoptionCloud(t, a)
			cli := acctest.NewCLI(t)
			cli.WriteOldState(acctest.OldState{Provider: a.provider, Type: a.from, Name: "web", Instances: a.states})
			block := snippet(t, a.guide, a.block)
			if a.like != "" {
				block = strings.ReplaceAll(block, a.like, a.from)
			}
			cli.Write("main.tf", acctest.Required+config+block)
			steps := [][]string{{"plan", "-refresh=false"}, {"apply", "-auto-approve"}, {"plan"}}
			if a.partial {
				steps = steps[1:]
			}
			for _, step := range steps {
				if changes := cli.Changes(step...); len(changes) != 0 {
					t.Errorf("%v: %v", step, changes)
				}
			}
			if n := settled(t, cli); n < 1 || n > len(a.states) {
				t.Errorf("%d instances in state", n)
			}
			if writes := log.All().Writes(); len(writes) != 0 {
				t.Errorf("writes:\n%s", writes)
			}
			t.Logf("calls: %d", len(log.All()))
		})
	}
}

// settled checks that state has nothing but resources of ours, and that each is one
// that has been read: it has a token of its own, and no word of where it came from.
// It returns how many instances there are.
func settled(t *testing.T, cli *acctest.CLI) (n int) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(cli.Dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Resources []struct {
			Type      string `json:"type"`
			Instances []struct {
				Private []byte `json:"private"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		t.Fatal(err)
	}
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			n++
			if private := string(i.Private); !strings.HasPrefix(r.Type, "cloudlb_") || !strings.Contains(private, `"token"`) || strings.Contains(private, `"arrival"`) {
				t.Errorf("%s in state, with %s", r.Type, private)
			}
		}
	}
	return n
}

// adoptionCloud starts the cloud that a guide speaks of, and returns a provider
// block for it.
func adoptionCloud(t *testing.T, a adoption) (config string, log *fakecloud.Log) {
	t.Helper()
	var block string
	if a.provider != "aliyun/alicloud" {
		seed := originELBSeed()
		*seed.Pools[0].Members[0].Weight = 10
		block, log = startELB(t, seed)
	} else {
		seed := originSLBSeed()
		seed.LoadBalancers[0].VServerGroups[0].Members = []slbfake.Member{
			{ServerID: "i-bp1a", Port: 8080, Weight: 100}, {ServerID: "i-bp1b", Port: 8080, Weight: 0},
		}
		block, log = startSLB(t, seed)
	}
	return providerOf(block), log
}

// providerOf is a provider block that has some clouds' blocks.
func providerOf(blocks ...string) string {
	return "\nprovider \"cloudlb\" {" + strings.Join(blocks, "") + "}\n"
}

// startELB starts a cloud, and returns the block that a provider has for it.
func startELB(t *testing.T, seed elbfake.Seed) (block string, log *fakecloud.Log) {
	t.Helper()
	c := elbfake.Start(t, seed)
	return fmt.Sprintf(`
  huaweicloud {
    region     = %q
    access_key = "ak"
    secret_key = "sk"
    endpoints {
      elb = %q
      iam = %q
    }
  }
`, seed.Region, c.URL, c.URL), &c.Server.Log
}

// startSLB is the same of the other cloud.
func startSLB(t *testing.T, seed slbfake.Seed) (block string, log *fakecloud.Log) {
	t.Helper()
	c := slbfake.Start(t, seed)
	return fmt.Sprintf(`
  alicloud {
    region     = %q
    access_key = "ak"
    secret_key = "sk"
    endpoints { slb = %q }
  }
`, seed.Region, c.URL), &c.Server.Log
}
