package provider_test

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

var groupType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"members": tftypes.Number, "share": tftypes.Number}}

// splitGroup is a group as an argument of traffic_split.
func splitGroup(members, share any) tftypes.Value {
	return tftypes.NewValue(groupType, map[string]tftypes.Value{
		"members": tftypes.NewValue(tftypes.Number, members), "share": tftypes.NewValue(tftypes.Number, share),
	})
}

// callSplit calls the function as Terraform does, in a provider that is not
// configured, and returns weights by name or the error's text.
func callSplit(t *testing.T, groups map[string]tftypes.Value) string {
	t.Helper()
	server := providerserver.NewProtocol6(provider.New("test")())()
	argument, err := tfprotov6.NewDynamicValue(tftypes.Map{ElementType: groupType},
		tftypes.NewValue(tftypes.Map{ElementType: groupType}, groups))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{
		Name: "traffic_split", Arguments: []*tfprotov6.DynamicValue{&argument},
	})
	if err != nil {
		t.Fatal(err)
	}
	if resp.Error != nil {
		if a := resp.Error.FunctionArgument; a == nil || *a != 0 {
			t.Errorf("the error is of argument %v: %s", a, resp.Error.Text)
		}
		return resp.Error.Text
	}
	result, err := resp.Result.Unmarshal(tftypes.Map{ElementType: tftypes.Number})
	if err != nil {
		t.Fatal(err)
	}
	var weights map[string]tftypes.Value
	if err := result.As(&weights); err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		var w big.Float
		if err := weights[name].As(&w); err != nil {
			t.Fatal(err)
		}
		text = append(text, name+" "+w.String())
	}
	return strings.Join(text, ", ")
}

func TestTrafficSplit(t *testing.T) {
	t.Parallel()
	written := func(text string) *big.Float {
		f, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	infinite := new(big.Float).SetInf(false)
	for _, test := range []struct {
		name   string
		groups map[string]tftypes.Value
		want   string
	}{
		{"shares", map[string]tftypes.Value{"blue": splitGroup(3, 90), "green": splitGroup(1, 10)}, "blue 99, green 33"},
		{"none", map[string]tftypes.Value{}, ""},
		{"one that is off", map[string]tftypes.Value{"blue": splitGroup(3, 1), "green": splitGroup(0, 0)}, "blue 100, green 0"},
		{"decimal fractions", map[string]tftypes.Value{"blue": splitGroup(1, written("33.3")), "green": splitGroup(1, written("66.6"))}, "blue 50, green 100"},
		{"a quotient", map[string]tftypes.Value{
			"blue":  splitGroup(1, new(big.Float).Quo(written("100"), written("3"))),
			"green": splitGroup(1, new(big.Float).Quo(written("200"), written("3"))),
		}, "blue 50, green 100"},
		{"large shares", map[string]tftypes.Value{"blue": splitGroup(1, written("1e99")), "green": splitGroup(1, written("2e98"))}, "blue 100, green 20"},
		{"small shares", map[string]tftypes.Value{"blue": splitGroup(1, written("1e-99")), "green": splitGroup(1, written("5e-99"))}, "blue 20, green 100"},
		{"a double", map[string]tftypes.Value{"blue": splitGroup(1, 0.5), "green": splitGroup(2, 0.5)}, "blue 100, green 50"},

		{"null group", map[string]tftypes.Value{"blue": tftypes.NewValue(groupType, nil), "green": splitGroup(1, 1)}, `group "blue": it is null`},
		{"null members", map[string]tftypes.Value{"blue": splitGroup(nil, 1)}, `group "blue": members is null`},
		{"null share", map[string]tftypes.Value{"blue": splitGroup(1, nil)}, `group "blue": share is null`},
		{"infinite members", map[string]tftypes.Value{"blue": splitGroup(infinite, 1)}, `group "blue": members is infinite`},
		{"infinite share", map[string]tftypes.Value{"blue": splitGroup(1, infinite)}, `group "blue": share is infinite`},
		{"fractional members", map[string]tftypes.Value{"blue": splitGroup(1.5, 1)}, `group "blue": the number of members is not a whole number: 1.5`},
		{"negative members", map[string]tftypes.Value{"blue": splitGroup(-1, 1)}, `group "blue": the number of members is negative: -1`},
		{"too many members", map[string]tftypes.Value{"blue": splitGroup(written("1e30"), 1)}, `group "blue": the number of members is 1e+30; it may be 1000000 at most`},
		{"negative share", map[string]tftypes.Value{"blue": splitGroup(1, written("-0.1"))}, `group "blue": the share is negative`},
		{"a share without end", map[string]tftypes.Value{"blue": splitGroup(1, written("1e1000"))},
			`group "blue": the share 1e+1000 is out of range; it must be 0, or from 1e-99 to 1e99`},
		{"a share just too small", map[string]tftypes.Value{"blue": splitGroup(1, written("9.9e-100"))},
			`group "blue": the share 9.9e-100 is out of range; it must be 0, or from 1e-99 to 1e99`},
		{"a share just too large", map[string]tftypes.Value{"blue": splitGroup(1, written("1.1e99"))},
			`group "blue": the share 1.1e+99 is out of range; it must be 0, or from 1e-99 to 1e99`},
		{"nobody there", map[string]tftypes.Value{"blue": splitGroup(1, 1), "green": splitGroup(0, 1)},
			`group "green": the share is above 0, but there is no member to take it`},
		{"two wrong", map[string]tftypes.Value{"b": splitGroup(1.5, 1), "a": splitGroup(1, nil)},
			"group \"a\": share is null\n" + `group "b": the number of members is not a whole number: 1.5`},
		{"all off", map[string]tftypes.Value{"blue": splitGroup(1, 0)},
			"all shares are 0, so that no group would get any traffic; to take all members out of service, set their weight to 0 instead"},
	} {
		if got := callSplit(t, test.groups); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// The real command calls the function without a provider block and without
// credentials, in plan, apply and console.
func TestAccCLITrafficSplit(t *testing.T) {
	t.Parallel()
	cli := acctest.NewCLI(t)
	for name, value := range map[string]string{
		"worked":  `{ blue = { members = 3, share = 90 }, green = { members = 1, share = 10 } }`,
		"text":    `{ blue = { members = "5", share = "66.99" }, green = { members = 2, share = 33.01, note = "dropped" } }`,
		"thirds":  `{ for g, n in { a = 3, b = 2, c = 1 } : g => { members = n, share = 100 / 3 } }`,
		"counted": `{ a = { members = length(toset(["x", "y"])), share = 1 } }`,
	} {
		cli.Write(name+".tf", fmt.Sprintf("output %q {\n  value = jsonencode(provider::cloudlb::traffic_split(%s))\n}\n", name, value))
	}
	cli.Write("main.tf", acctest.Required+`
resource "terraform_data" "servers" {
  input = 2
}

# The number of members is not known before the apply.
output "late" {
  value = jsonencode(provider::cloudlb::traffic_split({
    blue  = { members = terraform_data.servers.output, share = 3 }
    green = { members = 1, share = 1 }
  }))
}
`)
	cli.Run("apply", "-auto-approve")
	for name, want := range map[string]string{
		"worked":  `{"blue":99,"green":33}`,
		"text":    `{"blue":69,"green":85}`,
		"thirds":  `{"a":32,"b":48,"c":96}`,
		"counted": `{"a":100}`,
		"late":    `{"blue":99,"green":66}`,
	} {
		if got := cli.Run("output", "-raw", name); !strings.HasSuffix(got, want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if acctest.OpenTofu() {
		t.Log("OpenTofu 1.12 closes providers before its console calls a function of theirs")
	} else {
		trafficSplitInConsole(t, cli)
	}
	if out, code := cli.Try("plan", "-detailed-exitcode"); code != 0 {
		t.Errorf("second plan: exit code %d\n%s", code, out)
	}
	cli.Write("wrong.tf", `output "wrong" {
  value = provider::cloudlb::traffic_split({ blue = { members = 1, share = 90 }, green = { members = 0, share = 10 } })
}
`)
	out, code := cli.Try("plan")
	if words := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", "")), " "); code == 0 ||
		!strings.Contains(words, `group "green": the share is above 0, but there is no member to take it`) {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func trafficSplitInConsole(t *testing.T, cli *acctest.CLI) {
	t.Helper()
	console := cli.Command("console")
	console.Stdin = strings.NewReader(`jsonencode(provider::cloudlb::traffic_split({ blue = { members = 4, share = 95 }, green = { members = 1, share = 5 } }))`)
	if out, err := console.Output(); err != nil || !strings.Contains(string(out), `{\"blue\":95,\"green\":20}`) {
		t.Errorf("console: %v, %s", err, out)
	}
}
