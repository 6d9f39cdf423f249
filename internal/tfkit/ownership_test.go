package tfkit

import (
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// memory is private state.
type memory map[string][]byte

func (p memory) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) { return p[key], nil }

func (p memory) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	p[key] = value
	return nil
}

// forgetful is private state that cannot be read.
type forgetful struct{ memory }

func (forgetful) GetKey(context.Context, string) ([]byte, diag.Diagnostics) {
	return []byte(`{"keys":["a:80"]}`), diag.Diagnostics{diag.NewErrorDiagnostic("no", "no")}
}

// A member is known by its key or by its id, because either may change; by an id
// only where it has one.
func TestWhoIsListed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		list, member string
		imported     bool
		has, own     bool
	}{
		"by key":                       {"a:80", "a:80", false, true, true},
		"by key, with a new id":        {"a:80#1", "a:80#2", false, true, true},
		"by id, with a new key":        {"a:80#1", "a:81#1", false, true, true},
		"neither":                      {"a:80#1", "a:81#2", false, false, false},
		"another server":               {"a:80, b:80", "c:80", false, false, false},
		"the last of several":          {"a:80, b:80#2", "b:80", false, true, true},
		"no id is no id":               {"a:80", "b:80", false, false, false},
		"nobody is listed":             {"", "a:80", false, false, false},
		"imported, and so not its own": {"a:80", "a:80", true, true, false},
	} {
		l := listOf(tt.list)
		l.Imported = tt.imported
		same(t, name+": has", l.has(m(tt.member)), tt.has)
		same(t, name+": own", l.own(m(tt.member)), tt.own)
	}
	l := listOf("a:80")
	l.has(m("a:80"))
	l.add(m("b:80"))
	same(t, "one that is added after a look", l.has(m("b:80")), true)
}

func TestAListIsKept(t *testing.T) {
	t.Parallel()
	p := memory{}
	l := listOf("a:80#1, b:80")
	l.Imported = true
	if diags := l.write(t.Context(), p, "k"); diags.HasError() {
		t.Fatal(diags)
	}
	got, known := readList(t.Context(), p, "k")
	same(t, "list", strings.Join(got.Keys, " ")+" "+strings.Join(got.IDs, " "), "a:80 b:80 1")
	same(t, "imported, known", got.Imported && known, true)
	for name, p := range map[string]private{"none": memory{}, "no JSON": memory{listedKey: []byte("{")}, "not readable": forgetful{}} {
		l, known := readList(t.Context(), p, listedKey)
		same(t, name+": known", known || len(l.Keys) > 0, false)
		l, known = readListed(t.Context(), p)
		same(t, name+": counts as imported", l.Imported && !known, true)
	}
	l, known = readListed(t.Context(), memory{listedKey: []byte(`{"keys":["a:80"]}`)})
	same(t, "what an apply has listed", known && !l.Imported && l.has(m("a:80")), true)
}

// A destruction takes out what the configuration has listed or an import has
// brought in; where nothing is known of either, all of it.
func TestWhomADestructionTakesOut(t *testing.T) {
	t.Parallel()
	imported := listOf("a:80")
	imported.Imported = true
	for name, tt := range map[string]struct {
		l      listed
		known  bool
		member string
		want   bool
	}{
		"listed":          {listOf("a:80"), true, "a:80", true},
		"of others":       {listOf("a:80"), true, "b:80", false},
		"imported":        {imported, true, "a:80", true},
		"came afterwards": {imported, true, "b:80", false},
		"nothing known":   {listed{Imported: true}, false, "b:80", true},
	} {
		same(t, name, leaves(tt.l, tt.known)(m(tt.member)), tt.want)
	}
}

// An owner of the group removes whomever the plan no longer lists, others only
// what they have listed themselves.
func TestWhomAPlanRemoves(t *testing.T) {
	t.Parallel()
	imported := listOf("a:80")
	imported.Imported = true
	for name, tt := range map[string]struct {
		exclusive types.Bool
		l         listed
		member    string
		want      bool
	}{
		"listed":                {types.BoolValue(false), listOf("a:80"), "a:80", true},
		"of others":             {types.BoolValue(false), listOf("a:80"), "b:80", false},
		"imported":              {types.BoolValue(false), imported, "a:80", false},
		"of others, owned":      {types.BoolValue(true), listOf("a:80"), "b:80", true},
		"imported, owned":       {types.BoolValue(true), imported, "a:80", true},
		"whether owned unknown": {types.BoolUnknown(), listOf("a:80"), "b:80", false},
	} {
		plan := &kitSet{}
		plan.Exclusive = tt.exclusive
		same(t, name, verbsOfKit().own(plan, tt.l)(m(tt.member)), tt.want)
	}
	same(t, "nobody", nobody(m("a:80")), false)
}

func TestWhoIsNamedAsDisplaced(t *testing.T) {
	t.Parallel()
	named, _ := types.ListValueFrom(t.Context(), types.StringType, []string{"b:80", "a:80"})
	for name, tt := range map[string]struct {
		of   types.List
		want string
	}{
		"two": {named, "b:80 a:80"}, "null": {types.ListNull(types.StringType), ""}, "unknown": {types.ListUnknown(types.StringType), ""},
	} {
		plan := &kitSet{}
		plan.Displaced = tt.of
		var diags diag.Diagnostics
		same(t, name, strings.Join(displaced(t.Context(), plan, &diags), " "), tt.want)
		if diags.HasError() {
			t.Errorf("%s: %v", name, diags)
		}
	}
}

// Taken over is what private state says, of what is claimed still.
func TestWhatWasTakenOver(t *testing.T) {
	t.Parallel()
	p := memory{}
	took := listOf("a:80, gone:80")
	took.write(t.Context(), p, tookKey)
	got := takenOver(t.Context(), p, map[membership.Key]string{m("a:80").Key: "x", m("b:80").Key: "y"})
	same(t, "taken over", len(got) == 1 && got[m("a:80").Key], true)
	same(t, "without private state", len(takenOver(t.Context(), memory{}, map[membership.Key]string{m("a:80").Key: "x"})), 0)
}
