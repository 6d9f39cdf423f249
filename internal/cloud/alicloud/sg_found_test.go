package alicloud_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/sgfake"
)

// manyGroups have server i-1 in three groups, in one of which it is on its way out,
// an interface with two addresses, and an address.
func manyGroups() sgfake.Seed {
	face := func(ip string) sgfake.Member {
		return sgfake.Member{ServerID: "eni-1", Type: "Eni", ServerIP: ip, Port: 80, Weight: 9}
	}
	return sgfake.Seed{ServerGroups: []sgfake.ServerGroup{
		{ID: "sgp-1", Members: []sgfake.Member{{ServerID: "i-1", Port: 80, Weight: 9}, {ServerID: "i-1", Port: 81, Weight: 9}, {ServerID: "i-2", Port: 80, Weight: 9}}},
		{ID: "sgp-2", Members: []sgfake.Member{face("10.0.0.1"), face("10.0.0.2"), {ServerID: "i-1", Port: 80, Weight: 9}}},
		{ID: "sgp-3", Drain: &sgfake.Drain{Timeout: 300, Lasts: 300}, Members: []sgfake.Member{{ServerID: "i-1", Port: 80, Weight: 9}, {ServerID: "i-3", Port: 80, Weight: 9}}},
		{ID: "sgp-ip", Type: "Ip", IPv6: true, Members: []sgfake.Member{
			{ServerID: "10.0.0.1", Type: "Ip", Port: 80, Weight: 9}, {ServerID: "2001:db8::9", Type: "Ip", Port: 80, Weight: 9},
		}},
	}}
}

// found are ways to name members: by their server in all groups, or in one.
var found = []struct {
	config map[string]any
	port   any // of an action; a list has none
	want   string
}{
	{config: map[string]any{"server_id": "i-1"}, want: "sgp-1/i-1:80 sgp-1/i-1:81 sgp-2/i-1:80"},
	{config: map[string]any{"server_id": "i-1", "server_group_id": "sgp-1"}, want: "sgp-1/i-1:80 sgp-1/i-1:81"},
	{config: map[string]any{"server_id": "i-1", "server_group_id": "sgp-1"}, port: 81, want: "sgp-1/i-1:81"},
	{config: map[string]any{"server_id": "i-3"}, want: "sgp-3/i-3:80"},
	{config: map[string]any{"server_id": "eni-1"}, want: "sgp-2/eni-1:10.0.0.1:80 sgp-2/eni-1:10.0.0.2:80"},
	{config: map[string]any{"server_id": "10.0.0.1"}, want: "sgp-ip/10.0.0.1:80"},
	{config: map[string]any{"server_id": "2001:DB8:0::9"}, want: "sgp-ip/[2001:db8::9]:80"},
}

// departs takes i-1 out of sgp-3, where it drains for some minutes.
func (w *sgWorld) departs() {
	o := w.MustImport(w.single(), "sgp-3:i-1:80", nil)
	config := map[string]any{"server_group_id": "sgp-3", "server_id": "i-1", "port": 80, "weight": 9, "wait_for_drained": false}
	w.Run()
	w.MustApply(o, config)
	w.Run()
	w.MustApply(o, nil)
	w.Run()
}

// A list finds a server in every group of the region, or in one; what drains is gone,
// and what is listed is imported as it is, with an empty plan.
func TestAListOfWhatAServerIsAMemberOf(t *testing.T) {
	t.Parallel()
	inServerGroups(t, manyGroups, func(t *testing.T, w *sgWorld) {
		w.departs()
		for _, tt := range found {
			if tt.port != nil {
				continue
			}
			q := acctest.Query{Type: w.single(), Config: tt.config, Limit: 9, Include: true}
			all, err := w.List(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, l := range all {
				key, group, _ := strings.Cut(strings.TrimSuffix(l.Name, ")"), " (")
				names = append(names, group+"/"+key)
				config, err := w.Generate(t.Context(), w.single(), l.Resource)
				if err != nil {
					t.Fatal(err)
				}
				w.Run()
				if p := w.MustPlan(w.MustImport(w.single(), "", l.Identity), config); !p.Empty {
					t.Errorf("the plan of %s is not empty; configuration %v", l.Name, config)
				}
			}
			if slices.Sort(names); strings.Join(names, " ") != tt.want {
				t.Errorf("%v: %q, want %s", tt.config, names, tt.want)
			}
			q.Limit = 1
			if all, err := w.List(t.Context(), q); err != nil || len(all) != 1 {
				t.Errorf("%v, at most 1: %d, %v", tt.config, len(all), err)
			}
		}
		for _, config := range []map[string]any{{}, {"server_id": ""}, {"server_id": "i/1"}} {
			if _, err := w.List(t.Context(), acctest.Query{Type: w.single(), Config: config, Limit: 9}); err == nil || !strings.Contains(err.Error(), "server_id") {
				t.Errorf("%v: %v", config, err)
			}
		}
		if all, err := w.List(t.Context(), acctest.Query{Type: w.single(), Config: map[string]any{"server_id": "i-none"}, Limit: 9}); err != nil || len(all) != 0 {
			t.Errorf("of a server that is in no group: %d, %v", len(all), err)
		}
	})
}

// So does an action.
func TestWhatAnActionPicksInServerGroups(t *testing.T) {
	t.Parallel()
	for _, tt := range found {
		t.Run(fmt.Sprint(tt.config, tt.port), func(t *testing.T) {
			t.Parallel()
			inServerGroups(t, manyGroups, func(t *testing.T, w *sgWorld) {
				w.departs()
				config := map[string]any{"weight": 1, "port": tt.port}
				maps.Copy(config, tt.config)
				if _, _, err := w.Invoke(t.Context(), "cloudlb_"+w.name+"_set_weight", config, nil); err != nil {
					t.Fatal(err)
				}
				var got []string
				for group, members := range w.cloud.Cloud.Holdings() {
					for key, weight := range members {
						if weight == 1 {
							got = append(got, group+"/"+key)
						}
					}
				}
				if slices.Sort(got); strings.Join(got, " ") != tt.want {
					t.Errorf("%q have the weight, want %s", got, tt.want)
				}
			})
		})
	}
}
