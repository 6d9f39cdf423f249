package tfkit

import (
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/membership"
)

// A cloud of the tests' own: its members are known by server and port and have
// an id, and may move to another port in place, as ELB's do.

type kitItem struct {
	Server types.String `tfsdk:"server"`
	Port   types.Int64  `tfsdk:"port"`
	Weight types.Int64  `tfsdk:"weight"`
	ID     types.String `tfsdk:"member_id"`
}

func (i *kitItem) Known() bool {
	return !i.Server.IsUnknown() && !i.Server.IsNull() && !i.Port.IsUnknown()
}

func (i *kitItem) Member() membership.Member {
	return membership.Member{
		Key: membership.Key{Server: i.Server.ValueString(), Port: int(i.Port.ValueInt64())},
		ID:  i.ID.ValueString(), Weight: int(i.Weight.ValueInt64()),
	}
}

func (i *kitItem) Observe(m membership.Member) {
	*i = kitItem{types.StringValue(m.Key.Server), types.Int64Value(int64(m.Key.Port)), types.Int64Value(int64(m.Weight)), types.StringValue(m.ID)}
}

func (i *kitItem) Validate(path.Path, *diag.Diagnostics) {}

func (i *kitItem) Default() {
	if i.Weight.IsNull() {
		i.Weight = types.Int64Value(100)
	}
}

func (i *kitItem) Await() { i.ID = types.StringUnknown() }

func (i *kitItem) Inherit(before kitItem, _ bool) { i.ID = before.ID }

type kitSet struct {
	SetCommon
	GroupID types.String   `tfsdk:"group_id"`
	Servers Items[kitItem] `tfsdk:"servers"`
}

func (s *kitSet) Group() string          { return s.GroupID.ValueString() }
func (s *kitSet) Items() *Items[kitItem] { return &s.Servers }

type kitVerbs = SetVerbs[kitSet, kitItem, *kitSet, *kitItem]

// verbsOfKit are the verbs of a set in that cloud.
func verbsOfKit() *kitVerbs {
	return &kitVerbs{
		Type: "kit_servers", Noun: "server", GroupAttribute: "group_id", Attribute: "servers", Change: movable,
		Advise: func(error, *kitSet) Advice { return Advice{} },
	}
}

// movable changes a member in place, its port too, if its server is the same.
func movable(from, to membership.Member) (membership.Change, bool) {
	c := membership.Change{Member: from}
	if from.Key.Server != to.Key.Server {
		return c, false
	}
	if from.Key.Port != to.Key.Port {
		c.Port = &to.Key.Port
	}
	if from.Weight != to.Weight {
		c.Weight = &to.Weight
	}
	return c, true
}

// rigid changes a member in place if its key is the same.
func rigid(from, to membership.Member) (membership.Change, bool) {
	if from.Key != to.Key {
		return membership.Change{}, false
	}
	return movable(from, to)
}

// m is a member as the tests write it: "a:80", with another weight than 100
// "a:80=5", with an id "a:80#id".
func m(s string) membership.Member {
	s, id, _ := strings.Cut(s, "#")
	s, weight, ok := strings.Cut(s, "=")
	is := membership.Member{ID: id, Weight: 100}
	if ok {
		is.Weight, _ = strconv.Atoi(weight)
	}
	var port string
	is.Key.Server, port, _ = strings.Cut(s, ":")
	is.Key.Port, _ = strconv.Atoi(port)
	return is
}

// ms are members by label, as the tests write them: "x a:80, y b:80".
func ms(s string) map[string]membership.Member {
	all := map[string]membership.Member{}
	for _, one := range strings.Split(s, ", ") {
		if label, text, ok := strings.Cut(one, " "); ok {
			all[label] = m(text)
		}
	}
	return all
}

// itemsOf are items by label, written so.
func itemsOf(s string) map[string]kitItem {
	all := map[string]kitItem{}
	for label, m := range ms(s) {
		all[label] = observed[kitItem, *kitItem](kitItem{}, m)
	}
	return all
}

// textOf is a member as m reads it.
func textOf(m membership.Member) string {
	s := m.Key.String()
	if m.Weight != 100 {
		s += "=" + strconv.Itoa(m.Weight)
	}
	if m.ID != "" {
		s += "#" + m.ID
	}
	return s
}

// labelled are members by label as ms reads them.
func labelled(all map[string]membership.Member) string {
	var words []string
	for _, label := range labels(all) {
		words = append(words, label+" "+textOf(all[label]))
	}
	return strings.Join(words, ", ")
}

// same fails a test that has not what it wants.
func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}
