package provider_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/huaweicloud/elbfake"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/fakecloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// namesOf are how a list shows what it finds.
func namesOf(t *testing.T, c *acctest.Core, q acctest.Query) []string {
	t.Helper()
	all, err := c.List(t.Context(), q)
	if err != nil {
		t.Error(err)
	}
	names := []string{}
	for _, l := range all {
		names = append(names, l.Name)
	}
	return names
}

// The filters of a list of ELB's members come before the limit.
func TestAListOfELBMembersIsFiltered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := elbfake.InProcess(t, elbSourceSeed())
		cloud.SetHealth(poolID, "10.0.0.10", 80, elbfake.Health{Condition: elbfake.Condition{Status: elbfake.Offline}})
		c := acctest.NewCore(t, provider.Over("test", cloud.Server.Transport()),
			map[string]any{"huaweicloud": map[string]any{"region": elbAt, "access_key": "ak", "secret_key": secret}})
		const nineA, nineB, ten, bare, six = "10.0.0.9:80 nine", "10.0.0.9:8080 nine", "10.0.0.10:80 ten", "192.168.0.1:80", "[2001:db8::5]:443"
		for _, tt := range []struct {
			filters map[string]any
			limit   int
			want    []string
		}{
			{nil, 9, []string{nineA, nineB, ten, bare, six}},
			{map[string]any{"address": "10.0.0.9"}, 9, []string{nineA, nineB}},
			{map[string]any{"address": "2001:DB8:0::5"}, 9, []string{six}},
			{map[string]any{"protocol_port": 80}, 9, []string{nineA, ten, bare}},
			{map[string]any{"protocol_port": 80}, 2, []string{nineA, ten}},
			{map[string]any{"address": "10.0.0.9", "protocol_port": 8080}, 1, []string{nineB}},
			{map[string]any{"operating_status": "OFFLINE"}, 1, []string{ten}},
			{map[string]any{"operating_status": "offline"}, 1, []string{ten}},
			{map[string]any{"operating_status": "INITIAL"}, 1, nil},
			{map[string]any{"address": "", "operating_status": "", "region": ""}, 9, []string{nineA, nineB, ten, bare, six}},
		} {
			q := acctest.Query{Type: "cloudlb_elb_member", Config: map[string]any{"pool_id": poolID}, Limit: tt.limit}
			var want []string
			for _, name := range tt.want {
				want = append(want, name+" ("+poolID+")")
			}
			for name, value := range tt.filters {
				q.Config[name] = value
			}
			if got := namesOf(t, c, q); !slices.Equal(got, want) {
				t.Errorf("%v, at most %d: %q, want %q", tt.filters, tt.limit, got, want)
			}
		}
		for _, wrong := range []struct {
			name  string
			value any
			says  string
		}{
			{"address", "nine", "not an IP address"},
			{"protocol_port", 65536, "65535"},
			{"operating_status", "DOWN", `"ONLINE" "OFFLINE" "NO_MONITOR" "INITIAL" "UNKNOWN"`},
		} {
			q := acctest.Query{Type: "cloudlb_elb_member", Config: map[string]any{"pool_id": poolID, wrong.name: wrong.value}, Limit: 1}
			if _, err := c.List(t.Context(), q); err == nil || !strings.Contains(err.Error(), wrong.says) {
				t.Errorf("%s %v: %v, want %q", wrong.name, wrong.value, err, wrong.says)
			}
		}
	})
}

// ELB takes a zone for a bare address alone: where it tells one of a cloud server
// too, what is generated names none.
func TestAListedServerHasNoZone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := elbfake.InProcess(t, elbSourceSeed())
		cloud.Server.Faults.On("ListMembers").Times(0).Do(
			func(_ *fakecloud.Call, _ fakecloud.Cloud, execute func() fakecloud.Reply) fakecloud.Outcome {
				r := execute()
				r.Body = bytes.ReplaceAll(r.Body, []byte(`"availability_zone":""`), []byte(`"availability_zone":"az-2"`))
				return fakecloud.Outcome{Reply: r}
			})
		c := acctest.NewCore(t, provider.Over("test", cloud.Server.Transport()),
			map[string]any{"huaweicloud": map[string]any{"region": elbAt, "access_key": "ak", "secret_key": secret}})
		all, err := c.List(t.Context(), acctest.Query{
			Type: "cloudlb_elb_member", Config: map[string]any{"pool_id": poolID, "protocol_port": 80}, Limit: 9, Include: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		zones := map[string]any{"m-nine-a": nil, "m-ten": nil, "m-bare": "az-1"}
		for _, l := range all {
			config, err := c.Generate(t.Context(), "cloudlb_elb_member", l.Resource)
			if err != nil {
				t.Fatal(err)
			}
			o, err := c.Import(t.Context(), "cloudlb_elb_member", "", l.Identity)
			if err != nil {
				t.Fatal(err)
			}
			id, _ := l.Identity["member_id"].(string)
			if want, known := zones[id]; !known || config["availability_zone"] != want {
				t.Errorf("%s is generated with the zone %v, want %v", l.Name, config["availability_zone"], want)
			}
			delete(zones, id)
			if p, err := c.Plan(t.Context(), o, config); err != nil || !p.Empty {
				t.Errorf("the plan of %s is empty: %v, error %v", l.Name, p.Empty, err)
			}
			if id == "m-ten" && c.Value(o, "availability_zone") != "az-2" {
				t.Errorf("the zone in state is %v", c.Value(o, "availability_zone"))
			}
		}
		if len(zones) != 0 {
			t.Errorf("not listed: %v", zones)
		}
	})
}

// Two addresses of one network interface are two members, each by its own
// identity.
func TestAListOfAnInterfaceWithTwoAddresses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seed := slbSeed()
		lb := &seed.LoadBalancers[0]
		lb.Members, lb.VServerGroups[0].Members = nil, nil
		for _, address := range []string{"10.0.0.10", "10.0.0.9"} {
			m := slbfake.Member{ServerID: "eni-1", ServerIP: address, Type: "eni", Weight: 7}
			lb.Members = append(lb.Members, m)
			m.Port = 8080
			lb.VServerGroups[0].Members = append(lb.VServerGroups[0].Members, m)
		}
		c := acctest.NewCore(t, provider.Over("test", slbfake.InProcess(t, seed).Server.Transport()), slbSettings())
		for _, tt := range []struct{ kind, attribute, group, port string }{
			{"cloudlb_slb_backend_server", "load_balancer_id", "lb-1", ""},
			{"cloudlb_slb_vserver_group_server", "vserver_group_id", "rsp-1", ":8080"},
		} {
			q := acctest.Query{Type: tt.kind, Config: map[string]any{tt.attribute: tt.group}, Limit: 9, Include: true}
			want := []string{}
			for _, address := range []string{"10.0.0.9", "10.0.0.10"} {
				want = append(want, fmt.Sprintf("eni-1:%s%s (%s)", address, tt.port, tt.group))
			}
			if got := namesOf(t, c, q); !slices.Equal(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
			all, _ := c.List(t.Context(), q)
			for _, l := range all {
				config, err := c.Generate(t.Context(), tt.kind, l.Resource)
				if err != nil {
					t.Fatal(err)
				}
				o, err := c.Import(t.Context(), tt.kind, "", l.Identity)
				if err != nil {
					t.Fatal(err)
				}
				if p, err := c.Plan(t.Context(), o, config); err != nil || !p.Empty {
					t.Errorf("the plan of %s is empty: %v, error %v; configuration %v", l.Name, p.Empty, err, config)
				}
			}
		}
	})
}
