package tfkit

import (
	"context"
	"slices"
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
		want         bool
	}{
		"by key":                {"a:80", "a:80", true},
		"by key, with a new id": {"a:80#1", "a:80#2", true},
		"by id, with a new key": {"a:80#1", "a:81#1", true},
		"neither":               {"a:80#1", "a:81#2", false},
		"another server":        {"a:80, b:80", "c:80", false},
		"the last of several":   {"a:80, b:80#2", "b:80", true},
		"no id is no id":        {"a:80", "b:80", false},
		"nobody is listed":      {"", "a:80", false},
	} {
		l := listOf(tt.list)
		same(t, name, l.has(m(tt.member)), tt.want)
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
	if diags := l.write(t.Context(), p, "k"); diags.HasError() {
		t.Fatal(diags)
	}
	got, known := readList(t.Context(), p, "k")
	same(t, "list", strings.Join(got.Keys, " ")+" "+strings.Join(got.IDs, " "), "a:80 b:80 1")
	same(t, "known", known, true)
	for name, p := range map[string]private{"none": memory{}, "no JSON": memory{"k": []byte("{")}, "not readable": forgetful{}} {
		l, known := readList(t.Context(), p, "k")
		same(t, name+": known", known || len(l.Keys) > 0, false)
	}
}

// Of the members of state, those are a set's own that the attribute others does
// not name; of a set that was only imported none, and all that came in go with
// it. An owner of the group removes whomever the plan no longer lists.
func TestWhoseAMemberOfStateIs(t *testing.T) {
	t.Parallel()
	others := othersOf([]membership.Member{m("b:80")})
	imported := memory{importedKey: quoted("yes")}
	for name, tt := range map[string]struct {
		others    types.List
		p         private
		exclusive bool
		member    string
		want      string
	}{
		"its own":                            {others, memory{}, false, "a:80", "own goes removed"},
		"of others":                          {others, memory{}, false, "b:80", ""},
		"there are no others":                {types.ListNull(types.StringType), memory{}, false, "b:80", "own goes removed"},
		"not known":                          {types.ListUnknown(types.StringType), memory{}, false, "b:80", "own goes removed"},
		"imported":                           {others, imported, false, "b:80", "goes"},
		"imported, and not named":            {others, imported, false, "a:80", "goes"},
		"imported once, and applied since":   {others, memory{importedKey: quoted("")}, false, "a:80", "own goes removed"},
		"of others, in a group that it owns": {others, memory{}, true, "b:80", "removed"},
		"imported, and the group is owned":   {others, imported, true, "b:80", "goes removed"},
	} {
		o, diags := readOwnership(t.Context(), tt.others, tt.p)
		if diags.HasError() {
			t.Errorf("%s: %v", name, diags)
		}
		var is []string
		for what, yes := range map[string]bool{"own": o.own(m(tt.member)), "goes": o.goes(m(tt.member)), "removed": o.removes(tt.exclusive)(m(tt.member))} {
			if yes {
				is = append(is, what)
			}
		}
		slices.Sort(is)
		want := strings.Fields(tt.want)
		slices.Sort(want)
		same(t, name, strings.Join(is, " "), strings.Join(want, " "))
	}
	same(t, "nobody", nobody(m("a:80")), false)
}

// A replacement of an imported set takes out what it lists, a destruction what
// came in.
func TestWhomADestructionTakesOut(t *testing.T) {
	t.Parallel()
	replaced := memory{importedKey: quoted("yes")}
	list := listOf("a:80")
	list.write(t.Context(), replaced, goesKey)
	applied := memory{}
	list.write(t.Context(), applied, goesKey)
	set := &kitSet{}
	set.Others = othersOf([]membership.Member{m("b:80"), m("c:80")})
	for name, tt := range map[string]struct {
		p    private
		want string
	}{
		"what is its own":            {memory{}, "a:80 d:80"},
		"of an import, all":          {memory{importedKey: quoted("yes")}, "a:80 b:80 c:80 d:80"},
		"of an import, replaced":     {replaced, "a:80"},
		"of one that is applied too": {applied, "a:80 d:80"},
	} {
		goes, diags := verbsOfKit().goes(t.Context(), set, tt.p)
		var gone []string
		for _, k := range []string{"a:80", "b:80", "c:80", "d:80"} {
			if goes(m(k)) {
				gone = append(gone, k)
			}
		}
		same(t, name, strings.Join(gone, " "), tt.want)
		same(t, name+": errors", diags.HasError(), false)
	}
}

func TestHowOthersAreNamed(t *testing.T) {
	t.Parallel()
	same(t, "none", othersOf(nil).IsNull(), true)
	same(t, "two, in the order of their keys", othersOf([]membership.Member{m("b:80#2"), m("a:80=5#1")}).String(), `["a:80","b:80"]`)
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
