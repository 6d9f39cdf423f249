package acceptance_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
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
	into    int    // how many instances come of it, where it is not one of each
	stays   bool   // the old resource stays
}

func adoptions(t *testing.T) map[string]adoption {
	state := func(from, name string) string {
		return strings.Replace(originNamed(t, from, name).state, `"weight":0,"subnet_id"`, `"weight":10,"subnet_id"`, 1)
	}
	attachment := `{"id":"rsp-bp1example:%s:8080","server_group_id":"rsp-bp1example","server_id":"%s","port":8080,"type":"ecs","weight":%d,"description":""}`
	groupAttachment := `{"id":"sgp-bp1example_%s_10.0.0.1_Ecs_8080","server_group_id":"sgp-bp1example","server_id":"%s","server_ip":"10.0.0.1","server_type":"Ecs",
		"port":8080,"weight":%d,"description":"","zone_id":"cn-hangzhou-a","status":"Available"}`
	attachments := map[string]string{
		"a": fmt.Sprintf(attachment, "i-bp1a", "i-bp1a", 100), "b": fmt.Sprintf(attachment, "i-bp1b", "i-bp1b", 0),
	}
	one := func(s string) map[string]string { return map[string]string{"": s} }
	withoutTimeouts := strings.Replace(state("alicloud_slb_backend_server", "all members"), `"timeouts":{"create":null,"delete":"9m"}`, `"timeouts":null`, 1)
	otc := strings.Replace(state("opentelekomcloud_lb_member_v3", "opentelekomcloud"), `"weight":0`, `"weight":10`, 1)
	today := state("huaweicloud_elb_member", "today")
	group := `{"id":"rsp-bp1example","load_balancer_id":"lb-bp1example","name":"web","servers":[
		{"server_ids":["i-bp1a"],"port":8080,"weight":100,"type":"ecs"},{"server_ids":["i-bp1b"],"port":8080,"weight":0,"type":"ecs"}]}`
	all := map[string]adoption{
		"alicloud_slb_backend_server": {block: "from = alicloud_slb_backend_server.", from: "alicloud_slb_backend_server", states: one(withoutTimeouts)},
		"alicloud_slb_attachment": {block: "from = alicloud_slb_attachment.", from: "alicloud_slb_attachment",
			states: one(state("alicloud_slb_attachment", "attachment"))},
		"alicloud_slb_server_group_server_attachment": {block: "moved {\n  from = alicloud_slb_server_group_server_attachment.",
			from: "alicloud_slb_server_group_server_attachment", states: attachments},
		"alicloud_nlb_server_group_server_attachment": {block: "moved {\n  from = alicloud_nlb_server_group_server_attachment.",
			from: "alicloud_nlb_server_group_server_attachment", states: map[string]string{
				"a": fmt.Sprintf(groupAttachment, "i-bp1a", "i-bp1a", 100), "b": fmt.Sprintf(groupAttachment, "i-bp1b", "i-bp1b", 0)}},
		"attachments into a set": {block: "removed {\n  from = alicloud_slb_server_group_server_attachment.",
			from: "alicloud_slb_server_group_server_attachment", states: attachments, partial: true, into: 1},
		"a set into members": {block: "removed {\n  from = alicloud_slb_backend_server.", from: "alicloud_slb_backend_server",
			states: one(withoutTimeouts), partial: true, into: 3},
		"servers inside a group": {block: `resource "alicloud_slb_server_group"`, from: "alicloud_slb_server_group", states: one(group), partial: true, stays: true},
	}
	for name, a := range all {
		a.guide, a.provider = "moving-from-alicloud.md", "aliyun/alicloud"
		all[name] = a
	}
	all["servers inside a group of ALB"] = adoption{guide: "alb-and-nlb.md", block: "import {\n  to = cloudlb_alb_server_group_servers.", provider: "aliyun/alicloud",
		from: "alicloud_alb_server_group", states: one(albGroupState), partial: true, stays: true}
	const huawei = "moving-from-huaweicloud.md"
	all["members into a set"] = adoption{guide: huawei, block: "removed {\n  from = huaweicloud_elb_member.", provider: "huaweicloud/huaweicloud",
		from: "huaweicloud_elb_member", states: one(today), partial: true}
	all["opentelekomcloud_lb_member_v3"] = adoption{guide: "moving-from-opentelekomcloud.md", block: "from = opentelekomcloud_lb_member_v3.",
		provider: "opentelekomcloud/opentelekomcloud", from: "opentelekomcloud_lb_member_v3", states: one(otc)}
	for from, provider := range map[string]string{
		"huaweicloud_elb_member": "huaweicloud/huaweicloud", "sbercloud_elb_member": "sbercloud-terraform/sbercloud",
		"g42cloud_elb_member": "g42cloud-terraform/g42cloud", "flexibleengine_lb_member_v3": "FlexibleEngineCloud/flexibleengine",
	} {
		all[from] = adoption{guide: huawei, block: "moved {\n  from = huaweicloud_elb_member.", provider: provider, from: from, states: one(today),
			like: "huaweicloud_elb_member"}
	}
	return all
}

// albGroupState is a server group of ALB as the vendor's provider has read it: with
// every member, whoever put it in.
const albGroupState = `{"id":"sgp-bp1example","server_group_name":"web","vpc_id":"vpc-bp1example","protocol":"HTTP",
	"health_check_config":[{"health_check_enabled":true}],"servers":[
		{"server_id":"i-bp1a","server_type":"Ecs","server_ip":"10.0.0.1","port":8080,"weight":100,"description":""},
		{"server_id":"i-bp1b","server_type":"Ecs","server_ip":"10.0.0.2","port":8080,"weight":0,"description":""}]}`

// snippet is the block of Terraform code in a guide that has a text.
func snippet(t *testing.T, guide, has string) string {
	t.Helper()
	for _, code := range acctest.CodeBlocks(acctest.Guide(t, "../..", strings.TrimSuffix(guide, ".md")), "terraform") {
		if strings.Contains(code, has) {
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
			required := acctest.Required
			if a.stays {
				required = requiredBeside
			}
			cli.Write("main.tf", required+config+block)
			steps := [][]string{{"plan", "-refresh=false"}, {"apply", "-auto-approve"}, {"plan"}}
			if a.partial {
				steps = steps[1:]
			}
			for _, step := range steps {
				if changes := cli.Changes(step...); len(changes) != 0 {
					t.Errorf("%v: %v", step, changes)
				}
			}
			want := cmp.Or(a.into, len(a.states))
			if a.stays {
				want++
			}
			if n := settled(t, cli, a.stays); n != want {
				t.Errorf("%d instances in state, want %d", n, want)
			}
			if writes := log.All().Writes(); len(writes) != 0 {
				t.Errorf("writes:\n%s", writes)
			}
			t.Logf("calls: %d", len(log.All()))
		})
	}
}

// requiredBeside is acctest.Required, and the vendor's provider.
var requiredBeside = strings.Replace(acctest.Required, "{\n    cloudlb", "{\n    alicloud = { source = \"aliyun/alicloud\" }\n    cloudlb", 1)

// Beside a server group of ALB that the vendor's provider manages, which reads every
// member, each provider does its own: with what the guide says nothing is planned for
// the group, and without it the group is to be changed.
func TestAccCLIBesideAServerGroupOfALB(t *testing.T) {
	t.Parallel()
	acctest.NeedsCLI(t)
	seed := originSGSeed()
	seed.ServerGroups[0].Members = nil
	block, log := startSG(t, sgfake.ALB, seed)
	cli := acctest.NewCLI(t)
	old := func(typ, name string, instances map[string]string) acctest.OldState {
		return acctest.OldState{Provider: "aliyun/alicloud", Type: typ, Name: name, Instances: instances}
	}
	cli.WriteOldState(
		old("alicloud_alb_server_group", "web", map[string]string{"": albGroupState}), old("alicloud_vpc", "main", map[string]string{"": `{"id":"vpc-bp1example"}`}),
		old("alicloud_instance", "web", map[string]string{"a": `{"id":"i-bp1a"}`, "b": `{"id":"i-bp1b"}`}),
	)
	config := requiredBeside + providerOf(block) + snippet(t, "alb-and-nlb.md", `resource "cloudlb_alb_server_group_server" "web"`) + `
resource "alicloud_vpc" "main" {}
resource "alicloud_instance" "web" { for_each = toset(["a", "b"]) }
`
	const ignored = "  lifecycle {\n    ignore_changes = [servers]\n  }\n"
	if !strings.Contains(config, ignored) {
		t.Fatalf("the guide does not have\n%s", ignored)
	}
	cli.Write("main.tf", strings.Replace(config, ignored, "", 1))
	if changes := cli.Changes("plan"); changes["change"] != 1 {
		t.Errorf("without ignore_changes: %v", changes)
	}
	cli.Write("main.tf", config)
	cli.Run("apply", "-auto-approve")
	if changes := cli.Changes("plan"); len(changes) != 0 {
		t.Errorf("after the apply: %v", changes)
	}
	if writes := log.All().Writes(); len(writes) != 1 {
		t.Errorf("writes:\n%s", writes)
	}
}

// settled checks that state has nothing but resources of ours, unless those of others
// may stay, and that each of ours is one that has been read: it has a token of its
// own, and no word of where it came from. It returns how many instances there are.
func settled(t *testing.T, cli *acctest.CLI, othersStay bool) (n int) {
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
			private, ours := string(i.Private), strings.HasPrefix(r.Type, "cloudlb_")
			if !ours && !othersStay || ours && (!strings.Contains(private, `"token"`) || strings.Contains(private, `"arrival"`)) {
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
	group := []slbfake.Member{{ServerID: "i-bp1a", Port: 8080, Weight: 100}, {ServerID: "i-bp1b", Port: 8080, Weight: 0}}
	switch {
	case a.provider != "aliyun/alicloud":
		seed := originELBSeed()
		*seed.Pools[0].Members[0].Weight = 10
		block, log = startELB(t, seed)
	case strings.HasPrefix(a.from, "alicloud_slb_"):
		seed := originSLBSeed()
		seed.LoadBalancers[0].VServerGroups[0].Members = group
		block, log = startSLB(t, seed)
	default:
		seed, product := originSGSeed(), sgfake.NLB
		if strings.HasPrefix(a.from, "alicloud_alb_") {
			product = sgfake.ALB
		}
		seed.ServerGroups[0].Members = nil
		for _, m := range group {
			seed.ServerGroups[0].Members = append(seed.ServerGroups[0].Members, sgfake.Member{ServerID: m.ServerID, Port: m.Port, Weight: m.Weight})
		}
		block, log = startSG(t, product, seed)
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

// startSLB and startSG are the same of the other cloud.
func startSLB(t *testing.T, seed slbfake.Seed) (block string, log *fakecloud.Log) {
	t.Helper()
	c := slbfake.Start(t, seed)
	return alicloudBlock(seed.Region, c.URL), &c.Server.Log
}

func startSG(t *testing.T, product *sgfake.Product, seed sgfake.Seed) (block string, log *fakecloud.Log) {
	t.Helper()
	c := sgfake.Start(t, product, seed)
	return alicloudBlock(seed.Region, c.URL), &c.Server.Log
}

func alicloudBlock(region, url string) string {
	return fmt.Sprintf(`
  alicloud {
    region     = %q
    access_key = "ak"
    secret_key = "sk"
    endpoints {
      slb = %q
      alb = %q
      nlb = %q
    }
  }
`, region, url, url, url)
}
