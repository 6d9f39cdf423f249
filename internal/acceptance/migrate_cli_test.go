package acceptance_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

var migrate = acctest.NewProgram("internal/cmd/migrate")

// migration is a configuration that migrate writes for a state.
type migration struct {
	states  []acctest.OldState
	modules []string // beside the root: names of modules called by it, each in a folder of its name
	to      string
	// person is what a person does to it: texts and what stands there afterwards.
	person []string
	cloud  string // the provider block
	logs   []*fakecloud.Log
	left   int // resource instances in state at the end
}

// run migrates, start to end: the plan changes nothing, nor does the apply, nor the
// plan after it, and nothing is called that writes. It returns what was printed.
func (m migration) run(t *testing.T) string {
	t.Helper()
	cli := acctest.NewCLI(t)
	cli.MirrorOldState(m.states...)
	root := acctest.Required + m.cloud
	for _, name := range m.modules {
		root += fmt.Sprintf("\nmodule %q {\n  source = \"./%s\"\n}\n", name, name)
		cli.Write(path.Join(name, "main.tf"), acctest.Required)
	}
	cli.Write("main.tf", root)
	cli.Run("init")
	printed := migrate.Run(t, cli.Run("show", "-json"), "--to", m.to)
	for module, config := range byModule(printed) {
		folder := strings.TrimPrefix(module, "module.")
		for i := 0; i < len(m.person); i += 2 {
			config = strings.ReplaceAll(config, m.person[i], m.person[i+1])
		}
		cli.Write(path.Join(folder, "cloudlb.tf"), config)
	}
	if len(m.person) == 0 {
		cli.Run("fmt", "-check", "-recursive", "-diff")
	}
	for _, step := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"plan"}} {
		if changes := cli.Changes(step...); len(changes) != 0 {
			t.Fatalf("%v: %v\n%s\n%s", step, changes, printed, cli.Run("plan"))
		}
	}
	if n := settled(t, cli, false); n != m.left {
		t.Errorf("%d instances in state, want %d", n, m.left)
	}
	for _, log := range m.logs {
		if writes := log.All().Writes(); len(writes) != 0 {
			t.Errorf("writes:\n%s", writes)
		}
		t.Logf("calls: %d", len(log.All()))
	}
	return printed
}

// byModule takes apart what migrate prints, by its headings.
func byModule(printed string) map[string]string {
	parts := map[string]string{}
	for i, part := range strings.Split(printed, "# ===== ") {
		module, config, _ := strings.Cut(part, "\n")
		if module == "root module" {
			module = ""
		}
		if i > 0 {
			parts[module] = config
		}
	}
	return parts
}

// What migrate prints for each state of another provider's changes nothing.
func TestAccCLIMigrateEachState(t *testing.T) {
	t.Parallel()
	acctest.NeedsCLI(t)
	addresses := map[string]string{
		"alicloud": "aliyun/alicloud", "huaweicloud": "huaweicloud/huaweicloud", "opentelekomcloud": "opentelekomcloud/opentelekomcloud",
		"sbercloud": "sbercloud-terraform/sbercloud", "g42cloud": "g42cloud-terraform/g42cloud", "flexibleengine": "FlexibleEngineCloud/flexibleengine",
	}
	// What the state does not say, a person writes.
	address := []string{
		`"eni-bp1c"`, `"eni-bp1c:10.0.0.7"`, `server_id = "eni-bp1c:10.0.0.7"`, `server_id = "eni-bp1c"`, `server_ip = ""`, `server_ip = "10.0.0.7"`,
		`server_ip        = ""`, `server_ip        = "10.0.0.7"`,
	}
	person := map[string][]string{
		"before 1.93.0, without addresses": address, "eni": address[4:],
		"eni without an address": {
			`"eni-bp1c:8080"`, `"eni-bp1c:10.0.0.7:8080"`, `server_ip = ""`, `server_ip = "10.0.0.7"`, `server_ip       = ""`, `server_ip       = "10.0.0.7"`,
			`server_ip   = ""`, `server_ip   = "10.0.0.7"`,
		},
		"attachment": append(slices.Clone(address), `{ server_id = "i-bp1b", weight = 100 }`, `{ server_id = "i-bp1b", weight = 0 }`,
			`type = "eni", weight = 100`, `type = "eni", weight = 30`,
			`weight           = 100`, `weight           = lookup({ "i-bp1b" = 0, "eni-bp1c:10.0.0.7" = 30 }, each.key, 100)`),
	}
	for _, o := range origins() {
		if o.name == "before 1.6.0" {
			continue // its attributes are no longer in the schema, and show refuses them
		}
		state := strings.Replace(o.state, `,"unknown_to_us":[1]`, "", 1)
		segment, _, _ := strings.Cut(o.from, "_")
		modes := map[string]int{"same": 1}
		if strings.HasSuffix(o.target, "s") {
			modes["singles"] = 3
		} else if !strings.HasPrefix(o.target, "cloudlb_slb") {
			modes["sets"] = 1
		}
		for to, left := range modes {
			t.Run(o.from+"/"+o.name+"/"+to, func(t *testing.T) {
				t.Parallel()
				m := migration{
					states: []acctest.OldState{{Provider: addresses[segment], Type: o.from, Name: "web", Instances: map[string]string{"": state}}},
					to:     to, person: person[o.name], left: left,
				}
				var block string
				var log *fakecloud.Log
				switch {
				case strings.HasPrefix(o.target, "cloudlb_elb"):
					block, log = startELB(t, originELBSeed())
				case strings.HasPrefix(o.target, "cloudlb_nlb"):
					block, log = startSG(t, sgfake.NLB, originSGSeed())
				default:
					block, log = startSLB(t, originSLBSeed())
				}
				m.cloud, m.logs = providerOf(block), []*fakecloud.Log{log}
				m.run(t)
			})
		}
	}
}

// Forty members of mixed types, of both clouds, with count and for_each, weight 0, an
// interface and a child module, go over in each of the ways.
func TestAccCLIMigrateFortyMembers(t *testing.T) {
	t.Parallel()
	acctest.NeedsCLI(t)
	for to, left := range map[string]int{"same": 28, "sets": 7, "singles": 40} {
		t.Run(to, func(t *testing.T) {
			t.Parallel()
			m := forty(t)
			m.to, m.left = to, left
			printed := m.run(t)
			for _, says := range []string{"40 members", "does not say all of eni-bp1x", "could not send a weight of 0"} {
				if !strings.Contains(printed, says) {
					t.Errorf("it does not say %q:\n%s", says, printed)
				}
			}
		})
	}
}

// forty is a state of forty members, and the clouds that have them.
func forty(t *testing.T) migration {
	slb, elb := originSLBSeed(), originELBSeed()
	var m migration
	m.modules = []string{"blue"}
	m.person = []string{`server_ip = ""`, `server_ip = "10.0.0.7"`, `server_ip        = ""`, `server_ip        = "10.0.0.7"`, `"eni-bp1x:80"`, `"eni-bp1x:10.0.0.7:80"`}

	// Nine members of two vserver groups.
	lb := &slb.LoadBalancers[0]
	lb.VServerGroups, lb.Members = []slbfake.VServerGroup{{ID: "rsp-1", Name: "a"}, {ID: "rsp-2", Name: "b"}}, nil
	attachments := func(group, from, to int) (all []string) {
		for i := from; i < to; i++ {
			member := slbfake.Member{ServerID: fmt.Sprintf("i-bp%d", i), Port: 80, Weight: i * 20}
			lb.VServerGroups[group].Members = append(lb.VServerGroups[group].Members, member)
			all = append(all, fmt.Sprintf(`{"id":"rsp-%d:%s:80","server_group_id":"rsp-%d","server_id":%q,"port":80,"type":"ecs","weight":%d,"description":""}`,
				group+1, member.ServerID, group+1, member.ServerID, member.Weight))
		}
		return all
	}
	const attachment = "alicloud_slb_server_group_server_attachment"
	keyed := map[string]string{}
	for i, state := range attachments(0, 0, 5) {
		keyed[fmt.Sprintf("web-%d", i)] = state
	}
	lb.VServerGroups[1].Members = []slbfake.Member{{ServerID: "eni-bp1x", Type: "eni", ServerIP: "10.0.0.7", Port: 80, Weight: 100}}
	m.states = append(m.states,
		acctest.OldState{Provider: "aliyun/alicloud", Type: attachment, Name: "web", Instances: keyed},
		acctest.OldState{Provider: "aliyun/alicloud", Type: attachment, Name: "api", Counted: attachments(1, 1, 4)},
		acctest.OldState{Provider: "aliyun/alicloud", Type: attachment, Name: "face", Instances: map[string]string{
			"": `{"id":"rsp-2:eni-bp1x:80","server_group_id":"rsp-2","server_id":"eni-bp1x","port":80,"type":"eni","weight":100,"description":null}`}})
	m.states = append(m.states, wholeGroups(lb, &slb)...)
	m.states = append(m.states, pools(&elb)...)
	one, oneLog := startSLB(t, slb)
	other, otherLog := startELB(t, elb)
	m.cloud, m.logs = providerOf(one, other), []*fakecloud.Log{oneLog, otherLog}
	return m
}

// wholeGroups are two states of whole groups, of nine and five members, which the
// load balancers then have.
func wholeGroups(first *slbfake.LoadBalancer, seed *slbfake.Seed) []acctest.OldState {
	var listed, ids []string
	for i := range 8 {
		first.Members = append(first.Members, slbfake.Member{ServerID: fmt.Sprintf("i-bp%d", i), Weight: i * 10})
		listed = append(listed, fmt.Sprintf(`{"server_id":"i-bp%d","server_ip":"","type":"ecs","weight":%d}`, i, i*10))
	}
	first.Members = append(first.Members, slbfake.Member{ServerID: "eni-bp1y", Type: "eni", ServerIP: "10.0.0.9", Weight: 50})
	listed = append(listed, `{"server_id":"eni-bp1y","server_ip":"10.0.0.9","type":"eni","weight":50}`)
	second := slbfake.LoadBalancer{ID: "lb-bp1second"}
	for i := range 5 {
		second.Members = append(second.Members, slbfake.Member{ServerID: fmt.Sprintf("i-bp%d", i), Weight: 40})
		ids = append(ids, fmt.Sprintf(`"i-bp%d"`, i))
	}
	seed.LoadBalancers = append(seed.LoadBalancers, second)
	return []acctest.OldState{
		{Provider: "aliyun/alicloud", Type: "alicloud_slb_backend_server", Name: "web", Instances: map[string]string{
			"": `{"id":"lb-bp1example","load_balancer_id":"lb-bp1example","backend_servers":[` + strings.Join(listed, ",") + `]}`}},
		{Provider: "aliyun/alicloud", Type: "alicloud_slb_attachment", Name: "web", Instances: map[string]string{
			"": `{"id":"lb-bp1second","load_balancer_id":"lb-bp1second","instance_ids":[` + strings.Join(ids, ",") + `],"weight":40,"server_type":"ecs"}`}},
	}
}

// pools are states of the seventeen members of three pools, which the cloud then has.
func pools(seed *elbfake.Seed) []acctest.OldState {
	seed.Pools = nil
	members := func(pool string, n int, state string) (all []string) {
		p := elbfake.Pool{ID: pool, Name: pool, Protocol: "HTTP", LoadBalancers: []string{"lb-1"}, Listeners: []string{"listener-1"}}
		for i := range n {
			weight := i
			member := elbfake.Member{ID: fmt.Sprintf("%s-m%d", pool, i), Address: fmt.Sprintf("10.0.%d.%d", n, i+1), Port: 8080, Subnet: originSubnet, Weight: &weight, Name: fmt.Sprint("m", i)}
			p.Members = append(p.Members, member)
			all = append(all, strings.NewReplacer("MEMBER", member.ID, "POOL", pool, "ADDRESS", member.Address, "NAME", member.Name, "WEIGHT", fmt.Sprint(weight)).Replace(state))
		}
		seed.Pools = append(seed.Pools, p)
		return all
	}
	const huawei = `{"id":"MEMBER","region":"` + originRegion + `","pool_id":"POOL","name":"NAME","address":"ADDRESS","protocol_port":8080,"weight":WEIGHT,"subnet_id":"` + originSubnet + `","timeouts":{"create":"7m","update":null,"delete":null}}`
	const otc = `{"id":"POOL/MEMBER","pool_id":"POOL","member_id":"MEMBER","address":"ADDRESS","name":"NAME","protocol_port":8080,"subnet_id":"` + originSubnet + `","weight":WEIGHT}`
	numbered := map[string]string{}
	for i, state := range members("pool-otc", 5, otc) {
		numbered[fmt.Sprintf("10.0.0.%d:8080", i)] = state
	}
	return []acctest.OldState{
		{Provider: "opentelekomcloud/opentelekomcloud", Type: "opentelekomcloud_lb_member_v3", Name: "web", Instances: numbered},
		{Provider: "huaweicloud/huaweicloud", Type: "huaweicloud_elb_member", Name: "web", Counted: members("pool-hw", 4, huawei)},
		{Module: "module.blue", Provider: "huaweicloud/huaweicloud", Type: "huaweicloud_elb_member", Name: "web", Counted: members("pool-blue", 8, huawei)},
	}
}
