package acceptance_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// listed is one member of a set: its number and what is configured beside its
// key.
type listed struct {
	n     int
	extra map[string]any
}

// plain is members with nothing but their key, labelled m<n>.
func plain(numbers ...int) map[string]listed {
	items := map[string]listed{}
	for _, n := range numbers {
		items[fmt.Sprintf("m%d", n)] = listed{n: n}
	}
	return items
}

// upTo is plain for the members 1 to n.
func upTo(n int) map[string]listed {
	var numbers []int
	for i := range n {
		numbers = append(numbers, i+1)
	}
	return plain(numbers...)
}

// weighted is one member with a weight.
func weighted(n, weight int) listed { return listed{n, map[string]any{"weight": weight}} }

// item is one member's attributes.
func (w *world) item(l listed) map[string]any {
	item := w.Member(l.n)
	maps.Copy(item, l.extra)
	return item
}

// setAttributes are a set resource as the plugin protocol has it.
func (w *world) setAttributes(items map[string]listed, extra map[string]any) map[string]any {
	members := map[string]any{}
	for label, l := range items {
		members[label] = w.item(l)
	}
	all := map[string]any{w.Group: w.group, w.Members: members}
	maps.Copy(all, extra)
	return all
}

// set is a set resource named so as configuration has it.
func (w *world) set(name, extra string, items map[string]listed) string {
	var b strings.Builder
	fmt.Fprintf(&b, "resource %q %q {\n%s = %q\n%s\n%s = {\n", w.Set, name, w.Group, w.group, extra, w.Members)
	for _, label := range slices.Sorted(maps.Keys(items)) {
		fmt.Fprintf(&b, "%q = {\n", label)
		item := w.item(items[label])
		for _, name := range slices.Sorted(maps.Keys(item)) {
			fmt.Fprintf(&b, "%s = %#v\n", name, item[name])
		}
		b.WriteString("}\n")
	}
	b.WriteString("}\n}\n")
	return b.String()
}

// setAddress is where a set resource is.
func (w *world) setAddress(name string) string { return w.Set + "." + name }

func (w *world) elb() bool { return strings.Contains(w.kind, "elb") }

// aSet is a set resource under test.
type aSet struct {
	t *testing.T
	w *world
	c *acctest.Core
	o *acctest.Object
}

func (w *world) newSet(t *testing.T) *aSet {
	t.Helper()
	c := w.core(t)
	return &aSet{t, w, c, c.New(w.Set)}
}

// made is a set of the world's that has been applied.
func (w *world) made(t *testing.T, items map[string]listed, extra map[string]any) *aSet {
	t.Helper()
	s := w.newSet(t)
	s.apply(items, extra)
	return s
}

// plan is one terraform plan: a new run, a refresh and a plan.
func (s *aSet) plan(items map[string]listed, extra map[string]any) (acctest.Plan, error) {
	s.t.Helper()
	s.c.Run()
	s.c.MustRefresh(s.o)
	return s.c.Plan(s.t.Context(), s.o, s.w.setAttributes(items, extra))
}

// try is one terraform apply: a plan, and a new run that applies it. It returns
// the calls of the second.
func (s *aSet) try(items map[string]listed, extra map[string]any) (fakecloud.Entries, error) {
	s.t.Helper()
	if _, err := s.plan(items, extra); err != nil {
		return nil, err
	}
	s.c.Run()
	mark := s.w.server.Log.Mark()
	err := s.c.Apply(s.t.Context(), s.o, s.w.setAttributes(items, extra))
	return s.w.server.Log.Since(mark), err
}

// apply is try that must succeed.
func (s *aSet) apply(items map[string]listed, extra map[string]any) fakecloud.Entries {
	s.t.Helper()
	calls, err := s.try(items, extra)
	if err != nil {
		s.t.Fatal(err)
	}
	return calls
}

// destroy is one terraform destroy.
func (s *aSet) destroy() fakecloud.Entries {
	s.t.Helper()
	s.c.Run()
	s.c.MustRefresh(s.o)
	s.c.Run()
	mark := s.w.server.Log.Mark()
	s.c.MustApply(s.o, nil)
	return s.w.server.Log.Since(mark)
}

// has checks the labels in state.
func (s *aSet) has(labels ...string) {
	s.t.Helper()
	slices.Sort(labels)
	if got := s.w.labels(s.c, s.o); !slices.Equal(got, labels) {
		s.t.Errorf("state has the labels %v, want %v", got, labels)
	}
}

// value is an attribute of one member in state.
func (s *aSet) value(label, attribute string) any {
	s.t.Helper()
	members, _ := s.c.Value(s.o, s.w.Members).(map[string]any)
	m, ok := members[label].(map[string]any)
	if !ok {
		s.t.Errorf("state has no %q: %v", label, members)
	}
	return m[attribute]
}

// settled checks that the plan after an apply is empty.
func (s *aSet) settled(items map[string]listed, extra map[string]any) {
	s.t.Helper()
	if p, err := s.plan(items, extra); err != nil || !p.Empty {
		s.t.Errorf("the plan after it: empty %v, error %v", p.Empty, err)
	}
}

// writes checks how many of some calls are writes.
func (s *aSet) writes(calls fakecloud.Entries, want int) {
	s.t.Helper()
	if n := len(calls.Writes()); n != want {
		s.t.Errorf("%d writes, want %d:\n%s", n, want, calls)
	}
}

// order checks which kinds of writes calls are, in their order; a run of one
// kind counts once.
func (w *world) order(t *testing.T, calls fakecloud.Entries, want ...string) {
	t.Helper()
	var got []string
	for _, e := range calls.Writes() {
		kind := "?"
		for name, ops := range map[string][]string{"add": w.ops.add, "update": w.ops.update, "remove": w.ops.remove} {
			if slices.Contains(ops, e.Op) {
				kind = name
			}
		}
		got = append(got, kind)
	}
	if got = slices.Compact(got); !slices.Equal(got, want) {
		t.Errorf("the writes are %v, want %v:\n%s", got, want, calls)
	}
}

// refuse makes the cloud refuse every call of some actions that names a member.
func (w *world) refuse(n int, actions []string) {
	for _, a := range actions {
		w.server.Faults.On(a).Where(func(c *fakecloud.Call) bool { return w.names(c, n) }).Times(0).Do(
			w.Codes.Refused.Fail("The specified parameter is not valid."))
	}
}

// says checks that an error has all of some texts.
func says(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want one that says %q", texts)
		return
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
}
