package tfkit

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// value is a text as the tests write it: "-" is null, "?" unknown, "" empty.
func value(s string) types.String {
	switch s {
	case "-":
		return types.StringNull()
	case "?":
		return types.StringUnknown()
	}
	return types.StringValue(s)
}

func written(s types.String) string {
	switch {
	case s.IsNull():
		return "-"
	case s.IsUnknown():
		return "?"
	}
	return s.ValueString()
}

// What is planned of an optional text, by what is configured and what state has.
// The framework's own plan, before the modifier, is what is configured, or
// unknown where that is nothing.
func TestWhatIsPlannedOfAText(t *testing.T) {
	t.Parallel()
	plain, port, drain, address, vendors := Text("", nil), Text("80", nil), Text("", SameDuration), Text("", SameAddress), VendorsText()
	for name, tt := range map[string]struct {
		modifier            planmodifier.String
		config, state, want string
	}{
		"configured":                           {plain, "a", "-", "a"},
		"changed":                              {plain, "b", "a", "b"},
		"left out at a creation":               {plain, "-", "-", ""},
		"left out, as before":                  {plain, "-", "", ""},
		"left out of what was there":           {plain, "-", "a", ""},
		"empty at a creation":                  {plain, "", "-", ""},
		"empty of what was there":              {plain, "", "a", ""},
		"unknown":                              {plain, "?", "a", "?"},
		"unknown at a creation":                {plain, "?", "-", "?"},
		"usual, left out":                      {port, "-", "-", "80"},
		"usual, left out of another":           {port, "-", "81", "80"},
		"usual, empty in state":                {port, "-", "", ""},
		"usual, written out after it was left": {port, "80", "", ""},
		"usual, empty after it was written":    {port, "", "80", "80"},
		"usual, empty at a creation":           {port, "", "-", ""},
		"in another unit":                      {drain, "60s", "1m", "1m"},
		"as no time at all":                    {drain, "0s", "", ""},
		"longer":                               {drain, "61s", "1m", "61s"},
		"an address in another spelling":       {address, "2001:db8:0::1", "2001:db8::1", "2001:db8::1"},
		"another address":                      {address, "2001:db8::2", "2001:db8::1", "2001:db8::2"},
		"the vendor's, left out":               {vendors, "-", "a", "a"},
		"the vendor's, emptied":                {vendors, "", "a", "a"},
		"the vendor's, at a creation":          {vendors, "-", "-", "?"},
		"the vendor's, empty at a creation":    {vendors, "", "-", ""},
		"the vendor's, set":                    {vendors, "b", "a", "b"},
		"the vendor's, unknown":                {vendors, "?", "a", "?"},
	} {
		plan := value(tt.config)
		if plan.IsNull() {
			plan = types.StringUnknown()
		}
		resp := planmodifier.StringResponse{PlanValue: plan}
		tt.modifier.PlanModifyString(t.Context(), planmodifier.StringRequest{
			ConfigValue: value(tt.config), StateValue: value(tt.state), PlanValue: plan}, &resp)
		same(t, name, written(resp.PlanValue), tt.want)
	}
}

// A spelling that means what the vendor says stays.
func TestWhatIsSeenOfAText(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		now, seen string
		same      Same
		want      string
	}{
		"nothing before":          {"-", "a", nil, "a"},
		"not known before":        {"?", "a", nil, "a"},
		"the same":                {"a", "a", nil, "a"},
		"another":                 {"a", "b", nil, "b"},
		"taken away":              {"a", "", nil, ""},
		"another spelling":        {"2001:DB8::1", "2001:db8::1", SameAddress, "2001:DB8::1"},
		"another address":         {"10.0.0.1", "10.0.0.2", SameAddress, "10.0.0.2"},
		"not known, and the same": {"?", "", SameDuration, ""},
		"null is no spelling":     {"-", "", SameDuration, ""},
	} {
		same(t, name, written(Seen(value(tt.now), tt.seen, tt.same)), tt.want)
	}
}

func TestTextsThatMeanTheSame(t *testing.T) {
	t.Parallel()
	for pair, want := range map[[2]string]bool{
		{"1m", "60s"}: true, {"", "0s"}: true, {"1m", "61s"}: false, {"1h30m", "90m"}: true,
	} {
		same(t, "durations "+pair[0]+" "+pair[1], SameDuration(pair[0], pair[1]), want)
	}
	for pair, want := range map[[2]string]bool{
		{"10.0.0.1", "10.0.0.1"}: true, {"2001:db8::1", "2001:0db8:0:0::1"}: true, {"10.0.0.1", "10.0.0.2"}: false,
		{"x", "x"}: true, {"x", "y"}: false, {"::ffff:10.0.0.1", "10.0.0.1"}: false,
	} {
		same(t, "addresses "+pair[0]+" "+pair[1], SameAddress(pair[0], pair[1]), want)
	}
}

// A validator says nothing of what is right, null or unknown, and of the rest
// where it is and what is wrong with it.
func TestWhatAValidatorSays(t *testing.T) {
	t.Parallel()
	short, long := duration{}, duration{least: 1}
	for name, tt := range map[string]struct {
		validator validator.String
		value     string
		says      string // "" for nothing
	}{
		"a duration":                     {short, "1h30m", ""},
		"no duration":                    {short, "30", `x is "30", which is not a duration: write a number with its unit, such as "30s", "5m" or "1h30m".`},
		"a negative duration":            {short, "-5s", "x is -5s: a duration cannot be negative."},
		"no time":                        {short, "0s", ""},
		"no time, where some is needed":  {long, "0s", "x is 0s: nothing can be done in no time."},
		"an empty duration":              {long, "", ""},
		"a null duration":                {long, "-", ""},
		"an unknown duration":            {long, "?", ""},
		"an address":                     {Address(), "10.0.0.5", ""},
		"an IPv6 address":                {Address(), "2001:db8::5", ""},
		"no address":                     {Address(), "host", "x is host: this is not an IP address, such as 10.0.0.5 or 2001:db8::5."},
		"an address and a port":          {Address(), "10.0.0.5:80", "x is 10.0.0.5:80: this is not an IP address, such as 10.0.0.5 or 2001:db8::5."},
		"an address with a zone":         {Address(), "fe80::1%eth0", "x is fe80::1%eth0: an address with a zone means something on one machine only. Leave out what follows the %."},
		"an IPv4 address in IPv6":        {Address(), "::ffff:10.0.0.5", "x is ::ffff:10.0.0.5: write the IPv4 address that it stands for, 10.0.0.5."},
		"every IPv4 address":             {Address(), "0.0.0.0", "x is 0.0.0.0: this stands for every address, and no server is at it."},
		"every IPv6 address":             {Address(), "::", "x is ::: this stands for every address, and no server is at it."},
		"an address left out":            {Address(), "", ""},
		"a null address":                 {Address(), "-", ""},
		"a required address":             {RequiredAddress(), "", "x is empty, and required."},
		"a required address, null":       {RequiredAddress(), "-", ""},
		"a required address, unknown":    {RequiredAddress(), "?", ""},
		"a required address, wrong":      {RequiredAddress(), "host", "x is host: this is not an IP address, such as 10.0.0.5 or 2001:db8::5."},
		"a name":                         {Name("a pool id"), "rsp-1a.b_C", ""},
		"a name that ends the path":      {Name("a pool id"), "a/b", "must be a pool id: up to 128 letters, digits, '-', '_' and '.', beginning with a letter or digit"},
		"a name that asks for more":      {Name("a pool id"), "a?b", "must be a pool id"},
		"a name that parts an import id": {Name("a pool id"), "a:b", "must be a pool id"},
		"a name with a line":             {Name("a pool id"), "a\n", "must be a pool id"},
		"an empty name":                  {Name("a pool id"), "", "must be a pool id"},
		"an optional name, empty":        {OptionalName("a region"), "", ""},
		"an optional name, wrong":        {OptionalName("a region"), "-a", "must be a region"},
		"a name that is too long":        {Name("a pool id"), strings.Repeat("a", 129), "must be a pool id"},
		"a name that is as long as any":  {Name("a pool id"), strings.Repeat("a", 128), ""},
		"a check":                        {Checked(CheckName("a region")), "a b", `x is "a b": it must be a region: up to 128 letters, digits, '-', '_' and '.', beginning with a letter or digit.`},
		"a policy":                       {Checked(CheckJSON), `{"Version": "1"}`, ""},
		"a policy that is a list":        {Checked(CheckJSON), `[]`, "x must be a JSON object, as jsonencode writes it."},
		"a policy that is none":          {Checked(CheckJSON), "allow", "x must be a JSON object, as jsonencode writes it."},
		"a check of nothing":             {Checked(CheckName("a region")), "", ""},
		"a check that is passed":         {Checked(CheckName("a region")), "cn-north-4", ""},
	} {
		var resp validator.StringResponse
		tt.validator.ValidateString(t.Context(), validator.StringRequest{Path: path.Root("x"), ConfigValue: value(tt.value)}, &resp)
		var texts []string
		for _, d := range resp.Diagnostics {
			texts = append(texts, d.Detail())
		}
		said := strings.Join(texts, "\n")
		if exact := strings.HasPrefix(tt.says, "x "); exact && said != tt.says || !strings.Contains(said, tt.says) || (said == "") != (tt.says == "") {
			t.Errorf("%s: %q, want %q", name, said, tt.says)
		}
	}
}

func TestValidNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"a": true, "9.x_y-Z": true, "": false, ".a": false, "a b": false, "ä": false, "a%2f": false} {
		same(t, name, ValidName(name), want)
	}
}
