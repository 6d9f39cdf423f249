package acceptance_test

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
)

// What the configuration alone shows to be wrong costs no call.
func TestWhatIsWrongWithASetIsSaidAtPlan(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.newSet(t)
		type attributes = map[string]any
		cases := map[string]struct {
			items map[string]listed
			extra map[string]any
			want  []string
		}{
			"listed twice":       {map[string]listed{"a": {n: 1}, "b": weighted(1, 5)}, nil, []string{`"a" and as "b"`, w.key(1), `ElementKeyString("b")`}},
			"weight 101":         {map[string]listed{"a": weighted(1, 101)}, nil, []string{"whole number from 0 to 100", `ElementKeyString("a").AttributeName("weight")`}},
			"weight -1":          {map[string]listed{"a": weighted(1, -1)}, nil, []string{"whole number from 0 to 100"}},
			"negative drain":     {upTo(1), attributes{"drain_duration": "-5s"}, []string{"drain_duration"}},
			"drain and delete":   {upTo(1), attributes{"drain_duration": "5m", "timeouts": attributes{"delete": "2m"}}, []string{"drain_duration", "timeouts.delete"}},
			"drain and update":   {upTo(1), attributes{"drain_duration": "5m", "timeouts": attributes{"update": "2m"}}, []string{"drain_duration", "timeouts.update"}},
			"drain is no time":   {upTo(1), attributes{"drain_duration": "soon"}, []string{"drain_duration"}},
			"no id of a group":   {upTo(1), attributes{w.Group: "../x"}, []string{"must be a"}},
			"timeout is no such": {upTo(1), attributes{"timeouts": attributes{"create": "soon"}}, []string{"timeouts.create is \"soon\""}},
		}
		one := func(extra attributes) map[string]listed { return map[string]listed{"a": {1, extra}} }
		add := func(name string, extra attributes, want ...string) {
			c := cases[name]
			c.items, c.want = one(extra), want
			cases[name] = c
		}
		add("weight 1.5", attributes{"weight": 1.5}, "is 1.5: it must be a whole number", `ElementKeyString("a").AttributeName("weight")`)
		if w.elb() {
			add("every address", attributes{"address": "0.0.0.0"}, "no server is at it")
			add("address is none", attributes{"address": "10.0.0.256"}, "ddress")
			add("port 65536", attributes{"protocol_port": 65536}, "whole number from 0 to 65535")
		} else {
			add("address of an instance", attributes{"server_ip": "10.0.0.1"}, "server_ip goes with type eni and eci only", `ElementKeyString("a")`)
			add("interface without address", attributes{"type": "eni"}, "server_ip is required with type eni", `ElementKeyString("a")`)
			add("no such type", attributes{"type": "vm"}, "eci")
			add("description", attributes{"description": "http://x"}, `servers["a"].description`, "must")
			if strings.Contains(w.kind, "vserver") {
				add("port 0", attributes{"port": 0}, "whole number from 1 to 65535")
			}
		}
		for name, c := range cases {
			_, err := s.plan(c.items, c.extra)
			if err == nil {
				t.Errorf("%s: no error", name)
				continue
			}
			says(t, err, c.want...)
		}
		if es := w.server.Log.All(); len(es) != 0 {
			t.Errorf("errors that the configuration shows cost calls:\n%s", es)
		}
	})
}

func TestMoreMembersThanTheUsualQuotaIsAWarning(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.newSet(t)
		usual := max(w.Quota, 200) // where there is none nobody is warned
		for n, warned := range map[int]bool{usual: false, usual + 1: w.Quota > 0} {
			if _, err := s.plan(upTo(n), nil); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(strings.Join(s.c.Warnings(), "\n"), "usual quota"); got != warned {
				t.Errorf("%d members: a warning %v, want %v", n, got, warned)
			}
		}
	})
}

// What is not known at plan does not keep the rest from being planned, and the
// apply keeps to the plan.
func TestUnknownValuesOfASet(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		name := w.Host
		with := func(label, attribute string, v any) func(map[string]any) {
			return func(all map[string]any) { all[w.Members].(map[string]any)[label].(map[string]any)[attribute] = v }
		}
		for what, hide := range map[string]func(map[string]any){
			"a server":  with("m3", name, acctest.Unknown),
			"a weight":  with("m1", "weight", acctest.Unknown),
			"the map":   func(all map[string]any) { all[w.Members] = acctest.Unknown },
			"the group": func(all map[string]any) { all[w.Group] = acctest.Unknown },
			"the drain": func(all map[string]any) { all["drain_duration"] = acctest.Unknown },
			"exclusive": func(all map[string]any) { all["exclusive"] = acctest.Unknown },
		} {
			for _, before := range []map[string]listed{nil, {"m1": weighted(1, 5), "m2": weighted(2, 5), "m9": {n: 9}}, {"m1": weighted(1, 0), "m3": {n: 2}}} {
				s := w.newSet(t)
				if before != nil {
					s.apply(before, nil)
				}
				final := func() map[string]any {
					return w.setAttributes(map[string]listed{"m1": weighted(1, 7), "m2": {n: 2}, "m3": {n: 3}}, map[string]any{"drain_duration": "1s"})
				}
				config := final()
				hide(config)
				s.c.Run()
				s.c.MustRefresh(s.o)
				p, err := s.c.Plan(t.Context(), s.o, config)
				if err != nil {
					t.Fatalf("%s unknown: %v", what, err)
				}
				if p.Replace { // a group that is not known may be another
					s.destroy()
					continue
				}
				s.c.Run()
				if err := s.c.Follow(t.Context(), s.o, p, final()); err != nil {
					t.Fatalf("%s unknown, before %v: %v", what, before, err)
				}
				w.holds(t, map[int]int{1: 7, 2: w.weight, 3: w.weight})
				s.destroy()
				w.holds(t, nil)
			}
		}
	})
}

// A key that is not known at plan may turn out to be one that is there under
// another label.
func TestAnUnknownMemberTurnsOutToBeThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := elbPool(t, true)
		at := func(port any) listed { return listed{1, map[string]any{"protocol_port": port}} }
		s := w.made(t, map[string]listed{"a": at(80)}, nil)
		s.c.Run()
		p := s.c.MustPlan(s.o, w.setAttributes(map[string]listed{"a": at(81), "b": at(acctest.Unknown)}, nil))
		s.c.Run()
		s.c.MustFollow(s.o, p, w.setAttributes(map[string]listed{"a": at(81), "b": at(80)}, nil))
		w.holdsKeys(t, "10.0.0.2:80", "10.0.0.2:81")
	})
}

// Two resources that answer for one member, or one that owns the group beside
// another, are told at plan; each pair in both orders.
func TestClaimsThatConflict(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		owns := map[string]any{"exclusive": true}
		set := func(extra map[string]any, numbers ...int) map[string]any {
			return w.setAttributes(plain(numbers...), extra)
		}
		kind := w.Set
		type planned struct {
			kind   string
			config map[string]any
		}
		for name, c := range map[string]struct {
			one, two planned
			want     []string
		}{
			"set and single":           {planned{kind, set(nil, 1, 2)}, planned{w.kind, w.attributes(1)}, []string{"Member managed twice", w.key(1)}},
			"two sets":                 {planned{kind, set(nil, 1, 2)}, planned{kind, set(nil, 2, 3)}, []string{"Member managed twice", w.key(2), kind + ` (as "m2")`}},
			"two singles":              {planned{w.kind, w.attributes(1)}, planned{w.kind, w.attributes(1)}, []string{"Member managed twice", w.kind}},
			"owner and single":         {planned{kind, set(owns, 1, 2)}, planned{w.kind, w.attributes(3)}, []string{"Group owned by another resource", w.key(3)}},
			"owner and set":            {planned{kind, set(owns, 1)}, planned{kind, set(nil, 3)}, []string{"Group owned by another resource", w.key(3)}},
			"owner and its own member": {planned{kind, set(owns, 1)}, planned{w.kind, w.attributes(1)}, []string{"Member managed twice", w.key(1)}},
			"two owners":               {planned{kind, set(owns, 1)}, planned{kind, set(owns, 3)}, []string{"Group owned by another resource", kind}},
		} {
			for _, order := range [][]planned{{c.one, c.two}, {c.two, c.one}} {
				core := w.core(t)
				if _, err := core.Plan(t.Context(), core.New(order[0].kind), order[0].config); err != nil {
					t.Fatalf("%s: the first of two: %v", name, err)
				}
				_, err := core.Plan(t.Context(), core.New(order[1].kind), order[1].config)
				says(t, err, append(c.want, order[0].kind)...)
			}
		}
		if es := w.server.Log.All().Writes(); len(es) != 0 {
			t.Errorf("plans made writes:\n%s", es)
		}
	})
}

// Nothing of this is a conflict.
func TestClaimsWithoutConflict(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		c := w.core(t)
		kind := w.Set
		plan := func(o *acctest.Object, config map[string]any) {
			t.Helper()
			if _, err := c.Plan(t.Context(), o, config); err != nil {
				t.Fatal(err)
			}
		}
		// Other members, other groups.
		plan(c.New(kind), w.setAttributes(plain(1, 2), nil))
		plan(c.New(kind), w.setAttributes(plain(3), nil))
		plan(c.New(w.kind), w.attributes(4))
		elsewhere := w.setAttributes(plain(1), map[string]any{w.Group: "other", "exclusive": true})
		plan(c.New(kind), elsewhere)
		// The same instance planned again, in this run and the next.
		s := &aSet{t, w, c, c.New(kind)}
		owns := map[string]any{"exclusive": true}
		s.apply(plain(1, 2), owns)
		s.apply(plain(2, 3), owns)
		// A member that has been given up is free in the next run.
		s.apply(plain(3), nil)
		c.Run()
		single := c.New(w.kind)
		plan(s.o, w.setAttributes(plain(3), nil))
		plan(single, w.attributes(2))
		// A key that is not known yet conflicts with nothing.
		c.Run()
		attribute := w.Host
		unknown := map[string]listed{"u": {1, map[string]any{attribute: acctest.Unknown}}}
		plan(c.New(kind), w.setAttributes(unknown, owns))
		a := maps.Clone(w.attributes(1))
		plan(c.New(w.kind), a)
		// A destroyed one claims nothing.
		c.Run()
		c.MustApply(s.o, nil)
		plan(c.New(kind), w.setAttributes(plain(2, 3), owns))
	})
}

// A member that is not known as a whole, as an object variable is while Terraform
// validates, is not taken for one without its required attributes.
func TestAMemberThatIsNotKnownAsAWhole(t *testing.T) {
	t.Parallel()
	inEveryBubble(t, func(t *testing.T, w *world) {
		s := w.newSet(t)
		attributes := w.setAttributes(plain(1), nil)
		attributes[w.Members].(map[string]any)["m2"] = acctest.Unknown
		if _, err := s.c.Plan(t.Context(), s.o, attributes); err != nil {
			t.Errorf("a member that is not known yet: %v", err)
		}
		empty := w.setAttributes(map[string]listed{}, nil)
		empty[w.Members] = map[string]any{"m1": map[string]any{"weight": 5}}
		if _, err := s.c.Plan(t.Context(), s.o, empty); err == nil || !strings.Contains(err.Error(), `["m1"]: `) || !strings.Contains(err.Error(), "is required") {
			t.Errorf("a member without its key: %v", err)
		}
	})
}
