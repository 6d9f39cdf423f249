package tfkit

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// bubble is a case in time of its own.
func bubble(t *testing.T, name string, run func(t *testing.T)) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, run)
	})
}

type kitDeep struct {
	Deep types.String `tfsdk:"deep"`
}

type kitMiddle struct {
	kitDeep
	Middle types.String `tfsdk:"middle"`
}

type kitModel struct {
	kitMiddle
	Base
	Text   types.String `tfsdk:"text"`
	Number types.Int64  `tfsdk:"number"`
	List   types.List   `tfsdk:"list"`
	note   string
	Plain  string
}

// What the plan knows is kept, null included, in embedded structs too; what it
// does not know is as it was seen; and what is no value of Terraform's is not
// touched.
func TestWhatIsPlannedIsKept(t *testing.T) {
	t.Parallel()
	str, list := types.StringValue, types.ListValueMust(types.StringType, []attr.Value{types.StringValue("a")})
	plan := kitModel{
		kitMiddle: kitMiddle{kitDeep{str("planned deep")}, types.StringUnknown()},
		Base:      Base{ID: types.StringUnknown(), Region: str("planned"), AdoptExisting: types.BoolNull(), home: "of the plan"},
		Text:      types.StringNull(), Number: types.Int64Unknown(), List: types.ListUnknown(types.StringType), note: "plan", Plain: "plan",
	}
	seen := kitModel{
		kitMiddle: kitMiddle{kitDeep{str("seen deep")}, str("seen middle")},
		Base:      Base{ID: str("seen"), Region: str("seen"), AdoptExisting: types.BoolValue(true), home: "of the seen"},
		Text:      str("seen"), Number: types.Int64Value(7), List: list, note: "seen", Plain: "seen",
	}
	asPlanned(plan, &seen)
	for what, pair := range map[string][2]attr.Value{
		"known, embedded twice": {seen.Deep, str("planned deep")},
		"unknown, embedded":     {seen.Middle, str("seen middle")},
		"known, embedded":       {seen.Region, str("planned")},
		"unknown id":            {seen.ID, str("seen")},
		"null, embedded":        {seen.AdoptExisting, types.BoolNull()},
		"null":                  {seen.Text, types.StringNull()},
		"unknown number":        {seen.Number, types.Int64Value(7)},
		"unknown list":          {seen.List, list},
	} {
		if !pair[0].Equal(pair[1]) {
			t.Errorf("%s: %s, want %s", what, pair[0], pair[1])
		}
	}
	same(t, "what is no value", seen.note+" "+seen.Plain+" "+seen.home, "seen seen of the seen")
	asPlanned(kitModel{List: types.ListNull(types.StringType)}, &seen)
	if !seen.List.IsNull() {
		t.Errorf("a null list: %s", seen.List)
	}
}

// An item of a set is as planned, and has from the vendor what the plan leaves
// open: its id.
func TestAnItemIsAsPlanned(t *testing.T) {
	t.Parallel()
	plan := itemsOf("x a:80=5")["x"]
	plan.Await()
	got := verbsOfKit().planned(plan, m("a:80=77#new"))
	same(t, "item", textOf(got.Member()), "a:80=5#new")
	if !plan.ID.IsUnknown() {
		t.Error("the plan itself has changed")
	}
}

// A label whose member is null counts as left out, and Terraform finds it again.
func TestItemsThatAreNull(t *testing.T) {
	t.Parallel()
	a, b := kitItem{Server: types.StringValue("a")}, kitItem{Server: types.StringValue("b")}
	items := Items[kitItem]{"x": &a, "empty": nil, "later": nil}
	write := func(i Items[kitItem]) string {
		var words []string
		for _, label := range labels(i) {
			if i[label] == nil {
				words = append(words, label+" null")
			} else {
				words = append(words, label+" "+i[label].Server.ValueString())
			}
		}
		return strings.Join(words, ", ")
	}
	present := items.Present()
	same(t, "those present", strings.Join(labels(present), " "), "x")
	all := items.With(map[string]kitItem{"y": b, "later": b})
	same(t, "with others", write(all), "empty null, later b, y b")
	same(t, "with none", write(items.With(nil)), "empty null, later null")
	same(t, "the items themselves", write(items), "empty null, later null, x a")
	same(t, "no items", write(Items[kitItem](nil).With(present)), "x a")
	if *all["y"] = a; b.Server.ValueString() != "b" {
		t.Error("what was put in is shared with what it came from")
	}
	if all["later"].Server.ValueString() != "b" {
		t.Error("two labels share one item")
	}
	if Items[kitItem](nil).Present() == nil {
		t.Error("no items are a map that cannot be written to")
	}
}

// A label that is taken is not taken again.
func TestAFreeLabel(t *testing.T) {
	t.Parallel()
	key := m("a:80").Key
	items := map[string]int{}
	for _, want := range []string{"a:80", "a:80 (2)", "a:80 (3)"} {
		label := freeLabel(items, key)
		same(t, "label", label, want)
		items[label] = 1
	}
}

// Whose key two labels have, the first by name stands for.
func TestLabelsByKey(t *testing.T) {
	t.Parallel()
	index := byKey(ms("z a:80, y a:80, x b:80"))
	same(t, "a", index[m("a:80").Key], "y")
	same(t, "b", index[m("b:80").Key], "x")
	same(t, "number", len(index), 2)
	var keys []string
	for _, m := range sorted([]membership.Member{m("b:80"), m("a:81"), m("a:9"), {Key: membership.Key{Server: "a", Address: "10.0.0.1", Port: 1}}}) {
		keys = append(keys, m.Key.String())
	}
	same(t, "order: server, address, port as a number", strings.Join(keys, " "), "a:9 a:81 a:10.0.0.1:1 b:80")
}
