package main

import (
	"testing"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/stages"
)

func TestMembersOfEveryKindAreDrivenByThePluginProtocol(t *testing.T) {
	t.Parallel()
	for _, k := range stages.Kinds() {
		t.Run(nameOf(k), func(t *testing.T) {
			t.Parallel()
			c, err := startCloud(t.Context(), k, 2)
			if err != nil {
				t.Fatal(err)
			}
			defer c.stop()
			if _, err := driveProvider(t.Context(), c.task(3)); err != nil {
				t.Fatal(err)
			}
			put := map[string]int{}
			for _, e := range c.stage.Server.Log.All().Writes() {
				put[e.Group] += e.Items
			}
			for _, g := range c.stage.Groups {
				if left := c.stage.Held(g); put[g] != 6 || len(left) != 0 {
					t.Errorf("%s: the writes name %d members, want 3 added and 3 removed; %v are left", g, put[g], left)
				}
			}
			if wrong := c.take(); len(wrong) > 0 {
				t.Error(wrong)
			}
		})
	}
}
