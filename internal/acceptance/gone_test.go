package acceptance_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
)

// A group that somebody else deletes takes its members along, and is not made anew.
func TestAGroupDeletedOutside(t *testing.T) {
	t.Parallel()
	inEveryForm(t, func(t *testing.T, r *one) {
		r.apply(t, r.config(nil, nil))
		r.deleteGroup()
		if p := r.planned(t, r.config(nil, nil)); p.Empty || !r.o.State.IsNull() {
			t.Errorf("the plan is empty %v, state holds %s", p.Empty, r.o.State)
		}
		says(t, r.c.Apply(t.Context(), r.o, r.config(nil, nil)), "Unable to add", "Check", r.group)
		if !r.o.State.IsNull() {
			t.Errorf("state holds %s", r.o.State)
		}
	})
}

// The group goes before a destruction, or in its midst.
func TestADestroyAfterTheGroupIsGone(t *testing.T) {
	t.Parallel()
	for when, goes := range map[string]func(r *one){
		"before it":      func(r *one) { r.deleteGroup() },
		"in mid-removal": func(r *one) { r.befalls(r.ops.remove, fakecloud.Before(r.deleteGroup)) },
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			inEveryForm(t, func(t *testing.T, r *one) {
				r.apply(t, r.config(nil, map[string]any{"drain_duration": "1s"}))
				r.c.Run()
				goes(r)
				if err := r.c.Apply(t.Context(), r.o, nil); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// No unrelated answer to a read is taken for "the member is gone".
func TestUnrelatedErrorsAreNotGone(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]fakecloud.Effect{
		"HTML 404":   fakecloud.Raw(404, "text/html", "<html><body>404 page not found</body></html>"),
		"empty 200":  fakecloud.Raw(200, "application/json", ""),
		"APIGW.0101": fakecloud.Raw(404, "application/json", apigw101),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inEveryForm(t, func(t *testing.T, r *one) {
				config := r.config(nil, map[string]any{"timeouts": map[string]any{"read": "2s"}})
				r.apply(t, config)
				r.befalls(r.ops.read, answer)
				r.c.Run()
				err := r.c.Refresh(t.Context(), r.o)
				says(t, err, "Unable to read", r.group)
				if err != nil && strings.Contains(err.Error(), "  in ") {
					t.Errorf("a hole in the error: %v", err)
				}
				r.mended()
				if p := r.planned(t, config); !p.Empty {
					t.Error("the plan after it is not empty")
				}
			})
		})
	}
}

func TestErrorsAtPlan(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		c := w.core(t)
		for _, wrong := range []struct {
			attribute string
			value     any
			says      string
		}{
			{"weight", 101, "must be a whole number from 0 to 100"},
			{"weight", -1, "must be a whole number from 0 to 100"},
			{"weight", 1.5, "weight is 1.5: it must be a whole number"},
			{w.Group, "../x", "must be a"},
			{w.Group, "a/b?c=d", "must be a"},
			{"timeouts", map[string]any{"create": "soon"}, `timeouts.create is "soon"`},
		} {
			config := w.attributes(1)
			config[wrong.attribute] = wrong.value
			_, err := c.Plan(t.Context(), c.New(w.kind), config)
			says(t, err, wrong.says, wrong.attribute)
		}
		if es := w.server.Log.All(); len(es) != 0 {
			t.Errorf("errors that the configuration shows cost calls:\n%s", es)
		}
	})
}

// A creation that fails leaves nothing in state, and takes out nobody's member.
func TestErrorsAtApply(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		w.foreign(7, 9)
		for name, c := range map[string]struct {
			provider map[string]any
			n        int
			group    string
			want     string // matches the error
		}{
			"wrong secret":    {map[string]any{"secret_key": "sk-wrong"}, 1, w.group, `Unable to add .*(SignatureDoesNotMatch|APIGW\.0301).*Check the keys of`},
			"wrong region":    {map[string]any{"region": "eu-west-0"}, 1, w.group, `Unable to add .*(region|project)`},
			"wrong id":        {nil, 1, "no-such-id", `Unable to add .*no-such-id.*Check`},
			"existing member": {nil, 7, w.group, `already in.*import it with the id "` + regexp.QuoteMeta(w.importID(7)) + `"`},
		} {
			settings := maps.Clone(w.settings[w.Cloud].(map[string]any))
			maps.Copy(settings, c.provider)
			core := acctest.NewCore(t, w.serve, map[string]any{w.Cloud: settings})
			o := core.New(w.kind)
			config := w.attributes(c.n)
			config[w.Group] = c.group
			if err := core.Apply(t.Context(), o, config); err == nil || !regexp.MustCompile("(?s)"+c.want).MatchString(err.Error()) {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
			if !o.State.IsNull() {
				t.Errorf("%s: state holds %s", name, o.State)
			}
		}
		w.holds(t, map[int]int{7: 9})
		if n := w.count(0, w.ops.remove); n != 0 {
			t.Errorf("%d removals were made of members that were never ours:\n%s", n, w.server.Log.All())
		}
	})
}

func TestAnImportOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		c := w.core(t)
		o, err := c.Import(t.Context(), w.kind, w.importID(1), nil)
		if err != nil || !o.State.IsNull() { // which Terraform says is no remote object
			t.Errorf("the import of no member: state %v, error %v", o, err)
		}
		_, err = c.Import(t.Context(), w.kind, "nonsense", nil)
		says(t, err, "Malformed import id", "It is written")
	})
}
