package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cmd/internal/program"
)

var update = flag.Bool("update", false, "write what is printed for testdata/state.json into the files beside it")

// What is printed for a state with everything in it that needs care: templates and
// quotes in texts, keys with dashes and brackets, IPv6, numbers with a gap, a name
// that is taken, a group with two owners, a module that is there twice, a tainted
// and a deposed object, one that cannot be read, an interface without address, and a
// group with members that nobody holds.
func TestWhatIsPrinted(t *testing.T) {
	t.Parallel()
	for _, to := range []string{toSame, toSets, toSingles} {
		t.Run(to, func(t *testing.T) {
			t.Parallel()
			var out, complaints bytes.Buffer
			state := filepath.Join("testdata", "state.json")
			if code := command(t.Context(), []string{"--to", to, state}, nil, &out, &complaints); code != program.OK {
				t.Fatalf("exit code %d: %s", code, complaints.String())
			}
			if _, diags := hclwrite.ParseConfig(out.Bytes(), to, hcl.InitialPos); diags.HasErrors() {
				t.Errorf("no HCL: %v", diags)
			}
			file := filepath.Join("testdata", to+".tf")
			if *update {
				if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != string(want) {
				t.Errorf("it is not as in %s (-update writes it):\n%s", file, out.String())
			}
		})
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		`a"b\c`: `"a\"b\\c"`, "a\nb\tc\r": `"a\nb\tc\r"`, "${a}": `"$${a}"`, "%{a}$b%": `"%%{a}$b%"`, "$${a}": `"$$${a}"`,
		"\x00\x7f": `"\u0000\u007f"`, "höhe": `"höhe"`, "": `""`,
	} {
		if got := text(given); got != want {
			t.Errorf("%q: %s, want %s", given, got, want)
		}
	}
	for given, want := range map[string]string{
		"": "", "module.a": "module.a", `module.a["x"].module.b[0]`: "module.a.module.b", `module.a["]\"."].module.b`: "module.a.module.b",
	} {
		if got := withoutKeys(given); got != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
	}
}

// stateOf is a state of some resources.
func stateOf(resources ...string) string {
	return `{"format_version":"1.0","values":{"root_module":{"resources":[` + strings.Join(resources, ",") + `]}}}`
}

// managed is one of them, with what it has in state.
func managed(address, values string) string {
	typ, name, _ := strings.Cut(address, ".")
	name, key, indexed := strings.Cut(name, "[")
	index := ""
	if indexed {
		index = `"index":` + strings.TrimSuffix(key, "]") + `,`
	}
	quoted, _ := json.Marshal(address)
	return fmt.Sprintf(`{"address":%s,"mode":"managed","type":%q,"name":%q,%s"values":%s}`, quoted, typ, name, index, values)
}

// What a person must look at is said in a comment, in the words that a state calls
// for, and only where it does.
func TestWhatIsRemarked(t *testing.T) {
	t.Parallel()
	nobody := managed("alicloud_slb_backend_server.web", `{"id":"lb-1","load_balancer_id":"lb-1","backend_servers":null}`)
	const attached = `{"id":"rsp-1:i-1:80","server_group_id":"rsp-1","server_id":"i-1","port":80,"type":"ecs","weight":100}`
	const north = `{"id":"m-north","region":"cn-north-4","pool_id":"pool-north","address":"10.0.0.5","protocol_port":80,"weight":1}`
	somebody := managed("alicloud_slb_attachment.web", `{"id":"lb-1","load_balancer_id":"lb-1","instance_ids":["i-1"],"weight":100}`)
	for name, tc := range map[string]struct {
		to        string
		resources []string
		says      []string
		not       string
	}{
		"an owner of nobody": {toSame, []string{nobody}, []string{
			"alicloud_slb_backend_server.web, which owns the group lb-1, names no member", "terraform apply -refresh-only", "everything in it would be removed"}, "any more"},
		"its instances": {toSingles, []string{nobody}, []string{"names no member", "nothing in it would be managed any more"}, "would be removed"},
		"beside one that names some": {toSame, []string{nobody, somebody}, []string{
			"removed { from = alicloud_slb_backend_server.web", `"i-1" = {`}, "names no member"},
		"two of one member": {toSame, []string{
			managed("alicloud_slb_server_group_server_attachment.a", attached), managed(`alicloud_slb_server_group_server_attachment.b["x"]`, attached)}, []string{
			`alicloud_slb_server_group_server_attachment.a and alicloud_slb_server_group_server_attachment.b["x"] are one member, i-1:80 of rsp-1`,
			"Member managed twice", "terraform state rm"}, ""},
		"two of one member, gathered": {toSets, []string{
			managed("alicloud_slb_server_group_server_attachment.a", attached), managed(`alicloud_slb_server_group_server_attachment.b["x"]`, attached)}, []string{
			"one of them was too many", "nor changed but for an imported set whose group has members that no old resource has"}, "Member managed twice"},
		"one member each": {toSame, []string{
			managed("alicloud_slb_server_group_server_attachment.a", attached),
			managed("alicloud_slb_server_group_server_attachment.c", strings.ReplaceAll(attached, "80", "81"))}, []string{
			"nothing may be added, changed or destroyed."}, "Member managed twice"},
		"several regions": {toSets, []string{
			managed(`huaweicloud_elb_member.m["a"]`, north), managed(`huaweicloud_elb_member.m["b"]`, strings.ReplaceAll(north, "north", "south"))}, []string{
			"several regions (cn-north-4, cn-south-4)", "unless it is cn-north-4, write provider", "unless it is cn-south-4, write provider"}, ""},
		"one region": {toSets, []string{managed(`huaweicloud_elb_member.m["a"]`, north)}, []string{`"cn-north-4"`}, "several regions"},
		"an interface of no type": {toSame, []string{managed("alicloud_slb_backend_server.web",
			`{"id":"lb-1","load_balancer_id":"lb-1","backend_servers":[{"server_id":"eni-4","type":"","server_ip":"10.0.0.4","weight":100}]}`)}, []string{
			`"eni-4:10.0.0.4" = { server_id = "eni-4", server_ip = "10.0.0.4", type = "eni" }`}, ""},
		"a weight that is a text": {toSame, []string{managed("alicloud_slb_server_group_server_attachment.a", strings.ReplaceAll(attached, "100", `"heavy"`))}, []string{
			"alicloud_slb_server_group_server_attachment.a: its attribute weight is not as expected, but a JSON string. Refresh it"}, "json:"},
		"a weight within that is an object": {toSame, []string{managed("alicloud_slb_backend_server.web",
			`{"id":"lb-1","load_balancer_id":"lb-1","backend_servers":[{"server_id":"i-1","weight":{}}]}`)}, []string{
			"its attribute backend_servers.weight is not as expected, but a JSON object"}, "json:"},
		"timeouts that are numbers": {toSame, []string{managed("alicloud_slb_server_group_server_attachment.a", strings.ReplaceAll(attached, "{", `{"timeouts":{"create":7},`))}, []string{
			"its attribute timeouts is not as expected, but a JSON number"}, "json:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, complaints bytes.Buffer
			if code := command(t.Context(), []string{"--to", tc.to}, strings.NewReader(stateOf(tc.resources...)), &out, &complaints); code != program.OK {
				t.Fatalf("exit code %d: %s", code, complaints.String())
			}
			said := strings.Join(strings.Fields(strings.ReplaceAll(out.String(), "\n#", "")), " ")
			for _, text := range tc.says {
				if !strings.Contains(said, text) {
					t.Errorf("it does not say %q:\n%s", text, out.String())
				}
			}
			if tc.not != "" && strings.Contains(said, tc.not) {
				t.Errorf("it says %q:\n%s", tc.not, out.String())
			}
		})
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args  []string
		input string
		code  int
		says  string
	}{
		"help":            {[]string{"--help"}, "", program.OK, "Usage:"},
		"a wrong mode":    {[]string{"--to", "sums"}, "", program.Misused, "same, sets or singles"},
		"two files":       {[]string{"a", "b"}, "", program.Misused, `unexpected argument "b"`},
		"no file":         {[]string{"testdata/none.json"}, "", program.Failed, "testdata/none.json"},
		"no JSON":         {nil, "No state.", program.Failed, "terraform show -json"},
		"another shape":   {nil, `{"format_version":"1.0","values":{"root_module":{"resources":[{"mode":7}]}}}`, program.Failed, "its attribute values.root_module.resources.mode is not as expected, but a JSON number"},
		"a group's shape": {nil, stateOf(managed("alicloud_slb_server_group.g", `{"id":7}`)), program.Failed, "alicloud_slb_server_group.g: its attribute id is not as expected"},
		"a newer format":  {nil, `{"format_version":"9.0"}`, program.Failed, "format version"},
		"no state":        {nil, `{"format_version":"1.0"}`, program.Failed, "there is no state"},
		"nothing to move": {nil, stateOf(`{"mode":"managed","type":"alicloud_slb","name":"x","values":{}}`), program.Failed, "no resource that can become"},
		"a newer schema": {nil, stateOf(`{"address":"huaweicloud_elb_member.x","mode":"managed","type":"huaweicloud_elb_member","name":"x","schema_version":1,"values":{}}`),
			program.Failed, "huaweicloud_elb_member.x has schema version 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, complaints bytes.Buffer
			code := command(t.Context(), tc.args, strings.NewReader(tc.input), &out, &complaints)
			if said := out.String() + complaints.String(); code != tc.code || !strings.Contains(said, tc.says) {
				t.Errorf("exit code %d, want %d with %q:\n%s", code, tc.code, tc.says, said)
			}
		})
	}
}

// The guides show what is really printed.
func TestTheGuidesShowRealRuns(t *testing.T) {
	t.Parallel()
	states, err := filepath.Glob(filepath.Join("testdata", "guides", "*.json"))
	if err != nil || len(states) != 3 {
		t.Fatalf("%v: %v", states, err)
	}
	for _, state := range states {
		guide := strings.TrimSuffix(filepath.Base(state), ".json") + ".md"
		text, err := os.ReadFile(filepath.Join("..", "..", "..", "templates", "guides", guide))
		if err != nil {
			t.Fatal(err)
		}
		_, args, found := strings.Cut(string(text), "| go run ./internal/cmd/migrate")
		if !found {
			t.Errorf("%s shows no run", guide)
			continue
		}
		args, _, _ = strings.Cut(args, "\n")
		var out, complaints bytes.Buffer
		if code := command(t.Context(), append(strings.Fields(args), state), nil, &out, &complaints); code != program.OK {
			t.Fatal(complaints.String())
		}
		if !strings.Contains(string(text), "```terraform\n"+out.String()+"```\n") {
			t.Errorf("%s shows another run than this:\n%s", guide, out.String())
		}
	}
}
