package acceptance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

// realTurn lets one test at a time have the real group.
var realTurn sync.Mutex

// realWorld is a group of a real account, as the environment says (CONTRIBUTING.md,
// "On a real account"). Somebody else there is a second provider. The group is left
// as it was found: the test's members are taken out, and those of others have their
// weights again.
func realWorld(t *testing.T, most int) *world {
	t.Helper()
	realTurn.Lock()
	t.Cleanup(realTurn.Unlock)
	kind := os.Getenv("CLOUDLB_REAL")
	i := slices.IndexFunc(stages.Kinds(), func(k fakecloud.Kind) bool { return k.Single == kind })
	if i < 0 {
		t.Fatalf("CLOUDLB_REAL is %q, which is the type of no resource of one member", kind)
	}
	group := os.Getenv("CLOUDLB_REAL_GROUP")
	hosts := strings.FieldsFunc(os.Getenv("CLOUDLB_REAL_HOSTS"), func(r rune) bool { return r == ',' || r == ' ' })
	if group == "" || len(hosts) == 0 {
		t.Fatal("CLOUDLB_REAL_GROUP and CLOUDLB_REAL_HOSTS must be set with CLOUDLB_REAL")
	}
	if len(hosts) < most {
		t.Skipf("the test puts in members up to number %d; CLOUDLB_REAL_HOSTS has %d", most, len(hosts))
	}
	s := &fakecloud.Stage{Kind: stages.Kinds()[i], Groups: []string{group}, PortOf: 8080}
	s.HostOf = func(n int) string { return hosts[n-1] }
	if text := os.Getenv("CLOUDLB_REAL_PORT"); text != "" {
		var err error
		if s.PortOf, err = strconv.Atoi(text); err != nil {
			t.Fatalf("CLOUDLB_REAL_PORT: %v", err)
		}
	}
	if text := os.Getenv("CLOUDLB_REAL_ATTRIBUTES"); text != "" {
		if err := json.Unmarshal([]byte(text), &s.Beside); err != nil {
			t.Fatalf("CLOUDLB_REAL_ATTRIBUTES: %v", err)
		}
	}
	other := &somebody{t: t, stage: s}
	s.Held, s.Put, s.Take, s.Reweight = other.held, other.put, other.take, other.reweight
	w := &world{
		Stage: s, kind: kind, group: group, weight: s.Weight, settings: map[string]any{}, serve: provider.New("test"),
		ops: ops{s.Ops.Add, s.Ops.Update, s.Ops.Remove, s.Ops.Read, s.Ops.Poll},
	}
	w.others = w.members()
	for n := range hosts {
		if _, there := w.others[w.key(n+1)]; there {
			t.Fatalf("%s is in the group already: the tests would take it out", w.key(n+1))
		}
	}
	t.Cleanup(func() { other.putBack(len(hosts), w.others) })
	return w
}

// somebody is a second user of a real account, by the provider's own resources. It
// outlives the test's context, to clean up.
type somebody struct {
	t     *testing.T
	stage *fakecloud.Stage
}

func (s *somebody) core() *acctest.Core {
	return acctest.NewCore(s.t, provider.New("test"), map[string]any{})
}

func (s *somebody) must(what string, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("somebody else: %s: %v", what, err)
	}
}

// held is what an import of the whole group shows.
func (s *somebody) held(group string) map[string]int {
	s.t.Helper()
	c := s.core()
	o, err := c.Import(context.Background(), s.stage.Set, group, nil)
	s.must("list "+group, err)
	held := map[string]int{}
	members, _ := c.Value(o, s.stage.Members).(map[string]any)
	for _, v := range members {
		m, _ := v.(map[string]any)
		key := fmt.Sprint(m[s.stage.Host])
		if s.stage.Port != "" {
			key = fmt.Sprintf("%s:%v", key, m[s.stage.Port])
		}
		held[key], _ = m["weight"].(int)
	}
	return held
}

func (s *somebody) put(group string, n, weight int) {
	s.t.Helper()
	c := s.core()
	a := s.stage.Alone(group, n)
	a["weight"] = weight
	s.must("put", c.Apply(context.Background(), c.New(s.stage.Single), a))
}

func (s *somebody) take(group string, n int) { s.change("take", group, n, nil) }

func (s *somebody) reweight(group string, n, weight int) {
	a := s.stage.Alone(group, n)
	a["weight"] = weight
	s.change("reweight", group, n, a)
}

// change imports a member and brings it to a configuration.
func (s *somebody) change(what, group string, n int, config map[string]any) {
	s.t.Helper()
	c := s.core()
	o, err := c.Import(context.Background(), s.stage.Single, s.stage.ImportID(group, n), nil)
	s.must(what, err)
	s.must(what, c.Apply(context.Background(), o, config))
}

// putBack takes out what a test has left in the group, and says where a member of
// others has changed, which no test does.
func (s *somebody) putBack(hosts int, before map[string]int) {
	group := s.stage.Groups[0]
	held := s.held(group)
	for n := 1; n <= hosts; n++ {
		if _, left := held[s.stage.Key(n)]; left {
			s.take(group, n)
		}
	}
	if after := s.held(group); !maps.Equal(after, before) {
		s.t.Errorf("the group held %v before the test, and after it %v", before, after)
	}
}

// A simulated cloud stands in for a real account: what a person with one would set
// is all that the tests know of it.
func TestAccARealAccountIsAStage(t *testing.T) {
	acctest.NeedsCLI(t)
	if os.Getenv("CLOUDLB_REAL") != "" {
		t.Skip("a real account is at hand")
	}
	for _, k := range stages.Kinds() {
		t.Run(k.Single, func(t *testing.T) {
			behind := k.Open(fakecloud.Scene{Foreign: true}, t, fakecloud.Latency{})
			for _, variable := range behind.Environment(behind.Server.Start(t)) {
				name, value, _ := strings.Cut(variable, "=")
				t.Setenv(name, value)
			}
			beside, err := json.Marshal(behind.Beside)
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv("CLOUDLB_REAL", k.Single)
			t.Setenv("CLOUDLB_REAL_GROUP", behind.Groups[0])
			t.Setenv("CLOUDLB_REAL_HOSTS", behind.HostOf(1)+","+behind.HostOf(2))
			t.Setenv("CLOUDLB_REAL_ATTRIBUTES", string(beside))
			t.Run("world", func(t *testing.T) {
				onEveryStage(t, 2, func(t *testing.T, w *world) {
					w.foreign(2, 9)
					config := w.config(w.member(1, "weight = 50"))
					resource.Test(t, resource.TestCase{
						ProtoV6ProviderFactories: w.factories(),
						Steps: []resource.TestStep{
							{Config: config, Check: w.check(t, map[int]int{1: 50, 2: 9})},
							{PreConfig: func() { w.reweight(1, 3); w.outside(2) }, Config: config, Check: w.check(t, map[int]int{1: 50})},
						},
					})
				})
			})
			if held := behind.Held(behind.Groups[0]); len(held) != 1 || held[behind.Key(0)] != fakecloud.ForeignWeight {
				t.Errorf("the group was left with %v", held)
			}
			t.Run("more than there is", func(t *testing.T) {
				onEveryStage(t, 3, func(t *testing.T, _ *world) { t.Error("the test runs with too few hosts") })
			})
		})
	}
}
