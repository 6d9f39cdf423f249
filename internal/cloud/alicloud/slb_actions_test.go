package alicloud_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/acctest"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud"
	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/slbfake"
	cloudlb "github.com/cloudlb/terraform-provider-cloudlb/internal/provider"
)

// region is a cloud with many load balancers, each with groups that have server i-1 on
// two ports, and two addresses of an interface.
func region(t *testing.T, balancers, groups int) (*acctest.Core, *slbfake.Running) {
	t.Helper()
	s := seed(slbfake.Rules{})
	s.LoadBalancers = nil
	for b := range balancers {
		lb := slbfake.LoadBalancer{ID: fmt.Sprintf("lb-%d", b), Members: []slbfake.Member{{ServerID: "i-1", Weight: 9}, {ServerID: "i-2", Weight: 9}}}
		for g := range groups {
			lb.VServerGroups = append(lb.VServerGroups, slbfake.VServerGroup{ID: fmt.Sprintf("rsp-%d-%d", b, g), Members: []slbfake.Member{
				{ServerID: "i-1", Port: 80, Weight: 9}, {ServerID: "i-1", Port: 81, Weight: 9}, {ServerID: "i-2", Port: 80, Weight: 9},
				{ServerID: "eni-1", Type: "eni", ServerIP: "10.0.0.1", Port: 80, Weight: 9},
				{ServerID: "eni-1", Type: "eni", ServerIP: "10.0.0.2", Port: 80, Weight: 9},
			}})
		}
		s.LoadBalancers = append(s.LoadBalancers, lb)
	}
	c := slbfake.InProcess(t, s)
	return acctest.NewCore(t, cloudlb.Of("test", alicloud.Cloud{Transport: c.Transport()}), map[string]any{
		"alicloud": map[string]any{"region": s.Region, "access_key": "ak", "secret_key": secret},
	}), c
}

// Which members an action is about.
func TestWhatAnActionPicks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		config map[string]any
		want   string // what is at weight 1 then
	}{
		{map[string]any{"server_id": "i-1"}, "lb-0:i-1 lb-1:i-1 rsp-0-0:i-1:80 rsp-0-0:i-1:81 rsp-1-0:i-1:80 rsp-1-0:i-1:81"},
		{map[string]any{"server_id": "i-1", "port": 81}, "rsp-0-0:i-1:81 rsp-1-0:i-1:81"},
		{map[string]any{"server_id": "i-1", "load_balancer_id": "lb-1"}, "lb-1:i-1"},
		{map[string]any{"server_id": "i-1", "load_balancer_id": "", "vserver_group_id": "rsp-1-0"}, "rsp-1-0:i-1:80 rsp-1-0:i-1:81"},
		{map[string]any{"server_id": "eni-1", "vserver_group_id": "rsp-0-0"}, "rsp-0-0:eni-1:10.0.0.1:80 rsp-0-0:eni-1:10.0.0.2:80"},
		{map[string]any{"server_id": "eni-1", "server_ip": "10.0.0.2"}, "rsp-0-0:eni-1:10.0.0.2:80 rsp-1-0:eni-1:10.0.0.2:80"},
	} {
		t.Run(fmt.Sprint(tt.config), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				core, c := region(t, 2, 1)
				tt.config["weight"] = 1
				if _, _, err := core.Invoke(t.Context(), "cloudlb_slb_set_weight", tt.config, nil); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, group := range []string{"lb-0", "lb-1", "rsp-0-0", "rsp-1-0"} {
					for _, m := range c.Cloud.Members(group) {
						if m.Weight != 1 {
							continue
						}
						name := group + ":" + m.ServerID
						if m.ServerIP != "" {
							name += ":" + m.ServerIP
						}
						if m.Port != 0 {
							name += fmt.Sprintf(":%d", m.Port)
						}
						got = append(got, name)
					}
				}
				if text := strings.Join(got, " "); text != tt.want {
					t.Errorf("at weight 1: %s\nwant %s", text, tt.want)
				}
			})
		})
	}
}

func TestActionArgumentsThatConflict(t *testing.T) {
	t.Parallel()
	core, c := region(t, 1, 1)
	for _, tt := range []struct {
		config map[string]any
		says   string // "": no error
	}{
		{map[string]any{"load_balancer_id": "lb-0", "vserver_group_id": "rsp-0-0"}, "vserver_group_id"},
		{map[string]any{"load_balancer_id": "lb-0", "port": 80}, "port"},
		{map[string]any{"port": 0}, "port"},
		{map[string]any{"server_ip": "10.0.0"}, "server_ip"},
		{map[string]any{"load_balancer_id": "lb-0", "vserver_group_id": ""}, ""},
		{map[string]any{"load_balancer_id": acctest.Unknown, "vserver_group_id": "rsp-0-0"}, ""},
	} {
		tt.config["server_id"] = "i-1"
		err := core.PlanAction(t.Context(), "cloudlb_slb_drain", tt.config)
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%v: %v, want %q", tt.config, err, tt.says)
		}
	}
	if n := len(c.Log.All()); n != 0 {
		t.Errorf("%d calls", n)
	}
}

// A search through all groups has pages and an end: above 1000 groups it asks for a
// narrower one before it reads any group's members.
func TestASearchThroughARegion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		balancers, groups int
		port              any
		calls             int
		says              string
	}{
		{120, 1, 80, 2 + 120 + 120, ""}, // no default group has a port
		{120, 1, nil, 2 + 120 + 120 + 120, ""},
		{120, 8, nil, 2 + 120, "1080 groups"},
		{1001, 0, nil, 1, "1001 load balancers"},
	} {
		t.Run(fmt.Sprint(tt.balancers, "x", tt.groups, " ", tt.port), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				core, c := region(t, tt.balancers, tt.groups)
				_, _, err := core.Invoke(t.Context(), "cloudlb_slb_set_weight", map[string]any{"server_id": "i-1", "port": tt.port, "weight": 9}, nil)
				if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
					t.Errorf("%v, want %q", err, tt.says)
				}
				if n := len(c.Log.All()); n != tt.calls {
					t.Errorf("%d calls, want %d", n, tt.calls)
				}
			})
		})
	}
}

// The groups of one load balancer share its lock: one write at a time, and one wait.
func TestADrainOfManyGroupsUnderOneLock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		core, c := region(t, 2, 15)
		_, _, err := core.Invoke(t.Context(), "cloudlb_slb_drain", map[string]any{"server_id": "i-1", "duration": "1m"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if writes := len(c.Log.All().Writes()); writes != 32 || c.Log.MaxInFlight("lb-0") != 1 || c.Log.MaxInFlight("lb-1") != 1 {
			t.Errorf("%d writes, %d and %d at once on a lock", writes, c.Log.MaxInFlight("lb-0"), c.Log.MaxInFlight("lb-1"))
		}
		t.Logf("%d calls", len(c.Log.All()))
	})
}
