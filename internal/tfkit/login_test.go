package tfkit

import (
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The first login that is there is used, and none after it, whatever it comes
// to; where none is there, the last.
func TestALoginIsChosenNotTried(t *testing.T) {
	t.Parallel()
	for there, want := range map[string]string{"abc": "a", "bc": "b", "c": "c", "": "none", "x": "none"} {
		var used []string
		row := func(method string) Login[string] {
			return Login[string]{There: strings.Contains(there, method), Method: method, Use: func() string {
				used = append(used, method)
				return "" // it fails
			}}
		}
		method, _ := Choose([]Login[string]{row("a"), row("b"), row("c"), row("none")})
		if method != want || len(used) != 1 || used[0] != want {
			t.Errorf("of %q: %s, used %v; want %s", there, method, used, want)
		}
	}
}

// A number of the environment is checked as one of the configuration is.
//
//nolint:paralleltest // it sets the environment
func TestANumberOfTheEnvironment(t *testing.T) {
	a := Argument{Name: "c.seconds", Env: []string{"C_SECONDS"}}
	for text, want := range map[string]int64{"": 0, "900": 900, "86400": 86400, "899": 0, "86401": 0, "1h": 0, "900.5": 0} {
		t.Setenv("C_SECONDS", text)
		var c Configured
		got := c.Number(a, types.NumberNull(), 900, 86400)
		if wrong := text != "" && want == 0; got != want || c.Problems.HasError() != wrong {
			t.Errorf("%q: %d, %v", text, got, c.Problems)
		}
		if got := c.Number(a, Number(1200), 900, 86400); got != 1200 {
			t.Errorf("configured, with %q in the environment: %d", text, got)
		}
	}
}

// A fraction is refused at its path, in words that blame nobody else.
func TestWholeNumbers(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"0": "", "100": "", "7": "",
		"1.5":   "x is 1.5: it must be a whole number from 0 to 100.",
		"-1":    "x is -1: it must be a whole number from 0 to 100.",
		"101":   "x is 101: it must be a whole number from 0 to 100.",
		"1e400": "x is 1e+400: it must be a whole number from 0 to 100.",
	} {
		n, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		var resp validator.NumberResponse
		Whole(0, 100).ValidateNumber(t.Context(), validator.NumberRequest{Path: path.Root("x"), ConfigValue: types.NumberValue(n)}, &resp)
		said := ""
		for _, d := range resp.Diagnostics {
			said += d.Detail()
		}
		same(t, text, said, says)
	}
	for _, none := range []types.Number{types.NumberNull(), types.NumberUnknown()} {
		var resp validator.NumberResponse
		Whole(0, 100).ValidateNumber(t.Context(), validator.NumberRequest{Path: path.Root("x"), ConfigValue: none}, &resp)
		if resp.Diagnostics.HasError() || Int(none) != 0 {
			t.Errorf("%s: %v", none, resp.Diagnostics)
		}
	}
}
