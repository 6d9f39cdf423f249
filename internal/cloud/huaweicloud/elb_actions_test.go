package huaweicloud_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	cloudlb "github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// Which members an action is about, and what it says where weights do nothing.
func TestWhatAnActionPicks(t *testing.T) {
	t.Parallel()
	const note = "SOURCE_IP, ignores weights"
	nine := 9
	member := func(address string, port int) elbfake.Member {
		return elbfake.Member{Address: address, Port: port, Weight: &nine, Subnet: map[bool]string{true: "subnet-6"}[strings.Contains(address, ":")]}
	}
	for _, tt := range []struct {
		config map[string]any
		want   string // what is at weight 1 then
		warns  bool
	}{
		{map[string]any{"address": "10.0.0.1"}, "pool-1 10.0.0.1:80 pool-1 10.0.0.1:81 pool-sticky 10.0.0.1:80", true},
		{map[string]any{"address": "10.0.0.1", "protocol_port": 80, "pool_id": ""}, "pool-1 10.0.0.1:80 pool-sticky 10.0.0.1:80", true},
		{map[string]any{"address": "10.0.0.1", "protocol_port": 81}, "pool-1 10.0.0.1:81", false},
		{map[string]any{"address": "10.0.0.1", "pool_id": "pool-1"}, "pool-1 10.0.0.1:80 pool-1 10.0.0.1:81", false},
		{map[string]any{"address": "10.0.0.1", "pool_id": "pool-sticky"}, "pool-sticky 10.0.0.1:80", true},
		{map[string]any{"address": "10.0.0.3", "protocol_port": 0}, "pool-any 10.0.0.3:0", false},
		{map[string]any{"address": "2001:0DB8:0::5"}, "pool-1 [2001:db8::5]:80", false},
	} {
		t.Run(fmt.Sprint(tt.config), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := elbfake.InProcess(t, elbfake.Seed{
					Region: region, Projects: []elbfake.Project{{ID: project, Name: region}}, Keys: []elbfake.Key{{AK: "ak", SK: secret}},
					Subnets:       []elbfake.Subnet{{ID: "subnet-6", CIDR: "2001:db8::/64", VPC: "vpc-1"}},
					LoadBalancers: []elbfake.LoadBalancer{{ID: "lb-1", VPC: "vpc-1", IPTarget: true}},
					Pools: []elbfake.Pool{
						{ID: "pool-1", Protocol: "TCP", LoadBalancers: []string{"lb-1"}, Members: []elbfake.Member{
							member("10.0.0.1", 80), member("10.0.0.1", 81), member("10.0.0.2", 80), member("2001:db8::5", 80),
						}},
						{ID: "pool-sticky", Protocol: "TCP", Algorithm: "SOURCE_IP", LoadBalancers: []string{"lb-1"}, Members: []elbfake.Member{member("10.0.0.1", 80)}},
						{ID: "pool-any", Protocol: "TCP", AnyPort: true, LoadBalancers: []string{"lb-1"}, Members: []elbfake.Member{member("10.0.0.3", 0)}},
					},
				})
				core := acctest.NewCore(t, cloudlb.Of("test", huaweicloud.Cloud{Transport: c.Server.Transport()}), map[string]any{
					"huaweicloud": map[string]any{"region": region, "access_key": "ak", "secret_key": secret},
				})
				config := maps.Clone(tt.config)
				config["duration"] = "1s"
				lines, _, err := core.Invoke(t.Context(), "cloudlb_elb_drain", config, nil)
				if err != nil {
					t.Fatal(err)
				}
				warned := strings.Contains(strings.Join(core.Warnings(), "\n"), note)
				if warned != tt.warns || strings.Contains(lines[0].Text, note) != tt.warns {
					t.Errorf("progress %q, warned %t, want %t", lines[0].Text, warned, tt.warns)
				}
				var got []string
				for _, pool := range []string{"pool-1", "pool-sticky", "pool-any"} {
					for key, weight := range c.Holdings()[pool] {
						if weight == 0 {
							got = append(got, pool+" "+key)
						}
					}
				}
				slices.Sort(got)
				want := tt.want
				if text := strings.Join(got, " "); text != want {
					t.Errorf("drained: %s\nwant %s", text, want)
				}
			})
		})
	}
}
