package alicloud_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
)

// refusingSeed is a region in which much can be done wrong.
func refusingSeed() sgfake.Seed {
	return sgfake.Seed{
		Servers: []sgfake.Server{{ID: "i-far", VPC: "vpc-2"}},
		ServerGroups: []sgfake.ServerGroup{
			{ID: "sgp-1", VPC: "vpc-1"}, {ID: "sgp-any", AnyPort: true}, {ID: "sgp-ip", Type: "Ip", CIDR: "10.0.0.0/16"},
		},
	}
}

// What the cloud refuses is told with what to do about it, at the attribute that
// is to be changed.
func TestWhatServerGroupsRefuseIsToldWithAdvice(t *testing.T) {
	t.Parallel()
	inServerGroups(t, refusingSeed, func(t *testing.T, w *sgWorld) {
		for what, tc := range map[string]struct {
			config map[string]any
			says   []string
			only   string // the product
		}{
			"another VPC": {map[string]any{"server_id": "i-far"}, []string{"has to be in the VPC of the server group", `"server_id"`}, ""},
			"no such group": {map[string]any{"server_group_id": "sgp-9"},
				[]string{"knows no such server group there", "sgp-bp1example", `"server_group_id"`}, ""},
			"a type that the group does not take": {map[string]any{"server_id": "10.0.0.1", "type": "ip"},
				[]string{"The group's own type decides", `"type"`}, ""},
			"an address outside the VPC": {map[string]any{"server_group_id": "sgp-ip", "server_id": "10.9.0.1", "type": "ip"},
				[]string{"remote_ip_enabled = true", `"server_id"`}, ""},
			"a port too many": {map[string]any{"server_group_id": "sgp-any"}, []string{"leave port out", `"port"`}, "nlb"},
			"a port too few":  {map[string]any{"port": 0}, []string{"each member needs a port", `"port"`}, "nlb"},
		} {
			if tc.only != "" && tc.only != w.name {
				continue
			}
			_, err := w.apply(t.Context(), t, w.New(w.single()), w.member("i-1", tc.config))
			for _, text := range append(tc.says, "Unable to add backend server") {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("%s: it does not say %q: %v", what, text, err)
				}
			}
		}
	})
}

// A description that the vendor keeps although it is to be cleared is named, with
// what was asked for, and after one look for it: no request depends on it.
func TestADescriptionThatIsKept(t *testing.T) {
	t.Parallel()
	seed := func() sgfake.Seed {
		s := refusingSeed()
		s.Rules.KeepsDescription = true
		return s
	}
	inServerGroups(t, seed, func(t *testing.T, w *sgWorld) {
		check := func(o *acctest.Object, config map[string]any) {
			t.Helper()
			took, err := w.apply(t.Context(), t, o, config)
			if err == nil || !strings.Contains(err.Error(), `still lists the name or description "web", not ""`) || took > 40*time.Second {
				t.Errorf("it took %s: %v", took, err)
			}
		}
		one, set := w.New(w.single()), w.New(w.single()+"s")
		w.MustApply(one, w.member("i-1", map[string]any{"description": "web"}))
		check(one, w.member("i-1", nil))
		described := w.set(nil, "i-2", "i-3")
		for _, item := range described["servers"].(map[string]any) {
			item.(map[string]any)["description"] = "web"
		}
		w.Run()
		w.MustApply(set, described)
		check(set, w.set(nil, "i-2", "i-3"))
	})
}
