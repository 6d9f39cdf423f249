package tfkit

import (
	"cmp"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// cloud is a session whose provider block names a region, or none.
func cloud(region string) *Configured {
	c := &Configured{Cloud: "Test Cloud", Whole: true}
	c.SetRegion(Argument{"test.region", []string{"TEST_REGION_OF_NOBODY"}}, types.StringValue(region))
	return c
}

var regionSchema = schema.Schema{Attributes: map[string]schema.Attribute{"region": schema.StringAttribute{Optional: true, Computed: true}}}

var regionType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{"region": tftypes.String}}

// raw is an object with a region, which is written as [value] reads it; "none" is
// no object at all.
func raw(region string) tftypes.Value {
	var v any = region
	switch region {
	case "none":
		return tftypes.NewValue(regionType, nil)
	case "-":
		v = nil
	case "?":
		v = tftypes.UnknownValue
	}
	return tftypes.NewValue(regionType, map[string]tftypes.Value{"region": tftypes.NewValue(tftypes.String, v)})
}

// What becomes of the region of a plan, by what is configured, what state has,
// and what the provider's is.
func TestTheRegionOfAPlan(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		provider, config, state string
		region                  string // in use
		planned                 string
		replaces                bool
		fault                   string
	}{
		"left out, at a creation":               {"a", "-", "none", "a", "a", false, ""},
		"empty, at a creation":                  {"a", "", "none", "a", "", false, ""},
		"its own, at a creation":                {"a", "b", "none", "b", "b", false, ""},
		"its own, and the provider has none":    {"", "b", "none", "b", "b", false, ""},
		"none anywhere":                         {"", "-", "none", "", "?", false, "No region for Test Cloud"},
		"not known yet":                         {"a", "?", "none", "", "?", false, ""},
		"as before":                             {"a", "-", "a", "a", "a", false, ""},
		"written out as it was":                 {"a", "a", "a", "a", "a", false, ""},
		"written out as the provider's":         {"b", "a", "a", "a", "a", false, ""},
		"another":                               {"a", "b", "a", "b", "b", true, ""},
		"the provider's has changed":            {"b", "-", "a", "b", "b", true, ""},
		"left out of what was its own":          {"a", "-", "b", "a", "a", true, ""},
		"empty of what was the provider's":      {"a", "", "a", "a", "a", false, ""},
		"empty of what was its own":             {"a", "", "b", "a", "", true, ""},
		"empty, and where it is is not known":   {"a", "", "", "a", "?", false, "The provider's region has changed"},
		"null in state, where no read has been": {"a", "-", "-", "a", "a", false, ""},
		"its own, and null in state":            {"a", "b", "-", "b", "b", false, ""},
	} {
		req := resource.ModifyPlanRequest{
			Config: tfsdk.Config{Schema: regionSchema, Raw: raw(tt.config)}, State: tfsdk.State{Schema: regionSchema, Raw: raw(tt.state)},
		}
		resp := resource.ModifyPlanResponse{Plan: tfsdk.Plan{Schema: regionSchema, Raw: raw("?")}}
		region, ok := planRegion(t.Context(), cloud(tt.provider), req, &resp)
		var faults []string
		for _, d := range resp.Diagnostics {
			faults = append(faults, d.Summary())
		}
		same(t, name+": faults", strings.Join(faults, ", "), tt.fault)
		same(t, name+": goes on", ok, tt.fault == "" && tt.config != "?")
		if ok {
			same(t, name+": region", region, tt.region)
			same(t, name+": planned", resp.Plan.Raw.Equal(raw(tt.planned)), true)
		}
		same(t, name+": replaces", len(resp.RequiresReplace) > 0, tt.replaces)
	}
}

// Of one error that is said of every resource, a plan has it once, and each of
// them stops all the same.
func TestWhatKeepsACloudFromBeingUsedIsSaidOnce(t *testing.T) {
	t.Parallel()
	session := cloud("")
	for n, want := range []int{1, 0} {
		var diags diag.Diagnostics
		if _, ok := usable(session, "", &diags); ok || len(diags) != want {
			t.Errorf("%d: usable %t, %v", n, ok, diags)
		}
	}
	var diags diag.Diagnostics
	if region, ok := usable(session, "b", &diags); !ok || region != "b" {
		t.Errorf("another region: %q, %v", region, diags)
	}
}

func TestWhereAResourceIs(t *testing.T) {
	t.Parallel()
	p := memory{}
	b := &Base{Region: value(""), home: "a"}
	keepHome(t.Context(), b, p)
	for name, tt := range map[string]struct {
		recorded string
		p        private
		want     string
	}{
		"said by state":                    {"b", p, "b"},
		"said by private state":            {"", p, "a"},
		"never said":                       {"", memory{}, ""},
		"null, after an import":            {"-", p, ""},
		"private state that is not a text": {"", memory{homeKey: []byte("7")}, ""},
	} {
		same(t, name, homeOf(t.Context(), value(tt.recorded), tt.p), tt.want)
	}
	other := memory{}
	keepHome(t.Context(), &Base{Region: value("b"), home: "b"}, other)
	same(t, "a region that state has is not kept twice", len(other), 0)
}

// A verb works in the region where the resource is, a creation in the one that
// is configured.
func TestTheRegionOfAVerb(t *testing.T) {
	t.Parallel()
	moved := memory{homeKey: quoted("old")}
	for name, tt := range map[string]struct {
		session *Configured
		region  string
		p       private
		want    string
		fault   string
	}{
		"a creation":                          {cloud("a"), "", nil, "a", ""},
		"a creation in a region":              {cloud("a"), "b", nil, "b", ""},
		"one whose region is the provider's":  {cloud("a"), "", memory{}, "a", ""},
		"one whose region was the provider's": {cloud("a"), "", moved, "old", ""},
		"no region":                           {cloud(""), "", nil, "", "No region for Test Cloud"},
		"a provider block that is not known":  {&Configured{}, "b", nil, "", "Provider configuration is not known"},
	} {
		var diags diag.Diagnostics
		b := &Base{Region: value(tt.region)}
		region, ok := regionOf(t.Context(), tt.session, "server", b, tt.p, &diags)
		fault := ""
		if diags.HasError() {
			fault = diags[0].Summary()
		}
		same(t, name+": fault", fault, tt.fault)
		same(t, name, region, tt.want)
		same(t, name+": goes on", ok, tt.fault == "")
		same(t, name+": in use", written(b.InRegion()), cmp.Or(tt.want, tt.region))
	}
}

// A plan with nothing left to change but what would only be computed again is no
// plan.
func TestAPlanThatIsSettled(t *testing.T) {
	t.Parallel()
	typ := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.String, "b": tftypes.String}}
	object := func(a, b string) tftypes.Value {
		v := func(s string) tftypes.Value {
			switch s {
			case "-":
				return tftypes.NewValue(tftypes.String, nil)
			case "?":
				return tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
			}
			return tftypes.NewValue(tftypes.String, s)
		}
		return tftypes.NewValue(typ, map[string]tftypes.Value{"a": v(a), "b": v(b)})
	}
	for name, tt := range map[string]struct {
		config, plan, state tftypes.Value
		want                bool
	}{
		"the same":                    {object("1", "-"), object("1", "x"), object("1", "x"), true},
		"one to be computed again":    {object("1", "-"), object("1", "?"), object("1", "x"), true},
		"one that differs":            {object("2", "-"), object("2", "?"), object("1", "x"), false},
		"one that was null":           {object("1", "-"), object("1", "?"), object("-", "x"), false},
		"one that is not known yet":   {object("?", "-"), object("?", "x"), object("1", "x"), false},
		"null of what there was":      {object("1", "-"), object("1", "-"), object("1", "x"), false},
		"a spelling taken back":       {object("01", "-"), object("1", "?"), object("1", "x"), true},
		"no state":                    {object("1", "-"), object("1", "?"), tftypes.NewValue(typ, nil), false},
		"nothing is known of a plan":  {object("1", "-"), tftypes.NewValue(typ, tftypes.UnknownValue), object("1", "x"), false},
		"everything computed afresh ": {object("-", "-"), object("?", "?"), object("1", "x"), true},
	} {
		same(t, name, settled(tt.config, tt.plan, tt.state), tt.want)
	}
	same(t, "one that differs and is not compared", settled(object("2", "-"), object("2", "?"), object("1", "x"), "a"), true)
	same(t, "another that differs", settled(object("2", "-"), object("2", "?"), object("1", "x"), "b"), false)
}

// Private state holds texts as JSON, and a verb's time says why it ended.
func TestWhatPrivateStateHolds(t *testing.T) {
	t.Parallel()
	p := memory{"k": quoted("a \"text\"\n")}
	same(t, "a text", kept(t.Context(), p, "k"), "a \"text\"\n")
	same(t, "none", kept(t.Context(), p, "other"), "")
	same(t, "not readable", kept(t.Context(), forgetful{}, "k"), "")
	same(t, "a token that is there", tokenOf(t.Context(), memory{tokenKey: quoted("t")}), "t")
	if a, b := tokenOf(t.Context(), memory{}), tokenOf(t.Context(), memory{}); a == b || a == "" {
		t.Errorf("new tokens %q and %q", a, b)
	}
}

func TestATimeoutSaysWhatEnded(t *testing.T) {
	t.Parallel()
	bubble(t, "after a minute", func(t *testing.T) {
		ctx, cancel := bounded(t.Context(), time.Minute)
		defer cancel()
		<-ctx.Done()
		same(t, "cause", context.Cause(ctx).Error(), "the timeout of 1m0s is over")
	})
}
