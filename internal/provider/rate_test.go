package provider_test

import (
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// SLB's documented rate of writes is kept without being asked for. What stays
// within it goes as fast as it can; a setting raises it, or lifts it.
func TestTheWritesOfAMinute(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		settings map[string]any
		members  int // one in a call
		minutes  int // that the last of them waits for
	}{
		"within the documented rate": {nil, 90, 0},
		"beyond it":                  {nil, 91, 1},
		"raised":                     {map[string]any{"writes_per_minute": 150}, 120, 0},
		"lowered":                    {map[string]any{"writes_per_minute": 10}, 25, 2},
		"lifted":                     {map[string]any{"writes_per_minute": 0}, 150, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := slbfake.InProcess(t, slbSeed())
				block := maps.Clone(slbSettings()["alicloud"].(map[string]any))
				block["batch_size"] = 1
				maps.Copy(block, tt.settings)
				core := acctest.NewCore(t, provider.Of("test", alicloud.Cloud{Transport: c.Transport()}), map[string]any{"alicloud": block})
				servers := map[string]any{}
				for n := range tt.members {
					servers[fmt.Sprintf("m%d", n)] = map[string]any{"server_id": fmt.Sprintf("i-%d", n)}
				}
				o := core.New("cloudlb_slb_backend_servers")
				began := time.Now()
				core.MustApply(o, map[string]any{"load_balancer_id": "lb-1", "servers": servers})
				if n := c.Log.All().Count("AddBackendServers"); n != tt.members {
					t.Errorf("%d additions, want %d", n, tt.members)
				}
				took := time.Since(began)
				if minutes := int(took / time.Minute); minutes != tt.minutes || took-time.Duration(minutes)*time.Minute > 20*time.Second {
					t.Errorf("took %s, want %d minutes and little more", took, tt.minutes)
				}
			})
		})
	}
}
