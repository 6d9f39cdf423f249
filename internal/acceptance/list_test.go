package acceptance_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// query asks for the members of the world's group.
func (w *world) query(limit int) acctest.Query {
	return acctest.Query{Type: w.kind, Config: map[string]any{w.Group: w.group}, Limit: limit}
}

// What a query lists is imported by its identity with the configuration that is
// generated from it, and the plan after that is empty.
func TestWhatIsListedIsImportedAsItIs(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.foreign(10, 0)
		w.foreign(2, 42)
		w.foreign(1, w.weight)
		w.Describe(w.group, 2, "web-2")
		c := w.core(t)
		q := w.query(100)
		q.Include = true
		all, err := c.List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if n := w.count(0, w.ops.read); n != 1 {
			t.Errorf("one query took %d listings:\n%s", n, w.server.Log.All())
		}
		names := map[string]bool{}
		for _, l := range all {
			names[l.Name] = true
			config, err := c.Generate(t.Context(), w.kind, l.Resource)
			if err != nil {
				t.Fatal(err)
			}
			c.Run()
			o, err := c.Import(t.Context(), w.kind, "", l.Identity)
			if err != nil {
				t.Fatal(err)
			}
			compare(t, "listed "+l.Name, l.Identity, c.Identity(o))
			if l.Identity["region"] != w.Region {
				t.Errorf("the identity of %s has the region %v, want %s", l.Name, l.Identity["region"], w.Region)
			}
			if p, err := c.Plan(t.Context(), o, config); err != nil || !p.Empty {
				t.Errorf("the plan of %s is empty: %v, error %v; configuration %v", l.Name, p.Empty, err, config)
			}
		}
		want := map[string]bool{}
		for n, text := range map[int]string{0: "", 1: "", 2: " web-2", 10: ""} {
			want[w.key(n)+text+" ("+w.group+")"] = true
		}
		if !maps.Equal(names, want) || len(all) != len(want) {
			t.Errorf("listed are %v, want %v", names, want)
		}
		if writes := w.server.Log.All().Writes(); len(writes) != 0 {
			t.Errorf("a query and imports made writes:\n%s", writes)
		}
	})
}

// Without include_resource there are identities alone, in the same order as with
// it, and in the same order each time.
func TestAListHasAnOrder(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		for _, n := range []int{9, 3, 7, 12, 1} {
			w.foreign(n, n)
		}
		var before []string
		for _, include := range []bool{false, true} {
			c := w.core(t)
			q := w.query(100)
			q.Include = include
			all, err := c.List(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, l := range all {
				names = append(names, l.Name)
				if l.Resource.IsNull() == include {
					t.Errorf("%s with a resource: %v", l.Name, !include)
				}
			}
			if before != nil && !slices.Equal(names, before) {
				t.Errorf("listed are %v, before %v", names, before)
			}
			before = names
			w.outside(1) // and in again: the vendor lists it elsewhere
			w.foreign(1, 1)
		}
		if len(before) != 6 {
			t.Errorf("listed are %v", before)
		}
	})
}

// A list ends at its limit, where nobody takes any more, and where its context
// ends.
func TestAListEnds(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		for n := range 4 {
			w.foreign(n+1, 1)
		}
		for limit, want := range map[int]int{0: 0, 1: 1, 4: 4, 5: 5, 6: 5} {
			if all, err := w.core(t).List(t.Context(), w.query(limit)); err != nil || len(all) != want {
				t.Errorf("limit %d: %d results, error %v, want %d", limit, len(all), err, want)
			}
		}
		stopped := w.query(100)
		n := 0
		stopped.Each = func(acctest.Listed) bool { n++; return n < 2 }
		if all, err := w.core(t).List(t.Context(), stopped); err != nil || len(all) != 2 {
			t.Errorf("stopped at the second result: %d results, error %v", len(all), err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancelled := w.query(100)
		cancelled.Each = func(acctest.Listed) bool { cancel(); return true }
		if all, err := w.core(t).List(ctx, cancelled); err != nil || len(all) != 1 {
			t.Errorf("cancelled at the first result: %d results, error %v", len(all), err)
		}
	})
}

// Five hundred members are one listing, and so are two lists of one group in one
// query, whether or not they name the provider's region.
func TestFiveHundredMembersAreOneListing(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		for n := range 500 {
			w.foreign(n+1, 1)
		}
		c := w.core(t)
		for _, include := range []bool{false, true} {
			q := w.query(1000)
			q.Include = include
			if include {
				q.Config["region"] = "" // as in a resource, left out
			}
			if all, err := c.List(t.Context(), q); err != nil || len(all) != 501 {
				t.Errorf("%d results, error %v, want 501", len(all), err)
			}
		}
		if n, want := w.count(0, w.ops.read), w.pages(501); n != want || w.calls(w.server.Log.All()) != want {
			t.Errorf("%d calls of listings, want the %d of one and nothing else:\n%s", n, want, brief(w.server.Log.All()))
		}
	})
}

// An empty group has no results; one that does not exist is an error at the
// attribute that names it.
func TestAListOfAGroupThatIsNotThere(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.outside(0)
		if all, err := w.core(t).List(t.Context(), w.query(100)); err != nil || len(all) != 0 {
			t.Errorf("of an empty group: %d results, error %v", len(all), err)
		}
		w.deleteGroup()
		all, err := w.core(t).List(t.Context(), w.query(100))
		says(t, err, "Unable to read", w.group, "the region ("+w.Region+")", fmt.Sprintf("[at AttributeName(%q)]", w.Group))
		if len(all) != 0 {
			t.Errorf("an error and %d results", len(all))
		}
		bad := w.query(100)
		bad.Config[w.Group] = "../" + w.group
		_, err = w.core(t).List(t.Context(), bad)
		says(t, err, w.Group, "must be")
	})
}

// A list goes to its own region, and what it lists is imported from there.
func TestAListOfAnotherRegion(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		settings, _ := w.settings[w.Cloud].(map[string]any)
		settings["region"] = "cn-north-9"
		c := w.core(t)
		_, err := c.List(t.Context(), w.query(100))
		says(t, err, "cn-north-9")
		q := w.query(100)
		q.Config["region"], q.Include = w.Region, true
		all, err := c.List(t.Context(), q)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d results, error %v", len(all), err)
		}
		config, err := c.Generate(t.Context(), w.kind, all[0].Resource)
		if err != nil {
			t.Fatal(err)
		}
		o, err := c.Import(t.Context(), w.kind, "", all[0].Identity)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := c.Plan(t.Context(), o, config); err != nil || !p.Empty || config["region"] != w.Region {
			t.Errorf("the plan is empty: %v, error %v; configuration %v", p.Empty, err, config)
		}
	})
}

// What keeps a cloud from being used is said as of a resource, and of every list: one
// that is empty says that nothing is there.
func TestAListWithoutCredentials(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.settings[w.Cloud] = map[string]any{"region": w.Region}
		c := w.core(t)
		_, err := c.Plan(t.Context(), c.New(w.kind), w.attributes(1))
		c.Run()
		_, listed := c.List(t.Context(), w.query(100))
		if err == nil || listed == nil || err.Error() != listed.Error() {
			t.Errorf("of a list: %v\nof a resource: %v", listed, err)
		}
		if all, again := c.List(t.Context(), w.query(100)); again == nil || again.Error() != listed.Error() || len(all) != 0 {
			t.Errorf("of the next list: %d results, %v", len(all), again)
		}
		if es := w.server.Log.All(); len(es) != 0 {
			t.Errorf("calls without credentials:\n%s", es)
		}
		w.settings[w.Cloud] = map[string]any{"region": acctest.Unknown}
		_, err = w.core(t).List(t.Context(), w.query(100))
		says(t, err, "Provider configuration is not known", "cannot be listed")
	})
}
