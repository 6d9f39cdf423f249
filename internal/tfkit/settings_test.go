package tfkit

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestWhatALoginLacks(t *testing.T) {
	t.Parallel()
	there := Setting{Argument{"c.a", []string{"A"}}, "x", "A"}
	one := Setting{Argument: Argument{"c.b", []string{"B1", "B2", "B3"}}}
	other := Setting{Argument: Argument{Name: "c.d"}}
	for want, parts := range map[string][]Setting{
		"": {there},
		"It lacks c.b (in the environment: B1, B2 or B3).":         {there, one},
		"It lacks c.b (in the environment: B1, B2 or B3) and c.d.": {one, there, other},
	} {
		if got := Incomplete("It", parts...); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// What the configuration has is completed by the environment, but a token
// never goes with a key of another family.
func TestKeysAndTheirFamilies(t *testing.T) {
	families := []KeyFamily{{"ID1", "SECRET1", "TOKEN1"}, {"ID2", "SECRET2", "TOKEN2"}}
	for name, tt := range map[string]struct {
		id, secret, token string
		env               map[string]string
		want              [3]string
		lacks             string
	}{
		"configured":             {"i", "s", "t", map[string]string{"ID1": "x", "SECRET1": "x", "TOKEN1": "x"}, [3]string{"i", "s", "t"}, ""},
		"no token of another":    {"i", "s", "", map[string]string{"TOKEN1": "x"}, [3]string{"i", "s", ""}, ""},
		"first family":           {"", "", "", map[string]string{"ID1": "i", "SECRET1": "s", "TOKEN1": "t", "ID2": "x"}, [3]string{"i", "s", "t"}, ""},
		"second family":          {"", "", "", map[string]string{"ID2": "i", "SECRET2": "s", "TOKEN1": "x"}, [3]string{"i", "s", ""}, ""},
		"own family's secret":    {"", "", "", map[string]string{"SECRET1": "x", "ID2": "i", "SECRET2": "s"}, [3]string{"i", "s", ""}, ""},
		"secret of the other":    {"", "", "", map[string]string{"ID1": "i", "SECRET2": "s", "TOKEN2": "x"}, [3]string{"i", "s", ""}, ""},
		"secret of any":          {"i", "", "", map[string]string{"SECRET2": "s", "TOKEN2": "x"}, [3]string{"i", "s", ""}, ""},
		"key of the environment": {"", "s", "", map[string]string{"ID2": "i", "SECRET2": "x", "TOKEN2": "t"}, [3]string{"i", "s", "t"}, ""},
		"token of the block":     {"", "", "t", map[string]string{"ID1": "i", "SECRET1": "s", "TOKEN1": "x"}, [3]string{"i", "s", "t"}, ""},
		"half":                   {"i", "", "", nil, [3]string{"i"}, "The login by access keys lacks c.secret_key (in the environment: SECRET1 or SECRET2)."},
		"other half":             {"", "s", "", nil, [3]string{"", "s"}, "The login by access keys lacks c.access_key (in the environment: ID1 or ID2)."},
		"token alone": {"", "", "t", nil, [3]string{"", "", "t"},
			"The login by access keys lacks c.access_key (in the environment: ID1 or ID2) and c.secret_key (in the environment: SECRET1 or SECRET2)."},
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range families {
				for _, v := range []string{f.ID, f.Secret, f.Token} {
					t.Setenv(v, tt.env[v])
				}
			}
			k := Keys("c", types.StringValue(tt.id), types.StringValue(tt.secret), types.StringValue(tt.token), families)
			if got := [3]string{k.ID.Value, k.Secret.Value, k.Token}; got != tt.want || k.Incomplete() != tt.lacks || k.Some != (len(tt.env) > 0) {
				t.Errorf("%q, %q, some %v", got, k.Incomplete(), k.Some)
			}
		})
	}
}

// Errors are said once in a run, each on its own; warnings every time.
func TestWhatIsUnsaid(t *testing.T) {
	t.Parallel()
	var r ThisRun
	a, b, w := diag.NewErrorDiagnostic("a", "x"), diag.NewErrorDiagnostic("a", "y"), diag.NewWarningDiagnostic("w", "z")
	for i, tt := range []struct {
		give diag.Diagnostics
		want int
	}{{diag.Diagnostics{a, w}, 2}, {diag.Diagnostics{a, b, w}, 2}, {diag.Diagnostics{a, b}, 0}} {
		if got := r.Unsaid(tt.give); len(got) != tt.want {
			t.Errorf("%d: %v", i, got)
		}
	}
}
