package acceptance_test

import (
	"strings"
	"testing"
	"testing/synctest"
)

// Identity needs Terraform 1.12; by the plugin protocol it is tested with any.
func TestIdentity(t *testing.T) {
	t.Parallel()
	for kind, build := range worlds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := build(t, true)
				core := w.core(t)
				o := core.New(w.kind)
				with := func(weight int) map[string]any {
					a := w.attributes(1)
					a["weight"] = weight
					return a
				}
				core.MustApply(o, with(7))
				created := core.Identity(o)
				want := map[string]any{"region": core.Value(o, "region")}
				for name := range created {
					if name == "region" {
						continue
					}
					if want[name] = core.Value(o, name); want[name] == "" {
						want[name] = nil // an identity leaves out what is empty
					}
				}
				compare(t, "after create", created, want)
				core.MustRefresh(o)
				compare(t, "after read", core.Identity(o), want)
				core.Run()
				core.MustApply(o, with(0))
				compare(t, "after update", core.Identity(o), want)

				// The identity, with or without the region, imports the member.
				for _, region := range []any{want["region"], nil} {
					want["region"] = region
					imported := core.MustImport(w.kind, "", want)
					if !imported.State.Equal(o.State) {
						t.Errorf("imported %s\nin state %s", imported.State, o.State)
					}
				}
				want["region"] = core.Value(o, "region")
				for name := range want {
					if name == "region" || name == "server_ip" {
						continue
					}
					broken := map[string]any{}
					for k, v := range want {
						broken[k] = v
					}
					if _, ok := broken[name].(string); !ok {
						continue
					}
					broken[name] = "../" + name
					if _, err := core.Import(t.Context(), w.kind, "", broken); err == nil || !strings.Contains(err.Error(), "Malformed import id") {
						t.Errorf("import with %s %q: %v", name, broken[name], err)
					}
				}
				core.MustApply(o, nil)
				w.holds(t, nil)
			})
		})
	}
}

func compare(t *testing.T, when string, got, want map[string]any) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: identity has %s %v, want %v", when, name, got[name], want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: identity %v, want %v", when, got, want)
	}
}

func TestMalformedImportIDs(t *testing.T) {
	t.Parallel()
	for kind, build := range worlds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := build(t, true)
				core := w.core(t)
				bad := []string{
					"nonsense", ":", "/", "::", w.group, w.group + ":", w.group + "/", w.group + "/10.0.0.1:65536", w.group + "/a/b",
					"../x:i-1:80", "../x/10.0.0.1:80", w.group + ":i-1:nonsense:x:y", w.group + ":i/1:80",
					w.group + ":i-1?x=y", w.group + "/?x", w.group + ":i-1:10.0.0.256:80", " " + w.importID(1), w.importID(1) + " ",
				}
				if !w.AnyPort {
					bad = append(bad, w.group+":i-1:0")
				}
				for _, id := range bad {
					_, err := core.Import(t.Context(), w.kind, id, nil)
					if err == nil || !strings.Contains(err.Error(), "Malformed import id") || !strings.Contains(err.Error(), "It is written") {
						t.Errorf("%q: %v", id, err)
					}
				}
				if es := w.server.Log.All(); len(es) != 0 {
					t.Errorf("malformed ids cost calls:\n%s", es)
				}
			})
		})
	}
}
