package alicloud_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
	cloudlb "github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// sgWorld is the provider at work on ALB or NLB, by the plugin protocol.
type sgWorld struct {
	*acctest.Core
	name  string // "alb"
	cloud *sgfake.Running
}

// inServerGroups runs a test in a bubble, once for ALB and once for NLB.
func inServerGroups(t *testing.T, seed func() sgfake.Seed, test func(t *testing.T, w *sgWorld)) {
	t.Helper()
	for product, of := range sgProducts {
		name := strings.ToLower(product.String())
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, newSGWorld(t, name, of, seed())) })
		})
	}
}

func newSGWorld(t *testing.T, name string, of *sgfake.Product, seed sgfake.Seed) *sgWorld {
	t.Helper()
	seed.Region, seed.Account = "cn-hangzhou", acsfake.Account{Keys: []acsfake.Key{{ID: "ak", Secret: secret}}}
	seed.Rules.AnyServer = true
	c := sgfake.InProcess(t, of, seed)
	return &sgWorld{acctest.NewCore(t, cloudlb.Of("test", alicloud.Cloud{Transport: c.Transport()}), map[string]any{
		"alicloud": map[string]any{"region": "cn-hangzhou", "access_key": "ak", "secret_key": secret},
	}), name, c}
}

func (w *sgWorld) single() string { return "cloudlb_" + w.name + "_server_group_server" }

// member is the configuration of a member of sgp-1 on port 80.
func (w *sgWorld) member(server string, more map[string]any) map[string]any {
	config := map[string]any{"server_group_id": "sgp-1", "server_id": server, "port": 80}
	maps.Copy(config, more)
	return config
}

// set is the configuration of members of sgp-1 on port 80, labelled by their ids.
func (w *sgWorld) set(more map[string]any, servers ...string) map[string]any {
	items := map[string]any{}
	for _, id := range servers {
		items[id] = map[string]any{"server_id": id, "port": 80}
	}
	config := map[string]any{"server_group_id": "sgp-1", "servers": items}
	maps.Copy(config, more)
	return config
}

// holds checks who is in a group, and not on the way out.
func (w *sgWorld) holds(t *testing.T, group string, want ...string) {
	t.Helper()
	got := slices.Sorted(maps.Keys(w.cloud.Cloud.Holdings()[group]))
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("%s holds %v, want %v", group, got, want)
	}
}

// settled checks that a new run plans nothing.
func (w *sgWorld) settled(o *acctest.Object, config map[string]any) {
	w.Run()
	w.MustRefresh(o)
	w.Settled(o, config)
}

// A member by address: remote or not, which is a part of what it is; IPv6, in
// brackets in ids; and one with all ports of its server, on NLB.
func TestMembersThatAreAddresses(t *testing.T) {
	t.Parallel()
	seed := func() sgfake.Seed {
		return sgfake.Seed{ServerGroups: []sgfake.ServerGroup{
			{ID: "sgp-1", Type: "Ip", CIDR: "10.0.0.0/16"}, {ID: "sgp-6", Type: "Ip", IPv6: true}, {ID: "sgp-any", AnyPort: true},
		}}
	}
	inServerGroups(t, seed, func(t *testing.T, w *sgWorld) {
		type step struct {
			config  map[string]any
			id      string
			holds   string // of the group
			replace bool   // what was there before
		}
		lives := map[string][]step{
			"in the VPC": {{w.member("10.0.0.9", map[string]any{"type": "ip"}), "sgp-1:10.0.0.9:80", "10.0.0.9:80", false},
				{w.member("10.0.0.9", map[string]any{"type": "ip", "weight": 0}), "sgp-1:10.0.0.9:80", "10.0.0.9:80", false},
				{w.member("10.0.0.8", map[string]any{"type": "ip"}), "sgp-1:10.0.0.8:80", "10.0.0.8:80", true}},
			"IPv6": {{w.member("2001:DB8:0::9", map[string]any{"type": "ip", "server_group_id": "sgp-6"}), "sgp-6:[2001:db8::9]:80", "[2001:db8::9]:80", false}},
		}
		if w.name == "alb" {
			lives["remote"] = []step{
				{w.member("172.16.0.9", map[string]any{"type": "ip", "remote_ip_enabled": true}), "sgp-1:172.16.0.9:80", "172.16.0.9:80", false},
			}
			lives["remote and back"] = []step{
				{w.member("10.0.0.7", map[string]any{"type": "ip", "remote_ip_enabled": true}), "sgp-1:10.0.0.7:80", "10.0.0.7:80", false},
				{w.member("10.0.0.7", map[string]any{"type": "ip"}), "sgp-1:10.0.0.7:80", "10.0.0.7:80", true},
			}
		} else {
			lives["any port"] = []step{{map[string]any{"server_group_id": "sgp-any", "server_id": "i-1"}, "sgp-any:i-1:0", "i-1", false}}
		}
		for name, steps := range lives {
			w.Run()
			o := w.New(w.single())
			for _, s := range steps {
				w.Run()
				if p := w.MustPlan(o, s.config); p.Replace != s.replace {
					t.Errorf("%s: %v: replaced %v, want %v", name, s.config, p.Replace, s.replace)
				}
				w.Run()
				w.MustApply(o, s.config)
				w.settled(o, s.config)
				group, _ := s.config["server_group_id"].(string)
				w.holds(t, group, s.holds)
				if id := w.Value(o, "id"); id != s.id {
					t.Errorf("%s: the id is %v, want %s", name, id, s.id)
				}
				w.Run()
				in := w.MustImport(w.single(), s.id, nil)
				if p := w.MustPlan(in, s.config); !p.Empty {
					t.Errorf("%s: after an import of %s: replace %v; state %v", name, s.id, p.Replace, in.State)
				}
			}
			w.Run()
			w.MustApply(o, nil)
		}
		for _, g := range []string{"sgp-1", "sgp-6", "sgp-any"} {
			w.holds(t, g)
		}
	})
}

// What a kind of group or of member does not have is an error at plan.
func TestWhatAMemberOfAServerGroupMayNotBe(t *testing.T) {
	t.Parallel()
	inServerGroups(t, func() sgfake.Seed { return sgfake.Seed{} }, func(t *testing.T, w *sgWorld) {
		tests := []struct {
			config map[string]any
			says   string
		}{
			{w.member("10.0.0.9", map[string]any{"type": "ip", "server_ip": "10.0.0.9"}), "server_ip"},
			{w.member("10.0.0.9", nil), "type"},
			{w.member("i-1", map[string]any{"type": "ip"}), "server_id"},
			{w.member("eni-1", map[string]any{"type": "eni"}), "server_ip is required with type eni"},
			{w.member("i-1", map[string]any{"description": "x"}), "description"},
			{w.member("i-1", map[string]any{"port": 65536}), "port"},
			{w.member("i-1", map[string]any{"type": "fc"}), "one of"},
		}
		if w.name == "alb" {
			tests = append(tests, []struct {
				config map[string]any
				says   string
			}{
				{w.member("i-1", map[string]any{"remote_ip_enabled": true}), "remote_ip_enabled goes with type ip only"},
				{w.member("i-1", map[string]any{"port": 0}), "port"},
			}...)
		}
		for _, tt := range tests {
			if _, err := w.Plan(t.Context(), w.New(w.single()), tt.config); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v: %v, want %q", tt.config, err, tt.says)
			}
		}
		if es := w.cloud.Log.All(); len(es) != 0 {
			t.Errorf("errors at plan cost calls:\n%s", es)
		}
	})
}

// A job that fails is told of the one member that it befell, at its place, with the
// vendor's code and text, and the others are in: of a set, and of singles that go out
// together.
func TestAJobThatFailsForOneOfTwenty(t *testing.T) {
	t.Parallel()
	var ids []string
	for n := range 20 {
		ids = append(ids, fmt.Sprintf("i-%02d", n))
	}
	for name, why := range map[string]sgfake.JobFailure{
		"symbolic": {Code: "OperationFailed.Quota", Message: "the zone is full"}, "numeric": {Code: "506", Message: "it could not be done"}, "empty": {},
	} {
		seed := func() sgfake.Seed {
			return sgfake.Seed{ServerGroups: []sgfake.ServerGroup{{ID: "sgp-1"}}, Rules: sgfake.Rules{JobSeconds: 2}, Servers: []sgfake.Server{{ID: "i-13", FailJob: &why}}}
		}
		told := func(t *testing.T, w *sgWorld, err error) {
			t.Helper()
			if err == nil {
				t.Fatal("no error")
			}
			for _, text := range []string{"i-13:80", "sgp-1", why.Code, why.Message, "job"} {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("it does not say %q: %v", text, err)
				}
			}
			if strings.Contains(err.Error(), "i-12") {
				t.Errorf("it names another: %v", err)
			}
			if n := len(w.cloud.Cloud.Holdings()["sgp-1"]); n != 19 {
				t.Errorf("%d members are in, want 19", n)
			}
			if n := len(w.cloud.Log.All().Writes()); n > 11 {
				t.Errorf("%d writes, want at most 11", n)
			}
		}
		t.Run(name+"/set", func(t *testing.T) {
			t.Parallel()
			inServerGroups(t, seed, func(t *testing.T, w *sgWorld) {
				o := w.New(w.single() + "s")
				err := w.Apply(t.Context(), o, w.set(nil, ids...))
				told(t, w, err)
				if at := `AttributeName("servers").ElementKeyString("i-13")`; err != nil && !strings.Contains(err.Error(), at) {
					t.Errorf("it is not at %s: %v", at, err)
				}
				if servers, _ := w.Value(o, "servers").(map[string]any); len(servers) != 19 || servers["i-13"] != nil {
					t.Errorf("state has %d servers, i-13: %v", len(servers), servers["i-13"])
				}
			})
		})
		t.Run(name+"/singles", func(t *testing.T) {
			t.Parallel()
			inServerGroups(t, seed, func(t *testing.T, w *sgWorld) {
				configs := map[string]map[string]any{}
				for _, id := range ids {
					configs[id] = w.member(id, nil)
				}
				state := map[string]*acctest.Object{}
				errs := w.ApplyAll(t.Context(), w.single(), state, configs)
				told(t, w, errs["i-13"])
				if len(errs) != 1 || len(state) != 19 {
					t.Errorf("%d errors, and state has %d: %v", len(errs), len(state), errs)
				}
			})
		})
	}
}
